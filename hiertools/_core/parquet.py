"""``.parquet`` files, of which a damaged one is told as that."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hiertools._core import checks
from hiertools._core.broken import first_line
from hiertools._core.memory import refuse_lack, require
from hiertools.errors import FileFormatError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_counts", "decoded", "read_parquet", "reading_parquet"]


def read_parquet(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return the table of a file."""
    parquet = checks.need("pyarrow.parquet", "parquet", "reading .parquet")
    import pandas as pd

    with reading_parquet(path):
        metadata = parquet.read_metadata(path)
        check_counts(metadata)
        # As Arrow has it, and as pandas does.
        require(2.0 * _bytes_of(metadata), f"{path}: reading it", "give fewer rows or columns.")
        return decoded(pd.read_parquet(path))


def check_counts(metadata: Any) -> None:
    """Refuse a file whose counts are at odds: memory for as many rows as it says is taken at once.

    Raises
    ------
    ValueError
    """
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    if sum(group.num_rows for group in groups) != metadata.num_rows:
        raise ValueError(f"its groups of rows don't add up to the {metadata.num_rows} that it says")
    for group in groups:
        for place in range(group.num_columns):
            column = group.column(place)
            if column.num_values < group.num_rows:  # a list has a value a row at least
                raise ValueError(
                    f"the column {column.path_in_schema!r} has {column.num_values} values, but "
                    f"its group has {group.num_rows} rows"
                )


_WIDTHS = {"BOOLEAN": 1 / 8, "INT32": 4, "FLOAT": 4, "INT96": 12}
"""Bytes of a value by Parquet's names of types; of others 8, a number or where its text stands."""


def _bytes_of(metadata: Any) -> float:
    """Return how much the values take, texts themselves left out."""
    total = 0.0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for place in range(group.num_columns):
            column = group.column(place)
            total += column.num_values * _WIDTHS.get(column.physical_type, 8)
    return total


def decoded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table once its text is known to be text; pandas decodes it only when it is used."""
    held: Any
    for held in (frame.index, *(frame.iloc[:, place] for place in range(frame.shape[1]))):
        if held.dtype.kind not in "fiub":
            try:
                held.to_numpy()
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001  (pyarrow's own kinds)
                raise ValueError(f"{held.name!r} holds text that is not UTF-8") from None
    return frame


@contextlib.contextmanager
def reading_parquet(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say in one sentence that a file is damaged, whatever goes wrong inside."""
    try:
        yield
    except Exception as cause:  # noqa: BLE001  (a damaged file can raise nearly anything)
        refuse_lack(cause, f"{path}: reading it")
        raise FileFormatError(
            f"{path}: is not a readable .parquet file: {first_line(cause)}"
        ) from None
