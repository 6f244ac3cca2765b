"""Kendall's tau-a of one order with codes of the other, under relabellings or deletions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Bools, Floats, Ints, compiled

Codes = NDArray[np.uint8] | NDArray[np.int32]
Places = NDArray[np.int32]


@compiled
def _add(tree: Ints, code: np.integer[Any]) -> None:
    """Count a code (Fenwick 1994: each node of the tree holds the counts of a range)."""
    place = np.int64(code) + 1  # in plain Python, codes of 8 bits would run over
    while place < tree.size:
        tree[place] += 1
        place += place & -place


@compiled
def _below(tree: Ints, code: np.integer[Any]) -> int:
    """Return how many of the counted codes are below a code."""
    total, place = 0, np.int64(code)
    while place > 0:
        total += tree[place]
        place -= place & -place
    return total


@compiled
def _agreement(found: Codes, starts_tie: Bools, kept: int, tree: Ints) -> int:
    """Return how many pairs of the first `kept` are in one order less those in the other."""
    tree[:] = 0
    total, counted = 0, 0
    for i in range(kept):
        if starts_tie[i]:
            for j in range(counted, i):
                _add(tree, found[j])
            counted = i
        code = np.int64(found[i])
        total += _below(tree, code) + _below(tree, code + 1) - counted
    return total


@compiled(steps=lambda first, permutations, tree: (
    8 * first.size * len(permutations) * int(tree.size).bit_length()
))  # fmt: skip
def agreement_relabelled(
    square: Codes,
    first: Places,
    second: Places,
    starts_tie: Bools,
    permutations: Ints,
    tree: Ints,
    found: Codes,
    out: Floats,
) -> None:
    """Fill `out` with the agreement under each permutation.

    Pairs of classes `first` and `second` stand in the order of one distance, `square` holds codes
    of the other. `tree` is space for one more number than there are codes, `found` for the pairs.
    """
    for m in range(len(permutations)):
        new = permutations[m]
        for i in range(first.size):
            found[i] = square[new[first[i]], new[second[i]]]
        out[m] = _agreement(found, starts_tie, first.size, tree)


@compiled(steps=lambda codes, groups, tree: (
    8 * codes.size * groups.size * int(tree.size).bit_length()
))  # fmt: skip
def tau_without(
    codes: Codes,
    first: Places,
    second: Places,
    starts_tie: Bools,
    groups: Ints,
    tree: Ints,
    found: Codes,
    starts: Bools,
    out: Floats,
) -> None:
    """Fill `out` with tau-a without the pairs that hold a class of each of `groups`.

    `first` and `second` are the groups of the classes of pairs; `found` and `starts` are space.
    """
    for g in range(groups.size):
        kept, new = 0, False
        for i in range(codes.size):
            new = new or starts_tie[i]
            if first[i] != groups[g] and second[i] != groups[g]:
                found[kept], starts[kept] = codes[i], new
                kept, new = kept + 1, False
        pairs = 0.5 * kept * (kept - 1)
        out[g] = _agreement(found, starts, kept, tree) / pairs if pairs > 0 else np.nan
