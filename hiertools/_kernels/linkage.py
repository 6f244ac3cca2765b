"""Agglomerative clustering: which two groups merge next, with a rule for those that tie.

Groups sit in slots, and the distances of slots i < j at ``start[i] + j`` of a condensed array, as
scipy keeps them. Each merge empties the first slot: so its own distances, the head of the array,
are done with, and no loop meets a group that is gone.
"""

from __future__ import annotations

import numpy as np

from hiertools._kernels.compiled import Floats, Ints, compiled
from hiertools._kernels.rounding import GAP, TOLERANCE

SINGLE, COMPLETE, AVERAGE, WEIGHTED, WARD, CENTROID, MEDIAN = range(7)
"""How the distance to a merged group follows from those to its parts; the last three on squares."""

_BLOCK = 64

_INFINITE = 0x7FF0000000000000  # the bits of infinity


@compiled
def read_row(d: Floats, start: Ints, i: int, first: int, row: Floats) -> None:
    """Write the distances of slot i to those from the first on into a row; its own is infinite."""
    for j in range(first, i):
        row[j] = d[start[j] + i]
    row[i] = np.inf
    mine, later = d[start[i] + i + 1 : start[i] + row.size], row[i + 1 :]
    for k in range(later.size):
        later[k] = mine[k]


@compiled
def write_row(d: Floats, start: Ints, i: int, first: int, row: Floats) -> None:
    """Let a row be the distances of slot i to those from the first on."""
    for j in range(first, i):
        d[start[j] + i] = row[j]
    mine, later = d[start[i] + i + 1 : start[i] + row.size], row[i + 1 :]
    for k in range(later.size):
        mine[k] = later[k]


@compiled
def _least(bits: Ints) -> int:
    """Return the least of some numbers, none below 0, by their bits, which come in their order.

    A compiler takes the minimum of whole numbers four or eight at a time, that of others one by
    one, since one might be none.
    """
    least = _INFINITE
    for j in range(bits.size):
        least = min(least, bits[j])
    return least


@compiled
def _tied(bits: Ints, key: Ints, most: int) -> tuple[int, int, int, int]:
    """Return how many numbers lie up to `most`, their largest, their least key; the next number."""
    count, high, best, following = 0, 0, _INFINITE, _INFINITE
    for j in range(bits.size):
        near = bits[j] <= most
        count += near
        high = max(high, bits[j] if near else 0)
        best = min(best, key[j] if near else _INFINITE)
        following = min(following, _INFINITE if near else bits[j])
    return count, high, best, following


@compiled
def _beyond(bits: int, tolerances: float, largest: float, lost: float, squared: bool) -> int:
    """Return what lies so many tolerances above a value, both by their bits.

    `lost`: the largest square that merges have taken away, of which squares keep the rounding.
    """
    value = np.int64(bits).view(np.float64)
    if squared:
        root = np.sqrt(value)
        root += tolerances * TOLERANCE * max(largest, root)
        value = root * root + tolerances * TOLERANCE * lost
    else:
        value += tolerances * TOLERANCE * max(largest, value)
    return int(np.float64(value).view(np.int64))


@compiled
def pick(
    bits: Ints, key: Ints, largest: float, lost: float, squared: bool
) -> tuple[int, int, bool]:
    """Return the place of the least number; of those that tie, the one with the least key.

    Those tie that lie within the tolerance of the least if a gap follows them, else those equal to
    it.

    Returns
    -------
    place, count : of the least number, and of how many
    alone : whether a gap follows the least
    """
    least, second, begin = _INFINITE, _INFINITE, 0
    for block in range(0, bits.size, _BLOCK):
        value = _least(bits[block : block + _BLOCK])
        if value < least:
            least, second, begin = value, least, block
        elif value < second:
            second = value
    most = _beyond(least, 1.0, largest, lost, squared)
    stop = min(begin + _BLOCK, bits.size)
    if second <= _beyond(most, GAP, largest, lost, squared):  # not in this block alone
        begin, stop = 0, bits.size
    count, high, best, following = _tied(bits[begin:stop], key[begin:stop], most)
    gap = following > _beyond(high, GAP, largest, lost, squared)
    if not gap:  # only what equals the least
        most = least
        count, high, best, following = _tied(bits[begin:stop], key[begin:stop], most)
    place = begin
    while bits[place] > most or key[place] != best:
        place += 1
    return place, count, gap and count == 1


