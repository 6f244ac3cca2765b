"""What a report shows of runs whose folders are there: their logs, and the trees of their seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import hiertools as ht
from hiertools_torch.studies.curves import LEARNED

if TYPE_CHECKING:
    import pandas as pd

    from hiertools import ClassTree
    from hiertools_torch.runs.run import Run

__all__ = ["curves_of", "trees_of"]

Runs = Mapping[tuple[str, str, int], "Run"]
"""By data set, configuration and seed."""


def curves_of(runs: Runs) -> pd.DataFrame:
    """Return the learning curves of runs, one row a value."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for (data, configuration, seed), run in runs.items():
        log = run.log
        rows += [
            {"data": data, "configuration": configuration, "seed": seed, "epoch": epoch,
             "score": score, "value": value}
            for score in LEARNED if score in log
            for epoch, value in zip(log["epoch"], log[score], strict=True)
        ]  # fmt: skip
    columns = ["data", "configuration", "seed", "epoch", "score", "value"]
    return pd.DataFrame(rows, columns=columns)


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
