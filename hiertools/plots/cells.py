"""Matrices of more cells than a picture has points."""

from __future__ import annotations

import numpy as np

from hiertools._core.arrays import Floats

MOST_CELLS = 512
"""Rows and columns of a picture: about as many points as the figures here have."""


def merged(matrix: Floats, *, add_columns: bool = False) -> Floats:
    """Return means of blocks of a square matrix, so that at most `MOST_CELLS` rows are left.

    Drawn as it is, a matrix with more cells than the picture has points would show one cell of
    many, whichever lies there.

    Parameters
    ----------
    matrix : ndarray of float, shape (C, C)
        NaN is left out.
    add_columns : bool
        Sums over the columns of a block, of which the mean over rows is taken: what were shares of
        a row stay shares.

    Examples
    --------
    >>> merged(np.eye(2)).shape
    (2, 2)
    """
    n = len(matrix)
    if n <= MOST_CELLS:
        return matrix
    stops = np.arange(MOST_CELLS + 1) * n // MOST_CELLS
    sums = np.empty((MOST_CELLS, MOST_CELLS))
    counts = np.empty_like(sums)
    for i in range(MOST_CELLS):
        block = matrix[stops[i] : stops[i + 1]]
        sums[i] = np.add.reduceat(np.nansum(block, axis=0), stops[:-1])
        counts[i] = np.add.reduceat(np.count_nonzero(~np.isnan(block), axis=0), stops[:-1])
    if add_columns:
        counts /= np.diff(stops)
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
