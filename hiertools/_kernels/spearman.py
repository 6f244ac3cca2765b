"""Rank correlations of one pair of matrices under thousands of relabellings or deletions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Bools, Floats, Ints, compiled


@compiled
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
def _spearman_without(
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    starts_tie: Bools,
    codes: NDArray[np.int32] | Ints,
    group_of: Ints,
    gone: int,
    counts: Ints,
    ranks: Floats,
) -> float:
    """Spearman's rho of the items whose two classes are not in group `gone`; NaN if constant.

    Items come sorted by the first variable, `starts_tie` marking each new value of it. `codes`
    holds the second as whole numbers in its order, and `counts` how many kept items have each;
    `ranks` is work space.
    """
    kept = 0
    for code in range(counts.size):
        kept += counts[code]
    if kept < 2:
        return np.nan
    middle = (kept + 1) / 2.0
    below = 0
    yy = 0.0
    for code in range(counts.size):
        ranks[code] = below + (counts[code] + 1) / 2.0 - middle
        yy += counts[code] * ranks[code] * ranks[code]
        below += counts[code]
    xx = 0.0
    xy = 0.0
    tied = 0
    tied_sum = 0.0
    below = 0
    for q in range(codes.size):
        if starts_tie[q] and tied:
            rank = below + (tied + 1) / 2.0 - middle
            xx += tied * rank * rank
            xy += rank * tied_sum
            below += tied
            tied = 0
            tied_sum = 0.0
        if group_of[first[q]] != gone and group_of[second[q]] != gone:
            tied += 1
            tied_sum += ranks[codes[q]]
    rank = below + (tied + 1) / 2.0 - middle
    xx += tied * rank * rank
    xy += rank * tied_sum
    if xx <= 0.0 or yy <= 0.0:
        return np.nan
    return xy / np.sqrt(xx * yy)


@compiled
def elementwise_without(
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    starts_tie: Bools,
    codes: NDArray[np.int32] | Ints,
    square_codes: NDArray[np.int32] | Ints,
    n_codes: int,
    group_of: Ints,
    groups: Ints,
    out: Floats,
) -> None:
    """Fill ``out[g]`` with rho over the pairs that have no class in ``groups[g]``.

    Pairs (first, second) come sorted by distance; `square_codes` has their codes as a matrix.
    """
    total = np.zeros(n_codes, dtype=np.int64)
    for q in range(codes.size):
        total[codes[q]] += 1
    ranks = np.empty(n_codes, dtype=np.float64)
    for g in range(groups.size):
        gone = groups[g]
        counts = total.copy()
        for i in range(group_of.size):
            if group_of[i] == gone:
                for j in range(group_of.size):
                    if j > i or group_of[j] != gone:
                        counts[square_codes[i, j]] -= j != i
        out[g] = _spearman_without(first, second, starts_tie, codes, group_of, gone, counts, ranks)


@compiled
def classwise_without(
    order: NDArray[np.int32],
    starts_tie: Bools,
    codes: NDArray[np.int32] | Ints,
    group_of: Ints,
    groups: Ints,
    out: Floats,
) -> None:
    """Fill ``out[g, i]`` with the rho of row i without the classes in ``groups[g]``.

    Row i of `order` lists the other classes by their distance to i, and row i of `codes` what
    stands for their tree distances, dense whole numbers. NaN where i itself is gone.
    """
    for i in range(order.shape[0]):
        n_codes = codes[i].max() + 1
        total = np.zeros(n_codes, dtype=np.int64)
        for q in range(order.shape[1]):
            total[codes[i, q]] += 1
        ranks = np.empty(n_codes, dtype=np.float64)
        counts = np.empty(n_codes, dtype=np.int64)
        for g in range(groups.size):
            gone = groups[g]
            if group_of[i] == gone:
                out[g, i] = np.nan
                continue
            counts[:] = total
            for q in range(order.shape[1]):
                counts[codes[i, q]] -= group_of[order[i, q]] == gone
            out[g, i] = _spearman_without(
                order[i], order[i], starts_tie[i], codes[i], group_of, gone, counts, ranks
            )
