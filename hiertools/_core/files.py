"""Paths that name something, and files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from hiertools.errors import OptionError

__all__ = ["atomic_write", "check_target", "is_litter", "named_path"]


LITTER = frozenset(
    {
        "__macosx", "__pycache__", "@eadir", "@recycle", "@recently-snapshot", "@tmp", "#recycle",
        "#snapshot", "$recycle.bin", "desktop.ini", "ehthumbs.db", "icon\r", "lost+found",
        "system volume information", "thumbs.db",
    }
)  # fmt: skip
"""What systems and programs leave in folders, in lower case; names with a dot in front beside."""


def is_litter(name: str) -> bool:
    """Tell files and folders that nobody made: they hold no class and are none.

    Examples
    --------
    >>> [is_litter(name) for name in ("lynx", "Thumbs.db", "@eaDir", ".git")]
    [False, True, True, True]
    """
    return name.startswith(".") or name.lower() in LITTER


def named_path(path: str | os.PathLike[str], what: str = "the path") -> Path:
    """Return a path, refusing an empty one: ``Path("")`` would be the current folder.

    Examples
    --------
    >>> named_path("tree.nwk").name
    'tree.nwk'
    >>> named_path("")
    Traceback (most recent call last):
        ...
    hiertools.errors.OptionError: the path is empty: is a shell variable unset?
    """
    if isinstance(path, str) and not path.strip():
        raise OptionError(f"{what} is empty: is a shell variable unset?")
    return Path(path)


def check_target(path: str | os.PathLike[str]) -> Path:
    """Return a path that a file can be written to, changing nothing.

    Raises
    ------
    OptionError
        It is empty, a folder, a device or pipe, protected from writing, or where no file can be.
    """
    target = named_path(path)
    try:
        mode = target.stat().st_mode
    except OSError:  # there is none yet
        mode = None
    if mode is not None and stat.S_ISDIR(mode):
        raise OptionError(f"{str(path)!r} is a folder; name a file to write.")
    # The finished file would take its place; /dev/stdout may be a file that the shell writes to.
    by_shell = os.path.abspath(target).startswith(("/dev/std", "/dev/fd/", "/proc/"))
    if by_shell or (mode is not None and not stat.S_ISREG(mode)):
        raise OptionError(f"{str(path)!r} is a device or pipe; name an ordinary file to write.")
    if mode is not None and not mode & 0o222:
        raise OptionError(
            f"{str(path)!r} is protected from writing; name another file, or allow writing."
        )
    # Where a link leads is where the file will be made.
    parents = Path(os.path.realpath(target)).parents
    above = next(folder for folder in parents if folder.exists())
    if not above.is_dir():
        raise OptionError(
            f"{str(path)!r} cannot be written: {str(above)!r} is a file and takes no files; name "
            "another folder."
        )
    if not os.access(above, os.W_OK):
        raise OptionError(
            f"{str(path)!r} cannot be written: the folder {str(above)!r} takes no files; name "
            "another, or allow writing there."
        )
    return target


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str], mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file for writing that appears under its name only once it is complete.

    The text or bytes go to a temporary file in the same folder, which takes the place of
    ``path`` when the block ends without an exception. An exception leaves what was there before.

    Parameters
    ----------
    path
        The file to write. Its folder is made if it is missing.
    mode
        ``"w"`` (UTF-8 text, line ends written as given) or ``"wb"`` (bytes, which can be read back
        while the file is open).

    Yields
    ------
    file
        The open temporary file.

    Raises
    ------
    OptionError
        As `check_target` has it.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> with atomic_write(folder / "note.txt") as file:
    ...     _ = file.write("complete")
    >>> (folder / "note.txt").read_text()
    'complete'
    """
    if mode not in ("w", "wb"):
        raise ValueError(f"mode must be 'w' or 'wb', not {mode!r}.")
    # A link is followed, so that the file it points to is replaced and not the link itself.
    target = Path(os.path.realpath(check_target(path)))
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(
        prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent
    )
    try:
        text: dict[str, Any] = {"encoding": "utf-8", "newline": ""} if mode == "w" else {}
        with os.fdopen(descriptor, {"w": "w", "wb": "w+b"}[mode], **text) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes private files; the finished one gets the rights an ordinary open() gives.
        os.chmod(name, _permissions(target))
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file whole or not at all, as `atomic_write` does."""
    with atomic_write(path) as file:
        file.write(text)


def _permissions(target: Path) -> int:
    """Rights of the file that is replaced, or those that a new file gets here."""
    try:
        return target.stat().st_mode & 0o7777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
