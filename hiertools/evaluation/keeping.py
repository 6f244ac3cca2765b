"""One batch of predictions as it is kept: what is read of it, and how many samples were dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hiertools._core.arrays import Ints
from hiertools.evaluation.contradictions import refuse_sets, require_listed
from hiertools.evaluation.matching import Matching
from hiertools.evaluation.open_world import counted_labels, lacking_nodes
from hiertools.evaluation.predictions import Predictions, under_other_names
from hiertools.evaluation.probabilities import need_probabilities, probability_blocks
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.reading import Reading
from hiertools.evaluation.rules import Answers, answers_of
from hiertools.evaluation.samples import Samples, columns_of_classes, keep, label_numbers
from hiertools.evaluation.set_answers import AnswerSets, facts_of, given_sets
from hiertools.evaluation.summed import add_gaps, join_summed, summed_of
from hiertools.measures.selective_risk import join_walks

__all__ = ["Kept"]


@dataclass(frozen=True)
class Kept:
    """One batch as it is kept."""

    samples: Samples
    dropped: int
    lacking: Mapping[str, int]
    """How many samples are of each class that the model lacks."""

    @classmethod
    def of(
        cls,
        batch: Predictions,
        matching: Matching,
        reading: Reading,
    ) -> Kept:
        """Return what is kept of a batch; refuse what it brings that can't be evaluated."""
        problem, named, rule = matching.problem, matching.named, reading.rule
        options = problem.options
        batch = under_other_names(batch, named.classes(batch.classes))
        drop = options.on_missing == "drop"
        if options.restrict is not None and not drop:
            require_listed(batch, matching.listed)
        beyond = lacking_nodes(batch, named.tree, problem, drop)
        if options.restrict is not None:
            beyond = {name: node for name, node in beyond.items() if name in matching.listed}
        if batch.sets is not None:
            refuse_sets(rule, problem.graph)
        answers = None
        if rule is not None:
            answers = answers_of(rule, batch, problem, options.temperature)
        samples, dropped = keep(
            batch,
            problem.classes,
            min(max(options.k), len(problem.classes)),
            reading.representatives,
            options.metric,
            options.dtype,
            options.ties,
            beyond=None if options.unknown == "error" else beyond,
            temperature=options.temperature,
            answers=answers if isinstance(answers, Answers) else None,
        )
        labels = label_numbers(batch, problem.classes, beyond)
        sets = answers if isinstance(answers, AnswerSets) else given_sets(batch, problem)
        if sets is not None:
            samples = replace(samples, sets=facts_of(sets, labels, problem))
        if options.summed or options.selective is not None:
            samples = _with_probabilities(batch, samples, labels, problem)
        return cls(samples, dropped, counted_labels(batch, beyond))


def _with_probabilities(
    batch: Predictions, samples: Samples, labels: Ints, problem: EvaluationProblem
) -> Samples:
    """Return samples with what their probabilities say: summed over groups, backing off."""
    options = problem.options
    for what in ("summed", "selective"):
        if getattr(options, what):
            need_probabilities(batch, f"{what}=")
    columns = columns_of_classes(batch, problem.classes)
    summed, walks = [], []
    for part, stated in probability_blocks(batch, columns, options.temperature):
        here = labels[part] >= 0
        p, own = stated[here], labels[part][here]
        if options.summed:
            summed.append(summed_of(p, own, problem.summing, options.n_bins))
        if options.selective is not None:
            walks.append(problem.backing_off.walks(p, own))
    held, gaps = zip(*summed) if summed else ((), ())
    return replace(
        samples,
        summed=join_summed(held) if held else None,
        gaps=add_gaps(gaps),
        walks=join_walks(walks) if walks else None,
    )
