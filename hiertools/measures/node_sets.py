"""Sets of nodes as answers: what they hold, how large they are, and where they meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools.trees.paths import lca
from hiertools.trees.tree import ClassTree

__all__ = ["SetFacts", "SetTree", "join_facts"]

_BLOCK_ELEMENTS = 1 << 21


@dataclass(frozen=True, eq=False)
class SetFacts:
    """What is told by the set of each of N samples; of an empty set, no common ancestor."""

    covered: Floats
    """Whether the set holds the label, shape (N,)."""
    n_classes: Floats
    """How many classes are below its nodes."""
    n_nodes: Floats
    """The least number of nodes that have just these classes below them."""
    depth: Floats
    """Of the deepest node above all of them, in edges from the root; NaN where the set is empty."""
    specificity: Floats
    """Of that node: 1 for a class, 0 for the root."""
    hit: Floats
    """Whether some of its classes are in the label's group at each level, shape (N, levels); NaN
    where the label lies above the level."""
    n_groups: Floats
    """In how many groups of each level they are."""

    @property
    def columns(self) -> Floats:
        """All of it, a row a sample."""
        held = (getattr(self, each.name) for each in fields(self))
        return np.concatenate([x[:, None] if x.ndim == 1 else x for x in held], axis=1)


def join_facts(parts: Sequence[SetFacts]) -> SetFacts:
    """Return those of several batches as one."""
    return SetFacts(
        *(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(SetFacts))
    )


@dataclass(frozen=True, eq=False)
class SetTree:
    """A tree as sets see it: a node holds the classes below it that have none below themselves."""

    tree: ClassTree
    leaf: Ints
    """The nodes of these classes, in the order of clades."""
    start: Ints
    """Of each node, the first place of what it holds among them."""
    stop: Ints
    """One past the last."""
    starts: tuple[Ints, ...]
    """Where the groups of each level begin among them."""
    heads: tuple[Ints, ...]
    """The node of each group of each level."""

    @classmethod
    def of(cls, tree: ClassTree, heads: Sequence[Ints]) -> SetTree:
        """Return what sets see of a tree.

        Parameters
        ----------
        tree : ClassTree
        heads : sequence of ndarray of int, shape (C,)
            The node of each class at each level.
        """
        nodes = tree.class_node[tree.class_order]
        last = (tree.clade_stop - tree.clade_start)[nodes] == 1
        before = np.concatenate([[0], last.cumsum()])
        starts, firsts = [], []
        for head in heads:
            own = head[tree.class_order][last]
            begin = np.flatnonzero(np.append(True, own[1:] != own[:-1]))
            starts.append(begin)
            firsts.append(own[begin])
        return cls(
            tree, nodes[last], before[tree.clade_start], before[tree.clade_stop], tuple(starts),
            tuple(firsts),
        )  # fmt: skip

    @property
    def n_held(self) -> Ints:
        """How many classes each node holds."""
        held: Ints = self.stop - self.start
        return held

    def facts(self, row: Ints, node: Ints, truth: Ints) -> SetFacts:
        """Return what the sets of N samples tell.

        Parameters
        ----------
        row, node : ndarray of int, shape (M,)
            The nodes of all sets, and the sample of each, rising.
        truth : ndarray of int, shape (N,)
            The node of each label.

        Examples
        --------
        >>> tree = ClassTree.from_newick("((lynx,wolf)mammal,newt);")
        >>> mammal, lynx, wolf, newt = 1, 2, 3, 4
        >>> seen = SetTree.of(tree, [])
        >>> found = seen.facts(np.array([0, 0, 1, 2]), np.array([lynx, wolf, lynx, newt]),
        ...                    np.array([wolf, newt, newt]))
        >>> found.covered.tolist(), found.n_classes.tolist(), found.n_nodes.tolist()
        ([1.0, 0.0, 1.0], [2.0, 1.0, 1.0], [1.0, 1.0, 1.0])
        >>> found.depth.tolist(), found.specificity.round(2).tolist()
        ([1.0, 2.0, 1.0], [0.37, 1.0, 1.0])
        """
        parts = [
            self._block(inside, truth[rows]) for rows, inside in self._held(row, node, truth.size)
        ]
        if parts:
            return join_facts(parts)
        flat, wide = np.empty(0), np.empty((0, len(self.heads)))
        return SetFacts(flat, flat, flat, flat, flat, wide, wide)

    def _held(self, row: Ints, node: Ints, n: int) -> Iterator[tuple[slice, NDArray[np.bool_]]]:
        """Yield samples and the classes that their sets hold, (rows, leaves), block by block."""
        size = max(1, _BLOCK_ELEMENTS // self.tree.n_nodes)
        for first in range(0, n, size):
            stop = min(first + size, n)
            part = slice(*np.searchsorted(row, [first, stop]).tolist())
            here, nodes = row[part] - first, node[part]
            edges = np.zeros((stop - first, self.leaf.size + 1), dtype=np.int64)
            np.add.at(edges, (here, self.start[nodes]), 1)
            np.add.at(edges, (here, self.stop[nodes]), -1)
            yield slice(first, stop), edges.cumsum(axis=1)[:, :-1] > 0

    def _block(self, inside: NDArray[np.bool_], truth: Ints) -> SetFacts:
        tree, rows = self.tree, np.arange(len(inside))
        before = np.zeros((len(inside), self.leaf.size + 1), dtype=np.int64)
        np.cumsum(inside, axis=1, out=before[:, 1:])
        full = (before[:, self.stop] - before[:, self.start] == self.n_held) & (self.n_held > 0)
        top = full.copy()
        top[:, 1:] &= ~full[:, tree.parent[1:]]
        n_classes = before[:, -1]
        some = n_classes > 0
        first, last = inside.argmax(axis=1), inside.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)
        above = lca(tree, self.leaf[first], self.leaf[last])
        size = self.leaf.size
        told = 1.0 - np.log(np.maximum(self.n_held, 1)) / np.log(max(size, 2))
        hits, groups = [], []
        for head, starts in zip(self.heads, self.starts):
            there = np.logical_or.reduceat(inside, starts, axis=1)
            own = np.searchsorted(starts, self.start[truth], side="right") - 1
            known = (head[own] <= truth) & (truth < head[own] + tree.subtree_size[head[own]])
            hits.append(np.where(known, there[rows, own], np.nan))
            groups.append(there.sum(axis=1))
        wide = np.empty((len(inside), 0))
        return SetFacts(
            full[rows, truth].astype(np.float64),
            n_classes.astype(np.float64),
            top.sum(axis=1).astype(np.float64),
            np.where(some, tree.depth[above], np.nan),
            np.where(some, told[above], np.nan),
            np.stack(hits, axis=1).astype(np.float64) if hits else wide,
            np.stack(groups, axis=1).astype(np.float64) if groups else wide,
        )
