"""The hierarchy of the NABirds data set, from its own text files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.files import named_path
from hiertools._core.tables import read_text
from hiertools.errors import FileFormatError, TreeError
from hiertools.trees.tree import ClassTree

__all__ = ["from_nabirds"]


@door
def from_nabirds(
    path: str | os.PathLike[str],
    /,
    *,
    names: Literal["folders", "ids", "names"] = "folders",
) -> ClassTree:
    r"""Build a tree from NABirds' ``hierarchy.txt`` and ``classes.txt``.

    A line of ``hierarchy.txt`` is a class id and the id of its parent; a line of ``classes.txt`` is
    an id and its name. Ids that are nobody's parent are the classes (555 of 1011 in the data set).
    An unnamed root stands above the top id, "Birds", which is level 0.

    Parameters
    ----------
    path
        The data set's folder, or its ``hierarchy.txt``. Without ``classes.txt`` beside it, nodes
        are labelled by their ids.
    names : {"folders", "ids", "names"}
        Call classes as the image folders are called ("0295", four digits), by their ids as written
        ("295"), or by their names ("Common Eider (Adult male)").

    Returns
    -------
    ClassTree
        Classes in the order of their ids.

    Raises
    ------
    FileFormatError
        A file that is missing or not of this format, an id without a name.
    TreeError
        An id with two parents, a cycle, or a name on two classes.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "hierarchy.txt").write_text("1 0\n295 1\n313 1\n")
    >>> _ = (folder / "classes.txt").write_text(
    ...     "0 Birds\n1 Ducks, Geese, and Swans\n295 Common Eider (Adult male)\n313 Brant\n")
    >>> tree = from_nabirds(folder)
    >>> tree.classes, tree.labels[:3]
    (('0295', '0313'), ('', 'Birds', 'Ducks, Geese, and Swans'))
    """
    checks.option(names, ("folders", "ids", "names"), "names")
    path = named_path(path)
    file = path / "hierarchy.txt" if path.is_dir() else path
    parent_of = _parents(file)
    ids = list(dict.fromkeys([*parent_of.values(), *parent_of]))
    text_of = _names(file.with_name("classes.txt"), ids, needed=names == "names")
    inner = set(parent_of.values())
    leaves = [one for one in ids if one not in inner]
    leaves.sort(key=_by_number)
    place = {one: i for i, one in enumerate(ids, start=1)}
    if not leaves:
        raise TreeError(f"{file.name}: every id is somebody's parent, so there is a cycle.")
    called = {
        "folders": [one.zfill(4) for one in leaves],
        "ids": leaves,
        "names": [text_of[one] for one in leaves],
    }[names]
    called = list(checks.class_names(called, file.name, TreeError))
    # Tops hang from an unnamed root, as in every reader of lineages.
    parent = [-1, *(place[parent_of[one]] if one in parent_of else 0 for one in ids)]
    labels = ["", *(text_of[one] for one in ids)]
    return ClassTree(parent, called, [place[one] for one in leaves], labels=labels)


def _by_number(name: str) -> tuple[bool, int, str, str]:
    """Sort numbers by their size, whatever it is, and before other names."""
    digits = name.lstrip("0")
    return (False, len(digits), digits, name) if name.isdecimal() else (True, 0, "", name)


def _parents(file: Path) -> dict[str, str]:
    parent_of: dict[str, str] = {}
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) != 2:
            raise FileFormatError(
                f"{file.name}: line {number} is {line[:60]!r}; expected the id of a class and the "
                "id of its parent, separated by a blank."
            )
        child, parent = fields
        if parent_of.get(child, parent) != parent:
            raise TreeError(
                f"{file.name}: id {child!r} has two parents, {parent_of[child]!r} and {parent!r}; "
                "keep one."
            )
        parent_of[child] = parent
    return parent_of


def _names(file: Path, ids: list[str], *, needed: bool) -> dict[str, str]:
    if not file.is_file():
        if needed:
            raise FileFormatError(
                f"there is no {file.name} in {str(file.parent)!r} to take names from; use "
                "names='folders' or 'ids'."
            )
        return {one: one for one in ids}
    text_of: dict[str, str] = {}
    for line in read_text(file).splitlines():
        one, _, text = line.strip().partition(" ")
        if text:
            text_of[one] = text.strip()
    missing = [one for one in ids if one not in text_of]
    if missing:
        raise FileFormatError(
            f"{file.name} has no name for {len(missing)} of {len(ids)} ids of the hierarchy: "
            f"{checks.name_list(missing)}."
        )
    return text_of
