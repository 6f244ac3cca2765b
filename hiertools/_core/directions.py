"""Vectors of length one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools.errors import HiertoolsError, PredictionsError

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
    rows = max(1, _CACHED_BYTES // (8 * vectors.shape[1]))
    for start in range(0, len(vectors), rows):
        part = vectors[start : start + rows] / largest[start : start + rows]
        out[start : start + rows] = part / np.sqrt(np.einsum("ij,ij->i", part, part))[:, None]
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
    checks.finite(array, "embeddings", PredictionsError)
    return unit_vectors(
        array,
        dtype,
        refusal=lambda zero: PredictionsError(
            f"{zero.size} of {len(array)} embeddings have length zero, first at row {zero[0]}; a "
            "zero vector has no direction, so leave those samples out or don't pass embeddings."
        ),
    )
