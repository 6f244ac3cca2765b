"""Whether a cell of a table holds something, without the library that made the table."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np

__all__ = ["is_given"]


def is_given(value: Any) -> TypeGuard[Any]:
    """Tell whether a cell holds something: neither None nor NaN nor pandas' NA.

    Neither NaN nor NA equals itself; of NA, even that is NA.

    Examples
    --------
    >>> is_given(0), is_given(""), is_given(None), is_given(float("nan"))
    (True, True, False, False)
    """
    itself = value == value  # noqa: PLR0124
    return value is not None and isinstance(itself, bool | np.bool_) and bool(itself)
