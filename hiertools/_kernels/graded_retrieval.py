"""Retrieval scores of queries whose neighbours share more or fewer levels of a tree with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Floats, compiled
from hiertools._kernels.nested_retrieval import run_precision

Grades = NDArray[np.int8]
Places = NDArray[np.int32]

_NEGLIGIBLE = 1e-18


@compiled
def _expected_least(before: int, marked: int, run: int, drawn: int, cap: int) -> float:
    """Return the mean of min(before + X, cap), X being how many of `drawn` out of `run` are marked.

    X is hypergeometric. Its probabilities follow from each other, from the most likely value on to
    either side, until they are negligible.
    """
    low, high = max(0, drawn - (run - marked)), min(marked, drawn)
    if before + high <= cap:
        return before + drawn * marked / run
    if before + low >= cap:
        return float(cap)
    mode = min(max((drawn + 1) * (marked + 1) // (run + 2), low), high)
    total, mean = 1.0, float(min(before + mode, cap))
    weight = 1.0
    for x in range(mode, high):
        weight *= (marked - x) * (drawn - x) / ((x + 1.0) * (run - marked - drawn + x + 1.0))
        if weight < _NEGLIGIBLE:
            break
        total += weight
        mean += weight * min(before + x + 1, cap)
    weight = 1.0
    for x in range(mode, low, -1):
        weight *= x * (run - marked - drawn + x + 0.0) / ((marked - x + 1.0) * (drawn - x + 1.0))
        if weight < _NEGLIGIBLE:
            break
        total += weight
        mean += weight * min(before + x - 1, cap)
    return mean / total


@compiled(steps=lambda grades: 8 * grades.size)
def graded_retrieval(
    grades: Grades,
    ends: Places,
    part: Places,
    left: int,
    weight: Floats,
    gain: Floats,
    discount: Floats,
    out: Floats,
) -> None:
    """Fill ``out[:, i]`` with the scores of query i, NaN where nothing is relevant to it.

    P@1, R-precision and MAP@R of the coarsest level, of the next, ..., then H-AP, NDCG and ASI.

    Parameters
    ----------
    grades : (B, G)
        Of each query's neighbours, most similar first: how many of L nested levels they share.
    ends : (B, G)
        One past the last place of the run of ties that each place lies in.
    part, left : (B, G), int
        Neighbours of part `left` are looked at as if they were not there.
    weight : (L + 1,)
        What all neighbours of a grade are worth together for H-AP; 0 of grade 0.
    gain : (L + 1,)
        What one of them is worth for NDCG.
    discount : (G + 1,)
        Sums of the first discounts.
    out : (3 L + 3, B)
    """
    n, size = grades.shape
    levels = weight.size - 1
    number = np.empty(levels + 1, dtype=np.int64)  # of each grade; then, that have come; in the run
    seen = np.empty(levels + 1, dtype=np.int64)
    here = np.empty(levels + 1, dtype=np.int64)
    better = np.empty(levels + 2, dtype=np.int64)  # of this grade and above
    worth = np.empty(levels + 1)
    for i in range(n):
        for grade in range(levels + 1):
            number[grade] = seen[grade] = here[grade] = 0
        for q in range(size):
            if part[i, q] != left:
                number[grades[i, q]] += 1
        better[levels + 1] = 0
        total = best = 0.0
        for grade in range(levels, 0, -1):
            above = better[grade + 1]
            better[grade] = above + number[grade]
            worth[grade] = weight[grade] / number[grade] if number[grade] else 0.0
            best += gain[grade] * (discount[better[grade]] - discount[above])
            total += worth[grade] * number[grade]
        for row in range(3 * levels + 3):
            out[row, i] = 0.0
        start = q = 0
        while q < size:
            stop = int(ends[i, q])
            run = 0
            while q < stop:
                if part[i, q] != left:
                    here[grades[i, q]] += 1
                    run += 1
                q += 1
            if run == 0:
                continue
            hits = alike = 0
            for level in range(levels, 0, -1):
                hits += seen[level]
                alike += here[level]
                within = min(run, better[level] - start)
                if within > 0 and alike > 0:
                    row = 3 * level - 3
                    if start == 0:
                        out[row, i] = alike / run
                    out[row + 1, i] += alike if within == run else alike / run * within
                    out[row + 2, i] += run_precision(float(hits), start, run, alike, within)
            if alike > 0:
                harmonic = later = 0.0
                for place in range(run):
                    harmonic += 1.0 / (start + place + 1)
                    later += place / (start + place + 1)
                step = (discount[start + run] - discount[start]) / run
                for grade in range(1, levels + 1):
                    if here[grade] == 0:
                        continue
                    before = beside = 0.0
                    for other in range(1, levels + 1):
                        least = min(worth[grade], worth[other])
                        before += seen[other] * least
                        beside += (here[other] - (1 if other == grade else 0)) * least
                    rest = beside / (run - 1) * later if run > 1 else 0.0
                    share = here[grade] / run
                    out[3 * levels, i] += share * ((worth[grade] + before) * harmonic + rest)
                    out[3 * levels + 1, i] += here[grade] * gain[grade] * step
            for place in range(start, min(start + run, better[1])):
                common = 0.0
                for grade in range(1, levels + 1):
                    cap = min(number[grade], max(0, place + 1 - better[grade + 1]))
                    if cap > 0:
                        drawn = place - start + 1
                        common += _expected_least(seen[grade], here[grade], run, drawn, cap)
                out[3 * levels + 2, i] += common / (place + 1)
            for grade in range(levels + 1):
                seen[grade] += here[grade]
                here[grade] = 0
            start += run
        for level in range(1, levels + 1):
            row = 3 * level - 3
            if better[level] == 0:
                out[row, i] = out[row + 1, i] = out[row + 2, i] = np.nan
            else:
                out[row + 1, i] /= better[level]
                out[row + 2, i] /= better[level]
        if better[1] == 0:
            for row in range(3 * levels, 3 * levels + 3):
                out[row, i] = np.nan
        else:
            out[3 * levels, i] /= total
            out[3 * levels + 1, i] /= best
            out[3 * levels + 2, i] /= better[1]
