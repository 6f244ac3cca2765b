"""Retrieval scores of classes at one level under thousands of relabellings, and of samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Floats, Ints, compiled
from hiertools._kernels.nested_retrieval import run_precision

Places = NDArray[np.int32]


@compiled(steps=lambda neighbours, labels: neighbours.size * labels.shape[1])
def retrieval_relabelled(
    neighbours: Places,
    tied: Places,
    labels: Places,
    company: Places,
    deepest: int,
    space: Floats,
    out: Floats,
) -> None:
    """Add to ``out[:, m]`` the sums of the scores when class i has the label ``labels[i, m]``.

    Of classes that have no ties among their neighbours. ``company`` (C, M) holds how many others
    have each class's label; ``space`` (3, M) is work space. All versions are looked at together,
    neighbour by neighbour: no branch, no jump in memory.
    """
    versions = labels.shape[1]
    hits, precision, first = space[0], space[1], space[2]
    for i in range(labels.shape[0]):
        if tied[i] >= 0:
            continue
        own, others = labels[i], company[i]
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
                out[0, m] += first[m]
                out[1, m] += hits[m] / others[m]
                out[2, m] += precision[m] / others[m]


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
