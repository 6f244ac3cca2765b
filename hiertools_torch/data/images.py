"""Where images come from: a tensor in memory, or files that worker processes decode.

Either gives uint8 tensors (B, planes, side, side) for given positions. Nothing here is random, so
the number of workers changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from hiertools._core.checks import name_list
from hiertools._core.memory import refuse_lack
from hiertools._core.pictures import bits_of, planes_of
from hiertools.errors import FileFormatError
from hiertools_torch.data.base import ImageSource
from hiertools_torch.data.loading import fetched

__all__ = ["InMemory", "OnDisk", "grey", "image_sizes", "in_memory"]

LUMA = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in grey."""


def grey(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn images in colour, (N, 3, side, side), into grey ones, (N, 1, side, side)."""
    luma = np.array(LUMA, dtype=np.float32).reshape(3, 1, 1)
    mixed: NDArray[np.float32] = (images * luma).sum(1, keepdims=True)
    return mixed.round().astype(np.uint8)


class InMemory:
    """Images in one uint8 tensor (N, planes, side, side)."""

    def __init__(self, images: Tensor) -> None:
        self.images = images
        self.planes = int(images.shape[1])

    def __len__(self) -> int:
        return len(self.images)

    def batches(
        self,
        positions: Sequence[NDArray[np.int64]],
        workers: int = 0,
        key: tuple[int, ...] = (),
    ) -> Iterator[Tensor]:
        """Yield the images of each array of positions; no worker is needed."""
        for where in positions:
            yield self.images[torch.tensor(where, device=self.images.device)]

    def identity(self) -> Iterator[bytes]:
        """Yield all pixels."""
        yield np.ascontiguousarray(self.images.numpy()).tobytes()


class OnDisk(Dataset[Tensor]):
    """Image files, decoded and scaled to a square when they are asked for."""

    def __init__(self, paths: Sequence[Path], side: int, planes: int) -> None:
        self.paths = list(paths)
        self.side = side
        self.planes = planes

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, position: int) -> Tensor:
        return _decode(self.paths[position], self.side, self.planes)

    def batches(
        self, positions: Sequence[NDArray[np.int64]], workers: int, key: tuple[int, ...] = ()
    ) -> Iterator[Tensor]:
        """Yield decoded images; with workers, some batches ahead of the training loop."""
        yield from fetched(self, [[int(i) for i in where] for where in positions], workers)

    def identity(self) -> Iterator[bytes]:
        """Yield name and size of every file, which is quick and changes when files do."""
        for path in self.paths:
            yield f"{path.parent.name}/{path.name}\0{path.stat().st_size}\n".encode()


def in_memory(source: ImageSource, workers: int) -> InMemory:
    """Decode everything once."""
    n = len(source)
    blocks = np.array_split(np.arange(n), max(1, -(-n // 256)))
    return InMemory(torch.cat(list(source.batches(blocks, workers))))


def _decode(path: Path, side: int, planes: int) -> Tensor:
    from PIL import Image

    try:
        with Image.open(path) as image:
            pixels = planes_of(image, "L" if planes == 1 else "RGB")
            square = pixels.resize((side, side), Image.Resampling.BILINEAR)
    except Exception as cause:  # noqa: BLE001  (a damaged image can raise nearly anything)
        refuse_lack(cause, f"Image {str(path)!r}: to decode it")
        raise FileFormatError(
            f"Image {str(path)!r} does not decode ({cause}); replace it, or leave such images out "
            "with on_bad_image='skip'."
        ) from None
    array = np.asarray(square, dtype=np.uint8).reshape(side, side, planes)
    return torch.from_numpy(array.transpose(2, 0, 1).copy())


def image_sizes(
    paths: Sequence[Path], *, on_bad: str
) -> tuple[NDArray[np.float64], NDArray[np.bool_], tuple[str, ...]]:
    """Return height and width of each image, which of them to keep, and a note on the others.

    With ``on_bad="error"`` only headers are read: a broken image is met when it is decoded. With
    ``"skip"`` every image is decoded once, and the broken ones are named, counted and left out.

    Returns
    -------
    sizes : ndarray of float64, shape (N, 2)
        Height and width in pixels, 1 for images that do not decode.
    good : ndarray of bool, shape (N,)
        Images to keep.
    notes : tuple of str
        One each if images are left out, and if some have 16 bits.
    """
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda path: _header(path, full=on_bad == "skip"), paths))
    good = np.array([header.usable for header in found], dtype=bool)
    bad = [str(path) for path, kept in zip(paths, good) if not kept]
    several = f"{len(bad)} of {len(paths)} images"
    if bad and on_bad == "error":
        raise FileFormatError(
            f"{several} do not decode: {name_list(bad)}{_why(found)}; replace them, or leave "
            "them out with on_bad_image='skip'."
        )
    sizes = np.array([header.size for header in found], dtype=np.float64).reshape(-1, 2)
    deep = sum(header.bits == 16 for header in found)
    notes = []
    if bad:
        notes.append(f"{several} do not decode, left out: {name_list(bad)}{_why(found)}")
    if deep:
        notes.append(
            f"{deep} of {len(paths)} images have 16 bits a pixel and are read as 8, with 65535 for "
            "white; where the camera's own white is less, scale them before"
        )
    return sizes, good, tuple(notes)


class Header(NamedTuple):
    """What an image file says of itself, 1 x 1 and no bits if it does not decode."""

    size: tuple[int, int] = (1, 1)
    bits: int = 0

    @property
    def usable(self) -> bool:
        """Whether its pixels can be had with eight bits."""
        return self.bits in (8, 16)


def _why(headers: Sequence[Header]) -> str:
    """Say what is wrong with images that are whole."""
    floats = sum(header.bits == 32 for header in headers)
    told = f"{floats} of them hold floats or 32 bits a pixel, so nothing tells what is white"
    return f"; {told}: save them with 8 or 16 bits" if floats else ""


def _header(path: Path, *, full: bool) -> Header:
    from PIL import Image

    try:
        with Image.open(path) as image:
            if full:
                image.load()
            return Header((image.height, image.width), bits_of(image))
    except Exception as cause:  # noqa: BLE001  (as above)
        refuse_lack(cause, f"Image {str(path)!r}: to decode it")
        return Header()
