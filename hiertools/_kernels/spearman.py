"""Rank correlations of one pair of matrices under thousands of relabellings or deletions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Bools, Floats, Ints, compiled

Codes = NDArray[np.uint8] | NDArray[np.int32]
Places = NDArray[np.int32]


@compiled(steps=lambda a, permutations: a.size * len(permutations))
def permuted_row_products(
    a: Floats | NDArray[np.float32],
    b: Floats | NDArray[np.float32],
    permutations: Ints,
    upper: bool,
    out: Floats,
) -> None:
    """Fill ``out[m, i] = sum_j a[i, j] b[p_i, p_j]`` with p the m-th permutation.

    With `upper`, only j > i counts. The matrices may hold 32-bit numbers, which halve what has to
    be read; products and sums are of 64 bits.
    """
    n = a.shape[0]
    last = permutations.shape[0] - 1
    # Four permutations at once: one sum would wait for its own additions. Unsigned indices spare
    # the test for negative ones.
    p0, p1 = np.empty(n, np.uint32), np.empty(n, np.uint32)
    p2, p3 = np.empty(n, np.uint32), np.empty(n, np.uint32)
    for m0 in range(0, last + 1, 4):
        # The last four may hold the last permutation more than once.
        m1, m2, m3 = min(m0 + 1, last), min(m0 + 2, last), min(m0 + 3, last)
        for i in range(n):
            p0[i], p1[i] = permutations[m0, i], permutations[m1, i]
            p2[i], p3[i] = permutations[m2, i], permutations[m3, i]
        for i in range(n):
            row = a[i]
            row0, row1, row2, row3 = b[p0[i]], b[p1[i]], b[p2[i]], b[p3[i]]
            sum0 = sum1 = sum2 = sum3 = 0.0
            for j in range(np.uint32(i + 1 if upper else 0), np.uint32(n)):
                x = np.float64(row[j])
                sum0 += x * row0[p0[j]]
                sum1 += x * row1[p1[j]]
                sum2 += x * row2[p2[j]]
                sum3 += x * row3[p3[j]]
            out[m0, i], out[m1, i], out[m2, i], out[m3, i] = sum0, sum1, sum2, sum3


@compiled
def _leave_out(
    codes: Codes,
    starts_tie: Bools,
    first: Places,
    second: Places,
    total: Ints,
    above: Ints,
    ranks: Ints,
    removed: Ints,
    lowered: Ints,
    lost: Floats,
    met: Ints,
) -> float:
    """Count, for each group, what its absence changes; return the cubes of ties of all items.

    Items come sorted by the first variable, `starts_tie` marking each new value of it, `codes`
    holding the second as whole numbers in its order; each belongs to the group `first`, and to
    `second` where that is another one. All is counted in one walk from the largest item down: a
    rank falls by the absent items below it and half of those it is tied with, and what falls is
    summed by code alone. Ranks and counts are doubled, so that they are whole.

    total (K,) : how many items have each code
    above (K,) : work space
    ranks (K,) : filled with the sum of doubled ranks of the items of each code
    removed (G, K) : filled with twice the number of the group's items of each code
    lowered (G, K) : filled with what the sums of `ranks` lose without the group
    lost (G,) : filled with what the cubes of ties lose without the group
    met (G,) : work space
    """
    n_codes, n_groups = total.size, lost.size
    for code in range(n_codes):
        above[code] = ranks[code] = 0
    for group in range(n_groups):
        lost[group], met[group] = 0.0, 0
        for code in range(n_codes):
            removed[group, code] = lowered[group, code] = 0
    cubes = 0.0
    stop = codes.size
    while stop > 0:
        start = stop - 1
        while not starts_tie[start]:
            start -= 1
        size = stop - start
        rank = start + stop + 1
        # Members of one tie are above each other by half.
        for q in range(start, stop):
            above[codes[q]] += 1
            removed[first[q], codes[q]] += 1
            if second[q] != first[q]:
                removed[second[q], codes[q]] += 1
        for q in range(start, stop):
            ranks[codes[q]] += rank
            for side in range(2 if second[q] != first[q] else 1):
                group = second[q] if side else first[q]
                for code in range(n_codes):
                    lowered[group, code] += above[code] - removed[group, code]
                lowered[group, codes[q]] += rank
                met[group] += 1
        if size > 1:
            cube = float(size) ** 3 - size
            cubes += cube
        for q in range(start, stop):
            above[codes[q]] += 1
            for side in range(2 if second[q] != first[q] else 1):
                group = second[q] if side else first[q]
                removed[group, codes[q]] += 1
                if size > 1 and met[group] > 0:
                    left = float(size - met[group])
                    lost[group] += cube - (left**3 - left)
                met[group] = 0
        stop = start
    return cubes


@compiled
def _left_over(
    total: Ints, ranks: Ints, removed: Ints, lowered: Ints, lost: Floats, cubes: float, group: int
) -> float:
    """Return Spearman's rho without a group, from what `_leave_out` counted; NaN if constant."""
    kept = 0
    for code in range(total.size):
        kept += total[code] - removed[group, code] // 2
    if kept < 2:
        return np.nan
    below = 0
    xy, yy = 0.0, 0.0
    for code in range(total.size):
        count = total[code] - removed[group, code] // 2
        rank = float(2 * below + count - kept)  # doubled, less the doubled mean
        xy += rank * (ranks[code] - lowered[group, code] - count * (kept + 1))
        yy += count * rank * rank
        below += count
    whole = float(kept) ** 3 - kept
    xx = (whole - (cubes - lost[group])) / 3.0
    # One item that differs from all others leaves 3 / kept of the whole: less is rounding.
    if xx <= 1e-12 * whole or yy <= 0.0:
        return np.nan
    return xy / np.sqrt(xx * yy)


