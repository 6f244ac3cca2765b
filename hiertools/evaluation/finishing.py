"""From all samples that are kept to the evaluation: its scores, tables and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from hiertools._core.arrays import Ints
from hiertools._core.progress import stretch
from hiertools._core.versions import VERSIONS
from hiertools.evaluation.confusions import costliest_first, costly_confusions
from hiertools.evaluation.curves import Curves
from hiertools.evaluation.design import Design, settled
from hiertools.evaluation.keeping import Kept
from hiertools.evaluation.marks import class_marks, marked
from hiertools.evaluation.matching import Matching
from hiertools.evaluation.node_classes import nodes_met, with_node_classes
from hiertools.evaluation.open_world import lacking_note
from hiertools.evaluation.options import EvaluationOptions
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.reading import Reading
from hiertools.evaluation.reliability import reliability_table
from hiertools.evaluation.result import Evaluation
from hiertools.evaluation.rules import Rule
from hiertools.evaluation.sample_order import canonical_order
from hiertools.evaluation.samples import Samples, join
from hiertools.evaluation.scoring import contributions
from hiertools.evaluation.summed import Gaps
from hiertools.evaluation.tables import class_table, node_table, score_table
from hiertools.inference.contributions import Contributions
from hiertools.measures.confusion import confusion_counts
from hiertools.measures.mistakes import hit_at_k
from hiertools.results.columns import Table

__all__ = ["Finished", "finished", "nodes_of"]


class Finished(NamedTuple):
    """An evaluation, and what a paired comparison with another one needs."""

    result: Evaluation
    problem: EvaluationProblem
    samples: Samples
    curves: Curves
    contributed: Contributions


def nodes_of(batches: Sequence[Kept], n_classes: int) -> Ints:
    """Return the nodes that are labels or answers, rising."""
    found = [nodes_met(batch.samples, n_classes) for batch in batches]
    return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *found]))


def finished(
    batches: Sequence[Kept],
    gaps: Gaps | None,
    matching: Matching,
    reading: Reading,
    nodes: Ints,
    name: str,
) -> Finished:
    """Return the evaluation of all batches.

    Each of `nodes` becomes a class: all that these samples, or those of other models, have met.
    """
    problem = matching.problem
    options = problem.options
    joined = replace(join([batch.samples for batch in batches]), gaps=gaps)
    joined, problem = with_node_classes(joined, problem, nodes)
    samples, told = settled(joined, options)
    with stretch(0.0, 0.5):
        curves = Curves.of(samples, problem)
        contributed = contributions(samples, problem, curves)
    order = np.arange(samples.n)
    if options.intervals:
        marks = class_marks(problem.hierarchy, problem.classes, samples)
        order = canonical_order(marked(samples, marks))
    design = Design.of(order, options.balanced, samples)
    with stretch(0.5, 1.0):
        table = score_table(design.samples(contributed), problem, design.groups)
    first = samples.first
    cells = confusion_counts(samples.labels, first.predicted, first.number)
    costly = costliest_first(cells, problem.pairs, options.random_state)
    result = Evaluation(
        scores=table,
        per_class=class_table(cells, problem.pairs, costly),
        per_node=node_table(cells, problem, costly),
        confusions=costly_confusions(cells, problem.pairs, costly),
        reliability=_reliability(samples, order, options.n_bins),
        similarity_curve=curves.of_similarity(),
        selective_curve=curves.of_thresholds(),
        predefined=problem.tree,
        graph=problem.graph,
        n_samples=samples.n,
        name=name,
        notes=(
            *matching.notes,
            *_dropped(batches, options),
            *problem.notes,
            *_lacking(batches, options),
            *_judged(samples, reading.rule),
            *told,
            *_tied(samples),
        ),
        settings={**reading.settings(options), "levels": list(problem.levels)},
        versions=VERSIONS,
    )
    return Finished(result, problem, samples, curves, contributed)


def _reliability(samples: Samples, order: Ints, n_bins: int) -> Table:
    if samples.confidence is None:
        return reliability_table([], [], n_bins).empty()
    right = hit_at_k(samples.labels, samples.ranked, 1, samples.ties)
    return reliability_table(samples.confidence[order], right[order], n_bins)


def _dropped(batches: Sequence[Kept], options: EvaluationOptions) -> tuple[str, ...]:
    dropped = sum(batch.dropped for batch in batches)
    if not dropped:
        return ()
    total = dropped + sum(batch.samples.n for batch in batches)
    verb = "sample was" if dropped == 1 else "samples were"
    why = "in the tree" if options.restrict is None else "in the tree, or not on the list"
    return (f"{dropped} of {total} {verb} dropped: the class is not {why}.",)


def _lacking(batches: Sequence[Kept], options: EvaluationOptions) -> tuple[str, ...]:
    if options.unknown == "error":
        return ()
    often: Counter[str] = sum((Counter(each.lacking) for each in batches), Counter())
    return lacking_note(often, sum(batch.samples.n for batch in batches))


def _judged(samples: Samples, rule: Rule | None) -> tuple[str, ...]:
    """Say whose answers are judged."""
    if rule is None:
        return ()
    if samples.sets is None:
        return (f"answers are those of {rule.told}.",)
    return (
        f"sets of answers are those of {rule.told}; other scores are of the model's first "
        "predictions.",
    )


def _tied(samples: Samples) -> tuple[str, ...]:
    tied = samples.broken if samples.ties is None else samples.ties.rows.size
    if not tied:
        return ()
    best = samples.ranked.shape[1]
    what = "what is tied counts by its mean over all orders"
    if samples.broken:
        what = "ties='position' ranks these by class name, which may follow the tree"
    if samples.walks is not None and not samples.first.all_clear:
        what += "; answers that back off start from one of the tied classes, drawn by random_state="
    return (
        f"samples with equal scores among, or next to, their best {best}: {tied:,} of "
        f"{samples.n:,}; {what}.",
    )
