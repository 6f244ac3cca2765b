"""Matrices of more cells than a picture has points."""

from __future__ import annotations

import numpy as np

from hiertools._core.arrays import Floats, Ints

MOST_CELLS = 256
"""Rows and columns of a picture: fewer than any figure here has points, on paper or a screen."""


def mean_cells(condensed: Floats, order: Ints) -> Floats:
    """Return the mean distance in each block of pairs, so that `MOST_CELLS` rows are left.

    Drawn as it is, a matrix with more cells than the picture has points would show one cell of
    many, whichever lies there. The square itself is never made.

    Parameters
    ----------
    condensed : ndarray of float, shape (C (C - 1) / 2,)
    order : ndarray of int, shape (C,)
        The classes in the order in which they are drawn.

    Returns
    -------
    ndarray of float, shape (cells, cells)
        Symmetric; NaN where a block holds nothing but a class and itself.

    Examples
    --------
    >>> mean_cells(np.array([1.0, 2.0, 3.0]), np.array([2, 0, 1]))
    array([[nan,  2.,  3.],
           [ 2., nan,  1.],
           [ 3.,  1., nan]])
    """
    n = order.size
    cell = np.empty(n, dtype=np.int64)
    cell[order] = _cell_of_place(n)
    size = np.bincount(cell)
    sums = np.zeros((size.size, size.size))
    start = 0
    for row in range(n - 1):
        values = condensed[start : start + n - row - 1]
        sums[cell[row]] += np.bincount(cell[row + 1 :], weights=values, minlength=size.size)
        start += values.size
    sums = sums + sums.T
    counts = np.outer(size, size) - np.diag(size)
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def largest_cells(matrix: Floats) -> Floats:
    """Return the largest number in each block of a square matrix, so that `MOST_CELLS` are left.

    A single mistake among thousands of cells stays to be seen.

    Parameters
    ----------
    matrix : ndarray of float, shape (C, C)
        NaN is left out.

    Examples
    --------
    >>> largest_cells(np.eye(2)).shape
    (2, 2)
    """
    n = len(matrix)
    if n <= MOST_CELLS:
        return matrix
    cell = _cell_of_place(n)
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    rows = np.fmax.reduceat(matrix, starts, axis=0)
    return np.fmax.reduceat(rows, starts, axis=1)


def _cell_of_place(n: int) -> Ints:
    """Return in which row of cells each of n rows is drawn."""
    cells = min(n, MOST_CELLS)
    return np.searchsorted(np.arange(cells + 1) * n // cells, np.arange(n), side="right") - 1