@compiled(steps=lambda codes, removed: codes.size * (8 + removed.shape[1]) + 2 * removed.size)
def elementwise_without(
    codes: Codes,
    starts_tie: Bools,
    first: Places,
    second: Places,
    total: Ints,
    space: Ints,
    removed: Ints,
    lowered: Ints,
    lost: Floats,
    met: Ints,
    out: Floats,
) -> None:
    """Fill ``out[g]`` with rho over the pairs that have no class in group g.

    Pairs come sorted by distance, with the groups of their classes; `total` holds how many have
    each code, and ``space`` (2, K), ``removed``, ``lowered`` (G, K), ``lost`` and ``met`` (G,) are
    work space.
    """
    cubes = _leave_out(
        codes, starts_tie, first, second, total, space[0], space[1], removed, lowered, lost, met
    )
    for group in range(out.size):
        out[group] = _left_over(total, space[1], removed, lowered, lost, cubes, group)


@compiled(
    steps=lambda codes, removed: codes.size * (8 + removed.shape[1]) + 2 * len(codes) * removed.size
)
def classwise_without(
    codes: Codes,
    starts_tie: Bools,
    group: Places,
    own: Ints,
    space: Ints,
    removed: Ints,
    lowered: Ints,
    lost: Floats,
    met: Ints,
    out: Floats,
) -> None:
    """Fill ``out[row, g]`` with the rho of each row without group g.

    A row lists other classes by their distance: tree distances as codes, where ties start, and
    groups. NaN where the row's `own` group is gone. ``space`` (3, K), ``removed``, ``lowered``
    (G, K), ``lost``, ``met`` (G,) are work space.
    """
    total, above, ranks = space[0], space[1], space[2]
    for row in range(out.shape[0]):
        for code in range(total.size):
            total[code] = 0
        for q in range(codes.shape[1]):
            total[codes[row, q]] += 1
        cubes = _leave_out(
            codes[row], starts_tie[row], group[row], group[row],
            total, above, ranks, removed, lowered, lost, met,
        )  # fmt: skip
        for gone in range(out.shape[1]):
            out[row, gone] = _left_over(total, ranks, removed, lowered, lost, cubes, gone)
        out[row, own[row]] = np.nan


