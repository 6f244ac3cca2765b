"""Whole numbers sorted by their digits: in time that follows from how many there are, anywhere.

NumPy's sort is as quick on most processors, and six times slower on those (AMD's Zen 4) on which
AVX-512 writes what a mask selects in microcode.
"""

from __future__ import annotations

import numpy as np

from hiertools._kernels.compiled import Ints, compiled

DIGIT = 10
"""So many bits are the largest digit: its counts stay in the nearest cache."""

TOP_DIGIT = 8
"""By so many of their upper bits very many numbers are parted first, each part for itself."""

WHOLE = 1 << 19
"""Up to so many numbers, 4 MB, are sorted without parting them."""

MOVES = 16
"""A number moves so many places, on average, before all of its digits are looked at instead."""


@compiled(steps=lambda keys: 8 * keys.size)
def sort_keys(keys: Ints, spare: Ints) -> None:
    """Sort numbers in place. None is below 0; `spare` is as long and is overwritten."""
    n = keys.size
    if n <= WHOLE:
        sort_part(keys, spare, np.empty(1 << digit_for(n), np.int64))
        return
    ends = np.empty(1 << TOP_DIGIT, np.int64)
    low, width = least_and_width(keys)
    by_digit(keys, low, max(width - TOP_DIGIT, 0), ends, spare)
    counts = np.empty(1 << DIGIT, np.int64)
    start = 0
    for cell in range(ends.size):
        stop = ends[cell]
        sort_part(spare[start:stop], keys[start:stop], counts)
        for i in range(start, stop):
            keys[i] = spare[i]
        start = stop


@compiled(steps=lambda keys: 8 * keys.size)
def sort_rows(keys: Ints, spare: Ints) -> None:
    """Sort each row in place. No number is below 0; `spare` is as long as a row."""
    counts = np.empty(1 << digit_for(keys.shape[1]), np.int64)
    for row in range(keys.shape[0]):
        sort_part(keys[row], spare, counts)


@compiled
def digit_for(n: int) -> int:
    """Return of how many bits digits are, two of which tell nearly all of n numbers apart."""
    width = 0
    while n >> width > 0:
        width += 1
    return min(max((width + 4) // 2, 7), DIGIT)


@compiled
def sort_part(keys: Ints, spare: Ints, counts: Ints) -> None:
    """Sort numbers in place; `counts` has a place for each value of a digit."""
    if keys.size < 2:
        return
    digit = 0
    while counts.size >> (digit + 1) > 0:
        digit += 1
    low, width = least_and_width(keys)
    # Two digits tell nearly all numbers apart, if these are spread at all; the rest is put right.
    shift = max(width - 2 * digit, 0)
    by_digit(keys, low, shift, counts, spare)
    by_digit(spare, low, shift + digit, counts, keys)
    if insert(keys, MOVES * keys.size):
        return
    for lower in range(0, width, 2 * digit):
        by_digit(keys, low, lower, counts, spare)
        # No further than the last of 63 bits: a shift by more than a number has is undefined.
        by_digit(spare, low, min(lower + digit, 62), counts, keys)


@compiled
def least_and_width(keys: Ints) -> tuple[int, int]:
    """Return the least number, and how many bits what the others have beyond it takes."""
    low = high = keys[0]
    for i in range(keys.size):
        low = min(low, keys[i])
        high = max(high, keys[i])
    width = 0
    while width < 63 and (high - low) >> width > 0:
        width += 1
    return low, width


@compiled
def by_digit(keys: Ints, low: int, shift: int, ends: Ints, out: Ints) -> None:
    """Fill `out` with numbers in the order of one digit, equal ones as they were.

    The digit is that of ``keys - low`` from the bit `shift` on. `ends` has a place for each of its
    values, and then holds where the numbers of that value end.
    """
    mask = ends.size - 1
    for digit in range(ends.size):
        ends[digit] = 0
    for i in range(keys.size):
        ends[((keys[i] - low) >> shift) & mask] += 1
    before = 0
    for digit in range(ends.size):
        count = ends[digit]
        ends[digit] = before
        before += count
    for i in range(keys.size):
        digit = ((keys[i] - low) >> shift) & mask
        out[ends[digit]] = keys[i]
        ends[digit] += 1


@compiled
def insert(keys: Ints, most: int) -> bool:
    """Sort numbers that are nearly in order; give up after so many moves, and return whether not.

    Given up, it leaves all numbers there.
    """
    moves = 0
    for i in range(1, keys.size):
        key = keys[i]
        place = i
        while place > 0 and keys[place - 1] > key:
            keys[place] = keys[place - 1]
            place -= 1
        keys[place] = key
        moves += i - place
        if moves > most:
            return False
    return True
