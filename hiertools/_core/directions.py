"""Vectors of length one, and which of them are alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools.errors import HiertoolsError, PredictionsError

_FAR = 2.0**100  # float32 holds numbers up to this and down to its inverse, with room to spare
_CACHED_BYTES = 1 << 19  # temporary arrays this small stay in the cache


def unit_vectors(
    vectors: NDArray[np.floating],
    dtype: str = "float64",
    *,
    refusal: Callable[[Ints], HiertoolsError],
) -> NDArray[Any]:
    """Return rows divided by their length.

    Parameters
    ----------
    vectors : ndarray of float, shape (N, D)
    dtype : {"float32", "float64"}
        Type of the result; the division itself is done in at least that type.
    refusal : callable
        Makes the error of rows of length zero, which have no direction, from their numbers.
    """
    # Very long or short vectors would overflow or vanish when squared; scale by the largest entry.
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0.0).astype(np.float64)
    zero = np.flatnonzero(~(largest[:, 0] > 0.0))  # NaN has no direction, either
    if zero.size:
        raise refusal(zero)
    out = np.empty(vectors.shape, dtype=dtype)
    rows = max(1, _CACHED_BYTES // (8 * max(1, vectors.shape[1])))
    for start in range(0, len(vectors), rows):
        part = vectors[start : start + rows] / largest[start : start + rows]
        out[start : start + rows] = part / np.sqrt(np.einsum("ij,ij->i", part, part))[:, None]
    return out


def row_lengths(vectors: NDArray[np.floating]) -> Floats:
    """Return the length of each row; no square overflows or vanishes on the way.

    Examples
    --------
    >>> row_lengths(np.array([[3e200, 4e200], [3e-200, 4e-200], [0.0, 0.0]]))
    array([5.e+200, 5.e-200, 0.e+000])
    """
    _, power = np.frexp(np.abs(vectors).max(axis=1, initial=0.0))
    scaled = np.ldexp(vectors, -power[:, None])
    lengths: Floats = np.ldexp(np.sqrt(np.einsum("ij,ij->i", scaled, scaled)), power)
    return lengths


def as_directions(vectors: NDArray[np.floating], dtype: str) -> NDArray[np.floating]:
    """Return rows in another type; rows that it can't hold by a power of two longer or shorter.

    All directions stay. Nothing is copied that is of the type already.

    Examples
    --------
    >>> as_directions(np.array([[1.0, 2.0], [2.0**600, 2.0**601]]), "float32")
    array([[1. , 2. ],
           [0.25, 0.5 ]], dtype=float32)
    """
    if vectors.dtype == dtype or np.finfo(vectors.dtype).maxexp <= np.finfo(dtype).maxexp:
        return vectors.astype(dtype, copy=False)
    largest = np.maximum(vectors.max(axis=1, initial=0.0), -vectors.min(axis=1, initial=0.0))
    beyond = np.flatnonzero((largest > _FAR) | (largest < 1.0 / _FAR))
    with np.errstate(over="ignore", under="ignore"):
        out = vectors.astype(dtype)
    out[beyond] = np.ldexp(vectors[beyond], -np.frexp(largest[beyond])[1][:, None])
    return out


def unit_rows(embeddings: ArrayLike, dtype: str = "float32") -> NDArray[np.floating]:
    """Return embeddings of samples divided by their length.

    Parameters
    ----------
    embeddings : array_like of float, shape (N, D)
    dtype : {"float32", "float64"}
        Type of the result; the division itself is done in at least that type.

    Raises
    ------
    PredictionsError
        An embedding that is not finite, or of length zero, which has no direction.

    Examples
    --------
    >>> unit_rows([[3.0, 4.0]])
    array([[0.6, 0.8]], dtype=float32)
    """
    checks.option(dtype, ("float32", "float64"), "dtype")
    array = checks.real_array(embeddings, "embeddings", PredictionsError)
    if array.ndim != 2:
        raise PredictionsError(
            f"embeddings must have shape (samples, dimensions); got {array.shape}."
        )
    if array.dtype.kind != "f":
        array = array.astype(np.float64)  # the least whole number has no positive counterpart
    checks.finite(array, "embeddings", PredictionsError)
    return unit_vectors(
        array,
        dtype,
        refusal=lambda zero: PredictionsError(
            f"{zero.size} of {len(array)} embeddings have length zero, first at row {zero[0]}; a "
            "zero vector has no direction, so leave those samples out or don't pass embeddings."
        ),
    )


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Rows that are alike in every bit: products with them are equal, and must come out equal.

    A matrix product may treat its last columns in another way than the others, and then equal ones
    differ in their last bit.

    Examples
    --------
    >>> alike = Duplicates.of(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -0.0]]))
    >>> alike.row, alike.first
    (array([2]), array([0]))
    """

    row: Ints
    """The rows that repeat an earlier one, shape (M,)."""
    first: Ints
    """The first row that is like each of them, shape (M,)."""

    @classmethod
    def of(cls, vectors: NDArray[np.floating]) -> Duplicates:
        """Find them among the rows of an array, shape (N, D)."""
        wide = np.uint64 if vectors.itemsize == 8 else np.uint32
        bits = np.ascontiguousarray(vectors).view(wide)
        minus_zero = np.uint64(1 << (8 * vectors.itemsize - 1))
        odd = np.random.default_rng(0).integers(1 << 63, size=bits.shape[1], dtype=np.uint64)
        key = np.empty(len(bits), dtype=np.uint64)
        rows = max(1, _CACHED_BYTES // (8 * max(1, bits.shape[1])))
        for start in range(0, len(bits), rows):
            part = bits[start : start + rows].astype(np.uint64)
            part[part == minus_zero] = 0
            part ^= part >> np.uint64(32)  # simple numbers differ in their upper bits alone
            key[start : start + rows] = (part * (2 * odd + 1)).sum(axis=1)
        order = np.argsort(key, kind="stable")
        again = np.append(False, key[order[1:]] == key[order[:-1]])
        head = np.maximum.accumulate(np.where(again, 0, np.arange(order.size)))
        row, first = order[again], order[head[again]]
        alike = (vectors[row] == vectors[first]).all(axis=1)  # and no accident of the keys
        return cls(row[alike], first[alike])

    def equate(self, products: NDArray[np.floating]) -> None:
        """Make the columns of rows that are alike equal, in place: shape (any, N)."""
        if self.row.size:
            products[:, self.row] = products[:, self.first]
