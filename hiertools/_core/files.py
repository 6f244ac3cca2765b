"""Paths that name something, and files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from hiertools._core import memory
from hiertools._core.parts import new_part
from hiertools.errors import FileFormatError, OptionError, UnwritableError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "atomic_write", "check_target", "is_litter", "is_readable", "named_path", "read_bytes",
    "require_file",
]  # fmt: skip

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


LONGEST_NAME = 255
"""Bytes that the name of a file or folder has at most, on all usual systems."""


def named_path(path: str | os.PathLike[str], what: str = "the path") -> Path:
    """Return a path, refusing one that no file can have, and an empty one.

    ``Path("")`` would be the current folder; a name that is too long is somebody's content.

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
    found = Path(path)
    shown = str(found) if len(str(found)) <= 60 else f"{str(found)[:60]}..."
    try:
        longest = max(map(len, map(os.fsencode, found.parts)), default=0)
    except UnicodeEncodeError as cause:
        if "\ud800" <= (letter := str(found)[cause.start]) <= "\udfff":
            told = "holds half of a character; no file has it."
        else:
            told = (
                f"holds {letter!r}, and names of files are in {cause.encoding} here; set "
                "PYTHONUTF8 to 1, or LC_ALL to a locale with UTF-8."
            )
        raise OptionError(f"{what} {shown!r} {told}") from None
    if "\0" in str(found):
        raise OptionError(f"{what} {shown!r} holds a zero byte, which no file's name can.")
    if longest > LONGEST_NAME:
        raise OptionError(
            f"{what} {shown!r} has a name of {longest} bytes in it, and files have at most "
            f"{LONGEST_NAME}; is it content in place of a path?"
        )
    return found


def is_readable(path: str | os.PathLike[str]) -> bool:
    """Tell whether there is something to read from its start to its end: a file or a pipe.

    A shell puts a pipe in place of ``<(command)``. What no file can be called is not there.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.mkfifo(os.path.join(folder, "pipe"))
    ...     [is_readable(os.path.join(folder, name)) for name in ("pipe", "gone", "")]
    [True, False, False]
    """
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) or stat.S_ISFIFO(mode)


def require_file(path: str | os.PathLike[str]) -> None:
    """Refuse what can't be read in parts or from its end, as archives and tables of columns are.

    Raises
    ------
    FileFormatError
        There is no such file, it is a folder, device or pipe, or it is out of reach.
    OptionError
        No file can be called so.
    """
    try:
        mode = os.stat(named_path(path)).st_mode
    except (FileNotFoundError, NotADirectoryError):
        if os.path.islink(path):
            raise FileFormatError(
                f"{path}: is a link to {os.readlink(path)!r}, and there is no such file."
            ) from None
        raise FileFormatError(f"{path}: there is no such file.") from None
    except OSError as cause:
        raise FileFormatError(f"{path}: can't be read: {cause.strerror}.") from None
    if stat.S_ISDIR(mode):
        raise FileFormatError(f"{path}: is a folder; name a file in it.")
    if not stat.S_ISREG(mode):
        raise FileFormatError(
            f"{path}: is a device or pipe, and files of this kind can't be read from there; write "
            "it to a file first."
        )


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return a file's content; refuse devices, which may never end, and what memory can't hold.

    Pipes are read to their end: ``/dev/stdin``, and what a shell puts in place of ``<(command)``.

    Raises
    ------
    FileFormatError
        There is no such file, or it can't be read.
    TooLargeError
    """
    source = named_path(path)
    try:
        with source.open("rb") as file:
            found = os.fstat(file.fileno())
            if stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode):
                raise FileFormatError(f"{str(path)!r} is a device, not a file.")
            memory.require(COPIES * found.st_size, f"reading {str(path)!r}", TOO_LARGE)
            return b"".join(bounded_blocks(file, f"{str(path)!r}"))
    except FileNotFoundError:
        raise FileFormatError(f"there is no file {str(path)!r}.") from None
    except OSError as cause:
        raise FileFormatError(f"{str(path)!r} can't be read: {cause.strerror}.") from None


COPIES = 4
"""Bytes that reading a byte of text takes: itself, its letter, and what is made of it."""

TOO_LARGE = "use a machine with more, or a smaller file."

_BLOCK = 1 << 24


def bounded_blocks(file: IO[bytes] | io.BufferedIOBase, what: str) -> Iterator[bytes]:
    """Yield blocks of an open file, refusing more than memory can hold: it may never end.

    Raises
    ------
    TooLargeError
    """
    length = 0
    while block := file.read(_BLOCK):
        length += len(block)
        memory.require(COPIES * length, f"reading {what}", TOO_LARGE)
        yield block


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
    above = next(folder for folder in parents if os.path.exists(folder))
    if not os.path.isdir(above):
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

    The text or bytes go to a hidden part in the same folder, which takes the place of ``path`` when
    the block ends without an exception. An exception leaves all as it was before. All that the
    package writes, it writes here.

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
        The open part.

    Raises
    ------
    OptionError
        As `check_target` has it.
    UnwritableError
        The system refuses: the disk is full, the name too long, ...

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
    text: dict[str, Any] = {"encoding": "utf-8", "newline": ""} if mode == "w" else {}
    with _refusals(path), _folder(target.parent):
        rights = _rights(target)
        with new_part(target, 0o666 if rights is None else rights & 0o777) as (descriptor, part):
            with os.fdopen(descriptor, {"w": "w", "wb": "w+b"}[mode], **text) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if rights not in (None, _rights(part)):
                os.chmod(part, rights)
            os.replace(part, target)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file whole or not at all, as `atomic_write` does."""
    with atomic_write(path) as file:
        file.write(text)


def write_rows(path: str | os.PathLike[str], frame: pd.DataFrame) -> None:
    """Write the rows of a table as CSV, whole or not at all, the same on every system."""
    with atomic_write(path) as file:
        frame.to_csv(file, index=False, lineterminator="\n")


@contextlib.contextmanager
def _refusals(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say in one sentence what the system says when it takes no file."""
    try:
        yield
    except OSError as cause:
        reason = cause.strerror or str(cause) or type(cause).__name__
        told = UnwritableError(
            f"{str(path)!r} could not be written: {reason}; nothing was changed. Make room or "
            "allow writing there, or name another place."
        )
        told.errno = cause.errno
        raise told from None


@contextlib.contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Make a folder that is missing, and remove it again if the block ends with an exception."""
    missing = [place for place in (folder, *folder.parents) if not os.path.exists(place)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # somebody else may have put something there meanwhile
            for place in missing:
                place.rmdir()
        raise


def _rights(path: Path) -> int | None:
    """Return the rights of a file; None where there is none."""
    try:
        return path.stat().st_mode & 0o7777
    except FileNotFoundError:
        return None
