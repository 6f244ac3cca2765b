"""The classes that a user asks a taxonomy for: a list, a mapping, a file, or text with commas."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from hiertools._core import checks
from hiertools._core.files import is_readable
from hiertools._core.tables import read_text
from hiertools.errors import FileFormatError, OptionError

Wanted = Sequence[str] | Mapping[str, str] | str | os.PathLike[str]


def wanted(classes: Wanted, where: str) -> dict[str, str]:
    """Return what to look up for each class, by class name.

    A text is the path of a file if there is one, else names separated by commas. A file holds one
    class a line; what stands behind a tab is looked up in place of the class's own name.
    """
    pairs: list[tuple[str, str]]
    if isinstance(classes, Mapping):
        pairs = [(name, target) for name, target in classes.items()]
    elif isinstance(classes, str | os.PathLike):
        path = Path(classes)
        if isinstance(classes, os.PathLike) or is_readable(classes):  # as no long text is
            pairs = _lines(read_text(path))
        elif path.suffix in (".txt", ".tsv", ".csv"):
            raise FileFormatError(
                f"{where}: there is no file {str(path)!r} with a list of classes."
            )
        else:
            pairs = [(name.strip(), name.strip()) for name in str(classes).split(",")]
    else:
        pairs = [(name, name) for name in classes]
    names = checks.class_names([name for name, _ in pairs], where)
    if not names:
        raise OptionError(f"{where}: no class is named; name at least one.")
    for name, target in pairs:
        if not isinstance(target, str) or not target.strip():
            raise OptionError(
                f"{where}: nothing to look up for class {name!r}; got {target!r}; give text, such "
                "as 'Lynx' or '13124'."
            )
    return {name: target.strip() for name, (_, target) in zip(names, pairs, strict=True)}


def _lines(text: str) -> list[tuple[str, str]]:
    pairs = []
    for line in text.splitlines():
        if line.strip():
            name, tab, target = line.partition("\t")
            pairs.append((name, target if tab else name))
    return pairs
