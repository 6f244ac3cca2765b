"""Retrieval scores of one neighbour table under thousands of relabellings or deletions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Floats, Ints, compiled

Places = NDArray[np.int32]


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
def _retrieve(
    neighbours: Places,
    ends: Places,
    tied: Places,
    row: int,
    labels: Places,
    version: int,
    own: int,
    company: int,
    deepest: int,
    hit_at: Ints,
) -> tuple[float, float, float, int]:
    """Return P@1, R-precision and average precision at R of one class, and how far it looked.

    A row of `neighbours` lists other classes by distance, and row ``tied[row]`` of `ends` where the
    run of equal distances that a place lies in comes to its end (-1: nothing there is tied). Row
    `version` of `labels` holds -1 for classes that are passed over. Of a run, the mean over all its
    orders is taken. NaN without company. Only as many runs are looked at as the first `deepest`
    neighbours lie in, which leaves the other two scores meaningless where that is fewer than the
    company.
    `hit_at`, one longer than the company, is work space.
    """
    if company < 1:
        return np.nan, np.nan, np.nan, 0
    limit = min(company, deepest)
    seen = start = 0
    if tied[row] < 0:
        found = 0
        while seen < limit:
            # An unsigned index spares the test for negative ones, and writing where the next hit
            # will stand, hit or not, a branch that nothing could foresee.
            label = labels[version, np.uint32(neighbours[row, start])]
            hit_at[found] = seen
            found += label == own
            seen += label >= 0
            start += 1
        total = 0.0
        for hit in range(found):
            total += (hit + 1) / (hit_at[hit] + 1)
        at_one = 1.0 if found > 0 and hit_at[0] == 0 else 0.0
        return at_one, found / company, total / company, start
    hits = precision = first = 0.0
    while seen < limit:
        stop = ends[tied[row], start]
        run = alike = 0
        for q in range(start, stop):
            label = labels[version, neighbours[row, q]]
            run += label >= 0
            alike += label == own
        start = stop
        if run == 0:
            continue
        if seen == 0:
            first = alike / run
        within = min(run, company - seen)
        if alike:
            precision += run_precision(hits, seen, run, alike, within)
            hits += alike if within == run else alike / run * within
        seen += within
    return first, hits / company, precision / company, start


@compiled(steps=lambda neighbours: 4 * neighbours.size)
def retrieval_per_class(
    neighbours: Places,
    ends: Places,
    tied: Places,
    labels: Places,
    size: Ints,
    start: int,
    deepest: int,
    out: Floats,
) -> None:
    """Fill each row of `out` with the scores of a class, from class `start` on: see `_retrieve`.

    `labels` has one row; `size` holds how many classes have each label.
    """
    hit_at = np.empty(neighbours.shape[1] + 1, np.int64)
    for row in range(out.shape[0]):
        own = labels[0, start + row]
        found = _retrieve(
            neighbours, ends, tied, row, labels, 0, own, size[own] - 1, deepest, hit_at
        )
        out[row, 0], out[row, 1], out[row, 2] = found[0], found[1], found[2]


@compiled
def _add(found: tuple[float, float, float, int], row: int, total: Floats, count: Ints) -> None:
    if not np.isnan(found[0]):
        count[row] += 1
        total[row, 0] += found[0]
        total[row, 1] += found[1]
        total[row, 2] += found[2]


@compiled
def _divide(total: Floats, count: Ints) -> None:
    for row in range(total.shape[0]):
        for score in range(3):
            total[row, score] = total[row, score] / count[row] if count[row] else np.nan


@compiled(steps=lambda neighbours, out: 4 * neighbours.size * len(out))
def retrieval_relabelled(
    neighbours: Places,
    ends: Places,
    tied: Places,
    labels: Places,
    company: Places,
    by_version: Places,
    deepest: int,
    space: Floats,
    count: Ints,
    out: Floats,
) -> None:
    """Add to ``out[m]``, all 0, the mean scores when class i has the label ``labels[i, m]``.

    ``company`` (C, M) holds how many others have each class's label, and ``by_version`` (M, C) the
    labels turned round; ``space`` (3, M) and ``count`` (M,), all 0, are work space. Where nothing
    is tied, all versions are looked at together, neighbour by neighbour: no branch, no jump in
    memory.
    """
    versions = labels.shape[1]
    hits, precision, first = space[0], space[1], space[2]
    for i in range(labels.shape[0]):
        own, others = labels[i], company[i]
        if tied[i] >= 0:
            hit_at = np.empty(neighbours.shape[1] + 1, np.int64)
            for m in range(versions):
                found = _retrieve(
                    neighbours, ends, tied, i, by_version, m, own[m], others[m], deepest, hit_at
                )
                _add(found, m, out, count)
            continue
        most = 0
        for m in range(versions):
            hits[m] = precision[m] = 0.0
            most = max(most, others[m])
        for q in range(min(most, deepest)):
            label = labels[np.uint32(neighbours[i, q])]
            share = 1.0 / (q + 1)
            for m in range(versions):
                hit = 1.0 if (label[m] == own[m]) & (q < others[m]) else 0.0
                hits[m] += hit
                precision[m] += hit * hits[m] * share
            if q == 0:
                for m in range(versions):
                    first[m] = hits[m]
        for m in range(versions):
            if others[m] > 0:
                count[m] += 1
                out[m, 0] += first[m]
                out[m, 1] += hits[m] / others[m]
                out[m, 2] += precision[m] / others[m]
    _divide(out, count)


@compiled(steps=lambda neighbours, out: 4 * neighbours.size * len(out))
def retrieval_without(
    neighbours: Places,
    ends: Places,
    tied: Places,
    labels: Places,
    size: Ints,
    group_of: Ints,
    removed: Ints,
    start: int,
    deepest: int,
    met: Ints,
    count: Ints,
    out: Floats,
) -> None:
    """Add to ``out[g]``, all 0, the mean scores of what is left without group ``start + g``.

    Where a class has none of the group among the neighbours that count, nor in its company, its
    scores stay. ``labels`` (G + 1, C) are -1 for the classes of group g in row g, and all there in
    the last one; ``size`` (L,) holds how many classes have each label, and ``removed`` (G, L) how
    many of them each group holds; ``met`` (G,), all -1, and ``count`` (G,), all 0, are work space.
    """
    hit_at = np.empty(neighbours.shape[1] + 1, np.int64)
    n_groups = out.shape[0]
    for i in range(labels.shape[1]):
        own = labels[n_groups, i]
        company = size[own] - 1
        whole = _retrieve(
            neighbours, ends, tied, i, labels, n_groups, own, company, deepest, hit_at
        )
        for q in range(whole[3]):
            group = group_of[neighbours[i, q]] - start
            if 0 <= group < n_groups:
                met[group] = i
        for group in range(n_groups):
            if group_of[i] == start + group:
                continue
            left = company - removed[group, own]
            if met[group] != i and left == company:
                _add(whole, group, out, count)
                continue
            found = _retrieve(neighbours, ends, tied, i, labels, group, own, left, deepest, hit_at)
            _add(found, group, out, count)
    _divide(out, count)


@compiled(steps=lambda neighbours: 2 * neighbours.size)
def retrieval_per_sample(
    neighbours: NDArray[np.int32],
    ends: NDArray[np.int32],
    k: Ints,
    spill: NDArray[np.int32],
    labels: NDArray[np.int32],
    company: Ints,
    out: Floats,
) -> None:
    """Fill ``out[:, i]`` with P@1, R-precision and MAP@R of sample i; NaN without company.

    `neighbours` holds the labels of the k[i] most similar samples, and `ends` where the run of ties
    that each place lies in ends; the labels of those beyond place k[i] are in `spill`, one sample's
    behind the other's. k[i] is at least company[i].
    """
    used = 0
    for i in range(neighbours.shape[0]):
        beyond = max(0, ends[i, k[i] - 1] - k[i]) if k[i] > 0 else 0
        hits = 0.0
        seen = 0
        precision = 0.0
        first = 0.0
        while seen < company[i]:
            stop = ends[i, seen]
            run = stop - seen
            alike = 0
            for q in range(seen, min(stop, k[i])):
                alike += neighbours[i, q] == labels[i]
            for q in range(used, used + stop - k[i]):
                alike += spill[q] == labels[i]
            if seen == 0:
                first = alike / run
            within = min(run, company[i] - seen)
            if alike:
                precision += run_precision(hits, seen, run, alike, within)
                hits += alike if within == run else alike / run * within
            seen += within
        used += beyond
        if company[i] > 0:
            out[0, i] = first
            out[1, i] = hits / company[i]
            out[2, i] = precision / company[i]
        else:
            out[:, i] = np.nan
