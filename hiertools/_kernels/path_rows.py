"""Rows of matrices over every two classes of a tree, written class by class in any order.

Classes come in depth-first order: ``between[q]`` belongs to the node at which class q and the next
one meet, and a class meets another at the highest of the nodes between them. Values that never fall
from a node to those below it therefore have their running minimum at the common ancestor. ``order``
says in which column each class goes, ``places`` which classes the rows are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Floats, Ints, compiled

Numbers = NDArray[Any]
"""Floats, or whole numbers of any width."""


@compiled(steps=lambda out: out.size)
def value_rows(
    places: Ints, between: Ints, node: Ints, value: Numbers, order: Ints, out: Numbers
) -> None:
    """Fill rows with the `value` of the node at which two classes meet.

    `between` and `node` (that of each class) are node ids in preorder, which rise on the way down.
    """
    for r in range(places.size):
        p = places[r]
        row = out[r]
        row[order[p]] = value[node[p]]
        low = node[p]
        for q in range(p + 1, order.size):
            low = min(low, between[q - 1])
            row[order[q]] = value[low]
        low = node[p]
        for q in range(p - 1, -1, -1):
            low = min(low, between[q])
            row[order[q]] = value[low]


@compiled(steps=lambda out: out.size)
def path_rows(places: Ints, between: Numbers, height: Numbers, order: Ints, out: Numbers) -> None:
    """Fill rows with path distances, made of distances from the root: at least 0, a class at 0.

    One sum of both classes' distances, so that (i, j) and (j, i) round alike.
    """
    for r in range(places.size):
        p = places[r]
        row, h = out[r], height[p]
        row[order[p]] = 0
        low = h
        for q in range(p + 1, order.size):
            low = min(low, between[q - 1])
            row[order[q]] = max((h + height[q]) - 2 * low, 0)
        low = h
        for q in range(p - 1, -1, -1):
            low = min(low, between[q])
            row[order[q]] = max((h + height[q]) - 2 * low, 0)


EMPTY = -1
"""Bits of no distance: a table of keys begins full of them."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing: the odd number next to 2^64 / phi


@compiled
def _slot(keys: Ints, key: int) -> int:
    """Return where `key` is in the table, or where it would go; the size is a power of two."""
    mask = keys.size - 1
    at = np.int64((np.uint64(key) * _SPREAD) >> np.uint64(32)) & mask
    while keys[at] != key and keys[at] != EMPTY:
        at = (at + 1) & mask
    return int(at)


@compiled(steps=lambda height: 2 * height.size**2)
def distinct_distances(first: int, step: int, between: Floats, height: Floats, most: int) -> Ints:
    """Return the bits of the path distances in every `step`-th row from `first` on, each once.

    Of each pair the row of the class that comes first is asked. Stops early with more than `most`.
    """
    keys = np.full(1024, EMPTY, np.int64)
    held = 0
    row = np.empty(height.size, np.float64)
    bits = row.view(np.int64)
    for p in range(first, height.size, step):
        h = height[p]
        low = h
        for q in range(p + 1, height.size):
            low = min(low, between[q - 1])
            row[q] = max((h + height[q]) - 2 * low, 0)
        last = EMPTY
        for q in range(p + 1, height.size):
            key = bits[q]
            if key == last:
                continue
            last = key
            at = _slot(keys, key)
            if keys[at] == EMPTY:
                keys[at] = key
                held += 1
                if 2 * held > keys.size:
                    keys = _doubled(keys)
        if held > most:
            break
    return keys[keys != EMPTY]


@compiled
def _doubled(keys: Ints) -> Ints:
    larger = np.full(2 * keys.size, EMPTY, np.int64)
    for key in keys:
        if key != EMPTY:
            larger[_slot(larger, key)] = key
    return larger


@compiled(steps=lambda bits: 3 * bits.size)
def code_table(bits: Ints, code: Numbers, keys: Ints, codes: Numbers) -> None:
    """Fill the table in which `code_rows` looks up the code of each distance."""
    for i in range(bits.size):
        at = _slot(keys, bits[i])
        keys[at] = bits[i]
        codes[at] = code[i]


@compiled(steps=lambda out: 3 * out.size)
def code_rows(
    places: Ints,
    between: Floats,
    height: Floats,
    order: Ints,
    keys: Ints,
    codes: Numbers,
    out: Numbers,
) -> None:
    """Fill rows with the codes of path distances; a class is at code 0 from itself."""
    row = np.empty(order.size, np.float64)
    bits = row.view(np.int64)
    one = places[:1].copy()
    straight = np.arange(order.size)
    for r in range(places.size):
        one[0] = places[r]
        path_rows(one, between, height, straight, row.reshape(1, order.size))
        last, code = bits[0], codes[_slot(keys, bits[0])]
        for q in range(order.size):
            if bits[q] != last:
                last = bits[q]
                code = codes[_slot(keys, last)]
            out[r, order[q]] = code
        out[r, order[places[r]]] = 0
