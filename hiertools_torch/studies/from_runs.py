"""What a report shows of runs whose folders are there: the trees of their seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import hiertools as ht

if TYPE_CHECKING:
    from hiertools import ClassTree
    from hiertools_torch.runs.run import Run

__all__ = ["trees_of"]

Runs = Mapping[tuple[str, str, int], "Run"]
"""By data set, configuration and seed."""


def trees_of(
    runs: Runs, kind: str = "prototype"
) -> tuple[dict[str, dict[str, list[ClassTree]]], dict[str, ClassTree]]:
    """Return the inferred tree of each run, by data set and configuration, and the taxonomies."""
    trees: dict[str, dict[str, list[ClassTree]]] = {}
    taxonomies: dict[str, ClassTree] = {}
    for (data, configuration, _), run in runs.items():
        inferred = ht.infer_tree(run.representatives(kind))
        trees.setdefault(data, {}).setdefault(configuration, []).append(inferred)
        taxonomies.setdefault(data, run.tree)
    return trees, taxonomies
