"""Agglomerative clustering: which two groups merge next, with a rule for those that tie."""

from __future__ import annotations

import numpy as np

from hiertools._kernels.compiled import Floats, Ints, compiled
from hiertools._kernels.rounding import GAP, TOLERANCE

SINGLE, COMPLETE, AVERAGE, WEIGHTED, WARD, CENTROID, MEDIAN = range(7)
"""How the distance to a merged group follows from those to its parts; the last three on squares."""

_BLOCK = 64
_TILE = 128


@compiled
def fill_square(condensed: Floats, scale: float, squared: bool, d: Floats) -> None:
    """Fill `d` (n, n) with distances times a scale, squared if asked for; its diagonal is infinity.

    In tiles, since a column of a large matrix has each number in another line of memory.
    """
    n = d.shape[0]
    for top in range(0, n, _TILE):
        for left in range(top, n, _TILE):
            for i in range(top, min(top + _TILE, n)):
                start = i * (n - 1) - i * (i - 1) // 2 - i - 1
                for j in range(max(left, i + 1), min(left + _TILE, n)):
                    value = condensed[start + j] * scale
                    d[i, j] = value * value if squared else value
            for j in range(left, min(left + _TILE, n)):
                for i in range(top, min(top + _TILE, j)):
                    d[j, i] = d[i, j]
    for i in range(n):
        d[i, i] = np.inf


@compiled
def _least(row: Floats, gone: Floats, start: int, stop: int) -> float:
    """Return the least ``row[j] + gone[j]``, four at a time."""
    a, b, c, d = np.inf, np.inf, np.inf, np.inf
    last = stop - (stop - start) % 4
    for j in range(start, last, 4):
        a = min(a, row[j] + gone[j])
        b = min(b, row[j + 1] + gone[j + 1])
        c = min(c, row[j + 2] + gone[j + 2])
        d = min(d, row[j + 3] + gone[j + 3])
    for j in range(last, stop):
        a = min(a, row[j] + gone[j])
    return min(a, b, c, d)


@compiled
def _least_from(row: Floats, gone: Floats, bound: float) -> float:
    """Return the least ``row[j] + gone[j]``, none of which lies below `bound`."""
    least = np.inf
    for block in range(0, row.size, _BLOCK):
        least = min(least, _least(row, gone, block, min(block + _BLOCK, row.size)))
        if least <= bound:
            break
    return least


@compiled
def _beyond(value: float, tolerances: float, largest: float, lost: float, squared: bool) -> float:
    """Return what lies so many tolerances above a value.

    `lost`: the largest square that merges have taken away, of which squares keep the rounding.
    """
    if not squared:
        return value + tolerances * TOLERANCE * max(largest, value)
    root = np.sqrt(max(value, 0.0))
    root += tolerances * TOLERANCE * max(largest, root)
    return root * root + tolerances * TOLERANCE * lost


@compiled
def pick(
    row: Floats, gone: Floats, rank: Ints, place: Ints, largest: float, lost: float, squared: bool
) -> tuple[int, int]:
    """Return the place of the least number, the first in rank of those that tie, and their number.

    Those tie that lie within the tolerance of the least if a gap follows them, else those equal to
    it. One on the chain (its `place` there at least 0) comes before the others, the last one first.
    """
    size = row.size
    least, second, start = np.inf, np.inf, 0
    for block in range(0, size, _BLOCK):
        value = _least(row, gone, block, min(block + _BLOCK, size))
        if value < least:
            least, second, start = value, least, block
        elif value < second:
            second = value
    edge = _beyond(least, 1.0, largest, lost, squared)
    stop = min(start + _BLOCK, size)
    if second <= _beyond(edge, GAP, largest, lost, squared):  # not in this block alone
        start, stop = 0, size
    most = edge
    while True:
        high, following, chosen, count = least, np.inf, -1, 0
        for j in range(start, stop):
            value = row[j] + gone[j]
            if value > most:
                following = min(following, value)
                continue
            high = max(high, value)
            count += 1
            if (
                chosen < 0
                or place[j] > place[chosen]
                or (place[j] == place[chosen] and rank[j] < rank[chosen])
            ):
                chosen = j
        if most == least or following > _beyond(high, GAP, largest, lost, squared):
            return chosen, count
        most = least  # no gap: only what equals the least


