"""CIFAR-100 from its python archive, read without running anything that the pickles ask for."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hiertools._core.checks import class_names
from hiertools._core.files import named_path
from hiertools._core.memory import refuse_lack
from hiertools.errors import FileFormatError
from hiertools_torch.data.base import RawData
from hiertools_torch.data.images import InMemory, grey
from hiertools_torch.data.pickles import read_pickle, short

__all__ = ["read_cifar100", "read_pickle"]

SIDE = 32
FOLDER = "cifar-100-python"

LARGEST = 1 << 30
"""No file of the archive has so many bytes; the largest has 155 million."""


def read_cifar100(root: str | Path, *, planes: int = 3) -> RawData:
    """Read CIFAR-100 (Krizhevsky 2009) with its own training and test images.

    Parameters
    ----------
    root : str or Path
        ``cifar-100-python.tar.gz``, the folder ``cifar-100-python``, or the folder with either.
    planes : int
        3 for colour, 1 for greyscale.

    Returns
    -------
    RawData
        Images of 32 x 32 pixels, the 100 fine classes, and a tree of the 20 coarse classes.

    Raises
    ------
    FileFormatError
        A file is missing, truncated, or holds something else.
    """
    files = _contents(named_path(root, "root"), ("train", "test", "meta"))
    train, train_labels, train_coarse = _part(files["train"], f"{root}: train")
    test, test_labels, test_coarse = _part(files["test"], f"{root}: test")
    meta = read_pickle(files["meta"], f"{root}: meta")
    classes = _names(meta, "fine_label_names", f"{root}: meta")
    groups = _names(meta, "coarse_label_names", f"{root}: meta")
    labels = np.concatenate([train_labels, test_labels])
    coarse = np.concatenate([train_coarse, test_coarse])
    images = np.concatenate([train, test])
    for found, names, kind in ((labels, classes, "fine"), (coarse, groups, "coarse")):
        if found.max(initial=0) >= len(names):
            raise FileFormatError(
                f"{root}: a {kind} label is {found.max()}, but meta names {len(names)}."
            )
    if planes == 1:
        images = grey(images)
    return RawData(
        source=InMemory(torch.from_numpy(images)),
        labels=labels,
        classes=classes,
        tree=_coarse_tree(classes, groups, labels, coarse, str(root)),
        parts={
            "train": np.arange(len(train)),
            "test": np.arange(len(train), len(images)),
        },
    )


def _coarse_tree(
    classes: tuple[str, ...],
    groups: tuple[str, ...],
    labels: NDArray[np.int64],
    coarse: NDArray[np.int64],
    where: str,
) -> Any:
    """Build the two-level tree that the coarse labels describe."""
    from hiertools import ClassTree

    group_of: dict[int, int] = {}
    for label, group in np.unique(np.stack([labels, coarse], axis=1), axis=0).tolist():
        if group_of.setdefault(label, group) != group:
            raise FileFormatError(
                f"{where}: images of the class {classes[label]!r} have two coarse labels, "
                f"{groups[group_of[label]]!r} and {groups[group]!r}; download it again."
            )
    return ClassTree.from_lineages(
        {name: (groups[group_of[i]], name) for i, name in enumerate(classes) if i in group_of}
    )


def _contents(root: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """Return the files of the archive, packed or not."""
    if not root.exists():
        raise FileFormatError(f"root={str(root)!r} does not exist; give the CIFAR-100 archive.")
    for folder in (root, root / FOLDER):
        if any((folder / name).is_file() for name in names):
            return {name: _unpacked(folder, name) for name in names}
    archives = [root] if root.is_file() else sorted(root.glob(f"{FOLDER}.tar*"))
    if not archives:
        raise _missing(root, names[0])
    try:
        found = _packed(archives[0], names)
    except Exception as cause:  # noqa: BLE001  (a damaged archive can raise nearly anything)
        refuse_lack(cause, f"{archives[0]}: reading it")
        raise FileFormatError(
            f"{archives[0]} is truncated or no CIFAR-100 archive: {short(cause)}; download it "
            "again."
        ) from None
    for name in names:
        if name not in found:
            raise _missing(archives[0], name)
    return found


def _unpacked(folder: Path, name: str) -> bytes:
    file = folder / name
    if not file.is_file():
        raise _missing(folder, name)
    try:
        return file.read_bytes()
    except OSError as cause:
        raise FileFormatError(f"{file} can't be read: {cause.strerror or cause}.") from None


def _packed(archive: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    wanted = {f"{FOLDER}/{name}": name for name in names}
    found = {}
    with tarfile.open(archive) as packed:
        for member in packed:
            if member.name not in wanted:
                continue
            # Links could go round in circles, and holes cost nothing to pack.
            if not member.isreg() or member.issparse() or member.size > LARGEST:
                raise ValueError(f"{member.name} is no plain file of up to {LARGEST:,} bytes")
            held = packed.extractfile(member)
            assert held is not None
            found[wanted[member.name]] = held.read()
        # The check sum of a packed file stands at its end, which is read by nothing else.
        assert packed.fileobj is not None
        while packed.fileobj.read(1 << 20):
            pass
    return found


def _missing(place: Path, name: str) -> FileFormatError:
    return FileFormatError(
        f"{place} holds no file {name!r}; give cifar-100-python.tar.gz or the folder {FOLDER}."
    )


def _part(
    content: bytes, where: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Return images (N, 3, side, side), fine and coarse labels of one part."""
    table = read_pickle(content, where)
    if type(table) is not dict or not {"data", "fine_labels", "coarse_labels"} <= table.keys():
        raise FileFormatError(
            f"{where} lacks data, fine_labels or coarse_labels; is this CIFAR-100?"
        )
    data = table["data"]
    if not isinstance(data, np.ndarray):
        raise FileFormatError(f"{where}: data must be a numpy array; is this CIFAR-100?")
    fine = _labels(table["fine_labels"], f"{where}: fine_labels")
    coarse = _labels(table["coarse_labels"], f"{where}: coarse_labels")
    if (
        data.dtype != np.uint8
        or data.shape != (len(fine), 3 * SIDE * SIDE)
        or len(coarse) != len(fine)
    ):
        raise FileFormatError(
            f"{where}: data must be uint8 of shape ({len(fine)}, {3 * SIDE * SIDE}), one row a "
            f"label; got {data.dtype} of shape {data.shape}, and {len(coarse)} coarse labels."
        )
    return data.reshape(-1, 3, SIDE, SIDE), fine, coarse


def _labels(values: Any, where: str) -> NDArray[np.int64]:
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if type(values) is not list or not all(type(v) is int and 0 <= v < 1 << 31 for v in values):
        raise FileFormatError(f"{where} must be a list of whole numbers from 0; is this CIFAR-100?")
    return np.array(values, dtype=np.int64)


def _names(meta: Any, key: str, where: str) -> tuple[str, ...]:
    names = meta.get(key) if type(meta) is dict else None
    if type(names) is not list or not all(type(name) is str for name in names):
        raise FileFormatError(
            f"{where} lacks fine_label_names or coarse_label_names, lists of text; is this "
            "CIFAR-100?"
        )
    if not all(name.isprintable() for name in names):
        raise FileFormatError(f"{where}: {key} holds a name that can't be printed; download again.")
    return class_names(names, f"{where}: {key}", FileFormatError)
