"""Orders of names that have nothing to do with the names: for what must be decided among equals.

Real names sort in taxonomy order ("Copepoda sp1", "Copepoda sp2"), so a tie broken by name, or by
the order of the input, hands the taxonomy to the model. A keyed hash of the name does not; it
belongs to the name alone: whatever order they come in, and whatever others there are, two names
keep their places before and after each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from hiertools._core.arrays import Ints


def keyed_number(names: Iterable[str], random_state: int, number: int = 0) -> bytes:
    """Return what stands for a name, or several, in one of the orders of a seed."""
    return _hashed(names, _keyed(random_state, number))


def _keyed(random_state: int, number: int) -> blake2b:
    """Return the hash of nothing with the key of an order."""
    key = blake2b(f"{random_state} {number}".encode(), digest_size=32).digest()
    return blake2b(key=key, digest_size=16)


def _hashed(names: Iterable[str], nothing: blake2b) -> bytes:
    found = nothing.copy()
    for name in names:
        text = name.encode("utf-8", "surrogatepass")
        found.update(len(text).to_bytes(8, "little") + text)  # ("ab", "c") is not ("a", "bc")
    return found.digest()


def keyed_order(names: Sequence[str], random_state: int, number: int = 0) -> Ints:
    """Return the positions of names, first to last, in one of the orders of a seed.

    Parameters
    ----------
    names : sequence of str
        All different.
    random_state : int
        Key of the hash.
    number : int
        Which of the orders that the seed stands for.

    Returns
    -------
    ndarray of int, shape (C,)

    Examples
    --------
    >>> keyed_order(["lynx", "wolf", "newt", "toad"], 0)
    array([2, 3, 1, 0])
    >>> keyed_order(["lynx", "newt", "toad"], 0)  # newt, toad, lynx: as they were
    array([1, 2, 0])
    """
    return _order(tuple(names), random_state, number).copy()


@lru_cache(maxsize=8)
def _order(names: tuple[str, ...], random_state: int, number: int) -> Ints:
    """Return what `keyed_order` does: a comparison asks for one order three times."""
    nothing = _keyed(random_state, number)
    numbers = b"".join([_hashed((name,), nothing) for name in names])
    high, low = np.frombuffer(numbers, dtype=">u8").reshape(-1, 2).T.astype(np.uint64)
    return np.lexsort((low, high))


def keyed_ranks(names: Sequence[str], random_state: int = 0) -> Ints:
    """Return each name's place in the first order of a seed.

    Examples
    --------
    >>> keyed_ranks(["lynx", "wolf", "newt", "toad"])
    array([3, 2, 0, 1])
    """
    order = keyed_order(names, random_state)
    ranks = np.empty(order.size, dtype=np.int64)
    ranks[order] = np.arange(order.size)
    return ranks
