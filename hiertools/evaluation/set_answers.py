"""Sets of nodes that answer for samples: those of predictions, or of a rule."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hiertools._core.arrays import Ints
from hiertools.evaluation.predictions import Predictions
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.samples import columns_of_classes
from hiertools.measures.node_sets import SetFacts

__all__ = ["AnswerSets", "facts_of", "given_sets"]


class AnswerSets(NamedTuple):
    """The sets that answer for the samples of a batch: each node in them, and its sample."""

    row: Ints
    """Rising, shape (M,)."""
    node: Ints


def given_sets(batch: Predictions, problem: EvaluationProblem) -> AnswerSets | None:
    """Return the sets of predictions, None where they have none."""
    if batch.sets is None:
        return None
    row, place = np.nonzero(batch.sets[:, columns_of_classes(batch, problem.classes)])
    return AnswerSets(row, problem.nodes_of(place))


def facts_of(sets: AnswerSets, labels: Ints, problem: EvaluationProblem) -> SetFacts:
    """Return what is kept of the sets of `labels`, -1 for what is left out.

    Labels behind the classes are nodes of the tree, C + id.
    """
    here = labels >= 0
    place = np.cumsum(here) - 1
    kept = here[sets.row]
    truth = problem.nodes_of(labels[here])
    return problem.set_tree.facts(place[sets.row[kept]], sets.node[kept], truth)
