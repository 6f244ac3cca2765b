"""Images to features and logits: a batch on its way to the model, and whole parts of a data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from hiertools_torch._core.sync import rows_of_all_ranks
from hiertools_torch.data.augment import augment

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from hiertools_torch.data import ImageData
    from hiertools_torch.training.model import Classifier

__all__ = ["Outputs", "background", "embed", "log_sizes", "pixel_statistics", "prepare"]

EVALUATION_BATCH = 256

NEAR = 1 / 32
"""So far from another may a pixel be that has its colour, as a share of all brightnesses."""


class Outputs(NamedTuple):
    """What a model says of some images, on the CPU, in the order asked for."""

    logits: Tensor
    features: Tensor
    labels: NDArray[np.int64]


def prepare(
    images: Tensor,
    side: int,
    maps: Tensor | None = None,
    interpolation: str = "bilinear",
    fill: Sequence[float] = (),
) -> Tensor:
    """Turn images (B, planes, h, w) into floats, scaled to `side` and augmented.

    Those of uint8 come to lie in [0, 1]; floats stay as they are.
    """
    pixels = images.float() / 255 if images.dtype == torch.uint8 else images
    if pixels.shape[-2:] != (side, side):
        pixels = F.interpolate(pixels, (side, side), mode="bilinear", antialias=True)
    return pixels if maps is None else augment(pixels, maps, interpolation, fill)


@torch.no_grad()
def embed(
    fabric: Fabric,
    model: Classifier,
    data: ImageData,
    positions: NDArray[np.int64],
    side: int,
    workers: int = 0,
) -> Outputs:
    """Return logits and features of images, in evaluation mode and without augmentation.

    Each process takes every n-th image; all get the whole result.
    """
    rank, world = fabric.global_rank, fabric.world_size
    # Padded with the first image, so that all processes have the same number of rows.
    n_rows = -(-len(positions) // world)
    padded = np.resize(positions, n_rows * world)
    mine = padded[rank::world]
    blocks = [mine[i : i + EVALUATION_BATCH] for i in range(0, len(mine), EVALUATION_BATCH)]
    was_training = model.training
    model.eval()
    logits, features = [], []
    for where, images in zip(blocks, data.source.batches(blocks, workers)):
        pixels = prepare(fabric.to_device(images), side)
        sizes = log_sizes(fabric, data, where)
        with fabric.autocast():
            _, scores, embedded = model(pixels, None, sizes)
        logits.append(scores.float())
        features.append(embedded.float())
    model.train(was_training)

    def whole(parts: list[Tensor]) -> Tensor:
        rows = rows_of_all_ranks(torch.cat(parts))
        # Rows come rank after rank; row i of rank r is image i * world + r.
        rows = rows.reshape(world, n_rows, -1).transpose(0, 1).reshape(world * n_rows, -1)
        return rows[: len(positions)].cpu()

    return Outputs(whole(logits), whole(features), data.labels[positions])


def log_sizes(fabric: Fabric, data: ImageData, where: NDArray[np.int64]) -> Tensor | None:
    """Return log height and width (B, 2) of images on the device, if the model wants them."""
    if data.log_sizes is None:
        return None
    return fabric.to_device(torch.from_numpy(data.log_sizes[where]))


def pixel_statistics(
    data: ImageData, side: int, workers: int = 0
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and deviation of each colour plane over at most 2,000 training images."""
    total = squares = torch.zeros(data.source.planes, dtype=torch.float64)
    n = 0
    for images in _some_for_training(data, 2000, side, workers):
        pixels = images.double()
        n += pixels.numel() // pixels.shape[1]
        total = total + pixels.sum((0, 2, 3))
        squares = squares + pixels.square().sum((0, 2, 3))
    mean = total / n
    deviation = (squares / n - mean.square()).clamp_min(1e-4).sqrt()
    return tuple(mean.tolist()), tuple(deviation.tolist())


def background(data: ImageData, side: int, workers: int = 0) -> tuple[float, ...]:
    """Return the colour that things in the training images stand on, by plane; black if on none.

    The median of the outermost pixels of at most 256 images, if at least half of these pixels are
    near it in every plane. Photographs mostly have no such colour.
    """
    images = torch.cat(list(_some_for_training(data, 256, side, workers)))
    planes = images.shape[1]
    rows, columns = images[:, :, [0, -1], :], images[:, :, 1:-1, [0, -1]]
    outermost = torch.cat([rows.flatten(2), columns.flatten(2)], 2).transpose(0, 1).flatten(1)
    colour = outermost.median(1).values
    near = (outermost - colour[:, None]).abs() <= NEAR * (images.max() - images.min())
    if near.all(0).float().mean() < 0.5:
        return (0.0,) * planes
    return tuple(colour.tolist())


def _some_for_training(data: ImageData, most: int, side: int, workers: int) -> Iterator[Tensor]:
    """Yield blocks of at most so many training images, evenly spread, without augmentation."""
    train = data.parts["train"]
    sample = train[:: -(-len(train) // most)]
    blocks = [sample[i : i + EVALUATION_BATCH] for i in range(0, len(sample), EVALUATION_BATCH)]
    for images in data.source.batches(blocks, workers):
        yield prepare(images, side)
