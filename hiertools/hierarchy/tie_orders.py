"""Orders of classes in which ties are broken: by a keyed hash of the name, never by the name.

Real names sort in taxonomy order ("Copepoda sp1", "Copepoda sp2"), so a tie broken by name, or by
the order of the input, hands the taxonomy to the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np

from hiertools._core.arrays import Ints


def tie_order(names: Sequence[str], seed: int, number: int = 0) -> Ints:
    """Return the positions of classes, first to last, in one of the orders that a seed stands for.

    A class keeps its place before or after another whatever other classes there are, so models that
    are compared, and parts of one, break ties alike.

    Parameters
    ----------
    names : sequence of str
    seed : int
        That of ``random_state``.
    number : int
        Which of its orders.

    Returns
    -------
    ndarray of int, shape (C,)

    Examples
    --------
    >>> tie_order(["lynx", "wolf", "newt", "toad"], seed=0)
    array([2, 3, 1, 0])
    >>> tie_order(["lynx", "wolf", "newt", "toad"], seed=0, number=1)
    array([2, 0, 1, 3])
    """
    numbers = [keyed_number([name], seed, number) for name in names]
    return np.array(sorted(range(len(names)), key=numbers.__getitem__), dtype=np.int64)


def keyed_number(names: Iterable[str], seed: int, number: int = 0) -> bytes:
    """Return what stands for a class, or several, in one of the orders of a seed."""
    key = blake2b(f"{seed} {number}".encode(), digest_size=32).digest()
    found = blake2b(key=key, digest_size=16)
    for name in names:
        text = name.encode("utf-8", "surrogatepass")
        found.update(len(text).to_bytes(8, "little") + text)  # ("ab", "c") is not ("a", "bc")
    return found.digest()
