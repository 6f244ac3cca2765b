"""``.parquet`` files, of which a damaged one is told as that."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hiertools._core import checks
from hiertools._core.broken import first_line
from hiertools._core.memory import refuse_lack
from hiertools.errors import FileFormatError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["decoded", "read_parquet", "reading_parquet"]


def read_parquet(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return the table of a file."""
    checks.need("pyarrow", "parquet", "reading .parquet")
    import pandas as pd

    with reading_parquet(path):
        return decoded(pd.read_parquet(path))


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
