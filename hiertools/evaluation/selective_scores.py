"""The area under risk over specificity of answers that back off, and its curve."""

from __future__ import annotations

import numpy as np

from hiertools._core.arrays import Floats
from hiertools.evaluation.belonging import balanced_weights
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.samples import Samples
from hiertools.inference.contributions import SHARE, Collector
from hiertools.measures.selective_risk import RiskCurve, risk_curve
from hiertools.results.columns import Table

__all__ = ["selective_curve", "selective_scores"]

MOST_ROWS = 500
"""So many thresholds of the curve are kept at most, evenly spaced in specificity."""


def selective_scores(collect: Collector, samples: Samples, problem: EvaluationProblem) -> None:
    """Define the area: the mean of what each sample adds to it, to the first order."""
    found = _curve(samples, problem)
    if found is None:
        return
    n_classes = np.unique(samples.labels).size
    several = len(problem.classes) > 1  # of one class, answers always say as much
    bounds = SHARE if several else (0.0, 0.0)
    values = found.area + found.influence
    collect.add_mean("selective_risk_area", n_classes, values, bounds=bounds)


def selective_curve(samples: Samples, problem: EvaluationProblem) -> Table:
    """Return accuracy and specificity at each threshold, from always a class to always the root."""
    found = _curve(samples, problem)
    columns = dict.fromkeys(("threshold", "accuracy", "specificity"), np.empty(0))
    if found is not None:
        rows = _some(found.specificity)[::-1]
        threshold = found.threshold[rows]
        columns = {
            "threshold": np.where(np.isinf(threshold), np.nan, threshold),
            "accuracy": 1.0 - found.risk[rows],
            "specificity": found.specificity[rows],
        }
    return Table.of(columns)


def _curve(samples: Samples, problem: EvaluationProblem) -> RiskCurve | None:
    if samples.walks is None:
        return None
    labels, weights = samples.labels, samples.weights
    # In an order that is the samples' own: sums over them then have the same bits.
    order = np.argsort(labels) if weights is None else np.lexsort((weights, labels))
    in_order = None if weights is None else weights[order]
    counted = balanced_weights(labels[order], in_order, problem.options.balanced)
    if counted is None:
        return risk_curve(samples.walks)
    counts = np.empty(samples.n)
    counts[order] = counted
    return risk_curve(samples.walks, counts)


def _some(specificity: Floats) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return places along a rising curve, all of them where there are few."""
    if specificity.size <= MOST_ROWS:
        return np.arange(specificity.size)
    wanted = np.linspace(specificity[0], specificity[-1], MOST_ROWS)
    after = np.searchsorted(specificity, wanted).clip(max=specificity.size - 1)
    ends = np.array([0, specificity.size - 1])
    return np.unique(np.concatenate([after, ends]))
