"""Parts: files in the making, hidden beside their targets.

A killed process leaves its part. The next one that writes to the same target removes it, and so
parts never grow in number; but not one that somebody is writing now. To be told apart from what is
left, a part is locked as long as its writer lives, which the system sees to.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, which lets nobody remove a file that is open
    fcntl = None  # type: ignore[assignment]

__all__ = ["PARTS", "new_part", "remove_parts"]

PARTS = ".*.part"
"""The names of all parts."""

LONGEST_STEM = 200
"""Bytes of a target's name in that of its part, which no system allows more than 255."""

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_OLD = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@contextlib.contextmanager
def new_part(target: Path, rights: int) -> Iterator[tuple[int, Path]]:
    """Make the part of a file, and remove it if the block ends with an exception.

    Parameters
    ----------
    target
        The file to be, in a folder that is there.
    rights
        Those of the part, less what the user's mask takes away.

    Yields
    ------
    descriptor, path
        Of the part, open for reading and writing; whoever takes the first closes it.
    """
    descriptor, part = _made(target, rights)
    # The lock lasts until both are closed: the part is ours until it has the target's name.
    lock = os.dup(descriptor) if fcntl is not None else None
    try:
        yield descriptor, part
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    finally:
        if lock is not None:
            os.close(lock)


def remove_parts(folder: Path) -> None:
    """Remove all parts in a folder that nobody is writing."""
    for part in folder.glob(PARTS):
        _remove_left(part)


def _made(target: Path, rights: int) -> tuple[int, Path]:
    """Return the first part of a target that nobody else holds, made anew."""
    stem = target.name
    while len(os.fsencode(stem)) > LONGEST_STEM:
        stem = stem[:-1]
    for number in itertools.count():
        part = target.with_name(f".{stem}.{number}.part")
        _remove_left(part)
        try:
            descriptor = os.open(part, _NEW, rights)
        except FileExistsError:  # somebody else writes to the same target now
            continue
        if _holds(descriptor, part):
            return descriptor, part
        os.close(descriptor)
    raise AssertionError("there is always a next number")


def _remove_left(part: Path) -> None:
    """Remove a part unless somebody is writing it."""
    with contextlib.suppress(OSError):  # there is none, or another user's
        if fcntl is None:
            os.unlink(part)
            return
        descriptor = os.open(part, _OLD)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(descriptor, part):
                os.unlink(part)
        finally:
            os.close(descriptor)


def _holds(descriptor: int, part: Path) -> bool:
    """Lock a part that was just made; False if somebody took it for one that was left."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # no locks on this file system, so that nothing is removed there either
        return True
    return _is_at(descriptor, part)


def _is_at(descriptor: int, path: Path) -> bool:
    """Tell whether an open file is still the one of this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False
