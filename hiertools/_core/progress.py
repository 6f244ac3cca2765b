"""How much of a long call is done: told to whoever listens, by what knows its own steps.

A loop over `along` takes its share of whatever it runs in, so that no function needs to know how
long its caller, or what it calls, takes. Nobody listens unless `listening` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, TypeVar

__all__ = ["along", "listening", "stretch"]

Item = TypeVar("Item")


class _Stretch(NamedTuple):
    """The part of the whole that is gone through now."""

    tell: Callable[[float], None]
    start: float
    length: float


_now: ContextVar[_Stretch | None] = ContextVar("hiertools_progress", default=None)


@contextmanager
def listening(tell: Callable[[float], None]) -> Iterator[None]:
    """Call `tell` with the share that is done, from 0 to 1, as the block goes on.

    Examples
    --------
    >>> with listening(print):
    ...     for outer in along("ab"):
    ...         for inner in along([1, 2]):
    ...             pass
    0.25
    0.5
    0.5
    0.75
    1.0
    1.0
    """
    token = _now.set(_Stretch(tell, 0.0, 1.0))
    try:
        yield
    finally:
        _now.reset(token)


def along(items: Iterable[Item], weights: Sequence[float] | None = None) -> Iterator[Item]:
    """Yield the items, and tell after each how much is done.

    Parameters
    ----------
    items : iterable
        Of known length where there are no weights.
    weights : sequence of float, optional
        How long each takes beside the others; default alike.
    """
    whole = _now.get()
    if whole is None:
        yield from items
        return
    if weights is None:
        items = items if isinstance(items, Sequence) else list(items)
        weights = [1.0] * len(items)
    total, done = sum(weights) or 1.0, 0.0
    for item, weight in zip(items, weights):
        with stretch(done / total, (done + weight) / total):
            yield item
        done += weight


@contextmanager
def stretch(start: float, stop: float) -> Iterator[None]:
    """Let the block be this part of what is gone through now; tell when it is done."""
    whole = _now.get()
    if whole is None:
        yield
        return
    _now.set(
        _Stretch(whole.tell, whole.start + whole.length * start, whole.length * (stop - start))
    )
    try:
        yield
    finally:
        _now.set(whole)
    whole.tell(whole.start + whole.length * stop)
