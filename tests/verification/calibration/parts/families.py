"""Groups of scores of `compare` that are measured together, and the code behind them."""

from __future__ import annotations

import pandas as pd

import hiertools as ht
from calibration.trial import labelled
from hiertools import ClassRepresentatives, ClassTree, DistanceMatrix

FLAT = ("elementwise_correlation", "classwise_correlation",
        "precision_at_1", "r_precision", "map_at_r")  # fmt: skip
CLADES = ("robinson_foulds", "robinson_foulds_raw", "robinson_foulds_unrooted",
          "fowlkes_mallows", "dendrogram_purity")  # fmt: skip
MANTEL = ("pearson_correlation", "kendall_tau_a")
TREES = tuple(name for name in ht.SCORES if name not in FLAT + CLADES + MANTEL)
FAMILIES = {"distances": FLAT, "clades": CLADES, "trees": TREES}
"""Scores of distances alone; of the clades of the inferred tree; of all else in it."""

EARLIER = tuple(name for name in ht.SCORES if name not in MANTEL)
"""All scores of a table, less those that came later and have jobs of their own."""

WITH_INTERVALS = (*FLAT, "triplet", "quartet")


def score_table(
    model: ClassRepresentatives | DistanceMatrix, tree: ClassTree, **options: object
) -> pd.DataFrame:
    """Return the score table of a model, by label."""
    frame = ht.compare(model, tree, **{"threads": 1, "permutations": 0, **options}).scores
    return labelled(frame)


def seed_from(rng: object) -> int:
    """Return a random_state for a replicate."""
    return int(rng.integers(2**31))  # type: ignore[attr-defined]
