"""The largest entries of each row of similarities, in order, and which of them are tied.

Either from whole rows (`neighbours`); or from pairs, each looked at once (`pairs`, `settle`): an
entry is kept for both of its samples, for each if it reaches a threshold that more entries reach
than are wanted. Keys of sorting are whole numbers in the order of the similarities, so one kernel
serves both kinds of floating point.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Bools, Ints, compiled
from hiertools._kernels.rounding import GAP

Similarities = NDArray[np.floating]
Bits = NDArray[np.unsignedinteger]

_BYTE = np.uint64(255)
_EIGHT = np.uint64(8)
_ONE = np.uint64(1)
_LOCAL = np.uint32(16)  # bits of a place within a tile
_LOW = np.uint32(0xFFFF)


@compiled
def _rank(expected: float) -> int:
    """Return what rank in a sample is seldom above the one wanted, `expected` on average."""
    return int(expected + 2.5 * np.sqrt(expected)) + 3


@compiled
def _sift(heap: Similarities, at: int, x: float) -> None:
    """Put `x` in place ``at`` of a heap, whose top is its least, or below."""
    while True:
        child = 2 * at + 1
        if child >= heap.size:
            break
        if child + 1 < heap.size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= x:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = x


@compiled
def _largest(row: Similarities, stride: int, heap: Similarities) -> None:
    """Leave the largest of every stride-th entry of `row` in `heap`, the least of them on top."""
    rank = heap.size
    for i in range(rank):
        heap[i] = row[i * stride]
    for i in range(rank // 2 - 1, -1, -1):
        _sift(heap, i, heap[i])
    for i in range(rank, row.size // stride):
        x = row[i * stride]
        if x > heap[0]:
            _sift(heap, 0, x)


@compiled
def _threshold(row: Similarities, k: int) -> float:
    """Guess a value that slightly more than k entries of `row` reach, from every few entries."""
    stride = max(1, min(16, k // 8))
    if stride == 1 or row.size < 4 * k:
        return -np.inf
    rank = _rank(k / stride)
    if rank >= row.size // stride:
        return -np.inf
    heap = np.empty(rank, dtype=row.dtype)
    _largest(row, stride, heap)
    return heap[0]


@compiled(steps=lambda sampled: 4 * sampled.size)
def thresholds(
    sampled: Similarities, share: float, k: Ints, slack: float, out: Similarities
) -> None:
    """Guess a value for each row that slightly more than k[row] entries reach, into `out`.

    `sampled` holds some entries of each row, a `share` of all, its own perhaps among them. Infinity
    where so many lie close to the value that ties must decide, or too few are sampled.
    """
    for row in range(sampled.shape[0]):
        line = sampled[row]
        rank = _rank(k[row] * share)
        out[row] = np.inf
        if 2 * rank > line.size:
            continue
        # The largest of every so many: few of those wanted share a lane, and then one more is kept.
        lanes = min(line.size, 4 * rank)
        best = line[:lanes].copy()
        for first in range(lanes, line.size, lanes):
            for i in range(min(lanes, line.size - first)):
                best[i] = max(best[i], line[first + i])
        heap = np.empty(rank, dtype=line.dtype)
        _largest(best, 1, heap)
        reaching = np.int32(0)
        least = sampled.dtype.type(heap[0] - slack)
        for i in range(line.size):
            reaching += np.int32(line[i] >= least)
        if reaching <= 2 * rank:
            out[row] = heap[0]


@compiled(steps=lambda similarity: 4 * similarity.size)
def pairs(
    similarity: Similarities,
    least_of_row: Similarities,
    least_of_column: Similarities,
    same: bool,
    by_row: NDArray[np.uint32],
    row_value: Similarities,
    by_column: NDArray[np.uint32],
    column_value: Similarities,
) -> tuple[int, int]:
    """Keep the entries of a tile that reach the threshold of their row, and of their column.

    Into `by_row` go place of the row and of the column within the tile, in one number; into
    `by_column` the other way round, both in order of rows, then columns. Where rows and columns are
    the `same` samples, only those above the diagonal are looked at, and all go into `by_row`.
    Return how many there are of each.
    """
    rows, columns = similarity.shape
    used = other = 0
    # Hardly any entry reaches either threshold: eight answers of a byte each are one number, 0.
    words = np.empty((columns + 7) // 8, dtype=np.uint64)
    reaches = words.view(np.uint8)
    for j in range(columns, reaches.size):
        reaches[j] = 0
    for i in range(rows):
        line = similarity[i]
        least = least_of_row[i]
        row = np.uint32(i)
        for j in range(columns):
            reaches[j] = line[j] >= min(least, least_of_column[j])
        for word in range((i + 1) // 8 if same else 0, words.size):
            if words[word] == 0:
                continue
            for j in range(8 * word, min(8 * word + 8, columns)):
                if reaches[j] == 0 or (same and j <= i):
                    continue
                x = line[j]
                column = np.uint32(j)
                if x >= least:
                    by_row[used] = row << _LOCAL | column
                    row_value[used] = x
                    used += 1
                if x >= least_of_column[j]:
                    if same:
                        by_row[used] = column << _LOCAL | row
                        row_value[used] = x
                        used += 1
                    else:
                        by_column[other] = column << _LOCAL | row
                        column_value[other] = x
                        other += 1
    return used, other


@compiled
def _collect(
    row: Similarities,
    skip: int,
    least: float | np.floating,
    value: Similarities,
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
def _sort(
    value: Similarities,
    bits: Bits,
    index: NDArray[np.int32],
    key: NDArray[np.uint64],
    spare_key: NDArray[np.uint64],
    spare_index: NDArray[np.int32],
    held: int,
) -> None:
    """Sort the first `held` values from high to low, and `index` with them, stably; byte by byte.

    `bits` are the same memory as `value`. Bytes above the largest key's are never looked at:
    similarities above a threshold differ in their lower three bytes only.
    """
    width = np.uint64(8 * bits.itemsize - 1)
    sign = _ONE << width
    every = sign | (sign - _ONE)
    smallest = every
    largest = np.uint64(0)
    for i in range(held):
        if value[i] == 0.0:
            value[i] = 0.0  # -0.0 is the same similarity as 0.0
        raw = np.uint64(bits[i])
        # IEEE order as unsigned order, upside down: ascending means most similar first.
        key[i] = raw if raw & sign else raw ^ every ^ sign
        smallest = min(smallest, key[i])
        largest = max(largest, key[i])
    for i in range(held):
        key[i] -= smallest
    largest -= smallest
    start = np.empty(257, dtype=np.int32)
    shift = np.uint64(0)
    swapped = False
    while largest >> shift > 0:
        start[:] = 0
        for i in range(held):
            start[((key[i] >> shift) & _BYTE) + _ONE] += 1
        for b in range(256):
            start[b + 1] += start[b]
        for i in range(held):
            b = (key[i] >> shift) & _BYTE
            spare_key[start[b]] = key[i]
            spare_index[start[b]] = index[i]
            start[b] += 1
        key, spare_key = spare_key, key
        index, spare_index = spare_index, index
        swapped = not swapped
        shift += _EIGHT
        if shift > width:
            break
    for i in range(held):
        raw = key[i] + smallest
        bits[i] = raw if raw & sign else raw ^ every ^ sign
    if swapped:
        for i in range(held):
            spare_index[i] = index[i]


@compiled
def _runs(
    value: Similarities,
    held: int,
    least: float | np.floating,
    k: int,
    tolerance: float,
    ends: NDArray[np.int32],
) -> int:
    """Write where the run of tied entries that each of the first k lies in ends; return the last.

    The first `held` values fall, and are all that reach `least`. Equal ones are tied, and so are
    those of a stretch no wider than `tolerance` that a gap of several tolerances keeps apart on
    both sides. Return -1 where what lies below `least` is needed to tell. With a `tolerance` below
    0 nothing is tied.
    """
    if tolerance < 0.0:
        for i in range(k):
            ends[i] = i + 1
        return k
    start = 0
    gap = True  # before the next run
    top = value[0]
    while start < k:
        stop = start + 1
        if gap and stop < held:
            x = value[stop]
            if top - x > GAP * tolerance:  # as nearly all are
                ends[start] = stop
                start = stop
                top = x
                continue
        if gap:
            while stop < held and top - value[stop] <= tolerance:
                stop += 1
            lowest = value[stop - 1]
            if stop < held:
                gap = lowest - value[stop] > GAP * tolerance
            elif lowest - least < GAP * tolerance:
                return -1
            if not gap:  # too wide to be one run: only what is equal is tied, up to the next gap
                stop = start + 1
        if not gap:
            while stop < held and value[stop] == top:
                stop += 1
            gap = stop < held and top - value[stop] > GAP * tolerance
        for i in range(start, min(stop, k)):
            ends[i] = stop
        start = stop
        if stop < held:
            top = value[stop]
    return start


@compiled
def _spilled(
    spill: NDArray[np.int32], used: int, index: NDArray[np.int32], k: int, last: int
) -> NDArray[np.int32]:
    """Append ``index[k:last]`` to what is used of `spill`; return it, grown where need be."""
    if used + last - k > spill.size:
        grown = np.empty(2 * (used + last - k), dtype=np.int32)
        grown[:used] = spill[:used]
        spill = grown
    spill[used : used + last - k] = index[k:last]
    return spill


@compiled(steps=lambda kept, out: 4 * kept.size + 30 * out.size)
def settle(
    start: Ints,
    place: NDArray[np.uint32],
    kept: Similarities,
    base: Ints,
    least: Similarities,
    first: NDArray[np.int32],
    k: Ints,
    tolerance: float,
    slack: float,
    value: Similarities,
    bits: Bits,
    out: NDArray[np.int32],
    ends: NDArray[np.int32],
    settled: Bools,
) -> NDArray[np.int32]:
    """Do what `neighbours` does for rows of which `pairs` kept what reaches their thresholds.

    Parameters
    ----------
    start : (T + 1,)
        Where in `place` and `kept` what was kept of each of T tiles begins.
    place, kept : (M,)
        Places of the row and of the other sample within their tile, and their similarity: in order
        of the other sample for each row.
    base : (T,)
        The other samples' first.
    least : (rows,)
        The thresholds.
    first : (N,) or (0,)
        The first sample that each one is alike to in every bit: what is alike is equally similar.
    value, bits : (M,)
        To work in; one memory.
    settled : (rows,)
        Told of each row: False where what lies below its threshold decides.
    """
    rows = k.size
    begin = np.zeros(rows + 1, dtype=np.int64)
    for m in range(place.size):
        begin[(place[m] >> _LOCAL) + 1] += 1
    most = 0
    for row in range(rows):
        most = max(most, begin[row + 1])
        begin[row + 1] += begin[row]
    index = np.empty(place.size, dtype=np.int32)
    at = begin.copy()
    for tile in range(base.size):
        for m in range(start[tile], start[tile + 1]):
            row = place[m] >> _LOCAL
            value[at[row]] = kept[m]
            index[at[row]] = base[tile] + (place[m] & _LOW)
            at[row] += 1
    alike = np.empty(first.size, dtype=value.dtype)
    seen = np.full(first.size, -1, dtype=np.int32)
    key = np.empty(most, dtype=np.uint64)
    spare_key = np.empty(most, dtype=np.uint64)
    spare_index = np.empty(most, dtype=np.int32)
    spill = np.empty(0, dtype=np.int32)
    used = 0
    for row in range(rows):
        low, high = begin[row], begin[row + 1]
        held = high - low
        settled[row] = k[row] == 0
        if k[row] == 0 or held < k[row]:
            continue
        mine, its = value[low:high], index[low:high]
        if first.size:
            for m in range(held):
                group = first[its[m]]
                if seen[group] != row:
                    seen[group] = row
                    alike[group] = mine[m]
                mine[m] = alike[group]
        _sort(mine, bits[low:high], its, key, spare_key, spare_index, held)
        if mine[k[row] - 1] - least[row] <= slack:
            continue
        last = _runs(mine, held, least[row], k[row], tolerance, ends[row])
        if last < 0:
            continue
        settled[row] = True
        spill = _spilled(spill, used, its, k[row], last) if last > k[row] else spill
        used += max(0, last - k[row])
        for m in range(k[row]):
            out[row, m] = its[m]
    return spill[:used]


@compiled(steps=lambda similarity: 12 * similarity.size + 1500 * len(similarity))
def neighbours(
    similarity: Similarities,
    skip: Ints,
    k: Ints,
    tolerance: float,
    value: Similarities,
    bits: Bits,
    out: NDArray[np.int32],
    ends: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Write the k[row] most similar columns of each row, in order, into `out`.

    Order: similarity from high to low, then column from low to high. Column ``skip[row]`` is left
    out (-1: none is). Into `ends` goes one past the last place of the run of tied similarities that
    each place lies in (see `_runs`); the columns of runs that go beyond k[row] are returned, one
    row's behind the other's. `value` and `bits`, as wide as a row, are one memory to work in.
    """
    n = similarity.shape[1]
    index = np.empty(n, dtype=np.int32)
    spare_index = np.empty(n, dtype=np.int32)
    key = np.empty(n, dtype=np.uint64)
    spare_key = np.empty(n, dtype=np.uint64)
    none = value.dtype.type(-np.inf)
    hint, tried, missed = value.dtype.type(np.inf), 2, 0
    spill = np.empty(0, dtype=np.int32)
    used = 0
    for row in range(similarity.shape[0]):
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
            least = value.dtype.type(_threshold(line, k[row]))
            held = _collect(line, skip[row], least, value, index)
        if held < k[row]:
            least = none
            held = _collect(line, skip[row], least, value, index)
        while True:
            _sort(value, bits, index, key, spare_key, spare_index, held)
            last = _runs(value, held, least, k[row], tolerance, ends[row])
            if last >= 0:
                break
            # What lies just below the least that was collected may be tied with it.
            least = value.dtype.type(value[held - 1] - (GAP + 2.0) * tolerance)
            held = _collect(line, skip[row], least, value, index)
        spill = _spilled(spill, used, index, k[row], last) if last > k[row] else spill
        used += max(0, last - k[row])
        for i in range(k[row]):
            out[row, i] = index[i]
        if held > 0:  # next time, about half as many again as are needed
            place = min(held - 1, k[row] + k[row] // 2)
            hint = value[place]
            if place < k[row] + k[row] // 2:
                hint -= value.dtype.type(0.5) * (value[place // 2] - hint)
    return spill[:used]
