"""Several parts in one input: each begins with a line ``%% name``; what stands before has none."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

_LINE = re.compile(rb"(?:^|\n)%% ([A-Za-z0-9_.=-]{1,40})\n")


def parts(data: bytes) -> dict[str, bytes]:
    r"""Return the parts of an input by their names, the unnamed first one under "".

    Examples
    --------
    >>> parts(b"abc\n%% one\n1\n%% two\n2")
    {'': b'abc', 'one': b'1', 'two': b'2'}
    """
    first, *rest = _LINE.split(data)
    found = {"": first} if first else {}
    for name, content in zip(rest[::2], rest[1::2], strict=True):
        found[name.decode()] = content
    return found


def bundled(contents: Mapping[str, bytes]) -> bytes:
    """Return the input that has these parts."""
    named = {**contents}
    first = named.pop("", b"")
    return first + b"".join(b"\n%% " + name.encode() + b"\n" + named[name] for name in named)


def archive(contents: Mapping[str, bytes], folder: str = "", ending: str = "") -> bytes:
    """Return a ``.zip`` whose members these are, with right check sums."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in contents.items():
            packed.writestr(f"{folder}{name}{ending}", content)
    return file.getvalue()


def unfold(contents: Mapping[str, bytes], folder: Path) -> Path:
    """Write the parts as files of a folder that holds nothing else, and return it."""
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        if file.is_file():
            file.unlink()
    for name, content in contents.items():
        # A name that an earlier input's folder has would be refused here, not by a reader.
        if name.strip(".") and not (folder / name).is_dir():
            (folder / name).write_bytes(content)
    return folder
