"""Scores of sets of answers: whether they hold the label, and how much they say."""

from __future__ import annotations

from typing import Any

import numpy as np

from hiertools._core.arrays import Floats
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.samples import Samples
from hiertools.inference.contributions import SHARE, Collector
from hiertools.results.status import TOO_FEW_SAMPLES

__all__ = ["set_scores"]


def set_scores(collect: Collector, samples: Samples, problem: EvaluationProblem) -> None:
    """Define coverage and size, at each level, and how much the common ancestor says."""
    found = samples.sets
    if found is None:
        return
    tree, seen = problem.tree, problem.set_tree
    n_classes = np.unique(samples.labels).size
    numbers = [problem.level_number(level) for level in problem.levels]
    above = "whose label does not lie above the level"
    for score, of_classes, by_level, mosts in (
        ("set_coverage", found.covered, found.hit, [1] * len(numbers)),
        ("set_size", found.n_classes, found.n_groups, [each.size for each in seen.starts]),
    ):
        most = 1 if score == "set_coverage" else seen.leaf.size
        _mean(collect, score, n_classes, of_classes, "", bounds=(0.0, float(most)))
        for number, values, most in zip(numbers, by_level.T, mosts):
            told: dict[str, Any] = {"level": number, "bounds": (0.0, float(most))}
            _mean(collect, score, n_classes, values, above, **told)
    some = "whose set is not empty"
    _mean(collect, "set_nodes", n_classes, found.n_nodes, "", bounds=(0.0, float(seen.leaf.size)))
    deepest = float(tree.depth[seen.leaf].max())
    _mean(collect, "set_specificity", n_classes, found.specificity, some, bounds=SHARE)
    _mean(collect, "set_depth", n_classes, found.depth, some, bounds=(0.0, deepest))


def _mean(collect: Collector, score: str, n: int, values: Floats, of: str, **told: Any) -> None:
    missing = int(np.isnan(values).sum())
    if missing == values.size:
        collect.add(score, n, None, status=TOO_FEW_SAMPLES, note=f"no sample {of}", **told)
        return
    note = f"over the {values.size - missing} of {values.size} samples {of}" if missing else ""
    collect.add_mean(score, n, values, note=note, **told)
