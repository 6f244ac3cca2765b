"""Run pieces of work in threads, never more of them than a limit allows.

`limited` is a context: whatever runs below it, however deep, asks `available_threads`. So a verb
takes ``threads=`` once, and no function hands it on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from hiertools._core import checks
from hiertools._core.progress import along

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

__all__ = ["available_threads", "limited", "one_blas_thread", "thread_map"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_limit: ContextVar[int | None] = ContextVar("hiertools_threads", default=None)


@contextmanager
def limited(threads: int | None) -> Iterator[None]:
    """Let everything inside use at most so many threads; None leaves it at one a core.

    A limit inside another one never widens it. Matrix products stay on the thread that asks for
    them, whatever the limit: a library that parts a sum among threads would round it otherwise for
    another number of them.

    Examples
    --------
    >>> with limited(3), limited(8):
    ...     available_threads()
    3
    """
    if threads is not None:
        checks.whole_number(threads, "threads", least=1)
        above = _limit.get()
        threads = int(threads) if above is None else min(int(threads), above)
    token = None if threads is None else _limit.set(threads)
    try:
        with one_blas_thread():
            yield
    finally:
        if token is not None:
            _limit.reset(token)


def available_threads() -> int:
    """Return the number of threads that may run: the limit's, else one for each core in reach.

    HIERTOOLS_THREADS stands for the number of cores where it is set.
    """
    asked = _limit.get()
    if asked is not None:
        return asked
    named = os.environ.get("HIERTOOLS_THREADS", "")
    if named.isdecimal() and int(named) > 0:
        return int(named)
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # not on every system
        return max(1, os.cpu_count() or 1)


def thread_map(
    fn: Callable[[Item], Result], items: Iterable[Item], *, told: bool = False
) -> list[Result]:
    """Return ``[fn(item) for item in items]``, computed by as many threads as are available.

    It pays only where `fn` releases the interpreter lock: compiled kernels, large array operations.
    The threads share what is available: a `thread_map` inside `fn` opens no further ones. Whoever
    listens for progress hears of each finished item where `told` says so.

    Examples
    --------
    >>> thread_map(abs, [-1, 2, -3])
    [1, 2, 3]
    """
    pieces = list(items)
    available = available_threads()
    number = min(available, len(pieces))
    if number <= 1:
        return [fn(piece) for piece in (along(pieces) if told else pieces)]
    from concurrent.futures import ThreadPoolExecutor

    share = max(1, available // number)
    with ThreadPoolExecutor(number, initializer=_limit.set, initargs=(share,)) as pool:
        found = pool.map(fn, pieces)
        return list(along(found, [1.0] * len(pieces)) if told else found)


@lru_cache(maxsize=1)
def _controller(n_modules: int) -> ThreadpoolController:  # noqa: ARG001  (anew with each import)
    """Find the libraries of matrix products, which takes milliseconds, once they may be others."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


_blas = Lock()
_inside = 0
_before: dict[str, tuple[Any, int]] = {}
"""Each library by its file, and the threads that it had before anybody was inside."""


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep matrix products on the thread that asks for them, while anybody is inside.

    The limit is the whole process's, so the last one out puts back what was found: whoever is
    inside for longer keeps it, and its numbers. A library may be loaded only while somebody is.
    """
    global _inside  # noqa: PLW0603  (of the process, as the limit is)
    own = []  # a library built on OpenMP has a limit for each thread, which each one puts back
    with _blas:
        for library in _controller(len(sys.modules)).lib_controllers:
            if library.user_api == "blas":
                found = library, library.num_threads
                if getattr(library, "threading_layer", "") == "openmp":
                    own.append(found)
                else:
                    _before.setdefault(library.filepath, found)
                _set_threads(library, 1)
        _inside += 1
    try:
        yield
    finally:
        with _blas:
            for library, number in own:
                _set_threads(library, number)
            _inside -= 1
            if not _inside:
                for library, number in _before.values():
                    _set_threads(library, number)
                _before.clear()


def _set_threads(library: Any, number: int) -> None:
    """Set the threads of a library, whichever thread set them before.

    Newer versions of threadpoolctl heed only the first thread that does; a lock here sees to what
    that is for.
    """
    getattr(library, "_real_set_num_threads", library.set_num_threads)(number)
