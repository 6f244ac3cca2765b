"""The groups of a level: which they are, and how to sum probabilities over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools.trees.levels import numbered
from hiertools.trees.tree import ClassTree

__all__ = ["Level", "at_level", "known_groups"]


def at_level(tree: ClassTree, level: int | str, heads: Ints) -> NDArray[np.bool_]:
    """Tell the groups of a level from classes above it, which stand for themselves there.

    `heads` are those of `level_groups`.
    """
    if isinstance(level, str):
        assert tree.ranks is not None
        assert tree.rank_order is not None
        fine = {*tree.rank_order[tree.rank_order.index(level) :]}
        return np.array([tree.ranks[head] in fine for head in heads.tolist()])
    there: NDArray[np.bool_] = tree.depth[heads] == level + 1
    return there


def known_groups(heads: Ints, real: NDArray[np.bool_], first: Ints, subtree_size: Ints) -> Ints:
    """Return the group of each class and, behind them, that of each node: -1 above the level.

    `heads` is the node of each class at the level, `real` whether that is one of the level's,
    `first` a class below each node.
    """
    group = numbered(heads)[0]
    nodes = np.arange(first.size)
    head = heads[first]
    inside = real[first] & (head <= nodes) & (nodes < head + subtree_size[head])
    return np.concatenate([group, np.where(inside, group[first], -1)])


@dataclass(frozen=True, eq=False)
class Level:
    """The groups of a level: how to sum over them, and in which each label is."""

    group: Ints
    """Of each class, and behind these of each node of the tree; -1 where none is known."""
    size: int
    """How many there are."""
    order: Ints
    """The classes, group by group."""
    starts: Ints
    """Where each group begins among these."""

    @classmethod
    def of(cls, group: Ints, n_classes: int) -> Level:
        """Return the level of the groups of classes, and of nodes behind them."""
        order = np.argsort(group[:n_classes], kind="stable")
        _, starts = np.unique(group[:n_classes][order], return_index=True)
        return cls(group, starts.size, order, starts)

    def sums(self, p: Floats) -> Floats:
        """Return the probability of each group, (N, groups)."""
        if self.size == p.shape[1]:
            return p[:, self.order]
        return np.clip(np.add.reduceat(p[:, self.order], self.starts, axis=1), 0.0, 1.0)
