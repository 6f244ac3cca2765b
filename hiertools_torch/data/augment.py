"""Random affine maps and flips of a whole batch at once, keyed by (seed, epoch, image)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["affine_maps", "augment", "draw_maps"]

DEGREES = 15.0
SHIFT = 0.1
SCALE = (0.9, 1.1)
SHEAR = 10.0


def draw_maps(n: int, seed: int, epoch: int) -> NDArray[np.float32]:
    """Draw the random numbers of one epoch: row i belongs to image i, whatever batch it is in.

    Parameters
    ----------
    n : int
        Number of images of the data set.
    seed, epoch : int
        Key of the numbers.

    Returns
    -------
    ndarray of float32, shape (n, 6)
        Uniform in [0, 1): angle, shift across, shift down, scale, shear, flip.
    """
    return np.random.default_rng([seed, epoch, 1]).random((n, 6), dtype=np.float32)


def affine_maps(u: Tensor) -> Tensor:
    """Turn uniform numbers into maps from output to input coordinates.

    The forward map of an image is shear, scale, rotation and shift, as in torchvision's
    ``RandomAffine(degrees=15, translate=(0.1, 0.1), scale=(0.9, 1.1), shear=10)``, then a
    horizontal flip with probability 1/2.

    Parameters
    ----------
    u : Tensor (B, 6)
        Rows of `draw_maps`.

    Returns
    -------
    Tensor (B, 2, 3)
        Inverse maps in coordinates that run from -1 to 1, as ``affine_grid`` takes them.
    """
    angle = (2 * u[:, 0] - 1) * math.radians(DEGREES)
    # An image is 2 units wide, so a shift by a tenth of the width is 0.2.
    shift = (2 * u[:, 1:3] - 1) * 2 * SHIFT
    scale = SCALE[0] + (SCALE[1] - SCALE[0]) * u[:, 3]
    shear = torch.tan((2 * u[:, 4] - 1) * math.radians(SHEAR))
    flip = torch.where(u[:, 5] < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle), torch.sin(angle)
    # Inverse of scale * rotation * shear: unshear after turning back.
    inverse = torch.stack([cos + shear * sin, sin - shear * cos, -sin, cos], dim=1)
    linear = (inverse / scale[:, None]).reshape(-1, 2, 2)
    moved = -(linear @ shift.unsqueeze(2))
    maps = torch.cat([linear, moved], dim=2)
    # The flip comes last in the forward map, so first in the inverse: it mirrors the output's x.
    return maps * torch.stack([flip, torch.ones_like(flip), torch.ones_like(flip)], 1).unsqueeze(1)


def augment(
    images: Tensor, u: Tensor, interpolation: str = "bilinear", fill: Sequence[float] = ()
) -> Tensor:
    """Map each image of a batch by its own random map.

    Parameters
    ----------
    images : Tensor (B, planes, side, side)
        Float images in [0, 1].
    u : Tensor (B, 6)
        Rows of `draw_maps` for these images.
    interpolation : {"bilinear", "nearest"}
        How pixels between pixels are found.
    fill : sequence of float, length planes
        The colour of what comes from outside; black without it.

    Returns
    -------
    Tensor (B, planes, side, side)
    """
    maps = affine_maps(u).to(images.dtype)
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)
    if not any(fill):
        return F.grid_sample(images, grid, mode=interpolation, align_corners=False)
    # What comes from outside is 0, so that colour is made 0 meanwhile.
    colour = torch.tensor(fill, dtype=images.dtype, device=images.device).reshape(-1, 1, 1)
    return F.grid_sample(images - colour, grid, mode=interpolation, align_corners=False) + colour
