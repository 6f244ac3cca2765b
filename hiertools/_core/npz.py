"""``.npz`` files: read without pickles, and refused where damaged."""

from __future__ import annotations

import contextlib
import math
import os
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core.files import TOO_LARGE
from hiertools._core.memory import require
from hiertools._core.seal import check_members, check_seal
from hiertools.errors import FileFormatError, HiertoolsError


@contextlib.contextmanager
def open_npz(path: str | os.PathLike[str]) -> Iterator[Mapping[str, NDArray[Any]]]:
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
            raise FileFormatError(f"{failure}: {first_line(cause)}") from None
        yield _Members(path, archive)


_BARE = b"\x93NUMPY"


class _Members(Mapping[str, NDArray[Any]]):
    """The arrays of an archive by their names, without the ending that numpy gives them."""

    def __init__(self, path: str | os.PathLike[str], archive: zipfile.ZipFile) -> None:
        self.path, self.archive = path, archive
        self.names = {name.removesuffix(".npy"): name for name in archive.namelist()}
        self.read: dict[str, NDArray[Any]] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:  # Mapping's own would read it
        return name in self.names

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self.read:
            self.read[name] = self._read(self.names[name])
        return self.read[name]

    def _read(self, name: str) -> NDArray[Any]:
        failure = f"{self.path}: is not a readable .npz file: {name!r}"
        try:
            with self.archive.open(name) as member:
                shape, dtype = _header(member)
                if dtype.hasobject:
                    raise FileFormatError(
                        f"{self.path}: holds pickled objects, which could run code and are never "
                        "loaded; save plain arrays (names as an array of text, dtype str)."
                    )
                said = math.prod(shape) * dtype.itemsize
                held = self.archive.getinfo(name).file_size - member.tell()
                if min(shape, default=0) < 0 or said != held:
                    raise FileFormatError(
                        f"{failure} says that it is an array of shape {shape} of {dtype}, "
                        f"{said:,} bytes, and holds {held:,}."
                    )
                require(said, f"{name!r} of {self.path}", TOO_LARGE)
                member.seek(0)
                return np.lib.format.read_array(member, allow_pickle=False)
        except HiertoolsError:
            raise
        except Exception as cause:  # noqa: BLE001
            raise FileFormatError(f"{failure}: {first_line(cause)}") from None


def _header(member: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and type that a member tells; numpy reads them without making anything."""
    version = np.lib.format.read_magic(member)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
    else:
        shape, _, dtype = np.lib.format.read_array_header_2_0(member)
    return shape, dtype


def names_in(held: Mapping[str, NDArray[Any]], path: str | os.PathLike[str]) -> list[str]:
    """Return the class names of a ``.npz`` file, which must be text."""
    names = held["classes"]
    if names.dtype.kind != "U":
        raise FileFormatError(
            f"{path}: 'classes' must be text, but it is an array of {names.dtype}; save the names "
            "as np.array(names, dtype=str), where names is a list of str."
        )
    return [str(name) for name in names.ravel()]


def first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
