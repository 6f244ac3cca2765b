"""Tables of numbers with names: class representatives, predictions, confusion matrices.

Their shape is checked first, by the rules of every other table; pandas then only turns cells into
numbers, so that nothing is taken for a header, an index or a missing value that is none.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.alerts import warn
from hiertools._core.tables import (
    Shape,
    is_missing,
    is_unnamed,
    nth_row,
    read_text,
    refuse_ragged,
    refuse_twice,
    separated,
    split_rows,
    table_shape,
)
from hiertools.errors import FileFormatError, HiertoolsError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["is_number", "number_frame", "read_number_table", "row_numbers"]

_NUMBER = re.compile(r"[ \t]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t]*", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[ \t]*[+-]?(\d*),(\d+)(?:[eE][+-]?\d+)?[ \t]*", re.ASCII)

TextColumns = Callable[[Sequence[str], Sequence[str]], Collection[int]]
"""Which columns hold text, told from the header and the first row below it."""


def is_number(cell: str) -> bool:
    """Tell a number as tables write it: no ``1_000``, ``0x10``, ``nan`` or ``True``.

    Examples
    --------
    >>> [is_number(cell) for cell in ("1e5", "+.5", " 1.0 ", "1_000", "1,5", "nan", "")]
    [True, True, True, False, False, False, False]
    """
    return _NUMBER.fullmatch(cell) is not None


def reads_number(cell: str) -> bool:
    """Tell a number, also one with a comma, whatever that stands for.

    Examples
    --------
    >>> [reads_number(cell) for cell in ("1.5", "0,5", "1,234", "d0")]
    [True, True, True, False]
    """
    return is_number(cell) or _DECIMAL_COMMA.fullmatch(cell) is not None


def decimal_comma(cell: str) -> bool:
    """Tell a number with a decimal comma from all others, such as 1,234 that may be thousands.

    Examples
    --------
    >>> [decimal_comma(cell) for cell in ("0,5", "12,34", "1,234", "0,123", "1.5")]
    [True, True, False, True, False]
    """
    match = _DECIMAL_COMMA.fullmatch(cell)
    if match is None:
        return False
    whole, part = match.groups()
    return len(part) != 3 or not 0 < len(whole) < 4 or whole[0] == "0"


def read_number_table(
    path: str | os.PathLike[str], text_columns: TextColumns, *, twice: str | None = None
) -> pd.DataFrame:
    """Read a table whose columns hold text or finite numbers, one or the other.

    What separates columns is found by `separated`; decimal points, or decimal commas where they
    can be nothing else. Where R left out the header of the row names, that column is called "".

    Parameters
    ----------
    path
        The file, as `read_text` reads it.
    text_columns
        Which columns hold text. Text is kept verbatim: "NA" and "0295" are what they are.
    twice
        The name of a column that may occur twice.

    Returns
    -------
    DataFrame
        Columns of text (object) and of numbers (float64), with their names verbatim.

    Raises
    ------
    FileFormatError
        Rows of several lengths, a column name twice, a cell that should be a number and is none.
    """
    where = str(path)
    text = read_text(path)
    if "\0" in text:
        raise FileFormatError(f"{where} is a binary file, not text.")
    text, delimiter = separated(text, path)
    shape = table_shape(text, where, delimiter)
    if len(shape.header) == 1 and set(shape.widths[1:]) <= {1}:
        raise FileFormatError(
            f"{where}: split at {shape.delimiter!r}, the header {shape.header[0]!r} is one column; "
            "separate columns by commas, semicolons or tabs."
        )
    if _lacks_header_of_names(text, where, shape):
        text = shape.delimiter + text.lstrip("\r\n")
        widths = [shape.widths[0] + 1, *shape.widths[1:]]
        shape = Shape(("", *shape.header), widths, shape.delimiter)
    refuse_ragged(shape, where, lambda n: nth_row(text, where, shape.delimiter, n))
    _refuse_data_as_header(shape.header, where)
    may_repeat = twice if list(shape.header).count(twice or "") == 2 else None
    refuse_twice([name for name in shape.header if name.strip() and name != may_repeat], where)
    first = nth_row(text, where, shape.delimiter, 1)
    # A column without a name may be row numbers, class names or nothing at all: see number_frame.
    unnamed = {i for i, name in enumerate(shape.header) if is_unnamed(name)}
    texts = {*text_columns(shape.header, first), *unnamed}
    frame = _parse(text, shape, texts, ".")
    if frame is None:
        comma = _decimal_comma(text, where, shape, texts)
        frame = _parse(text, shape, texts, ",") if comma else None
        if frame is None:
            _refuse_cell(text, where, shape, texts, comma)
    if frame is None or len(frame) != len(shape.widths) - 1:
        raise FileFormatError(f"{where} can't be read as a table of numbers.")
    frame.columns = list(shape.header)
    return frame


def _lacks_header_of_names(text: str, where: str, shape: Shape) -> bool:
    """Tell what R's write.table makes: row names, and a header that is one cell shorter."""
    header, widths, delimiter = shape
    if len(widths) < 2 or set(widths[1:]) != {len(header) + 1}:
        return False
    # A comma at the end of each row looks the same, and is refused as what it is.
    return bool(nth_row(text, where, delimiter, 1)[-1].strip())