@compiled
def _merge(
    d: Floats,
    start: Ints,
    weight: Floats,
    first: int,
    a: int,
    b: int,
    row: Floats,
    other: Floats,
    method: int,
) -> None:
    """Merge a and b, of which these are the rows, into the later slot; free the first one.

    What is in the first slot moves to the earlier of a and b. The row of a becomes the merger's.
    """
    n = row.size
    share = weight[b] / (weight[a] + weight[b])
    between = row[b]
    if method == SINGLE:
        for j in range(first, n):
            row[j] = min(row[j], other[j])
    elif method == COMPLETE:
        for j in range(first, n):
            row[j] = max(row[j], other[j])
    elif method == AVERAGE:
        for j in range(first, n):
            row[j] += share * (other[j] - row[j])
    elif method == WEIGHTED:
        for j in range(first, n):
            row[j] = 0.5 * (row[j] + other[j])
    elif method == WARD:
        both = weight[a] + weight[b]
        for j in range(first, n):
            total = (weight[a] + weight[j]) * row[j] + (weight[b] + weight[j]) * other[j]
            row[j] = max((total - weight[j] * between) / (both + weight[j]), 0.0)
    else:
        if method == MEDIAN:
            share = 0.5
        taken = share * (1.0 - share) * between
        for j in range(first, n):
            row[j] = max(row[j] + share * (other[j] - row[j]) - taken, 0.0)
    free, kept = min(a, b), max(a, b)
    weight[kept] = weight[a] + weight[b]
    row[kept] = np.inf
    write_row(d, start, kept, first, row)
    if free > first:
        read_row(d, start, first, first, other)
        write_row(d, start, free, first + 1, other)
        row[free], weight[free] = row[first], weight[first]


