"""Square tables of distances or similarities, told from tables of vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from hiertools._core.arrays import Floats

__all__ = ["kind_of_square"]

FEWEST = 3
"""Classes of which two rows of vectors are unlikely to mirror each other by chance."""


def kind_of_square(
    values: Floats, rows: Sequence[str], columns: Sequence[str] | None
) -> Literal["distances", "similarities"] | None:
    """Tell a table of what lies between classes from one of vectors; None for vectors.

    Distances: symmetric, at least 0, and 0 along the diagonal alone. Similarities: symmetric, one
    value along the diagonal which is the highest, and the names of the rows as those of the
    columns (in whatever order). Vectors that happen to be so (one-hot ones) are vectors.

    Parameters
    ----------
    values
        The table.
    rows, columns
        Names; `columns` None where they have none.

    Examples
    --------
    >>> table = np.array([[0.0, 1, 2], [1, 0, 2], [2, 2, 0]])
    >>> kind_of_square(table, "abc", None), kind_of_square(3 - table, "abc", "abc")
    ('distances', 'similarities')
    >>> kind_of_square(3 - table, "abc", None), kind_of_square(np.eye(3), "abc", "abc")
    (None, None)
    """
    n = len(values) if values.ndim == 2 else 0
    if n < FEWEST or values.shape != (n, n) or not np.isfinite(values).all():
        return None
    same_names = columns is not None and sorted(rows) == sorted(columns)
    if columns is not None and same_names:
        place = {name: i for i, name in enumerate(columns)}
        values = values[:, [place[name] for name in rows]]
    near = 1e-5 * max(float(np.abs(values).max()), np.finfo(np.float64).tiny)
    if np.abs(values - values.T).max() > near:
        return None
    diagonal, apart = np.diag(values), values[~np.eye(n, dtype=bool)]
    if np.abs(diagonal).max() <= near and apart.min() >= 0 and (apart > near).any():
        return "distances"
    flat = np.ptp(diagonal) <= near and diagonal.max() + near >= np.abs(apart).max()
    return "similarities" if same_names and flat and (apart != 0).any() else None
