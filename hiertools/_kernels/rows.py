"""Rows of a square of distances, sorted once: correlations, nearest classes and ranks of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Bools, Floats, Ints, compiled

Codes = NDArray[np.uint8] | NDArray[np.int32]

_ROUNDING = 1e-12
"""A correlation so near to 1 is 1: its z is infinite, and rounding must not make it finite."""


@compiled(steps=lambda out: out.size)
def square_rows(condensed: Floats, start: int, out: Floats) -> None:
    """Fill `out` (rows, n) with the rows of the square from `start` on; its diagonal is 0."""
    size, n = out.shape
    for j in range(start + size):
        first = j * (n - 1) - j * (j - 1) // 2 - j - 1
        for row in range(max(0, j + 1 - start), size):
            out[row, j] = condensed[first + start + row]
    for row in range(size):
        i = start + row
        first = i * (n - 1) - i * (i - 1) // 2 - i - 1
        out[row, i] = 0.0
        for j in range(i + 1, n):
            out[row, j] = condensed[first + j]


@compiled(steps=lambda out: out.size)
def taken_pairs(condensed: Floats, n: int, rows: Ints, out: Floats) -> None:
    """Fill `out` with the condensed distances among some of n classes, in their order."""
    place = 0
    for a in range(rows.size):
        for b in range(a + 1, rows.size):
            i, j = min(rows[a], rows[b]), max(rows[a], rows[b])
            out[place] = condensed[i * (n - 1) - i * (i - 1) // 2 - i - 1 + j]
            place += 1


@compiled
def _run(distance: Floats, order: Ints, start: int) -> int:
    """Return one past the last place of the run of equal distances that begins at a place."""
    value = distance[order[start]]
    stop = start + 1
    while stop < order.size and distance[order[stop]] == value:
        stop += 1
    return stop


@compiled
def _size(order: Ints, start: int, stop: int, skip: int) -> int:
    """Return how many of a run count: all but `skip`."""
    size = stop - start
    if skip >= 0:
        for q in range(start, stop):
            if order[q] == skip:
                size -= 1
    return size


@compiled
def _top(starts_tie: Bools, count: Ints, rank: Ints) -> float:
    """Return the sum of products of ranks where items lie in the order of their codes."""
    total = 0.0
    m = starts_tie.size
    start = code = 0
    left = count[0]
    while start < m:
        stop = start + 1
        while stop < m and not starts_tie[stop]:
            stop += 1
        wanted = stop - start
        codes = 0
        while wanted > 0:
            while left == 0:
                code += 1
                left = count[code]
            taken = min(left, wanted)
            codes += taken * rank[code]
            left -= taken
            wanted -= taken
        total += float(start + stop - m) * float(codes)
        start = stop
    return total


@compiled(steps=lambda codes: 3 * codes.size)
def rank_sums(
    codes: Codes, starts_tie: Bools, before: int, m: int, count: Ints, total: Ints
) -> float:
    """Add to `count` the items of each code, to `total` the sums of their ranks.

    See `spearman`. These are some of m items, `before` of which have a lower first variable than
    all of these, and the rest a higher one. Returned is the sum of g^3 - g over ties of g items.
    """
    cubes = 0.0
    start = 0
    while start < codes.size:
        stop = start + 1
        while stop < codes.size and not starts_tie[stop]:
            stop += 1
        for q in range(start, stop):
            count[codes[q]] += 1
            total[codes[q]] += 2 * before + start + stop - m
        if stop > start + 1:
            cubes += float(stop - start) ** 3 - (stop - start)
        start = stop
    return cubes


@compiled(steps=lambda starts_tie: starts_tie.size)
def finish_spearman(
    cubes: float, starts_tie: Bools, count: Ints, rank: Ints, total: Ints, out: Floats
) -> None:
    """Fill `rank` and `out`, as `spearman` does, from what `rank_sums` found."""
    m = starts_tie.size
    below = kinds = 0
    xy = yy = 0.0
    for code in range(count.size):
        rank[code] = 2 * below + count[code] - m
        xy += float(rank[code]) * float(total[code])
        yy += float(count[code]) * (float(rank[code]) * float(rank[code]))
        below += count[code]
        kinds += count[code] > 0
    whole = float(m) ** 3 - m
    xx = (whole - cubes) / 3.0
    scale = np.sqrt(xx * yy) if xx > 0.0 and yy > 0.0 else np.nan
    rho = xy / scale
    if abs(rho) > 1.0 - _ROUNDING:
        rho = 1.0 if rho > 0.0 else -1.0
    ceiling = np.sqrt(3.0 * yy / whole) if kinds > 1 else np.nan
    if cubes > 0.0 and scale > 0.0:
        ceiling = max(ceiling, min(_top(starts_tie, count, rank) / scale, 1.0))
    out[0], out[1], out[2], out[3] = rho, ceiling, xx, yy


@compiled
def spearman(
    codes: Codes, starts_tie: Bools, count: Ints, rank: Ints, total: Ints, out: Floats
) -> None:
    """Fill `out` with rho, its ceiling, and the squared norms of the ranks of both variables.

    Items come sorted by the first variable, `starts_tie` marking each new value of it; `codes` are
    whole numbers in the order of the second. Ranks are doubled and less their doubled mean, so that
    they are whole: of each code only their sum is needed. The ceiling is that of
    `hiertools.measures.correlation.spearman_ceiling`.

    count, rank, total (K,) : filled with the items of each code, their rank, and the sum of their
        ranks in the first variable
    """
    for code in range(count.size):
        count[code] = total[code] = 0
    cubes = rank_sums(codes, starts_tie, 0, codes.size, count, total)
    finish_spearman(cubes, starts_tie, count, rank, total, out)


@compiled
def _sorted_row(
    distance: Floats, order: Ints, codes: Codes, skip: int, sorted_codes: Codes, starts_tie: Bools
) -> None:
    """Fill in what `spearman` takes of a row, without the class `skip`."""
    place = 0
    value = -1.0
    for j in order:
        if j != skip:
            sorted_codes[place] = codes[j]
            starts_tie[place] = distance[j] != value
            value = distance[j]
            place += 1


@compiled
def _closeness(members: Ints, codes: Codes, own: int, count: Ints, n_others: int) -> float:
    """Return the mean share of others that are farther by code, of those not as far."""
    total = 0.0
    for j in members:
        if j == own:
            continue
        closer = 0
        for code in range(codes[j]):
            closer += count[code]
        differ = n_others - count[codes[j]]
        if differ == 0:  # all are as far
            return np.nan
        total += (differ - closer) / differ
    return total


@compiled(steps=lambda order: 8 * order.size)
def row_facts(
    distance: Floats,
    order: Ints,
    codes: Codes,
    known: Codes,
    values: Floats,
    start: int,
    self_pair: bool,
    first_only: bool,
    precedence: Ints,
    sorted_codes: Codes,
    starts_tie: Bools,
    count: Ints,
    rank: Ints,
    total: Ints,
    correlation: Floats,
    nearest: Ints,
    facts: Floats,
) -> None:
    """Fill what there is to know of rows of distances, the first of which is class `start`'s.

    `order` sorts each row; `codes` stand for tree distances within a row, `known` for them in all
    rows, with their `values`. With `first_only`, of equally near classes the first one counts.

    sorted_codes, starts_tie (C - 1,), or (C,) with `self_pair`; count, rank, total (K,) : work
        space
    correlation (rows, 4) : see `spearman`
    nearest (rows, 2) : the nearest class, the first by `precedence` of those tied; their number
    facts (rows, 4) : its distance; its mean tree distance; the least tree distance of any class;
        the mean share of classes that are farther in the tree
    """
    n = order.shape[1]
    for row in range(order.shape[0]):
        i = start + row
        line, places = distance[row], order[row]
        skip = -1 if self_pair else i
        _sorted_row(line, places, codes[row], skip, sorted_codes, starts_tie)
        spearman(sorted_codes, starts_tie, count, rank, total, correlation[row])
        if self_pair:
            count[codes[row, i]] -= 1
        begin = 1 if places[0] == i else 0
        stop = _run(line, places, begin)
        chosen = -1
        for q in range(begin, stop):
            j = places[q]
            if j != i:
                key = j if first_only else precedence[j]
                if chosen < 0 or key < (chosen if first_only else precedence[chosen]):
                    chosen = j
        members = places[begin:stop]
        number = _size(places, begin, stop, i)
        reached = 0.0
        if first_only:
            number, reached = 1, values[known[row, chosen]]
            for q in range(begin, stop):
                if places[q] == chosen:
                    members = places[q : q + 1]
        else:
            for j in members:
                if j != i:
                    reached += values[known[row, j]]
        least = known[row, chosen]
        for j in range(n):
            if j != i:
                least = min(least, known[row, j])
        nearest[row, 0], nearest[row, 1] = chosen, number
        facts[row, 0] = line[chosen]
        facts[row, 1] = reached / number
        facts[row, 2] = values[least]
        facts[row, 3] = _closeness(members, codes[row], i, count, n - 1) / number


@compiled(steps=lambda out: 4 * out.size)
def fill_ranks(
    distance: Floats, order: Ints, start: int, self_pair: bool, out: NDArray[np.int32]
) -> None:
    """Fill `out` with the doubled ranks of each row, less their doubled mean.

    Item ``start + row`` takes no part and has 0, unless `self_pair`.
    """
    n = order.shape[1]
    for row in range(order.shape[0]):
        skip = -1 if self_pair or start < 0 else start + row
        m = n if skip < 0 else n - 1
        begin = place = 0
        while begin < n:
            stop = _run(distance[row], order[row], begin)
            size = _size(order[row], begin, stop, skip)
            for q in range(begin, stop):
                out[row, order[row, q]] = 2 * place + size - m
            place += size
            begin = stop
        if skip >= 0:
            out[row, skip] = 0


@compiled(steps=lambda out: 4 * out.size)
def fill_nearest(
    distance: Floats,
    order: Ints,
    start: int,
    first_out: bool,
    tied: bool,
    out: NDArray[np.int32],
    ends: NDArray[np.int32],
) -> int:
    """Fill `out` with the nearest classes of each row, and `ends` with where their runs end.

    A run is one of equal distances; with `tied` false each class is one by itself. Left out is the
    class itself, or with `first_out` what sorts first. Returns the largest of the ends.
    """
    deepest = 0
    for row in range(out.shape[0]):
        begin = place = 0
        while begin < order.shape[1] and place < out.shape[1]:
            stop = _run(distance[row], order[row], begin) if tied else begin + 1
            run = place
            for q in range(begin, stop):
                if (q == 0) if first_out else (order[row, q] == start + row):
                    continue
                if place < out.shape[1]:
                    out[row, place] = order[row, q]
                place += 1
            for q in range(run, min(place, out.shape[1])):
                ends[row, q] = place
            begin = stop
        deepest = max(deepest, place)
    return deepest
