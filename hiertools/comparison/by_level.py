"""Which level is it? Each level of the predefined hierarchy tested by itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core.arrays import Ints
from hiertools.inference import holm
from hiertools.inference.blocks import block_test
from hiertools.results.status import NO_COMPANY, OK
from hiertools.trees.level_numbers import level_number, level_rank
from hiertools.trees.levels import level_groups, level_names

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.representatives.distance_matrix import DistanceMatrix
    from hiertools.trees.tree import ClassTree

UNTESTED = "no node above it holds two of its groups, one of them of two nodes or classes below"
UNMOVED = "no p: it is the same in every arrangement"


def level_table(
    distances: DistanceMatrix, tree: ClassTree, permutations: int, seed: int
) -> pd.DataFrame:
    """Return a test of each level by itself: see `Comparison.by_level`."""
    import pandas as pd

    square = distances.square()
    telling = _telling_levels(tree)
    above = np.zeros(tree.n_classes, dtype=np.int64)
    below = [groups for _, groups in telling[1:]] + [np.arange(tree.n_classes)]
    rows = []
    for (level, groups), finer in zip(telling, below):
        blocks = _crossed(groups, finer)
        found = block_test(square, above, groups, blocks, permutations, seed)
        rows.append(_row(tree, level, found))
        above = groups
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["p_holm"] = holm(frame["p_value"].to_numpy(dtype=np.float64))
    return frame.astype({"rank": "string", "exact": "bool", "level": "int64"})


COLUMNS = (
    "level", "rank", "value", "chance", "z", "p_value", "p_holm", "p_least", "n_arrangements",
    "exact", "n_groups", "n_blocks", "n_classes", "status", "note",
)  # fmt: skip


def _row(tree: ClassTree, level: int | str, found: Any) -> dict[str, Any]:
    null = found.null
    undefined = math.isnan(found.value)
    row = {
        "level": level_number(tree, level),
        "rank": level_rank(tree, level),
        "value": found.value,
        "chance": null.chance,
        "z": null.z,
        "p_value": null.p_value,
        "p_holm": float("nan"),
        "p_least": null.p_least,
        "n_arrangements": null.n_permutations,
        "exact": found.exact,
        "n_groups": found.n_groups,
        "n_blocks": found.n_blocks,
        "n_classes": found.n_classes,
        "status": NO_COMPANY if undefined else OK,
        "note": f"undefined: {UNTESTED}" if undefined else "",
    }
    if null.p_least == 1.0:
        row |= dict.fromkeys(("chance", "z", "p_value", "p_least"), float("nan"))
        row["note"] = UNMOVED
    return row


def _telling_levels(tree: ClassTree) -> list[tuple[int | str, Ints]]:
    """Return the levels that group the classes, each in its own way, within those above it."""
    found: list[tuple[int | str, Ints]] = []
    groups = np.zeros(tree.n_classes, dtype=np.int64)
    for level in level_names(tree):
        finer = _crossed(groups, level_groups(tree, level))
        if groups.max() < finer.max() < tree.n_classes - 1:
            found.append((level, finer))
            groups = finer
    return found


def _crossed(one: Ints, other: Ints) -> Ints:
    """Return the groups of classes that are together in both, numbered from 0."""
    return np.unique(np.stack([one, other]), axis=1, return_inverse=True)[1].ravel()
