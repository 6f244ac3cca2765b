"""Do intervals of a search among samples hold what other samples would give?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import hiertools as ht
from calibration.jobs import Job, Part
from calibration.parts.families import seed_from
from calibration.parts.predictions import CLASSES, DIMENSIONS, TREE, places
from calibration.trees import real_tree
from calibration.trial import Trial, labelled

WITHIN = 0.25
"""How far photos of an individual scatter, as a share of how far individuals of a class do."""


def searched(trial: Trial, individuals: int, photos: int, archive: int) -> None:
    """Draw photos anew, of the same classes: does the interval hold their mean score?"""
    means = places(trial.rng(1))
    shown = _photos(trial.rng(2), means, archive, 1)[0] if archive else None
    frames = []
    for rng in trial:
        asked, individual = _photos(rng, means, individuals, photos)
        result = ht.evaluate_retrieval(
            asked, real_tree(TREE), shown, groups=individual, levels=[0, 1], threads=1,
            random_state=seed_from(rng),
        )  # fmt: skip
        table = labelled(result.scores.assign(k=pd.NA))
        frames.append(table[table["score"].isin(trial.wanted(table["score"].unique()))])
    expected = pd.DataFrame([frame["value"] for frame in frames]).mean()
    for frame in frames:
        for score, row in frame.iterrows():
            trial.add_interval(score, row["ci_low"], row["ci_high"], expected[score])
            trial.add(score, "width", row["ci_high"] - row["ci_low"])


def _photos(
    rng: np.random.Generator, means: Any, individuals: int, photos: int
) -> tuple[dict[str, Any], Any]:
    """Return photos of individuals, each of a random class, and the individual of each photo."""
    kind = rng.integers(len(means), size=individuals)
    own = means[kind] + rng.normal(size=(individuals, DIMENSIONS))
    of = np.repeat(np.arange(individuals), photos)
    vectors = own[of] + WITHIN * rng.normal(size=(of.size, DIMENSIONS))
    tree = real_tree(TREE)
    labels = np.array(tree.classes)[kind[of]]
    return {"labels": labels, "classes": tree.classes, "embeddings": vectors}, of


def _job(individuals: int, photos: int = 1, archive: int = 0) -> Job:
    shape = f"an archive of {archive:,}" if archive else "each other"
    setting = f"{individuals:,} individuals x {photos}" if photos > 1 else f"{individuals:,} photos"
    arguments = {"individuals": individuals, "photos": photos, "archive": archive}
    return Job("searches", shape, setting, searched, arguments, classes=CLASSES,
               samples=individuals * photos)  # fmt: skip


SEARCHES = Part(
    name="searches",
    heading="Intervals of searches",
    introduction=f"""
Photos of MesoZ's {CLASSES} classes search an archive, which stays the same, or each other, as
`evaluate_retrieval` gives intervals by default; photos of one individual are named as a group.
Classes are twice as far apart as their individuals scatter, and these four times as far as the
photos of one.
""",
    jobs=(
        _job(50, archive=300), _job(200, archive=300), _job(40, 10, archive=300),
        _job(100), _job(300), _job(40, 10),
    ),
)  # fmt: skip
