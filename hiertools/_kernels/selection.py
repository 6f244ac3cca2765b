"""Selecting the best few classes of each row of scores, and the curves of HS@k."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Floats, Ints, compiled


@compiled(steps=lambda order, start, stop: 4 * (stop - start) * order.size)
def top_k(
    scores: Floats | NDArray[np.float32],
    order: Ints,
    k: int,
    out: NDArray[np.int32],
    ends: NDArray[np.int32],
    start: int,
    stop: int,
) -> None:
    """Write the k best columns of rows ``start`` to ``stop`` of `scores`, best first, into `out`.

    Columns are visited in the given `order` and a later one must be strictly better to come first,
    so a tie goes to the column that `order` names first. Into `ends` goes one past the last place
    of the run of equal scores that each place lies in: beyond k where others tie with the k-th.
    """
    value = np.empty(k, dtype=scores.dtype)
    for row in range(start, stop):
        held = 0
        beyond = 0  # columns left out that are as good as the k-th
        for place in range(order.size):
            column = order[place]
            x = scores[row, column]
            if held == k:
                least = value[k - 1]
                if x < least:
                    continue
                if x == least:
                    beyond += 1
                    continue
                slot = k - 1
            else:
                least = x
                slot = held
            while slot > 0 and x > value[slot - 1]:
                value[slot] = value[slot - 1]
                out[row, slot] = out[row, slot - 1]
                slot -= 1
            value[slot] = x
            out[row, slot] = place
            if held < k:
                held += 1
            elif value[k - 1] == least:
                beyond += 1
            else:
                beyond = 0
        ends[row, k - 1] = k + beyond
        for slot in range(k - 2, -1, -1):
            tied = value[slot] == value[slot + 1]
            ends[row, slot] = ends[row, slot + 1] if tied else slot + 1


@compiled(steps=lambda neighbours: 8 * neighbours.size)
def similarity_curves(
    neighbours: NDArray[np.int32],
    ends: NDArray[np.int32],
    k: Ints,
    spill: NDArray[np.int32],
    labels: Ints,
    similarity: Floats,
    best: Floats,
    out: Floats,
) -> None:
    """Write the running sum of each row's similarities to its label over the best one, into `out`.

    Of a run of tied neighbours each place has the run's mean; its members beyond place k[row] are
    in `spill`, one row's behind the other's. NaN where the best attainable sum is not above 0.
    """
    used = 0
    for row in range(neighbours.shape[0]):
        own = labels[row]
        total = 0.0
        i = 0
        while i < out.shape[1]:
            end = ends[row, i]
            mean = 0.0
            for j in range(i, min(end, k[row])):
                mean += similarity[own, neighbours[row, j]]
            for j in range(used, used + end - k[row]):
                mean += similarity[own, spill[j]]
            mean /= end - i
            for j in range(i, min(end, out.shape[1])):
                total += mean
                bound = best[own, j]
                out[row, j] = total / bound if bound > 0.0 else np.nan
            i = end
        if k[row] > 0:
            used += max(0, ends[row, k[row] - 1] - k[row])
