"""A target: a reader, and what is expected of what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Target:
    """What is given inputs.

    Attributes
    ----------
    name : str
        What it is called on the screen, in files, and by ``--only``.
    reads : str
        What the page says that it reads.
    run : function of an input and a folder
        Reads the input, writing it to the folder first where it must be a file; what is returned is
        held against what must be so (`oracle.expect`).
    covers : tuple of str
        The readers, schemes and formats that this tries; `inventory.py` lists those there are.
    words : tuple of str
        What stands in such inputs often.
    needs : tuple of str
        Libraries beyond the core.
    """

    name: str
    reads: str
    run: Callable[[bytes, Path], None]
    covers: tuple[str, ...]
    words: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
