"""Which classes are taken for which, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core.arrays import Floats, Ints

__all__ = ["ConfusionCounts", "as_counts", "confusion_counts"]


@dataclass(frozen=True)
class ConfusionCounts:
    """Pairs (label, prediction) that occur and how often, sorted by label, then prediction."""

    label: Ints
    predicted: Ints
    count: Ints | Floats
    """Whole numbers; or, where predictions were tied, with the share of each counted."""


def confusion_counts(
    labels: ArrayLike, predicted: ArrayLike, tied: ArrayLike | None = None
) -> ConfusionCounts:
    """Count every pair of label and prediction that occurs.

    Parameters
    ----------
    labels, predicted : array_like of int, shape (M,)
    tied : array_like of int, shape (M,), optional
        How many predictions of the same sample each is one of: it counts 1 / tied.

    Examples
    --------
    >>> confusion_counts([0, 0, 1], [1, 1, 1])
    ConfusionCounts(label=array([0, 1]), predicted=array([1, 1]), count=array([2, 1]))
    >>> confusion_counts([0, 0], [0, 1], [2, 2]).count
    array([0.5, 0.5])
    """
    y, p = np.asarray(labels, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    width = int(p.max(initial=0)) + 1
    cell, place, count = np.unique(y * width + p, return_inverse=True, return_counts=True)
    m = np.ones(y.size, dtype=np.int64) if tied is None else np.asarray(tied, dtype=np.int64)
    if (m == 1).all():
        return ConfusionCounts(cell // width, cell % width, count)
    # Shares of one size are counted before they are summed: in no order of samples is a sum other.
    most = int(m.max()) + 1
    kind, times = np.unique(place.reshape(-1) * most + m, return_counts=True)
    shares = np.bincount(kind // most, times / (kind % most), cell.size)
    return ConfusionCounts(cell // width, cell % width, as_counts(shares))


def as_counts(values: NDArray[np.generic]) -> Ints | Floats:
    """Return sums of shares as whole numbers where all of them are, but for rounding.

    Examples
    --------
    >>> as_counts(np.array([0.9999999999999999, 2.0])), as_counts(np.array([0.5]))
    (array([1, 2]), array([0.5]))
    """
    sums = np.asarray(values, dtype=np.float64)
    whole = np.rint(sums)
    near = np.abs(sums - whole) <= 1e-9
    if near.all():
        return whole.astype(np.int64)
    return np.where(near, whole, sums)
