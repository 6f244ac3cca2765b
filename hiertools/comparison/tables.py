"""One row a class: how well its neighbourhood fits the predefined hierarchy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hiertools._core.arrays import Floats
from hiertools._core.keyed import keyed_ranks
from hiertools.comparison.problem import Problem
from hiertools.measures.correlation import class_correlations

if TYPE_CHECKING:
    import pandas as pd


def per_class_table(problem: Problem) -> pd.DataFrame:
    """Return a table with one row a class, sorted by class name.

    Columns: ``class``; ``correlation``, its class-wise correlation (NaN where undefined);
    ``nearest``, the nearest class of the model, with ``nearest_distance`` and its
    ``nearest_tree_distance``; ``nearest_tied``, how many classes are as near;
    ``closest_tree_distance``, the least tree distance that any class has to it; ``tree_rank``, the
    mean share of classes that are farther in the tree than the nearest one (1: no class is closer
    in the tree, 0: none is farther). Where several classes are as near, numbers are means over
    them, and which is named is drawn: by a keyed hash of the names, whose order is nothing.
    """
    import pandas as pd

    n = problem.n_classes
    rows = np.arange(n)
    d = problem.d.copy()
    t = problem.t.copy()
    np.fill_diagonal(d, np.inf)
    tied = d == d.min(axis=1, keepdims=True)
    if problem.settings.ties == "position":
        tied &= np.cumsum(tied, axis=1) == 1
    rank = keyed_ranks(problem.classes, problem.seed)
    nearest = np.where(tied, rank, n).argmin(axis=1)
    number = tied.sum(axis=1)
    reached = np.where(tied, t, 0.0).sum(axis=1) / number
    np.fill_diagonal(t, np.nan)
    farther = (t > reached[:, None]).sum(axis=1)
    closer = (t < reached[:, None]).sum(axis=1)
    with np.errstate(invalid="ignore"):
        share = np.where(farther + closer > 0, farther / (farther + closer), np.nan)
    for i in np.flatnonzero(number > 1).tolist():
        share[i] = _mean_share(np.delete(t[i], i), t[i, tied[i]])
    return pd.DataFrame(
        {
            "class": problem.classes,
            "correlation": class_correlations(
                problem.d, problem.t, self_pair=problem.settings.self_pair
            ),
            "nearest": [problem.classes[i] for i in nearest],
            "nearest_distance": d[rows, nearest],
            "nearest_tree_distance": reached,
            "nearest_tied": number,
            "closest_tree_distance": np.nanmin(t, axis=1),
            "tree_rank": share,
        }
    )


def _mean_share(distances: Floats, reached: Floats) -> float:
    """Return the share of `distances` above, among those not equal: its mean over `reached`."""
    ordered = np.sort(distances)
    closer = np.searchsorted(ordered, reached, side="left")
    farther = ordered.size - np.searchsorted(ordered, reached, side="right")
    differ = farther + closer
    if not differ.all():  # then all distances are equal
        return float("nan")
    return float(np.mean(farther / differ))
