"""Where images come from: a tensor in memory, or files that worker processes decode.

Either gives uint8 tensors (B, planes, side, side) for given positions. Nothing here is random, so
the number of workers changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from hiertools._core.checks import name_list
from hiertools._core.memory import refuse_lack
from hiertools.errors import FileFormatError, HiertoolsError
from hiertools_torch.data.base import ImageSource

__all__ = ["InMemory", "OnDisk", "fetched", "grey", "image_sizes", "in_memory"]

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


def fetched(
    dataset: Dataset[Tensor], batches: Sequence[Sequence[Any]], workers: int
) -> Iterator[Tensor]:
    """Yield the items of each batch as one tensor, which worker processes fetch if there are any.

    A worker's error comes with its traceback as text; its last line alone is raised.
    """
    loader: Any = DataLoader(
        dataset,
        batch_sampler=batches,  # type: ignore[arg-type]
        num_workers=workers,
        pin_memory=torch.cuda.is_available(),
    )
    try:
        yield from loader
    except HiertoolsError as cause:
        last = str(cause).strip().splitlines()[-1].partition("Error: ")[2]
        raise type(cause)(last or str(cause)) from None


def in_memory(source: ImageSource, workers: int) -> InMemory:
    """Decode everything once."""
    n = len(source)
    blocks = np.array_split(np.arange(n), max(1, -(-n // 256)))
    return InMemory(torch.cat(list(source.batches(blocks, workers))))


def _decode(path: Path, side: int, planes: int) -> Tensor:
    from PIL import Image

    try:
        with Image.open(path) as image:
            pixels = image.convert("L" if planes == 1 else "RGB")
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
        One note if images are left out.
    """
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda path: _size(path, full=on_bad == "skip"), paths))
    good = np.array([size is not None for size in found], dtype=bool)
    bad = [str(path) for path, kept in zip(paths, good) if not kept]
    if bad and on_bad == "error":
        raise FileFormatError(
            f"{len(bad)} of {len(paths)} images do not decode: {name_list(bad)}; replace them, or "
            "leave them out with on_bad_image='skip'."
        )
    sizes = np.array([size or (1, 1) for size in found], dtype=np.float64).reshape(-1, 2)
    notes = (f"{len(bad)} of {len(paths)} images do not decode, left out: {name_list(bad)}",)
    return sizes, good, notes if bad else ()


def _size(path: Path, *, full: bool) -> tuple[int, int] | None:
    from PIL import Image

    try:
        with Image.open(path) as image:
            if full:
                image.load()
            return image.height, image.width
    except Exception as cause:  # noqa: BLE001  (as above)
        refuse_lack(cause, f"Image {str(path)!r}: to decode it")
        return None