@compiled
def _merge(d: Floats, gone: Floats, weight: Floats, a: int, b: int, method: int) -> None:
    """Put the merger of a and b into slot a, and leave slot b empty."""
    n = weight.size
    first, second = d[a], d[b]
    share = weight[b] / (weight[a] + weight[b])
    between = d[a, b]
    if method == SINGLE:
        for j in range(n):
            first[j] = min(first[j], second[j])
    elif method == COMPLETE:
        for j in range(n):
            first[j] = max(first[j], second[j])
    elif method == AVERAGE:
        for j in range(n):
            first[j] += share * (second[j] - first[j])
    elif method == WEIGHTED:
        for j in range(n):
            first[j] = 0.5 * (first[j] + second[j])
    elif method == WARD:
        both = weight[a] + weight[b]
        for j in range(n):
            total = (weight[a] + weight[j]) * first[j] + (weight[b] + weight[j]) * second[j]
            first[j] = (total - weight[j] * between) / (both + weight[j])
    else:
        if method == MEDIAN:
            share = 0.5
        taken = share * (1.0 - share) * between
        for j in range(n):
            first[j] = max(first[j] + share * (second[j] - first[j]) - taken, 0.0)
    first[a], first[b] = np.inf, 0.0  # what is gone counts as infinite, without being it
    gone[b] = np.inf
    weight[a] += weight[b]


@compiled
def _update(
    d: Floats, pair: Ints, made: Ints, known: Ints, gone: Floats, i: int, step: int
) -> None:
    """Let row i know the distances to what has been merged since it was read last.

    A merger writes its own row alone: of a large matrix, a column is dear. `made`: the step after
    which each slot last changed; `known`: the step up to which each row is right.
    """
    for k in range(known[i], step):
        merger = pair[k, 0]
        if made[merger] == k + 1 and gone[merger] == 0.0:
            d[i, merger] = d[merger, i]
    known[i] = step


@compiled
def merge_chain(d: Floats, largest: float, order: Ints, method: int) -> tuple[Ints, Floats, int]:
    """Merge all by the nearest-neighbour chain; `d` (n, n), of `fill_square`, is used up.

    From the first group in order to its nearest one, and on, until two are nearest to each other:
    these merge (Murtagh 1983). Where merging brings no group nearer to others, as here, that gives
    what merging the two nearest groups of all does, in n^2 steps.

    Returns
    -------
    pair (n - 1, 2) : slots merged, the merger taking the first; parts before wholes
    height (n - 1,) : their distance, in the unit of `d`
    tied : merges before which one of the two had others as near
    """
    n = d.shape[0]
    squared = method >= WARD
    pair, height = np.empty((n - 1, 2), np.int64), np.empty(n - 1)
    gone, weight, rank = np.empty(n), np.empty(n), np.empty(n, np.int64)
    made, known = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        gone[i], weight[i], rank[order[i]], made[i], known[i] = 0.0, 1.0, i, 0, 0
    chain, place, several = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        place[i] = -1
    length, first, tied = 0, 0, 0
    for step in range(n - 1):
        if length == 0:
            while gone[order[first]] > 0.0:
                first += 1
            chain[0], place[order[first]], length = order[first], 0, 1
        while True:
            tip = chain[length - 1]
            _update(d, pair, made, known, gone, tip, step)
            nearest, count = pick(d[tip], gone, rank, place, largest, 0.0, squared)
            several[length - 1] = count
            if place[nearest] >= 0:
                break
            chain[length], place[nearest] = nearest, length
            length += 1
        rest = place[nearest]
        if known[nearest] < step:
            _update(d, pair, made, known, gone, nearest, step)
            _, several[rest] = pick(d[nearest], gone, rank, place, largest, 0.0, squared)
        if max(several[length - 1], several[rest]) > 1:
            tied += 1
        height[step] = d[tip, nearest]
        # A merger stands where the first of its classes in order does.
        a, b = (tip, nearest) if rank[tip] < rank[nearest] else (nearest, tip)
        pair[step, 0], pair[step, 1] = a, b
        for i in range(rest, length):
            place[chain[i]] = -1
        length = rest
        _merge(d, gone, weight, a, b, method)
        made[a] = known[a] = step + 1
    return pair, height, tied


