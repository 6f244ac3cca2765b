"""From a problem to rows of the score table: the number, its chance level, its interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools import inference
from hiertools._core.arrays import Floats
from hiertools._core.threads import thread_map
from hiertools.comparison.problem import Problem
from hiertools.comparison.scores.measure import Measure, MeasureKind, Observation
from hiertools.comparison.scores.registry import SCORES, measures_for
from hiertools.results.table import Key

BUDGET = 1e9
"""Basic operations (about a nanosecond each) that one measure's null, or jackknife, may take."""

FEWEST = 99
"""No budget makes the permutations fewer than this (or than were asked for)."""

MOST_HALVES, FEWEST_HALVES = 60, 15
"""Random halves of the classes, where the jackknife takes halves."""


@dataclass(frozen=True)
class Scored:
    """Rows of the score table, with the jackknife replicates that tests between models need."""

    rows: tuple[dict[str, Any], ...]
    replicates: Mapping[Key, Floats] = field(default_factory=dict)

    @property
    def values(self) -> dict[Key, float]:
        """The observed numbers."""
        return {Key(row["score"], row["level"], row["k"]): row["value"] for row in self.rows}


def score_problem(
    problem: Problem,
    names: Iterable[str],
    *,
    permutations: int,
    intervals: bool,
) -> Scored:
    """Compute the chosen scores of a problem, each with chance level and interval."""
    wanted = set(names)
    rows: list[dict[str, Any]] = []
    replicates: dict[Key, Floats] = {}
    halves: list[Problem] = []
    # One set of permutations for all measures; a dear one takes the first of them.
    shuffles = inference.permutations(problem.n_classes, permutations, problem.seed)
    for kind in measures_for(wanted):
        measure = kind.on(problem)
        null = _null(measure, shuffles)
        if intervals and kind.halves:
            halves = halves or _halves(problem)
            replicates |= _half_replicates(kind, halves, problem)
        elif intervals and kind.jackknife:
            replicates |= _replicates(measure, problem)
        for observed in measure.observe():
            if observed.key.score in wanted:
                drawn = null.get(observed.key, np.empty(0))
                left_out = replicates.get(observed.key)
                rows.append(_row(observed, kind, problem, drawn, left_out, intervals))
    return Scored(tuple(rows), replicates)


def affordable(asked: int, operations: float) -> int:
    """Return how many of `asked` repetitions fit the budget, at least `FEWEST` of them."""
    return min(asked, max(FEWEST, int(BUDGET / max(operations, 1.0))))


def _null(measure: Measure, shuffles: NDArray[np.int64]) -> dict[Key, Floats]:
    count = affordable(len(shuffles), measure.operations)
    return inference.in_pieces(measure.relabelled, shuffles[:count])


def _replicates(measure: Measure, problem: Problem) -> dict[Key, Floats]:
    # One class at a time, or groups of them where there are many: leaving some out costs about
    # four times what a relabelling does, since ranks are counted anew.
    count = affordable(problem.n_classes, 4.0 * measure.operations)
    group_of, groups = inference.jackknife_groups(problem.n_classes, count, problem.seed)
    return inference.in_pieces(lambda piece: measure.without(group_of, piece), groups)


def _halves(problem: Problem) -> list[Problem]:
    """Return the problem of random halves of the classes: the same halves for every model."""
    # Inferring a hierarchy costs some 20 ns for each pair of classes.
    affordable_halves = int(BUDGET / (20.0 * problem.n_classes**2))
    count = min(MOST_HALVES, max(FEWEST_HALVES, affordable_halves))
    kept = inference.random_halves(problem.n_classes, count, problem.seed)
    return thread_map(problem.among, list(kept))


def _half_replicates(
    kind: MeasureKind, halves: list[Problem], problem: Problem
) -> dict[Key, Floats]:
    found = thread_map(lambda half: kind.on(half).observe(), halves)
    return {
        same[0].key: inference.from_subsets(
            [observed.value for observed in same], halves[0].n_classes, problem.n_classes
        )
        for same in zip(*found)
    }


def _row(
    observed: Observation,
    kind: MeasureKind,
    problem: Problem,
    drawn: Floats,
    replicates: Floats | None,
    intervals: bool,
) -> dict[str, Any]:
    key, value = observed.key, float(observed.value)
    score = SCORES[key.score]
    null = inference.summarise_null(value, drawn, score.better)
    ceiling = observed.ceiling if not np.isnan(value) else float("nan")
    best = score.best if np.isnan(ceiling) else ceiling
    n_classes = problem.n_classes if observed.n_classes is None else observed.n_classes
    left_out = replicates if replicates is not None else np.empty(0)
    if score.name.endswith("correlation"):
        interval = inference.jackknife_interval(value, left_out, bounds=(-1.0, 1.0))
    else:
        interval = inference.share_interval(value, left_out, n_classes)
    notes = [observed.note]
    if intervals and not kind.jackknife and not np.isnan(value):
        notes.append(kind.no_interval)
    if np.isnan(interval.low) and interval.standard_error == 0:
        notes.append("no interval: the value stays the same whichever class is left out")
    return {
        "score": key.score,
        "level": key.level,
        "k": key.k,
        "value": value,
        "chance": null.chance,
        "z": null.z,
        "p_value": null.p_value,
        "n_permutations": null.n_permutations,
        "adjusted": inference.chance_corrected(value, null.chance, best),
        "ceiling": ceiling,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "better": score.better,
        "n_classes": n_classes,
        "status": observed.status,
        "note": "; ".join(note for note in notes if note),
    }
