"""Neighbour joining: the exact pair at each step, found without looking at every pair."""

from __future__ import annotations

from functools import partial

import numpy as np

from hiertools._kernels.compiled import Floats, Ints, compiled


@partial(compiled, fastmath={"nnan", "nsz"})
def _least(row: Floats, u: Floats, shift: float, size: int) -> float:
    """Return the least ``row[j] - (shift + u[j])``."""
    least = np.inf
    for j in range(size):
        value = row[j] - (shift + u[j])
        least = value if value < least else least
    return least


@compiled
def _first(row: Floats, u: Floats, shift: float, size: int, most: float) -> int:
    """Return the first j with ``row[j] - (shift + u[j])`` at most `most`, else -1."""
    for j in range(size):
        if row[j] - (shift + u[j]) <= most:
            return j
    return -1


@compiled
def _row_sums(d: Floats, total: Floats, size: int) -> None:
    """Sum each row without its diagonal."""
    for i in range(size):
        total[i] = 0.0
        for j in range(size):
            if j != i:
                total[i] += d[i, j]


@compiled
def _compact(d: Floats, total: Floats, u: Floats, bound: Floats, node: Ints, size: int) -> int:
    """Close the gaps that joined slots left, keeping the order; return the new size."""
    kept = 0
    for i in range(size):
        if node[i] < 0:
            continue
        column = 0
        for j in range(size):
            if node[j] >= 0:
                d[kept, column] = d[i, j]
                column += 1
        u[kept], bound[kept] = u[i], bound[i]
        kept += 1
    column = 0
    for i in range(size):
        if node[i] >= 0:
            node[column] = node[i]
            column += 1
    _row_sums(d, total, kept)  # anew: rounding does not add up over thousands of joins
    return kept


@compiled
def _join(d: Floats, total: Floats, u: Floats, node: Ints, a: int, b: int, size: int) -> None:
    """Put the join of slots a < b into slot a and leave slot b empty."""
    gap = d[a, b]
    total[a] = 0.0
    u[b] = -np.inf  # no pair with an empty slot is ever the least
    for j in range(size):
        if node[j] < 0 or j in (a, b):
            continue
        new = 0.5 * (d[a, j] + d[b, j] - gap)
        total[j] += new - d[a, j] - d[b, j]
        total[a] += new
        d[a, j] = new
        d[j, a] = new


@compiled
def _best_pair(
    d: Floats, u: Floats, bound: Floats, node: Ints, fallen: float, slack: float, size: int
) -> tuple[int, int]:
    """Return the pair of slots with the least q, the first in order among equals."""
    promising, start = np.inf, -1
    for i in range(size):
        if node[i] >= 0 and bound[i] - u[i] < promising:
            promising, start = bound[i] - u[i], i
    best = _least(d[start], u, u[start], size)
    bound[start] = best + u[start] + fallen
    for i in range(size):
        if node[i] >= 0 and bound[i] - fallen - u[i] < best - slack:
            least = _least(d[i], u, u[i], size)
            bound[i] = least + u[i] + fallen
            best = min(best, least)
    most = best + slack
    for i in range(size):
        if node[i] >= 0 and bound[i] - fallen - u[i] <= most + slack:
            j = _first(d[i], u, u[i], size, most)
            if j >= 0:
                return i, j
            bound[i] = _least(d[i], u, u[i], size) + u[i] + fallen
    return -1, -1  # not reached: row `start` holds such a pair


@compiled
def join_all(d: Floats) -> tuple[Ints, Floats, Ints, Floats]:
    """Join until three nodes are left; `d` (n, n), n >= 3, is used up.

    The pair joined minimises ``q(i, j) = d(i, j) - u_i - u_j`` with ``u_i`` the sum of row i over
    m - 2, m nodes being left (Studier and Keppler 1988); among equals, the pair first in order.
    Values closer than 1e-11 of the largest distance are equal: rounding may part them that far.

    For each row a lower bound of ``min_j d(i, j) - u_j`` is kept. When the u change, none of them
    rising by more than r, that minimum falls by r at most; so a row is read again only
    where its bound could still beat the best pair at hand, and most rows are not.

    Returns
    -------
    pair (n - 3, 2) : nodes joined, node n + k being the k-th join
    edge (n - 3, 2) : their edge lengths, maybe negative
    last (3,) : the nodes left
    gap (3,) : their distances 01, 02, 12
    """
    n = d.shape[0]
    pair = np.empty((n - 3, 2), np.int64)
    edge = np.empty((n - 3, 2))
    node = np.arange(n)
    total = np.empty(n)
    _row_sums(d, total, n)
    largest = 0.0
    for i in range(n):
        for j in range(n):
            largest = max(largest, abs(d[i, j]))
        d[i, i] = np.inf
    slack = 1e-11 * largest
    u = np.empty(n)
    for i in range(n):
        u[i] = total[i] / max(n - 2, 1)
    bound = np.empty(n)  # less `fallen`: the lower bound of each row
    for i in range(n):
        bound[i] = _least(d[i], u, 0.0, n)
    fallen = 0.0
    size, left = n, n
    for step in range(n - 3):
        a, b = _best_pair(d, u, bound, node, fallen, slack, size)
        pair[step, 0], pair[step, 1] = node[a], node[b]
        edge[step, 0] = 0.5 * (d[a, b] + u[a] - u[b])
        edge[step, 1] = 0.5 * (d[a, b] + u[b] - u[a])
        _join(d, total, u, node, a, b, size)
        node[a], node[b] = n + step, -1
        left -= 1
        rise = -np.inf
        for j in range(size):
            if node[j] >= 0:
                new = total[j] / (left - 2)
                if j != a:
                    rise = max(rise, new - u[j])
                u[j] = new
        fallen += rise
        bound[a] = _least(d[a], u, 0.0, size) + fallen
        for j in range(size):
            if node[j] >= 0 and j != a:
                bound[j] = min(bound[j], d[a, j] - u[a] + fallen)
        if left < 0.8 * size:
            size = _compact(d, total, u, bound, node, size)
    slot, found = np.empty(3, np.int64), 0
    last, gap = np.empty(3, np.int64), np.empty(3)
    for i in range(size):
        if node[i] >= 0:
            slot[found], last[found] = i, node[i]
            found += 1
    gap[0], gap[1], gap[2] = d[slot[0], slot[1]], d[slot[0], slot[2]], d[slot[1], slot[2]]
    return pair, edge, last, gap
