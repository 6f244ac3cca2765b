"""Where two classes meet in a tree, looked up in a table of `hiertools.trees.paths.meetings`."""

from __future__ import annotations

from hiertools._kernels.compiled import Ints, compiled


@compiled
def meeting(table: Ints, low: int, high: int) -> int:
    """Return the common ancestor of the classes at places low < high of the depth-first order."""
    k = 0
    while (2 << k) <= high - low:
        k += 1
    return min(table[k, low], table[k, high - (1 << k)])
