"""DataFrames as JSON and back, with types and undefined numbers kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def frame_to_json(frame: pd.DataFrame) -> dict[str, Any]:
    """Return columns and their types as plain values; NaN and missing become None."""
    return {
        "columns": {str(name): [_plain(value) for value in frame[name]] for name in frame},
        "dtypes": {str(name): _kind(frame[name]) for name in frame},
    }


def frame_from_json(held: Mapping[str, Any]) -> pd.DataFrame:
    """Return the frame that `frame_to_json` took apart."""
    import pandas as pd

    return pd.DataFrame(
        {name: _column(values, held["dtypes"][name]) for name, values in held["columns"].items()}
    )


def _column(values: list[Any], kind: str) -> pd.Series:
    import pandas as pd

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
    return name if name in ("Int64", "int64", "float64", "bool") else "text"
