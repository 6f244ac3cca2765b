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
    from pyarrow import RecordBatch, Table
    from pyarrow.parquet import ParquetFile

__all__ = ["decoded", "parts_of", "read_parquet", "reading_parquet"]

_DAMAGED_OR_LARGE = (
    "that is by what the file says of itself: if it can't be, the file is damaged and has to be "
    "made anew; else use a machine with more."
)


def read_parquet(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return the table of a file."""
    parquet = checks.need("pyarrow.parquet", "parquet", "reading .parquet")
    with reading_parquet(path), parquet.ParquetFile(path) as file:
        return decoded(_whole(file, path).to_pandas())


def parts_of(file: ParquetFile, size: int = 1 << 25) -> Iterator[RecordBatch]:
    """Yield the rows of a file, as many at a time as take `size` bytes if they are numbers.

    What the footer says may be false. By it, memory for all rows of a group would be taken at once,
    however few there are. What it says of each column is not asked for: where that is at odds with
    itself, pyarrow ends the process.

    Raises
    ------
    ValueError
        The rows are not as many as the footer says.
    """
    width = max(1, file.metadata.num_columns)
    rows = 0
    for part in file.iter_batches(batch_size=max(1, size // (8 * width))):
        rows += part.num_rows
        yield part
    if rows != file.metadata.num_rows:
        raise ValueError(f"it says that it has {file.metadata.num_rows:,} rows, and has {rows:,}")


def _whole(file: ParquetFile, path: str | os.PathLike[str]) -> Table:
    from pyarrow import Table

    parts: list[RecordBatch] = []
    size = 0
    for part in parts_of(file):
        parts.append(part)
        size += part.nbytes
        # As Arrow has it, and as pandas does.
        require(2.0 * size, f"{path}: reading it", "give fewer rows or columns.")
    return Table.from_batches(parts, file.schema_arrow)


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
        refuse_lack(cause, f"{path}: reading it", _DAMAGED_OR_LARGE)
        raise FileFormatError(
            f"{path}: is not a readable .parquet file: {first_line(cause)}"
        ) from None
