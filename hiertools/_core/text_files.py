"""Files of text, however they were packed and encoded: one door for all of them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from hiertools._core.files import bounded_blocks, read_bytes
from hiertools.errors import FileFormatError, TooLargeError

__all__ = ["ending_of", "read_text", "why_unreadable", "without_mark"]

_PACKED: tuple[tuple[bytes, Callable[[IO[bytes]], io.BufferedIOBase]], ...] = (
    (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\0", lzma.LZMAFile),
    (b"\x5d\0\0", lzma.LZMAFile),
)
"""How packed files begin, and what unpacks them; their names don't matter."""

_PACKED_ENDINGS = (".gz", ".bz2", ".xz", ".lzma")

_UNPACK, _SAVE = "unpack it first", "save the table in it as CSV"
_FOREIGN = (
    (b"\x28\xb5\x2f\xfd", "packed by zstandard, which is not read", _UNPACK),
    (b"\x04\x22\x4d\x18", "packed by lz4, which is not read", _UNPACK),
    (b"\x1f\x9d", "packed by compress, which is not read", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive, not text", _UNPACK),
    (b"Rar!\x1a\x07", "a rar archive, not text", _UNPACK),
    (b"PAR1\x15", "a Parquet file, not text", _SAVE),
    (b"ARROW1\0\0", "an Arrow file, not text", _SAVE),
    (b"SQLite format 3\0", "a database, not text", _SAVE),
    (b"%PDF-", "a PDF, not text", _SAVE),
    (b"RDX2\n", "a workspace of R, not text", _SAVE),
    (b"RDX3\n", "a workspace of R, not text", _SAVE),
    (b"X\n\0\0\0", "an object of R, not text", _SAVE),
    (
        b"version https://git-lfs.github.com/",
        "a pointer that Git LFS has put in place of the file",
        "fetch the file by `git lfs pull`",
    ),
)
"""How files that are no text begin, packed or not, what they are, and what to do."""

_TAR = (b"ustar\x0000", b"ustar  \0")
"""What stands at the 257th byte of an archive, by POSIX and by GNU."""

_MARKS = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),  # what Excel calls "Unicode text"
    (b"\xfe\xff", "utf-16"),
)


def ending_of(path: str | os.PathLike[str]) -> str:
    """Return what a file's ending says of its content: lower case, without that of a packer.

    Examples
    --------
    >>> ending_of("tree.NWK"), ending_of("vectors.tsv.gz")
    ('.nwk', '.tsv')
    """
    path = Path(path)
    if path.suffix.lower() in _PACKED_ENDINGS:
        path = path.with_suffix("")
    return path.suffix.lower()


def read_text(path: str | os.PathLike[str]) -> str:
    """Return a text file's content, or say why it is none.

    UTF-8, or UTF-16 and UTF-32 as their first bytes tell; packed by gzip, bzip2 or xz or not.
    """
    raw = _unpacked(read_bytes(path), path)
    _refuse_foreign(raw, path)
    if not raw or raw.isspace():
        raise FileFormatError(f"{str(path)!r} is empty.")
    encoding = _encoding(raw)
    if encoding == "utf-8-sig" and b"\0" in raw[:8192]:
        raise FileFormatError(f"{str(path)!r} is a binary file, not text.")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as cause:
        if encoding != "utf-8-sig":
            raise FileFormatError(
                f"{str(path)!r} begins as {encoding.upper()} text but is none; save it as UTF-8."
            ) from None
        raise FileFormatError(
            f"{str(path)!r} is not UTF-8 text: byte {cause.start} is 0x{raw[cause.start]:02x}; "
            "save it as UTF-8."
        ) from None
    text = text.lstrip("\ufeff")  # some programs put a second mark in front of the first
    if not text.strip():
        raise FileFormatError(f"{str(path)!r} is empty.")
    return text


def without_mark(text: str) -> str:
    """Return a text without the mark of its encoding, which ``open(path).read()`` leaves there."""
    return text.removeprefix("\ufeff")


def why_unreadable(cause: Exception) -> str:
    """Return what a parser of JSON, YAML or TOML says, without Python's advice on itself."""
    if isinstance(cause, RecursionError):
        return "it is nested deeper than Python can read"
    return str(cause).partition(";")[0]


def _unpacked(raw: bytes, path: str | os.PathLike[str]) -> bytes:
    for begins, unpack in _PACKED:
        if raw.startswith(begins):
            try:
                # Block by block: a few kilobytes may hold more than any machine has.
                file = unpack(io.BytesIO(raw))
                return b"".join(bounded_blocks(file, f"{str(path)!r}, unpacked,"))
            except TooLargeError:
                raise
            except MemoryError:  # what is unpacked is bounded; .xz and .lzma ask for more beside
                raise TooLargeError(
                    f"{str(path)!r} says that it is packed with a dictionary that takes more "
                    "memory than is free; unpack it first, or use a machine with more."
                ) from None
            except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as cause:
                raise FileFormatError(
                    f"{str(path)!r} is packed but damaged ({cause}); copy or pack it again."
                ) from None
    if raw.startswith(b"PK\x03\x04"):
        excel = Path(path).suffix.lower() in (".xlsx", ".xlsm", ".ods")
        advice = "save the sheet as CSV" if excel else "unpack it first"
        what = "a spreadsheet" if excel else "a zip archive"
        raise FileFormatError(f"{str(path)!r} is {what}, not text; {advice}.")
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileFormatError(f"{str(path)!r} is a spreadsheet, not text; save the sheet as CSV.")
    return raw


def _refuse_foreign(raw: bytes, path: str | os.PathLike[str]) -> None:
    """Refuse what is known to be no text, by its name."""
    for begins, what, advice in _FOREIGN:
        if raw.startswith(begins):
            raise FileFormatError(f"{str(path)!r} is {what}; {advice}.")
    if any(raw.startswith(begins) for begins, _ in _PACKED):
        raise FileFormatError(f"{str(path)!r} is packed more than once; unpack it first.")
    if raw[257:265] in _TAR:  # with a zero byte, which no text holds
        raise FileFormatError(f"{str(path)!r} is a tar archive, not text; unpack it first.")


def _encoding(raw: bytes) -> str:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return encoding
    # Without a mark: in UTF-16, every other byte of what is written in Latin letters is 0.
    start = raw[:4096]
    even, odd = start[::2], start[1::2]
    if start and len(raw) % 2 == 0:
        if not any(odd) and even.count(0) == 0:
            return "utf-16-le"
        if not any(even) and odd.count(0) == 0:
            return "utf-16-be"
    return "utf-8-sig"
