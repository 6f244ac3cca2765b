"""Retrieval scores of one neighbour table under thousands of relabellings or deletions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Bools, Floats, Ints, compiled


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
def retrieval_per_class(
    neighbours: NDArray[np.int32],
    ends: NDArray[np.int32],
    labels: NDArray[np.int32],
    gone: Bools,
    deepest: int,
    out: Floats,
) -> None:
    """Fill ``out[i]`` with P@1, R-precision and average precision at R of class i.

    `neighbours` lists the other classes by distance, and `ends` where the run of equal distances
    that a place lies in comes to its end; classes marked `gone` are passed over. Of a run, the mean
    over all its orders is taken. NaN for a class that is gone or has no company. Only as many runs
    are looked at as the first `deepest` neighbours lie in, which leaves the other two scores
    meaningless where that is fewer than the company.
    """
    n = neighbours.shape[0]
    size = np.zeros(labels.max() + 1, dtype=np.int64)
    for i in range(n):
        if not gone[i]:
            size[labels[i]] += 1
    for i in range(n):
        company = size[labels[i]] - 1
        if gone[i] or company < 1:
            out[i, 0] = np.nan
            out[i, 1] = np.nan
            out[i, 2] = np.nan
            continue
        hits = 0.0
        seen = 0
        precision = 0.0
        first = 0.0
        start = 0
        while start < neighbours.shape[1]:
            stop = ends[i, start]
            run = 0
            alike = 0
            for q in range(start, stop):
                j = neighbours[i, q]
                if not gone[j]:
                    run += 1
                    if labels[j] == labels[i]:
                        alike += 1
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
            if seen >= company or seen >= deepest:
                break
        out[i, 0] = first
        out[i, 1] = hits / company
        out[i, 2] = precision / company


@compiled
def _means(per_class: Floats, out: Floats) -> None:
    for score in range(3):
        total = 0.0
        count = 0
        for i in range(per_class.shape[0]):
            if not np.isnan(per_class[i, score]):
                total += per_class[i, score]
                count += 1
        out[score] = total / count if count else np.nan


@compiled
def retrieval_relabelled(
    neighbours: NDArray[np.int32],
    ends: NDArray[np.int32],
    labels: NDArray[np.int32],
    permutations: Ints,
    deepest: int,
    out: Floats,
) -> None:
    """Fill ``out[m]`` with the mean scores when class i takes the label of class p_i."""
    n = neighbours.shape[0]
    per_class = np.empty((n, 3))
    gone = np.zeros(n, dtype=np.bool_)
    relabelled = np.empty_like(labels)
    for m in range(permutations.shape[0]):
        for i in range(n):
            relabelled[i] = labels[permutations[m, i]]
        retrieval_per_class(neighbours, ends, relabelled, gone, deepest, per_class)
        _means(per_class, out[m])


@compiled
def retrieval_without(
    neighbours: NDArray[np.int32],
    ends: NDArray[np.int32],
    labels: NDArray[np.int32],
    group_of: Ints,
    groups: Ints,
    deepest: int,
    out: Floats,
) -> None:
    """Fill ``out[g]`` with the mean scores of what is left without the classes in ``groups[g]``."""
    n = neighbours.shape[0]
    per_class = np.empty((n, 3))
    gone = np.empty(n, dtype=np.bool_)
    for g in range(groups.size):
        for i in range(n):
            gone[i] = group_of[i] == groups[g]
        retrieval_per_class(neighbours, ends, labels, gone, deepest, per_class)
        _means(per_class, out[g])


@compiled
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
