"""JSON of which every text can be written to files and tables."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["read_json"]

_MAYBE_HALF = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
"""What stands in JSON for a part of a character; two of them may be a whole one."""


def read_json(text: str | bytes, **options: Any) -> Any:
    r"""Return what JSON holds, as `json.loads`, refusing halves of characters.

    They can be escaped in JSON, and then neither a file nor pandas' columns of text take them.

    Raises
    ------
    ValueError, RecursionError

    Examples
    --------
    >>> read_json(r'["\ud83e\udd86", "\\ud83e"]')
    ['🦆', '\\ud83e']
    >>> read_json(r'["\ud83e"]')
    Traceback (most recent call last):
        ...
    ValueError: it holds '\ud83e', half of a character
    """
    held = json.loads(text, **options)
    shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
    if _MAYBE_HALF.search(shown):
        try:
            json.dumps(held, ensure_ascii=False).encode()
        except UnicodeEncodeError as cause:
            half = cause.object[cause.start]
            raise ValueError(f"it holds {half!r}, half of a character") from None
    return held