@compiled
def merge_nearest(d: Floats, largest: float, order: Ints, method: int) -> tuple[Ints, Floats, int]:
    """Merge the two nearest groups of all until one is left; `d`, of `fill_square`, is used up.

    For centroids and midpoints, which come nearer to others by merging, so that no chain will do.
    The group first in order of those that have one nearest is merged with the first of its nearest.
    Rows are read again only where a lower bound of theirs could be the least.

    Returns
    -------
    pair, height, tied
        As of `merge_chain`, but tied are all merges before which others were as near.
    """
    n = d.shape[0]
    pair, height = np.empty((n - 1, 2), np.int64), np.empty(n - 1)
    gone, weight, rank = np.empty(n), np.empty(n), np.empty(n, np.int64)
    made, known = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        gone[i], weight[i], rank[order[i]], made[i], known[i] = 0.0, 1.0, i, 0, 0
    least, stale, free = np.empty(n), np.empty(n, np.bool_), np.empty(n, np.int64)
    for i in range(n):
        least[i], stale[i], free[i] = _least(d[i], gone, 0, n), False, -1
    tied, lost = 0, 0.0
    for step in range(n - 1):
        reading = True
        while reading:
            reading = False
            lowest = _least(least, gone, 0, n)
            edge = _beyond(lowest, 1.0, largest, lost, True)
            edge = _beyond(edge, GAP, largest, lost, True)
            for i in range(n):
                if stale[i] and gone[i] == 0.0 and least[i] <= edge:
                    _update(d, pair, made, known, gone, i, step)
                    least[i] = _least_from(d[i], gone, least[i])
                    stale[i], reading = False, True
        a, count = pick(least, gone, rank, free, largest, lost, True)
        _update(d, pair, made, known, gone, a, step)
        b, _ = pick(d[a], gone, rank, free, largest, lost, True)
        _update(d, pair, made, known, gone, b, step)
        if count > 2:
            tied += 1
        if rank[b] < rank[a]:
            a, b = b, a
        height[step] = d[a, b]
        lost = max(lost, d[a, b])
        pair[step, 0], pair[step, 1] = a, b
        for j in range(n):
            if min(d[a, j], d[b, j]) <= least[j]:
                stale[j] = True
        _merge(d, gone, weight, a, b, method)
        made[a] = known[a] = step + 1
        for j in range(n):
            if d[a, j] <= least[j]:  # below any bound, so it is the least
                least[j], stale[j] = d[a, j], False
        least[a], stale[a] = _least(d[a], gone, 0, n), False
    return pair, height, tied


@compiled
def clusters_of(pair: Ints) -> tuple[Ints, Ints, Ints]:
    """Return what each merge of slots joins: classes 0 to n - 1, merge i being ``n + i``.

    Returns
    -------
    joined (n - 1, 2) : the two clusters
    size (n - 1,) : classes in the merger
    foremost (n - 1,) : the least class in it
    """
    n = pair.shape[0] + 1
    joined = np.empty((n - 1, 2), np.int64)
    size, foremost = np.empty(n - 1, np.int64), np.empty(n - 1, np.int64)
    cluster, count, first = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        cluster[i], count[i], first[i] = i, 1, i
    for i in range(n - 1):
        a, b = pair[i, 0], pair[i, 1]
        joined[i, 0], joined[i, 1] = cluster[a], cluster[b]
        count[a] += count[b]
        first[a] = min(first[a], first[b])
        cluster[a], size[i], foremost[i] = n + i, count[a], first[a]
    return joined, size, foremost


@compiled
def nested(joined: Ints, height: Floats) -> Floats:
    """Return heights with none below that of a part; parts come before wholes."""
    n = height.size + 1
    found = height.copy()
    for i in range(n - 1):
        for part in joined[i]:
            if part >= n:
                found[i] = max(found[i], found[part - n])
    return found
