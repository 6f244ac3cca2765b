"""``.npz`` files: written and read without pickles, and refused where damaged."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hiertools._core.broken import first_line
from hiertools._core.files import TOO_LARGE, atomic_write
from hiertools._core.memory import refuse_lack, require
from hiertools._core.seal import check_members, check_seal, seal
from hiertools.errors import FileFormatError, HiertoolsError


@contextlib.contextmanager
def open_npz(path: str | os.PathLike[str]) -> Iterator[NpzFile]:
    """Open a ``.npz`` file as a mapping of its arrays, each read when it is first asked for.

    Pickles, damage, and what is no such file are refused; so is a member that says it is larger
    than it is, or than memory can hold, before anything is made for it.
    """
    failure = f"{path}: is not a readable .npz file"
    with contextlib.ExitStack() as opened:
        try:
            file = opened.enter_context(open(path, "rb"))
            sealed = check_seal(file, failure)
            if file.read(len(_BARE)) == _BARE:
                raise FileFormatError(
                    f"{path}: holds one bare array, not the arrays of a .npz file."
                )
            archive = opened.enter_context(zipfile.ZipFile(file))
            if not sealed:
                check_members(archive, failure)
        except FileFormatError:
            raise
        except Exception as cause:  # noqa: BLE001  (a damaged archive can raise nearly anything)
            refuse_lack(cause, f"{path}: reading it")
            raise FileFormatError(f"{failure}: {first_line(cause)}") from None
        yield NpzFile(path, archive)


_BARE = b"\x93NUMPY"


class NpzFile(Mapping[str, NDArray[Any]]):
    """The arrays of an archive by their names, without the ending that numpy gives them."""

    def __init__(self, path: str | os.PathLike[str], archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive
        self._names = {name.removesuffix(".npy"): name for name in archive.namelist()}
        self._read: dict[str, NDArray[Any]] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:  # Mapping's own would read it
        return name in self._names

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._read:
            with self._member(name) as (member, header):
                require(header.bytes, f"{name!r} of {self._path}", TOO_LARGE)
                member.seek(0)
                array = np.lib.format.read_array(member, allow_pickle=False)
                if array.dtype.kind == "U" and array.nbytes:
                    _refuse_no_text(array)
                self._read[name] = array
        return self._read[name]

    def table(self, name: str) -> NpzTable | None:
        """Return a member as a table; None where it is none that can be read row by row."""
        if name not in self:
            return None
        with self._member(name) as (_, header):
            plain = header.dtype.kind in "biuf" and len(header.shape) == 2 and header.bytes
            return NpzTable(self, name, header) if plain and not header.by_column else None

    @contextlib.contextmanager
    def _member(self, name: str) -> Iterator[tuple[IO[bytes], _Header]]:
        """Open a member behind its header; tell what is wrong with it, also while it is read."""
        failure = f"{self._path}: is not a readable .npz file: {self._names[name]!r}"
        try:
            with self._archive.open(self._names[name]) as member:
                header = _header(member)
                if header.dtype.hasobject:
                    raise FileFormatError(
                        f"{self._path}: holds pickled objects, which could run code and are never "
                        "loaded; save plain arrays (names as an array of text, dtype str)."
                    )
                if math.prod(header.shape) and not header.dtype.itemsize:
                    raise FileFormatError(
                        f"{failure} says that it is an array of shape {header.shape} whose entries "
                        "take no memory, so it holds nothing; save it anew."
                    )
                held = self._archive.getinfo(self._names[name]).file_size - member.tell()
                if min(header.shape, default=0) < 0 or header.bytes != held:
                    raise FileFormatError(
                        f"{failure} says that it is an array of shape {header.shape} of "
                        f"{header.dtype}, {header.bytes:,} bytes, and holds {held:,}."
                    )
                yield member, header
        except HiertoolsError:
            raise
        except Exception as cause:  # noqa: BLE001
            refuse_lack(cause, f"{self._path}: reading {name!r}")
            raise FileFormatError(f"{failure}: {first_line(cause)}") from None


def _refuse_no_text(array: NDArray[np.str_]) -> None:
    """Refuse numbers that no character has, of which Python can't make a text."""
    numbers = array.ravel().view(f"{array.dtype.byteorder}u4")
    if numbers.max() > sys.maxunicode:
        raise ValueError("it holds a character that there is not")


class NpzTable:
    """A two-dimensional array of an open ``.npz`` file, read from its first row to its last."""

    def __init__(self, file: NpzFile, name: str, header: _Header) -> None:
        self._file, self._name = file, name
        self.shape, self.dtype = header.shape, header.dtype

    def blocks(self, rows: int) -> Iterator[NDArray[Any]]:
        """Yield blocks of at most so many rows."""
        n, width = self.shape
        with self._file._member(self._name) as (member, _):  # noqa: SLF001  (two halves of one)
            for start in range(0, n, rows):
                count = min(rows, n - start) * width
                read = member.read(count * self.dtype.itemsize)
                yield np.frombuffer(read, self.dtype, count).reshape(-1, width)


class _Header(NamedTuple):
    """What an array says of itself before its numbers."""

    shape: tuple[int, ...]
    by_column: bool
    dtype: np.dtype[Any]

    @property
    def bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def _header(member: IO[bytes]) -> _Header:
    """Read a header; numpy makes nothing of the size that it tells."""
    version = np.lib.format.read_magic(member)
    if version == (1, 0):
        return _Header(*np.lib.format.read_array_header_1_0(member))
    return _Header(*np.lib.format.read_array_header_2_0(member))


def save_npz(
    path: str | os.PathLike[str], arrays: Mapping[str, NDArray[Any]], *, compressed: bool = True
) -> None:
    """Write arrays and a digest of them, whole or not at all, without pickles.

    The archive is that of `numpy.savez`, to the byte. Before 2.0, numpy left it open where the disk
    is full, and Python complained of it later.
    """
    packing = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with atomic_write(path, "wb") as file:
        with zipfile.ZipFile(file, "w", packing) as archive:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)
        seal(file)


def names_in(held: Mapping[str, NDArray[Any]], path: str | os.PathLike[str]) -> list[str]:
    """Return the class names of a ``.npz`` file, which must be text."""
    names = held["classes"]
    if names.dtype.kind != "U":
        raise FileFormatError(
            f"{path}: 'classes' must be text, but it is an array of {names.dtype}; save the names "
            "as np.array(names, dtype=str), where names is a list of str."
        )
    return [str(name) for name in names.ravel()]
