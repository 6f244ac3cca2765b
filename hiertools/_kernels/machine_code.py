"""Numba as hiertools uses it, and a word to whoever waits while it compiles."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from time import perf_counter
from typing import Any

from hiertools._kernels._cache import ensure_cache

__all__ = ["asked_for", "compiler", "in_any_case"]

NOTICE = (
    "hiertools: compiling inner loops, which are then kept on disk; this takes some seconds. "
    "`hiertools warmup` does it ahead of time."
)
"""What somebody at a terminal or in a notebook reads, at most once a process."""

UNNOTICED = 1.0
"""So many seconds of compiling nobody is told of."""

_asked_for = False


@contextmanager
def in_any_case() -> Iterator[None]:
    """Let all kernels run as machine code meanwhile, in any thread, for however little work."""
    global _asked_for  # noqa: PLW0603  (of the process, as compiled code is)
    _asked_for = True
    try:
        yield
    finally:
        _asked_for = False


def asked_for() -> bool:
    """Tell whether only machine code is to run."""
    return _asked_for


@cache
def compiler() -> Callable[..., Any]:
    """Return what compiles a function at its first call, keeps it on disk, and frees the lock."""
    import numba
    from numba.core import event

    from hiertools._kernels.kept_code import KeptCode

    ensure_cache()
    if _somebody_waits():
        event.Listener.register(_Patience)
        event.register("numba:compile", _Patience())
    in_memory = numba.njit(nogil=True)

    def made(function: Callable[..., Any]) -> Callable[..., Any]:
        machine = in_memory(function)
        with suppress(RuntimeError, OSError):  # nothing can be written anywhere
            machine._cache = KeptCode(function)  # noqa: SLF001  (as numba's own cache=True)
        return machine

    return made


def _somebody_waits() -> bool:
    """Tell whether standard error is read by a person now: logs and pipes stay clean."""
    shell = hasattr(sys, "ps1")  # Python's own, IPython's, and notebooks
    return shell or (sys.stderr is not None and sys.stderr.isatty())


class _Patience:
    """Hears from numba what begins and ends to be compiled (not what is read from disk)."""

    def __init__(self) -> None:
        self.began: float | None = None
        self.told = False

    def notify(self, event: Any) -> None:
        if self.told or not event.data["dispatcher"].__module__.startswith(__package__):
            return
        now = perf_counter()
        if self.began is None:
            self.began = now
        elif event.is_start and not _asked_for and now - self.began > UNNOTICED:
            self.told = True
            print(NOTICE, file=sys.stderr, flush=True)
