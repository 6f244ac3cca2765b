"""Whether what a file holds is of the kinds that it is written with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["NAME", "fits"]

NAME = re.compile(r"\w[\w.+=@-]*")
"""Names that are parts of file names on every system."""


MOST = 2**63
"""Beyond what counts, scores and seconds are."""


def fits(value: Any, kind: Any) -> bool:
    """Say whether a value read from JSON is of a kind.

    Parameters
    ----------
    value
        What was read.
    kind
        A type or several (``int | None``), or ``object`` for anything; a pattern of a whole text;
        ``[kind]``, a list of such; ``(kind, ...)``, a list of just these; ``{"key": kind}``, an
        object that has these keys; ``{str: kind}``, an object whose values are all such.

    Examples
    --------
    >>> fits({"runs": [["a", 1]], "more": 2}, {"runs": [(NAME, int)]})
    True
    >>> fits(True, int), fits(float("inf"), float), fits({"a": None}, {str: int | None})
    (False, False, True)
    """
    if isinstance(kind, re.Pattern):
        return isinstance(value, str) and kind.fullmatch(value) is not None
    if isinstance(kind, Mapping):
        if not isinstance(value, dict):
            return False
        if str in kind:
            return all(fits(each, kind[str]) for each in value.values())
        return all(key in value and fits(value[key], of) for key, of in kind.items())
    if isinstance(kind, list):
        return isinstance(value, list) and all(fits(each, kind[0]) for each in value)
    if isinstance(kind, tuple):
        several = isinstance(value, list) and len(value) == len(kind)
        return several and all(fits(each, of) for each, of in zip(value, kind, strict=True))
    # To Python, True is a whole number; to JSON it is none. Tables hold numbers of 64 bits.
    if kind is not object and isinstance(value, int | float):
        return (
            isinstance(value, kind)
            and isinstance(value, bool) is (kind is bool)
            and (abs(value) < MOST)
        )
    return isinstance(value, kind)
