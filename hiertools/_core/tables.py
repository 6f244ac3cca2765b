"""Text files and tables as rows of text: nothing is guessed, trimmed or turned into a number."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal, NamedTuple, TypeGuard

from hiertools._core import checks
from hiertools._core.text_files import ending_of, read_text
from hiertools.errors import FileFormatError, HiertoolsError, OptionError

__all__ = ["TABLE_ENDINGS", "read_table", "read_text", "separated", "table_text"]

TABLE_ENDINGS = (".csv", ".tsv", ".tab")

Rows = list[tuple[str, ...]]

_QUOTED = re.compile(r'"[^"]*(?:"|$)')
_LINES = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_FIRST_LINE = re.compile(r"[\r\n]*([^\r\n]*)")
_SAYS_DELIMITER = re.compile(r"[\r\n]*\"?sep=([^\w\s]|\t)\"?(?:\r\n?|\n)", re.IGNORECASE)
_ROWS_TO_LOOK_AT = 200
_UNNAMED = re.compile(r"\s*|Unnamed: \d+(?:\.\d+)?")


def delimiter_of(path: str | os.PathLike[str]) -> str | None:
    """Return the delimiter that a file's ending names: tab, or None for "look at the text"."""
    return "\t" if ending_of(path) in (".tsv", ".tab") else None


def separated(
    text: str, path: str | os.PathLike[str] | None = None, delimiter: str | None = None
) -> tuple[str, str]:
    r"""Return the text of a table and what separates its columns: tab, comma or semicolon.

    A `delimiter` that is given holds. Otherwise it is what the first line says (Excel's ``sep=;``),
    what the ending of `path` names where the first line holds it, the one of the three at which
    all rows have as many cells as the first, or else the one that occurs most there. Where the
    first line holds none of the three, blanks separate what is split by them into rows of one
    length; runs of blanks then become tabs.

    Examples
    --------
    >>> separated("class;x\nlynx;0,5\n")
    ('class;x\nlynx;0,5\n', ';')
    >>> separated("lynx  1 2\nwolf 10 4")
    ('lynx\t1\t2\nwolf\t10\t4\n', '\t')
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise OptionError(
            "delimiter must be one character that separates columns, such as ',' or '\\t'; got "
            f"{delimiter!r}."
        )
    said = _SAYS_DELIMITER.match(text)
    if said:
        text, delimiter = text[said.end() :], delimiter or said.group(1)
    if delimiter == " ":
        return _tabs_for_blanks(text) or text, "\t"
    if delimiter is not None:
        return text, delimiter
    first = _QUOTED.sub("", _first_line(text))
    named = None if path is None else delimiter_of(path)
    if named is not None and named in first:
        return text, named
    held = [sign for sign in "\t,;" if sign in first]
    if not held:
        tabs = _tabs_for_blanks(text)
        return (text, named or ",") if tabs is None else (tabs, "\t")
    even = [sign for sign in held if len(held) > 1 and _is_even(text, sign)]
    if len(even) == 1 or "\t" in even:
        return text, even[0]
    return text, max(held, key=first.count)


def _first_line(text: str) -> str:
    found = _FIRST_LINE.match(text)
    return found.group(1) if found else ""


def _is_even(text: str, delimiter: str) -> bool:
    """Tell whether the first rows all have the same number of cells, two at least."""
    try:
        widths = {len(row) for row in islice(split_rows(text, "", delimiter), _ROWS_TO_LOOK_AT)}
    except FileFormatError:
        return False
    return len(widths) == 1 and widths.pop() > 1


def _tabs_for_blanks(text: str) -> str | None:
    """Return a table separated by blanks with tabs instead; None where blanks make no table."""
    lines = (line.strip() for line in re.split(r"\r\n?|\n", text))
    try:
        rows = [
            row
            for row in csv.reader(lines, delimiter=" ", skipinitialspace=True, strict=True)
            if row
        ]
    except csv.Error:
        return None
    widths = {len(row) for row in rows[1:]}
    # R's write.table leaves out the header of the row names.
    if len(widths) != 1 or max(widths) < 2 or max(widths) - len(rows[0]) not in (0, 1):
        return None
    return table_text(rows[0], rows[1:], "\t")


def read_table(
    text: str,
    where: str,
    delimiter: str | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Rows:
    """Split the text of a table into its rows, the first of which is its header or is not."""
    given = text
    text, delimiter = separated(text, path, delimiter)
    rows = [tuple(row) for row in split_rows(text, where, delimiter)]
    if delimiter == "\t" and _lacks_header_of_numbers(rows):
        rows[0] = ("", *rows[0])
    if delimiter == "\t" and "\t" not in given:
        delimiter = " "  # for messages: blanks have become tabs
    header = tuple(name.strip() for name in rows[0]) if rows else ()
    widths = [len(row) for row in rows]
    refuse_ragged(Shape(header, widths, delimiter), where, lambda n: rows[n])
    return rows


def _lacks_header_of_numbers(rows: Rows) -> bool:
    """Tell rows with their numbers in front, and a header without, as R's write.table has them."""
    width = len(rows[0]) + 1 if rows else 0
    return len(rows) > 1 and all(
        len(row) == width and row[0] == str(n) for n, row in enumerate(rows[1:], 1)
    )


