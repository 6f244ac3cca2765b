"""Quartets that neither of two trees resolves.

Such a quartet meets one node p of the first tree, and one node x of the second, in four different
parts each. In the table of p's parts against x's parts that is a choice of four classes no two of
which share a row or a column.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Ints, compiled


@compiled
def openness(parent: Ints, class_node: Ints) -> int:
    """Return the sum of the squared numbers of parts of nodes with four or more: 0 if the tree
    resolves every quartet.
    """
    count = np.zeros(parent.size, np.int64)
    parts = np.zeros(parent.size, np.int64)
    for c in range(class_node.size):
        if class_node[c] >= 0:
            count[class_node[c]] = parts[class_node[c]] = 1
    for v in range(parent.size - 1, 0, -1):
        count[parent[v]] += count[v]
        parts[parent[v]] += count[v] > 0
    found = 0
    for v in range(parent.size):
        around = parts[v] + (count[v] < count[0])
        if around > 3:
            found += around * around
    return found


@compiled
def _cycles(
    first: Ints,
    row: Ints,
    value: NDArray[Any],
    other_first: Ints,
    other_row: Ints,
    other_value: NDArray[Any],
    size: int,
) -> Any:
    """Return the sum over pairs of lines of their squared inner product, of the type of `value`.

    Entries first[i] .. first[i + 1] of line i lie in rows `row` of the crossing lines.
    """
    found = 0
    total = np.zeros(size, value.dtype)
    for i in range(first.size - 1):
        for e in range(first[i], first[i + 1]):
            for f in range(other_first[row[e]], other_first[row[e] + 1]):
                total[other_row[f]] += value[e] * other_value[f]
        for e in range(first[i], first[i + 1]):
            for f in range(other_first[row[e]], other_first[row[e] + 1]):
                found += total[other_row[f]] * total[other_row[f]]
                total[other_row[f]] = 0
    return found


@compiled
def _four_apart_24(first: Ints, row: Ints, value: NDArray[Any], n_rows: int) -> Any:
    """Return 24 times what `four_apart` does: modulo 2^64 of whole numbers, nearly of floats.

    Inclusion and exclusion over which of the four share a row and which share a column
    (a Moebius inversion over both partitions): 33 terms.
    """
    n_columns = first.size - 1
    r, a = np.zeros(n_rows, value.dtype), np.zeros(n_rows, value.dtype)  # sums of n and n^2
    s, b = np.zeros(n_columns, value.dtype), np.zeros(n_columns, value.dtype)
    row_first = np.zeros(n_rows + 1, np.int64)
    for d in range(n_columns):
        for e in range(first[d], first[d + 1]):
            n = value[e]
            r[row[e]] += n
            a[row[e]] += n * n
            s[d] += n
            b[d] += n * n
            row_first[row[e] + 1] += 1
    for c in range(n_rows):
        row_first[c + 1] += row_first[c]
    column, by_row = np.empty(row.size, np.int64), np.empty(row.size, value.dtype)
    fill = row_first[:n_rows].copy()
    p, t = np.zeros(n_rows, value.dtype), np.zeros(n_columns, value.dtype)  # sums of n s and n r
    path, double_row, double_column, third, double_path = 0, 0, 0, 0, 0
    triple_row, triple_column, fourth = 0, 0, 0
    for d in range(n_columns):
        for e in range(first[d], first[d + 1]):
            c, n = row[e], value[e]
            column[fill[c]], by_row[fill[c]] = d, n
            fill[c] += 1
            p[c] += n * s[d]
            t[d] += n * r[c]
            path += n * r[c] * s[d]
            double_row += n * n * r[c]
            double_column += n * n * s[d]
            third += n * n * n
            double_path += n * n * r[c] * s[d]
            triple_row += n * n * n * r[c]
            triple_column += n * n * n * s[d]
            fourth += n * n * n * n
    whole, cc = 0, 0
    by_columns, by_rows = 0, 0
    for d in range(n_columns):
        width = first[d + 1] - first[d]
        by_columns += width * width
        whole += s[d]
    for c in range(n_rows):
        width = row_first[c + 1] - row_first[c]
        by_rows += width * width
    if by_columns <= by_rows:
        cycles = _cycles(row_first, column, by_row, first, row, value, n_rows)
    else:
        cycles = _cycles(first, row, value, row_first, column, by_row, n_columns)
    rr, square = 0, 0
    cubes, fourths, squared_paths, crossed, spread, doubled = 0, 0, 0, 0, 0, 0
    for c in range(n_rows):
        rr += r[c] * r[c]
        square += a[c]
        cubes += r[c] * r[c] * r[c]
        fourths += r[c] * r[c] * r[c] * r[c]
        squared_paths += p[c] * p[c]
        crossed += (a[c] - r[c] * r[c]) * p[c]
        spread += a[c] * r[c] * r[c]
        doubled += a[c] * a[c]
    for d in range(n_columns):
        cc += s[d] * s[d]
        cubes += s[d] * s[d] * s[d]
        fourths += s[d] * s[d] * s[d] * s[d]
        squared_paths += t[d] * t[d]
        crossed += (b[d] - s[d] * s[d]) * t[d]
        spread += b[d] * s[d] * s[d]
        doubled += b[d] * b[d]
    ends = rr + cc - square
    found = whole * whole * (whole * whole - 6 * ends) + 3 * ends * ends
    found += whole * (24 * (path - double_row - double_column) + 8 * cubes + 16 * third)
    found += 6 * cycles - 12 * squared_paths + 24 * crossed + 36 * spread - 18 * doubled
    found += 48 * (double_path - triple_row - triple_column) + 36 * fourth - 6 * fourths
    return found


_EXACT = 55_000  # the fourth power of it lies below 2^63
_THIRD = np.uint64((2**61 + 1) // 3)  # 3 times this is 1 modulo 2^61
_LOW = np.uint64(2**61 - 1)


@compiled
def four_apart(first: Ints, row: Ints, value: Ints, n_rows: int) -> int:
    """Return the sum, over four entries of a table with no row or column in common, of their
    product. The entries of column j are first[j] .. first[j + 1].

    Exact as long as it lies below 2^63. 24 times as much may not: then the lowest 61 bits come from
    a division modulo 2^61, and the others from the sum in floating point, which is near enough.
    """
    found = _four_apart_24(first, row, value, n_rows)
    if value.sum() <= _EXACT:
        return found // 24
    low = np.int64(((np.uint64(found) >> np.uint64(3)) * _THIRD) & _LOW)
    near = _four_apart_24(first, row, value.astype(np.float64), n_rows) / 24.0
    return low + (np.int64(np.round((near - low) / 2.0**61)) << 61)  # type: ignore[return-value]


@compiled
def two_apart(first: Ints, row: Ints, value: Ints, n_rows: int) -> int:
    """Return the same for two entries."""
    r = np.zeros(n_rows, np.int64)
    whole, cc, square = 0, 0, 0
    for d in range(first.size - 1):
        s = 0
        for e in range(first[d], first[d + 1]):
            n = value[e]
            r[row[e]] += n
            s += n
            square += n * n
        cc += s * s
        whole += s
    rr = 0
    for c in range(n_rows):
        rr += r[c] * r[c]
    return (whole * whole - rr - cc + square) // 2


@compiled
def table(
    leaf: Ints,
    at: int,
    extent: Ints,
    colour: Ints,
    n_colours: int,
    total: Ints,
    count: Ints,
    n_parts: int,
) -> tuple[Ints, Ints, Ints]:
    """Return light classes by colour (row) in each child of a node and in what lies above it."""
    size = 0
    for v in range(at + 1, at + extent[at]):
        size += leaf[v] >= 0
    row, value = np.empty(size + n_colours, np.int64), np.empty(size + n_colours, np.int64)
    first = np.zeros(n_parts + 1, np.int64)
    seen = np.empty(n_colours, np.int64)
    within = np.zeros(n_colours, np.int64)
    made, part = 0, 0
    v = at + 1
    while v < at + extent[at]:
        met = 0
        for w in range(v, v + extent[v]):
            if leaf[w] >= 0:
                c = colour[leaf[w]]
                if count[c] == 0:
                    seen[met] = c
                    met += 1
                count[c] += 1
        for i in range(met):
            c = seen[i]
            row[made], value[made] = c, count[c]
            within[c] += count[c]
            count[c] = 0
            made += 1
        part += 1
        first[part] = made
        v += extent[v]
    for c in range(n_colours):
        if within[c] < total[c]:
            row[made], value[made] = c, total[c] - within[c]
            made += 1
    first[part + 1] = made
    return first, row[:made], value[:made]