@compiled(steps=lambda d: 20 * d.size)
def merge_chain(d: Floats, largest: float, order: Ints, method: int) -> tuple[Ints, Floats, int]:
    """Merge all by the nearest-neighbour chain; `d`, scaled distances, is used up.

    From the first group in order to its nearest one, and on, until two are nearest to each other:
    these merge (Murtagh 1983). Where merging brings no group nearer to others, as here, that gives
    what merging the two nearest groups of all does, in n^2 steps; and a group that was nearest to
    another one, with a gap, stays so until it is merged itself.

    Returns
    -------
    joined (n - 1, 2) : clusters merged: classes 0 to n - 1, merge i being ``n + i``
    height (n - 1,) : their distance, in the unit of `d`
    tied : merges before which one of the two had others as near
    """
    n = order.size
    squared = method >= WARD
    joined, height = np.empty((n - 1, 2), np.int64), np.empty(n - 1)
    start, weight, key = np.empty(n, np.int64), np.empty(n), np.empty(n, np.int64)
    # A group goes by the rank of its first class in order: that of each slot, and the slot of each.
    rank, slot = np.empty(n, np.int64), np.empty(n, np.int64)
    # The cluster in each slot, the slot of each cluster, and the one nearest to it, if it is known.
    cluster, at, near = np.empty(n, np.int64), np.empty(2 * n - 1, np.int64), np.empty(n, np.int64)
    for i in range(n):
        start[i], weight[i] = i * n - i * (i + 1) // 2 - i - 1, 1.0
        slot[i], rank[order[i]], key[order[i]] = order[i], i, i
        cluster[i], at[i], near[i] = i, i, -1
    row, other = np.empty(n), np.empty(n)
    chain, several, read = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    length, foremost, tied = 0, 0, 0
    in_row, in_other = -1, -1  # the slots whose rows are at hand
    for step in range(n - 1):
        if length == 0:
            while slot[foremost] < 0:
                foremost += 1
            chain[0], key[slot[foremost]], length = foremost, -1, 1
        while True:
            a = slot[chain[length - 1]]
            if near[a] >= 0 and at[near[a]] >= 0:
                b, count = at[near[a]], 1
            else:
                if in_row != a:
                    row, other, in_row, in_other = other, row, in_other, in_row
                if in_row != a:
                    read_row(d, start, a, step, row)
                    in_row = a
                b, count, alone = pick(row[step:].view(np.int64), key[step:], largest, 0.0, squared)
                b += step
                near[a] = cluster[b] if alone else -1
            several[length - 1], read[length - 1] = count, step
            if key[b] < 0:
                break
            chain[length] = rank[b]
            length += 1
            key[b] = -length
        rest = -key[b] - 1
        if in_row == b or in_other == a:
            row, other, in_row, in_other = other, row, in_other, in_row
        if in_row != a:
            read_row(d, start, a, step, row)
        if in_other != b:
            read_row(d, start, b, step, other)
        if read[rest] < step:
            several[rest] = 1
            if near[b] < 0 or at[near[b]] < 0:
                _, several[rest], _ = pick(
                    other[step:].view(np.int64), key[step:], largest, 0.0, squared
                )
        if max(several[length - 1], several[rest]) > 1:
            tied += 1
        height[step] = row[b]
        for i in range(rest, length):
            key[slot[chain[i]]] = chain[i]
        length = rest
        if rank[b] < rank[a]:
            a, b, row, other = b, a, other, row
        joined[step, 0], joined[step, 1] = cluster[a], cluster[b]
        at[cluster[a]], at[cluster[b]], slot[rank[b]] = -1, -1, -1
        _merge(d, start, weight, step, a, b, row, other, method)
        free, kept = min(a, b), max(a, b)
        rank[kept], cluster[kept] = rank[a], n + step
        slot[rank[kept]], at[n + step], key[kept] = kept, kept, rank[kept]
        if free > step:
            cluster[free], rank[free], key[free] = cluster[step], rank[step], key[step]
            near[free], at[cluster[free]], slot[rank[free]] = near[step], free, free
        near[kept], in_row, in_other = -1, kept, -1
        if step + 2 < n:
            b, _, alone = pick(
                row[step + 1 :].view(np.int64), key[step + 1 :], largest, 0.0, squared
            )
            if alone:
                near[kept] = cluster[b + step + 1]
    return joined, height, tied


@compiled
def _least_from(bits: Ints, start: Ints, i: int, first: int, bound: int) -> int:
    """Return the least distance of slot i to those from the first on; none lies below `bound`."""
    mine, least = bits[start[i] + i + 1 : start[i] + start.size], _INFINITE
    for block in range(0, mine.size, _BLOCK):
        least = min(least, _least(mine[block : block + _BLOCK]))
        if least <= bound:
            return least
    for j in range(first, i):
        least = min(least, bits[start[j] + i])
        if least <= bound:
            break
    return least


