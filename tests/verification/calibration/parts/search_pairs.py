"""Two models' searches among the same samples: are equally good ones called different?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import hiertools as ht
from calibration.jobs import Job, Part
from calibration.parts.families import seed_from
from calibration.parts.predictions import CLASSES, DIMENSIONS, TREE, Floats, Ints, places
from calibration.parts.searches import WITHIN
from calibration.trees import real_tree
from calibration.trial import Trial, labelled

PERMUTATIONS = 199


def compared(trial: Trial, individuals: int, photos: int, archive: int, worse: float) -> None:
    """Draw photos anew, as two models see them: is the difference of their mean scores held?"""
    tree = real_tree(TREE)
    means = places(trial.rng(1))
    shown = None
    if archive:  # one space for both: else their archives would differ in how good they are
        kind = trial.rng(2).integers(len(means), size=archive)
        held = _seen(trial.rng(3), means, kind, np.arange(archive), 1.0)
        shown = dict.fromkeys("ab", held)
    frames = []
    for rng in trial:
        kind = rng.integers(len(means), size=individuals)
        of = np.repeat(np.arange(individuals), photos)
        models = {
            name: _seen(rng, means, kind, of, spread) for name, spread in (("a", 1.0), ("b", worse))
        }
        result = ht.evaluate_retrieval(
            models, tree, shown, groups=of, levels=[0, 1], permutations=PERMUTATIONS, threads=1,
            random_state=seed_from(rng),
        )  # fmt: skip
        found = labelled(result.differences)
        frames.append(found[found["score"].isin(trial.wanted(found["score"].unique()))])
    expected = pd.DataFrame([frame["difference"] for frame in frames]).mean()
    for frame in frames:
        for score, row in frame.iterrows():
            truth = 0.0 if worse == 1.0 else expected[score]
            if worse == 1.0:
                trial.add_p_value(score, row["p_value"])
            else:
                trial.add_p_value(score, row["p_value"], "found")
            trial.add_interval(score, row["ci_low"], row["ci_high"], truth)


def _seen(
    rng: np.random.Generator, means: Floats, kind: Ints, of: Ints, spread: float
) -> dict[str, Any]:
    """Return photos of individuals as one model sees them."""
    own = means[kind] + spread * rng.normal(size=(kind.size, DIMENSIONS))
    vectors = own[of] + WITHIN * rng.normal(size=(of.size, DIMENSIONS))
    tree = real_tree(TREE)
    labels = np.array(tree.classes)[kind[of]]
    return {"labels": labels, "classes": tree.classes, "embeddings": vectors}


def _job(individuals: int, photos: int = 1, archive: int = 0, worse: float = 1.0) -> Job:
    shape = f"an archive of {archive:,}" if archive else "each other"
    setting = f"{individuals:,} individuals x {photos}" if photos > 1 else f"{individuals:,} photos"
    if worse > 1:
        setting += ", one model worse"
    arguments = {"individuals": individuals, "photos": photos, "archive": archive, "worse": worse}
    return Job("search_pairs", shape, setting, compared, arguments, classes=CLASSES,
               samples=individuals * photos)  # fmt: skip


SEARCH_PAIRS = Part(
    name="search_pairs",
    heading="Two models that search among the same samples",
    introduction=f"""
As above, by two models: in both the classes lie at the same places, and each has a scatter of its
own, of individuals and of their photos. Equally good ones scatter as much; *one model worse*:
individuals scatter half as much again in one of them. *covered* is how often the interval of the
difference holds 0, or there the mean difference. Both search the same archive, {PERMUTATIONS}
swaps; or the photos search each other.
""",
    jobs=(
        _job(50, archive=300), _job(200, archive=300), _job(40, 10, archive=300),
        _job(200, archive=300, worse=1.5),
        _job(100), _job(300), _job(40, 10), _job(100, worse=1.5),
    ),
)  # fmt: skip
