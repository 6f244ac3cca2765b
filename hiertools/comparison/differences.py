"""Which differences between models are more than chance? Paired tests, Holm-corrected."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hiertools._core.arrays import Floats
from hiertools.comparison.scores.registry import SCORES
from hiertools.inference import (
    ALIKE,
    beyond_rounding,
    holm,
    jackknife_interval,
    t_interval,
)
from hiertools.inference.intervals import difference_beyond_rounding
from hiertools.inference.paired_runs import (
    FEWEST,
    RunsTest,
    one_value,
    paired_runs,
    repeats,
    t_test,
)
from hiertools.results.table import Key, difference_frame

if TYPE_CHECKING:
    import pandas as pd


class Run(NamedTuple):
    """What tests read of one run: its values, and what tells how far they vary."""

    values: Mapping[Key, float]
    replicates: Mapping[Key, Floats]
    """The values without some of the classes (the jackknife)."""
    informing: Mapping[Key, int]
    """How many classes inform each value."""
    distances: Floats | None = None
    """The condensed distances of its classes; None where they were not kept."""


class Tested(NamedTuple):
    """The difference of two models in one score, and what could be tested of it."""

    key: Key
    model_a: str
    model_b: str
    a: Floats
    """The score in each run of one."""
    b: Floats
    found: RunsTest

    @property
    def difference(self) -> float:
        """The mean of one less that of the other; 0 where rounding alone parts them."""
        return float(difference_beyond_rounding(self.a.mean(), self.b.mean()))

    def told(self) -> dict[str, Any]:
        """Return the columns that every table of pairs of models has."""
        return {
            "score": self.key.score,
            "level": self.key.level,
            "k": self.key.k,
            "model_a": self.model_a,
            "model_b": self.model_b,
        }


FEW_VALUES = frozenset(
    (
        "precision_at_1", "r_precision", "robinson_foulds", "robinson_foulds_raw",
        "robinson_foulds_unrooted", "matching_split", "fowlkes_mallows",
    )
)  # fmt: skip
"""Scores that count classes or clades: over a few runs, few differences are possible."""


ONE_HYPOTHESIS = {
    "robinson_foulds_raw": "robinson_foulds", "robinson_foulds_unrooted": "robinson_foulds",
}  # fmt: skip
"""Scores that say the same in other units, or of splits for clades: corrected for once. That holds
whichever of them were alike, for the largest of their p-values counts."""


ANY_TREE = frozenset(
    (
        "elementwise_correlation", "classwise_correlation", "pearson_correlation", "kendall_tau_a",
    )
)  # fmt: skip
"""Scores whose chance level is the same whatever the tree, so that those of two can be compared.

