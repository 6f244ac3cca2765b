"""Neighbour joining: the exact pair at each step, found without looking at every pair."""

from __future__ import annotations

import numpy as np

from hiertools._kernels.compiled import Floats, Ints, compiled
from hiertools._kernels.rounding import GAP, TOLERANCE


@compiled
def _least(row: Floats, u: Floats, shift: float, size: int) -> float:
    """Return the least ``row[j] - (shift + u[j])``, four at a time."""
    a, b, c, d = np.inf, np.inf, np.inf, np.inf
    last = size - size % 4
    for j in range(0, last, 4):
        a = min(a, row[j] - (shift + u[j]))
        b = min(b, row[j + 1] - (shift + u[j + 1]))
        c = min(c, row[j + 2] - (shift + u[j + 2]))
        d = min(d, row[j + 3] - (shift + u[j + 3]))
    for j in range(last, size):
        a = min(a, row[j] - (shift + u[j]))
    return min(a, b, c, d)


@compiled
def _row_sums(d: Floats, total: Floats, size: int) -> None:
    """Sum each row without its diagonal."""
    for i in range(size):
        whole = 0.0
        for j in range(i):
            whole += d[i, j]
        for j in range(i + 1, size):
            whole += d[i, j]
        total[i] = whole


@compiled
def _compact(
    d: Floats, total: Floats, u: Floats, bound: Floats, node: Ints, rank: Ints, size: int
) -> int:
    """Close the gaps that joined slots left, keeping the order; return the new size."""
    kept = 0
    slot = np.empty(size, np.int64)
    for i in range(size):
        if node[i] >= 0:
            slot[kept] = i
            kept += 1
    for row in range(kept):
        i = slot[row]
        for column in range(kept):  # listed, for a branch in here could not be foreseen
            d[row, column] = d[i, slot[column]]
        u[row], bound[row] = u[i], bound[i]
        node[row], rank[row] = node[i], rank[i]
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
    d: Floats,
    u: Floats,
    bound: Floats,
    node: Ints,
    rank: Ints,
    fallen: float,
    slack: float,
    size: int,
    left: int,
) -> tuple[int, int, bool]:
    """Return the pair of slots with the least q, the first in rank of those that tie; were there?

    Those tie that lie within `slack` of the least if a gap follows them, else those equal to it.
    """
    promising, start = np.inf, -1
    for i in range(size):
        if node[i] >= 0 and bound[i] - u[i] < promising:
            promising, start = bound[i] - u[i], i
    best = _least(d[start], u, u[start], size)
    bound[start] = best + u[start] + fallen
    far = (2.0 + GAP) * slack  # a little more, for the rounding of bounds
    for i in range(size):
        if node[i] >= 0 and i != start and bound[i] - fallen - u[i] <= best + far:
            least = _least(d[i], u, u[i], size)
            bound[i] = least + u[i] + fallen
            best = min(best, least)
    high, following = best, np.inf
    for i in range(size):
        if node[i] >= 0 and bound[i] - fallen - u[i] <= best + far:
            for j in range(size):
                value = d[i, j] - (u[i] + u[j])
                if value <= best + slack:
                    high = max(high, value)
                else:
                    following = min(following, value)
    most = high if following > high + GAP * slack else best
    a, b, count = -1, -1, 0
    for i in range(size):
        if node[i] >= 0 and bound[i] - fallen - u[i] <= best + far:
            for j in range(i + 1, size):
                if d[i, j] - (u[i] + u[j]) <= most:
                    count += 1
                    if a < 0 or _comes_before(i, j, a, b, rank):
                        a, b = i, j
    if left > 4:
        return a, b, count > 1
    a, b = _nearer_of_four(d, node, a, b, slack, size)
    return a, b, count > 2


@compiled
def _comes_before(i: int, j: int, a: int, b: int, rank: Ints) -> bool:
    """Tell whether the pair i, j comes before a, b."""
    first, present = min(rank[i], rank[j]), min(rank[a], rank[b])
    if first != present:
        return first < present
    return max(rank[i], rank[j]) < max(rank[a], rank[b])


@compiled
def _nearer_of_four(
    d: Floats, node: Ints, a: int, b: int, slack: float, size: int
) -> tuple[int, int]:
    """Return the two of four nodes, a and b or the others, that are nearer to each other.

    Joining either pair makes the same tree but for its last join, and is as good.
    """
    c, e = -1, -1
    for i in range(size):
        if node[i] >= 0 and i not in (a, b):
            c, e = e, i
    return (c, e) if d[c, e] < d[a, b] - slack else (a, b)


@compiled(steps=lambda d, order: d.size * order.size)
def join_all(d: Floats, order: Ints) -> tuple[Ints, Floats, Ints, Floats, int]:
    """Join until three nodes are left; `d` (n, n), n >= 3, is used up.

    The pair joined minimises ``q(i, j) = d(i, j) - u_i - u_j`` with ``u_i`` the sum of row i over
    m - 2, m nodes being left (Studier and Keppler 1988); of those that tie, the pair first in
    order, where a join stands in the place of its first class. The tolerance grows with the root
    of n, as the rounding of sums does.

    For each row a lower bound of ``min_j d(i, j) - u_j`` is kept. When the u change, none of them
    rising by more than r, that minimum falls by r at most; so a row is read again only
    where its bound could still beat the best pair at hand, and most rows are not.

    Returns
    -------
    pair (n - 3, 2) : nodes joined, node n + k being the k-th join
    edge (n - 3, 2) : their edge lengths, maybe negative
    last (3,) : the nodes left
    gap (3,) : their distances 01, 02, 12
    tied : joins before which another pair, making another tree, was as good
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
    slack = TOLERANCE * largest * np.sqrt(n)
    rank = np.empty(n, np.int64)
    for i in range(n):
        rank[order[i]] = i
    tied = 0
    u = np.empty(n)
    for i in range(n):
        u[i] = total[i] / max(n - 2, 1)
    bound = np.empty(n)  # less `fallen`: the lower bound of each row
    for i in range(n):
        bound[i] = _least(d[i], u, 0.0, n)
    fallen = 0.0
    size, left = n, n
    for step in range(n - 3):
        a, b, others = _best_pair(d, u, bound, node, rank, fallen, slack, size, left)
        if others:
            tied += 1
        pair[step, 0], pair[step, 1] = node[a], node[b]
        edge[step, 0] = 0.5 * (d[a, b] + u[a] - u[b])
        edge[step, 1] = 0.5 * (d[a, b] + u[b] - u[a])
        _join(d, total, u, node, a, b, size)
        node[a], node[b], rank[a] = n + step, -1, min(rank[a], rank[b])
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
            size = _compact(d, total, u, bound, node, rank, size)
    slot, found = np.empty(3, np.int64), 0
    last, gap = np.empty(3, np.int64), np.empty(3)
    for i in range(size):
        if node[i] >= 0:
            slot[found], last[found] = i, node[i]
            found += 1
    gap[0], gap[1], gap[2] = d[slot[0], slot[1]], d[slot[0], slot[2]], d[slot[1], slot[2]]
    return pair, edge, last, gap, tied
