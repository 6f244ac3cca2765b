"""What interrupts a long computation, and how to go on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

__all__ = ["raise_stop_behind", "when_stopped"]


@contextlib.contextmanager
def when_stopped(how_to_go_on: str) -> Iterator[None]:
    """Note on what interrupts the block how to go on: the command line says so."""
    try:
        yield
    except KeyboardInterrupt as stop:
        stop.add_note(how_to_go_on)
        raise


def raise_stop_behind(error: BaseException) -> None:
    """Raise what had interrupted the code that, while it was put in order, raised this error.

    Raises
    ------
    KeyboardInterrupt
        If there is one.
    """
    stop = error.__context__
    while stop is not None and not isinstance(stop, KeyboardInterrupt):
        stop = stop.__context__
    if stop is not None:
        raise stop from None
