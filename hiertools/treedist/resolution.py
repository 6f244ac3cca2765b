"""What triplets and quartets share: five counts, the distances made of them, and their nulls.

A triplet (or quartet) of classes is resolved by a tree or left open by it. Two trees put each into
one of five boxes, `COUNTS`; every distance is a quotient of sums of those.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.threads import available_threads, thread_map
from hiertools.errors import OptionError
from hiertools.treedist.method import TreeDistance
from hiertools.trees.align import align
from hiertools.trees.tree import ClassTree

COUNTS = ("n_agree", "n_contradicted", "n_only_reference", "n_only_other", "n_neither")
"""Resolved by both in the same way; by both, differently; by one tree only; by neither."""

DENOMINATORS = ("reference", "all", "both", "none")

Arrays = tuple[Ints, Ints, Ints, Ints]
Kernel = Callable[[Ints, Ints, Ints, Ints], tuple[int, int, int, int]]
"""From both trees' parent and class_node: resolved by the reference, by the other tree, by both in
the same way, by neither. A class whose node is negative in both is left out."""


class Subsets(NamedTuple):
    """Triplets, or quartets, of classes."""

    name: str
    order: int
    """How many classes each has."""
    kernel: Kernel


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
    subsets: Subsets, reference: ClassTree, other: ClassTree, denominator: str
) -> dict[str, Any]:
    """Return all counts of two trees with the distance and its mean under relabelling."""
    checks.option(denominator, DENOMINATORS, "denominator")
    counts = count(subsets.kernel, arrays_of(reference, other), subsets.order)
    total = math.comb(reference.n_classes, subsets.order)
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
        found["note"] = f"{lead} no {subsets.name}, so no share of them can be taken."
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
    subsets: Subsets, reference: ClassTree, other: ClassTree, denominator: str = "reference"
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
            arrays = (ref_parent, ref_node, parent, renamed)
            row[:] = count(subsets.kernel, arrays, subsets.order)
        return values(counts, denominator)

    return lambda permutations: _in_threads(piece, checks.permutations(permutations, node.size))


def _in_threads(piece: Callable[[Any], Any], rows: Any) -> Any:
    """Return ``piece(rows)`` computed in pieces."""
    if len(rows) < 2:
        return piece(rows)
    parts = np.array_split(rows, min(len(rows), 4 * available_threads()))
    return np.concatenate(thread_map(piece, parts))


def described(
    subsets: Subsets,
    function: Callable[..., dict[str, Any]],
    *,
    prepare: Callable[[ClassTree, ClassTree], Callable[[Ints], Floats]],
    rooted: bool,
    source: str,
    cost: float = 1.0,
) -> TreeDistance:
    """Return the row of the table of tree distances."""
    return TreeDistance(
        name=subsets.name,
        function=function,
        better="lower",
        symmetric=False,
        rooted=rooted,
        formula="(contradicted + only reference) / (agree + contradicted + only reference)",
        source=source,
        title=f"{subsets.name} distance",
        meaning=(
            f"share of the taxonomy's resolved {subsets.name}s that the inferred tree does not "
            "reproduce"
        ),
        prepare=prepare,
        cost=cost,
        by_halves=True,
    )
