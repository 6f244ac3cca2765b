"""A folder of folders, as image data sets are kept, to a tree's columns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal

from hiertools._core import checks
from hiertools._core.files import is_litter, named_path
from hiertools._core.one_form import nfc
from hiertools.errors import FileFormatError, TreeError
from hiertools.trees.columns import TreeColumns

__all__ = ["read_folder"]


def read_folder(
    folder: str | os.PathLike[str],
    *,
    names: Literal["name", "path"],
    extensions: Sequence[str] | None,
) -> TreeColumns:
    """Read nested folders, as `ClassTree.from_folder` has it."""
    checks.option(names, ("name", "path"), "names")
    start = named_path(folder, "the path of the folder")
    if not start.is_dir():
        raise FileFormatError(f"there is no folder {str(folder)!r}.")
    endings = None if extensions is None else tuple(end.lower() for end in extensions)
    parent, labels = [-1], [""]
    paths, node_of, real = [""], [], [os.path.realpath(start)]
    stack: list[tuple[str, int]] = [(str(start), 0)]
    while stack:
        path, node = stack.pop()
        subfolders, has_files = _listing(path, endings)
        children = []
        for name in sorted(subfolders):
            below = os.path.join(path, name)
            children.append((below, len(parent)))
            parent.append(node)
            labels.append(nfc(name))
            paths.append(f"{paths[node]}/{labels[-1]}".lstrip("/"))
            real.append(os.path.realpath(below))
            if os.path.islink(below):
                _refuse_loop(below, len(parent) - 1, parent, real)
        if node and (has_files or not children):
            node_of.append(node)
        stack.extend(reversed(children))
    if not node_of:
        raise FileFormatError(
            f"the folder {str(folder)!r} holds no folders; a class is a folder inside it."
        )
    node_of.sort(key=lambda node: paths[node].split("/"))
    classes = [labels[node] if names == "name" else paths[node] for node in node_of]
    twice = checks.repeated(classes)
    if twice:
        raise TreeError(
            f"the folder {str(folder)!r} holds {len(twice)} class name(s) more than once: "
            f"{checks.name_list(twice)}; pass names='path' to tell them apart."
        )
    return TreeColumns(parent, classes, node_of, labels=labels)


def _listing(path: str, endings: tuple[str, ...] | None) -> tuple[list[str], bool]:
    subfolders, has_files = [], False
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if is_litter(entry.name):
                    continue
                if entry.is_dir():
                    subfolders.append(entry.name)
                elif endings is None or entry.name.lower().endswith(endings):
                    has_files = True
    except OSError as cause:
        raise FileFormatError(f"the folder {path!r} can't be read: {cause.strerror}.") from None
    return subfolders, has_files


def _refuse_loop(path: str, node: int, parent: Sequence[int], real: Sequence[str]) -> None:
    step = parent[node]
    while step >= 0:
        if real[step] == real[node]:
            raise FileFormatError(f"the link {path!r} leads back to a folder above it; remove it.")
        step = parent[step]
