"""From a problem to rows of the score table: the number, its chance level, its interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hiertools import inference
from hiertools._core.arrays import Floats
from hiertools._core.threads import thread_map
from hiertools.comparison.problem import FEWEST, Problem
from hiertools.comparison.scores.measure import Measure, MeasureKind, Observation
from hiertools.comparison.scores.orders import measure_of
from hiertools.comparison.scores.registry import SCORES, measures_for
from hiertools.results.table import Key
from hiertools.trees.tree import ClassTree

BUDGET = 1e9
"""Basic operations (about a nanosecond each) that one measure's null, or jackknife, may take."""

MOST_HALVES, FEWEST_HALVES = 60, 15
"""Random halves of the classes, where the jackknife takes halves."""


AT_CEILING = 1e-9
"""How far below the ceiling rounding may put a value that reaches it."""


@dataclass(frozen=True, eq=False)
class Scored:
    """Rows of the score table, with the jackknife replicates that tests between models need."""

    rows: tuple[dict[str, Any], ...]
    replicates: Mapping[Key, Floats] = field(default_factory=dict)
    informing: Mapping[Key, int] = field(default_factory=dict)
    """How many classes inform each number: those with company, say, for retrieval."""

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
    informing: dict[Key, int] = {}
    halves: list[Problem] = []
    # One set of permutations for all measures; a dear one takes the first of them.
    shuffles, all_there_are = inference.relabellings(problem.n_classes, permutations, problem.seed)
    for kind in measures_for(wanted):
        measure = measure_of(kind, problem)
        count = affordable(len(shuffles), measure.operations)
        if count:
            measure.prepare()
        null = inference.in_pieces(measure.relabelled, shuffles[:count])
        exact = all_there_are and count == len(shuffles)
        if intervals and kind.halves:
            halves = halves or _halves(problem)
            replicates |= _half_replicates(kind, halves, problem)
        elif intervals and kind.jackknife:
            replicates |= _replicates(measure, problem)
        for observed in measure.observe():
            key = observed.key
            if key.score in wanted:
                informing[key] = _informing(observed, kind, problem)
                drawn = null.get(key, np.empty(0))
                found = inference.summarise_null(
                    float(observed.value), drawn, SCORES[key.score].better, exact=exact
                )
                row = _row(observed, problem, found)
                if intervals:
                    _add_interval(row, kind, replicates.get(key, np.empty(0)), informing[key])
                rows.append(row)
    return Scored(tuple(rows), replicates, informing)


def affordable(asked: int, operations: float) -> int:
    """Return how many of `asked` repetitions fit the budget, at least `FEWEST` of them."""
    return min(asked, max(FEWEST, int(BUDGET / max(operations, 1.0))))


def _informing(observed: Observation, kind: MeasureKind, problem: Problem) -> int:
    if kind.halves:
        return with_company(problem.tree)
    return problem.n_classes if observed.n_classes is None else observed.n_classes


def with_company(tree: ClassTree) -> int:
    """Return how many classes share a group with another, other than that of all classes."""
    size = tree.clade_stop - tree.clade_start
    told = (size > 1) & (size < tree.n_classes)
    # Places in depth-first order where a group begins, less those where one ends.
    change = np.bincount(tree.clade_start[told], minlength=tree.n_classes + 1)
    change -= np.bincount(tree.clade_stop[told], minlength=tree.n_classes + 1)
    return int((change.cumsum() > 0).sum())


def _replicates(measure: Measure, problem: Problem) -> dict[Key, Floats]:
    # One class at a time, or groups of them where there are many: leaving some out costs about
    # four times what a relabelling does, since ranks are counted anew.
    count = affordable(problem.n_classes, 4.0 * measure.operations)
    group_of, groups = inference.jackknife_groups(problem.n_classes, count, problem.seed)
    return dict(measure.without(group_of, groups))


def _halves(problem: Problem) -> list[Problem]:
    """Return the problem of random halves of the classes: the same halves for every model."""
    # Inferring a hierarchy costs some 20 ns for each pair of classes, under each order of ties.
    operations = 20.0 * problem.n_classes**2 * len(problem.under_orders)
    affordable_halves = int(BUDGET / operations)
    count = min(MOST_HALVES, max(FEWEST_HALVES, affordable_halves))
    kept = inference.random_halves(problem.n_classes, count, problem.seed)
    return thread_map(problem.among, list(kept))


def _half_replicates(
    kind: MeasureKind, halves: list[Problem], problem: Problem
) -> dict[Key, Floats]:
    found = thread_map(lambda half: measure_of(kind, half).observe(), halves)
    return {
        same[0].key: inference.from_subsets(
            [observed.value for observed in same], halves[0].n_classes, problem.n_classes
        )
        for same in zip(*found)
    }


def _row(observed: Observation, problem: Problem, null: inference.Null) -> dict[str, Any]:
    key, value = observed.key, float(observed.value)
    score = SCORES[key.score]
    ceiling = observed.ceiling if not np.isnan(value) else float("nan")
    best = score.best if np.isnan(ceiling) else ceiling
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
        "ci_low": float("nan"),
        "ci_high": float("nan"),
        "better": score.better,
        "n_classes": problem.n_classes if observed.n_classes is None else observed.n_classes,
        "status": observed.status,
        "note": observed.note,
    }


def _add_interval(
    row: dict[str, Any], kind: MeasureKind, replicates: Floats, informing: int
) -> None:
    """Put a score's interval into its row, or why it has none into the note."""
    value, ceiling = row["value"], row["ceiling"]
    if np.isnan(value):
        return
    why = ""
    if not kind.jackknife:
        why = kind.no_interval
    elif row["score"].endswith("correlation"):
        # No model passes the ceiling, so no interval does.
        top = 1.0 if np.isnan(ceiling) else max(ceiling, value)
        interval = inference.jackknife_interval(
            value, replicates, bounds=(-1.0, top), n_classes=informing
        )
        if value >= ceiling - AT_CEILING:
            why = "no interval: at the best attainable value, leaving out classes tells nothing"
    else:
        interval = inference.share_interval(value, replicates, informing)
    if not why and np.isnan(interval.low):
        why = _without_interval(interval, informing)
    if why:
        row["note"] = "; ".join(note for note in (row["note"], why) if note)
    else:
        row["ci_low"], row["ci_high"] = interval.low, interval.high


def _without_interval(interval: inference.Interval, informing: int) -> str:
    if interval.standard_error == 0:
        return "no interval: the value stays the same whichever class is left out"
    if informing < inference.FEWEST_UNITS:
        return f"no interval: {informing} classes inform it, and three are the fewest"
    return "no interval: with some of the classes left out, it is undefined"
