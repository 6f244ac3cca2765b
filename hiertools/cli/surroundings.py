"""What a command finds around it: streams, the width of the terminal, and where drawings go."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LEAST_WIDTH = 40
"""Columns for which text is made at least. In a few, help is not made in any time, in none, not at
all; and some terminals say that they have none."""


@contextmanager
def standing() -> Iterator[None]:
    """Have all three streams stand: one that is closed (``>&-``, a service) leads nowhere.

    Else the next file that is opened would get its number, and what a library prints there would
    be written into that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # gets the least free number
    with contextlib.ExitStack() as opened:
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:
                nowhere = opened.enter_context(open(os.devnull, "w", encoding="utf-8"))
                opened.callback(setattr, sys, name, None)
                setattr(sys, name, nowhere)
        yield


@contextmanager
def surroundings() -> Iterator[None]:
    """Have a command draw without a screen, and write text for a terminal of some width.

    A command shows no figure, whatever ``MPLBACKEND`` says: notebooks set it for every command that
    is called from them, to what may be installed for the notebook alone.
    """
    found = {"MPLBACKEND": "agg"}
    told = os.environ.get("COLUMNS", "")
    columns = shutil.get_terminal_size().columns
    said = told.isascii() and told.isdigit()
    if columns < LEAST_WIDTH or (said and int(told) < LEAST_WIDTH):
        found["COLUMNS"] = str(max(columns, LEAST_WIDTH))
    before = {name: os.environ.get(name) for name in found}
    os.environ.update(found)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
