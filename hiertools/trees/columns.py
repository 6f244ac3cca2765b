"""A tree as plain columns: what readers hand over, and what writers look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools.errors import TreeError


@dataclass(frozen=True, eq=False)
class TreeColumns:
    """What the constructor of a tree takes: columns with one value a node, and the classes.

    Nodes may come in any order. Nothing is checked here; `hiertools.trees.preorder.in_preorder`
    does that.
    """

    parent: ArrayLike
    classes: Sequence[str]
    class_node: ArrayLike
    length: ArrayLike | None = None
    labels: Sequence[str] | None = None
    heights: ArrayLike | None = None
    ranks: Sequence[str] | None = None
    rank_order: Sequence[str] | None = None


class TreeLike(Protocol):
    """What writers look at: read-only arrays in preorder, as a `ClassTree` has them."""

    @property
    def n_nodes(self) -> int: ...
    @property
    def n_classes(self) -> int: ...
    @property
    def parent(self) -> Ints: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def class_node(self) -> Ints: ...
    @property
    def has_lengths(self) -> bool: ...
    @property
    def length(self) -> Floats: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def heights(self) -> Floats | None: ...
    @property
    def ranks(self) -> tuple[str, ...] | None: ...
    @property
    def rank_order(self) -> tuple[str, ...] | None: ...
    @property
    def depth(self) -> Ints: ...
    @property
    def n_children(self) -> Ints: ...
    @property
    def root_distance(self) -> Floats: ...
    @property
    def clade_start(self) -> Ints: ...
    @property
    def clade_stop(self) -> Ints: ...


def columns_of(tree: TreeLike) -> TreeColumns:
    """Return the columns that a tree was made of, in preorder."""
    return TreeColumns(
        tree.parent,
        tree.classes,
        tree.class_node,
        length=tree.length if tree.has_lengths else None,
        labels=tree.labels,
        heights=tree.heights,
        ranks=tree.ranks,
        rank_order=tree.rank_order,
    )


# What follows keeps the order of nodes: columns in preorder stay in preorder.


def chosen_classes(columns: TreeColumns, keep: Sequence[int]) -> TreeColumns:
    """Return the columns with the classes at the places `keep` only, in that order."""
    return replace(
        columns,
        classes=tuple(columns.classes[i] for i in keep),
        class_node=np.asarray(columns.class_node)[np.asarray(keep, dtype=np.int64)],
    )


def in_order(columns: TreeColumns, classes: Sequence[str]) -> TreeColumns:
    """Return the columns with their classes in the order of these, which are all of them."""
    at = {name: place for place, name in enumerate(columns.classes)}
    return chosen_classes(columns, [at[name] for name in classes])


def occupied(columns: TreeColumns) -> TreeColumns:
    """Return the columns without nodes that hold no class and stand above none."""
    parent = np.asarray(columns.parent)
    return chosen_nodes(columns, at_or_above(parent, np.asarray(columns.class_node).tolist()))


def chosen_nodes(columns: TreeColumns, stays: NDArray[np.bool_]) -> TreeColumns:
    """Return the columns of the nodes that stay; all classes, and all parents, must be of them."""
    nodes = np.flatnonzero(stays).tolist()
    number = np.cumsum(stays, dtype=np.int64) - 1
    above = np.asarray(columns.parent)[nodes]
    return replace(
        columns,
        parent=np.where(above < 0, -1, number[above]),
        class_node=number[np.asarray(columns.class_node)],
        length=None if columns.length is None else np.asarray(columns.length)[nodes],
        labels=None if columns.labels is None else tuple(columns.labels[i] for i in nodes),
        heights=None if columns.heights is None else np.asarray(columns.heights)[nodes],
        ranks=None if columns.ranks is None else tuple(columns.ranks[i] for i in nodes),
    )


def at_or_above(parent: Ints, nodes: Iterable[int]) -> NDArray[np.bool_]:
    """Tell for each node whether it is one of `nodes` or stands above one."""
    found = [False] * parent.size
    up = parent.tolist()
    for node in nodes:
        while node >= 0 and not found[node]:
            found[node] = True
            node = up[node]
    return np.array(found)


def refuse_loss(tree: TreeLike, form: str, lost: Mapping[str, bool], lossy: bool) -> None:
    """Refuse to write what `form` cannot carry, unless the caller accepts the loss."""
    losses = [what for what, present in lost.items() if present]
    if losses and not lossy:
        raise TreeError(
            f"{form} can't carry {' and '.join(losses)} of {tree!r}; pass lossy=True to write it "
            "without, or use to_json, which carries everything."
        )
