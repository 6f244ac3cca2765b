"""What interrupts a long computation, and how to go on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

__all__ = ["when_stopped"]


@contextlib.contextmanager
def when_stopped(how_to_go_on: str) -> Iterator[None]:
    """Note on what interrupts the block how to go on: the command line says so."""
    try:
        yield
    except KeyboardInterrupt as stop:
        stop.add_note(how_to_go_on)
        raise
