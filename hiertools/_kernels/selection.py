"""Selecting the largest entries of each row, in order, ties settled the same way every time."""

from __future__ import annotations

import numpy as np
from numba import njit

_INDEX_BITS = np.uint64(32)
_INDEX_MASK = np.uint64(0xFFFFFFFF)
_SIGN = np.uint32(0x80000000)
_ALL = np.uint32(0xFFFFFFFF)


@njit(cache=True, nogil=True)
def top_k(scores, order, k, out, start, stop):
    """Write the k best columns of rows ``start`` to ``stop`` of `scores`, best first, into `out`.

    Columns are visited in the given `order` and a later one must be strictly better to come first,
    so a tie goes to the column that `order` names first.
    """
    value = np.empty(k, dtype=scores.dtype)
    for row in range(start, stop):
        held = 0
        for place in range(order.size):
            column = order[place]
            x = scores[row, column]
            if held == k and x <= value[k - 1]:
                continue
            slot = held if held < k else k - 1
            while slot > 0 and x > value[slot - 1]:
                value[slot] = value[slot - 1]
                out[row, slot] = out[row, slot - 1]
                slot -= 1
            value[slot] = x
            out[row, slot] = place
            if held < k:
                held += 1


@njit(cache=True, nogil=True)
def _threshold(row, k):
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


@njit(cache=True, nogil=True)
def _collect(row, skip, least, value, index):
    """Copy the entries of `row` that reach `least`, all but `skip`; return how many."""
    held = 0
    for j in range(row.size):
        if row[j] >= least and j != skip:
            value[held] = row[j]
            index[held] = j
            held += 1
    return held


@njit(cache=True, nogil=True)
def neighbours32(similarity, skip, k, out, start, stop):
    """Write the k[row] most similar columns of each row, in order, into `out` (float32 input).

    Order: similarity from high to low, then column from low to high. Column ``skip[row]`` is left
    out (-1: none is). The sort key packs both into one integer, which sorts fastest.
    """
    n = similarity.shape[1]
    value = np.empty(n, dtype=np.float32)
    index = np.empty(n, dtype=np.int32)
    key = np.empty(n, dtype=np.uint64)
    bits = value.view(np.uint32)
    for row in range(start, stop):
        line = similarity[row]
        held = _collect(line, skip[row], _threshold(line, k[row]), value, index)
        if held < k[row]:
            held = _collect(line, skip[row], -np.inf, value, index)
        for i in range(held):
            if value[i] == 0.0:
                value[i] = 0.0  # -0.0 is the same similarity as 0.0
            raw = bits[i]
            # IEEE order as unsigned order, upside down, so that ascending means most similar first.
            rising = raw ^ _ALL if raw & _SIGN else raw | _SIGN
            key[i] = (np.uint64(rising ^ _ALL) << _INDEX_BITS) | np.uint64(index[i])
        key[:held].sort()
        for i in range(k[row]):
            out[row, i] = np.int64(key[i] & _INDEX_MASK)


@njit(cache=True, nogil=True)
def neighbours64(similarity, skip, k, out, start, stop):
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