class Shape(NamedTuple):
    """What is known of a table before its cells are looked at."""

    header: tuple[str, ...]
    widths: list[int]
    """Number of cells of each row, the header's first; blank lines are no rows."""
    delimiter: str


def split_rows(text: str, where: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the rows of CSV text, blank lines left out."""
    if '"' not in text:  # a row is a line
        yield from (line.split(delimiter) for line in _lines(text))
        return
    # A deep lineage may be longer than the 131,072 characters that csv allows a field.
    limit = csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    lines = (match.group() for match in _LINES.finditer(text))
    try:
        for row in csv.reader(lines, delimiter=delimiter, strict=True):
            if row:
                yield row
    except csv.Error as cause:
        raise FileFormatError(
            f"{where} is no valid CSV: {cause}; look for a quote without a partner."
        ) from None
    finally:
        csv.field_size_limit(limit)


def _lines(text: str) -> list[str]:
    """Return the lines of a text that are not blank, whatever ends them."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return [line for line in text.split("\n") if line]


def table_shape(text: str, where: str, delimiter: str) -> Shape:
    """Return the header of CSV text, verbatim, and how long its rows are."""
    if '"' in text:
        rows = split_rows(text, where, delimiter)
        header = tuple(next(rows, ()))
        return Shape(header, [len(header), *map(len, rows)], delimiter)
    # Without quotes a row is a line: counting is many times faster than splitting.
    lines = _lines(text)
    widths = [line.count(delimiter) + 1 for line in lines]
    return Shape(tuple(lines[0].split(delimiter)) if lines else (), widths, delimiter)


def nth_row(text: str, where: str, delimiter: str, n: int) -> list[str]:
    """Return one row of CSV text; row 0 is the header."""
    return next(islice(split_rows(text, where, delimiter), n, None))


def refuse_ragged(shape: Shape, where: str, row: Any) -> None:
    """Refuse a table without rows, or with rows that are longer or shorter than the header.

    `row` returns the cells of the row of a number.
    """
    header, widths, delimiter = shape
    if len(widths) < 2:
        raise FileFormatError(f"{where} has no rows below its header.")
    width = len(header)
    n = next((n for n, found in enumerate(widths) if found != width), None)
    if n is None:
        return
    cells = row(n)
    if len(cells) == width + 1 and not cells[-1].strip():
        raise FileFormatError(
            f"{where}: row {n + 1} ends with {delimiter!r} and so has {len(cells)} columns, but "
            f"the header has {width}; take the last {delimiter!r} off the rows that have it."
        )
    if len(cells) == width - 1 and not header[-1].strip():
        raise FileFormatError(
            f"{where}: the header ends with {delimiter!r} and so has {width} columns, but row "
            f"{n + 1} has {len(cells)}; take the last {delimiter!r} off the header."
        )
    advice = f"put names that hold {delimiter!r} in double quotes"
    if len(cells) < width:
        advice = f"put {delimiter!r} between all cells of a row, empty ones too"
    elif width == 1:
        advice = f"take out what stands above the header, or {advice}"
    raise FileFormatError(
        f"{where}: row {n + 1} has {len(cells)} columns but the header has {width}: "
        f"{checks.name_list(cells)}; {advice}."
    )


def refuse_twice(
    header: Sequence[str], where: str, error: type[HiertoolsError] = FileFormatError
) -> None:
    """Refuse column names that occur more than once: which one counts is unknown."""
    twice = checks.repeated(header)
    if twice:
        raise error(
            f"{where}: {len(twice)} column name(s) occur more than once: "
            f"{checks.name_list(twice)}; give every column a name of its own."
        )


def is_unnamed(name: str) -> bool:
    """Tell a column without a name, also as pandas spells it: ``"Unnamed: 0"``."""
    return _UNNAMED.fullmatch(name) is not None


def table_text(
    header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ","
) -> str:
    """Return CSV text with quotes where they are needed."""
    out = io.StringIO(newline="")
    listed = [tuple(row) for row in rows]
    writer = csv.writer(out, lineterminator="\n", delimiter=delimiter, quoting=quoting(listed))
    writer.writerow(header)
    writer.writerows(listed)
    return out.getvalue()


def quoting(rows: Iterable[Iterable[object]]) -> Literal[0, 2]:
    """Return which cells csv must quote: a lone carriage return ends a line, but csv forgets it."""
    lone = any("\r" in cell for row in rows for cell in row if isinstance(cell, str))
    return csv.QUOTE_NONNUMERIC if lone else csv.QUOTE_MINIMAL


def frame_header(frame: Any) -> tuple[str, ...]:
    """Return the names of a DataFrame's columns, and of those that were made its index."""
    return _header(_index_columns(frame), frame)


def frame_columns(frame: Any, where: str) -> tuple[tuple[str, ...], list[list[Any]]]:
    """Return a DataFrame's column names and its columns as plain lists.

    Text in an index that has a name is a column too: pandas' ``set_index`` made it one.
    """
    index = _index_columns(frame)
    header = _header(index, frame)
    refuse_twice(header, where)
    columns = [frame.iloc[:, i].tolist() for i in range(len(frame.columns))]
    return header, [*(values for _, values in index), *columns]


def _header(index: Sequence[tuple[str, list[Any]]], frame: Any) -> tuple[str, ...]:
    return (*(name for name, _ in index), *map(str, frame.columns))


def _index_columns(frame: Any) -> list[tuple[str, list[Any]]]:
    found = []
    for level, name in enumerate(frame.index.names):
        if isinstance(name, str) and name not in frame.columns:
            values = frame.index.get_level_values(level).tolist()
            if all(isinstance(value, str) for value in values):
                found.append((name, values))
    return found


def text_column(values: Sequence[Any], what: str, *, optional: bool = False) -> list[str]:
    """Return values that must be text; with `optional`, missing ones become ""."""
    if set(map(type, values)) <= {str}:
        return list(values)
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
        return bool(value != value)  # noqa: PLR0124  (NaN and NaT of every library)
    except (TypeError, ValueError):  # pandas.NA has no truth value
        return type(value).__name__ == "NAType"


def is_frame(value: object) -> TypeGuard[Any]:
    """Tell a pandas DataFrame without importing pandas."""
    return hasattr(value, "iloc") and any(t.__name__ == "DataFrame" for t in type(value).__mro__)


def is_series(value: object) -> bool:
    """Tell a pandas Series without importing pandas."""
    return hasattr(value, "iloc") and any(t.__name__ == "Series" for t in type(value).__mro__)
