"""Rank correlation of two distances, given others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hiertools._core.arrays import Floats
from hiertools.measures.ranks import mean_ranks

__all__ = ["partial_correlation"]

_RESOLVED = 1e-9
"""What is left of ranks, as a share of them, where it is more than rounding."""


def partial_correlation(x: Floats, y: Floats, given: Sequence[Floats]) -> float:
    """Return Spearman's partial correlation of x and y.

    Ranks of x and of y, each less its least-squares fit by the ranks of all that is given (and a
    constant), correlated. NaN where nothing is left of one of them.

    Examples
    --------
    >>> x, y, z = np.array([[1.0, 2, 3, 4], [1, 3, 2, 4], [1, 2, 4, 3]])
    >>> round(partial_correlation(x, y, []), 6), round(partial_correlation(x, y, [z]), 6)
    (0.8, 0.872872)
    """
    design = np.column_stack([np.ones(x.size), *map(mean_ranks, given)])
    ranks = np.column_stack([mean_ranks(x), mean_ranks(y)])
    fit = design @ np.linalg.lstsq(design, ranks, rcond=None)[0]
    left = ranks - fit
    sizes = np.sqrt((left**2).sum(axis=0))
    if (sizes <= _RESOLVED * np.sqrt((ranks**2).sum(axis=0))).any():
        return float("nan")
    return float(left[:, 0] @ left[:, 1] / sizes.prod())
