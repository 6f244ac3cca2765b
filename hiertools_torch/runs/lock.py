"""One training or export at a time in a folder.

The lock is the operating system's: it ends with the process that holds it, however that ends, so a
file left by a killed run never blocks.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from hiertools.errors import OptionError
from hiertools_torch.errors import TrainingError

__all__ = ["LOCK", "holder", "locked", "sign"]

LOCK = "run.lock"
"""The locked file; it holds the process that locked it last."""


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder, which is made if it is missing, for this thread alone.

    A folder that was made here, and in which nothing was written, is removed again.

    Raises
    ------
    OptionError
        Another process, or another thread of this one, holds it.
    TrainingError
        It can't be made or locked.
    """
    path = folder / LOCK
    lock = FileLock(path, on_acquired=sign)
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        raise OptionError(
            f"Run folder {folder} is in use: {holder(path)} trains or exports there. Wait until "
            "it ends, or give another --out."
        ) from None
    except OSError as cause:
        raise TrainingError(
            f"Run folder {folder} can't be locked: {cause.strerror or cause}. Give an --out where "
            "files can be written and locked."
        ) from None
    try:
        yield
    finally:
        # Removed before it is released, so that nobody can come to hold a file that is gone.
        empty = made and [file.name for file in folder.glob("*")] == [LOCK]
        with contextlib.suppress(OSError):
            if empty:
                path.unlink()
        lock.release()
        with contextlib.suppress(OSError):
            if empty:
                folder.rmdir()


def sign(descriptor: int) -> None:
    """Write into the locked file who holds it."""
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode())


def holder(path: Path) -> str:
    """Name the process that holds the lock, as far as the file can be read."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        text = ""
    return text if re.fullmatch(r"process \d+ on \S+", text) else "another process"
