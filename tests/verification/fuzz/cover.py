"""Which lines of hiertools an input reaches, and the few inputs that reach all of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import hiertools

Line = tuple[str, int]

_ROOTS = tuple(
    f"{Path(hiertools.__file__).parents[1] / name}/" for name in ("hiertools", "hiertools_torch")
)


def lines_of(run: Callable[[], object]) -> set[Line]:
    """Return the lines of hiertools that run while a function is called."""
    found: set[Line] = set()
    known: dict[CodeType, bool] = {}

    def inside(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            found.add((frame.f_code.co_filename, frame.f_lineno))
        return inside

    def entered(frame: FrameType, event: str, _: Any) -> Any:
        code = frame.f_code
        if code not in known:
            known[code] = code.co_filename.startswith(_ROOTS)
        return inside if known[code] else None

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        run()
    finally:
        sys.settrace(before)
    return found


def few(
    reached: Mapping[str, set[Line]], sizes: Mapping[str, int], always: Iterable[str], most: int
) -> list[str]:
    """Return names of inputs that reach most of the lines: `always`, and small ones beside.

    Parameters
    ----------
    reached : mapping
        The lines that each input reaches.
    sizes : mapping
        The bytes of each.
    always : iterable of str
        What is kept whatever it reaches.
    most : int
        Bytes that the others may take in all.
    """
    kept = list(always)
    lines = set().union(*(reached[name] for name in kept))
    for name in sorted(set(reached) - set(kept), key=lambda name: (sizes[name], name)):
        if reached[name] - lines and sizes[name] <= most:
            kept.append(name)
            lines |= reached[name]
            most -= sizes[name]
    return kept
