"""Augmentation: the maps are those of a reference, and belong to the image, not to its batch."""

from __future__ import annotations

import math

import numpy as np
import torch

import hiertools as ht
from hiertools_torch.config import Config, recorded
from hiertools_torch.data import load_data
from hiertools_torch.data.augment import affine_maps, augment, draw_maps
from hiertools_torch.data.base import ImageData
from hiertools_torch.data.images import InMemory
from hiertools_torch.data.transforms import named_transform
from hiertools_torch.training.forward import background


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


def test_what_comes_from_outside_has_the_colour_asked_for():
    """By definition: the image and a mask of it are mapped alike, and the rest is of the colour."""
    images, u = torch.rand(20, 3, 9, 9), torch.from_numpy(draw_maps(20, 0, 0))
    colour = torch.tensor([1.0, 0.5, 0.0]).reshape(3, 1, 1)
    for interpolation in ("bilinear", "nearest"):
        found = augment(images, u, interpolation, (1.0, 0.5, 0.0))
        inside = augment(torch.ones_like(images), u, interpolation)
        expected = augment(images, u, interpolation) + (1 - inside) * colour
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)
        assert torch.equal(augment(images, u, interpolation, (0.0, 0.0, 0.0)),
                           augment(images, u, interpolation))  # fmt: skip
    plain = colour.expand(20, 3, 9, 9)
    torch.testing.assert_close(augment(plain, u, fill=(1.0, 0.5, 0.0)), plain)


def in_memory(images):
    """Return data of one class whose images are a tensor."""
    n = len(images)
    labels, tree = np.zeros(n, dtype=np.int64), ht.ClassTree.from_newick("(a);")
    return ImageData("own", InMemory(images), labels, ("a",), tree, {"train": np.arange(n)})


def test_the_background_is_the_colour_of_most_outermost_pixels():
    assert background(load_data(Config(data="emoji")), 32) == (1.0, 1.0, 1.0)
    assert background(load_data(Config(subset="cat,dog")), 28) == (0.0,)
    random = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (50, 3, 8, 8), np.uint8))
    assert background(in_memory(random), 8) == (0.0, 0.0, 0.0)
    # What is inside doesn't matter, nor do a few images on another ground, nor a little noise.
    noise = np.random.default_rng(1).integers(-3, 4, random.shape)
    grey = torch.from_numpy((200 + noise).astype(np.uint8))
    grey[:, :, 1:-1, 1:-1] = random[:, :, 1:-1, 1:-1]
    grey[::3] = random[::3]
    found = background(in_memory(grey), 8)
    assert all(abs(255 * value - 200) <= 3 for value in found)
    # Floats of any range are judged by that.
    of_floats = background(in_memory(grey.double() * 10 - 500), 8)
    assert np.allclose(of_floats, [2550 * value - 500 for value in found])


def test_transforms_of_torchvision_fill_with_the_background_too():
    white = torch.full((1, 12, 12), 255, dtype=torch.uint8)
    for name in ("trivial", "randaugment"):
        for image, grey in ((white, 51), (white / 255, 0.2)):
            torch.manual_seed(0)
            corners = [
                {round(each(image)[0, 0, 0].item(), 6) for _ in range(40)}
                for each in (named_transform(name, (0.2,)), named_transform(name))
            ]
            assert grey in corners[0]
            assert grey not in corners[1]
            assert 0 in corners[1]


def test_runs_made_before_there_was_a_choice_were_filled_with_black():
    def of_then(**options):
        values = Config(**options).to_dict()
        del values["fill"]
        return recorded(values).fill

    assert of_then(data="emoji") == of_then(data="cifar100", root="x", augment="trivial")
    assert of_then(data="emoji") == "black"
    # Where nothing comes in, or black is the background, both are the same.
    for options in ({"data": "quickdraw"}, {"data": "emoji", "epochs": 0},
                    {"data": "emoji", "augment": "none"}):  # fmt: skip
        assert of_then(**options) == "background"
