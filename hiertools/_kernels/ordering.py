"""Keys that sort as numbers do and carry their places along."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Bools, Floats, Ints, compiled


@compiled(steps=lambda out: out.size)
def keys_of(bits: Ints, lowest: int, shift: int, for_places: int, out: Ints) -> None:
    """Fill `out` with numbers of 63 bits: the upper ones those of ``bits - lowest``, then a place.

    The `for_places` lowest bits hold the place.
    """
    for i in range(bits.size):
        out[i] = ((((bits[i] - lowest) << shift) >> for_places) << for_places) | i


@compiled(steps=lambda out: 4 * out.size)
def places_of(keys: Ints, values: Floats, for_places: int, long: int, out: Ints) -> int:
    """Turn sorted keys into places in the order of their values, in place; equal ones by place.

    A run of keys that differ in their places alone is put in order, up to `long` of them. The
    bounds of longer ones that are not in order go into `out`; returned is how many there are.
    """
    n = keys.size
    mask = (1 << for_places) - 1
    mixed = 0
    start = 0
    while start < n:
        upper = keys[start] >> for_places
        keys[start] &= mask
        stop = start + 1
        rising = True
        while stop < n and keys[stop] >> for_places == upper:
            keys[stop] &= mask
            if values[keys[stop]] < values[keys[stop - 1]]:
                rising = False
            stop += 1
        if not rising and stop - start > long:
            out[2 * mixed], out[2 * mixed + 1] = start, stop
            mixed += 1
        elif not rising:
            for i in range(start + 1, stop):
                place = keys[i]
                j = i
                while j > start and values[keys[j - 1]] > values[place]:
                    keys[j] = keys[j - 1]
                    j -= 1
                keys[j] = place
        start = stop
    return mixed


@compiled(steps=lambda out: 3 * out.size)
def row_keys(bits: Ints, for_places: int, out: Ints) -> None:
    """Fill each row of `out` as `keys_of` does, from the least number above 0 on.

    That of a class's distance from itself is far below the others.
    """
    n = bits.shape[1]
    for row in range(bits.shape[0]):
        mine, keys = bits[row], out[row]
        lowest, highest = 1 << 62, 0
        for i in range(n):
            lowest = min(lowest, mine[i] if mine[i] > 0 else 1 << 62)
            highest = max(highest, mine[i])
        width = 1
        while (highest - lowest + 1) >> width > 0:
            width += 1
        shift = max(63 - width, 0)
        for i in range(n):
            rank = mine[i] - lowest + 1 if mine[i] > 0 else 0
            keys[i] = (((rank << shift) >> for_places) << for_places) | i


@compiled(steps=lambda keys: 4 * keys.size)
def row_places(keys: Ints, values: Floats, for_places: int, long: int, mixed: Bools) -> None:
    """Do for each row what `places_of` does; `mixed` tells of rows with long runs out of order."""
    out = np.empty(2 * (keys.shape[1] // long + 1), np.int64)
    for row in range(keys.shape[0]):
        mixed[row] = places_of(keys[row], values[row], for_places, long, out) > 0


@compiled(steps=lambda out: out.size)
def keys_with_codes(
    bits: Ints, lowest: int, for_codes: int, codes: NDArray[Any], out: Ints
) -> None:
    """Fill `out` with ``bits - lowest``, and in the `for_codes` lowest bits a code."""
    for i in range(bits.size):
        out[i] = ((bits[i] - lowest) << for_codes) | codes[i]


@compiled(steps=lambda keys: keys.size)
def codes_of_keys(keys: Ints, for_codes: int, codes: NDArray[np.uint8], starts: Bools) -> None:
    """Take sorted keys apart: their codes, and where another number starts."""
    mask = (1 << for_codes) - 1
    before = -1
    for i in range(keys.size):
        upper = keys[i] >> for_codes
        starts[i] = upper != before
        codes[i] = keys[i] & mask
        before = upper


@compiled(steps=lambda bits: bits.size)
def count_cells(bits: Ints, low: int, high: int, shift: int, counts: Ints) -> None:
    """Add to `counts` how many numbers from `low` to `high` lie in each cell of 2^shift."""
    for i in range(bits.size):
        if low <= bits[i] and bits[i] <= high:
            counts[(bits[i] - low) >> shift] += 1


@compiled(steps=lambda bits: bits.size)
def between(bits: Ints, low: int, high: int, out: Ints) -> None:
    """Fill `out` with the numbers from `low` to `high`, for which it has one place too many."""
    place = 0
    for i in range(bits.size):
        out[place] = bits[i]
        place += (low <= bits[i]) & (bits[i] <= high)


@compiled(steps=lambda bits: 2 * bits.size)
def between_with(
    bits: Ints, low: int, high: int, beside: NDArray[Any], out: Ints, with_them: NDArray[Any]
) -> None:
    """Do what `between` does, and fill `with_them` with what stands beside those numbers."""
    place = 0
    for i in range(bits.size):
        out[place], with_them[place] = bits[i], beside[i]
        place += (low <= bits[i]) & (bits[i] <= high)
