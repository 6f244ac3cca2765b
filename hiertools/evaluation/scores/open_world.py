"""Scores of classes that the model has beside those that it lacks."""

from __future__ import annotations

from hiertools.evaluation.scores.ways import EDGES, HIGHER, LOWER
from hiertools.results.table import Score

_GONG = "Gong et al. (2024), CLIBD, arXiv:2405.17537"
_WALLIN = "Wallin et al. (2025), ProHOC, arXiv:2503.21397"

OPEN_WORLD = (
    Score(
        "seen_accuracy",
        "Accuracy, seen classes",
        HIGHER,
        1.0,
        "Share of the samples of classes that the model has whose answer is in the right group "
        "of the level.",
        _GONG,
        at=("level",),
    ),
    Score(
        "unseen_accuracy",
        "Accuracy, unseen classes",
        HIGHER,
        1.0,
        "The same over samples of classes that the model lacks, where it knows their group.",
        _GONG,
        at=("level",),
    ),
    Score(
        "harmonic_accuracy",
        "Harmonic mean of both accuracies",
        HIGHER,
        1.0,
        "Harmonic mean of the accuracies of seen and unseen classes; 0 where one of them is.",
        _GONG,
        at=("level",),
    ),
    Score(
        "seen_balanced_distance",
        "Balanced distance, seen classes",
        LOWER,
        0.0,
        "Mean number of edges between answer and class over the samples of each class that the "
        "model has, averaged over these.",
        _WALLIN,
        span=EDGES,
    ),
    Score(
        "unseen_balanced_distance",
        "Balanced distance, unseen classes",
        LOWER,
        0.0,
        "The same to the deepest ancestor that the model knows, over samples of classes that "
        "it lacks, averaged over these ancestors.",
        _WALLIN,
        span=EDGES,
    ),
    Score(
        "mixed_balanced_distance",
        "Balanced distance, seen and unseen",
        LOWER,
        0.0,
        "Mean of both balanced distances.",
        _WALLIN,
        span=EDGES,
    ),
)
"""Scores that ``unknown="ancestor"`` adds."""
