"""Retrieval scores at nested levels, all of them in one walk along the neighbours of a class.

Levels are nested where each group of one lies in a group of the level above it. Two classes then
share their group at the first so many levels and at none below, and that number is all there is to
know of them. Classes are held as an order in which each group is a run, and the number of levels
that each one shares with the next one in it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Floats, Ints, compiled

Places = NDArray[np.int32]

MANY = 48
"""So many levels are gone through in fours."""

CARRIED = 4
"""Bits above the point of a sum of inverses of places, which stays below 16 for a million."""


@compiled
def run_precision(hits: float, seen: int, run: int, alike: int, within: int) -> float:
    """Return what the first `within` places of a run of tied neighbours add to the precision.

    Of the `run` neighbours `alike` are relevant; `seen` come before them, `hits` of these relevant.
    """
    share = alike / run
    # Of those before a hit in the run, each is a hit as often as the others' share.
    rest = (alike - 1) / (run - 1) if run > 1 else 0.0
    precision = 0.0
    for k in range(within):
        precision += share * (hits + 1.0 + k * rest) / (seen + k + 1)
    return precision


@compiled
def _share(order: Ints, alike: Ints, place: int, shared: Places, company: Places) -> int:
    """Fill in how many levels the class at a place of `order` shares with each one.

    ``company`` (L,) is filled with how many others are in its group at each level; it falls from
    level to level. Returns the number of levels where there are any.
    """
    for level in range(company.size):
        company[level] = 0
    shared[order[place]] = company.size
    levels = company.size
    for at in range(place + 1, order.size):
        levels = min(levels, alike[at - 1])
        shared[order[at]] = levels
        if levels > 0:
            company[levels - 1] += 1
    levels = company.size
    for at in range(place - 1, -1, -1):
        levels = min(levels, alike[at])
        shared[order[at]] = levels
        if levels > 0:
            company[levels - 1] += 1
    for level in range(company.size - 2, -1, -1):
        company[level] += company[level + 1]
    return _count_positive(company, company.size)


@compiled
def _count_positive(company: Places, n_levels: int) -> int:
    """Return at how many levels there is company, at most `n_levels`."""
    while n_levels > 0 and company[n_levels - 1] < 1:
        n_levels -= 1
    return n_levels


@compiled
def _codes(
    neighbours: Places,
    row: int,
    ends: Places,
    ends_row: int,
    shared: Places,
    places: Places,
    group_of: Places,
    gone: int,
    limit: int,
    codes: Places,
    stops: Places,
) -> tuple[int, int]:
    """List how many levels a class shares with its neighbours that aren't in the group `gone`.

    Stops at the `limit`-th of them, where runs of ties count (``ends_row >= 0``) at the end of its
    run. Class j stands at ``places[j]``. `stops` is filled with where the run of each one ends.
    Returns how many there are, and how many were looked at.
    """
    n = at = 0
    if ends_row < 0:
        while n < limit:
            # Written whether it counts or not: a branch that nothing could foresee is spared.
            j = np.uint32(neighbours[row, at])
            codes[n] = shared[np.uint32(places[j])]
            n += group_of[j] != gone
            at += 1
        return n, at
    while n < limit:
        begin = n
        end = ends[ends_row, at]
        for q in range(at, end):
            j = neighbours[row, q]
            if group_of[j] != gone:
                codes[n] = shared[places[j]]
                n += 1
        for q in range(begin, n):
            stops[q] = n
        at = end
    return n, at


@compiled
def _walk(
    codes: Places, n: int, company: Places, n_levels: int, exact: bool, space: Floats
) -> None:
    """Sum up the hits and precisions of one class at each level, where no neighbours are tied.

    The q-th of `n` neighbours is a hit at the first ``codes[q]`` levels, and counts at those that
    have more company than q. Rows of ``space`` (4, L) are filled: whether the first
    neighbour is a hit, hits, and their precisions; the others are work space. `exact` quotients, of
    which a perfect class has an average of 1, take twice as long as products with an inverse.
    """
    first, hits, precision = space[0], space[1], space[2]
    for level in range(n_levels):
        hits[level] = precision[level] = 0.0
        first[level] = 1.0 if level < codes[0] else 0.0
    left = n_levels
    for q in range(n):
        while left > 0 and company[left - 1] <= q:
            left -= 1
        count = min(codes[q], left)
        if exact:
            for level in range(count):
                hits[level] += 1.0
                precision[level] += hits[level] / (q + 1)
        else:
            share = 1.0 / (q + 1)
            for level in range(count):
                hits[level] += 1.0
                precision[level] += hits[level] * share


@compiled
def _inverses(depth: int) -> tuple[Ints, int]:
    """Return a one and 1 / (q + 1), for each place q up to `depth`, together in one whole number.

    The lower bits are the inverse, in units of 2^-point; above them and `CARRIED` more, into which
    sums of inverses grow, stands the one. So sums of these numbers count and sum at once, whatever
    their order.
    """
    bits = 0
    while (1 << bits) <= depth:
        bits += 1
    point = 62 - CARRIED - bits
    ones = np.empty(depth + 1, np.int64)
    for q in range(depth + 1):
        ones[q] = (1 << (point + CARRIED)) + ((1 << point) + (q + 1) // 2) // (q + 1)
    return ones, point


@compiled
def _walk_in_fours(
    codes: Places,
    n: int,
    company: Places,
    n_levels: int,
    ones: Ints,
    point: int,
    sums: Ints,
    space: Floats,
) -> None:
    """Do what ``_walk`` does, for many levels: a neighbour takes steps as their logarithm does.

    Two hits q' <= q add 1 / (q + 1) to the precision of all levels at which both are hits. Each
    pair is noted at the last of them, which is that of the neighbour with fewer levels, be it the
    later one of the two or the earlier one. Sums over the neighbours so far that are hits at more
    levels are kept in a tree of four branches a node whose leaves are levels: of those in the
    branches behind each branch of node p, from ``sums[4 * p]`` on. See ``_inverses``.

    sums (8 L + 20,) : work space
    """
    first, hits, precision = space[0], space[1], space[2]
    leaves = 1
    while leaves < n_levels:
        leaves *= 4
    node, most = leaves, leaves + n_levels - 1
    while node > 1:
        node >>= 2
        most >>= 2
        for place in range(4 * node, 4 * most + 4):
            sums[place] = 0
    own = sums[sums.size - 2 * n_levels : sums.size - n_levels]
    noted = sums[sums.size - n_levels :]
    for level in range(n_levels):
        own[level] = noted[level] = 0
        first[level] = 1.0 if level < codes[0] else 0.0
    above = point + CARRIED
    weights = (1 << above) - 1
    left = n_levels
    for q in range(n):
        while left > 0 and company[left - 1] <= q:
            left -= 1
        last = min(codes[q], left) - 1
        if last < 0:
            continue
        one, more = ones[q], 0
        node = leaves + last
        while node > 1:
            # No branch: which of the four it is is as good as random.
            branch = node & 3
            node >>= 2
            at = np.uint32(4 * node)
            more += sums[at + np.uint32(branch)]
            sums[at] += one * np.int64(branch > 0)
            sums[at + np.uint32(1)] += one * np.int64(branch > 1)
            sums[at + np.uint32(2)] += one * np.int64(branch > 2)
        before = (more >> above) + (own[last] >> above) + 1
        noted[last] += before * (one & weights) - (more & weights)
        own[last] += one
    unit = 1.0 / (1 << point)
    total = later = 0
    for level in range(n_levels - 1, -1, -1):
        total += noted[level] + (own[level] >> above) * (later & weights)
        later += own[level]
        hits[level] = later >> above
        precision[level] = total * unit


@compiled
def _walk_in_runs(
    codes: Places, stops: Places, n: int, company: Places, n_levels: int, space: Floats
) -> None:
    """Do what ``_walk`` does where neighbours are tied: of a run, the mean over all its orders."""
    first, hits, precision, met = space[0], space[1], space[2], space[3]
    for level in range(n_levels):
        first[level] = hits[level] = precision[level] = met[level] = 0.0
    left, seen = n_levels, 0
    while seen < n:
        while left > 0 and company[left - 1] <= seen:
            left -= 1
        run = stops[seen] - seen
        most = 0
        for q in range(seen, seen + run):
            count = min(codes[q], left)
            most = max(most, count)
            for level in range(count):
                met[level] += 1.0
        for level in range(most):
            alike = int(met[level])
            met[level] = 0.0
            within = min(run, company[level] - seen)
            if seen == 0:
                first[level] = alike / run
            precision[level] += run_precision(hits[level], seen, run, alike, within)
            hits[level] += alike if within == run else alike / run * within
        seen += run


@compiled
def _score(
    neighbours: Places,
    row: int,
    ends: Places,
    ends_row: int,
    shared: Places,
    places: Places,
    group_of: Places,
    gone: int,
    company: Places,
    n_levels: int,
    deepest: int,
    exact: bool,
    codes: Places,
    stops: Places,
    ones: Ints,
    point: int,
    sums: Ints,
    space: Floats,
) -> int:
    """Fill the first rows of `space` with P@1, R-precision and MAP@R of one class at each level.

    The latter two mean nothing where `deepest` is less than its company. Returns how many
    neighbours were looked at.
    """
    if n_levels == 0:
        return 0
    limit = min(company[0], deepest)
    n, looked = _codes(
        neighbours, row, ends, ends_row, shared, places, group_of, gone, limit, codes, stops
    )
    if ends_row < 0 and deepest == 1:
        for level in range(n_levels):
            space[0, level] = 1.0 if level < codes[0] else 0.0
        return looked
    if ends_row >= 0:
        _walk_in_runs(codes, stops, n, company, n_levels, space)
    elif exact or n_levels < MANY:
        _walk(codes, n, company, n_levels, exact, space)
    else:
        _walk_in_fours(codes, n, company, n_levels, ones, point, sums, space)
    for level in range(n_levels):
        space[1, level] /= company[level]
        space[2, level] /= company[level]
    return looked


@compiled
def _add(space: Floats, n_levels: int, rows: int, row: int, out: Floats) -> None:
    """Add the first `rows` scores of a class to row `row` of their sums."""
    for score in range(rows):
        for level in range(n_levels):
            out[score, row, level] += space[score, level]


@compiled(steps=lambda neighbours, out: neighbours.size * (4 + out.shape[2] // 4))
def retrieval_per_class(
    neighbours: Places,
    ends: Places,
    tied: Places,
    order: Ints,
    alike: Ints,
    place_of: Ints,
    start: int,
    out: Floats,
) -> None:
    """Fill ``out[:, row]`` (3, rows, L) with the scores of a class at each level.

    The first row is that of class `start`, each class standing at ``place_of[class]`` in `order`.
    A row of `neighbours` lists other classes by distance, and row ``tied[row]`` of `ends` where the
    run of equal distances that a place lies in comes to its end (-1: nothing there is tied). NaN
    without company.
    """
    n, depth, n_levels = order.size, neighbours.shape[1], out.shape[2]
    shared, itself = np.empty(n, np.int32), np.empty(n, np.int32)
    for j in range(n):
        itself[j] = j
    company = np.empty(n_levels, np.int32)
    codes, stops = np.empty(depth + 1, np.int32), np.empty(depth + 1, np.int32)
    space = np.empty((4, n_levels))
    ones, point = _inverses(depth)
    sums = np.empty(8 * n_levels + 20, np.int64)
    deepest = depth + 1  # not only the first
    for row in range(out.shape[1]):
        count = _share(order, alike, place_of[start + row], shared, company)
        _score(
            neighbours, row, ends, tied[row], shared, itself, itself, -1, company, count, deepest,
            True, codes, stops, ones, point, sums, space,
        )  # fmt: skip
        for score in range(3):
            for level in range(n_levels):
                out[score, row, level] = space[score, level] if level < count else np.nan


@compiled(steps=lambda neighbours, out: neighbours.size * out.shape[1] * (4 + out.shape[2] // 4))
def nested_relabelled(
    neighbours: Places,
    ends: Places,
    tied: Places,
    order: Ints,
    alike: Ints,
    permutations: Places,
    inverse: Places,
    wanted: NDArray[np.bool_],
    deepest: int,
    out: Floats,
) -> None:
    """Add to ``out[:, m]`` (3, M, L) the sums of the scores of the wanted classes, relabelled.

    Class i takes the place of class ``permutations[m, i]`` among the groups, and `inverse` holds
    who takes the place of each.
    """
    n, depth, n_levels = order.size, neighbours.shape[1], out.shape[2]
    shared, company = np.empty(n, np.int32), np.empty(n_levels, np.int32)
    codes, stops = np.empty(depth + 1, np.int32), np.empty(depth + 1, np.int32)
    space = np.empty((4, n_levels))
    ones, point = _inverses(depth)
    sums = np.empty(8 * n_levels + 20, np.int64)
    alone = deepest == 1
    # With how many classes the first neighbour shares so many levels: all that P@1 looks at.
    first = np.zeros((permutations.shape[0] if alone else 0, n_levels + 1), np.int64)
    for place in range(n):
        count = _share(order, alike, place, shared, company)
        for m in range(permutations.shape[0]):
            i = inverse[m, order[place]]
            if not wanted[i]:
                continue
            if alone and tied[i] < 0:
                first[m, shared[permutations[m, neighbours[i, 0]]]] += 1
                continue
            _score(
                neighbours, i, ends, tied[i], shared, permutations[m], inverse[m], -1, company,
                count, deepest, False, codes, stops, ones, point, sums, space,
            )  # fmt: skip
            _add(space, count, 1 if alone else 3, m, out)
    for m in range(first.shape[0]):
        hits = 0
        for level in range(n_levels - 1, -1, -1):
            hits += first[m, level + 1]
            out[0, m, level] += hits


@compiled(steps=lambda neighbours, out: neighbours.size * out.shape[1] * (4 + out.shape[2] // 4))
def nested_without(
    neighbours: Places,
    ends: Places,
    tied: Places,
    order: Ints,
    alike: Ints,
    group_of: Places,
    members: Ints,
    starts: Ints,
    begin: int,
    deepest: int,
    met: Ints,
    count: Ints,
    out: Floats,
) -> None:
    """Add to ``out[:, g]`` (3, G, L) the sums of the scores of what is left without a group.

    Groups of the jackknife, that is, from number `begin` on; ``members[starts[g]:starts[g + 1]]``
    are those of group g. Where a class has none of them among the neighbours that count, nor in its
    company, its scores stay. ``count`` (G, L), all 0, is filled with how many classes have company.

    met (G,) : all -1, work space
    """
    n, depth, n_levels = order.size, neighbours.shape[1], out.shape[2]
    shared, itself = np.empty(n, np.int32), np.empty(n, np.int32)
    for j in range(n):
        itself[j] = j
    company, left = np.empty(n_levels, np.int32), np.empty(n_levels, np.int32)
    codes, stops = np.empty(depth + 1, np.int32), np.empty(depth + 1, np.int32)
    whole = np.empty((4, n_levels))
    space = np.empty((4, n_levels))
    ones, point = _inverses(depth)
    sums = np.empty(8 * n_levels + 20, np.int64)
    rows = 1 if deepest == 1 else 3
    for place in range(n):
        i = order[place]
        n_whole = _share(order, alike, place, shared, company)
        looked = _score(
            neighbours, i, ends, tied[i], shared, itself, group_of, -1, company, n_whole, deepest,
            False, codes, stops, ones, point, sums, whole,
        )  # fmt: skip
        for q in range(looked):
            group = group_of[neighbours[i, q]] - begin
            if 0 <= group < met.size:
                met[group] = i
        for g in range(met.size):
            group = begin + g
            if group_of[i] == group:
                continue
            for level in range(n_whole):
                left[level] = company[level]
            for at in range(starts[group], starts[group + 1]):
                for level in range(shared[members[at]]):
                    left[level] -= 1
            n_left = n_whole
            if met[g] == i or (n_whole > 0 and left[0] < company[0]):
                n_left = _count_positive(left, n_whole)
                _score(
                    neighbours, i, ends, tied[i], shared, itself, group_of, group, left, n_left,
                    deepest, False, codes, stops, ones, point, sums, space,
                )  # fmt: skip
                _add(space, n_left, rows, g, out)
            else:
                _add(whole, n_left, rows, g, out)
            for level in range(n_left):
                count[g, level] += 1
