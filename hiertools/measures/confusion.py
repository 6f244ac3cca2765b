"""Which classes are taken for which, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core.arrays import Floats, Ints

__all__ = ["ConfusionCounts", "as_counts", "confusion_counts"]


@dataclass(frozen=True, eq=False)
class ConfusionCounts:
    """Pairs (label, prediction) that occur and how often, sorted by label, then prediction."""

    label: Ints
    predicted: Ints
    count: Ints | Floats
    """Whole numbers; or, where predictions were tied, with the share of each counted."""


def confusion_counts(
    labels: ArrayLike, predicted: ArrayLike, number: ArrayLike | None = None
) -> ConfusionCounts:
    """Count every pair of label and prediction that occurs.

    Parameters
    ----------
    labels : array_like of int, shape (N,)
    predicted : array_like of int, shape (N,)
        With `number`: all that are tied for each sample's prediction, sample by sample.
    number : array_like of int, shape (N,), optional
        How many these are: each of a sample's counts 1 / number.

    Examples
    --------
    >>> confusion_counts([0, 0, 1], [1, 1, 1])
    ConfusionCounts(label=array([0, 1]), predicted=array([1, 1]), count=array([2, 1]))
    >>> confusion_counts([0], [0, 1], [2]).count
    array([0.5, 0.5])
    """
    y, p = np.asarray(labels, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    width = int(p.max(initial=0)) + 1
    if p.size == y.size:
        cell, count = np.unique(y * width + p, return_counts=True)
        return ConfusionCounts(cell // width, cell % width, count)
    m = np.asarray(number, dtype=np.int64)
    most = int(m.max()) + 1
    # Shares of one size are counted before they are summed: in no order of samples is a sum other.
    kind = np.repeat(y * width * most + m, m)
    kind += p * most
    kind, times = np.unique(kind, return_counts=True)
    first = np.flatnonzero(np.diff(kind // most, prepend=-1))
    cell = kind[first] // most
    count = as_counts(np.add.reduceat(times / (kind % most), first))
    return ConfusionCounts(cell // width, cell % width, count)


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
