"""One row a class: how well its neighbourhood fits the predefined hierarchy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hiertools.comparison.problem import Problem
from hiertools.measures.correlation import class_correlations

if TYPE_CHECKING:
    import pandas as pd


def per_class_table(problem: Problem) -> pd.DataFrame:
    """Return a table with one row a class, sorted by class name.

    Columns: ``class``; ``correlation``, its class-wise correlation (NaN where undefined);
    ``nearest``, the nearest class of the model, with ``nearest_distance`` and its
    ``nearest_tree_distance``; ``closest_tree_distance``, the least tree distance that any class has
    to it; ``tree_rank``, the mean share of classes that are farther in the tree than the nearest
    one (1: no class is closer in the tree, 0: none is farther).
    """
    import pandas as pd

    n = problem.n_classes
    rows = np.arange(n)
    d = problem.d.copy()
    t = problem.t.copy()
    np.fill_diagonal(d, np.inf)
    nearest = d.argmin(axis=1)
    reached = t[rows, nearest]
    np.fill_diagonal(t, np.nan)
    farther = (t > reached[:, None]).sum(axis=1)
    closer = (t < reached[:, None]).sum(axis=1)
    with np.errstate(invalid="ignore"):
        share = np.where(farther + closer > 0, farther / (farther + closer), np.nan)
    return pd.DataFrame(
        {
            "class": problem.classes,
            "correlation": class_correlations(
                problem.d, problem.t, self_pair=problem.settings.self_pair
            ),
            "nearest": [problem.classes[i] for i in nearest],
            "nearest_distance": d[rows, nearest],
            "nearest_tree_distance": reached,
            "closest_tree_distance": np.nanmin(t, axis=1),
            "tree_rank": share,
        }
    )
