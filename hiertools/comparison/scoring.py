"""From a problem to rows of the score table: the number, its chance level, its interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hiertools import inference
from hiertools._core.arrays import Floats, Ints
from hiertools._core.cells import is_given
from hiertools._core.progress import along, stretch
from hiertools._core.threads import thread_map
from hiertools.comparison.problem import FEWEST, Problem
from hiertools.comparison.scores.measure import Measure, MeasureKind, Observation
from hiertools.comparison.scores.orders import measure_of
from hiertools.comparison.scores.registry import SCORES, measures_for
from hiertools.inference.jackknife import share_intervals
from hiertools.inference.many_rows import step_down
from hiertools.inference.permutation import summarise_nulls
from hiertools.results.table import Key
from hiertools.trees.tree import ClassTree

BUDGET = 1e9
"""Basic operations (about a nanosecond each) that one measure's null, or jackknife, may take."""

MOST_HALVES, FEWEST_HALVES = 60, 15
"""Random halves of the classes, where the jackknife takes halves."""


UNMOVED = "no p: it is the same under every relabelling within the strata"
"""Why a score is not tested."""

LEAST_TOLD = 0.05
"""Where no p can be smaller, a note says so."""

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
    shuffles, all_there_are = problem_relabellings(problem, permutations)
    drawn: list[Floats] = []
    exact = all_there_are
    for kind in along(measures_for(wanted)):
        measure = measure_of(kind, problem)
        observed = measure.observe()
        with stretch(0.0, 0.5):
            null, all_drawn = draw_null(measure, len(observed), shuffles)
        exact &= all_drawn
        nulls = _summaries(observed, null, all_there_are and all_drawn)
        left_out = np.empty((len(observed), 0))
        if intervals and kind.halves:
            halves = halves or _halves(problem)
            left_out = _half_replicates(kind, halves, problem)
        elif intervals and kind.jackknife:
            with stretch(0.5, 1.0):
                left_out = _replicates(measure, problem)
        told = [_informing(each, kind, problem) for each in observed]
        found = [_row(each, problem, null) for each, null in zip(observed, nulls)]
        if problem.strata is not None:
            _leave_untested(found)
        if all_there_are and all_drawn:
            _tell_limits(found)
        if intervals:
            _add_intervals(found, kind, left_out, told)
        for each, row, without, count, under in zip(observed, found, left_out, told, null):
            if each.key.score in wanted:
                rows.append(row)
                drawn.append(under)
                informing[each.key] = count
                if without.size:
                    replicates[each.key] = without
    _adjust(rows, drawn, exact)
    return Scored(tuple(rows), replicates, informing)


def problem_relabellings(problem: Problem, count: int) -> tuple[Ints, bool]:
    """Return the relabellings that a problem's measures share, and whether these are all."""
    return inference.relabellings(problem.n_classes, count, problem.seed, numbered(problem.strata))


def numbered(strata: Sequence[str] | None) -> Ints | None:
    """Return strata as numbers."""
    return None if strata is None else np.unique(strata, return_inverse=True)[1]


def _leave_untested(rows: Sequence[dict[str, Any]]) -> None:
    """Take back chance and p of what no relabelling within the strata changes."""
    for row in rows:
        if row["p_least"] == 1.0:
            row |= dict.fromkeys(("chance", "z", "p_value", "p_adjusted", "p_least", "adjusted"),
                                 float("nan"))  # fmt: skip
            row["note"] = "; ".join(note for note in (row["note"], UNMOVED) if note)


def _adjust(rows: Sequence[dict[str, Any]], nulls: Sequence[Floats], exact: bool) -> None:
    """Put p-values adjusted for all rows into them; a row that isn't tested is in no family."""
    values = [row["value"] if is_given(row["p_value"]) else np.nan for row in rows]
    signs = [SCORES[row["score"]].sign for row in rows]
    adjusted = step_down(values, nulls, signs, exact)
    for row, p_value in zip(rows, adjusted.tolist()):
        row["p_adjusted"] = max(p_value, row["p_value"])


def _tell_limits(rows: Sequence[dict[str, Any]]) -> None:
    """Note where no arrangement of the classes could be significant."""
    for row in rows:
        if row["p_least"] > LEAST_TOLD:
            limit = (
                f"{row['p_least']:.3g} is the least p of all {row['n_permutations']} relabellings"
            )
            row["note"] = "; ".join(note for note in (row["note"], limit) if note)


