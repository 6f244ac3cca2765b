"""Two models: how often are equal ones called different?"""

from __future__ import annotations

import numpy as np

import hiertools as ht
from calibration.jobs import REPLICATES, Job, Part
from calibration.parts.families import EARLIER, FLAT, WITH_INTERVALS
from calibration.populations import SHAPES, STRENGTHS, Population, groups_of, population
from calibration.trial import Trial, labelled
from hiertools import ClassRepresentatives

MOST_RUNS = 6
"""Situations with more runs in all are simulated half as often, for a job to take minutes."""

EQUAL = {"what": "rejected"}
UNEQUAL = {"noise": 1.2, "what": "found"}


def two_models(
    trial: Trial,
    shape: str,
    runs: tuple[int, int],
    scores: tuple[str, ...],
    *,
    what: str,
    step: float = STRENGTHS["medium"],
    noise: float = 1.0,
    own_walks: bool = False,
    baseline: bool = False,
) -> None:
    """Compare runs of one model with those of another that has so much more noise."""
    groups, n = groups_of(shape), SHAPES[shape]
    for rng in trial:
        place = population(rng, groups, step=step)
        group = place.draw_groups(rng, n)
        a, b = (
            [one_run(rng, place, group, size, step, own_walks) for _ in range(count)]
            for count, size in zip(runs, (1.0, noise), strict=True)
        )
        models = {"a": a} if baseline else {"a": a, "b": b}
        against = {"baseline": b if len(b) > 1 else b[0]} if baseline else {}
        result = ht.compare(
            models, place.tree(group), scores=trial.wanted(scores), permutations=0,
            intervals=max(runs) == 1, threads=1, **against,
        )  # fmt: skip
        for score, row in labelled(result.differences, cuts=True).iterrows():
            trial.add_p_value(score, row["p_value"], what)
            if what == "rejected":
                trial.add_interval(score, row["ci_low"], row["ci_high"], 0.0)


def one_run(
    rng: np.random.Generator,
    place: Population,
    group: np.ndarray,
    noise: float,
    step: float,
    own_walk: bool,
) -> ClassRepresentatives:
    """Return what one training run makes of the classes."""
    if own_walk:
        place = population(rng, place.groups, step=step)
    return Population(place.groups, place.positions, noise).vectors(rng, group)


def _job(part: str, shape: str, setting: str, runs: tuple[int, int], family: str,
         scores: tuple[str, ...], **arguments: object) -> Job:  # fmt: skip
    arguments = {"shape": shape, "runs": runs, "scores": scores, **arguments}
    replicates = REPLICATES if sum(runs) <= MOST_RUNS else REPLICATES // 2
    return Job(part, shape, setting, two_models, arguments, family, SHAPES[shape], 0, replicates)


SINGLE = Part(
    name="paired",
    heading="Two models, one run each: jackknife over classes",
    introduction="""
Pairs of models called different at 0.05 (each p-value by itself, before Holm), medium signal.
Models that walk each are equally good on average, but these two are not, and the test is about
these two.
""",
    jobs=tuple(
        _job("paired", shape, setting, (1, 1), family, scores, **arguments)
        for shape in SHAPES
        for setting, arguments in {
            "equal quality, same walk": EQUAL,
            "random models": {**EQUAL, "step": 0.0},
            "equal quality, a walk each": {"own_walks": True, "what": "found"},
            "noise 1 against 1.2": UNEQUAL,
        }.items()
        for family, scores in (("distances", FLAT), ("trees", WITH_INTERVALS[len(FLAT):]))
    ),
)  # fmt: skip

SEEDS = Part(
    name="seeds",
    heading="Two models, several runs each",
    introduction="""
The same with several runs of each model, and the tests over runs. A score that takes few values
can agree in all runs, or in too few of them to tell; it is then not tested, and the number in
brackets is smaller.
""",
    jobs=tuple(
        _job("seeds", "ragged tree", setting, runs, "", EARLIER, **arguments)
        for setting, runs, arguments in (
            ("2 runs, same walk", (2, 2), EQUAL),
            ("2 runs, random models", (2, 2), {**EQUAL, "step": 0.0}),
            ("2 runs, strong signal", (2, 2), {**EQUAL, "step": STRENGTHS["strong"]}),
            ("3 runs, same walk", (3, 3), EQUAL),
            ("3 runs, a walk a run", (3, 3), {**EQUAL, "own_walks": True}),
            ("5 runs, same walk", (5, 5), EQUAL),
            ("5 runs, a walk a run", (5, 5), {**EQUAL, "own_walks": True}),
            ("5 runs, random models", (5, 5), {**EQUAL, "step": 0.0}),
            ("6 runs, random models", (6, 6), {**EQUAL, "step": 0.0}),
            ("2 runs against 3", (2, 3), EQUAL),
            ("5 runs, noise 1 against 1.2", (5, 5), UNEQUAL),
        )
    ),
)

BASELINES = Part(
    name="baselines",
    heading="Several runs against a baseline",
    introduction="""
Runs of a model and, as `baseline=`, one or several runs of an equally good one; in none of them
is there a difference to be found.
""",
    jobs=tuple(
        _job("baselines", "ragged tree", setting, runs, "", EARLIER,
             baseline=True, **EQUAL)
        for setting, runs in (
            ("3 runs against 1", (3, 1)),
            ("3 runs against 3", (3, 3)),
            ("5 runs against 2", (5, 2)),
        )
    ),
)  # fmt: skip
