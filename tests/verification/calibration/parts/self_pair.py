"""Why the default leaves out the pair of a class with itself."""

from __future__ import annotations

import numpy as np

from calibration.jobs import Job, Part
from calibration.parts.families import score_table
from calibration.populations import even_groups, evenly_filled, population
from calibration.trial import Trial

SCORE = "classwise_correlation"


def with_and_without(trial: Trial, n: int) -> None:
    """Score random models by both settings."""
    groups = even_groups(np.random.default_rng(0), (2, 5))
    nothing = population(trial.rng(1), groups, step=0.0, dimensions=64)
    group = evenly_filled(len(groups), n)
    tree = nothing.tree(group)
    for rng in trial:
        model = nothing.vectors(rng, group)
        for settings in ("default", "paper"):
            frame = score_table(model, tree, scores=[SCORE], settings=settings, intervals=False)
            trial.add(f'{SCORE}, settings="{settings}"', "mean", frame["value"][SCORE])


SELF_PAIR = Part(
    name="self_pair",
    heading="Chance level of the class-wise correlation",
    introduction="""
Mean class-wise correlation of random models. The pair of a class with itself is nearest in both
distances whatever the model does.
""",
    jobs=tuple(
        Job("self_pair", "two levels", f"{n} classes", with_and_without, {"n": n}, classes=n)
        for n in (10, 20, 50, 100, 300)
    ),
)