def draw_null(measure: Measure, count: int, shuffles: Ints) -> tuple[Floats, bool]:
    """Return a measure's `count` numbers under as many relabellings as it can afford.

    Shape (numbers, relabellings); and whether these are all.
    """
    drawn = affordable(len(shuffles), measure.operations)
    if not drawn or not count:
        return np.empty((count, 0)), drawn == len(shuffles)
    measure.prepare()
    return inference.in_pieces(measure.relabelled, shuffles[:drawn]), drawn == len(shuffles)


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


def _summaries(observed: Sequence[Observation], drawn: Floats, exact: bool) -> list[inference.Null]:
    values = np.array([each.value for each in observed], dtype=np.float64)
    better = [SCORES[each.key.score].better for each in observed]
    return summarise_nulls(values, drawn, better, exact)


def _replicates(measure: Measure, problem: Problem) -> Floats:
    # One class at a time, or groups of them where there are many: leaving some out costs about
    # four times what a relabelling does, since ranks are counted anew.
    count = affordable(problem.n_classes, 4.0 * measure.operations)
    group_of, groups = inference.jackknife_groups(problem.n_classes, count, problem.seed)
    return measure.without(group_of, groups)


def _halves(problem: Problem) -> list[Problem]:
    """Return the problem of random halves of the classes: the same halves for every model."""
    # Inferring a hierarchy costs some 20 ns for each pair of classes, under each order of ties.
    operations = 20.0 * problem.n_classes**2 * len(problem.under_orders)
    affordable_halves = int(BUDGET / operations)
    count = min(MOST_HALVES, max(FEWEST_HALVES, affordable_halves))
    kept = inference.random_halves(problem.n_classes, count, problem.seed)
    return thread_map(problem.among, list(kept))


def _half_replicates(kind: MeasureKind, halves: list[Problem], problem: Problem) -> Floats:
    found = thread_map(lambda half: measure_of(kind, half).observe(), halves)
    return np.array(
        [
            inference.from_subsets(
                [observed.value for observed in same], halves[0].n_classes, problem.n_classes
            )
            for same in zip(*found)
        ]
    )


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
        "p_adjusted": null.p_value,
        "p_least": null.p_least,
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


def _is_correlation(score: str) -> bool:
    return SCORES[score].span[0] < 0


def _intervals(
    rows: Sequence[dict[str, Any]], left_out: Floats, informing: Sequence[int]
) -> list[inference.Interval]:
    """Return the interval of each row of a measure."""
    values = np.array([row["value"] for row in rows], dtype=np.float64)
    if not any(_is_correlation(row["score"]) for row in rows):
        return share_intervals(values, left_out, np.array(informing, dtype=np.float64))
    # No model passes the ceiling, so no interval does.
    tops = [1.0 if np.isnan(row["ceiling"]) else max(row["ceiling"], row["value"]) for row in rows]
    return [
        inference.jackknife_interval(value, without, bounds=(-1.0, top), n_classes=count)
        for value, without, top, count in zip(values.tolist(), left_out, tops, informing)
    ]


def _add_intervals(
    rows: Sequence[dict[str, Any]], kind: MeasureKind, left_out: Floats, informing: Sequence[int]
) -> None:
    """Put the intervals of a measure's scores into their rows, or why there is none into notes."""
    found = _intervals(rows, left_out, informing) if kind.jackknife else [None] * len(rows)
    for row, interval, count in zip(rows, found, informing):
        if np.isnan(row["value"]):
            continue
        why = ""
        if interval is None:
            why = kind.no_interval
        elif _is_correlation(row["score"]) and row["value"] >= row["ceiling"] - AT_CEILING:
            why = "no interval: at the best attainable value, leaving out classes tells nothing"
        elif np.isnan(interval.low):
            why = _without_interval(interval, count)
        if why:
            row["note"] = "; ".join(note for note in (row["note"], why) if note)
        elif interval is not None:
            row["ci_low"], row["ci_high"] = interval.low, interval.high


def _without_interval(interval: inference.Interval, informing: int) -> str:
    if interval.standard_error == 0:
        return "no interval: the value stays the same whichever class is left out"
    if informing < inference.FEWEST_UNITS:
        return f"no interval: {informing} classes inform it, and three are the fewest"
    return "no interval: with some of the classes left out, it is undefined"
