"""Matrices of more cells than a picture has points."""

from __future__ import annotations

import numpy as np

from hiertools._core.arrays import Floats

MOST_CELLS = 256
"""Rows and columns of a picture: fewer than any figure here has points, on paper or a screen."""


def merged(matrix: Floats, how: str = "mean") -> Floats:
    """Return a number for each block of a square matrix, so that `MOST_CELLS` rows are left.

    Drawn as it is, a matrix with more cells than the picture has points would show one cell of
    many, whichever lies there.

    Parameters
    ----------
    matrix : ndarray of float, shape (C, C)
        NaN is left out.
    how : {"mean", "max"}
        Mean of a block, or its largest number: a single mistake among thousands of cells stays to
        be seen.

    Examples
    --------
    >>> merged(np.eye(2)).shape
    (2, 2)
    """
    n = len(matrix)
    if n <= MOST_CELLS:
        return matrix
    stops = np.arange(MOST_CELLS + 1) * n // MOST_CELLS
    held = np.empty((MOST_CELLS, MOST_CELLS))
    for i in range(MOST_CELLS):
        block = matrix[stops[i] : stops[i + 1]]
        empty = np.isnan(block)
        if how == "max":
            largest = np.where(empty, -np.inf, block).max(axis=0)
            held[i] = np.maximum.reduceat(largest, stops[:-1])
            continue
        counts = np.add.reduceat(np.count_nonzero(~empty, axis=0), stops[:-1]).astype(np.float64)
        sums = np.add.reduceat(np.where(empty, 0.0, block).sum(axis=0), stops[:-1])
        held[i] = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    held[np.isneginf(held)] = np.nan
    return held
