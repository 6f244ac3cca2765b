"""Rows of matrices over every two classes of a tree, written class by class in any order.

Classes come in depth-first order: ``between[q]`` belongs to the node at which class q and the next
one meet, and a class meets another at the highest of the nodes between them. Values that never fall
from a node to those below it therefore have their running minimum at the common ancestor. ``order``
says in which column each class goes, ``places`` which classes the rows are.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hiertools._kernels.compiled import Ints, compiled

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