@compiled
def recount_without(
    codes: NDArray[np.int32],
    starts_tie: Bools,
    first: Places,
    second: Places,
    gone: int,
    counts: Ints,
    ranks: Floats,
) -> float:
    """Return rho of the items that are not in a group, counted anew: for codes that are many.

    Items as for `_leave_out`. `counts` holds how many of all items have each code, and does so
    again afterwards; ``ranks`` (K,) is work space.
    """
    kept = codes.size
    for q in range(codes.size):
        if first[q] == gone or second[q] == gone:
            counts[codes[q]] -= 1
            kept -= 1
    below = 0
    yy = 0.0
    for code in range(counts.size):
        ranks[code] = 2 * below + counts[code] - kept
        yy += counts[code] * ranks[code] * ranks[code]
        below += counts[code]
    xy = tied_sum = 0.0
    cubes = 0.0
    place = tied = 0
    for q in range(codes.size):
        if starts_tie[q] and tied:
            xy += (2 * place + tied - kept) * tied_sum
            if tied > 1:
                cubes += float(tied) ** 3 - tied
            place += tied
            tied = 0
            tied_sum = 0.0
        if first[q] != gone and second[q] != gone:
            tied += 1
            tied_sum += ranks[codes[q]]
        else:
            counts[codes[q]] += 1
    xy += (2 * place + tied - kept) * tied_sum
    cubes += float(tied) ** 3 - tied
    whole = float(kept) ** 3 - kept
    xx = (whole - cubes) / 3.0
    if kept < 2 or xx <= 1e-12 * whole or yy <= 0.0:
        return np.nan
    return xy / np.sqrt(xx * yy)


@compiled(steps=lambda codes, groups: 3 * codes.size * groups.size)
def elementwise_recounted(
    codes: NDArray[np.int32],
    starts_tie: Bools,
    first: Places,
    second: Places,
    groups: Ints,
    counts: Ints,
    ranks: Floats,
    out: Floats,
) -> None:
    """Do what `elementwise_without` does, for some groups."""
    for place in range(groups.size):
        out[place] = recount_without(codes, starts_tie, first, second, groups[place], counts, ranks)


@compiled(steps=lambda codes, out: 3 * codes.size * out.shape[1])
def classwise_recounted(
    codes: NDArray[np.int32],
    starts_tie: Bools,
    group: Places,
    own: Ints,
    counts: Ints,
    ranks: Floats,
    out: Floats,
) -> None:
    """Do what `classwise_without` does, for codes without gaps."""
    for row in range(out.shape[0]):
        n_codes = 0
        for q in range(codes.shape[1]):
            n_codes = max(n_codes, codes[row, q] + 1)
        for code in range(n_codes):
            counts[code] = 0
        for q in range(codes.shape[1]):
            counts[codes[row, q]] += 1
        for gone in range(out.shape[1]):
            out[row, gone] = recount_without(
                codes[row], starts_tie[row], group[row], group[row], gone,
                counts[:n_codes], ranks[:n_codes],
            )  # fmt: skip
        out[row, own[row]] = np.nan


@compiled(steps=lambda codes: codes.size)
def count_codes(codes: Codes, upper: bool, out: Ints) -> None:
    """Fill ``out[i, c]`` with how often row i has code c; with `upper`, to the right of place i."""
    for i in range(codes.shape[0]):
        for j in range(i + 1 if upper else 0, codes.shape[1]):
            out[i, codes[i, j]] += 1


@compiled(steps=lambda codes: 2 * codes.size)
def list_codes(
    codes: Codes, upper: bool, usual: Ints, place: Ints, out: NDArray[np.uint32]
) -> None:
    """List the places of each code in each row, but for the row's usual one.

    ``place[i, c]`` holds where the list of code c in row i starts, and then where it ends.
    """
    for i in range(codes.shape[0]):
        for j in range(i + 1 if upper else 0, codes.shape[1]):
            code = codes[i, j]
            if code != usual[i]:
                out[place[i, code]] = j
                place[i, code] += 1


@compiled(steps=lambda a, permutations: 2 * a.size * len(permutations))
def relabelled_sums(
    a: NDArray[np.int32],
    listed: NDArray[np.uint32],
    starts: Ints,
    stops: Ints,
    weight: Floats,
    permutations: Ints,
    places: NDArray[np.uint32],
    out: Floats,
) -> None:
    """Fill ``out[m, i]`` with the sum of ``a[i, j] b[p_i, p_j]`` over j, p the m-th permutation.

    Row u of b is ``weight[u, c]`` at the places listed for code c, and 0 elsewhere; `places` holds
    the inverse of each permutation. Sums of whole numbers are exact in any order.
    """
    for i in range(a.shape[0]):
        row = a[i]
        for m in range(permutations.shape[0]):
            u = permutations[m, i]
            q = places[m]
            total = 0.0
            for code in range(weight.shape[1]):
                first, last = np.uint64(starts[u, code]), np.uint64(stops[u, code])
                if first < last:
                    part = 0
                    for k in range(first, last):
                        part += row[q[listed[k]]]
                    total += weight[u, code] * part
            out[m, i] = total
