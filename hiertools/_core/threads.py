"""Run pieces of work in threads, with results in the order of the pieces."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["available_threads", "one_blas_thread", "thread_map"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def available_threads() -> int:
    """Return the number of cores this process may use; HIERTOOLS_THREADS overrides it."""
    asked = os.environ.get("HIERTOOLS_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # not on every system
        return max(1, os.cpu_count() or 1)


def thread_map(
    fn: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None
) -> list[Result]:
    """Return ``[fn(item) for item in items]``, computed by several threads.

    It pays only where `fn` releases the interpreter lock: compiled kernels, large array operations.

    Parameters
    ----------
    fn : callable
    items : iterable
    threads : int, optional
        At most this many threads; default as many as there are cores.

    Examples
    --------
    >>> thread_map(abs, [-1, 2, -3])
    [1, 2, 3]
    """
    pieces = list(items)
    number = min(available_threads() if threads is None else threads, len(pieces))
    if number <= 1:
        return [fn(piece) for piece in pieces]
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(fn, pieces))


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep matrix products on the thread that asks for them, while several threads do."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield
