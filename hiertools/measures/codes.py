"""Numbers as codes: whole numbers in the same order, of which there are few where they tie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats
from hiertools._core.ordering import stable_order

FEW = 256
"""So many codes fit into a byte, and can be gone through for each number."""


Numbers = NDArray[np.uint8] | NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Codes:
    """A square of numbers as codes: the n-th lowest of the different ones is n."""

    square: Numbers
    """Shape (C, C): bytes where there are few codes."""
    values: Floats
    """What each code stands for, rising."""

    @property
    def few(self) -> bool:
        """Whether there are few."""
        return self.values.size <= FEW

    def condensed(self) -> Numbers:
        """Return the codes of all pairs i < j."""
        return np.concatenate(
            [self.square[i, i + 1 :] for i in range(len(self.square))] or [self.square[:0, 0]]
        )


_BLOCK = 1 << 17
"""So many codes are looked at together: more of them would cost memory, not less time."""


def codes_of_counts(square: Numbers, most: int) -> Codes:
    """Return the codes of whole numbers from 0 to `most`; their own array, which is used up."""
    flat = square.reshape(-1)
    blocks = [flat[start : start + _BLOCK] for start in range(0, flat.size, _BLOCK)]
    met = np.zeros(most + 1, dtype=bool)
    for block in blocks:
        met |= np.bincount(block, minlength=most + 1) > 0
    values = np.flatnonzero(met)
    if values.size <= most:
        code = (np.cumsum(met) - 1).astype(square.dtype)
        for block in blocks:
            np.take(code, block, out=block, mode="clip")
    if values.size <= FEW:
        square = square.astype(np.uint8, copy=False)
    return Codes(square, values.astype(np.float64))


def codes_of_pairs(condensed: Floats, n: int) -> Codes:
    """Return the codes of a symmetric square with a diagonal of 0 from its pairs i < j."""
    order = stable_order(condensed)
    ordered = condensed[order]
    new = np.append(True, ordered[1:] != ordered[:-1])
    values = ordered[new]
    # The diagonal's 0 is a code of its own where no pair is at 0.
    zero = bool(values[0] > 0.0)
    if zero:
        values = np.append(0.0, values)
    flat = np.empty(condensed.size, dtype=np.uint8 if values.size <= FEW else np.int32)
    flat[order] = np.cumsum(new) - (0 if zero else 1)
    square = np.zeros((n, n), dtype=flat.dtype)
    start = 0
    for i in range(n - 1):
        row = flat[start : start + n - 1 - i]
        square[i, i + 1 :] = row
        square[i + 1 :, i] = row
        start += row.size
    return Codes(square, values)


def codes_in_rows(codes: Numbers) -> NDArray[np.int32]:
    """Return codes anew within each row, from 0 on without a gap.

    Examples
    --------
    >>> codes_in_rows(np.array([[5, 9, 5], [0, 7, 3]], dtype=np.int32))
    array([[0, 1, 0],
           [0, 2, 1]], dtype=int32)
    """
    order = np.argsort(codes, axis=1)
    ordered = np.take_along_axis(codes, order, axis=1)
    dense = np.zeros(codes.shape, dtype=np.int32)
    np.cumsum(ordered[:, 1:] != ordered[:, :-1], axis=1, out=dense[:, 1:])
    found = np.empty_like(dense)
    np.put_along_axis(found, order, dense, axis=1)
    return found