def _refuse_data_as_header(header: Sequence[str], where: str) -> None:
    """Refuse a first row in which a number occurs twice: names of columns do not."""
    twice = [name for name in checks.repeated(header) if reads_number(name)]
    if twice:
        raise FileFormatError(
            f"{where}: the first row holds {header[0]!r} and numbers ({twice[0]!r} more than "
            "once), as if it were data; put a header in front, such as class,d0,d1."
        )


def _parse(text: str, shape: Shape, texts: Collection[int], decimal: str) -> pd.DataFrame | None:
    """Let pandas parse what has the right shape; None where a number is none, or not finite."""
    numbers = [i for i in range(shape.widths[0]) if i not in texts]
    frame = _pandas(text, shape, texts, decimal)
    if frame is None:
        return None
    odd = [i for i in numbers if frame[i].dtype.kind not in "fiu"]
    if odd:  # no numbers, or what pandas makes of more digits than 64 bits hold: look again
        frame = _pandas(text, shape, {*texts, *odd}, decimal)
        if frame is None:
            return None
        for i in odd:
            cells = frame[i].tolist()
            if decimal == ",":
                cells = [cell.replace(".", "?").replace(",", ".") for cell in cells]
            if not all(map(is_number, cells)):
                return None
            frame[i] = np.array(cells, dtype=np.float64)
    for i in numbers:
        if frame[i].dtype.kind != "f":
            frame[i] = frame[i].astype("float64")
        if not np.isfinite(frame[i].to_numpy()).all():
            return None
    return frame


def _pandas(text: str, shape: Shape, texts: Collection[int], decimal: str) -> pd.DataFrame | None:
    import pandas as pd

    try:
        frame: pd.DataFrame = pd.read_csv(
            io.BytesIO(text.encode()),
            sep=shape.delimiter,
            header=0,
            names=list(range(shape.widths[0])),
            index_col=False,
            # Numbers are found much faster where pandas isn't told to expect them.
            dtype=dict.fromkeys(texts, object),
            na_filter=False,
            decimal=decimal,
            engine="c",
            low_memory=False,  # which would warn of a column of several types
            **_to_the_last_digit(pd.__version__),
        )
    except (ValueError, OverflowError):
        return None
    return frame


def _to_the_last_digit(version: str) -> dict[str, Any]:
    """Return what makes pandas read numbers as Python does; since 3.1 it warns if told to.

    Examples
    --------
    >>> _to_the_last_digit("3.1.1"), _to_the_last_digit("2.1.1")
    ({}, {'float_precision': 'round_trip'})
    """
    old = tuple(map(int, version.split(".")[:2])) < (3, 1)
    return {"float_precision": "round_trip"} if old else {}


def _decimal_comma(text: str, where: str, shape: Shape, texts: Collection[int]) -> str | None:
    """Return a number with a decimal comma, of a table that has any."""
    seen = None
    for row in _number_rows(text, where, shape, texts):
        for cell in row:
            if decimal_comma(cell):
                return cell.strip()
            if seen is None and _DECIMAL_COMMA.fullmatch(cell):
                seen = cell.strip()
    if seen is not None:
        raise FileFormatError(
            f"{where}: {seen!r} could be {seen.replace(',', '.')} or {seen.replace(',', '')}; "
            "write numbers with a decimal point and without commas."
        )
    return None


def _number_rows(
    text: str, where: str, shape: Shape, texts: Collection[int]
) -> Iterator[list[str]]:
    numbers = [i for i in range(shape.widths[0]) if i not in texts]
    rows = split_rows(text, where, shape.delimiter)
    next(rows)
    return ([row[i] for i in numbers] for row in rows)