Levels of two trees are two things; clades and heights depend on how far a tree is resolved. Of
triplets and quartets chance is the same, too, but the level of their test is not measured."""


def differences(
    models: Mapping[str, Sequence[Run]],
    better: Mapping[str, str] | None = None,
    *,
    ranks: Mapping[int, str | None] | None = None,
    of_trees: bool = False,
) -> pd.DataFrame:
    """Test every score's difference between every two models.

    Parameters
    ----------
    models : mapping of str to list of runs
    better : mapping of str to str, optional
        "higher" or "lower" for each score; default as the registry of `compare` says.
    ranks : mapping of int to str, optional
        The rank of each level.
    of_trees : bool
        The runs of one model against several trees stand in place of several models. Then only
        the scores of ``ANY_TREE`` are held against each other.

    Returns
    -------
    DataFrame
        One row a score and pair of models: ``difference`` (a less b), its 95 % interval,
        two-sided ``p_value``, ``p_holm`` corrected for all rows (the three of Robinson-Foulds
        count as one, with the largest of their p-values), the ``test``, ``better_model``,
        ``status`` ("ok" or "not tested"), and a ``note`` that says why where there is no test, or
        how far p can fall. The test is

        - *paired t over runs* where both models have the same number of runs, at least two: run i
          of one is paired with run i of the other, as runs with the same seed are;
        - *sign flips over runs* in its place below six runs, where the score takes few values (it
          counts classes or clades, or two runs gave the same): p is exact, and says so little that
          there is no 95 % interval;
        - *Welch's t over runs* where the numbers differ, both at least six; with fewer, *Hsu's t
          over runs*: the same error, with the degrees of freedom of the smaller number, since
          Welch's rejects up to 12 % with ten runs against two. Of a score of few values, fewer than
          six runs are not tested;
        - *jackknife over classes* for one run each on the same classes, of which at least six
          inform the score;
        - none, with NaN, where a score has no valid interval over classes, where the standard
          error is 0 (alike runs don't tell how far chance would part them), and where a model has
          a run twice, alike in every score.
    """
    if better is None:
        better = {name: score.better for name, score in SCORES.items()}
    rows = [_row(each, better) for each in pairs_tested(models, of_trees=of_trees)]
    frame = difference_frame(rows, ranks)
    frame["p_holm"] = holm_of_pairs(rows)
    return frame


def pairs_tested(
    models: Mapping[str, Sequence[Run]], *, of_trees: bool = False
) -> Iterator[Tested]:
    """Yield the test of every score's difference between every two models: see `differences`."""
    twice = {name: given_twice(name, runs) for name, runs in models.items()}
    for (name_a, runs_a), (name_b, runs_b) in itertools.combinations(models.items(), 2):
        shared = [key for key in runs_a[0].values if key in runs_b[0].values]
        if of_trees:
            shared = [key for key in shared if key.score in ANY_TREE]
        why = next((twice[name] for name in (name_a, name_b) if twice[name]), "")
        untested = f"no test: {why}" if why else ""
        for key in shared:
            a, b = (values_of(key, runs) for runs in (runs_a, runs_b))
            found = _tested(key, a, b, runs_a[0], runs_b[0], untested)
            yield Tested(key, name_a, name_b, a, b, found)


def values_of(key: Key, runs: Sequence[Run]) -> Floats:
    """Return a score in each run."""
    return np.array([run.values.get(key, np.nan) for run in runs])


def takes_few_values(key: Key, *values: Floats) -> bool:
    """Tell whether a score counts classes or clades, or gave some value twice."""
    return key.score in FEW_VALUES or any(map(repeats, values))


def holm_of_pairs(rows: Sequence[Mapping[str, Any]]) -> Floats:
    """Return p-values after Holm, the rows of `ONE_HYPOTHESIS` counted as one with the largest."""
    hypotheses: dict[tuple[Any, ...], list[int]] = {}
    for place, row in enumerate(rows):
        score = ONE_HYPOTHESIS.get(row["score"], row["score"])
        key = (score, row["level"], row["k"], row["model_a"], row["model_b"])
        if not np.isnan(row["p_value"]):
            hypotheses.setdefault(key, []).append(place)
    largest = [max(rows[i]["p_value"] for i in places) for places in hypotheses.values()]
    corrected = np.full(len(rows), np.nan)
    for places, p_value in zip(hypotheses.values(), holm(np.array(largest))):
        corrected[places] = p_value
    return corrected


def given_twice(name: str, runs: Sequence[Run]) -> str:
    """Say which two runs are one."""
    for (i, one), (j, other) in itertools.combinations(enumerate(runs, start=1), 2):
        if _is_one(one, other):
            return f"runs {i} and {j} of {name} are alike in every score, as one run is"
    return ""


def _is_one(one: Run, other: Run) -> bool:
    """Tell whether two runs have the same distances; or, where these are unknown, scores.

    Of a few classes, scores that hardly ever repeat else are alike by chance.
    """
    telling = [
        key
        for key, value in one.values.items()
        if key.score not in FEW_VALUES and not np.isnan(value)
    ]
    for key in telling:
        if not one_value(np.array([one.values[key], other.values.get(key, np.nan)])):
            return False
    if one.distances is None or other.distances is None:
        return bool(telling)
    apart = np.abs(one.distances - other.distances).max()
    return bool(apart <= ALIKE * np.abs(one.distances).max())


def _tested(key: Key, a: Floats, b: Floats, first_a: Run, first_b: Run, untested: str) -> RunsTest:
    difference = float(a.mean() - b.mean())
    if np.isnan(difference):
        return RunsTest(note="no test: undefined for one of the two")
    if untested:
        return RunsTest(note=untested)
    if a.size == b.size == 1:
        return _over_classes(key, difference, first_a, first_b)
    if min(a.size, b.size) == 1:
        return RunsTest(note="no test: one of the models has a single run")
    few = takes_few_values(key, a, b)
    return paired_runs(a, b, few) if a.size == b.size else _unpaired(difference, few, a, b)


def _row(each: Tested, better: Mapping[str, str]) -> dict[str, Any]:
    difference, found = each.difference, each.found
    sign = 1.0 if better[each.key.score] == "higher" else -1.0
    ahead = (
        ""
        if np.isnan(difference) or difference == 0
        else (each.model_a if sign * difference > 0 else each.model_b)
    )
    return {
        **each.told(),
        "difference": difference,
        "ci_low": found.low,
        "ci_high": found.high,
        "p_value": found.p_value,
        "p_holm": np.nan,
        "test": found.test,
        "better_model": ahead,
        "note": found.note,
    }


def _unpaired(difference: float, few: bool, a: Floats, b: Floats) -> RunsTest:
    """Test the difference of two means by the error of both (Welch 1947).

    Satterthwaite's degrees of freedom are too many where one spread is told by a few runs: those of
    the smaller number of runs keep the level, whatever the two spreads (Hsu 1938).
    """
    parts = np.array([a.var(ddof=1) / a.size, b.var(ddof=1) / b.size])
    error = beyond_rounding(float(np.sqrt(parts.sum())), a, b, share=ALIKE)
    if error == 0:
        why = "all runs of each model give the same value"
        return RunsTest(note=f"no test: {why}, so its spread is unknown")
    fewest = min(a.size, b.size)
    if few and fewest < FEWEST:
        return RunsTest(
            note=f"no test: {a.size} and {b.size} runs of a score of few values; give both as many"
        )
    if fewest < FEWEST:
        interval = t_interval(difference, error, fewest - 1)
        return t_test(difference, interval, "Hsu's t over runs")
    freedom = np.array([a.size - 1, b.size - 1])
    effective = float(parts.sum() ** 2 / (parts**2 / freedom).sum())
    return t_test(difference, t_interval(difference, error, effective), "Welch's t over runs")


def _over_classes(key: Key, difference: float, a: Run, b: Run) -> RunsTest:
    """Compare single runs on the same classes."""
    left_out_a, left_out_b = a.replicates.get(key), b.replicates.get(key)
    if left_out_a is None or left_out_b is None or left_out_a.shape != left_out_b.shape:
        return RunsTest(note="no test: single runs, and no interval over classes")
    informing = min(a.informing[key], b.informing[key])
    interval = jackknife_interval(
        difference,
        left_out_a - left_out_b,
        scale=max(abs(a.values[key]), abs(b.values[key])),
        n_classes=informing,
    )
    if informing < FEWEST or np.isnan(interval.standard_error):
        return RunsTest(note="no test: fewer than six classes inform it")
    if interval.standard_error == 0:
        why = "it stays the same whichever class is left out"
        return RunsTest(note=f"no test: {why}, so its spread is unknown")
    return t_test(difference, interval, "jackknife over classes")
