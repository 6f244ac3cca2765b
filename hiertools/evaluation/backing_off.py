"""Answers that back off from a class to the root: what is kept of each sample's probabilities.

Of each sample its few answers are kept, with the threshold of each: the depth of the tree times
three numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.evaluation.fingerprints import fingerprint
from hiertools.measures.node_answers import leafed, node_blocks, preferences
from hiertools.measures.selective_risk import Walk, join_walks, walk
from hiertools.trees.known_nodes import same_nodes
from hiertools.trees.tree import ClassTree

__all__ = ["BackingOff", "walk_key"]


@dataclass(frozen=True, eq=False)
class BackingOff:
    """How answers of a model back off; see `hiertools.decisions.back_off`."""

    rule: str
    classes: tuple[str, ...]
    tree: ClassTree
    """With every class on a leaf."""
    preference: Ints
    node: Ints
    """The node in it of each class and, behind these, of each node of the evaluation's tree."""

    @classmethod
    def of(
        cls, rule: str, tree: ClassTree, classes: tuple[str, ...], random_state: int
    ) -> BackingOff:
        """Return how answers back off in a tree."""
        own = leafed(tree, classes)
        node = np.full(len(classes) + tree.n_nodes, -1, dtype=np.int64)
        node[: len(classes)] = own.class_node[[own.class_index[name] for name in classes]]
        holding = np.flatnonzero(tree.clade_stop > tree.clade_start)
        node[len(classes) + holding] = same_nodes(tree, own, holding)
        return cls(rule, classes, own, preferences(own, random_state), node)

    def walks(self, p: Floats, labels: Ints) -> Walk:
        """Return the answers to samples of `labels`, from their probabilities, (N, C).

        Labels behind the classes are nodes of the tree, C + id.
        """
        truth = self.node[labels]
        parts = [
            walk(block, self.tree, truth[rows], self.rule, self.preference)
            for rows, block in node_blocks(p, self.classes, self.tree)
        ]
        if not parts:  # as wide as that of batches of which some samples are left
            nobody = np.empty((0, self.tree.n_nodes))
            return walk(nobody, self.tree, truth, self.rule, self.preference)
        return join_walks(parts)


def walk_key(told: Walk) -> Floats:
    """Return a number that tells most samples apart, by their answers, shape (N,)."""
    return fingerprint(np.concatenate(told, axis=1))
