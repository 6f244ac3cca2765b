"""Scores of the classes that are predicted: how often they are right."""

from __future__ import annotations

from hiertools.evaluation.scores.ways import HIGHER
from hiertools.results.table import Score

CLASSES = (
    Score(
        "accuracy",
        "Accuracy",
        HIGHER,
        1.0,
        "Share of samples whose predicted class (at a level: its node there) is right; equals "
        "micro precision, recall and F1.",
        "",
        at=("", "level"),
    ),
    Score(
        "precision_macro",
        "Precision, macro",
        HIGHER,
        1.0,
        "Mean precision of the classes, or of the nodes of a level, that occur among labels or "
        "predictions; one that is never predicted counts 0.",
        "",
        at=("", "level"),
    ),
    Score(
        "recall_macro",
        "Recall, macro",
        HIGHER,
        1.0,
        "Mean recall, likewise; one that has no samples but is predicted counts 0.",
        "",
        at=("", "level"),
    ),
    Score("f1_macro", "F1, macro", HIGHER, 1.0, "Mean F1, likewise.", "", at=("", "level")),
    Score(
        "top_k_accuracy",
        "Top-k accuracy",
        HIGHER,
        1.0,
        "Share of samples whose class is among the first k predictions.",
        "",
        at=("k",),
    ),
)
