"""What scores and the curves of an evaluation are both read from, computed once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.evaluation.belonging import balanced_weights
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.samples import Samples
from hiertools.measures.embedding_scores import EmbeddingScores, embedding_scores
from hiertools.measures.selective_risk import RiskCurve, risk_curve
from hiertools.results.columns import Table

__all__ = ["Curves"]

MOST_ROWS = 500
"""So many thresholds of the curve are kept at most, evenly spaced in specificity."""


class Curves(NamedTuple):
    """How similar more and more neighbours are, and how answers fare that back off."""

    neighbours: EmbeddingScores | None = None
    """None without embeddings."""
    backing_off: RiskCurve | None = None
    """None where answers don't back off."""

    @classmethod
    def of(cls, samples: Samples, problem: EvaluationProblem) -> Curves:
        """Return the curves of samples."""
        return cls(_of_embeddings(samples, problem), _of_walks(samples, problem))

    def of_similarity(self) -> Table:
        """Return hierarchical similarity at 1, 2, ...; empty without embeddings."""
        values = np.empty(0) if self.neighbours is None else self.neighbours.curve
        return Table.of({"k": np.arange(1, len(values) + 1), "value": values})

    def of_thresholds(self) -> Table:
        """Return accuracy and specificity from always a class to always the root, or no row."""
        found = self.backing_off
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


def _of_embeddings(samples: Samples, problem: EvaluationProblem) -> EmbeddingScores | None:
    if samples.embeddings is None:
        return None
    options = problem.options
    return embedding_scores(
        samples.embeddings,
        samples.labels,
        problem.similarity,
        options.hs_k,
        exclude_self=options.exclude_self,
        dtype=options.dtype,
        ties=options.ties,
        without_each=options.intervals,
        weights=_counts(samples, options.balanced),
    )


def _of_walks(samples: Samples, problem: EvaluationProblem) -> RiskCurve | None:
    if samples.walks is None:
        return None
    return risk_curve(samples.walks, _counts(samples, problem.options.balanced))


def _counts(samples: Samples, balanced: bool) -> Floats | None:
    """Return how often each sample counts, None where all count once."""
    labels, weights = samples.labels, samples.weights
    # In an order that is the samples' own: sums over them then have the same bits.
    order = np.argsort(labels) if weights is None else np.lexsort((weights, labels))
    in_order = None if weights is None else weights[order]
    counted = balanced_weights(labels[order], in_order, balanced)
    if counted is None:
        return None
    counts = np.empty(samples.n)
    counts[order] = counted
    return counts


def _some(specificity: Floats) -> Ints:
    """Return places along a rising curve, all of them where there are few."""
    if specificity.size <= MOST_ROWS:
        return np.arange(specificity.size)
    wanted = np.linspace(specificity[0], specificity[-1], MOST_ROWS)
    after = np.searchsorted(specificity, wanted).clip(max=specificity.size - 1)
    ends = np.array([0, specificity.size - 1])
    return np.unique(np.concatenate([after, ends]))
