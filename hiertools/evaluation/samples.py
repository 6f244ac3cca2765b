"""`Samples`: what is kept of each test sample, a few numbers instead of its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools._core.directions import as_directions
from hiertools.errors import ClassMismatchError, PredictionsError
from hiertools.evaluation.belonging import Groups, join_groups
from hiertools.evaluation.nearest import nearest
from hiertools.evaluation.predictions import OF_SAMPLES, Predictions
from hiertools.evaluation.probabilities import need_probabilities, probability_blocks, shares
from hiertools.evaluation.summed import Gaps, Summed, add_gaps, join_summed
from hiertools.measures.calibration import largest_share
from hiertools.measures.mistakes import ranking
from hiertools.measures.node_sets import SetFacts, join_facts
from hiertools.measures.selective_risk import Walk, join_walks
from hiertools.measures.ties import FirstPredictions, Ties, join_ties
from hiertools.representatives.representatives import ClassRepresentatives

_BLOCK_ELEMENTS = 1 << 21


@dataclass(frozen=True, eq=False)
class Samples:
    """Labels, the best few predictions, confidences and embeddings of N test samples.

    Classes are positions in a sorted list of names. Memory is N (K + D + 2) numbers, and one bit a
    class for each sample with ties.
    """

    labels: Ints
    """Shape (N,)."""
    ranked: NDArray[np.int32]
    """The best K classes, best first, shape (N, K); tied ones in any order."""
    confidence: Floats | None
    """Probability of the best class, shape (N,)."""
    embeddings: NDArray[np.floating] | None
    """Shape (N, D); of each, only the direction counts."""
    ties: Ties | None = None
    """Which of the best K are tied, with each other and with what comes after them."""
    broken: int = 0
    """How many samples have such ties that were broken by position, and so are not in `ties`."""
    groups: Groups | None = None
    """Which samples belong together."""
    weights: Floats | None = None
    """How much each sample counts."""
    unseen: NDArray[np.bool_] | None = None
    """Whether the model lacks the class of the label, where it may."""
    summed: Summed | None = None
    """What their summed probabilities say at each level."""
    gaps: Gaps | None = None
    """How far those of all groups are from what is true, summed over samples."""
    specificity: Floats | None = None
    """How much each answer says, where these are a rule's."""
    walks: Walk | None = None
    """What answers are at each threshold, where they back off."""
    sets: SetFacts | None = None
    """What sets of answers tell."""

    @property
    def n(self) -> int:
        """Number of samples."""
        return self.labels.size

    def best(self, k: int) -> Samples:
        """Return the same with the best k predictions alone."""
        if k >= self.ranked.shape[1]:
            return self
        ties = None if self.ties is None else self.ties.of_best(k)
        return replace(self, ranked=self.ranked[:, :k], ties=ties)

    @cached_property
    def first(self) -> FirstPredictions:
        """The first prediction of each sample, or all that are tied for it."""
        return FirstPredictions.of(self.ranked, self.ties)

    @cached_property
    def firsts(self) -> Firsts:
        """What the scores of first predictions are computed from, each kind of sample once."""
        return Firsts(*self.first.distinct(self.labels))


@dataclass(frozen=True, eq=False)
class Firsts:
    """First predictions of one sample of each kind, and the kind of every sample."""

    each: FirstPredictions
    labels: Ints
    """The label of each kind."""
    kind: Ints
    """Shape (N,)."""

    @property
    def predicted(self) -> NDArray[np.int32]:
        """All that are tied for the first prediction, kind by kind, shape (M,)."""
        return self.each.predicted

    @cached_property
    def own(self) -> Ints:
        """The label beside each of them."""
        return self.labels[self.each.sample]

    def mean(self, values: NDArray[np.generic]) -> Floats:
        """Return each sample's mean of `values`, (M,), over those tied for its first place."""
        return self.each.mean(values)[self.kind]


