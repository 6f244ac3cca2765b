"""Many numbers a range of values at a time: to sort them all, no copy of them all is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools._core.threads import thread_map

Result = TypeVar("Result")

FEW = 1 << 25
"""So many bytes, 32 MB of numbers and what stands beside them, are one range."""

_MOST_RANGES = 24
"""To look for a range among all numbers takes as long as to sort it, if there are this many."""

_CELL_BITS = 16
"""Numbers are counted in 2 to this power cells, and those of a cell that holds too many again."""


class Part(NamedTuple):
    """The numbers of one range, as they lie."""

    before: int
    """How many numbers are smaller than all of these."""
    values: Floats
    beside: NDArray[Any]
    """What stands beside each of them."""


class _Range(NamedTuple):
    low: int
    """The bits of the least number that belongs to it, and of the largest one."""
    high: int
    size: int


def in_ranges(
    function: Callable[[Part], Result],
    values: Floats,
    beside: NDArray[Any],
    *,
    few: int | None = None,
) -> list[Result]:
    """Apply a function to all numbers, range by range, in threads.

    Equal numbers come together. Results are in the order of the ranges; which these are follows
    from the numbers alone.

    Parameters
    ----------
    function : callable
        It may not change what it gets, which can be the numbers themselves.
    values : ndarray of float, shape (N,)
        At least 0.
    beside : ndarray, shape (N,) or (0,)
        What is handed over with each; nothing where there is nothing.
    few : int, optional
        So many bytes are one range; default ``FEW``.

    Examples
    --------
    >>> in_ranges(lambda part: part.values.max(), np.array([0.5, 0.1]), np.empty(0)).pop().item()
    0.5
    """
    bits = values.view(np.int64)  # of numbers that are not negative, in the same order
    few = (FEW if few is None else few) // (
        values.itemsize + (beside.itemsize if beside.size else 0)
    )
    if values.size <= few or bits.min() < 0:  # -0 equals 0, by its bits it doesn't
        return [function(Part(0, values, beside))]
    from hiertools._kernels.ordering import between, between_with

    most = max(few, values.size // _MOST_RANGES)
    ranges = _ranges(bits, int(bits.min()), int(bits.max()), most)
    before = np.cumsum([0, *(each.size for each in ranges)]).tolist()

    def work(number: int) -> Result:
        low, high, size = ranges[number]
        # One place more: what doesn't belong is written there, and overwritten.
        found, with_them = np.empty(size + 1, np.int64), np.empty(0, beside.dtype)
        if beside.size:
            with_them = np.empty(size + 1, beside.dtype)
            between_with(bits, low, high, beside, found, with_them)
        else:
            between(bits, low, high, found)
        return function(Part(before[number], found[:size].view(np.float64), with_them[:size]))

    return thread_map(work, range(len(ranges)))


def _ranges(bits: Ints, low: int, high: int, most: int) -> list[_Range]:
    """Part the numbers from `low` to `high` into ranges, of up to `most` unless all are equal."""
    from hiertools._kernels.ordering import count_cells

    shift = max((high - low).bit_length() - _CELL_BITS, 0)
    counts = np.zeros(((high - low) >> shift) + 1, dtype=np.int64)
    count_cells(bits, low, high, shift, counts)
    up_to = np.cumsum(counts)
    found: list[_Range] = []
    start = done = 0
    while done < up_to[-1]:
        stop = max(int(np.searchsorted(up_to, done + most, side="right")), start + 1)
        first, last = low + (start << shift), min(low + (stop << shift) - 1, high)
        size = int(up_to[stop - 1]) - done
        if size > most and shift:
            found += _ranges(bits, first, last, most)
        elif size:
            found.append(_Range(first, last, size))
        start, done = stop, done + size
    return found
