"""confusion: - distances between classes from how often they are taken for each other."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.number_tables import read_number_table
from hiertools._core.own_names import square_frame
from hiertools._core.tables import is_frame
from hiertools.errors import FileFormatError, PredictionsError
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.representatives.producers._names import Names, class_list


@door
def from_confusion(
    counts: Any, /, classes: Names = None, *, smoothing: float = 0.0
) -> DistanceMatrix:
    """Estimate distances between classes from a confusion matrix.

    With p(j|i) the share of class i's samples that are predicted as j, the distance of i and j is
    ``1 - (p(j|i) + p(i|j)) / 2``: 1 for classes never confused, 0 for classes always taken for each
    other. Correct predictions do not enter. Only pairs that are confused tell anything: of a good
    model's many pairs at distance 1 the measures see ties.

    Parameters
    ----------
    counts : array_like or DataFrame, shape (C, C)
        Rows are true classes, columns predictions, in one order. A DataFrame brings the names, the
        same ones on both sides (in any order).
    classes
        Class names for an array; others than those of a DataFrame are refused.
    smoothing
        Added to every count, so that classes with few samples don't seem more alike than they are.

    Returns
    -------
    DistanceMatrix
        Metric "confusion", in [0, 1].

    Raises
    ------
    PredictionsError
        Not square, negative or not finite, a class without samples.

    Examples
    --------
    >>> matrix = from_confusion([[8, 2, 0], [4, 6, 0], [0, 0, 9]], ["lynx", "puma", "newt"])
    >>> matrix.square().round(3)
    array([[0. , 0.7, 1. ],
           [0.7, 0. , 1. ],
           [1. , 1. , 0. ]])
    """
    own = None
    if is_frame(counts):
        own, counts = square_frame(counts, "a confusion matrix", PredictionsError)
    array = checks.numeric(counts, "a confusion matrix", PredictionsError)
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.size == 0:
        raise PredictionsError(f"a confusion matrix is square; got shape {array.shape}.")
    names = class_list(classes, "the confusion matrix", own)
    if names is None:
        names = [str(i) for i in range(len(array))]
    if len(names) != len(array):
        raise PredictionsError(
            f"a confusion matrix of {len(array)} classes, but {len(names)} names; give each one."
        )
    checks.finite(array, "a confusion matrix", PredictionsError)
    if (array < 0).any() or not 0 <= smoothing < np.inf:
        raise PredictionsError(
            "the counts of a confusion matrix, and smoothing, must be at least 0."
        )
    array += float(smoothing)  # numpy makes an object of a large whole number
    total = array.sum(axis=1)
    empty = [name for name, count in zip(names, total) if count == 0]
    if empty:
        raise PredictionsError(
            f"{len(empty)} of {len(names)} classes have no samples in the confusion matrix: "
            f"{checks.name_list(empty)}; leave them out, or pass smoothing= above 0."
        )
    share = array / total[:, None]
    distance = 1.0 - (share + share.T) / 2
    np.fill_diagonal(distance, 0.0)
    return DistanceMatrix(np.maximum(distance, 0.0), names, "confusion")


def from_confusion_file(
    path: str | os.PathLike[str], *, classes: Names = None, smoothing: float | str = 0.0
) -> DistanceMatrix:
    """Read a confusion matrix from CSV: class names in the first row and the first column.

    Rows are true classes, columns predictions. See `from_confusion`.
    """
    try:
        frame = read_number_table(path, lambda _header, _row: [0])
    except FileFormatError as cause:
        raise FileFormatError(
            f"{cause} A confusion matrix has its class names in the first row and the first "
            "column, and a count in every other cell."
        ) from None
    frame = frame.set_index(frame.columns[0])
    try:
        amount = float(smoothing)
    except ValueError:
        raise PredictionsError(f"smoothing must be a number; got {smoothing!r}.") from None
    return from_confusion(frame, classes, smoothing=amount)
