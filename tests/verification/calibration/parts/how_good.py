"""Equivalence, plans and the error over runs and classes: do they say what they are?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

import hiertools as ht
from calibration.jobs import Job, Part
from calibration.populations import (
    SHAPES,
    STRENGTHS,
    Population,
    class_names,
    groups_of,
    population,
)
from calibration.trial import Trial, labelled
from hiertools import ClassRepresentatives, ClassTree, ComparisonSet

WALKS = 2
FURTHER = 200
"""Draws of each walk for the difference that there is on average."""

REPLICATES = 300
SCORES = ("elementwise_correlation", "classwise_correlation", "map_at_r")
SHARED, OWN = 0.7, 0.7
"""Noise that a class has in all runs, and noise of its own in each."""

Ints = np.ndarray


def walk(trial: Trial, shape: str, number: int) -> Population:
    """Return the places of the groups; each walk comes again and again."""
    return population(trial.rng(1, number), groups_of(shape), step=STRENGTHS["medium"])


def draw_classes(place: Population, rng: np.random.Generator, n: int) -> tuple[Ints, np.ndarray]:
    """Return groups of classes, and what each class is in all runs."""
    group = place.draw_groups(rng, n)
    own = SHARED * rng.normal(size=(n, place.positions.shape[1]))
    return group, place.positions[group] + own


def runs_of(
    rng: np.random.Generator, group: Ints, vectors: np.ndarray, count: int, noise: float = 1.0
) -> list[ClassRepresentatives]:
    """Return runs of a model on these classes."""
    return [
        ClassRepresentatives(
            vectors + noise * OWN * rng.normal(size=vectors.shape), class_names(group)
        )
        for _ in range(count)
    ]


def compared(
    models: Mapping[str, Sequence[ClassRepresentatives]],
    tree: ClassTree,
    scores: Sequence[str],
    intervals: bool = False,
) -> ComparisonSet:
    """Compare models at the finest level alone, so that each score has one row."""
    return ht.compare(
        models, tree, scores=scores, permutations=0, intervals=intervals, levels=1, threads=1
    )


def mean_differences(
    trial: Trial, shape: str, number: int, n: int, scores: Sequence[str], noise: float,
    fixed: tuple[Ints, np.ndarray] | None,
) -> dict[str, float]:  # fmt: skip
    """Return by how much one model is better on average: on given classes, or on any."""
    place, found = walk(trial, shape, number), []
    for i in range(FURTHER):
        rng = trial.rng(2, number, i)
        group, vectors = fixed or draw_classes(place, rng, n)
        a, b = (
            compared({"x": runs_of(rng, group, vectors, 1, size)}, place.tree(group), scores)
            for size in (1.0, noise)
        )
        found.append([a.value(score) - b.value(score) for score in scores])
    return dict(zip(scores, np.mean(found, axis=0).tolist(), strict=True))


def equivalent(
    trial: Trial, shape: str, runs: int, noise: float, margin: float | None = None
) -> None:
    """Test two models that differ by just the margin; or equal ones, with a margin that is given.

    With several runs each the classes stay, and the difference is that of other runs; with one, it
    is that on other classes.
    """
    n, scores = SHAPES[shape], trial.wanted(SCORES)
    places = [walk(trial, shape, number) for number in range(WALKS)]
    kept = [draw_classes(place, trial.rng(3, w), n) for w, place in enumerate(places)]
    true = [dict.fromkeys(scores, margin or 0.0)] * WALKS
    if margin is None:
        true = [
            mean_differences(trial, shape, w, n, scores, noise, kept[w] if runs > 1 else None)
            for w in range(WALKS)
        ]
    for i, rng in enumerate(trial):
        w = i % WALKS
        group, vectors = kept[w] if runs > 1 else draw_classes(places[w], rng, n)
        models = {"a": runs_of(rng, group, vectors, runs),
                  "b": runs_of(rng, group, vectors, runs, noise)}  # fmt: skip
        result = compared(models, places[w].tree(group), scores, intervals=runs == 1)
        margins = {score: abs(size) for score, size in true[w].items() if size}
        for score, row in labelled(result.equivalence(margins)).iterrows():
            trial.add_p_value(score, row["p_value"], "found" if margin else "rejected")


def planned(trial: Trial, shape: str, over: str, pilot: int, study: int, noise: float) -> None:
    """Plan by a pilot, for the difference that there is; carry the study out: what is found?"""
    scores = trial.wanted(SCORES)
    n, of_runs = SHAPES[shape], over == "runs"
    size = n if of_runs else study
    places = [walk(trial, shape, number) for number in range(WALKS)]
    kept = [draw_classes(place, trial.rng(3, w), n) for w, place in enumerate(places)]
    true = [
        mean_differences(trial, shape, w, size, scores, noise, kept[w] if of_runs else None)
        for w in range(WALKS)
    ]
    for i, rng in enumerate(trial):
        w = i % WALKS
        for count, classes, is_pilot in ((pilot, n, True), (study, size, False)):
            group, vectors = kept[w] if of_runs else draw_classes(places[w], rng, classes)
            runs = count if of_runs else 1
            models = {"a": runs_of(rng, group, vectors, runs),
                      "b": runs_of(rng, group, vectors, runs, noise)}  # fmt: skip
            result = compared(models, places[w].tree(group), scores, intervals=not of_runs)
            if is_pilot:
                wanted = {score: max(abs(gap), 1e-9) for score, gap in true[w].items()}
                plan = labelled(result.plan(wanted, **{over: study}))
                for score, row in plan.iterrows():
                    trial.add(score, "planned", row["power"])
            else:
                for score, row in labelled(result.differences).iterrows():
                    trial.add_p_value(score, row["p_value"], "found")


def both_at_once(trial: Trial, shape: str, runs: int) -> None:
    """Draw classes and runs: does value +- 2 errors hold the mean over other ones of both?"""
    n, scores = SHAPES[shape], trial.wanted(SCORES)
    places = [walk(trial, shape, number) for number in range(WALKS)]
    tables: list[list[dict[str, tuple[float, float]]]] = [[] for _ in places]
    for i, rng in enumerate(trial):
        w = i % WALKS
        group, vectors = draw_classes(places[w], rng, n)
        models = {"a": runs_of(rng, group, vectors, runs)}
        result = compared(models, places[w].tree(group), scores, intervals=True)
        split = labelled(result.variance_split())
        tables[w].append({score: (row["value"], row["error"]) for score, row in split.iterrows()})
    for frames in tables:
        for score in frames[0] if frames else ():
            expected = np.mean([found[score][0] for found in frames])
            for found in frames:
                value, error = found[score]
                low, high = value - 2.0 * error, value + 2.0 * error
                trial.add_interval(score, low, high, expected)


HOW_GOOD = Part(
    name="how_good",
    heading="How good can it get: equivalence, plans, runs and classes at once",
    introduction=f"""
