"""From test samples to every score of `evaluate`: the method section of an evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats
from hiertools.evaluation.any_node import branch_scores, is_nested
from hiertools.evaluation.belonging import balanced_weights
from hiertools.evaluation.curves import Curves
from hiertools.evaluation.open_world import open_world_scores
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.rules import rule_scores
from hiertools.evaluation.samples import Samples
from hiertools.evaluation.set_scores import set_scores
from hiertools.evaluation.summed_scores import summed_scores
from hiertools.inference.contributions import SHARE, Bounds, Collector, Contributions
from hiertools.inference.formulas import ONES, BinnedError, Macro, Ratio, What
from hiertools.inference.influences import influences
from hiertools.measures.calibration import (
    confidence_bins,
    debiased_gap,
    expected_gap,
    gap_interval,
    largest_gap,
)
from hiertools.measures.embedding_scores import EmbeddingScores
from hiertools.measures.hierarchical_f1 import jaccard, scores_from_sizes
from hiertools.measures.mistakes import distance_at_k, hierarchical_precision_at_k, hit_at_k
from hiertools.measures.selective_risk import RiskCurve
from hiertools.results.status import (
    NEEDS_EMBEDDINGS,
    NEEDS_PROBABILITIES,
    NO_COMPANY,
    NO_MISTAKES,
    TOO_FEW_CLASSES,
    TOO_FEW_PREDICTIONS,
    TOO_FEW_SAMPLES,
)


def contributions(samples: Samples, problem: EvaluationProblem, curves: Curves) -> Contributions:
    """Return what each sample adds to every score; `curves` are those of the samples."""
    collect = Collector(samples.n)
    _accuracies(collect, samples, problem)
    rule_scores(collect, samples, problem)
    set_scores(collect, samples, problem)
    _selective(collect, samples, problem, curves.backing_off)
    if is_nested(problem.pairs):
        heads = {problem.level_number(level): problem.heads(level) for level in problem.levels}
        branch_scores(collect, samples, problem.pairs, heads)
    open_world_scores(collect, samples, problem)
    _costs(collect, samples, problem)
    _ancestors(collect, samples, problem)
    _similarities(collect, samples, problem, curves.neighbours)
    _calibration(collect, samples, problem)
    summed_scores(collect, samples, problem)
    return collect.finish()


def _accuracies(collect: Collector, samples: Samples, problem: EvaluationProblem) -> None:
    y, first = samples.labels, samples.firsts
    p, own = first.predicted, first.own
    whats: tuple[What, ...] = ("precision", "recall", "f1")
    later = []
    for level in (None, *problem.levels):
        number = None if level is None else problem.level_number(level)
        group, size = problem.groups(level)
        occurring = np.unique(group[y]).size
        right = first.mean(group[own] == group[p])
        note = "every class is under one node at this level" if size == 1 else ""
        collect.add_mean("accuracy", occurring, right, level=number, note=note, bounds=SHARE)
        labelled = collect.bins(group[y], size)
        predicted = (
            collect.bins(group[p], size)
            if samples.first.all_clear
            else collect.shares(group[p], size, first.each.number, first.kind)
        )
        both = collect.bins(group[y], size, right)
        later += [
            (what, occurring, Macro(labelled, predicted, both, what), number) for what in whats
        ]
    for what in whats:
        for name, occurring, formula, number in later:
            if name == what:
                collect.add(f"{what}_macro", occurring, formula, level=number, bounds=SHARE)
    n_classes = np.unique(y).size
    for k in problem.options.k:
        status, note = _too_many(k, samples, problem)
        if note:
            collect.add("top_k_accuracy", n_classes, None, k=k, status=status, note=note)
        else:
            collect.add_mean("top_k_accuracy", n_classes, _hits(samples, k), k=k, bounds=SHARE)


def _hits(samples: Samples, k: int) -> Floats:
    return hit_at_k(samples.labels, samples.ranked, k, samples.ties)


def _selective(
    collect: Collector, samples: Samples, problem: EvaluationProblem, curve: RiskCurve | None
) -> None:
    """Define the area: the mean of what each sample adds to it, to the first order."""
    if curve is None:
        return
    n_classes = np.unique(samples.labels).size
    several = len(problem.classes) > 1  # of one class, answers always say as much
    bounds = SHARE if several else (0.0, 0.0)
    values = curve.area + curve.influence
    collect.add_mean("selective_risk_area", n_classes, values, bounds=bounds)


def _costs(collect: Collector, samples: Samples, problem: EvaluationProblem) -> None:
    y, ranked, pairs, options = samples.labels, samples.ranked, problem.pairs, problem.options
    first = samples.firsts
    p, own = first.predicted, first.own
    n_classes = np.unique(y).size
    wrong = own != p
    note = "" if wrong.any() else "no prediction is wrong"
    # Where predictions are tied, severity is the expected cost of all mistakes over their expected
    # number: the ratio's own expectation has no closed form, and none where all may be right.
    cost = collect.column(first.mean(pairs.distance[own, p]))
    mistakes = collect.column(first.mean(wrong))
    farthest = (0.0, float(pairs.distance.max()))
    collect.add("average_hierarchical_cost", n_classes, Ratio(cost, ONES), bounds=farthest)
    why: dict[str, Any] = {"status": NO_MISTAKES, "note": note}

    def add_severity(
        score: str, top: int, held: NDArray[np.generic], values: Floats | None = None
    ) -> None:
        """Add the mean over mistakes, beside what it is if these hit all other classes alike."""
        chance = None
        if samples.specificity is None:  # a rule's answers may be any node
            of_others = mean_beside(held, values, problem.of_model)
            chance = Ratio(collect.column(first.mean(wrong) * of_others[y]), mistakes)
        formula, limits = Ratio(top, mistakes, few=True), between_classes(held, values)
        collect.add(score, n_classes, formula, bounds=limits, chance=chance, **why)

    add_severity("mistake_severity", cost, pairs.distance)
    height = pairs.lca_height
    bits = np.log2(np.maximum(problem.n_below, 1))  # of the classes below a node
    for name, held, values in (
        ("height", height, None),
        ("depth", pairs.lca_depth, None),
        ("information", pairs.lca, bits),
    ):
        of_pairs = held[own, p] if values is None else values[held[own, p]]
        total = collect.column(first.mean(np.where(wrong, of_pairs, 0)))
        add_severity(f"mistake_lca_{name}", total, held, values)
    # The root may lie above all that the classes have in common: the tallest pair decides nothing.
    tallest = max(int(pairs.node_heights[0]), 1)
    collect.add_mean(
        "average_lca_height", n_classes, first.mean(height[own, p] / tallest), bounds=SHARE
    )
    for k in options.k:
        score = "average_hierarchical_distance_at_k"
        status, note = _too_many(k, samples, problem)
        if note:
            collect.add(score, n_classes, None, k=k, status=status, note=note)
        else:
            values = distance_at_k(pairs.distance, y, ranked, k, samples.ties)
            collect.add_mean(score, n_classes, values, k=k, bounds=farthest)
    variant = options.hp_variant
    for k in options.k:
        score = "hierarchical_precision_at_k"
        status, note = _too_many(k, samples, problem)
        if not note and variant == "paper" and k + 2 > problem.n_known:
            status = TOO_FEW_CLASSES
            note = f"the radius of variant 'paper' at k={k} needs {k + 2} classes"
        if note:
            collect.add(score, n_classes, None, k=k, status=status, note=note)
            continue
        similarity = problem.similarity if variant == "similarity" else None
        values = hierarchical_precision_at_k(
            pairs, y, ranked, k, variant, similarity, samples.ties, problem.of_model
        )
        note = "" if variant == "devise" else f"variant {variant!r}"
        collect.add_mean(score, n_classes, values, k=k, note=note, bounds=SHARE)


def between_classes(matrix: NDArray[np.generic], values: Floats | None = None) -> Bounds:
    """Return the least and the largest value of a matrix that stand beside its diagonal.

    With `values`, the matrix holds places in them.
    """
    least, most = np.inf, -np.inf
    for place, held in enumerate(matrix):  # row by row: the matrix may be all that fits
        row = held if values is None else values[held]
        for part in (row[:place], row[place + 1 :]):
            if part.size:
                least, most = min(least, float(part.min())), max(most, float(part.max()))
    return least, most


def mean_beside(
    matrix: NDArray[np.generic],
    values: Floats | None = None,
    columns: NDArray[np.bool_] | None = None,
) -> Floats:
    """Return each row's mean beside the diagonal, 0 where nothing is there.

    With `values`, the matrix holds places in them; with `columns`, only these count.

    Examples
    --------
    >>> mean_beside(np.array([[0, 2, 4], [2, 0, 4], [4, 4, 0]]))
    array([3., 3., 4.])
    """
    counted = np.ones(len(matrix), dtype=bool) if columns is None else columns
    number = counted.sum() - counted
    total = np.empty(len(matrix))
    for place, held in enumerate(matrix):  # row by row: the matrix may be all that fits
        row = held if values is None else values[held]
        among = row if columns is None else row[columns]
        total[place] = among.sum(dtype=np.float64) - (row[place] if counted[place] else 0)
    means: Floats = np.where(number > 0, total / np.maximum(number, 1), 0.0)
    return means


def _too_many(k: int, samples: Samples, problem: EvaluationProblem) -> tuple[str, str]:
    """Say why there is no k-th prediction, as status and note, if there is none."""
    if k > problem.n_known:
        return TOO_FEW_CLASSES, f"k={k}, but there are only {problem.n_known} classes"
    given = samples.ranked.shape[1]
    if k > given:
        return TOO_FEW_PREDICTIONS, f"k={k}, but only {given} predictions a sample were given"
    return "", ""


def _ancestors(collect: Collector, samples: Samples, problem: EvaluationProblem) -> None:
    y, first, pairs = samples.labels, samples.firsts, problem.pairs
    p, own = first.predicted, first.own
    n_classes = np.unique(y).size
    size = pairs.n_ancestors
    sizes = (pairs.n_common[own, p], size[p], size[own])
    in_common, of_predicted, of_label = (first.mean(each) for each in sizes)
    common, predicted, labelled = map(collect.column, (in_common, of_predicted, of_label))
    # F1 is the share of the ancestors of both that they have in common, each counted twice.
    twice, all_of_both = map(collect.column, (2 * in_common, of_predicted + of_label))
    for name, top, bottom in (
        ("precision", common, predicted),
        ("recall", common, labelled),
        ("f1", twice, all_of_both),
    ):
        formula = Ratio(top, bottom, empty=1.0)
        collect.add(f"hierarchical_{name}", n_classes, formula, bounds=SHARE)
    each = dict(zip(("precision", "recall", "f1"), scores_from_sizes(*sizes)))
    for name, of_pairs in each.items():
        values = first.mean(of_pairs)
        collect.add_mean(f"hierarchical_{name}_macro", n_classes, values, bounds=SHARE)
    for name, of_pairs in (("jaccard", jaccard(*sizes)), ("wu_palmer", pairs.wu_palmer(own, p))):
        values = first.mean(of_pairs)
        collect.add_mean(f"hierarchical_{name}", n_classes, values, bounds=SHARE)


def _similarities(
    collect: Collector,
    samples: Samples,
    problem: EvaluationProblem,
    embedded: EmbeddingScores | None,
) -> None:
    n_classes = np.unique(samples.labels).size
    hs_k = problem.options.hs_k
    at, area = "hierarchical_similarity_at_k", "average_hierarchical_similarity_at_k"
    retrieval = ("precision_at_1", "r_precision", "map_at_r")
    if embedded is None:
        why: dict[str, Any] = {
            "status": NEEDS_EMBEDDINGS,
            "note": "needs embeddings of the test samples",
        }
        for k in hs_k:
            collect.add(at, n_classes, None, k=k, **why)
        collect.add(area, n_classes, None, k=hs_k[-1], **why)
        for name in retrieval:
            collect.add(name, n_classes, None, **why)
        return
    few = TOO_FEW_SAMPLES, f"of {samples.n} samples each has only {samples.n - 1} others"
    alone = NO_COMPANY, "no class has two samples"
    wanted: list[tuple[str, int | None, Floats, tuple[str, str]]] = [
        *((at, k, values, few) for k, values in zip(hs_k, embedded.at_k.T)),
        (area, hs_k[-1], embedded.area, few),
        *((name, None, getattr(embedded.retrieval, name), alone) for name in retrieval),
    ]
    left_out = embedded.left_out
    weights, balanced = samples.weights, problem.options.balanced
    uneven = balanced_weights(samples.labels, weights, balanced) is not None
    for place, (score, at_k, values, undefined) in enumerate(wanted):
        missing = int(np.isnan(values).sum())
        if missing == values.size:
            status, note = undefined
            collect.add(score, n_classes, None, k=at_k, status=status, note=note)
            continue
        note = f"undefined for {missing} of {values.size} samples, left out" if missing else ""
        given: dict[str, Any] = {"k": at_k, "note": note, "bounds": SHARE}
        numbers = None
        if uneven:
            given["only_value"] = "samples have no weights as neighbours of others"
        elif left_out is not None:
            numbers = influences(values, left_out.moves[place], float(left_out.twice[place]))
        if numbers is None:
            collect.add_mean(score, n_classes, values, **given)
        else:
            collect.add_mean(score, n_classes, numbers, informing=~np.isnan(values), **given)


def _calibration(collect: Collector, samples: Samples, problem: EvaluationProblem) -> None:
    n_classes = np.unique(samples.labels).size
    errors = {
        "expected_calibration_error": expected_gap,
        "expected_calibration_error_debiased": debiased_gap,
        "maximum_calibration_error": largest_gap,
    }
    if samples.confidence is None:
        note = 'needs probabilities or logits (score_kind="probability" or "logit")'
        if samples.specificity is not None:
            note = "an answer may be any node, and nothing is said of how sure of the class it is"
        for name in errors:
            collect.add(name, n_classes, None, status=NEEDS_PROBABILITIES, note=note)
        return
    size = problem.options.n_bins
    which = confidence_bins(samples.confidence, size)
    right = _hits(samples, 1)
    n = collect.bins(which, size)
    stated = collect.bins(which, size, samples.confidence)
    correct = collect.bins(which, size, right)
    for name, error in errors.items():
        # Both estimate one number, of which there is one interval; the largest gap has none.
        far = "a maximum is far too large by chance alone"
        ends = (None, far) if error is largest_gap else (gap_interval, "")
        formula = BinnedError(n, stated, correct, error, *ends)
        collect.add(name, n_classes, formula, bounds=SHARE)
