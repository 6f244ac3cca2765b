"""Augmentation: the maps are those of a reference, and belong to the image, not to its batch."""

from __future__ import annotations

import math

import numpy as np
import torch

from hiertools_torch.data.augment import affine_maps, augment, draw_maps


def reference(u):
    """Forward map of one image, from its definition: shear, scale and rotation, shift, flip."""
    angle, shear = math.radians(15 * (2 * u[0] - 1)), math.radians(10 * (2 * u[4] - 1))
    scale = 0.9 + 0.2 * u[3]
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    lean = np.array([[1.0, math.tan(shear)], [0.0, 1.0]])
    mirror = np.diag([-1.0 if u[5] < 0.5 else 1.0, 1.0])
    shift = 0.2 * (2 * u[1:3] - 1)
    full = np.eye(3)
    full[:2, :2] = mirror @ (scale * turn @ lean)
    full[:2, 2] = mirror @ shift
    return full


def test_maps_are_the_inverse_of_the_forward_map():
    u = np.random.default_rng(0).random((50, 6))
    maps = affine_maps(torch.from_numpy(u)).numpy()
    for row, inverse in zip(u, maps):
        np.testing.assert_allclose(inverse, np.linalg.inv(reference(row))[:2], atol=1e-12)


def test_middle_numbers_leave_the_image_and_low_flip_mirrors_it():
    images = torch.rand(2, 1, 8, 8)
    still = torch.full((2, 6), 0.5)
    still[1, 5] = 0.1
    out = augment(images, still)
    torch.testing.assert_close(out[0], images[0])
    torch.testing.assert_close(out[1], images[1].flip(-1))


def test_the_numbers_of_an_image_depend_on_seed_and_epoch_alone():
    assert np.array_equal(draw_maps(9, 3, 5), draw_maps(9, 3, 5))
    assert not np.array_equal(draw_maps(9, 3, 5), draw_maps(9, 3, 6))
    assert not np.array_equal(draw_maps(9, 3, 5), draw_maps(9, 4, 5))
    images, u = torch.rand(6, 1, 8, 8), torch.from_numpy(draw_maps(6, 0, 0))
    whole = augment(images, u)
    parts = torch.cat([augment(images[i : i + 2], u[i : i + 2]) for i in (0, 2, 4)])
    assert torch.equal(whole, parts)


def test_flips_are_half_and_values_stay_in_range():
    u = torch.from_numpy(draw_maps(4000, 0, 0))
    assert abs(float((u[:, 5] < 0.5).float().mean()) - 0.5) < 0.05
    out = augment(torch.rand(100, 3, 8, 8), u[:100])
    assert float(out.min()) >= 0
    assert float(out.max()) <= 1
