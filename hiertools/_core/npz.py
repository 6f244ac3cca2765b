"""``.npz`` files: read without pickles, and refused where damaged."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core.seal import check_members, check_seal
from hiertools.errors import FileFormatError


def load_npz(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a ``.npz`` file; refuse pickles, damage, and what is no such file."""
    try:
        # A file of our own: np.load leaves one open that turns out to be no archive.
        with open(path, "rb") as file:
            failure = f"{path}: is not a readable .npz file"
            sealed = check_seal(file, failure)
            with np.load(file, allow_pickle=False) as held:
                if not isinstance(held, np.lib.npyio.NpzFile):
                    raise FileFormatError(
                        f"{path}: holds one bare array, not the arrays of a .npz file."
                    )
                if not sealed and held.zip is not None:
                    check_members(held.zip, failure)
                return {name: held[name] for name in held.files}
    except FileFormatError:
        raise
    except Exception as cause:  # noqa: BLE001  (a damaged archive can raise nearly anything)
        if "pickle" in str(cause) or "Object arrays" in str(cause):
            raise FileFormatError(
                f"{path}: holds pickled objects, which could run code and are never loaded; "
                "save plain arrays (names as an array of text, dtype str)."
            ) from None
        raise FileFormatError(f"{path}: is not a readable .npz file: {first_line(cause)}") from None


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
