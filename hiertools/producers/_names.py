"""Class names for vectors that come without: given, found in the source, or asked to be indices."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hiertools import _checks
from hiertools.errors import FileFormatError, OptionError, RepresentativesError
from hiertools.readers.tables import read_text

Names = Sequence[str] | Mapping[str, int] | str | None
"""Names in the order of rows; class to row; a file of names; ``"indices"``."""

INDICES = "indices"


def class_list(classes: Names, where: str, found: Sequence[str] | None = None) -> list[str] | None:
    """Return the names in order, None for ``"indices"``; names are never made up.

    `found` are the names that the source itself carries.
    """
    if classes is None:
        if found is None:
            raise RepresentativesError(
                f"{where} carries no class names; pass classes=[...] (or a file with one name a "
                "line), or classes='indices' to call them '0', '1', ..."
            )
        return list(_checks.class_names(found, where, RepresentativesError))
    if isinstance(classes, str):
        if classes == INDICES:
            return None
        classes = _read_names(classes)
    if isinstance(classes, Mapping):
        classes = by_index(classes, "classes")
    return list(_checks.class_names(classes, "classes", RepresentativesError))


def by_index(class_to_index: Mapping[Any, Any], where: str) -> list[str]:
    """Turn class to index (or index to class) into a list."""
    items = list(class_to_index.items())
    if items and all(isinstance(value, str) for _, value in items):
        items = [(value, key) for key, value in items]
    try:
        place = {int(index): name for name, index in items}
    except (TypeError, ValueError):
        raise RepresentativesError(
            f"{where}: a mapping must go from class name to row, 0, 1, ...; got {items[0]!r}."
        ) from None
    if len(place) < len(items) or sorted(place) != list(range(len(items))):
        raise RepresentativesError(
            f"{where}: the rows of {len(items)} classes must be 0 to {len(items) - 1}, each once."
        )
    return [place[index] for index in range(len(items))]


def _read_names(path: str) -> list[str]:
    if not Path(path).exists():
        raise OptionError(
            f"classes={path!r} is no file; give a file with one class name a line, a list of "
            "names, or 'indices'."
        )
    text = read_text(path)
    if Path(path).suffix.lower() == ".json":
        try:
            document = json.loads(text)
        except json.JSONDecodeError as cause:
            raise FileFormatError(f"{path!r} is no valid JSON: {cause}.") from None
        return by_index(document, path) if isinstance(document, dict) else list(document)
    return [line for line in re.split(r"\r\n?|\n", text) if line]
