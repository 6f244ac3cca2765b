"""Rank correlations of one pair of matrices under thousands of relabellings or deletions."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def permuted_row_products(a, b, permutations, upper, out):
    """Fill ``out[m, i] = sum_j a[i, j] b[p_i, p_j]`` with p the m-th permutation.

    With `upper`, only j > i counts.
    """
    n = a.shape[0]
    for m in range(permutations.shape[0]):
        p = permutations[m]
        for i in range(n):
            row = b[p[i]]
            total = 0.0
            for j in range(i + 1 if upper else 0, n):
                total += a[i, j] * row[p[j]]
            out[m, i] = total


@njit(cache=True, nogil=True)
def _spearman_without(first, second, starts_tie, codes, group_of, gone, counts, ranks):
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


@njit(cache=True, nogil=True)
def elementwise_without(
    first, second, starts_tie, codes, square_codes, n_codes, group_of, groups, out
):
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


@njit(cache=True, nogil=True)
def classwise_without(order, starts_tie, codes, group_of, groups, out):
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
