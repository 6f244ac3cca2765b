"""Tables as JSON and back, with types and undefined numbers kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hiertools._core import checks
from hiertools._core.cells import is_given
from hiertools.errors import FileFormatError
from hiertools.results.columns import KINDS, NUMBERS, Table
from hiertools.results.files import held_as
from hiertools.results.status import settled_status
from hiertools.results.table import (
    COLUMNS,
    DIFFERENCE_COLUMNS,
    DIFFERENCE_TEXT,
    TEXT,
    typed_differences,
    typed_scores,
)

if TYPE_CHECKING:
    import pandas as pd

LATER = ("rank", "status", "p_adjusted", "p_least")
"""Columns that the first files of this format lack."""


def table_to_json(table: pd.DataFrame | Table) -> dict[str, Any]:
    """Return columns and their types as plain values; NaN and missing become None."""
    columns: dict[Any, list[Any]]
    if isinstance(table, Table):
        columns, kinds = dict(table.columns), dict(table.kinds)
    else:
        columns = {name: list(table[name]) for name in table}
        kinds = {str(name): _kind(table[name]) for name in table}
    return {
        "columns": {str(name): [_plain(value) for value in each] for name, each in columns.items()},
        "dtypes": kinds,
    }


def table_from_json(
    held: Mapping[str, Any], name: str, text: Iterable[str] = (), numbers: Iterable[str] = ()
) -> Table:
    """Return the table that `table_to_json` took apart.

    Parameters
    ----------
    held : mapping
        The saved result.
    name : str
        The entry that holds the table.
    text, numbers : iterable of str
        Columns that it must have, and what they hold; a text may be missing, or several in a list.
    """
    table = held_as(held, name, dict)
    columns, kinds = held_as(table, "columns", dict), held_as(table, "dtypes", dict)
    text, numbers = tuple(text), tuple(numbers)
    missing = [x for x in (*text, *numbers) if x not in columns]
    if missing:
        raise FileFormatError(f"its table {name!r} lacks {checks.name_list(missing)}")
    lengths = {column: len(held_as(columns, column, list)) for column in columns}
    if len(set(lengths.values())) > 1:
        raise FileFormatError(
            f"the columns of its table {name!r} have different lengths, "
            f"{min(lengths.values())} to {max(lengths.values())}"
        )
    for column in text:
        if not all(_is_text(value) for value in columns[column]):
            raise FileFormatError(f"its column {name!r}, {column!r} must hold text")
    odd = [x for x in numbers if kinds[x] not in NUMBERS and columns[x]]
    if odd:
        raise FileFormatError(f"its column {name!r}, {odd[0]!r} must hold numbers")
    return Table(
        {
            column: _column(values, kinds[column], f"{name!r}, {column!r}")
            for column, values in columns.items()
        },
        {column: kinds[column] for column in columns},
    )


def _is_text(value: Any) -> bool:
    listed = value if isinstance(value, list) else [value]
    return all(isinstance(part, str | None) for part in listed)


def scores_from_json(held: Mapping[str, Any], name: str = "scores") -> Table:
    """Return a score table; files without the columns ``rank`` and ``status`` get them."""
    text = [column for column in TEXT if column not in LATER]
    numbers = [column for column in COLUMNS if column not in (*TEXT, *LATER)]
    columns = dict(table_from_json(held, name, text, numbers).columns)
    for column in TEXT:
        if column in columns and not all(isinstance(value, str) for value in columns[column]):
            raise FileFormatError(f"its column {name!r}, {column!r} must hold text")
    if "status" not in columns:
        told = zip(columns["value"], columns["note"])
        columns["status"] = [settled_status(value, "", note)[0] for value, note in told]
    return typed_scores(columns)


def differences_from_json(held: Mapping[str, Any]) -> pd.DataFrame:
    """Return the table of tests between models."""
    needed = [column for column in DIFFERENCE_COLUMNS if column not in LATER]
    numbers = [column for column in needed if column not in DIFFERENCE_TEXT]
    text = [column for column in DIFFERENCE_TEXT if column not in LATER]
    frame = table_from_json(held, "differences", text, numbers).frame()
    return typed_differences(frame) if "rank" in frame else frame


def _column(values: list[Any], kind: str, where: str) -> list[Any]:
    if kind not in KINDS:
        raise FileFormatError(f"its column {where} has the unknown type {kind!r}")
    types: tuple[type[Any], ...] = (str, int, float, bool, list, type(None))
    if kind in NUMBERS:
        types = (int, float, type(None))
    elif kind == "bool":
        types = (bool,)
    elif kind == "string":
        types = (str, type(None))
    odd = [x for x in values if not isinstance(x, types) or (kind != "bool" and x is True)]
    if odd:
        raise FileFormatError(f"its column {where} of type {kind} holds {odd[0]!r}")
    if kind == "float64":
        return [float("nan") if value is None else float(value) for value in values]
    if kind in NUMBERS:
        fits = all(
            kind == "Int64" if value is None else value == int(value) and abs(value) < 2**63
            for value in values
        )
        if not fits:
            raise FileFormatError(f"its column {where} must hold whole numbers")
        return [None if value is None else int(value) for value in values]
    if any(isinstance(value, list) for value in values):
        values = [tuple(value) for value in values]
    return values


def plain_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as JSON can hold it, a mapping a row; what is undefined is None."""
    return [
        {str(name): _plain(value) for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if not is_given(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _kind(column: pd.Series) -> str:
    name = str(column.dtype)
    return name if name in KINDS else "text"
