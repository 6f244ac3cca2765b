"""Class names for vectors that come without: given, found in the source, or asked to be indices."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from hiertools._core.own_names import agreed_names, by_index, names_in_order
from hiertools._core.tables import read_text
from hiertools.errors import FileFormatError, OptionError, RepresentativesError

Names = Sequence[str] | Mapping[str, int] | str | None
"""Names in the order of rows; class to row; a file of names; ``"indices"``."""

INDICES = "indices"


def class_list(
    classes: Names, where: str, found: Sequence[str] | None = None, *, assumed: bool = False
) -> list[str] | None:
    """Return the names in order, None for ``"indices"``; names are never made up.

    `found` are the names that the source itself carries (or is `assumed` to): see
    `agreed_names`.
    """
    if classes is None:
        if found is None:
            raise RepresentativesError(
                f"{where} carries no class names; pass classes=[...] (or a file with one name a "
                "line), or classes='indices' to call them '0', '1', ..."
            )
        return list(names_in_order(found, where, RepresentativesError))
    if isinstance(classes, str):
        if wants_indices(classes):
            return None
        classes = _read_names(classes)
    names = names_in_order(classes, "classes", RepresentativesError)
    return list(names if found is None else agreed_names(names, found, where, assumed=assumed))


def wants_indices(classes: Names) -> bool:
    """Tell ``"indices"`` from names, which may be an array."""
    return isinstance(classes, str) and classes == INDICES


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