@compiled(steps=lambda d: 40 * d.size)
def merge_nearest(d: Floats, largest: float, order: Ints, method: int) -> tuple[Ints, Floats, int]:
    """Merge the two nearest groups of all until one is left; `d`, scaled distances, is used up.

    For centroids and midpoints, which come nearer to others by merging, so that no chain will do.
    The group first in order of those that have one nearest is merged with the first of its nearest.
    Rows are read again only where a lower bound of theirs could be the least.

    Returns
    -------
    joined, height, tied
        As of `merge_chain`, but tied are all merges before which others were as near.
    """
    n = order.size
    joined, height = np.empty((n - 1, 2), np.int64), np.empty(n - 1)
    start, weight = np.empty(n, np.int64), np.empty(n)
    rank, cluster = np.empty(n, np.int64), np.empty(n, np.int64)
    least, stale = np.empty(n, np.int64), np.empty(n, np.bool_)  # by its bits
    for i in range(n):
        start[i], weight[i] = i * n - i * (i + 1) // 2 - i - 1, 1.0
        rank[order[i]], cluster[i], least[i], stale[i] = i, i, _INFINITE, False
    bits = d.view(np.int64)
    for i in range(n):
        mine = bits[start[i] + i + 1 : start[i] + n]
        least[i] = min(least[i], _least(mine))
        for j in range(i + 1, n):
            least[j] = min(least[j], mine[j - i - 1])
    row, other = np.empty(n), np.empty(n)
    tied, lost = 0, 0.0
    for step in range(n - 1):
        reading = True
        while reading:
            reading = False
            edge = _beyond(_least(least[step:]), 1.0, largest, lost, True)
            edge = _beyond(edge, GAP, largest, lost, True)
            for i in range(step, n):
                if stale[i] and least[i] <= edge:
                    least[i] = _least_from(bits, start, i, step, least[i])
                    stale[i], reading = False, True
        a, count, _ = pick(least[step:], rank[step:], largest, lost, True)
        a += step
        read_row(d, start, a, step, row)
        b, _, _ = pick(row[step:].view(np.int64), rank[step:], largest, lost, True)
        b += step
        read_row(d, start, b, step, other)
        if count > 2:
            tied += 1
        if rank[b] < rank[a]:
            a, b, row, other = b, a, other, row
        height[step] = row[b]
        lost = max(lost, row[b])
        joined[step, 0], joined[step, 1] = cluster[a], cluster[b]
        mine, others = row.view(np.int64), other.view(np.int64)
        for j in range(step, n):
            stale[j] |= min(mine[j], others[j]) <= least[j]
        _merge(d, start, weight, step, a, b, row, other, method)
        free, kept = min(a, b), max(a, b)
        rank[kept], cluster[kept] = rank[a], n + step
        if free > step:
            rank[free], cluster[free] = rank[step], cluster[step]
            least[free], stale[free] = least[step], stale[step]
        for j in range(step + 1, n):
            stale[j] &= mine[j] > least[j]  # below any bound, so it is the least
            least[j] = min(least[j], mine[j])
        least[kept], stale[kept] = _least(mine[step + 1 :]), False
    return joined, height, tied


@compiled(steps=lambda joined: 40 * joined.size)  # element by element, which Python is slow at
def followed(joined: Ints, height: Floats) -> tuple[Ints, Ints, Floats]:
    """Return what follows from merges, parts before wholes.

    Returns
    -------
    size (n - 1,) : classes in the merger
    foremost (n - 1,) : the least class in it
    nested (n - 1,) : its height, or that of a part if it is higher
    """
    n = height.size + 1
    size, foremost = np.empty(n - 1, np.int64), np.empty(n - 1, np.int64)
    nested = np.empty(n - 1)
    for merge in range(n - 1):
        size[merge], foremost[merge], nested[merge] = 0, n, height[merge]
        for side in range(2):
            part = joined[merge, side]
            if part < n:
                size[merge] += 1
                foremost[merge] = min(foremost[merge], part)
            else:
                size[merge] += size[part - n]
                foremost[merge] = min(foremost[merge], foremost[part - n])
                nested[merge] = max(nested[merge], nested[part - n])
    return size, foremost, nested


@compiled(steps=lambda joined: 40 * joined.size)  # element by element, which Python is slow at
def preorder_places(joined: Ints, n: int) -> Ints:
    """Return each cluster's place, depth first, where of two parts the one numbered lower leads.

    Parts are merged before wholes: n classes first, then merge i as cluster ``n + i``.
    """
    total = n + joined.shape[0]
    nodes, place = np.empty(total, np.int64), np.empty(total, np.int64)
    for leaf in range(n):
        nodes[leaf] = 1
    for merge in range(joined.shape[0]):
        nodes[n + merge] = 1 + nodes[joined[merge, 0]] + nodes[joined[merge, 1]]
    place[total - 1] = 0
    for merge in range(joined.shape[0] - 1, -1, -1):
        first = min(joined[merge, 0], joined[merge, 1])
        second = max(joined[merge, 0], joined[merge, 1])
        place[first] = place[n + merge] + 1
        place[second] = place[first] + nodes[first]
    return place
