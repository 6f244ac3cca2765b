"""Folders of folders: each of them listed in one order, links followed, nothing left out unsaid."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from hiertools._core.files import is_litter
from hiertools.errors import FileFormatError

__all__ = ["Listing", "listed_below"]


class Listing(NamedTuple):
    """What a folder holds, by name and in order, without litter."""

    path: str
    way: tuple[str, ...]
    """Names of the folders from the topmost one to this, the topmost left out."""
    folders: list[str]
    files: list[str]


def listed_below(start: str | os.PathLike[str]) -> Iterator[Listing]:
    """Yield the listing of a folder, and of each below it, in the order of their names.

    Links to folders are followed, as data sets that are put together of others have them.

    Raises
    ------
    FileFormatError
        A folder can't be read, or a link leads back to a folder above it.
    """
    stack: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
        (str(start), (), (os.path.realpath(start),))
    ]
    while stack:
        path, way, above = stack.pop()
        folders, files = _entries(path)
        yield Listing(path, way, folders, files)
        for name in reversed(folders):
            below = os.path.join(path, name)
            real = os.path.realpath(below)
            if real in above and os.path.islink(below):
                raise FileFormatError(
                    f"the link {below!r} leads back to a folder above it; remove it."
                )
            stack.append((below, (*way, name), (*above, real)))


def _entries(path: str) -> tuple[list[str], list[str]]:
    folders: list[str] = []
    files: list[str] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if not is_litter(entry.name):
                    (folders if entry.is_dir() else files).append(entry.name)
    except OSError as cause:
        raise FileFormatError(f"the folder {path!r} can't be read: {cause.strerror}.") from None
    return sorted(folders), sorted(files)
