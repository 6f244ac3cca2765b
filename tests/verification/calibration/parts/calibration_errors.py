"""Calibration errors: estimates and intervals beside the true value."""

from __future__ import annotations

import numpy as np

import hiertools as ht
from calibration.jobs import Job, Part
from calibration.parts.families import seed_from
from calibration.parts.predictions import CLASSES, TREE, labels, predicted
from calibration.trees import real_tree
from calibration.trial import Trial, labelled

LOW, N_BINS = 0.3, 15


def overconfident(trial: Trial, n: int, error: float) -> None:
    """Confidence from 0.3 to 1; what it promises too much grows evenly, `error` on average.

    All bins err on one side, so that the binned error of the population is `error` exactly.
    """
    tree = real_tree(TREE)
    largest = error * _growth(np.array(1.0 - 0.5 / N_BINS))  # the mean of the last bin
    for rng in trial:
        y = labels(rng, n)
        confidence = rng.uniform(LOW, 1.0, size=n)
        p = predicted(rng, y, confidence - error * _growth(confidence))
        made = ht.Predictions(y, classes=tree.classes, ranked=p, confidence=confidence)
        table = ht.evaluate(
            made, tree, k=1, levels=[0], n_bins=N_BINS, threads=1, random_state=seed_from(rng)
        ).scores
        table = labelled(table[table["score"].str.contains("calibration")])
        for score, row in table.iterrows():
            truth = float(largest) if "maximum" in score else error
            trial.add_interval(score, row["ci_low"], row["ci_high"], truth)
            trial.add_ends(score, row)
            trial.add(score, "mean", row["value"])
            trial.add(score, "width", row["ci_high"] - row["ci_low"])


def _growth(confidence: np.ndarray) -> np.ndarray:
    return (confidence - LOW) / ((1.0 - LOW) / 2)


ERRORS = Part(
    name="calibration_errors",
    heading="Calibration errors",
    introduction=f"""
Confidences spread evenly from {LOW} to 1, {N_BINS} bins; what they promise too much grows evenly
with them, and is on average the true expected calibration error. All bins err on the same side,
so that the binned error of the population is the same number; the true maximum is that of the
last bin. An interval should hold the true value.
""",
    jobs=tuple(
        Job("calibration_errors", f"{n:,} samples", f"true ECE {error:g}", overconfident,
            {"n": n, "error": error}, classes=CLASSES, samples=n)
        for n in (500, 2000)
        for error in (0.0, 0.07, 0.18)
    ),
)  # fmt: skip
