"""Where compiled kernels are kept when neither the package nor the home can be written to."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import numba

__all__ = ["ensure_cache"]


def _probe() -> None:
    """Stand for a kernel: never called, only asked whether it could be kept."""


def ensure_cache() -> None:
    """Give numba a folder for compiled code if it finds none.

    Numba keeps compiled code beside the source, else in the user's cache folder, and refuses to go
    on where it can write to neither: a read-only install in a container without a home, say.
    ``NUMBA_CACHE_DIR`` comes before all of this.
    """
    try:
        numba.njit(cache=True)(_probe)
    except RuntimeError:
        numba.config.CACHE_DIR = str(_own_folder())


def _own_folder() -> Path:
    """Return a folder below the system's temporary one that nobody else can write to.

    Code is loaded from it, so a folder of the expected name that another user made is not used.
    """
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir()) / f"hiertools-numba-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
        private = os.name == "nt" or not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if stat.S_ISDIR(found.st_mode) and mine and private:
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="hiertools-numba-"))
