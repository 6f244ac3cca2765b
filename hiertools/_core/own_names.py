"""Names that are given for classes, beside the names that a source has of its own.

Vectors, distances and scores are told apart by their class names alone, so a list that is given in
another order would exchange them without a trace. One rule for every reader and producer: names of
its own stay, and a different list is refused.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import numbers_of
from hiertools._core.one_form import nfc_of_all
from hiertools._core.tables import read_text
from hiertools.errors import (
    FileFormatError,
    HiertoolsError,
    OptionError,
    RepresentativesError,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

ClassNames = Sequence[str] | Mapping[str, int] | str | os.PathLike[str]
"""Names in the order of rows, the row of each name, or the path of a file with one name a line."""

SomeClasses = Iterable[str] | str | os.PathLike[str]
"""Which classes: names in any order that is wanted, or the path of a file with one name a line."""

OTHER_NAMES = (
    "leave classes= out (take(names) of the result gives another order, and rename= of compare "
    "goes from names in the tree to these)"
)
"""What to do instead, for representatives and distances."""


def names_in_order(classes: object, where: str, error: type[HiertoolsError]) -> tuple[str, ...]:
    """Return class names in the order of rows; a mapping says the row of each, a path is read.

    Examples
    --------
    >>> names_in_order({"newt": 1, "lynx": 0}, "classes", OptionError)
    ('lynx', 'newt')
    """
    if isinstance(classes, str | os.PathLike):
        classes = read_names(classes)
    if isinstance(classes, Mapping):
        classes = by_index(classes, where, error)
    return checks.class_names(classes, where, error)


def read_names(path: str | os.PathLike[str], option: str = "classes") -> list[str]:
    """Read class names from a text file, one a line, verbatim; or from JSON, a list or a mapping.

    One rule for every `option` that takes names: text is the path of such a file, as it is
    everywhere else.
    """
    where = os.fspath(path)
    if os.path.isdir(where) or not os.path.exists(where):
        why = "is a folder" if os.path.isdir(where) else "there is no such file"
        raise OptionError(
            f"{option}={where!r}: {why}; give a list of names, or the path of a file with one name "
            "a line."
        )
    text = read_text(path)
    if Path(path).suffix.lower() == ".json":
        try:
            document = json.loads(text)
        except json.JSONDecodeError as cause:
            raise FileFormatError(f"{where!r} is no valid JSON: {cause}.") from None
        if isinstance(document, dict):
            return by_index(document, where)
        return list(checks.class_names(document, where, FileFormatError))
    # Not splitlines(), which also splits at characters that a name may hold.
    *names, last = re.split(r"\r\n?|\n", text)
    return [*names, last] if last else names


def by_index(
    class_to_index: Mapping[Any, Any],
    where: str,
    error: type[HiertoolsError] = RepresentativesError,
) -> list[str]:
    """Turn class to index (or index to class) into a list."""
    items = list(class_to_index.items())
    if items and all(isinstance(value, str) for _, value in items):
        items = [(value, key) for key, value in items]
    try:
        place = {int(index): name for name, index in items}
    except (TypeError, ValueError):
        raise error(
            f"{where}: a mapping must go from class name to row, 0, 1, ...; got {items[0]!r}."
        ) from None
    if len(place) < len(items) or sorted(place) != list(range(len(items))):
        raise error(
            f"{where}: the rows of {len(items)} classes must be 0 to {len(items) - 1}, each once."
        )
    return [place[index] for index in range(len(items))]


def agreed_names(
    classes: object,
    own: Iterable[object],
    where: str,
    *,
    assumed: bool = False,
    advice: str = OTHER_NAMES,
) -> tuple[str, ...]:
    """Return the names of a source's rows: its own, or `classes` where these say no more.

    Parameters
    ----------
    classes
        Names that were given for the rows. Equal to `own` they change nothing.
    own
        Names that the source has. Names that only count ("0", "1", ..., or "LABEL_0", ...) may be
        replaced, but not put in another order; names that occur twice must be.
    where
        The source, for messages.
    assumed
        Whether `own` are only what such a source usually has (numbers as labels, ImageNet's names
        for a thousand outputs): they may be replaced in the same way.
    advice
        What to do instead.

    Raises
    ------
    OptionError
        `classes` contradict the source.

    Examples
    --------
    >>> agreed_names(None, ["lynx", "newt"], "the file")
    ('lynx', 'newt')
    >>> agreed_names(["lynx", "newt"], ["0", "1"], "the file")
    ('lynx', 'newt')
    >>> agreed_names(["newt", "lynx"], ["lynx", "newt"], "the file")
    Traceback (most recent call last):
    ...
    hiertools.errors.OptionError: classes= was given, but the file has class names of its own, ...
    """
    known = nfc_of_all(map(str, own))
    if classes is None:
        return known
    given = names_in_order(classes, "classes", OptionError)
    if given == known:
        return known
    moved = sorted(given) == sorted(known)
    usable = all(known) and len(set(known)) == len(known)
    if not usable or (not moved and (assumed or _only_count(known))):
        return given
    differ = "in another order" if moved else "other ones"
    place = next((i for i, (a, b) in enumerate(zip(given, known)) if a != b), None)
    if place is not None:
        differ += f" (row {place} is {known[place]!r}, not {given[place]!r})"
    raise OptionError(
        f"classes= was given, but {where} has class names of its own, {differ}: "
        f"{checks.name_list(known)}; {advice}."
    )


def say_nothing(names: Sequence[str]) -> bool:
    """Tell names that a library makes up where it was given none: "LABEL_0", "LABEL_1", ..."""
    return all(re.fullmatch(r"LABEL_\d+", name) for name in names)


def _only_count(names: Sequence[str]) -> bool:
    return say_nothing(names) or list(names) == [str(i) for i in range(len(names))]


def square_frame(
    frame: pd.DataFrame, where: str, error: type[HiertoolsError]
) -> tuple[list[str], NDArray[np.generic]]:
    """Return the names of a square table's rows, and its values with columns in that order."""
    rows, columns = ([str(name) for name in side] for side in (frame.index, frame.columns))
    if set(rows) != set(columns) and len(rows) == len(columns):  # perhaps only one side has names
        rows, columns = (
            (columns if _only_count(rows) else rows),
            (rows if _only_count(columns) else columns),
        )
    if sorted(rows) != sorted(columns) or len(set(rows)) < len(rows):
        odd = sorted(set(rows) ^ set(columns)) or rows
        raise error(
            f"{where} has the same classes as rows and as columns; these differ in "
            f"{checks.name_list(odd)}."
        )
    place = {name: i for i, name in enumerate(columns)}
    return rows, np.asarray(numbers_of(frame))[:, [place[name] for name in rows]]
