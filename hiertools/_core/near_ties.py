"""Distances that rounding alone keeps apart are made equal; all others are left alone.

Vectors whose distances are equal on paper (codes of a tree, rotated; a published recipe on the unit
sphere) come out of any arithmetic a few units in the last place apart. Ranks, neighbours and merges
would take that for information.
"""

from __future__ import annotations

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools._core.ordering import stable_order
from hiertools._core.threads import thread_map

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
        order = stable_order(values)
        ordered = values[order]
        distinct = np.append(0, np.flatnonzero(np.diff(ordered)) + 1)
        ordered, slack = ordered[distinct], np.minimum.reduceat(tolerance[order], distinct)
    else:
        ordered, slack = np.sort(values), np.array([tolerance])
    low, high, middle = _runs(ordered, slack)
    if low.size == 0:
        return values
    # Few numbers lie in a run: those of cells that hold a part of one are looked up.
    bottom, span = ordered[0], max(ordered[-1] - ordered[0], high[-1])

    def cell(numbers: Floats) -> Ints:
        found: Ints = ((numbers - bottom) / span * _CELLS).astype(np.int64)
        return found

    starts = np.bincount(cell(low), minlength=_CELLS + 2)
    stops = np.bincount(cell(high) + 1, minlength=_CELLS + 2)
    holds = np.cumsum(starts - stops) > 0
    joined = ordered if ordered.size == values.size else np.empty(values.size)
    joined[:] = values  # in memory that is at hand

    def join(start: int) -> None:
        part = joined[start : start + _BLOCK]
        place = np.flatnonzero(holds[cell(part)])
        run = np.searchsorted(low, part[place], side="right") - 1
        inside = (run >= 0) & (part[place] <= high[run])
        part[place[inside]] = middle[run[inside]]

    thread_map(join, range(0, values.size, _BLOCK))
    return joined


_CELLS = 1 << 16

_BLOCK = 1 << 20
"""So many numbers are looked at together: more of them would cost memory, not less time."""


def _runs(ordered: Floats, slack: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the lowest and highest of each run to be joined, and what it becomes.

    `slack` is one tolerance for all, or those of each.
    """
    # Whether a gap lies before each number, and behind the last one.
    apart = np.ones(ordered.size + 1, dtype=bool)
    for start in range(0, ordered.size - 1, _BLOCK):
        part = slice(start, start + _BLOCK)
        least = slack
        if slack.size > 1:
            least = np.minimum(slack[1:][part], slack[:-1][part])
        np.greater(ordered[1:][part] - ordered[:-1][part], GAP * least, out=apart[1:-1][part])
    first = np.flatnonzero(apart[:-1] & ~apart[1:])
    last = np.flatnonzero(~apart[:-1] & apart[1:])
    # Of numbers by themselves only those next to 0 can move.
    near = np.flatnonzero(apart[:-1] & apart[1:] & (ordered <= slack))
    first, last = np.sort(np.append(first, near)), np.sort(np.append(last, near))
    within = slack[np.zeros_like(first)]
    if slack.size > 1 and first.size:
        bounds = np.column_stack([first, last + 1]).ravel()
        within = np.minimum.reduceat(np.append(slack, np.inf), bounds)[::2]
    low, high = ordered[first], ordered[last]
    joined = (high - low <= within) & ((high > low) | (high <= within)) & (high > 0)
    low, high, within = low[joined], high[joined], within[joined]
    return low, high, np.where(high <= within, 0.0, low + (high - low) / 2)
