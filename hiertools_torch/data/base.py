"""The nouns of training data: where images come from, what a reader finds, what is trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from hiertools._core.doors import behind_doors

if TYPE_CHECKING:
    from torch import Tensor

    from hiertools import ClassTree

__all__ = ["ImageData", "ImageSource", "RawData"]


class ImageSource(Protocol):
    """Images by position."""

    planes: int

    def __len__(self) -> int:
        """Return the number of images."""

    def batches(
        self, positions: Sequence[NDArray[np.int64]], workers: int, key: tuple[int, ...] = ()
    ) -> Iterator[Tensor]:
        """Yield one tensor (B, planes, side, side) for each array of positions.

        It is of uint8, or of floats as they are. The key decides, with the position, what a data
        set of a user's own draws at random; others draw nothing.
        """

    def identity(self) -> Iterator[bytes]:
        """Yield bytes that change when the images do, for the digest of the data."""


@dataclass(frozen=True, eq=False)
class RawData:
    """What a reader finds: images, labels by name, the tree and the parts it knows of.

    ``parts`` maps "train", "validation" and "test" to positions; a missing one is split off.
    """

    source: ImageSource
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    tree: ClassTree | None
    parts: Mapping[str, NDArray[np.int64]]
    sizes: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of classes, labels and images."""
        found = hashlib.sha256("\0".join(self.classes).encode())
        found.update(np.ascontiguousarray(self.labels, dtype="<i8").tobytes())
        for piece in self.source.identity():
            found.update(piece)
        return found.hexdigest()


@behind_doors
@dataclass(frozen=True, eq=False)
class ImageData:
    """Images of classes in a tree, and which of them are for training, validation and testing.

    Attributes
    ----------
    name : str
        Name of the data set.
    source : ImageSource
        Gives images as tensors (B, planes, side, side) of uint8 (or, for data of your own, of
        floats) by position.
    labels : ndarray of int64, shape (N,)
        Position of each image's class in `classes`.
    classes : tuple of str, length C
        Class names, sorted (for data of your own: in the order of their labels).
    tree : ClassTree
        Tree of exactly these classes.
    parts : mapping of str to ndarray of int64
        Positions of the images of "train", "validation" and "test"; only "train" is never empty.
    log_sizes : ndarray of float32, shape (N, 2), or None
        Natural logarithm of height and width in pixels before scaling.
    notes : tuple of str
        What was left out, or is unusual.
    digest : str
        SHA-256 of labels and images (of names and sizes of files, for images on disk; of 16 images
        evenly spread, for data of your own).
    """

    name: str
    source: ImageSource
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    tree: ClassTree
    parts: Mapping[str, NDArray[np.int64]]
    log_sizes: NDArray[np.float32] | None = None
    notes: tuple[str, ...] = ()
    digest: str = field(default="")

    def counts(self, part: str = "train") -> NDArray[np.int64]:
        """Return the number of images of each class in a part, shape (C,)."""
        return np.bincount(self.labels[self.parts[part]], minlength=len(self.classes))
