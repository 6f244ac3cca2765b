"""Refuse work that can't fit in memory before it starts, with the number of gigabytes.

An array that is too large ends in a MemoryError without a word, or worse, in a process that the
system kills half-way. What is judged is the memory free at this moment: the machine's, and that of
a container which allows less.
"""

from __future__ import annotations

from pathlib import Path

from hiertools._core.broken import first_line
from hiertools.errors import TooLargeError

__all__ = ["GIVE_LESS", "available", "fits", "refuse_lack", "require"]

_SMALL = 1 << 28
"""Bytes for which nobody looks: looking costs more than it tells."""

_CGROUPS = Path("/sys/fs/cgroup")


def require(needed: float, what: str, advice: str) -> None:
    """Refuse work that needs more bytes than are free.

    Parameters
    ----------
    needed : float
        Bytes at the peak, all arrays alive at once counted.
    what : str
        What needs them, at the beginning of a sentence: "path distances of 100,000 classes".
    advice : str
        What to do instead, behind a semicolon.

    Raises
    ------
    TooLargeError

    Examples
    --------
    >>> require(8e6, "distances of 1,000 classes", "give fewer classes.")
    >>> require(8e14, "distances of 10,000,000 classes", "give fewer classes.")
    Traceback (most recent call last):
        ...
    hiertools.errors.TooLargeError: distances of 10,000,000 classes would take 800,000 GB ...
    """
    free = None if fits(needed) else available()
    if free is not None:
        raise TooLargeError(
            f"{what} would take {_gigabytes(needed)} of memory, but {_gigabytes(free)} are free; "
            f"{advice}"
        )


_LACKS = ("can't allocate memory", "not enough memory", "out of memory")
"""How PyTorch's errors tell it, which are no MemoryError."""

GIVE_LESS = "give less at a time, or use a machine with more."
"""What to do where nothing better is known."""


def refuse_lack(cause: BaseException, what: str, advice: str = GIVE_LESS) -> None:
    """Tell of too little memory what it is, where that has raised an error; return otherwise.

    A file that can't be read for lack of memory is not damaged, and to leave it out would be wrong.

    Parameters
    ----------
    cause : BaseException
        What was raised.
    what : str
        What needs the memory, at the beginning of a sentence: the path of a file, say.
    advice : str
        What to do, behind a semicolon.

    Raises
    ------
    TooLargeError

    Examples
    --------
    >>> refuse_lack(ValueError("it ends early"), "a.parquet")
    >>> refuse_lack(MemoryError("malloc of size 8 failed"), "a.parquet")
    Traceback (most recent call last):
        ...
    hiertools.errors.TooLargeError: a.parquet needs more memory than is free (malloc of size 8 \
failed); give less at a time, or use a machine with more.
    """
    if isinstance(cause, TooLargeError):
        raise cause
    told = first_line(cause)
    lacks = isinstance(cause, RuntimeError) and any(word in str(cause).lower() for word in _LACKS)
    if lacks or isinstance(cause, MemoryError):
        why = "" if told == type(cause).__name__ else f" ({told})"
        raise TooLargeError(f"{what} needs more memory than is free{why}; {advice}") from None


def fits(needed: float) -> bool:
    """Tell whether so many bytes are free, as far as the system tells."""
    if needed <= _SMALL:
        return True
    free = available()
    return free is None or needed <= free


def available() -> int | None:
    """Return the bytes that may still be taken, None where the system doesn't tell."""
    told = (_of_machine(), _of_process(), *_of_cgroups())
    known = [free for free in told if free is not None]
    return max(min(known), 0) if known else None


def _gigabytes(number: float) -> str:
    size = number / 1e9
    return f"{size:,.0f} GB" if size >= 100 else f"{size:.1f} GB"


def _of_machine() -> int | None:
    """Return what the machine has free, caches that it would drop included."""
    for line in _read(Path("/proc/meminfo")).splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return 1024 * int(value.split()[0])
    return None


def _of_process() -> int | None:
    """Return what a limit on this process's addresses leaves (``ulimit -v``)."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    pages = _read(Path("/proc/self/statm")).split()
    if limit == resource.RLIM_INFINITY or not pages:
        return None
    return limit - int(pages[0]) * resource.getpagesize()


def _of_cgroups() -> list[int | None]:
    """Return what each control group that this process is in leaves, of both versions."""
    free: list[int | None] = []
    for line in _read(Path("/proc/self/cgroup")).splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            top, limit, used, dropped = _CGROUPS, "memory.max", "memory.current", ""
        elif "memory" in controllers.split(","):
            top, limit, used = _CGROUPS / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
            dropped = "total_"
        else:
            continue
        # A container often sees its own group at the top, whatever path it is told.
        below = top / path.lstrip("/")
        groups = [group for group in (below, *below.parents) if group.is_relative_to(top)]
        free += [_of_cgroup(group, limit, used, dropped) for group in groups]
    return free


def _of_cgroup(group: Path, limit: str, used: str, prefix: str) -> int | None:
    most, now = _read(group / limit).strip(), _read(group / used).strip()
    if not (most.isdigit() and now.isdigit()):  # "max", or no such file
        return None
    counts = dict(line.split(None, 1) for line in _read(group / "memory.stat").splitlines())
    cached = sum(int(counts.get(f"{prefix}{kind}_file", 0)) for kind in ("active", "inactive"))
    return int(most) - int(now) + cached


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        return ""
