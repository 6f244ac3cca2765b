"""Distances that rounding alone keeps apart are made equal; all others are left alone.

Vectors whose distances are equal on paper (codes of a tree, rotated; a published recipe on the unit
sphere) come out of any arithmetic a few units in the last place apart. Ranks, neighbours and merges
would take that for information.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools._core.ordering import sorted_numbers, stable_order
from hiertools._core.threads import thread_map
from hiertools._core.value_ranges import Part, in_ranges

COMPUTED = 64.0 * float(np.finfo(np.float64).eps)
GIVEN = {np.dtype(np.float64): 0.0, np.dtype(np.float32): 4.0 * float(np.finfo(np.float32).eps)}
"""How far apart equal distances of unit vectors come out: by arithmetic, and by the vectors' type.

Measured on rotated codes of trees of up to 1,110 dimensions: at most 18 units of float64, in which
distances are computed, and less than one of float32, whose rounding of the vectors averages out.
"""

GAP = 4.0
"""A run is joined only if on each side so many tolerances keep it apart from the rest."""


def join_near_ties(values: Floats, tolerance: float | Floats, *, used_up: bool = False) -> Floats:
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
    used_up : bool
        Join in the array of the values itself, which are lost.

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
    own = tolerance if isinstance(tolerance, np.ndarray) else np.empty(0)

    def found(part: Part) -> _Runs:
        return _runs(*_in_order(part, tolerance))

    joins = Joins.among(in_ranges(found, values, own), values.min(), values.max())
    if not joins.low.size:
        return values
    joined = values if used_up else values.copy()
    thread_map(
        lambda start: joins.join(joined[start : start + _BLOCK]), range(0, values.size, _BLOCK)
    )
    return joined


_CELLS = 1 << 16

_BLOCK = 1 << 17
"""So many numbers are looked at together: more of them would cost memory, not less time."""


@dataclass(frozen=True, eq=False)
class Joins:
    """Runs of near-equal numbers that are to be joined, from the lowest to the highest."""

    low: Floats
    """The least number of each."""
    high: Floats
    middle: Floats
    """What its numbers become."""
    bottom: float
    span: float
    """Numbers lie from `bottom` on, no farther than this."""

    @classmethod
    def among(cls, parts: Sequence[_Runs], bottom: float, top: float) -> Joins:
        """Return those among runs of numbers between two; parts of the runs follow each other."""
        low, high, middle = _to_be_joined(parts)
        return cls(low, high, middle, bottom, max(top - bottom, high.max(initial=0.0)))

    def join(self, numbers: Floats) -> None:
        """Join what lies in one of the runs, in place."""
        if not self.low.size:
            return
        # Few numbers lie in a run: those of cells that hold a part of one are looked up.
        place = np.flatnonzero(self._holds[self._cell(numbers)])
        run = np.searchsorted(self.low, numbers[place], side="right") - 1
        inside = (run >= 0) & (numbers[place] <= self.high[run])
        numbers[place[inside]] = self.middle[run[inside]]

    def _cell(self, numbers: Floats) -> Ints:
        found: Ints = ((numbers - self.bottom) / self.span * _CELLS).astype(np.int64)
        return found

    @cached_property
    def _holds(self) -> NDArray[np.bool_]:
        starts = np.bincount(self._cell(self.low), minlength=_CELLS + 2)
        stops = np.bincount(self._cell(self.high) + 1, minlength=_CELLS + 2)
        holds: NDArray[np.bool_] = np.cumsum(starts - stops) > 0
        return holds


class Extremes:
    """The least and the largest number of every cell, of numbers that come block by block.

    Cells are narrower than a gap. So what lies in one belongs to one run, and its two extremes tell
    as much as all of it: runs come out as if all numbers had been sorted, which needn't be held.

    Parameters
    ----------
    tolerance : float
        As of `join_near_ties`; at least `FINEST`, or nothing is ever joined.
    top : float
        No number is larger, or below 0.
    """

    FINEST = 1e-8
    """With a smaller tolerance there would be more cells than fit into some hundred megabytes."""

    def __init__(self, tolerance: float, top: float) -> None:
        self.tolerance, self.top = tolerance, top
        self.width = GAP / 2 * tolerance if tolerance else top
        number = int(top / self.width) + 2
        self.low, self.high = np.full(number, np.inf), np.full(number, -np.inf)

    def add(self, numbers: Floats) -> None:
        """Take in more numbers, shape (P,)."""
        from hiertools._kernels.extremes import add_extremes

        add_extremes(numbers, 1.0 / self.width, self.low, self.high)

    def merge(self, other: Extremes) -> None:
        """Take in what another one of the same kind has taken in."""
        np.minimum(self.low, other.low, out=self.low)
        np.maximum(self.high, other.high, out=self.high)

    @property
    def joins(self) -> Joins:
        """What is to be joined of all numbers."""
        if not self.tolerance:
            nothing = np.empty(0)
            return Joins(nothing, nothing, nothing, 0.0, self.top)
        met = np.isfinite(self.low)
        ordered = np.unique(np.concatenate([self.low[met], self.high[met]]))
        return Joins.among([_runs(ordered, np.array([self.tolerance]))], 0.0, self.top)


def _in_order(part: Part, tolerance: float | Floats) -> tuple[Floats, Floats]:
    """Return the numbers of a part from the least on, and their tolerances, or the one of all."""
    if not isinstance(tolerance, np.ndarray):
        return sorted_numbers(part.values), np.array([tolerance])
    order = stable_order(part.values)
    ordered = part.values[order]
    distinct = np.append(0, np.flatnonzero(np.diff(ordered)) + 1)
    return ordered[distinct], np.minimum.reduceat(part.beside[order], distinct)


class _Runs(NamedTuple):
    """Runs of numbers, each apart from the next: those that may be joined, the first and the last.

    What lies beyond the first and the last one, other parts of the numbers must tell.
    """

    low: Floats
    high: Floats
    within: Floats
    """The least tolerance in the run."""
    ends: Floats
    """The tolerances of the least number of all, and of the largest."""


def _runs(ordered: Floats, slack: Floats) -> _Runs:
    """Return the runs of ordered numbers; `slack` is one tolerance for all, or those of each."""
    # Whether a gap lies before each number, and behind the last one.
    apart = np.ones(ordered.size + 1, dtype=bool)
    for start in range(0, ordered.size - 1, _BLOCK):
        part = slice(start, start + _BLOCK)
        least = slack
        if slack.size > 1:
            least = np.minimum(slack[1:][part], slack[:-1][part])
        np.greater(ordered[1:][part] - ordered[:-1][part], GAP * least, out=apart[1:-1][part])
    first, last = np.flatnonzero(apart[:-1] > apart[1:]), np.flatnonzero(apart[:-1] < apart[1:])
    # Of numbers by themselves only those next to 0 can move; others matter at the ends alone.
    up_to = np.searchsorted(ordered, slack.max(), side="right")
    near = np.flatnonzero(ordered[:up_to] <= (slack if slack.size == 1 else slack[:up_to]))
    near = np.unique(np.append(near, [0, ordered.size - 1]))
    near = near[apart[near] & apart[near + 1]]
    first, last = np.sort(np.append(first, near)), np.sort(np.append(last, near))
    within = slack[np.zeros_like(first)]
    if slack.size > 1:
        bounds = np.column_stack([first, last + 1]).ravel()
        within = np.minimum.reduceat(np.append(slack, np.inf), bounds)[::2]
    return _Runs(ordered[first], ordered[last], within, slack[[0, -1]])


def _to_be_joined(parts: Sequence[_Runs]) -> tuple[Floats, Floats, Floats]:
    """Return the lowest and highest of each run to be joined, and what it becomes.

    `parts` follow each other: the last run of one may go on as the first of the next.
    """
    low, high, within = (np.concatenate([part[i] for part in parts]) for i in range(3))
    place = 0
    goes_on = np.zeros(low.size, dtype=bool)
    for part, following in itertools.pairwise(parts):
        place += part.low.size
        gap = GAP * min(part.ends[1], following.ends[0])
        goes_on[place] = following.low[0] - part.high[-1] <= gap
    begins = np.flatnonzero(~goes_on)
    low, high = low[begins], high[np.append(begins[1:], low.size) - 1]
    within = np.minimum.reduceat(within, begins)
    joined = (high - low <= within) & ((high > low) | (high <= within)) & (high > 0)
    low, high, within = low[joined], high[joined], within[joined]
    return low, high, np.where(high <= within, 0.0, low + (high - low) / 2)
