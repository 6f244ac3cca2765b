"""Scores of probabilities that are summed over the groups of each level."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.evaluation.belonging import balanced_weights
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.samples import Samples
from hiertools.evaluation.summed import Gaps, Summed
from hiertools.inference.contributions import SHARE, Collector
from hiertools.inference.formulas import BinnedError, Fixed
from hiertools.measures.calibration import confidence_bins, expected_gap, gap_interval
from hiertools.measures.probability_scores import GAP_UNIT, LEAST, equal_bins
from hiertools.results.status import TOO_FEW_CLASSES, TOO_FEW_SAMPLES, UNDEFINED

__all__ = ["summed_scores"]


def summed_scores(collect: Collector, samples: Samples, problem: EvaluationProblem) -> None:
    """Define the scores of summed probabilities: top k, Brier, log loss, calibration."""
    held, gaps = samples.summed, samples.gaps
    if held is None or gaps is None:
        return
    numbers = [problem.level_number(level) for level in problem.levels]
    heads = [problem.heads(level) for level in problem.levels]
    heads.append(np.arange(len(problem.classes)))
    found = [
        _Place(place, number, len(gaps.sums[place]), np.unique(of[samples.labels]).size)
        for place, (number, of) in enumerate(zip([*numbers, None], heads))
    ]
    of_classes, levels = found[-1], found[:-1]
    for at in levels:
        for k in problem.options.k:
            told: dict[str, Any] = {"level": at.level, "k": k, "bounds": SHARE}
            if k > at.size:
                note = f"k={k}, but there are only {at.size} groups at this level"
                told |= {"status": TOO_FEW_CLASSES, "note": note}
                collect.add("summed_top_k_accuracy", at.met, None, **told)
            else:
                hits = held.hits(at.place, k)
                collect.add_mean("summed_top_k_accuracy", at.met, hits, **told)
    everywhere = (of_classes, *levels)
    for score, values, most in (
        ("brier_score", held.brier, 2.0),
        ("log_loss", held.log_loss, float(-np.log(LEAST))),
    ):
        for at in everywhere:
            told = {"level": at.level, "bounds": (0.0, most)}
            _known_mean(collect, score, at.met, values[:, at.place], **told)
    n_bins = problem.options.n_bins
    for at in levels:  # that of classes is among the scores of first predictions
        _binned(collect, held, at, n_bins, confidence_bins(held.confidence[:, at.place], n_bins))
    balanced = problem.options.balanced
    weights = balanced_weights(samples.labels, samples.weights, balanced)
    for at in everywhere:
        which = equal_bins(held.confidence[:, at.place], n_bins, weights)
        _binned(collect, held, at, n_bins, which, adaptive=True)
    for at in everywhere:
        _classwise(collect, gaps, at, even=weights is None)


class _Place(NamedTuple):
    """Where the numbers of a level stand."""

    place: int
    level: int | None
    size: int
    """How many groups of the model's classes there are."""
    met: int
    """How many occur among labels."""


def _known_mean(collect: Collector, score: str, n: int, values: Floats, **told: Any) -> None:
    missing = int(np.isnan(values).sum())
    if missing == values.size:
        note = "the model knows no sample's group at this level"
        collect.add(score, n, None, status=TOO_FEW_SAMPLES, note=note, **told)
        return
    note = f"undefined for {missing} of {values.size} samples, left out" if missing else ""
    collect.add_mean(score, n, values, note=note, **told)


def _binned(
    collect: Collector,
    held: Summed,
    at: _Place,
    n_bins: int,
    which: Ints,
    *,
    adaptive: bool = False,
) -> None:
    score = "adaptive_calibration_error" if adaptive else "expected_calibration_error"
    stated, right = held.confidence[:, at.place], held.right[:, at.place]
    number, sure, correct = (collect.bins(which, n_bins, each) for each in (None, stated, right))
    formula = (
        BinnedError(number, sure, correct, expected_gap, None, "its bins move with the samples")
        if adaptive
        else BinnedError(number, sure, correct, expected_gap, gap_interval)
    )
    collect.add(score, at.met, formula, level=at.level, bounds=SHARE)


def _classwise(collect: Collector, gaps: Gaps, at: _Place, even: bool) -> None:
    score = "classwise_calibration_error"
    told: dict[str, Any] = {"level": at.level, "bounds": SHARE}
    if not even:
        note = "it is summed over all samples alike, and these count unlike"
        collect.add(score, at.met, None, status=UNDEFINED, note=note, **told)
        return
    value = float(np.abs(gaps.sums[at.place]).sum()) / (GAP_UNIT * gaps.n * at.size)
    why = "only sums over all samples are kept of it"
    collect.add(score, at.met, Fixed(value), only_value=why, **told)
