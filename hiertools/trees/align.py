"""Bring two trees to the same classes, in the same order."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools.errors import ClassMismatchError
from hiertools.trees.operations import restrict, without_empty_branches
from hiertools.trees.tree import ALIGNED, ClassTree


class AlignedTrees(NamedTuple):
    """Two trees with equal ``classes`` tuples, and how many classes each had to give up."""

    reference: ClassTree
    other: ClassTree
    dropped_reference: int = 0
    dropped_other: int = 0


@door
def align(reference: ClassTree, other: ClassTree, /, on_missing: str = "error") -> AlignedTrees:
    """Return both trees over their shared classes, `other` in the class order of `reference`.

    Branches that hold no class say nothing, and are left out here for every distance.
    No tree distance depends on the order of classes; what could break a tie by position (an
    assignment that is reported, say) sorts by name first.

    Parameters
    ----------
    reference, other : ClassTree
    on_missing : {"error", "drop"}
        What to do about classes that only one tree has.

    Raises
    ------
    ClassMismatchError
        Classes in one tree only, with ``on_missing="error"``; or no shared class at all.
    """
    checks.option(on_missing, ("error", "drop"), "on_missing")
    known, twin = vars(other).get(ALIGNED, (None, None))
    if known is not None and known() is reference:
        return AlignedTrees(reference, other if twin is None else twin)
    given = reference, other
    reference, other = without_empty_branches(reference), without_empty_branches(other)
    whole = reference is given[0] and other is given[1]
    if reference.classes == other.classes:
        if whole:
            _remember(other, reference, None)
        return AlignedTrees(reference, other)
    # With 10,000 classes the names cost more than the distance, so they are looked up once, in C.
    places = list(map(other.class_index.get, reference.classes))
    if reference.n_classes == other.n_classes and None not in places:
        twin = _in_order(other, reference.classes, places)
        if whole:
            _remember(other, reference, twin)
            _remember(twin, reference, None)
        return AlignedTrees(reference, twin)
    shared = [name for name, place in zip(reference.classes, places) if place is not None]
    n_shared = len(shared)
    if on_missing == "error":
        raise _mismatch(reference, other, shared)
    if not shared:
        raise ClassMismatchError(
            f"the trees share no class: the reference has {checks.name_list(reference.classes)}, "
            f"the other tree {checks.name_list(other.classes)}."
        )
    first, second = (
        tree if n_shared == tree.n_classes else restrict(tree, shared)
        for tree in (reference, other)
    )
    places = [second.class_index[name] for name in first.classes]
    return AlignedTrees(
        first,
        _in_order(second, first.classes, places),
        reference.n_classes - n_shared,
        other.n_classes - n_shared,
    )


def _in_order(tree: ClassTree, classes: tuple[str, ...], places: Sequence[int | None]) -> ClassTree:
    """Return the tree with its classes listed in another order; `places`: where they were.

    The structure is shared rather than checked again.
    """
    order = np.array(places, dtype=np.int64)
    twin = object.__new__(ClassTree)
    by_class = ("classes", "class_node", "class_order", "class_index", ALIGNED)
    twin.__dict__.update({k: v for k, v in tree.__dict__.items() if k not in by_class})
    object.__setattr__(twin, "classes", classes)
    object.__setattr__(twin, "class_node", checks.read_only(tree.class_node[order]))
    return twin


def _remember(tree: ClassTree, reference: ClassTree, twin: ClassTree | None) -> None:
    """Keep what a tree is in the class order of the last reference; None: itself."""
    object.__setattr__(tree, ALIGNED, (weakref.ref(reference), twin))


def _mismatch(reference: ClassTree, other: ClassTree, shared: list[str]) -> ClassMismatchError:
    kept = set(shared)
    advice = 'Rename them, or pass on_missing="drop" to compare the shared classes only.'
    for tree, elsewhere, place in (
        (reference, other, "the other tree"),
        (other, reference, "the reference tree"),
    ):
        missing = [name for name in tree.classes if name not in kept]
        if missing:
            return checks.missing_classes(missing, tree.n_classes, place, elsewhere.classes, advice)
    raise AssertionError("align found the class sets equal")  # pragma: no cover
