"""Image folders: one folder a class, or folders in folders that are the class tree (plankton)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from hiertools._core.checks import name_list
from hiertools._core.files import named_path
from hiertools._core.folders import listed_below
from hiertools._core.one_form import nfc
from hiertools.errors import FileFormatError
from hiertools_torch.data.base import RawData
from hiertools_torch.data.images import OnDisk, image_sizes

__all__ = ["IMAGE_ENDINGS", "read_folders"]

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".ppm", ".pgm")
"""Files with these endings are images; others are passed over with a note."""

PARTS = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid"),
    "test": ("test", "testing"),
}
"""Folders right below the root that hold the parts of the data set, in small letters or large."""

Lineage = tuple[str, ...]


def read_folders(
    root: str | Path,
    *,
    side: int = 128,
    planes: int = 3,
    on_bad: str = "error",
    nested: bool = True,
) -> RawData:
    """Read images whose folders tell their classes.

    If ``root`` holds a folder ``train``, then it and its neighbours ``validation`` (or ``val``, or
    ``valid``) and ``test`` are the parts of the data set, and a note names those that are none;
    otherwise parts are split off later.

    Parameters
    ----------
    root : str or Path
        The folder.
    side, planes : int
        Size and colour planes of the images given.
    on_bad : {"error", "skip"}
        What to do with images that don't decode.
    nested : bool
        True: the path of a folder is the lineage of its class, as in the plankton sets; a folder
        with images may hold further folders with images. False: each class is one folder, named
        by it, and the tree must be given.

    Returns
    -------
    RawData
        Images, classes, the tree (if nested) and sizes.

    Raises
    ------
    FileFormatError
        No folder, no image in it, or a folder that can't be read.

    Notes
    -----
    Classes are named by the last folder. Where two folders share that name, they are named by their
    whole path with "/" between folders.
    """
    root = named_path(root, "root")
    if not root.is_dir():
        raise FileFormatError(f"root={str(root)!r} is no folder; give the folder of the images.")
    found: list[tuple[str, Lineage, Path]] = []
    passed: Counter[str] = Counter()
    parts_of_root, beside = _part_folders(root)
    for part, folder in parts_of_root:
        for held in listed_below(folder):
            lineage = tuple(map(nfc, held.way))
            for file in (Path(held.path) / name for name in held.files):
                if file.suffix.lower() in IMAGE_ENDINGS:
                    found.append((part, lineage, file))
                else:
                    passed[file.suffix.lower() or file.name] += 1
    if not found:
        raise FileFormatError(
            f"{root} holds no images in folders (endings looked for: {', '.join(IMAGE_ENDINGS)})."
        )
    loose = next((file for _, lineage, file in found if not lineage), None)
    if loose is not None:
        why = "" if loose.parent == root else ", which is taken for a part of the data set"
        raise FileFormatError(
            f"{loose.parent} holds images outside any class folder{why}; move them into one."
        )
    sizes, good, notes = image_sizes([file for _, _, file in found], on_bad=on_bad)
    found = [entry for entry, kept in zip(found, good) if kept]
    if passed:
        kinds = ", ".join(f"{kind} ({n})" for kind, n in passed.most_common(5))
        notes += (f"{sum(passed.values())} files are no images, passed over: {kinds}",)

    if beside:
        notes += (
            f"{name_list(beside)} beside the parts of the data set, passed over: parts are called "
            f"{', '.join(spelling for spellings in PARTS.values() for spelling in spellings)}",
        )

    names = _names(sorted({lineage for _, lineage, _ in found}), nested)
    classes = tuple(dict.fromkeys(names.values()))
    position = {name: i for i, name in enumerate(classes)}
    parts = [part for part, _, _ in found]
    tree = None
    if nested:
        from hiertools import ClassTree

        tree = ClassTree.from_lineages({name: path for path, name in names.items()}, missing=[])
    return RawData(
        source=OnDisk([file for _, _, file in found], side, planes),
        labels=np.array([position[names[lineage]] for _, lineage, _ in found], dtype=np.int64),
        classes=classes,
        tree=tree,
        parts={
            name: np.array([i for i, part in enumerate(parts) if part == name], dtype=np.int64)
            for name in dict.fromkeys(parts)
        },
        sizes=sizes[good],
        notes=notes,
    )


def _part_folders(root: Path) -> tuple[list[tuple[str, Path]], list[str]]:
    """Return the folder of each part, and what folders beside them are none."""
    part_of = {spelling: part for part, spellings in PARTS.items() for spelling in spellings}
    folders = next(listed_below(root)).folders
    known = [(part_of[name.lower()], root / name) for name in folders if name.lower() in part_of]
    if "train" not in (part for part, _ in known):
        return [("train", root)], []
    order = list(PARTS)
    beside = [name for name in folders if name.lower() not in part_of]
    return sorted(known, key=lambda pair: (order.index(pair[0]), pair[1])), beside


def _names(lineages: list[Lineage], nested: bool) -> dict[Lineage, str]:
    """Name each class folder: by its own name, or by its path where names repeat."""
    if not nested:
        return {lineage: lineage[0] for lineage in lineages}
    shared = Counter(lineage[-1] for lineage in lineages)
    return {
        lineage: lineage[-1] if shared[lineage[-1]] == 1 else "/".join(lineage)
        for lineage in lineages
    }
