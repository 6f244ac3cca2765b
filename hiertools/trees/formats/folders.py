"""A folder of folders, as image data sets are kept, to a tree's columns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal

from hiertools._core import checks
from hiertools._core.files import named_path
from hiertools._core.folders import listed_below
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
    parent, labels, paths = [-1], [""], [""]
    node_of: list[int] = []
    number: dict[tuple[str, ...], int] = {(): 0}
    for _, way, subfolders, files in listed_below(start):
        node = number.pop(way)
        for name in subfolders:
            number[*way, name] = len(parent)
            parent.append(node)
            labels.append(nfc(name))
            paths.append(f"{paths[node]}/{labels[-1]}".lstrip("/"))
        has_files = any(endings is None or file.lower().endswith(endings) for file in files)
        if node and (has_files or not subfolders):
            node_of.append(node)
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
