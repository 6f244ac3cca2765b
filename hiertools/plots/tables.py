"""What a plot needs of the table that it draws."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools.errors import OptionError


def check_columns(
    table: pd.DataFrame, numbers: Iterable[str], called: str, text: Iterable[str] = ()
) -> None:
    """Refuse a table without the columns that are drawn, or with other things in them.

    Examples
    --------
    >>> check_columns(pd.DataFrame({"k": [1]}), ["k", "value"], "similarity_curve")
    Traceback (most recent call last):
    ...
    hiertools.errors.OptionError: similarity_curve(): the table lacks the column(s) 'value'.
    """
    missing = [name for name in (*text, *numbers) if name not in table]
    if missing:
        raise OptionError(f"{called}(): the table lacks the column(s) {checks.name_list(missing)}.")
    kinds = dict(zip(table.columns, table.dtypes))
    for name in numbers:
        if pd.api.types.is_numeric_dtype(
            kinds[name]
        ):  # a look at each column costs, with thousands
            continue
        try:
            pd.to_numeric(table[name])
        except (TypeError, ValueError):
            raise OptionError(f"{called}(): the column {name!r} must hold numbers.") from None


def numbers_of(values: ArrayLike, name: str, called: str, like: Floats | None = None) -> Floats:
    """Return numbers in one row, as many as another row has."""
    found = checks.numeric(values, f"{called}(): {name}", OptionError)
    if found.ndim != 1 or (like is not None and found.shape != like.shape):
        wanted = "one number a place" if like is None else f"{like.size} numbers, one each k"
        raise OptionError(f"{called}(): {name} must hold {wanted}; got shape {found.shape}.")
    return np.asarray(found)
