"""DataFrames as JSON and back, with types and undefined numbers kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hiertools._core import checks
from hiertools.errors import FileFormatError
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

NUMBERS = ("Int64", "int64", "float64")
KINDS = (*NUMBERS, "bool", "string")
"""Types of columns that are kept as they are; "string" is text that may be missing."""

LATER = ("rank", "status")
"""Columns that the first files of this format lack."""


def frame_to_json(frame: pd.DataFrame) -> dict[str, Any]:
    """Return columns and their types as plain values; NaN and missing become None."""
    return {
        "columns": {str(name): [_plain(value) for value in frame[name]] for name in frame},
        "dtypes": {str(name): _kind(frame[name]) for name in frame},
    }


def frame_from_json(
    held: Mapping[str, Any], name: str, text: Iterable[str] = (), numbers: Iterable[str] = ()
) -> pd.DataFrame:
    """Return the frame that `frame_to_json` took apart.

    Parameters
    ----------
    held : mapping
        The saved result.
    name : str
        The entry that holds the frame.
    text, numbers : iterable of str
        Columns that it must have, and what they hold; a text may be missing, or several in a list.
    """
    import pandas as pd

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
    return pd.DataFrame(
        {
            column: _column(values, kinds[column], f"{name!r}, {column!r}")
            for column, values in columns.items()
        }
    )


def _is_text(value: Any) -> bool:
    listed = value if isinstance(value, list) else [value]
    return all(isinstance(part, str | None) for part in listed)


def scores_from_json(held: Mapping[str, Any], name: str = "scores") -> pd.DataFrame:
    """Return a score table; files without the columns ``rank`` and ``status`` get them."""
    text = [column for column in TEXT if column not in LATER]
    numbers = [column for column in COLUMNS if column not in (*TEXT, *LATER)]
    frame = frame_from_json(held, name, text, numbers)
    for column in TEXT:
        if column in frame and not all(isinstance(value, str) for value in frame[column]):
            raise FileFormatError(f"its column {name!r}, {column!r} must hold text")
    if "status" not in frame:
        told = zip(frame["value"].tolist(), frame["note"].tolist())
        frame["status"] = [settled_status(float(value), "", note)[0] for value, note in told]
    return typed_scores(frame)


def differences_from_json(held: Mapping[str, Any]) -> pd.DataFrame:
    """Return the table of tests between models."""
    needed = [column for column in DIFFERENCE_COLUMNS if column not in LATER]
    numbers = [column for column in needed if column not in DIFFERENCE_TEXT]
    text = [column for column in DIFFERENCE_TEXT if column not in LATER]
    frame = frame_from_json(held, "differences", text, numbers)
    return typed_differences(frame) if "rank" in frame else frame


def _column(values: list[Any], kind: str, where: str) -> pd.Series:
    import pandas as pd

    if kind not in (*KINDS, "text"):
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
        values = [float("nan") if value is None else value for value in values]
    if any(isinstance(value, list) for value in values):
        values = [tuple(value) for value in values]
    # Text takes whatever type this version of pandas gives it.
    return pd.Series(values, dtype=kind if kind != "text" else None)


def _plain(value: Any) -> Any:
    import pandas as pd

    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _kind(column: pd.Series) -> str:
    name = str(column.dtype)
    return name if name in KINDS else "text"