def _refuse_cell(
    text: str, where: str, shape: Shape, texts: Collection[int], comma: str | None
) -> None:
    """Name the first cell that should be a finite number and is none."""
    names = [name for i, name in enumerate(shape.header) if i not in texts]
    for n, row in enumerate(_number_rows(text, where, shape, texts), start=2):
        for name, cell in zip(names, row, strict=True):
            place = f"{where}: row {n}, column {name!r}"
            if not cell.strip():
                raise FileFormatError(
                    f"{place} is empty; every number must be there, so fill it, or leave the row "
                    "or the column out."
                )
            if comma and "." in cell and is_number(cell):
                raise FileFormatError(
                    f"{place}: {cell!r} has a decimal point, but {comma!r} elsewhere a decimal "
                    "comma; write all numbers with a point."
                )
            number = cell.replace(",", ".") if comma and "." not in cell else cell
            if not is_number(number):
                raise FileFormatError(
                    f"{place}: {cell!r} is no number; columns of numbers hold nothing else."
                )
            if not np.isfinite(float(number)):
                raise FileFormatError(f"{place}: {cell!r} is too large for a number.")


def number_frame(frame: pd.DataFrame, where: str, error: type[HiertoolsError]) -> pd.DataFrame:
    """Return a table with text as column names, each once, without columns that hold nothing.

    A column without a name is refused, except for the first one, which its reader judges.
    """
    columns = [str(name) for name in frame.columns]
    frame = frame.set_axis(columns, axis=1)
    # pandas calls what follows the last comma of each line "Unnamed: 3".
    empty = [is_unnamed(name) and _is_empty(frame.iloc[:, i]) for i, name in enumerate(columns)]
    if any(empty):
        frame = frame.loc[:, ~np.array(empty)]
    if not len(frame.columns):
        raise error(f"{where}: no column has a name or holds anything.")
    refuse_twice([name for name in frame.columns if name.strip()], where, error)
    for place, name in enumerate(frame.columns[1:], start=2):
        if is_unnamed(name):
            raise error(f"{where}: column {place} has no name; name it or leave it out.")
    return frame


def row_numbers(column: Any) -> bool:
    """Tell a column that counts its rows, from 0 or (as R does) from 1: an index, no data.

    Examples
    --------
    >>> import pandas as pd
    >>> row_numbers(pd.Series([0, 1, 2])), row_numbers(pd.Series(["1", "2"]))
    (True, True)
    >>> row_numbers(pd.Series([0, 2, 1]))
    False
    """
    found = [str(value) for value in column.tolist()]
    start = found[0] if found else ""
    return start in ("0", "1") and found == [
        str(n) for n in range(int(start), int(start) + len(found))
    ]


def without_row_numbers(
    frame: pd.DataFrame, where: str, error: type[HiertoolsError]
) -> pd.DataFrame:
    """Leave out a first column without a name that counts the rows; refuse any other."""
    if not frame.columns.size:
        raise error(f"{where} has no columns; give one a class.")
    if not is_unnamed(frame.columns[0]):
        return frame
    if row_numbers(frame.iloc[:, 0]):
        return drop_row_numbers(frame, where)
    raise error(
        f"{where}: the first column has no name and does not count the rows; name it, or leave it "
        "out (pandas writes none with index=False, R with row.names=FALSE)."
    )


def drop_row_numbers(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """Leave out a first column of row numbers, and say so."""
    warn(
        f"{where}: the first column has no name and counts the rows; it is left out (pandas writes "
        "none with index=False, R with row.names=FALSE)."
    )
    return frame.iloc[:, 1:]


def are_numbers(column: Any) -> bool:
    """Tell a column whose every value is a number, also one written as text."""
    if column.dtype.kind in "fiub":
        return True
    return all(isinstance(v, str) and is_number(v) for v in _with_points(column.tolist()))


def to_numbers(column: Any) -> NDArray[np.float64]:
    """Return a column for which `are_numbers` holds."""
    if column.dtype.kind in "fiub":
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.array([float(value) for value in _with_points(column.tolist())])


def _with_points(values: list[Any]) -> list[Any]:
    """Return numbers in text with decimal points, where they have decimal commas and no points."""
    texts = [value for value in values if isinstance(value, str)]
    if not any(map(decimal_comma, texts)) or any("." in text for text in texts):
        return values
    return [value.replace(",", ".") if isinstance(value, str) else value for value in values]


def names_of(column: Any, what: str, error: type[HiertoolsError]) -> list[str]:
    """Return class names from a column of text or whole numbers, which stand for their digits."""
    values = column.tolist()
    for row, value in enumerate(values):
        if is_missing(value) or value == "":
            raise error(f"{what} must name a class in each row, but row {row} is empty.")
        if isinstance(value, float):
            raise error(
                f"{what} must be class names, but row {row} is {value!r}, a number with a decimal "
                "point; read the table with pandas.read_csv(path, dtype={...: str})."
            )
        if not isinstance(value, str | int | np.integer):
            raise error(
                f"{what} must be class names, but row {row} is {value!r} ({type(value).__name__})."
            )
    return [str(value) for value in values]


def _is_empty(column: Any) -> bool:
    return all(is_missing(value) or value == "" for value in column.tolist())