def keep(
    predictions: Predictions,
    classes: Sequence[str],
    k: int,
    representatives: ClassRepresentatives | None = None,
    metric: str = "euclidean",
    dtype: str = "float32",
    ties: str = "expected",
    beyond: Mapping[str, int] | None = None,
    temperature: float | None = None,
    answers: tuple[Ints, Floats] | None = None,
) -> tuple[Samples, int]:
    """Return what is kept of predictions, and how many samples were dropped.

    Classes of the predictions that are not among `classes` are dropped, and samples of such classes
    with them. With `representatives`, predictions are the nearest ones to each embedding. With
    ``ties="position"`` equal scores are in order of `classes`, and none count as tied. Where
    labels may be of classes that the model lacks, `beyond` tells the number of each of these.
    Confidence is that at a `temperature`, if one is given, among `classes` alone. `answers` are the
    number of each, and its specificity, in place of predictions.
    """
    labels = label_numbers(predictions, classes, beyond)
    here = labels >= 0
    rows = None if here.all() else np.flatnonzero(here)
    if temperature is not None:
        need_probabilities(predictions, "temperature=")
    tied: Ties | None = None
    told: Floats | None = None
    if answers is not None:
        ranked, told, confidence = answers[0][:, None].astype(np.int32), answers[1], None
    elif representatives is not None:
        ranked, tied = nearest(predictions, representatives, classes, k, metric, ties)
        confidence = None
    elif predictions.scores is not None:
        order = columns_of_classes(predictions, classes)
        ranked, tied = ranking(predictions.scores, k, order)
        confidence = _confidence(predictions, ranked, order, temperature)
    elif predictions.ranked is not None:
        named = _places(predictions.classes, classes)[predictions.ranked[:, :k]]
        if (named < 0).any():
            raise ClassMismatchError(
                "ranked predictions name classes that are left out, and dropping them would leave "
                'gaps in the ranking; pass scores of every class to use on_missing="drop" or '
                "restrict=."
            )
        ranked, confidence = named.astype(np.int32), predictions.confidence
    else:
        raise PredictionsError(
            "these predictions hold embeddings only; pass representatives=... to predict by the "
            "nearest one, or predictions with scores."
        )
    embeddings = predictions.embeddings
    if embeddings is not None:
        embeddings = as_directions(embeddings, dtype)
    if rows is not None:
        labels, ranked = labels[rows], ranked[rows]
        confidence = None if confidence is None else confidence[rows]
        embeddings = None if embeddings is None else embeddings[rows]
        tied = None if tied is None else tied.among(rows)
        told = None if told is None else told[rows]
    groups = None if predictions.groups is None else Groups.named(predictions.groups)
    weights = predictions.weights
    if rows is not None:
        groups = None if groups is None else groups.among(rows)
        weights = None if weights is None else weights[rows]
    broken = 0
    if ties == "position" and tied is not None:
        broken = tied.rows.size
        tied = None
    unseen = None if beyond is None else labels >= len(classes)
    kept = Samples(
        labels, ranked, confidence, embeddings, tied, broken, groups, weights, unseen,
        specificity=told,
    )  # fmt: skip
    return kept, int((~here).sum())


def _places(names: Sequence[str], classes: Sequence[str]) -> Ints:
    """Return the place of each name among the classes, -1 for others."""
    at = {name: place for place, name in enumerate(classes)}
    return np.array([at.get(name, -1) for name in names], dtype=np.int64)


def label_numbers(
    predictions: Predictions, classes: Sequence[str], beyond: Mapping[str, int] | None
) -> Ints:
    """Return each label's place among the classes, its number in `beyond`, or -1."""
    others = _places(predictions.lacking, classes)
    for place, name in enumerate(predictions.lacking):
        if others[place] < 0 and beyond is not None:
            others[place] = beyond.get(name, -1)
    return np.append(_places(predictions.classes, classes), others)[predictions.labels]


def columns_of_classes(predictions: Predictions, classes: Sequence[str]) -> Ints:
    """Return the column of scores of each class."""
    column = {name: i for i, name in enumerate(predictions.classes)}
    return np.array([column[name] for name in classes], dtype=np.int64)


def _confidence(
    predictions: Predictions,
    ranked: NDArray[np.int32],
    order: Ints,
    temperature: float | None,
) -> Floats | None:
    scores = predictions.scores
    assert scores is not None
    if predictions.score_kind == "score":
        return None
    if temperature is not None:
        blocks = probability_blocks(predictions, order, temperature)
        return np.concatenate([p.max(axis=1) for _, p in blocks])
    if predictions.score_kind == "logit":
        return largest_share(scores, order)
    best = scores[np.arange(len(scores)), order[ranked[:, 0]]].astype(np.float64)
    if order.size < scores.shape[1]:
        best = shares(best, scores[:, order].sum(axis=1, dtype=np.float64), order.size)
    # Rounding of the softmax may give 1.0000001.
    confidence: Floats = np.clip(best, 0.0, 1.0).astype(np.float64)
    return confidence


def join(parts: Sequence[Samples]) -> Samples:
    """Return the samples of several batches as one."""
    if len(parts) == 1:
        return parts[0]
    for what in OF_SAMPLES:
        having = sum(getattr(part, what) is not None for part in parts)
        if 0 < having < len(parts):
            raise PredictionsError(
                f"{having} of {len(parts)} batches have {what}, the others have none; "
                "give them in every batch or in none."
            )
    widths = {part.embeddings.shape[1] for part in parts if part.embeddings is not None}
    if len(widths) > 1:
        raise PredictionsError(
            f"batches have embeddings of {sorted(widths)} dimensions; they must agree."
        )
    shortest = min(part.ranked.shape[1] for part in parts)
    parts = [part.best(shortest) for part in parts]
    first = parts[0]
    return Samples(
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.ranked for part in parts]),
        None
        if first.confidence is None
        else np.concatenate([part.confidence for part in parts if part.confidence is not None]),
        None
        if first.embeddings is None
        else np.concatenate([part.embeddings for part in parts if part.embeddings is not None]),
        join_ties([part.ties for part in parts], [part.n for part in parts]),
        sum(part.broken for part in parts),
        None
        if first.groups is None
        else join_groups([part.groups for part in parts if part.groups is not None]),
        None
        if first.weights is None
        else np.concatenate([part.weights for part in parts if part.weights is not None]),
        None
        if first.unseen is None
        else np.concatenate([part.unseen for part in parts if part.unseen is not None]),
        None
        if first.summed is None
        else join_summed([part.summed for part in parts if part.summed is not None]),
        add_gaps(part.gaps for part in parts),
        None
        if first.specificity is None
        else np.concatenate([part.specificity for part in parts if part.specificity is not None]),
        None
        if first.walks is None
        else join_walks([part.walks for part in parts if part.walks is not None]),
        None
        if first.sets is None
        else join_facts([part.sets for part in parts if part.sets is not None]),
    )
