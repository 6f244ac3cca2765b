"""A job: work that is killed again and again, and what must hold whenever it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Digests = dict[str, str]
"""What a folder holds, by the names of files; what may differ (times) is left out."""


@dataclass(frozen=True)
class Job:
    """Work in a folder that may be killed at any moment.

    Attributes
    ----------
    name : str
    prepare : function of a folder
        Makes there, once, what the work needs; what it returns is handed to the others.
    act : function of that and of a folder
        The work; called again where it was killed, it goes on or does it again. One that never
        ends of itself (``endless``) writes one file in turn with two contents.
    look : function of that and of a folder
        Reads every file that is there, raises an error if one is damaged, and returns how far the
        work had come, in a word or two.
    digests : function of a folder
    endless : bool
    """

    name: str
    prepare: Callable[[Path], Any]
    act: Callable[[Any, Path], None]
    look: Callable[[Any, Path], str]
    digests: Callable[[Path], Digests]
    endless: bool = False
