"""Single linkage in one pass over the distances as they lie."""

from __future__ import annotations

import numpy as np

from hiertools._kernels.compiled import Floats, Ints, compiled


@compiled(steps=lambda condensed: 3 * condensed.size)
def pointers(condensed: Floats, n: int) -> tuple[Ints, Floats]:
    """Return the pointer representation of single linkage (SLINK: Sibson 1973).

    Classes come one after the other, the last one first, each with the row of its distances to
    those that came before it.

    Returns
    -------
    to (n,) : a class before each, in whose group it is when they merge; the first class's is itself
    height (n,) : the height at which it joins a class before it; infinite for the first one
    """
    to, height, near = np.empty(n, np.int64), np.empty(n), np.empty(n)
    begin = condensed.size
    for i in range(n - 1, -1, -1):
        begin -= n - 1 - i
        to[i], height[i], near[i] = i, np.inf, np.inf
        for j in range(i + 1, n):
            near[j] = condensed[begin + j - i - 1]
        for j in range(n - 1, i, -1):
            above, value = to[j], near[j]
            if value <= height[j]:
                near[above] = min(near[above], height[j])
                height[j], to[j] = value, i
            else:
                near[above] = min(near[above], value)
        for j in range(i + 1, n):
            if height[j] >= height[to[j]]:
                to[j] = i
    return to, height


@compiled(steps=lambda to: 4 * to.size)
def joined_by(to: Ints, by_height: Ints) -> Ints:
    """Return the clusters that merge: classes 0 to n - 1, merge i being ``n + i``."""
    n = to.size
    joined = np.empty((n - 1, 2), np.int64)
    group = np.empty(2 * n - 1, np.int64)  # a cluster's merger, or itself
    for i in range(2 * n - 1):
        group[i] = i
    for i in range(n - 1):
        for side in range(2):
            top = by_height[i] if side == 0 else to[by_height[i]]
            while group[top] != top:
                group[top] = group[group[top]]
                top = group[top]
            joined[i, side] = top
        group[joined[i, 0]] = group[joined[i, 1]] = n + i
    return joined
