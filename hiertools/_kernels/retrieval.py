"""Retrieval scores of one neighbour table under thousands of relabellings or deletions."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def retrieval_per_class(neighbours, labels, gone, deepest, out):
    """Fill ``out[i]`` with P@1, R-precision and average precision at R of class i.

    `neighbours` lists the other classes by distance; those marked `gone` are passed over. NaN for
    a class that is gone or has no company. Only the first `deepest` neighbours are looked at, which
    leaves the other two scores meaningless where that is fewer than the company.
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
        hits = 0
        seen = 0
        precision = 0.0
        first = 0.0
        for q in range(neighbours.shape[1]):
            j = neighbours[i, q]
            if gone[j]:
                continue
            seen += 1
            if labels[j] == labels[i]:
                hits += 1
                precision += hits / seen
                if seen == 1:
                    first = 1.0
            if seen >= company or seen >= deepest:
                break
        out[i, 0] = first
        out[i, 1] = hits / company
        out[i, 2] = precision / company


@njit(cache=True, nogil=True)
def _means(per_class, out):
    for score in range(3):
        total = 0.0
        count = 0
        for i in range(per_class.shape[0]):
            if not np.isnan(per_class[i, score]):
                total += per_class[i, score]
                count += 1
        out[score] = total / count if count else np.nan


@njit(cache=True, nogil=True)
def retrieval_relabelled(neighbours, labels, permutations, deepest, out):
    """Fill ``out[m]`` with the mean scores when class i takes the label of class p_i."""
    n = neighbours.shape[0]
    per_class = np.empty((n, 3))
    gone = np.zeros(n, dtype=np.bool_)
    relabelled = np.empty_like(labels)
    for m in range(permutations.shape[0]):
        for i in range(n):
            relabelled[i] = labels[permutations[m, i]]
        retrieval_per_class(neighbours, relabelled, gone, deepest, per_class)
        _means(per_class, out[m])


@njit(cache=True, nogil=True)
def retrieval_without(neighbours, labels, group_of, groups, deepest, out):
    """Fill ``out[g]`` with the mean scores of what is left without the classes in ``groups[g]``."""
    n = neighbours.shape[0]
    per_class = np.empty((n, 3))
    gone = np.empty(n, dtype=np.bool_)
    for g in range(groups.size):
        for i in range(n):
            gone[i] = group_of[i] == groups[g]
        retrieval_per_class(neighbours, labels, gone, deepest, per_class)
        _means(per_class, out[g])
