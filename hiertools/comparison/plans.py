"""What would more runs, or more classes, find? Power of the tests between models, from pilots."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools.comparison.differences import (
    Run,
    Tested,
    given_twice,
    pairs_tested,
    takes_few_values,
    values_of,
)
from hiertools.comparison.equivalence import sizes
from hiertools.comparison.variance_split import replicates_of
from hiertools.inference.components import class_parts, crossed_components
from hiertools.inference.intervals import ALIKE, beyond_rounding
from hiertools.inference.paired_runs import FEWEST, RunsTest
from hiertools.inference.power import detectable, needed, spread_limit, t_power
from hiertools.results.status import NOT_TESTED, OK

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "score", "level", "rank", "k", "model_a", "model_b", "difference", "over", "planned", "spread",
    "power", "detectable", "needed", "needed_safe", "status", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What is planned, and what it should achieve."""

    runs: int | None
    classes: int | None
    n_classes: int
    """Of the pilot."""
    power: float
    alpha: float

    @property
    def share(self) -> float:
        """How many classes are planned, for each that there is."""
        return 1.0 if self.classes is None else self.classes / self.n_classes


@dataclass(frozen=True)
class Design:
    """A test of the mean of some units, runs or classes."""

    over: str = ""
    """Of "runs" or of "classes"."""
    planned: int | None = None
    """Units that are planned."""
    spread: float = math.nan
    """Standard deviation of what one unit says of the difference."""
    degrees: float = math.nan
    """How many degrees of freedom tell it."""
    least: int = 2
    """Fewer units are not tested by Student's t."""
    telling: float = 1.0
    """Units that inform the score, of each that there is: classes with company."""
    note: str = ""
    """Why there is no test."""


def plan_table(
    models: Mapping[str, Sequence[Run]],
    difference: float | Mapping[str, float],
    asked: Asked,
    ranks: Mapping[int, str | None],
) -> pd.DataFrame:
    """Return what a design would find, a row a score and pair: see `ComparisonSet.plan`."""
    import pandas as pd

    wanted = sizes(difference, "difference", models)
    pairs = list(pairs_tested(models)) if len(models) > 1 else _with_its_like(models)
    rows = [
        _row(each, wanted[each.key.score], _design(each, models, asked), asked, ranks)
        for each in pairs
        if each.key.score in wanted
    ]
    kinds = {"level": "Int64", "rank": "string", "k": "Int64", "planned": "Int64"}
    return pd.DataFrame(rows, columns=COLUMNS).astype(kinds)


def _with_its_like(models: Mapping[str, Sequence[Run]]) -> list[Tested]:
    """Return the one model beside another, without a name, whose runs would spread as its own."""
    ((name, runs),) = models.items()
    why = given_twice(name, runs)
    found = RunsTest(note=f"no test: {why}" if why else "")
    several = {key: values_of(key, runs) for key in runs[0].values}
    return [Tested(key, name, "", each, each, found) for key, each in several.items()]


def _design(each: Tested, models: Mapping[str, Sequence[Run]], asked: Asked) -> Design:
    """Return how a pair would be tested, and how far units spread in the pilot."""
    a, b = each.a, each.b
    alone = not each.model_b
    runs_a, runs_b = models[each.model_a], models[each.model_b or each.model_a]
    if np.isnan(a).any() or np.isnan(b).any():
        return Design(note="no plan: undefined in the pilot")
    if min(a.size, b.size) == 1:
        if asked.runs is not None or alone or a.size != b.size:
            return Design(note="no plan: how far runs differ is unknown where a model has only one")
        return _over_classes(each, runs_a, runs_b, asked)
    if each.found.note.startswith("no test") and np.isnan(each.found.p_value):
        return Design(note=each.found.note.replace("no test", "no plan", 1))
    paired = a.size == b.size and not alone
    spread, why = _spread(each, runs_a, runs_b, paired, asked.share)
    if why:
        return Design(note=f"no plan: {why}")
    smaller = min(a.size, b.size)
    return Design(
        over="runs",
        planned=smaller if asked.runs is None else asked.runs,
        spread=spread,
        degrees=smaller - 1,
        least=FEWEST if takes_few_values(each.key, a, b) else 2,
    )


