"""`EvaluationProblem`: what every score of `evaluate` sees beside the samples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools.evaluation.backing_off import BackingOff
from hiertools.evaluation.levels import Level, at_level, known_groups
from hiertools.evaluation.options import EvaluationOptions
from hiertools.measures.graph_pairs import GraphPairs
from hiertools.measures.mistakes import ClassPairs
from hiertools.measures.node_sets import SetTree
from hiertools.measures.similarity import class_similarity
from hiertools.trees.graph import ClassGraph
from hiertools.trees.level_numbers import distinct_levels, level_number, level_rank
from hiertools.trees.levels import level_groups, level_names, numbered
from hiertools.trees.tree import ClassTree

__all__ = ["MOST_LEVELS", "EvaluationProblem"]

MOST_LEVELS = 12
"""Levels shown unless ``levels`` names them: inferred trees can be hundreds of levels deep."""


@dataclass(frozen=True, eq=False)
class EvaluationProblem:
    """What every score sees: the tree over the model's classes, sorted by name, and the options.

    Of a graph, the tree is that along which it is drawn.
    """

    classes: tuple[str, ...]
    tree: ClassTree
    options: EvaluationOptions
    graph: ClassGraph | None = None
    of_model: NDArray[np.bool_] | None = None
    """Which classes are the model's, shape (C,), where others are nodes that were met."""

    @property
    def n_known(self) -> int:
        """Number of classes of the model."""
        return len(self.classes) if self.of_model is None else int(self.of_model.sum())

    @property
    def n_below(self) -> Ints:
        """Number of the model's classes at or below each node."""
        if self.of_model is None:
            return self.pairs.n_below
        before = np.append(0, self.of_model[self.tree.class_order].cumsum())
        held: Ints = before[self.tree.clade_stop] - before[self.tree.clade_start]
        return held

    @cached_property
    def pairs(self) -> ClassPairs:
        """What the hierarchy says about every two classes."""
        if self.graph is not None:
            return GraphPairs.of(self.graph, self.classes)
        return ClassPairs(self.tree, self.classes)

    @property
    def hierarchy(self) -> ClassTree | ClassGraph:
        """The graph, or else the tree."""
        return self.tree if self.graph is None else self.graph

    @cached_property
    def similarity(self) -> Floats:
        """Similarity of every two classes, shape (C, C)."""
        o = self.options
        return class_similarity(
            self.hierarchy,
            self.classes,
            similarity=o.similarity,
            beta=o.beta,
            form=o.similarity_form,
        )

    @cached_property
    def levels(self) -> tuple[int | str, ...]:
        """The levels at which scores are given."""
        named = self.options.levels
        if self.graph is not None:
            return ()  # a class lies below several nodes of a depth
        if named is not None:
            return distinct_levels(self.tree, named)
        return (*level_names(self.tree),)[:MOST_LEVELS]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out by default."""
        if self.graph is not None:
            several = f"{int((self.graph.n_parents > 1).sum()):,} of {self.graph.n_nodes:,} nodes"
            return (
                f"the hierarchy is a graph: {several} have several parents. Scores by level are of "
                "trees alone; paths and pictures follow the parent on the longest way to the root.",
            )
        left = len(level_names(self.tree)) - MOST_LEVELS
        if self.options.levels is not None or left <= 0:
            return ()
        return (
            f"the tree has {left + MOST_LEVELS} levels; scores are given at the first "
            f"{MOST_LEVELS} (levels=[...] chooses others).",
        )

    def level_number(self, level: int | str) -> int:
        """Return a level as a number: a rank's place in the tree's order of ranks."""
        return level_number(self.tree, level)

    def nodes_of(self, numbers: Ints) -> Ints:
        """Return the node of each number: of a class or, behind these, of a node."""
        known: Ints = np.append(self.tree.class_node, np.arange(self.tree.n_nodes))[numbers]
        return known

    @property
    def ranks(self) -> dict[int, str | None]:
        """The rank of each level, by its number."""
        return {self.level_number(level): level_rank(self.tree, level) for level in self.levels}

    @cached_property
    def summing(self) -> tuple[Level, ...]:
        """How probabilities are summed at each level, and of classes, which come last."""
        tree, n_classes = self.tree, len(self.classes)
        first = tree.class_order[tree.clade_start]
        found = []
        for level in self.levels:
            heads = self.heads(level)
            real = at_level(tree, level, heads)
            found.append(known_groups(heads, real, first, tree.subtree_size))
        owner = np.full(tree.n_nodes, -1)
        owner[self.pairs.class_node] = np.arange(n_classes)
        found.append(np.append(np.arange(n_classes), owner))
        return tuple(Level.of(group, n_classes) for group in found)

    @cached_property
    def backing_off(self) -> BackingOff:
        """How answers back off from a class to the root."""
        o = self.options
        assert o.selective is not None
        return BackingOff.of(o.selective, self.tree, self.classes, o.random_state)

    @cached_property
    def set_tree(self) -> SetTree:
        """What sets of answers see of the tree."""
        return SetTree.of(self.tree, [self.heads(level) for level in self.levels])

    def heads(self, level: int | str) -> Ints:
        """Return the node of each class at a level, shape (C,)."""
        return level_groups(self.tree, level, self.classes)

    def groups(self, level: int | str | None) -> tuple[Ints, int]:
        """Return each class's group at a level (None: the class itself), and how many there are."""
        if level is None:
            return np.arange(len(self.classes)), len(self.classes)
        group, nodes = numbered(self.heads(level))
        return group, nodes.size
