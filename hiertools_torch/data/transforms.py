"""Augmentation by transforms of torchvision, or of a user's own: image by image, keyed.

Each image has random states of its own, decided by (seed, epoch, image): so no batch, process or
stop changes what an image becomes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hiertools._core.checks import need
from hiertools.errors import OptionError
from hiertools_torch._core.randomness import keyed_randomness

__all__ = ["Transform", "named_transform", "transformed"]

Transform = Callable[[Tensor], Any]

OF_TORCHVISION = {"trivial": "TrivialAugmentWide", "randaugment": "RandAugment"}
"""Transforms of ``torchvision.transforms.v2``, by what a config calls them."""


def named_transform(name: str, fill: Sequence[float] = ()) -> Transform | None:
    """Return the transform that a config names; None for those that are none of torchvision's.

    What comes from outside an image has the colour `fill`, given as of floats; it is black without.
    """
    if name not in OF_TORCHVISION:
        return None
    v2 = need("torchvision.transforms.v2", "vision", f"augment={name!r}")
    kind = getattr(v2, OF_TORCHVISION[name])
    if not any(fill):
        transform: Transform = kind()
        return transform
    of_floats, of_bytes = kind(fill=list(fill)), kind(fill=[round(255 * value) for value in fill])
    return lambda image: (of_bytes if image.dtype == torch.uint8 else of_floats)(image)


def transformed(
    images: Tensor, transform: Transform, positions: NDArray[np.int64], key: tuple[int, ...]
) -> Tensor:
    """Return the images (B, planes, h, w) of some positions, each transformed by itself.

    Raises
    ------
    OptionError
        The transform fails, or gives no image of as many colour planes, or images of several sizes.
    """
    found: list[Tensor] = []
    for image, position in zip(images, positions.tolist()):
        with keyed_randomness(*key, position, 2):  # 0 and 1 key the order and the affine maps
            try:
                new = transform(image)
            except Exception as cause:
                raise OptionError(
                    f"augment fails on an image of shape {tuple(image.shape)}: "
                    f"{type(cause).__name__}: {cause}."
                ) from cause
        first = found[0] if found else new
        if (
            not isinstance(new, Tensor)
            or new.ndim != 3
            or len(new) != len(image)
            or (new.shape, new.dtype) != (first.shape, first.dtype)
        ):
            seen = f"{tuple(new.shape)}" if isinstance(new, Tensor) else type(new).__name__
            raise OptionError(
                f"augment must turn images of shape {tuple(image.shape)} into tensors of as many "
                f"colour planes, all of one size and dtype; it gave {seen}."
            )
        found.append(new)
    return torch.stack(found)
