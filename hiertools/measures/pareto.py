"""What can't be had better in one respect without being worse in another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats

__all__ = ["pareto_front"]

ROUNDING = 1e-12
"""Numbers that differ by no more than this share of the largest are the same."""


def pareto_front(values: Floats, signs: Floats) -> NDArray[np.bool_]:
    """Tell which rows no other row dominates: as good in every column, and better in one.

    Numbers of a column that differ by rounding alone, as means of the same numbers in another order
    do, are as good as each other.

    Parameters
    ----------
    values : ndarray of float, shape (n, m)
        One row a model, one column a score. A row with NaN is not on the front.
    signs : ndarray of float, shape (m,)
        +1 where higher is better, -1 where lower is.

    Examples
    --------
    >>> pareto_front(np.array([[0.9, 3.0], [0.8, 2.0], [0.8, 2.5]]), np.array([1.0, -1.0])).tolist()
    [True, True, False]
    """
    better = values * signs
    known = ~np.isnan(better).any(axis=1)
    near = ROUNDING * np.abs(better[known]).max(axis=0, initial=0.0)
    as_good = (better[:, None] >= better[None] - near).all(axis=2)
    ahead = (better[:, None] > better[None] + near).any(axis=2)
    beaten = (as_good & ahead).any(axis=0)
    front: NDArray[np.bool_] = np.logical_and(known, np.logical_not(beaten))
    return front
