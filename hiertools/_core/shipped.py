"""Where the shipped files lie, and how they are read."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hiertools.errors import FileFormatError

DATA = Path(__file__).parents[1] / "datasets" / "data"


def shipped(name: str) -> Path:
    """Path of one shipped file."""
    path = DATA / name
    if not path.is_file():
        raise FileFormatError(
            f"{name} is missing from {DATA}: the installation is incomplete; install hiertools "
            "again."
        )
    return path


def from_nibbles(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bytes of two 4-bit levels, the first in the upper half, to bytes of one level, 0 to 255.

    Examples
    --------
    >>> from_nibbles(np.array([[0x0F, 0xF0]], dtype=np.uint8))
    array([[  0, 255, 255,   0]], dtype=uint8)
    """
    levels = np.empty((*packed.shape, 2), dtype=np.uint8)
    levels[..., 0] = packed >> 4
    levels[..., 1] = packed & 15
    levels *= 17  # level 15 is 255
    return levels.reshape(*packed.shape[:-1], -1)


def read_rows(name: str) -> list[dict[str, str]]:
    """Rows of a shipped CSV file."""
    with shipped(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
