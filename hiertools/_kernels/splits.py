"""Scores of every pair of splits, and the best assignment of one tree's splits to the other's.

A split comes as a run ``start:stop`` of its own tree's depth-first class order, so the classes that
two splits share are counted by one running sum a row and two look-ups a pair.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Floats, Ints, compiled

CLUSTERING, PHYLOGENETIC, MATCHING_INFORMATION, MATCHING, JACCARD, JACCARD_STRICT = range(6)


@compiled(steps=lambda start_a, start_b: 8 * start_a.size * start_b.size)
def pair_scores(
    kind: int,
    start_a: Ints,
    stop_a: Ints,
    position_a: Ints,
    start_b: Ints,
    stop_b: Ints,
    order_b: Ints,
    table: Floats,
    exponent: float,
    out: Floats,
    same: Ints,
) -> None:
    """Fill ``out[i, j]`` with the score of splits i and j, ``same[i]`` with i's equal or -1.

    `position_a` is the place of each class in the first tree's order, `order_b` the classes in the
    second tree's. `table` is x log2 x for CLUSTERING, and log2 of the number of rooted trees of x
    leaves for the two kinds of phylogenetic information.
    """
    n_classes = order_b.size
    total = np.zeros(n_classes + 1, np.int64)
    place = np.empty(n_classes, np.int64)
    for q in range(n_classes):
        place[q] = position_a[order_b[q]]
    for i in range(start_a.size):
        low, high = start_a[i], stop_a[i]
        seen = 0
        for q in range(n_classes):
            if low <= place[q] < high:
                seen += 1
            total[q + 1] = seen
        a = high - low
        row = out[i]
        same[i] = -1
        for j in range(start_b.size):
            b = stop_b[j] - start_b[j]
            n = total[stop_b[j]] - total[start_b[j]]
            if (a == b and n == a) or (a + b == n_classes and n == 0):
                same[i] = j
            if kind == CLUSTERING:
                row[j] = _clustering(n, a, b, n_classes, table)
            elif kind == PHYLOGENETIC:
                row[j] = _phylogenetic(n, a, b, n_classes, table)
            elif kind == MATCHING_INFORMATION:
                row[j] = _matching_information(n, a, b, n_classes, table)
            elif kind == MATCHING:
                row[j] = _matching(n, a, b, n_classes)
            else:
                row[j] = _jaccard(n, a, b, n_classes, exponent, kind == JACCARD_STRICT)


@compiled
def _clustering(n: int, a: int, b: int, c: int, table: Floats) -> float:
    joint = table[n] + table[a - n] + table[b - n] + table[c - a - b + n]
    return max((table[c] + joint - table[a] - table[c - a] - table[b] - table[c - b]) / c, 0.0)


@compiled
def _compatible(n: int, a: int, b: int, c: int) -> bool:
    return n in (0, a, b) or a + b - n == c


@compiled
def _phylogenetic(n: int, a: int, b: int, c: int, table: Floats) -> float:
    """Information of both splits less that of having both, 0 if no tree has both."""
    if not _compatible(n, a, b, c):
        return 0.0
    # Unrooted trees of x leaves are as many as rooted trees of x - 1.
    one = table[a] + table[c - a] - table[c - 1]
    other = table[b] + table[c - b] - table[c - 1]
    if (a == b and n == a) or (a + b == c and n == 0):
        return -one
    # The sides that do not overlap, x and y: the rest is a tree with the two as further leaves.
    if n == 0:
        x, y = a, b
    elif n == a:
        x, y = a, c - b
    elif n == b:
        x, y = c - a, b
    else:
        x, y = c - a, c - b
    both = table[x] + table[y] + table[c - x - y + 1] - table[c - 1]
    return max(both - one - other, 0.0)


@compiled
def _matching_information(n: int, a: int, b: int, c: int, table: Floats) -> float:
    """Information of the most informative split of some classes that both splits imply."""
    best = 0.0
    for turn in range(2):
        if turn == 0:
            x, y = n, c - a - b + n
        else:
            x, y = a - n, b - n
        if x > 0 and y > 0:
            best = max(best, table[x + y - 1] - table[x] - table[y])
    return best


@compiled
def _matching(n: int, a: int, b: int, c: int) -> float:
    """What matching the two saves against leaving both unmatched."""
    apart = a + b - 2 * n
    return float(min(a, c - a) + min(b, c - b) - min(apart, c - apart))


@compiled
def _jaccard(n: int, a: int, b: int, c: int, exponent: float, strict: bool) -> float:
    if strict and not _compatible(n, a, b, c):
        return 0.0
    outside = c - a - b + n
    # |A & B| / |A | B| for each of the four pairs of sides.
    straight = min(n / (c - outside), outside / (c - n))
    crossed = min((a - n) / (c - b + n), (b - n) / (c - a + n))
    best = max(straight, crossed)
    return best if exponent == 1.0 else best**exponent


_LANES = 64
"""Columns that are looked at side by side: every so many have a best and a second of their own."""
_NONE = -(1 << 62)
"""Less than any gain."""


@compiled
def _gains(row: NDArray[np.signedinteger], price: Ints, bests: Ints, seconds: Ints) -> None:
    """Write the best and the second gain, value less price, of the columns of each lane."""
    for lane in range(_LANES):
        bests[lane] = _NONE
        seconds[lane] = _NONE
    whole = row.size // _LANES * _LANES
    for first in range(0, whole, _LANES):
        for lane in range(_LANES):  # so often in any case: such loops become vector instructions
            gain = row[first + lane] - price[first + lane]
            seconds[lane] = max(seconds[lane], min(bests[lane], gain))
            bests[lane] = max(bests[lane], gain)
    for j in range(whole, row.size):
        gain = row[j] - price[j]
        seconds[j - whole] = max(seconds[j - whole], min(bests[j - whole], gain))
        bests[j - whole] = max(bests[j - whole], gain)


@compiled(steps=lambda value: 40 * value.size)
def auction(
    value: NDArray[np.signedinteger], step: int, most: int, price: Ints, mate: Ints
) -> None:
    """Assign rows to columns of a square matrix so that the sum of `value` is within n of the best.

    Bertsekas's auction: an unassigned row takes the column it gains most from, the first of several
    such ones, and raises its price by what it gains over its second choice, plus `step`. Prices
    survive while the step shrinks to 1 (a matrix of whole numbers times n + 1 is therefore solved
    exactly). Ties between many equally good pairs, which make shortest-path methods search the
    whole matrix again for each row, cost it little. After more than `most` bids the step shrinks no
    further.
    """
    n = value.shape[0]
    owner = np.empty(n, np.int64)
    waiting = np.empty(n, np.int64)
    bests = np.empty(_LANES, np.int64)
    seconds = np.empty(_LANES, np.int64)
    bids = 0
    while True:
        owner[:] = -1
        for place in range(n):
            waiting[place] = n - 1 - place
        top = n
        while top > 0:
            top -= 1
            bids += 1
            i = waiting[top]
            row = value[i]
            _gains(row, price, bests, seconds)
            best = second = _NONE
            for lane in range(_LANES):
                second = max(second, seconds[lane], min(best, bests[lane]))
                best = max(best, bests[lane])
            choice = n
            for lane in range(_LANES):
                if bests[lane] == best:
                    j = lane
                    while j < choice:
                        if row[j] - price[j] == best:
                            choice = j
                        j += _LANES
            if n == 1:
                second = best
            price[choice] += best - second + step
            if owner[choice] >= 0:
                waiting[top] = owner[choice]
                top += 1
            owner[choice] = i
        if step <= 1 or bids > most:
            break
        step = max(step // 5, 1)
    for j in range(n):
        mate[owner[j]] = j
