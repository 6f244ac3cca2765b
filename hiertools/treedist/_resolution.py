"""What triplets and quartets share: five counts, the distances made of them, nulls and jackknives.

A triplet (or quartet) of classes is resolved by a tree or left open by it. Two trees put each into
one of five boxes, `COUNTS`; every distance is a quotient of sums of those.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.threads import available_threads, thread_map
from hiertools.errors import OptionError
from hiertools.trees.align import align
from hiertools.trees.tree import ClassTree

COUNTS = ("n_agree", "n_contradicted", "n_only_reference", "n_only_other", "n_neither")
"""Resolved by both in the same way; by both, differently; by one tree only; by neither."""

DENOMINATORS = ("reference", "all", "both", "none")

Arrays = tuple[Ints, Ints, Ints, Ints]
Kernel = Callable[[Ints, Ints, Ints, Ints], tuple[int, int, int, int]]
"""From both trees' parent and class_node: resolved by the reference, by the other tree, by both in
the same way, by neither. A class whose node is negative in both is left out."""


def arrays_of(reference: ClassTree, other: ClassTree) -> Arrays:
    """Return what a kernel takes (copies: kernels are compiled for writable arrays only)."""
    reference, other, *_ = align(reference, other)
    return (
        reference.parent.copy(),
        reference.class_node.copy(),
        other.parent.copy(),
        other.class_node.copy(),
    )


def most_classes(order: int) -> int:
    """Return the most classes whose subsets of `order` can be counted in 64 bits.

    Examples
    --------
    >>> most_classes(3), most_classes(4)
    (3810779, 121977)
    """
    low, high = order, 2**32
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if math.comb(middle, order) < 2**63 else (low, middle)
    return low


def count(kernel: Kernel, arrays: Arrays, order: int) -> Ints:
    """Return the five counts of subsets of `order` classes, shape (5,)."""
    n_classes = int((arrays[1] >= 0).sum())
    total = math.comb(n_classes, order)
    if total >= 2**63:
        raise OptionError(
            f"{n_classes:,} classes have {total:.3g} subsets of {order}, more than 64 bits count; "
            f"up to {most_classes(order):,} classes can be compared so: leave some out."
        )
    in_reference, in_other, agree, neither = kernel(*arrays)
    both = in_reference + in_other + neither - total
    counts = [agree, both - agree, in_reference - both, in_other - both, neither]
    return np.array(counts, dtype=np.int64)


def values(counts: ArrayLike, denominator: str) -> Floats:
    """Return distances from counts (..., 5); NaN where there is nothing to take a share of."""
    agree, contradicted, only_reference, only_other, neither = np.moveaxis(
        np.asarray(counts, dtype=np.float64), -1, 0
    )
    lost = contradicted + only_reference
    different, every = {
        "reference": (lost, agree + lost),
        "all": (lost + only_other, agree + lost + only_other + neither),
        "both": (contradicted, agree + contradicted),
        "none": (lost + only_other, np.ones_like(lost)),
    }[checks.option(denominator, DENOMINATORS, "denominator")]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(every > 0, different / every, np.nan)


def compare(
    kernel: Kernel, reference: ClassTree, other: ClassTree, order: int, what: str, denominator: str
) -> dict[str, Any]:
    """Return all counts of two trees with the distance and its mean under relabelling."""
    checks.option(denominator, DENOMINATORS, "denominator")
    counts = count(kernel, arrays_of(reference, other), order)
    total = math.comb(reference.n_classes, order)
    distance = float(values(counts, denominator))
    found: dict[str, Any] = {
        "distance": distance,
        **dict(zip(COUNTS, counts.tolist())),
        "n_total": total,
        "chance": float(values(_expected(counts, total), denominator)),
    }
    if math.isnan(distance):
        whose = {"reference": "The reference resolves", "both": "Both trees resolve"}
        lead = whose.get(denominator, "There is")
        found["note"] = f"{lead} no {what}, so no share of them can be taken."
    return found


def _expected(counts: Ints, total: int) -> Floats:
    """Return the mean counts when the classes of one tree are shuffled.

    A subset then meets an unrelated one, of which a share is resolved, a third of those alike.
    """
    a = (counts[0] + counts[1] + counts[2]) / max(total, 1)
    b = (counts[0] + counts[1] + counts[3]) / max(total, 1)
    shares = [a * b / 3, a * b * 2 / 3, a * (1 - b), (1 - a) * b, (1 - a) * (1 - b)]
    return np.array(shares) * total


def null(
    kernel: Kernel, reference: ClassTree, other: ClassTree, order: int, denominator: str
) -> Callable[[Ints], Floats]:
    """Return the function from permutations (M, C) to distances (M,) under relabelling.

    In row m, class i of `other` goes by the name of class ``permutation[m, i]``.
    """
    checks.option(denominator, DENOMINATORS, "denominator")
    ref_parent, ref_node, parent, node = arrays_of(reference, other)

    def piece(permutations: Ints) -> Floats:
        counts = np.empty((len(permutations), 5), dtype=np.int64)
        renamed = np.empty_like(node)
        for row, permutation in zip(counts, permutations):
            renamed[permutation] = node
            row[:] = count(kernel, (ref_parent, ref_node, parent, renamed), order)
        return values(counts, denominator)

    return lambda permutations: _in_threads(piece, checks.permutations(permutations, node.size))


def without(
    kernel: Kernel,
    reference: ClassTree,
    other: ClassTree,
    order: int,
    group_of: ArrayLike,
    groups: ArrayLike,
) -> Ints:
    """Return the counts without the classes of each of `groups`, shape (G, 5).

    `group_of` gives the group of each class, in the order of ``reference.classes``.
    """
    ref_parent, ref_node, parent, node = arrays_of(reference, other)
    member = np.asarray(group_of)
    if member.shape != ref_node.shape:
        raise OptionError(
            f"group_of must name the group of each of {ref_node.size} classes; got shape "
            f"{member.shape}."
        )

    def piece(some: Ints) -> Ints:
        counts = np.empty((len(some), 5), dtype=np.int64)
        for row, group in zip(counts, some):
            gone = member == group
            left = (np.where(gone, -1, ref_node), np.where(gone, -1, node))
            row[:] = count(kernel, (ref_parent, left[0], parent, left[1]), order)
        return counts

    return _in_threads(piece, np.asarray(groups))


def per_class(kernel: Kernel, reference: ClassTree, other: ClassTree, order: int) -> Ints:
    """Return, for each class, the counts of the subsets that it is part of, shape (C, 5)."""
    every = np.arange(reference.n_classes)
    whole = count(kernel, arrays_of(reference, other), order)
    return whole - without(kernel, reference, other, order, every, every)


def _in_threads(piece: Callable[[Any], Any], rows: Any) -> Any:
    """Return ``piece(rows)`` computed in pieces."""
    if len(rows) < 2:
        return piece(rows)
    parts = np.array_split(rows, min(len(rows), 4 * available_threads()))
    return np.concatenate(thread_map(piece, parts))