def _over_classes(
    each: Tested, runs_a: Sequence[Run], runs_b: Sequence[Run], asked: Asked
) -> Design:
    error = each.found.standard_error
    if np.isnan(error):
        return Design(note=each.found.note.replace("no test", "no plan", 1))
    informing = min(run.informing[each.key] for run in (runs_a[0], runs_b[0]))
    return Design(
        over="classes",
        planned=asked.n_classes if asked.classes is None else asked.classes,
        spread=error * math.sqrt(informing),
        degrees=each.found.degrees_of_freedom,
        least=FEWEST,
        telling=informing / asked.n_classes,
    )


def _spread(
    each: Tested, runs_a: Sequence[Run], runs_b: Sequence[Run], paired: bool, share: float
) -> tuple[float, str]:
    """Return how far the difference varies from run to run, with a share of the classes."""
    a, b = each.a, each.b
    values = [a - b] if paired else [a, b]
    variances = [float(x.var(ddof=1)) for x in values]
    scale = float(max(np.abs(a).max(), np.abs(b).max()))
    if not beyond_rounding(math.sqrt(sum(variances)), np.array([scale]), share=ALIKE):
        return math.nan, "runs do not differ, so their spread is unknown"
    if share == 1.0:
        return math.sqrt(sum(variances)), ""
    found = [replicates_of(each.key, runs) for runs in (runs_a, runs_b)]
    held = [replicates for replicates, _ in found if replicates is not None]
    if len(held) < 2 or (paired and held[0].shape != held[1].shape):
        return math.nan, "how it varies with the number of classes is unknown"
    without = [held[0] - held[1]] if paired else held
    both = [crossed_components(class_parts(x, out)).both for x, out in zip(values, without)]
    # At most all of it falls with the number of classes.
    falls = [min(max(own, 0.0), whole) for own, whole in zip(both, variances)]
    # What a run does to all classes alike stays, whatever their number.
    parts = [whole - own + own / share for whole, own in zip(variances, falls)]
    return math.sqrt(sum(parts)), ""


def _row(
    each: Tested, difference: float, design: Design, asked: Asked, ranks: Mapping[int, str | None]
) -> dict[str, Any]:
    level = each.key.level
    told = {**each.told(), "rank": None if level is None else ranks.get(level),
            "difference": difference, "over": design.over, "planned": design.planned,
            "spread": design.spread, "status": NOT_TESTED if design.note else OK}  # fmt: skip
    if design.planned is None:
        return {**told, "note": design.note}
    units = design.planned * design.telling
    return {
        **told,
        **_found(difference, design, units, asked),
        "needed": _needed(difference, design, design.spread, asked),
        "needed_safe": _needed(
            difference, design, spread_limit(design.spread, design.degrees), asked
        ),
    }


def _found(difference: float, design: Design, units: float, asked: Asked) -> dict[str, Any]:
    """Return what so many informing units would find."""
    if units < design.least:
        few = "runs of a score of few values" if design.over == "runs" else "classes that inform it"
        if design.over == "runs" and 2.0 ** (1 - units) <= asked.alpha:
            flips = f"fewer than {design.least} {few} are tested by sign flips: power unknown"
            return {"power": math.nan, "detectable": math.nan, "note": flips}
        note = f"not tested with fewer than {design.least} {few}"
        return {"power": 0.0, "detectable": math.inf, "note": note}
    error, degrees = design.spread / math.sqrt(units), units - 1
    return {
        "power": t_power(difference, error, degrees, asked.alpha),
        "detectable": detectable(error, degrees, asked.power, asked.alpha),
        "note": "",
    }


def _needed(difference: float, design: Design, spread: float, asked: Asked) -> float:
    """Return how many units find the difference with the power that is asked for."""

    def error_of(units: int) -> float:
        return spread / math.sqrt(units)

    found = needed(difference, error_of, asked.power, asked.alpha, design.least)
    return float(math.ceil(found / design.telling)) if math.isfinite(found) else found
