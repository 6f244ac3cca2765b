"""The batches of an epoch: their order, and each on its way to the device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hiertools_torch._core.randomness import mixed
from hiertools_torch.data.augment import draw_maps
from hiertools_torch.data.images import InMemory
from hiertools_torch.data.transforms import Transform, transformed
from hiertools_torch.training.forward import log_sizes, prepare

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from hiertools_torch.config import Config
    from hiertools_torch.data import ImageData

__all__ = ["Batch", "epoch_batches", "keep_on_device", "shares"]

KEPT_ON_DEVICE = 2 << 30
"""Images in memory of up to so many bytes are copied to a GPU once."""


class Batch(NamedTuple):
    """What one process sees of a batch, ready for the model.

    ``weight`` makes the mean over processes of the weighted losses the mean over the global batch.
    """

    pixels: Tensor
    labels: Tensor
    log_sizes: Tensor | None
    weight: float
    seed: int

    def cut(self, parts: int) -> list[Batch]:
        """Return so many parts of about one size, whose weights add up to this one's."""
        n = len(self.labels)
        size = -(-n // parts)
        return [
            self._replace(
                pixels=self.pixels[i : i + size],
                labels=self.labels[i : i + size],
                log_sizes=None if self.log_sizes is None else self.log_sizes[i : i + size],
                weight=self.weight * min(size, n - i) / n,
            )
            for i in range(0, n, size)
        ]


def epoch_batches(
    positions: NDArray[np.int64], size: int, seed: int, epoch: int, least: int = 1
) -> list[NDArray[np.int64]]:
    """Return the batches of an epoch, in an order that (seed, epoch) alone decides.

    A rest of fewer than `least` images is left out.
    """
    order = np.random.default_rng([seed, epoch, 0]).permutation(positions)
    batches = [order[i : i + size] for i in range(0, len(order), size)]
    return [batch for batch in batches if len(batch) >= least]


def shares(
    fabric: Fabric,
    config: Config,
    data: ImageData,
    batches: Sequence[NDArray[np.int64]],
    epoch: int,
    start: int,
    transform: Transform | None = None,
    fill: Sequence[float] = (),
) -> Iterator[Batch]:
    """Yield this process's share of each batch of an epoch, from step `start` on.

    `transform` augments where the config has no affine maps, which bring in the colour `fill`.
    """
    rank, world = fabric.global_rank, fabric.world_size
    todo = batches[start:]
    mine = [batch[rank::world] for batch in todo]
    maps = draw_maps(len(data.labels), config.seed, epoch) if config.augment == "affine" else None
    of_steps = zip(todo, mine, data.source.batches(mine, config.workers, (config.seed, epoch)))
    for step, (batch, where, images) in enumerate(of_steps, start):
        if transform is not None:
            images = transformed(images, transform, where, (config.seed, epoch))
        u = None if maps is None else fabric.to_device(torch.from_numpy(maps[where]))
        yield Batch(
            pixels=prepare(fabric.to_device(images), config.pixels, u, config.interpolation, fill),
            labels=fabric.to_device(torch.from_numpy(data.labels[where])),
            log_sizes=log_sizes(fabric, data, where),
            weight=len(where) * world / len(batch),
            seed=mixed(config.seed, epoch, step, rank),
        )


def keep_on_device(fabric: Fabric, data: ImageData) -> None:
    """Copy the images to the GPU, if there is one and they are in memory and small enough."""
    source = data.source
    if (
        fabric.device.type == "cuda"
        and isinstance(source, InMemory)
        and source.images.nbytes <= KEPT_ON_DEVICE
    ):
        source.images = fabric.to_device(source.images)
