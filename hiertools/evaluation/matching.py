"""What the classes of a model are in the tree: the first batch settles it for all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hiertools._core import checks, memory
from hiertools._core.classes import shared_classes
from hiertools.errors import ClassMismatchError
from hiertools.evaluation.any_node import NamedNodes, named_nodes
from hiertools.evaluation.checklists import Checklist
from hiertools.evaluation.options import EvaluationOptions
from hiertools.evaluation.predictions import Predictions
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.trees.graph import ClassGraph
from hiertools.trees.graph_views import in_graph_order, redrawn
from hiertools.trees.operations import restrict, sort_classes
from hiertools.trees.tree import ClassTree

__all__ = ["Matching"]

BYTES_A_SQUARE = 40.0
"""Bytes for every two classes: their distance, common ancestor, its depth and its height, and one
more matrix for a while."""


@dataclass(frozen=True, eq=False)
class Matching:
    """A model's classes, and the problem over those that count."""

    model_classes: frozenset[str]
    named: NamedNodes
    """The whole tree, with a class at every inner node that the model names."""
    listed: frozenset[str]
    """The classes on the list of ``restrict=``; empty without one."""
    problem: EvaluationProblem
    notes: tuple[str, ...]
    """What was left out, and what names were taken for."""

    @classmethod
    def of(
        cls,
        classes: Sequence[str],
        tree: ClassTree,
        graph: ClassGraph | None,
        representatives: ClassRepresentatives | None,
        options: EvaluationOptions,
    ) -> Matching:
        """Match the classes of a model with those of the tree, by name.

        Parameters
        ----------
        classes : sequence of str
            Of the model's predictions.
        tree : ClassTree
        graph : ClassGraph, optional
            The hierarchy, where it is one; `tree` is then that along which it is drawn.
        representatives : ClassRepresentatives, optional
            Their classes are the model's, too.
        options : EvaluationOptions
        """
        model = list(classes)
        notes: list[str] = []
        if representatives is not None:
            having = set(representatives.classes)
            without = sorted(set(model) - having)
            model += [name for name in representatives.classes if name not in set(model)]
            if without:
                notes.append(
                    f"{len(without)} of {len(model)} classes have no representative, so they are "
                    f"never predicted: {checks.name_list(without)}."
                )
        named = named_nodes(tree, model)
        full = named.tree
        graph = None if graph is None else redrawn(graph, full)
        shared = shared_classes(named.classes(model), full.classes, options.on_missing)
        memory.require(
            BYTES_A_SQUARE * len(shared.classes) ** 2,
            f"evaluating over {len(shared.classes):,} classes",
            "give predictions of fewer of them.",
        )
        left = shared.classes
        told = (*shared.notes, *named.notes, *notes)
        listed: frozenset[str] = frozenset()
        if options.restrict is not None:
            checklist = Checklist.of(full, options.restrict, graph)
            listed = checklist.classes
            left = tuple(name for name in shared.classes if name in listed)
            if not left:
                raise ClassMismatchError(
                    "no class of the model is on the list of restrict=, which has "
                    f"{len(listed)} classes of the tree: {checks.name_list(sorted(listed))}."
                )
            told += (checklist.note(len(left), len(shared.classes)),)
        if graph is not None:
            graph = in_graph_order(graph.restrict(left), sorted(left))
        over = sort_classes(restrict(full, left)) if graph is None else graph.drawn
        problem = EvaluationProblem(left, over, options, graph)
        return cls(frozenset(classes), named, listed, problem, told)

    def require_same(self, batch: Predictions) -> None:
        """Refuse a batch of other classes than the first one's."""
        if {*batch.classes} != self.model_classes:
            odd = sorted(self.model_classes ^ {*batch.classes})
            raise ClassMismatchError(
                f"this batch has other classes than the first one: {checks.name_list(odd)} "
                "are in one of them only; give each batch the same classes=[...]."
            )
