"""``-``: what comes through a pipe, in place of a file."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hiertools._core.files import atomic_write, bounded_blocks
from hiertools.errors import HiertoolsError, OptionError

NAME = "standard input"


@contextmanager
def readable(path: str) -> Iterator[str]:
    """Yield the path, or for ``-`` that of a file of what standard input holds.

    Its ending follows from how it begins; messages say nothing of where it lies.
    """
    if path != "-":
        yield path
        return
    source = getattr(sys.stdin, "buffer", None)
    if source is None or sys.stdin.isatty():
        raise OptionError(f"- means {NAME}, and nothing is piped there; name a file.")
    data = b"".join(bounded_blocks(source, NAME))
    if not data.strip():
        raise OptionError(f"{NAME} is empty.")
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder) / f"standard-input{ending(data)}"
        with atomic_write(held, "wb") as file:
            file.write(data)
        try:
            yield str(held)
        except HiertoolsError as error:
            raise type(error)(str(error).replace(f"{folder}{os.sep}", "")) from None


def ending(data: bytes) -> str:
    """Return the ending of files that begin like this.

    Examples
    --------
    >>> ending(b"((a,b),c);"), ending(b'{"hiertools": 1}'), ending(b"class,family")
    ('.nwk', '.json', '.csv')
    """
    begins = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:6]
    if begins.upper() == b"#NEXUS":
        return ".nex"
    for start, kind in ((b"PK", ".npz"), (b"{", ".json"), (b"(", ".nwk"), (b"[", ".nwk")):
        if begins.startswith(start):
            return kind
    return ".tsv" if b"\t" in data.partition(b"\n")[0] else ".csv"
