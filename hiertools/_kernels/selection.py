"""Selecting the largest entries of each row, in order, and telling which of them are tied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Floats, Ints, compiled
from hiertools._kernels.rounding import GAP

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
def _runs(
    line: Floats | NDArray[np.float32],
    ordered: NDArray[np.int32],
    held: int,
    least: float | np.float32,
    k: int,
    tolerance: float,
    ends: NDArray[np.int32],
) -> int:
    """Write where the run of tied entries that each of the first k lies in ends; return the last.

    Entries ``ordered[:held]`` of `line` fall, and are all that reach `least`. Equal ones are tied,
    and so are those of a stretch no wider than `tolerance` that a gap of several tolerances keeps
    apart on both sides. Return -1 where what lies below `least` is needed to tell.
    """
    start = 0
    gap = True  # before the next run
    top = line[ordered[0]]
    while start < k:
        stop = start + 1
        if gap and stop < held:
            x = line[ordered[stop]]
            if top - x > GAP * tolerance:  # as nearly all are
                ends[start] = stop
                start = stop
                top = x
                continue
        if gap:
            while stop < held and top - line[ordered[stop]] <= tolerance:
                stop += 1
            lowest = line[ordered[stop - 1]]
            if stop < held:
                gap = lowest - line[ordered[stop]] > GAP * tolerance
            elif lowest - least < GAP * tolerance:
                return -1
            if not gap:  # too wide to be one run: only what is equal is tied, up to the next gap
                stop = start + 1
        if not gap:
            while stop < held and line[ordered[stop]] == top:
                stop += 1
            gap = stop < held and top - line[ordered[stop]] > GAP * tolerance
        for i in range(start, min(stop, k)):
            ends[i] = stop
        start = stop
        if stop < held:
            top = line[ordered[stop]]
    return start


@compiled
def _spilled(
    spill: NDArray[np.int32], used: int, ordered: NDArray[np.int32], k: int, last: int
) -> NDArray[np.int32]:
    """Append ``ordered[k:last]`` to what is used of `spill`; return it, grown where need be."""
    if used + last - k > spill.size:
        grown = np.empty(2 * (used + last - k), dtype=np.int32)
        grown[:used] = spill[:used]
        spill = grown
    spill[used : used + last - k] = ordered[k:last]
    return spill


@compiled
def neighbours32(
    similarity: NDArray[np.float32],
    skip: Ints,
    k: Ints,
    tolerance: float,
    out: NDArray[np.int32],
    ends: NDArray[np.int32],
    start: int,
    stop: int,
) -> NDArray[np.int32]:
    """Write the k[row] most similar columns of each row, in order, into `out` (float32 input).

    Order: similarity from high to low, then column from low to high. Column ``skip[row]`` is left
    out (-1: none is). Into `ends` goes one past the last place of the run of tied similarities that
    each place lies in (see `_runs`); the columns of runs that go beyond k[row] are returned, one
    row's behind the other's. With a `tolerance` below 0 nothing is tied.
    """
    n = similarity.shape[1]
    value = np.empty(n, dtype=np.float32)
    index = np.empty(n, dtype=np.int32)
    spare_index = np.empty(n, dtype=np.int32)
    key = np.empty(n, dtype=np.uint32)
    spare_key = np.empty(n, dtype=np.uint32)
    bits = value.view(np.uint32)
    hint, tried, missed = np.float32(np.inf), 2, 0
    spill = np.empty(0, dtype=np.int32)
    used = 0
    for row in range(start, stop):
        if k[row] == 0:
            continue
        line = similarity[row]
        # The threshold that suited the row before often suits this one, a sample of its class.
        least = hint
        held = _collect(line, skip[row], least, value, index) if 2 * missed < tried else 0
        tried += 1
        if held < k[row] or held > 3 * k[row]:
            missed += 1
            # Compared in its own type: a float64 threshold would convert every entry.
            least = np.float32(_threshold(line, k[row]))
            held = _collect(line, skip[row], least, value, index)
        if held < k[row]:
            least = np.float32(-np.inf)
            held = _collect(line, skip[row], least, value, index)
        while True:
            smallest = _ALL
            for i in range(held):
                if value[i] == 0.0:
                    value[i] = 0.0  # -0.0 is the same similarity as 0.0
                raw = bits[i]
                # IEEE order as unsigned order, upside down: ascending means most similar first.
                rising = raw ^ _ALL if raw & _SIGN else raw | _SIGN
                key[i] = rising ^ _ALL
                smallest = min(smallest, key[i])
            for i in range(held):
                key[i] -= smallest
            passes = _radix_sort(key, index, spare_key, spare_index, held)
            ordered = spare_index if passes % 2 else index
            if tolerance < 0.0:
                for i in range(k[row]):
                    ends[row, i] = i + 1
                break
            last = _runs(line, ordered, held, least, k[row], tolerance, ends[row])
            if last >= 0:
                spill = _spilled(spill, used, ordered, k[row], last) if last > k[row] else spill
                used += max(0, last - k[row])
                break
            # What lies just below the least that was collected may be tied with it.
            least = np.float32(line[ordered[held - 1]] - (GAP + 2.0) * tolerance)
            held = _collect(line, skip[row], least, value, index)
        for i in range(k[row]):
            out[row, i] = ordered[i]
        if held > 0:  # next time, about half as many again as are needed
            place = min(held - 1, k[row] + k[row] // 2)
            hint = line[ordered[place]]
            if place < k[row] + k[row] // 2:
                hint -= np.float32(0.5) * (line[ordered[place // 2]] - hint)
    return spill[:used]


@compiled
def neighbours64(
    similarity: Floats,
    skip: Ints,
    k: Ints,
    tolerance: float,
    out: NDArray[np.int32],
    ends: NDArray[np.int32],
    start: int,
    stop: int,
) -> NDArray[np.int32]:
    """Do what `neighbours32` does for float64 input."""
    n = similarity.shape[1]
    value = np.empty(n, dtype=np.float64)
    index = np.empty(n, dtype=np.int32)
    spill = np.empty(0, dtype=np.int32)
    used = 0
    for row in range(start, stop):
        if k[row] == 0:
            continue
        line = similarity[row]
        least = _threshold(line, k[row])
        held = _collect(line, skip[row], least, value, index)
        if held < k[row]:
            least = -np.inf
            held = _collect(line, skip[row], least, value, index)
        while True:
            # Stable: ties stay in index order.
            ordered = index[:held][np.argsort(-value[:held], kind="mergesort")]
            if tolerance < 0.0:
                for i in range(k[row]):
                    ends[row, i] = i + 1
                break
            last = _runs(line, ordered, held, least, k[row], tolerance, ends[row])
            if last >= 0:
                spill = _spilled(spill, used, ordered, k[row], last) if last > k[row] else spill
                used += max(0, last - k[row])
                break
            least = line[ordered[held - 1]] - (GAP + 2.0) * tolerance
            held = _collect(line, skip[row], least, value, index)
        for i in range(k[row]):
            out[row, i] = ordered[i]
    return spill[:used]


@compiled
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
