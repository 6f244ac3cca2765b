"""Where compiled kernels are kept when numba finds no place for them."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from types import FunctionType

__all__ = ["ensure_cache", "is_kept"]


def _probe() -> None:
    """Stand for a kernel: never called, only asked whether it could be kept."""


def ensure_cache() -> None:
    """Give numba a folder for compiled code if it finds none.

    Numba keeps compiled code beside the source, else in its own folder in the user's cache, and
    refuses to go on where it can write to neither: a read-only install in a container without a
    home, say. ``NUMBA_CACHE_DIR`` comes before all of this.
    """
    import numba

    try:
        if numba.config.CACHE_DIR or os.path.isabs(os.path.expanduser("~")):
            numba.njit(cache=True)(_probe)
            return
    except (RuntimeError, OSError):
        pass
    # Without a home, numba would make a folder named "~" here.
    with suppress(OSError):  # not even there: then nothing is kept
        numba.config.CACHE_DIR = str(_own_folder())


def is_kept(function: FunctionType) -> bool:
    """Tell whether a compiled form of a function lies where numba looks first, without numba.

    It may be of a former version of the source: then it is compiled anew.
    """
    code = function.__code__
    source = Path(code.co_filename)
    beginning = f"{source.stem}.{function.__qualname__}-{code.co_firstlineno}."
    named = os.environ.get("NUMBA_CACHE_DIR")
    folders = _folders_in(named) if named else [str(source.parent / "__pycache__")]
    names = (name for folder in folders for name in _names_in(folder))
    return any(name.startswith(beginning) and name.endswith(".nbi") for name in names)


def _folders_in(folder: str) -> list[str]:
    return [os.path.join(folder, name) for name in _names_in(folder)]


def _names_in(folder: str) -> list[str]:
    """Return what lies in a folder, nothing where it is none."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _own_folder() -> Path:
    """Return a folder that nobody else can write to, if possible the same the next time.

    Ours in the user's cache (numba's there may belong to root), else one below the system's
    temporary folder.
    """
    import platformdirs

    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    for folder in (
        platformdirs.user_cache_path("hiertools"),
        Path(tempfile.gettempdir()) / f"hiertools-numba-{user}",
    ):
        if folder.is_absolute() and _is_private(folder):
            return folder
    return Path(tempfile.mkdtemp(prefix="hiertools-numba-"))


def _is_private(folder: Path) -> bool:
    """Make a folder if need be; return whether this user, and nobody else, can write to it.

    Code is loaded from it, so a folder of the expected name that another user made is not used, nor
    one that another user could put theirs in the place of.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        found, above = folder.lstat(), folder.parent.stat()
    except OSError:
        return False
    if not stat.S_ISDIR(found.st_mode) or not os.access(folder, os.W_OK):
        return False
    if not hasattr(os, "getuid"):  # Windows: below the user's own folders
        return True
    shared = stat.S_IWGRP | stat.S_IWOTH
    return (
        found.st_uid == os.getuid()
        and not found.st_mode & shared
        and above.st_uid in (0, os.getuid())
        and (not above.st_mode & shared or bool(above.st_mode & stat.S_ISVTX))
    )