A class is the place of its group, noise of its own in all runs ({SHARED:g}) and noise in each run
({OWN:g}; in model b by the factor that is told). *Just the margin apart*: the margin is the
difference that there is on average ({FURTHER} further draws for each of {WALKS} walks), so that
calling the models equivalent is wrong; equal ones are *found* to be equivalent. *Planned*: the
power that a pilot tells for that difference, beside the share in which the study then finds it.
*Error of both*: value and two standard errors of `variance_split` on both sides should hold the
mean over other runs on other classes.
""",
    jobs=tuple(
        Job("how_good", shape, setting, simulate, {"shape": shape, **arguments}, "", SHAPES[shape],
            0, REPLICATES)
        for shape, setting, simulate, arguments in (
            *(
                (shape, f"{count} run{'s' * (count > 1)} each, {name}", equivalent,
                 {"runs": count, **arguments})
                for shape, counts in (("ragged tree", (1, 3, 5)), ("even tree", (1,)))
                for count in counts
                for name, arguments in {
                    "just the margin apart": {"noise": 1.5},
                    "equal, margin 0.05": {"noise": 1.0, "margin": 0.05},
                }.items()
            ),
            ("ragged tree", "pilot of 3 runs, study of 5", planned,
             {"over": "runs", "pilot": 3, "study": 5, "noise": 1.2}),
            ("ragged tree", "pilot of 10 runs, study of 5", planned,
             {"over": "runs", "pilot": 10, "study": 5, "noise": 1.2}),
            ("ragged tree", "pilot of 44 classes, study of 132", planned,
             {"over": "classes", "pilot": 1, "study": 132, "noise": 1.5}),
            *(
                (shape, f"{count} runs, error of both", both_at_once, {"runs": count})
                for shape in SHAPES
                for count in (2, 5)
            ),
        )
    ),
)  # fmt: skip
