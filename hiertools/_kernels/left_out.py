"""What HS@k of the others becomes without each sample, from lists of neighbours one place longer.

A query of class y has the similarities s_1, s_2, ... of its neighbours, a place in a run of tied
ones that of the run's mean; S_k is the sum of the first k, and B_k that of the best ones there are,
b_1 >= b_2 >= ... Without a sample j of similarity v to y:

- B_k loses v and gains b_(k+1) where v is larger: B'_k = B_k - max(0, v - b_(k+1));
- S_k changes where j's run [a, e), of r samples, begins among the first k: all places behind it
  come one nearer, S'_k = S_k + phi (s_(k+1) - v), phi = 1 for k >= e, (k - a) / (r - 1) within.

So S'_k / B'_k - S_k / B_k = S_k (1 / B'_k - 1 / B_k) + phi (s_(k+1) - v) / B'_k. Of the first term
only class and similarity matter, so that it is summed over queries by class. Of j only its *kind*
matters for B': one for each similarity above b_(K+1), K the longest k, and kind 0 for all others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Floats, Ints, compiled


@compiled
def _kinds(
    y: int,
    counts: Ints,
    similarity: Floats,
    ideal: Floats,
    kind_of: Ints,
    size: Ints,
    value: Floats,
    inverse: Floats,
) -> int:
    """Write the kind of every class as seen from y, and 1 / B' of each kind; return how many.

    ``inverse[kind, k]`` is that of the first k places, 0 where nothing similar is left; `size` is
    the number of other samples of a kind. The first kind is B itself.
    """
    longest = ideal.shape[1] - 1
    kinds = 1
    for k in range(longest):
        if ideal[y, k] > ideal[y, longest] and (kinds == 1 or ideal[y, k] < value[kinds - 1]):
            value[kinds] = ideal[y, k]
            kinds += 1
    size[:kinds] = 0
    for c in range(counts.size):
        kind_of[c] = 0
        others = counts[c] - (c == y)
        v = similarity[y, c]
        if others > 0 and v > ideal[y, longest]:
            low, high = 1, kinds - 1
            while low < high:  # values fall
                middle = (low + high) // 2
                if value[middle] > v:
                    low = middle + 1
                else:
                    high = middle
            kind_of[c] = low
        size[kind_of[c]] += others
    for kind in range(kinds):
        total = 0.0
        for k in range(1, longest + 1):
            total += ideal[y, k - 1]
            best = total - max(0.0, value[kind] - ideal[y, k]) if kind > 0 else total
            inverse[kind, k] = 1.0 / best if best > 0.0 else 0.0
    return kinds


@compiled(steps=lambda near, wanted: 10 * near.size * (wanted.size + 2))
def similarity_left_out(
    near: NDArray[np.int32],
    ends: NDArray[np.int32],
    depth: Ints,
    spill: NDArray[np.int32],
    others: NDArray[np.int32],
    spilled: NDArray[np.int32],
    own: NDArray[np.int32],
    start: int,
    counts: Ints,
    similarity: Floats,
    ideal: Floats,
    wanted: Ints,
    weight: Floats,
    change: Floats,
    sums: Floats,
    twice: Floats,
) -> None:
    """Add what each sample's going changes in HS@k of some queries.

    Parameters
    ----------
    near, ends, depth, spill, others, spilled, own, start
        See ``LabelledNeighbours``; at least one place more than the longest k, where there is one.
    ideal : (C, K + 1)
        The similarities of the best K + 1 neighbours of each class, 0 where there are no more.
    wanted : (n_k,)
    weight : (K,)
        Of HS@1..K, in the area under them.
    change : (N, n_k + 1)
        To which the second term above is added, of each wanted k and of the area, and what the
        first one is too much of, since no sample is its own neighbour.
    sums : (C, K)
        To which S_k is added.
    twice : (n_k + 1,)
        To which the squares of each query's changes are added, less their mean.
    """
    longest, n_k, n = sums.shape[1], wanted.size, change.shape[0]
    kind_of, size = np.zeros(counts.size, np.int64), np.zeros(longest + 2, np.int64)
    value, inverse = np.zeros(longest + 2), np.zeros((longest + 2, longest + 1))
    # What a place counts in the area; and sums over places k, k + 1, ..., K of that, bare, times k,
    # and times s_(k + 1).
    shape = (longest + 2, longest + 2)
    step, bare, by_k, by_next = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape)
    place, total = np.zeros(longest + 1), np.zeros(longest + 1)
    norm = np.zeros((longest + 2, n_k + 1))
    one, two = np.zeros(n_k + 1), np.zeros(n_k + 1)
    known, kinds, used = -1, 0, 0
    for row in range(near.shape[0]):
        y, me, deep = own[row], start + row, depth[row]
        if y != known:
            kinds = _kinds(y, counts, similarity, ideal, kind_of, size, value, inverse)
            known = y
            for kind in range(kinds):
                for k in range(longest, 0, -1):
                    defined = inverse[kind, 1] > 0.0
                    step[kind, k] = weight[k - 1] * inverse[kind, k] if defined else 0.0
                    bare[kind, k] = bare[kind, k + 1] + step[kind, k]
                    by_k[kind, k] = by_k[kind, k + 1] + k * step[kind, k]
        # Mean similarities of places, and their sums.
        i = 0
        while i <= longest and i < deep:
            end = ends[row, i]
            mean = 0.0
            for p in range(i, min(end, deep)):
                mean += similarity[y, near[row, p]]
            for p in range(used, used + end - deep):
                mean += similarity[y, spill[p]]
            mean /= end - i
            for p in range(i, min(end, longest + 1)):
                place[p] = mean
            i = end
        if deep <= longest:  # there is no one else
            place[longest] = 0.0
        for k in range(1, longest + 1):
            total[k] = total[k - 1] + place[k - 1]
            sums[y, k - 1] += total[k]
        # What the best sums' change does, whoever goes of a kind.
        one[:] = 0.0
        two[:] = 0.0
        for kind in range(kinds):
            for k in range(longest, 0, -1):
                by_next[kind, k] = by_next[kind, k + 1] + step[kind, k] * place[k]
            if kind == 0:
                continue
            for t in range(n_k):
                k = wanted[t]
                norm[kind, t] = total[k] * (inverse[kind, k] - inverse[0, k])
            norm[kind, n_k] = 0.0
            for k in range(1, longest + 1):
                norm[kind, n_k] += total[k] * (step[kind, k] - step[0, k])
            for t in range(n_k + 1):
                if kind == kind_of[y]:
                    change[me, t] -= norm[kind, t]
                if inverse[kind, wanted[t] if t < n_k else 1] == 0.0:
                    norm[kind, t] = 0.0  # without it, the query has no score
                one[t] += size[kind] * norm[kind, t]
                two[t] += size[kind] * (norm[kind, t] * norm[kind, t])
        # What its place in the list does.
        i = first = 0
        while i < longest and i < deep:
            end = ends[row, i]
            run, last = end - i, min(end, longest + 1)
            while first < n_k and wanted[first] <= i:
                first += 1
            for p in range(i, end):
                if p < deep:
                    c, j = near[row, p], others[row, p]
                else:
                    c, j = spill[used + p - deep], spilled[used + p - deep]
                if j == me:
                    continue
                kind, v = kind_of[c], similarity[y, c]
                for t in range(first, n_k):
                    k = wanted[t]
                    d = (place[k] - v) * inverse[kind, k]
                    if k < end:
                        d *= (k - i) / (run - 1)
                    change[j, t] += d
                    one[t] += d
                    two[t] += d * (2.0 * norm[kind, t] + d)
                d = by_next[kind, last] - v * bare[kind, last]
                if run > 1:
                    inside = by_k[kind, i + 1] - by_k[kind, last]
                    inside -= i * (bare[kind, i + 1] - bare[kind, last])
                    d += (place[i] - v) / (run - 1) * inside
                change[j, n_k] += d
                one[n_k] += d
                two[n_k] += d * (2.0 * norm[kind, n_k] + d)
            i = end
        if deep > 0:
            used += max(0, ends[row, deep - 1] - deep)
        for t in range(n_k + 1):
            twice[t] += two[t] - one[t] * one[t] / (n - 1)


@compiled(steps=lambda counts, sums: 10 * counts.size**2 + 10 * sums.size)
def best_sums_left_out(
    counts: Ints,
    similarity: Floats,
    ideal: Floats,
    wanted: Ints,
    weight: Floats,
    sums: Floats,
    change: Floats,
    lost: Floats,
) -> None:
    """Add the first term above for a sample of each class, and how many queries lose their score.

    Both of shape (C, n_k + 1); `sums` as `similarity_left_out` leaves them.
    """
    longest, n_k = sums.shape[1], wanted.size
    kind_of, size = np.zeros(counts.size, np.int64), np.zeros(longest + 2, np.int64)
    value, inverse = np.zeros(longest + 2), np.zeros((longest + 2, longest + 1))
    norm = np.zeros((longest + 2, n_k + 1))
    for y in range(counts.size):
        if counts[y] == 0:
            continue
        kinds = _kinds(y, counts, similarity, ideal, kind_of, size, value, inverse)
        for kind in range(kinds):
            for t in range(n_k):
                k = wanted[t]
                norm[kind, t] = sums[y, k - 1] * (inverse[kind, k] - inverse[0, k])
            norm[kind, n_k] = 0.0
            if inverse[0, 1] > 0.0:
                for k in range(1, longest + 1):
                    step = (inverse[kind, k] if inverse[kind, 1] > 0.0 else 0.0) - inverse[0, k]
                    norm[kind, n_k] += weight[k - 1] * sums[y, k - 1] * step
        for c in range(counts.size):
            kind = kind_of[c]
            if kind == 0:
                continue
            for t in range(n_k + 1):
                k = wanted[t] if t < n_k else 1
                change[c, t] += norm[kind, t]
                if inverse[0, k] > 0.0 and inverse[kind, k] == 0.0:
                    lost[c, t] += counts[y] - (c == y)
