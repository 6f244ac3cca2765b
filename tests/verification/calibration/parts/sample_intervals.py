"""How often do intervals over test samples hold the expected score?"""

from __future__ import annotations

import numpy as np
import pandas as pd

import hiertools as ht
from calibration.jobs import Job, Part
from calibration.parts.families import seed_from
from calibration.parts.predictions import (
    CLASSES,
    DIMENSIONS,
    LEVELS,
    TREE,
    labels,
    places,
    predicted,
    scatter,
)
from calibration.trees import real_tree
from calibration.trial import Trial, labelled
from hiertools.evaluation.scores import EVALUATION_SCORES


def scored(trial: Trial, n: int, accuracy: float, embedded: bool = False) -> None:
    """Draw test sets anew: does the interval hold their mean score?"""
    tree = real_tree(TREE)
    means = places(trial.rng(1))
    frames = []
    for rng in trial:
        y = labels(rng, n)
        found = means[y] + scatter(rng, y) if embedded else None
        made = ht.Predictions(
            y, classes=tree.classes, ranked=predicted(rng, y, accuracy), embeddings=found
        )
        result = ht.evaluate(
            made, tree, k=1, hs_k=[1, 10], levels=LEVELS, threads=1, random_state=seed_from(rng)
        )
        table = labelled(result.scores[result.scores["score"].isin(_wanted(trial, result.scores))])
        frames.append(table[table["status"] == "ok"])
    expected = pd.DataFrame([frame["value"] for frame in frames]).mean()
    for frame in frames:
        for score, row in frame.iterrows():
            trial.add_interval(score, row["ci_low"], row["ci_high"], expected[score])
            trial.add(score, "width", row["ci_high"] - row["ci_low"])
            trial.add_ends(score, _with_best(row))


def _wanted(trial: Trial, table: pd.DataFrame) -> list[str]:
    return trial.wanted(table["score"].unique())


def _with_best(row: pd.Series) -> pd.Series:
    """Return a row with the best value of its score where it has no ceiling."""
    best = EVALUATION_SCORES[row["score"]].best
    return row if not np.isnan(row["ceiling"]) else pd.Series({**row, "ceiling": best})


def _job(n: int, accuracy: float, embedded: bool = False) -> Job:
    setting = f"right in {accuracy:g}{' with embeddings' if embedded else ''}"
    arguments = {"n": n, "accuracy": accuracy, "embedded": embedded}
    return Job("sample_intervals", f"{n:,} samples", setting, scored, arguments,
               classes=CLASSES, samples=n)  # fmt: skip


SAMPLE_INTERVALS = Part(
    name="sample_intervals",
    heading="Intervals over test samples",
    introduction=f"""
MesoZ's {CLASSES} classes, wrong predictions being any other class, intervals as `evaluate` gives
them by default. The expected score is the mean over all test sets of that size. Embeddings:
{DIMENSIONS} dimensions, classes twice as far apart as their samples scatter.
""",
    jobs=(
        _job(12, 0.98), _job(50, 0.98), _job(200, 0.6), _job(200, 0.9), _job(200, 0.98),
        _job(200, 0.8, embedded=True), _job(1000, 0.6), _job(1000, 0.9),
    ),
)  # fmt: skip
