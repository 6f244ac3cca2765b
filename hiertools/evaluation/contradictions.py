"""What an evaluation is asked that can't be, or contradicts itself: refused, never passed over."""

from __future__ import annotations

from typing import Any

import numpy as np

from hiertools._core import checks
from hiertools.errors import ClassMismatchError, OptionError, TreeError
from hiertools.evaluation.options import EvaluationOptions
from hiertools.evaluation.predictions import Predictions
from hiertools.trees.graph import ClassGraph
from hiertools.trees.tree import ClassTree

__all__ = ["refuse_contradictions", "refuse_sets", "require_listed", "require_squares"]


def refuse_contradictions(
    options: EvaluationOptions, metric: str | None, representatives: Any, rule: Any, tree: Any
) -> None:
    """Refuse options of which one says what another one rules out.

    Parameters
    ----------
    options : EvaluationOptions
    metric : str, optional
        As it was given, not as the settings have it.
    representatives, rule, tree : object
        As they were given.
    """
    if representatives is None and metric is not None:
        raise OptionError(
            "metric= says how near an embedding is to a representative, and there are no "
            "representatives; give some, or leave it out (similarity_form= is the form of the "
            "similarity of classes)."
        )
    for what in ("summed", "selective", "temperature"):
        if representatives is not None and getattr(options, what):
            raise OptionError(
                f"{what}= is of the probabilities of a model, and predictions by the nearest "
                "of representatives= have none; leave one of them out."
            )
    for what in ("representatives", "restrict"):
        given = representatives if what == "representatives" else options.restrict
        if rule is not None and given is not None:
            raise OptionError(
                f"rule= was fitted to the probabilities of all classes, and {what}= gives it "
                "others, for which it promises nothing; leave one of them out."
            )
    if rule is not None and options.selective is not None:
        raise OptionError(
            "rule= answers at one threshold, and selective= at all of them; leave one of them out."
        )
    of_trees = {
        "levels": options.levels is not None,
        "unknown": options.unknown != "error",
        "summed": options.summed,
        "selective": options.selective is not None,
        "rule": rule is not None,
    }
    for what in of_trees if isinstance(tree, ClassGraph) else ():
        if of_trees[what]:
            raise OptionError(
                f"{what}= is of trees: in a graph a class lies below several nodes of a depth; "
                "leave it out, or evaluate on one tree (graph.drawn, say)."
            )


def refuse_sets(rule: Any, graph: ClassGraph | None) -> None:
    """Refuse predictions that bring sets of answers where something else answers, or a graph."""
    if rule is not None:
        raise OptionError(
            "rule= makes the answers, and these predictions bring sets of answers of their own; "
            "leave one of them out."
        )
    if graph is not None:
        raise OptionError(
            "sets of answers are scored by a tree: in a graph a class lies below several nodes of "
            "a depth; leave them out, or evaluate on one tree (graph.drawn, say)."
        )


def require_listed(batch: Predictions, listed: frozenset[str]) -> None:
    """Refuse samples that restrict= rules out: a list that contradicts the labels is wrong."""
    all_names = (*batch.classes, *batch.lacking)
    off = np.array([name not in listed for name in all_names])[batch.labels]
    if off.any():
        names = sorted({all_names[i] for i in batch.labels[off].tolist()})
        raise ClassMismatchError(
            f"{int(off.sum())} of {off.size} samples are of classes that restrict= leaves out: "
            f'{checks.name_list(names)}. Add them to the list, or pass on_missing="drop" to leave '
            "these samples out."
        )


def require_squares(tree: ClassTree | ClassGraph) -> None:
    """Refuse edges all of which are too short for a spread of costs to be told."""
    longest = float(tree.length.max(initial=0.0))
    if 0.0 < longest < checks.SMALLEST:
        raise TreeError(
            f"the longest edge has length {longest:.3g}, but squares of costs below "
            f"{checks.SMALLEST:g} are lost, and intervals with them; multiply all lengths by one "
            "number."
        )
