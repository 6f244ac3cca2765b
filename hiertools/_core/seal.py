"""A digest inside a zip archive (``.npz``, ``.pt``): a file that knows whether it is whole.

The digest stands in the archive's comment, which is its last part and read by nothing else, so any
program still opens the file. It covers every byte before it, names and sizes too, and is written in
one go with them: the two can't get out of step.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from typing import IO

from hiertools.errors import FileFormatError

__all__ = ["check_members", "check_seal", "file_digest", "seal"]

MARK = b"hiertools sha256 "
LENGTH = len(MARK) + 64

END = b"PK\x05\x06"
END_LENGTH = 22
"""Signature and length of the last record of an archive without a comment."""

BLOCK = 1 << 20


def seal(file: IO[bytes]) -> None:
    """Write the digest behind a zip archive that was just written to `file`, open as ``"w+b"``.

    Examples
    --------
    >>> import io, zipfile
    >>> file = io.BytesIO()
    >>> with zipfile.ZipFile(file, "w") as archive:
    ...     archive.writestr("a.txt", "content")
    >>> seal(file)
    >>> check_seal(file, "a.zip can't be read")
    True
    """
    end = file.seek(0, os.SEEK_END) - END_LENGTH
    file.seek(max(end, 0))
    record = file.read()
    if record[:4] != END or record[-2:] != b"\0\0":
        raise ValueError("only a zip archive without a comment can be sealed.")
    file.seek(-2, os.SEEK_END)
    file.write(LENGTH.to_bytes(2, "little"))
    digest = _digest(file, end + END_LENGTH)
    file.seek(0, os.SEEK_END)
    file.write(MARK + digest)


def check_seal(file: IO[bytes], failure: str) -> bool:
    """Say whether a file carries a digest; `file` is left at its beginning.

    Raises
    ------
    FileFormatError
        The digest is not that of the content; the message begins with `failure`.
    """
    content = file.seek(0, os.SEEK_END) - LENGTH
    file.seek(max(content - END_LENGTH, 0))
    tail = file.read()
    # The last record of the archive says how long the comment behind it is, even if that was cut.
    end = tail.rfind(END)
    promised = end >= 0 and tail[end + 20 : end + 22] == LENGTH.to_bytes(2, "little")
    comment = tail[-LENGTH:]
    sealed = comment.startswith(MARK)
    if (sealed and _digest(file, content) != comment[len(MARK) :]) or (promised and not sealed):
        raise FileFormatError(
            f"{failure}: it is damaged, its content is not that which its digest was written for; "
            "take it from a copy, or make it again."
        )
    file.seek(0)
    return sealed


def check_members(archive: zipfile.ZipFile, failure: str) -> None:
    """Check an archive without a digest as far as its own check sums reach.

    Whoever reads a member only in part, as numpy does where a damaged header tells a smaller shape,
    doesn't meet the check sum at its end; and a damaged directory may swallow some members.

    Raises
    ------
    FileFormatError
        A check sum, or the number of members, is wrong; the message begins with `failure`.
    """
    assert archive.fp is not None
    size = archive.fp.seek(0, os.SEEK_END)
    archive.fp.seek(max(size - END_LENGTH - len(archive.comment), 0))
    promised = int.from_bytes(archive.fp.read(END_LENGTH)[10:12], "little")
    found = len(archive.infolist())
    if promised not in (found, 0xFFFF):  # the latter: too many for this record
        raise FileFormatError(f"{failure}: it holds {found} members and says {promised}.")
    damaged = archive.testzip()
    if damaged is not None:
        raise FileFormatError(f"{failure}: the check sum of {damaged!r} is wrong.")


def file_digest(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file, as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(file: IO[bytes], length: int) -> bytes:
    """Return the SHA-256 of the first `length` bytes, in hexadecimal digits."""
    digest = hashlib.sha256()
    file.seek(0)
    while length > 0:
        block = file.read(min(BLOCK, length))
        if not block:
            break
        digest.update(block)
        length -= len(block)
    return digest.hexdigest().encode()
