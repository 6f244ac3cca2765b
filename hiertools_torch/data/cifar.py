"""CIFAR-100 from its python archive, read without running anything that the pickles ask for."""

from __future__ import annotations

import io
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hiertools.errors import FileFormatError
from hiertools_torch.data.images import InMemory
from hiertools_torch.data.load import RawData

__all__ = ["read_cifar100", "read_pickle"]

SIDE = 32
FOLDER = "cifar-100-python"

ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}
"""All that a pickled numpy array of numbers needs; anything else is refused."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        # Both spellings of the same function, whichever this numpy has.
        if name == "_reconstruct":
            from numpy._core import multiarray

            return multiarray._reconstruct
        return super().find_class(module, name)


def read_pickle(content: bytes, where: str) -> Any:
    """Unpickle plain containers and numpy arrays, and nothing else.

    Raises
    ------
    FileFormatError
        The pickle is damaged, or asks for anything but numpy arrays.
    """
    try:
        # The archive was written by Python 2, whose texts are bytes.
        return _Unpickler(io.BytesIO(content), encoding="latin1").load()
    except pickle.UnpicklingError as cause:
        raise FileFormatError(
            f"{where} can't be trusted or is damaged: {cause}, but CIFAR-100 holds only numpy "
            "arrays and lists; download it again from its home page."
        ) from None
    except Exception as cause:  # a damaged pickle can raise nearly anything
        raise FileFormatError(
            f"{where} is truncated or no pickle ({type(cause).__name__}: {cause}); download it "
            "again."
        ) from None


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
    files = {name: _content(Path(root), name) for name in ("train", "test", "meta")}
    train, train_labels, train_coarse = _part(files["train"], f"{root}: train")
    test, test_labels, test_coarse = _part(files["test"], f"{root}: test")
    meta = read_pickle(files["meta"], f"{root}: meta")
    try:
        classes = tuple(str(name) for name in meta["fine_label_names"])
        groups = tuple(str(name) for name in meta["coarse_label_names"])
    except (KeyError, TypeError):
        raise FileFormatError(
            f"{root}: meta lacks fine_label_names or coarse_label_names; is this CIFAR-100?"
        ) from None
    labels = np.concatenate([train_labels, test_labels])
    images = np.concatenate([train, test])
    if labels.max(initial=0) >= len(classes):
        raise FileFormatError(f"{root}: a label is {labels.max()}, but meta names {len(classes)}.")
    if planes == 1:
        luma = np.array([0.299, 0.587, 0.114], dtype=np.float32).reshape(3, 1, 1)
        images = (images * luma).sum(1, keepdims=True).round().astype(np.uint8)
    return RawData(
        source=InMemory(torch.from_numpy(images)),
        labels=labels,
        classes=classes,
        tree=_coarse_tree(classes, groups, labels, np.concatenate([train_coarse, test_coarse])),
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
) -> Any:
    """Build the two-level tree that the coarse labels describe."""
    from hiertools import ClassTree

    group_of = dict(zip(labels.tolist(), coarse.tolist()))
    return ClassTree.from_lineages(
        {name: (groups[group_of[i]], name) for i, name in enumerate(classes) if i in group_of}
    )


def _content(root: Path, name: str) -> bytes:
    """Return one file of the archive, packed or not."""
    if not root.exists():
        raise FileFormatError(f"root={str(root)!r} does not exist; give the CIFAR-100 archive.")
    archives = [root] if root.is_file() else sorted(root.glob(f"{FOLDER}.tar*"))
    for folder in (root, root / FOLDER):
        if (folder / name).is_file():
            return (folder / name).read_bytes()
    for archive in archives:
        try:
            with tarfile.open(archive) as packed:
                member = packed.extractfile(f"{FOLDER}/{name}")
                if member is not None:
                    return member.read()
        except (tarfile.TarError, EOFError, KeyError, OSError) as cause:
            raise FileFormatError(
                f"{archive} is truncated or no CIFAR-100 archive: {cause}; download it again."
            ) from None
    raise FileFormatError(
        f"{root} holds no file {name!r}; give cifar-100-python.tar.gz or the folder {FOLDER}."
    )


def _part(
    content: bytes, where: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    table = read_pickle(content, where)
    try:
        data = np.asarray(table["data"])
        fine = np.asarray(table["fine_labels"], dtype=np.int64)
        coarse = np.asarray(table["coarse_labels"], dtype=np.int64)
    except (KeyError, TypeError, ValueError):
        raise FileFormatError(
            f"{where} lacks data, fine_labels or coarse_labels; is this CIFAR-100?"
        ) from None
    if (
        data.dtype != np.uint8
        or data.shape != (len(fine), 3 * SIDE * SIDE)
        or len(coarse) != len(fine)
    ):
        raise FileFormatError(
            f"{where}: data must be uint8 of shape ({len(fine)}, {3 * SIDE * SIDE}), one row a "
            f"label; got {data.dtype} of shape {data.shape}."
        )
    return data.reshape(-1, 3, SIDE, SIDE), fine, coarse
