"""Distances that rounding alone keeps apart are made equal; all others are left alone.

Vectors whose distances are equal on paper (codes of a tree, rotated; a published recipe on the unit
sphere) come out of any arithmetic a few units in the last place apart. Ranks, neighbours and merges
would take that for information.
"""

from __future__ import annotations

import numpy as np

from hiertools._core.arrays import Floats

COMPUTED = 64.0 * float(np.finfo(np.float64).eps)
GIVEN = {np.dtype(np.float64): 0.0, np.dtype(np.float32): 4.0 * float(np.finfo(np.float32).eps)}
"""How far apart equal distances of unit vectors come out: by arithmetic, and by the vectors' type.

Measured on rotated codes of trees of up to 1,110 dimensions: at most 18 units of float64, in which
distances are computed, and less than one of float32, whose rounding of the vectors averages out.
"""

GAP = 4.0
"""A run is joined only if on each side so many tolerances keep it apart from the rest."""


def join_near_ties(values: Floats, tolerance: float | Floats) -> Floats:
    """Return distances with runs of near-equal ones joined, those next to 0 at 0.

    A run is joined where it is no wider than `tolerance` and gaps of several tolerances lie on both
    sides of it. Of densely spread distances nothing is touched: a plain tolerance would melt them
    into one.

    Parameters
    ----------
    values : ndarray of float, shape (P,)
        At least 0.
    tolerance : float, or ndarray of float, shape (P,)
        At least 0; one for all, or one for each value: a run goes by the least of its members'.

    Returns
    -------
    ndarray of float, shape (P,)
        The same array where there is nothing to join.

    Examples
    --------
    >>> join_near_ties(np.array([0.5, 0.5000001, 0.9, 1e-9]), 1e-6)
    array([0.50000005, 0.50000005, 0.9       , 0.        ])
    >>> join_near_ties(np.linspace(0.1, 0.2, 5), 0.03)
    array([0.1  , 0.125, 0.15 , 0.175, 0.2  ])
    """
    if values.size == 0 or not np.any(tolerance):
        return values
    if isinstance(tolerance, np.ndarray):
        order = np.argsort(values)
        ordered = values[order]
        distinct = np.append(0, np.flatnonzero(np.diff(ordered)) + 1)
        ordered, slack = ordered[distinct], np.minimum.reduceat(tolerance[order], distinct)
        breaks = np.flatnonzero(np.diff(ordered) > GAP * np.minimum(slack[1:], slack[:-1]))
        within = np.minimum.reduceat(slack, np.concatenate([[0], breaks + 1]))
    else:
        ordered = np.sort(values)
        breaks = np.flatnonzero(np.diff(ordered) > GAP * tolerance)
        within = np.full(breaks.size + 1, tolerance)
    low = ordered[np.concatenate([[0], breaks + 1])]
    high = ordered[np.concatenate([breaks, [ordered.size - 1]])]
    joined = (high - low <= within) & ((high > low) | (high <= within)) & (high > 0)
    if not joined.any():
        return values
    low, high, within = low[joined], high[joined], within[joined]
    middle = np.where(high <= within, 0.0, low + (high - low) / 2)
    run = np.searchsorted(low, values, side="right") - 1
    inside = (run >= 0) & (values <= high[np.maximum(run, 0)])
    return np.where(inside, middle[np.maximum(run, 0)], values)
