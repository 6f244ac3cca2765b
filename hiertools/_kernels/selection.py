"""Selecting the largest entries of each row, in order, ties settled the same way every time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Floats, Ints, compiled

_SIGN = np.uint32(0x80000000)
_ALL = np.uint32(0xFFFFFFFF)
_BYTE = np.uint32(255)
_BITS = np.uint32(8)


@compiled
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


@compiled
def _threshold(row: Floats | NDArray[np.float32], k: int) -> float:
    """Guess a value that slightly more than k entries of `row` reach, from every few entries."""
    n = row.size
    stride = max(1, min(16, k // 8))
    if stride == 1 or n < 4 * k:
        return -np.inf
    expected = k / stride
    rank = int(expected + 3.0 * np.sqrt(expected)) + 3
    sampled = n // stride
    if rank >= sampled:
        return -np.inf
    heap = np.empty(rank, dtype=row.dtype)  # the `rank` largest seen, the smallest of them on top
    for i in range(rank):
        heap[i] = row[i * stride]
    heap.sort()
    for i in range(rank, sampled):
        x = row[i * stride]
        if x <= heap[0]:
            continue
        at = 0
        while True:
            child = 2 * at + 1
            if child >= rank:
                break
            if child + 1 < rank and heap[child + 1] < heap[child]:
                child += 1
            if heap[child] >= x:
                break
            heap[at] = heap[child]
            at = child
        heap[at] = x
    return heap[0]


@compiled
def _collect(
    row: Floats | NDArray[np.float32],
    skip: int,
    least: float | np.float32,
    value: Floats | NDArray[np.float32],
    index: NDArray[np.int32],
) -> int:
    """Copy the entries of `row` that reach `least`, all but `skip`; return how many."""
    held = 0
    for j in range(row.size):
        x = row[j]
        if x >= least:
            value[held] = x
            index[held] = j
            if j != skip:
                held += 1
    return held


@compiled
def _radix_sort(
    key: NDArray[np.uint32],
    index: NDArray[np.int32],
    spare_key: NDArray[np.uint32],
    spare_index: NDArray[np.int32],
    held: int,
) -> int:
    """Sort `held` keys, and `index` with them, stably, byte by byte; return the number of passes.

    After an odd number of passes the result lies in the spare arrays. Bytes above the largest key's
    are never looked at: similarities above a threshold differ in their lower three bytes only.
    """
    largest = np.uint32(0)
    for i in range(held):
        largest = max(largest, key[i])
    start = np.empty(257, dtype=np.int32)
    shift = np.uint32(0)
    passes = 0
    while largest >> shift > 0:
        start[:] = 0
        for i in range(held):
            start[((key[i] >> shift) & _BYTE) + 1] += 1
        for b in range(256):
            start[b + 1] += start[b]
        for i in range(held):
            b = (key[i] >> shift) & _BYTE
            spare_key[start[b]] = key[i]
            spare_index[start[b]] = index[i]
            start[b] += 1
        key, spare_key = spare_key, key
        index, spare_index = spare_index, index
        passes += 1
        shift += _BITS
        if shift >= 32:
            break
    return passes


@compiled
def neighbours32(
    similarity: NDArray[np.float32],
    skip: Ints,
    k: Ints,
    out: NDArray[np.int32],
    start: int,
    stop: int,
) -> None:
    """Write the k[row] most similar columns of each row, in order, into `out` (float32 input).

    Order: similarity from high to low, then column from low to high. Column ``skip[row]`` is left
    out (-1: none is).
    """
    n = similarity.shape[1]
    value = np.empty(n, dtype=np.float32)
    index = np.empty(n, dtype=np.int32)
    spare_index = np.empty(n, dtype=np.int32)
    key = np.empty(n, dtype=np.uint32)
    spare_key = np.empty(n, dtype=np.uint32)
    bits = value.view(np.uint32)
    hint, tried, missed = np.float32(np.inf), 2, 0
    for row in range(start, stop):
        line = similarity[row]
        # The threshold that suited the row before often suits this one, a sample of its class.
        held = _collect(line, skip[row], hint, value, index) if 2 * missed < tried else 0
        tried += 1
        if held < k[row] or held > 3 * k[row]:
            missed += 1
            # Compared in its own type: a float64 threshold would convert every entry.
            least = np.float32(_threshold(line, k[row]))
            held = _collect(line, skip[row], least, value, index)
        if held < k[row]:
            held = _collect(line, skip[row], np.float32(-np.inf), value, index)
        smallest = _ALL
        for i in range(held):
            if value[i] == 0.0:
                value[i] = 0.0  # -0.0 is the same similarity as 0.0
            raw = bits[i]
            # IEEE order as unsigned order, upside down, so that ascending means most similar first.
            rising = raw ^ _ALL if raw & _SIGN else raw | _SIGN
            key[i] = rising ^ _ALL
            smallest = min(smallest, key[i])
        for i in range(held):
            key[i] -= smallest
        passes = _radix_sort(key, index, spare_key, spare_index, held)
        ordered = spare_index if passes % 2 else index
        for i in range(k[row]):
            out[row, i] = ordered[i]
        if held > 0:  # next time, about half as many again as are needed
            place = min(held - 1, k[row] + k[row] // 2)
            hint = line[ordered[place]]
            if place < k[row] + k[row] // 2:
                hint -= np.float32(0.5) * (line[ordered[place // 2]] - hint)


@compiled
def neighbours64(
    similarity: Floats, skip: Ints, k: Ints, out: NDArray[np.int32], start: int, stop: int
) -> None:
    """Do what `neighbours32` does for float64 input."""
    n = similarity.shape[1]
    value = np.empty(n, dtype=np.float64)
    index = np.empty(n, dtype=np.int32)
    for row in range(start, stop):
        line = similarity[row]
        held = _collect(line, skip[row], _threshold(line, k[row]), value, index)
        if held < k[row]:
            held = _collect(line, skip[row], -np.inf, value, index)
        order = np.argsort(-value[:held], kind="mergesort")  # stable: ties stay in index order
        for i in range(k[row]):
            out[row, i] = index[order[i]]


@compiled
def similarity_curves(
    neighbours: NDArray[np.int32], labels: Ints, similarity: Floats, best: Floats, out: Floats
) -> None:
    """Write the running sum of each row's similarities to its label over the best one, into `out`.

    NaN where the best attainable sum is not above 0.
    """
    n, k = neighbours.shape
    for row in range(n):
        own = labels[row]
        total = 0.0
        for i in range(k):
            total += similarity[own, neighbours[row, i]]
            bound = best[own, i]
            out[row, i] = total / bound if bound > 0.0 else np.nan
