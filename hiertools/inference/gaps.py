"""Rows of draws or replicates, some of which may be undefined: NaN."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hiertools._core.arrays import Floats, Ints

__all__ = ["whole_rows"]


def whole_rows(matrix: Floats) -> Iterator[tuple[Ints, Floats]]:
    """Yield the rows that have no NaN, all together, then each other one, less its NaN.

    With the places of the rows. Most have none, and numpy takes as long for one of them as for
    many.

    Examples
    --------
    >>> for places, rows in whole_rows(np.array([[1.0, 2.0], [np.nan, 3.0]])):
    ...     print(places, rows)
    [0] [[1. 2.]]
    [1] [[3.]]
    """
    undefined = np.isnan(matrix)
    broken = undefined.any(axis=1)
    if not broken.all():
        yield np.flatnonzero(~broken), matrix[~broken]
    for place in np.flatnonzero(broken):
        yield np.array([place]), matrix[place][~undefined[place]][None]
