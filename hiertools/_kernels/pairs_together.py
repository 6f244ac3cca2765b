"""Pairs of classes that two trees keep together, while cuts of both go up.

Groups of the two trees are rows and columns of a table that holds how many classes two groups
share. It starts with each class by itself; cells that are not empty are kept in a list of their
row, in one of their column, and under a hash of both. Where groups merge, the cells of the one with
fewer classes move, so that each class moves log C times.
"""

from __future__ import annotations

import numpy as np

from hiertools._kernels.compiled import Ints, compiled


@compiled
def _bucket(row: int, column: int, n_buckets: int) -> int:
    mixed = row * 73856093 + column * 19349669
    return (mixed ^ (mixed >> 15)) & (n_buckets - 1)


@compiled
def _move(
    side: int,
    small: int,
    large: int,
    cell: Ints,
    count: Ints,
    before: Ints,
    after: Ints,
    first: Ints,
    bucket: Ints,
    chain: Ints,
) -> int:
    """Move the cells of one group, a row or a column, to another; return the pairs so joined."""
    other, joined = 1 - side, 0
    c = first[side, small]
    while c >= 0:
        following = after[side, c]
        place = _bucket(cell[0, c], cell[1, c], bucket.size)
        if bucket[place] == c:
            bucket[place] = chain[c]
        else:
            d = bucket[place]
            while chain[d] != c:
                d = chain[d]
            chain[d] = chain[c]
        cell[side, c] = large
        place = _bucket(cell[0, c], cell[1, c], bucket.size)
        d = bucket[place]
        while d >= 0 and (cell[0, d] != cell[0, c] or cell[1, d] != cell[1, c]):
            d = chain[d]
        if d >= 0:  # the two cells are one now
            joined += 2 * count[c] * count[d]
            count[d] += count[c]
            p, q = before[other, c], after[other, c]
            if p >= 0:
                after[other, p] = q
            else:
                first[other, cell[other, c]] = q
            if q >= 0:
                before[other, q] = p
        else:
            chain[c], bucket[place] = bucket[place], c
            q = first[side, large]
            before[side, c], after[side, c], first[side, large] = -1, q, c
            if q >= 0:
                before[side, q] = c
        c = following
    first[side, small] = -1
    return joined


@compiled
def _join(
    side: int,
    node: int,
    above: Ints,
    group: Ints,
    size: Ints,
    cell: Ints,
    count: Ints,
    before: Ints,
    after: Ints,
    first: Ints,
    bucket: Ints,
    chain: Ints,
) -> int:
    """Let a node's group join that of the node above it; return the pairs so joined."""
    mine, theirs = group[node], group[above[node]]
    if mine < 0:
        return 0
    if theirs < 0:
        group[above[node]] = mine
        return 0
    small, large = mine, theirs
    if size[side, small] > size[side, large]:
        small, large = theirs, mine
    size[side, large] += size[side, small]
    group[above[node]] = large
    return _move(side, small, large, cell, count, before, after, first, bucket, chain)


@compiled(steps=lambda first_above, second_above: 60 * (first_above.size + second_above.size))
def pairs_together(
    n: int,
    first_above: Ints,
    first_order: Ints,
    first_when: Ints,
    second_above: Ints,
    second_order: Ints,
    second_when: Ints,
    numbers: Ints,
    out: Ints,
) -> None:
    """Fill `out` with the ordered pairs of n classes that cuts of both trees keep together.

    Parameters
    ----------
    first_above, second_above : ndarray of int
        The node above each node; the last n nodes are the classes themselves.
    first_order, second_order : ndarray of int
        The nodes that have one above them, those last parted from it first, and a node after those
        below it.
    first_when, second_when : ndarray of int
        For each of these, with how many groups it is parted from it.
    numbers : ndarray of int, shape (K,)
        The most groups that cuts may have, rising.
    """
    n_buckets = 1
    while n_buckets < 2 * n:
        n_buckets *= 2
    bucket, chain, count = (
        np.empty(n_buckets, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
    )
    cell, size, first = (
        np.empty((2, n), np.int64),
        np.empty((2, n), np.int64),
        np.empty((2, n), np.int64),
    )
    before, after = np.empty((2, n), np.int64), np.empty((2, n), np.int64)
    first_group = np.empty(first_above.size, np.int64)
    second_group = np.empty(second_above.size, np.int64)
    for v in range(first_group.size):
        first_group[v] = max(v + n - first_group.size, -1)
    for v in range(second_group.size):
        second_group[v] = max(v + n - second_group.size, -1)
    for i in range(n_buckets):
        bucket[i] = -1
    for i in range(n):
        count[i] = 1
        for side in range(2):
            cell[side, i] = first[side, i] = i
            size[side, i], before[side, i], after[side, i] = 1, -1, -1
        place = _bucket(i, i, n_buckets)
        chain[i], bucket[place] = bucket[place], i
    pairs = p = q = 0
    for k in range(numbers.size - 1, -1, -1):
        while p < first_order.size and first_when[p] > numbers[k]:
            pairs += _join(
                0, first_order[p], first_above, first_group,
                size, cell, count, before, after, first, bucket, chain,
            )  # fmt: skip
            p += 1
        while q < second_order.size and second_when[q] > numbers[k]:
            pairs += _join(
                1, second_order[q], second_above, second_group,
                size, cell, count, before, after, first, bucket, chain,
            )  # fmt: skip
            q += 1
        out[k] = pairs
