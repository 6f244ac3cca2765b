"""All quartets of classes: how far are they from what a tree would have?"""

from __future__ import annotations

from hiertools._kernels.compiled import Floats, compiled


@compiled
def _gaps(x: float, y: float, z: float) -> tuple[float, float]:
    """Return how far the largest of three numbers lies above the middle and the least one."""
    if x < y:
        x, y = y, x
    if y < z:
        y, z = z, y
    if x < y:
        x, y = y, x
    return x - y, x - z


@compiled(steps=lambda d: d.shape[0] ** 3 // 6)
def quartets_with(d: Floats, first: int, tiny: float, delta: Floats) -> float:
    """Add the delta of all quartets whose least class is `first` to `delta` of their classes.

    Returns the largest gap between the two largest sums. A spread of at most `tiny` is none.
    """
    n = d.shape[0]
    widest, whole = 0.0, 0.0
    for j in range(first + 1, n - 2):
        of_pair = 0.0
        for k in range(j + 1, n - 1):
            ij, ik, jk = d[first, j], d[first, k], d[j, k]
            of_triple = 0.0
            for m in range(k + 1, n):
                gap, spread = _gaps(ij + d[k, m], ik + d[j, m], jk + d[first, m])
                if spread > tiny:
                    share = gap / spread
                    delta[m] += share
                    of_triple += share
                widest = max(widest, gap)
            delta[k] += of_triple
            of_pair += of_triple
        delta[j] += of_pair
        whole += of_pair
    delta[first] += whole
    return widest
