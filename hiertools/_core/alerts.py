"""Warnings that name the line of the user, however deep inside they are given."""

from __future__ import annotations

import inspect
import warnings
from types import FrameType

from hiertools.errors import HiertoolsWarning

INSIDE = ("hiertools", "hiertools_torch", "torch", "matplotlib", "contextlib")
"""Packages whose lines nobody can change who reads the warning."""


def warn(message: str) -> None:
    """Warn at the line outside the library that led here."""
    level, frame = 1, inspect.currentframe()
    while frame and frame.f_back and _package(frame) in INSIDE:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, HiertoolsWarning, stacklevel=level)


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
