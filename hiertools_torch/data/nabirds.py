"""NABirds from its own folder: images, and text files for labels, split and hierarchy."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from hiertools._core.checks import name_list
from hiertools._core.files import named_path
from hiertools.errors import FileFormatError
from hiertools_torch.data.base import RawData
from hiertools_torch.data.images import OnDisk, image_sizes

__all__ = ["read_nabirds"]


def read_nabirds(
    root: str | Path, *, side: int = 128, planes: int = 3, on_bad: str = "error"
) -> RawData:
    """Read NABirds (Van Horn et al. 2015) with its own training and test images and hierarchy.

    Class names are the class ids with four digits ("0295"), as the image folders spell them: the
    names in ``classes.txt`` are not unique. They label the nodes of the tree.

    Parameters
    ----------
    root : str or Path
        The folder ``nabirds`` with ``images.txt``, ``image_class_labels.txt``, ``classes.txt``,
        ``hierarchy.txt``, ``train_test_split.txt`` and ``images/``.
    side, planes : int
        Size and colour planes of the images given.
    on_bad : {"error", "skip"}
        What to do with images that don't decode.

    Returns
    -------
    RawData
        Images, classes (only those with images), tree, "train" and "test" parts.

    Raises
    ------
    FileFormatError
        A file is missing, or a line of it can't be understood.
    """
    root = named_path(root, "root")
    if not root.is_dir():
        raise FileFormatError(f"root={str(root)!r} is no folder; give the folder of NABirds.")
    paths = _pairs(root / "images.txt")
    label = _pairs(root / "image_class_labels.txt")
    part = _pairs(root / "train_test_split.txt")
    for name, table in (("image_class_labels.txt", label), ("train_test_split.txt", part)):
        missing = [image for image in paths if image not in table]
        if missing:
            raise FileFormatError(
                f"{root / name} lacks {len(missing)} of the {len(paths)} images of images.txt: "
                f"{name_list(missing)}; the file may be truncated."
            )
    names = {_number(i): text for i, text in _pairs(root / "classes.txt").items()}
    parents = {
        _number(child): _number(above) for child, above in _pairs(root / "hierarchy.txt").items()
    }
    used = sorted({_number(label[image]) for image in paths})
    lineages = {f"{number:04d}": _lineage(number, parents, names, root) for number in used}
    outside = [text for text in paths.values() if _leads_out(text)]
    if outside:
        many = f"{len(outside)} file{'s' * (len(outside) != 1)}"
        raise FileFormatError(
            f"{root / 'images.txt'} names {many} outside of images/, which no image of NABirds "
            f"is: {name_list(outside)}; unpack the archive again."
        )
    files = [root / "images" / text for text in paths.values()]
    # A name may be longer than any file's can be, at which Path.is_file raises.
    absent = [str(file.relative_to(root)) for file in files if not os.path.isfile(file)]
    if absent:
        raise FileFormatError(
            f"{len(absent)} of {len(files)} images are missing from {root}: {name_list(absent)}; "
            "unpack the archive again."
        )
    sizes, good, notes = image_sizes(files, on_bad=on_bad)
    position = {number: i for i, number in enumerate(used)}
    labels = np.array([position[_number(label[image])] for image in paths], dtype=np.int64)[good]
    training = np.array([part[image] == "1" for image in paths], dtype=bool)[good]

    from hiertools import ClassTree

    return RawData(
        source=OnDisk([file for file, kept in zip(files, good) if kept], side, planes),
        labels=labels,
        classes=tuple(lineages),
        tree=ClassTree.from_lineages(lineages, missing=[]),
        parts={"train": np.flatnonzero(training), "test": np.flatnonzero(~training)},
        sizes=sizes[good],
        notes=notes,
    )


def _pairs(path: Path) -> dict[str, str]:
    """Read lines of a key, a blank, and a value that may hold blanks."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as cause:
        raise FileFormatError(
            f"{path} can't be read: {cause}; is this the folder of NABirds?"
        ) from (None)
    table: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        key, _, value = line.strip().partition(" ")
        if not value:
            raise FileFormatError(f"{path}, line {number}: expected two columns, got {line!r}.")
        if key in table:
            raise FileFormatError(
                f"{path}, line {number}: {key!r} stands on an earlier line, too; "
                "unpack the archive again."
            )
        table[key] = value
    return table


def _leads_out(text: str) -> bool:
    """Whether a path leads out of the folder that it should lie in, as either system reads it."""
    return any(
        path.is_absolute() or path.drive or path.root or ".." in path.parts
        for path in (PurePosixPath(text), PureWindowsPath(text))
    )


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise FileFormatError(f"NABirds: a class id is {text!r}, not a number.") from None


def _lineage(
    number: int, parents: dict[int, int], names: dict[int, str], root: Path
) -> tuple[str, ...]:
    """Names from the topmost node down to a class."""
    path = [number]
    while path[-1] in parents:
        path.append(parents[path[-1]])
        if len(path) > len(parents) + 1:
            raise FileFormatError(f"{root / 'hierarchy.txt'}: class {number} is its own ancestor.")
    unnamed = [str(i) for i in path if i not in names]
    if unnamed:
        raise FileFormatError(
            f"{root / 'classes.txt'} has no name for {len(unnamed)} class id(s): "
            f"{name_list(unnamed)}; the file may be truncated."
        )
    return tuple(names[i] for i in reversed(path))
