"""An order of names that has nothing to do with the names: for choices that must fall on one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from hiertools._core.arrays import Ints


def keyed_ranks(names: Sequence[str], random_state: int = 0) -> Ints:
    """Return each name's place in an order drawn by a keyed hash.

    Names often sort in the order of the taxonomy ("Copepoda sp1", "Copepoda sp2"); this order does
    not. It belongs to the names alone: whatever order they come in, and whatever others there are,
    two names keep theirs.

    Parameters
    ----------
    names : sequence of str
        All different.
    random_state : int
        Key of the hash.

    Examples
    --------
    >>> keyed_ranks(["lynx", "newt", "wolf"])
    array([1, 0, 2])
    >>> keyed_ranks(["wolf", "lynx"])
    array([1, 0])
    """
    key = hashlib.blake2b(str(random_state).encode(), digest_size=32).digest()
    hashes = [
        hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=key, digest_size=16).digest()
        for name in names
    ]
    ranks = np.empty(len(hashes), dtype=np.int64)
    ranks[sorted(range(len(hashes)), key=lambda i: (hashes[i], names[i]))] = np.arange(len(hashes))
    return ranks
