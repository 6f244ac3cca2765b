"""Arguments that carry a name: NAME=FILE."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from hiertools.errors import OptionError

_NAMED = re.compile(r"([^=:?/\\]+)=(.+)")
"""NAME=FILE. A source such as ``torch:model.pt?layer=fc`` is no name and a file."""


def named(source: str) -> tuple[str, str] | None:
    """Return what stands before and after the = of NAME=FILE; a file of that name has none."""
    found = None if os.path.exists(source) else _NAMED.fullmatch(source)
    return None if found is None else (found[1], found[2])


def named_files(sources: Iterable[str], what: str) -> dict[str, str]:
    """Return sources by their names, or by those of their files; two of one name are refused.

    Examples
    --------
    >>> named_files(["wordnet=w.csv", "visual.nwk"], "the trees")
    {'wordnet': 'w.csv', 'visual': 'visual.nwk'}
    """
    found: dict[str, str] = {}
    for text in sources:
        name, source = named(text) or (Path(text).stem, text)
        if name in found:
            raise OptionError(
                f"two of {what} are called {name!r}; give them names, as in NAME={source}."
            )
        found[name] = source
    return found
