"""Text files and tables as rows of text: nothing is guessed, trimmed or turned into a number."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from typing import Any, TypeGuard

from hiertools import _checks
from hiertools._files import named_path
from hiertools.errors import FileFormatError

__all__ = ["read_table", "read_text", "table_text"]

Rows = list[tuple[str, ...]]


def read_text(path: str | os.PathLike[str]) -> str:
    """Return a text file's content, or say why it is none."""
    try:
        raw = named_path(path).read_bytes()
    except FileNotFoundError:
        raise FileFormatError(f"there is no file {str(path)!r}.") from None
    except OSError as cause:
        raise FileFormatError(f"{str(path)!r} can't be read: {cause.strerror}.") from None
    if not raw.strip():
        raise FileFormatError(f"{str(path)!r} is empty.")
    if b"\0" in raw[:8192] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileFormatError(f"{str(path)!r} is a binary file, not text.")
    try:
        wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))  # what Excel calls "Unicode text"
        return raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as cause:
        raise FileFormatError(
            f"{str(path)!r} is not UTF-8 text: byte {cause.start} is 0x{raw[cause.start]:02x}; "
            "save it as UTF-8."
        ) from None


def read_table(text: str, where: str, delimiter: str | None = None) -> tuple[tuple[str, ...], Rows]:
    """Split CSV text into its header and rows; the delimiter is tab, comma or semicolon.

    A delimiter that is not given is the one of the three that occurs most in the header.
    """
    first = text.lstrip("\r\n").partition("\n")[0]
    if delimiter is None:
        delimiter = max("\t,;", key=first.count)
    # A deep lineage may be longer than the 131,072 characters that csv allows a field.
    limit = csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    try:
        rows = [
            tuple(row)
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
            if row
        ]
    except csv.Error as cause:
        raise FileFormatError(
            f"{where} is no valid CSV: {cause}; look for a quote without a partner."
        ) from None
    finally:
        csv.field_size_limit(limit)
    if len(rows) < 2:
        raise FileFormatError(f"{where} has no rows below its header.")
    header = tuple(name.strip() for name in rows[0])
    ragged = [n for n, row in enumerate(rows[1:], start=2) if len(row) != len(header)]
    if ragged:
        n = ragged[0]
        raise FileFormatError(
            f"{where}: row {n} has {len(rows[n - 1])} columns but the header has {len(header)}: "
            f"{_checks.name_list(rows[n - 1])}; put names that hold {delimiter!r} in double quotes."
        )
    return header, rows[1:]


def table_text(
    header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ","
) -> str:
    """Return CSV text with quotes where they are needed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def frame_columns(frame: Any, where: str) -> tuple[tuple[str, ...], list[list[Any]]]:
    """Return a DataFrame's column names and its columns as plain lists; names must be text."""
    header = tuple(str(name) for name in frame.columns)
    return header, [frame.iloc[:, i].tolist() for i in range(len(header))]


def text_column(values: Sequence[Any], what: str, *, optional: bool = False) -> list[str]:
    """Return values that must be text; with `optional`, missing ones become ""."""
    texts: list[str] = []
    for row, value in enumerate(values):
        if isinstance(value, str):
            texts.append(value)
        elif optional and is_missing(value):
            texts.append("")
        else:
            seen = "missing" if is_missing(value) else f"{value!r} ({type(value).__name__})"
            raise FileFormatError(
                f"{what} must be text, but row {row} is {seen}; read the table with "
                "pandas.read_csv(path, dtype=str, keep_default_na=False)."
            )
    return texts


def is_missing(value: Any) -> bool:
    """Tell whether a cell is None, NaN, pandas.NA or NaT."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):  # pandas.NA has no truth value
        return type(value).__name__ == "NAType"


def is_frame(value: object) -> TypeGuard[Any]:
    """Tell a pandas DataFrame without importing pandas."""
    return hasattr(value, "iloc") and any(t.__name__ == "DataFrame" for t in type(value).__mro__)


def is_series(value: object) -> bool:
    """Tell a pandas Series without importing pandas."""
    return hasattr(value, "iloc") and any(t.__name__ == "Series" for t in type(value).__mro__)
