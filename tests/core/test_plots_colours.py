"""Colours as people see them who lack green or red cones, and how they stand out on a page."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from hiertools.plots import style
from hiertools.plots.blame import shade

SEEN = {
    "all cones": np.eye(3),
    "no green cones": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no red cones": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}  # fmt: skip
"""Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, on linear RGB."""

TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]


def linear(ink) -> np.ndarray:
    share = np.array(to_rgb(ink))
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(ink, cones: str) -> np.ndarray:
    """Return where a colour lies in CIE Lab under D65, as it is seen."""
    xyz = np.array(TO_XYZ) @ np.clip(np.array(SEEN[cones]) @ linear(ink), 0, 1)
    xyz /= [0.95047, 1.0, 1.08883]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def closest(inks, cones: str) -> float:
    places = [lab(ink, cones) for ink in inks]
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(places, 2))


@pytest.mark.parametrize("cones", SEEN)
def test_colours_are_told_apart(cones):
    assert closest(style.PALETTE, cones) > 12
    assert closest(style.PALETTE[:6], cones) > 18
    assert closest([shade()(x) for x in (0.0, 0.25, 0.5, 0.75, 1.0)], cones) > 15


def test_colours_stand_out_on_white_and_on_black():
    for ink in style.PALETTE:
        bright = float(np.array(TO_XYZ)[1] @ linear(ink))
        assert 1.05 / (bright + 0.05) > 2.8
        assert (bright + 0.05) / 0.05 > 3.0
