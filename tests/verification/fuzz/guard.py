"""A process under test writes to its own folder alone, calls nobody, and has a limit of memory."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MEMORY = 3 << 30
"""Addresses that reading a few kilobytes may take beyond those of the libraries."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {
    "os.mkdir": (0,), "os.remove": (0,), "os.rmdir": (0,), "os.rename": (0, 1), "os.link": (1,),
    "os.symlink": (1,), "os.truncate": (0,), "os.chmod": (0,), "os.chown": (0,),
}  # fmt: skip
"""Which of the arguments are paths."""

_CALLS = (
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn",
    "os.startfile", "socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request",
)  # fmt: skip


class Guard:
    """What was tried and refused since `begin`."""

    def __init__(self, folder: Path) -> None:
        self.folder = os.path.realpath(folder)
        self.tried: list[str] = []
        self.on = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse what the process may not do; Python calls this before it does it."""
        if not self.on:
            return
        if event == "open":
            path, mode, flags = arguments
            writes = flags & _WRITING if isinstance(flags, int) else set(str(mode)) & set("wax+")
            if writes and not isinstance(path, int):
                self._hold(event, path)
        elif event in _CHANGES:
            for place in _CHANGES[event]:
                self._hold(event, arguments[place])
        elif event in _CALLS:
            self._refuse(event, arguments[:1])

    def _hold(self, event: str, path: Any) -> None:
        try:
            real = os.path.realpath(os.fsdecode(path))
        except (TypeError, ValueError, OSError):
            return  # nothing that a file could have
        if real != "/dev/null" and not f"{real}/".startswith(f"{self.folder}/"):
            self._refuse(event, real)

    def _refuse(self, event: str, what: Any) -> None:
        self.tried.append(f"{event} {what!r}")
        raise PermissionError(1, "not while fuzzing", what if isinstance(what, str) else None)


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """Make a folder for a process, in memory where the system has such a place; remove it."""
    place = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="fuzz-", dir=place if place.is_dir() else None, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


def guarded(folder: Path) -> Guard:
    """Guard this process for good, and return what watches, not yet `on`: much is still to load."""
    from hiertools._core import memory

    sys.dont_write_bytecode = True
    os.fsync = lambda _: None  # type: ignore[assignment]  # what is written is thrown away
    memory.available = lambda: MEMORY  # which the system tells in many files, slowly
    os.chdir(folder)
    os.environ.update(HOME=str(folder), TMPDIR=str(folder), XDG_CACHE_HOME=str(folder))
    guard = Guard(folder)
    sys.addaudithook(guard)
    return guard


def limit_memory() -> None:
    """Let the process have so many addresses beyond those that it has now."""
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
