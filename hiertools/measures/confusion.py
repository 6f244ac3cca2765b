"""Which classes are taken for which, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core.arrays import Ints

__all__ = ["ConfusionCounts", "confusion_counts"]


@dataclass(frozen=True)
class ConfusionCounts:
    """Pairs (label, prediction) that occur and how often, sorted by label, then prediction."""

    label: Ints
    predicted: Ints
    count: Ints


def confusion_counts(labels: ArrayLike, predicted: ArrayLike) -> ConfusionCounts:
    """Count every pair of label and prediction that occurs.

    Examples
    --------
    >>> confusion_counts([0, 0, 1], [1, 1, 1])
    ConfusionCounts(label=array([0, 1]), predicted=array([1, 1]), count=array([2, 1]))
    """
    y, p = np.asarray(labels, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    width = int(p.max(initial=0)) + 1
    cell, count = np.unique(y * width + p, return_counts=True)
    return ConfusionCounts(cell // width, cell % width, count)
