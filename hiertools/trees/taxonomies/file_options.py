"""Files of trees whose options are written behind their path, as on a command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from hiertools.errors import OptionError
from hiertools.trees.files import read_tree
from hiertools.trees.tree import ClassTree

__all__ = ["OPTIONS", "from_file", "how_to_write"]


def _text(value: str) -> str:
    return value


def _truth(value: str) -> bool:
    return {"true": True, "yes": True, "false": False, "no": False}[value.lower()]


def _listed(value: str) -> list[str]:
    return [] if value == "[]" else value.split(",")


OPTIONS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "format": (_text, "text"),
    "header": (_truth, "true or false"),
    "delimiter": (_text, "text"),
    "separator": (_text, "text"),
    "missing": (_listed, "words parted by commas, or [] for none"),
    "ranks": (_listed, "names parted by commas"),
    "rank_order": (_listed, "names parted by commas"),
    "multiple_parents": (_text, "text"),
    "tree": (int, "a whole number"),
    "lengths": (_truth, "true or false"),
    "missing_length": (float, "a number"),
    "negative": (_text, "text"),
    "names": (_text, "text"),
    "extensions": (_listed, "endings parted by commas"),
}
"""Options of `read_tree` that a text can say: what makes a value of it, and what it must be."""

_ADVISED = re.compile(rf"\b({'|'.join(OPTIONS)})=(?:'([^']+)'|([\w.\[\]-]+))?")


def from_file(path: str, /, **options: Any) -> ClassTree:
    r"""Read a tree from a file or folder by `read_tree`, with its options as text.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "two.nwk"
    >>> _ = path.write_text("((lynx,puma),wolf);\n(lynx,(puma,wolf));")
    >>> from_file(str(path), tree="1").to_newick()
    '(lynx,(puma,wolf));'
    """
    given = {}
    for name, value in options.items():
        if name not in OPTIONS:
            raise OptionError(
                f"'file:' has no option {name!r}; valid ones: {', '.join(map(repr, OPTIONS))}."
            )
        make, kind = OPTIONS[name]
        try:
            given[name] = make(value) if isinstance(value, str) else value
        except (KeyError, ValueError):
            raise OptionError(
                f"the option {name!r} of 'file:' must be {kind}; got {value!r}."
            ) from None
    return read_tree(path, **given)


def how_to_write(message: str, path: str) -> str:
    """Return how an option that a message advises is written behind a path, "" if none is.

    Examples
    --------
    >>> how_to_write("say which to read with tree=0 or tree=1, or keep one.", "two.nwk")
    'file:two.nwk?tree=0'
    >>> how_to_write("pass negative='zero'", "a.nwk"), how_to_write("it is empty", "a.nwk")
    ('file:a.nwk?negative=zero', '')
    """
    found = _ADVISED.search(message)
    if found is None:
        return ""
    name, quoted, bare = found.groups()
    return f"file:{path}?{name}={quoted or (bare or '').rstrip('.') or '...'}"
