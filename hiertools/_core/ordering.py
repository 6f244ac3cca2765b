"""The order of many numbers, by the quickest sort there is: that of whole numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints

_LONG = 64
"""Numbers alike in their upper bits, of which more than so many are better sorted by themselves."""

_SMALL = 1 << 14
"""So few numbers are sorted as they are."""

_MANY = 1 << 16
"""So many whole numbers are sorted by their digits, fewer by NumPy."""

_LONG_ROW = 256
"""Rows up to this length NumPy sorts sooner."""


def sort_keys(keys: Ints) -> None:
    """Sort whole numbers in place, none of which is below 0; by their digits where it pays.

    Examples
    --------
    >>> keys = np.array([5, 0, 3])
    >>> sort_keys(keys)
    >>> keys
    array([0, 3, 5])
    """
    if keys.size < _MANY:
        keys.sort()
        return
    from hiertools._kernels import digit_sort

    digit_sort.sort_keys(keys, np.empty_like(keys))


def sort_rows_of_keys(keys: Ints) -> None:
    """Sort each row of whole numbers as `sort_keys` does, shape (R, N)."""
    if keys.size < _MANY or keys.shape[1] <= _LONG_ROW:
        keys.sort(axis=1)
        return
    from hiertools._kernels import digit_sort

    digit_sort.sort_rows(keys, np.empty(keys.shape[1], dtype=np.int64))


def sorted_numbers(values: Floats) -> Floats:
    """Return what ``np.sort(values)`` does, of many numbers sooner on some processors.

    Parameters
    ----------
    values : ndarray of float, shape (N,)

    Examples
    --------
    >>> sorted_numbers(np.array([0.5, 0.0, 0.25]))
    array([0.  , 0.25, 0.5 ])
    """
    bits = values.view(np.int64)  # of numbers that are not negative, in the same order
    if values.size < _MANY or bits.min() < 0:
        return np.sort(values)
    bits = bits.copy()
    sort_keys(bits)
    return bits.view(np.float64)


def stable_order(values: Floats) -> Ints:
    """Return what ``np.argsort(values, kind="stable")`` does, of many numbers in a tenth the time.

    Whole numbers are sorted whose upper bits are those of the values, and whose lower ones are
    their places; where upper bits are equal, the values themselves decide.

    Parameters
    ----------
    values : ndarray of float, shape (N,)
        At least 0.

    Examples
    --------
    >>> stable_order(np.array([0.5, 0.0, 0.25, 0.5]))
    array([1, 2, 0, 3])
    """
    if values.size < _SMALL:
        return np.argsort(values, kind="stable")
    from hiertools._kernels.ordering import keys_of, places_of

    bits = values.view(np.int64)  # of numbers that are not negative, in the same order
    lowest, highest = int(bits.min()), int(bits.max())
    if lowest < 0:  # -0 equals 0
        return stable_order(np.abs(values))
    for_places = int(values.size - 1).bit_length()
    # Keys stay below 2^63, so that they sort alike with a sign and without.
    shift = 63 - max((highest - lowest).bit_length(), 1)
    keys = np.empty(values.size, dtype=np.int64)
    keys_of(bits, lowest, max(shift, 0), for_places, keys)
    sort_keys(keys)
    long = np.empty(2 * (values.size // _LONG + 1), dtype=np.int64)
    mixed = places_of(keys, values, for_places, _LONG, long)
    for start, stop in long[: 2 * mixed].reshape(-1, 2).tolist():
        places = keys[start:stop]
        keys[start:stop] = places[np.argsort(values[places], kind="stable")]
    return keys


def row_orders(values: Floats) -> Ints:
    """Return what ``np.argsort(values, axis=1, kind="stable")`` does, of many numbers much sooner.

    Parameters
    ----------
    values : ndarray of float, shape (R, N)
        At least 0.

    Examples
    --------
    >>> row_orders(np.array([[0.5, 0.0, 0.25], [0.0, 1.0, 0.0]]))
    array([[1, 2, 0],
           [0, 2, 1]])
    """
    if values.size < _SMALL:
        return np.argsort(values, axis=1, kind="stable")
    from hiertools._kernels.ordering import row_keys, row_places

    for_places = int(values.shape[1] - 1).bit_length()
    keys = np.empty(values.shape, dtype=np.int64)
    mixed = np.empty(len(values), dtype=bool)
    row_keys(values.view(np.int64), for_places, keys)
    sort_rows_of_keys(keys)
    row_places(keys, values, for_places, _LONG, mixed)
    for row in np.flatnonzero(mixed):
        keys[row] = np.argsort(values[row], kind="stable")
    return keys


def sorted_codes(
    values: Floats, codes: NDArray[np.uint8] | NDArray[np.int32]
) -> tuple[NDArray[np.uint8] | NDArray[np.int32], NDArray[np.bool_]]:
    """Return codes in the order of values, and whether another value starts at each place.

    Where a value and a code fit into a number together, no place has to be carried along.

    Parameters
    ----------
    values : ndarray of float, shape (N,)
        At least 0.
    codes : ndarray of int, shape (N,)

    Examples
    --------
    >>> sorted_codes(np.array([0.5, 0.1, 0.5]), np.array([7, 3, 6], dtype=np.uint8))
    (array([3, 6, 7], dtype=uint8), array([ True,  True, False]))
    """
    if values.size and codes.dtype == np.uint8:
        bits = values.view(np.int64)
        lowest, highest = int(bits.min()), int(bits.max())
        for_codes = int(codes.max()).bit_length()
        if lowest >= 0 and (highest - lowest).bit_length() + for_codes <= 63:
            from hiertools._kernels.ordering import codes_of_keys, keys_with_codes

            keys = np.empty(values.size, dtype=np.int64)
            keys_with_codes(bits, lowest, for_codes, codes, keys)
            sort_keys(keys)
            found = np.empty(values.size, dtype=np.uint8)
            starts = np.empty(values.size, dtype=bool)
            codes_of_keys(keys, for_codes, found, starts)
            return found, starts
    order = stable_order(values)
    return codes[order], starts_of_ties(values, order)


def starts_of_ties(values: Floats, order: Ints) -> NDArray[np.bool_]:
    """Return whether another value starts at each place of an order of values."""
    ordered = values[order]
    return np.append(np.ones(min(order.size, 1), dtype=bool), ordered[1:] != ordered[:-1])
