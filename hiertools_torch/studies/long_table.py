"""The long table of a study, one row a score, read once and checked."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hiertools._core.arrays import Floats
from hiertools._core.cells import is_given
from hiertools._core.checks import name_list
from hiertools._core.wording import score_label
from hiertools.comparison.differences import FEW_VALUES
from hiertools.comparison.scores.registry import SCORES
from hiertools.errors import OptionError
from hiertools.evaluation.scores import EVALUATION_SCORES
from hiertools.inference.paired_runs import one_value, repeats
from hiertools.results.table import Score

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KINDS", "LongTable", "Measure", "measure_of", "read_long_table"]

KINDS = ("proxy", "prototype", "predictions")
"""What scores are of: class representatives of two kinds, and the predictions on test images."""

NEEDED = ("data", "configuration", "seed", "kind", "score", "value")
NUMBERS = ("value", "chance", "p_value")

BySeed = Mapping[Any, float]


class Measure(NamedTuple):
    """One number that every run has: a score of one kind, perhaps at a level or for a k."""

    kind: str
    score: str
    level: int | None = None
    k: int | None = None

    @property
    def label(self) -> str:
        """Its name in sentences: ``prototype/map_at_r, level 1``."""
        return f"{self.kind}/{self.short}"

    @property
    def endpoint(self) -> str:
        """Its name among endpoints: ``prototype/map_at_r/1``, ``predictions/top_k_accuracy@5``."""
        level = f"/{self.level}" if is_given(self.level) else ""
        k = f"@{self.k}" if is_given(self.k) else ""
        return f"{self.kind}/{self.score}{level}{k}"

    @property
    def short(self) -> str:
        """Its name among those of its kind."""
        return score_label(self.score, self.level, self.k)

    @property
    def _registry(self) -> Mapping[str, Score]:
        return EVALUATION_SCORES if self.kind == "predictions" else SCORES

    @property
    def registered(self) -> Score | None:
        """What the registries of `compare` and `evaluate` know of it."""
        return self._registry.get(self.score)

    @property
    def better(self) -> str:
        """Which way is: "higher" or "lower"; empty where no registry knows the score."""
        return "" if self.registered is None else self.registered.better

    @property
    def sign(self) -> float:
        """+1 where higher is better, -1 where lower is; NaN where nobody knows."""
        return float("nan") if self.registered is None else self.registered.sign

    @property
    def bounds(self) -> tuple[float, float]:
        """Where its values lie."""
        return (-np.inf, np.inf) if self.registered is None else self.registered.span

    @property
    def order(self) -> tuple[Any, ...]:
        """Its place in tables: that of its registry, then by level and k."""
        known = list(self._registry)
        place = known.index(self.score) if self.score in known else len(known)
        numbers = (-1 if number is None else number for number in (self.level, self.k))
        return KINDS.index(self.kind), place, self.score, *numbers

    def takes_few_values(self, a: Floats, b: Floats) -> bool:
        """Tell whether it counts classes or clades, or looks as if it did.

        A configuration that gives one value with every seed (fixed proxies) tells nothing of that.
        """
        counts = self.kind != "predictions" and self.score in FEW_VALUES
        return counts or any(repeats(of) and not one_value(of) for of in (a, b))


def measure_of(row: Mapping[Any, Any]) -> Measure:
    """Return the measure of a row of a summary, or of comparisons."""
    level, k = (int(row[name]) if is_given(row[name]) else None for name in ("level", "k"))
    return Measure(row["kind"], row["score"], level, k)


@dataclass(frozen=True)
class LongTable:
    """The scores of a study: which data sets, configurations and measures, and every value."""

    data: tuple[str, ...]
    configurations: tuple[str, ...]
    measures: tuple[Measure, ...]
    seeds: Mapping[tuple[str, str], tuple[Any, ...]]
    """The seeds of each configuration on each data set that has any."""
    values: Mapping[tuple[str, Measure], Mapping[str, BySeed]]
    """By data set and measure, then configuration, then seed; undefined ones are left out."""
    chance: Mapping[tuple[str, Measure], Mapping[str, float]]
    """The mean chance level of each configuration, NaN where none was measured."""
    p_values: Mapping[tuple[str, Measure], Mapping[str, float]]
    """The largest p-value against chance among its runs."""
    notes: tuple[str, ...]
    """Values that are undefined, seeds that some configurations lack, runs that are one run."""
    one_run: Mapping[tuple[str, str], str]
    """Configurations of which two seeds gave the same in every score: why nothing is tested."""

    def named(self, endpoint: object) -> list[Measure]:
        """Return the measures that an endpoint stands for; none where there is no such measure.

        An endpoint is a measure (``predictions/accuracy``, ``prototype/map_at_r/1``,
        ``predictions/top_k_accuracy@5``), or the ``kind/score`` of one that has levels or k alone,
        and stands for all of these.
        """
        own = [each for each in self.measures if each.endpoint == endpoint]
        return own or [each for each in self.measures if f"{each.kind}/{each.score}" == endpoint]

    def about(self, notes: Iterable[str], measures: Container[Measure]) -> list[str]:
        """Return the notes that are not on the values of other measures."""
        others = tuple(f"{each.label} on " for each in self.measures if each not in measures)
        return [note for note in notes if not note.startswith(others)]

    def cells(self) -> Iterator[tuple[str, Measure, Mapping[str, BySeed]]]:
        """Yield each data set and measure with what its configurations gave."""
        for data in self.data:
            for measure in self.measures:
                if (data, measure) in self.values:
                    yield data, measure, self.values[data, measure]


def read_long_table(table: pd.DataFrame) -> LongTable:
    """Read and check the long table of a study.

    Parameters
    ----------
    table : DataFrame
        One row a score: ``data``, ``configuration``, ``seed``, ``kind`` ("proxy", "prototype" or
        "predictions"), ``score``, ``value``; where there are any ``level``, ``k``, ``chance`` and
        ``p_value``.

    Raises
    ------
    OptionError
        No row, a column missing, something in it that can't stand there, or a score twice.
    """
    import pandas as pd

    missing = [name for name in NEEDED if name not in table]
    if missing:
        raise OptionError(
            f"the table of a study lacks the column(s) {name_list(missing)}; it has one row a "
            f"score, with {name_list(NEEDED, most=6)}."
        )
    if table.empty:
        raise OptionError("the table of a study holds no scores: no run is finished yet.")
    frame = table.assign(**{name: np.nan for name in NUMBERS if name not in table})
    for name in NUMBERS:
        try:
            frame[name] = pd.to_numeric(frame[name]).astype("float64")
        except (TypeError, ValueError):
            raise OptionError(
                f"the column {name!r} of a study's table must hold numbers."
            ) from None
        if np.isinf(frame[name]).any():
            raise OptionError(f"the column {name!r} of a study's table holds infinite numbers.")
    rows = frame.to_dict("records")
    found: dict[tuple[str, Measure], dict[str, dict[Any, dict[Any, Any]]]] = {}
    for row in rows:
        where, measure = _place(row)
        runs = found.setdefault((where[0], measure), {}).setdefault(where[1], {})
        if where[2] in runs:
            raise OptionError(
                f"the table of a study has {measure.label!r} of {where[1]!r} on {where[0]!r} with "
                f"seed {where[2]} twice; it must have one row a score (levels and k in columns of "
                "their own)."
            )
        runs[where[2]] = row
    data, configurations = (
        tuple(dict.fromkeys(str(row[name]) for row in rows)) for name in ("data", "configuration")
    )
    seeds: dict[tuple[str, str], tuple[Any, ...]] = {}
    for (name, _), by_configuration in found.items():
        for configuration, runs in by_configuration.items():
            held = {*seeds.get((name, configuration), ()), *runs}
            seeds[name, configuration] = tuple(sorted(held, key=_in_order))
    values = {
        key: {
            configuration: {seed: float(row["value"]) for seed, row in _sorted(runs)
                            if not np.isnan(row["value"])}
            for configuration, runs in by_configuration.items()
        }
        for key, by_configuration in found.items()
    }  # fmt: skip
    one_run = _one_run(values, seeds)
    return LongTable(
        data,
        configurations,
        tuple(sorted({measure for _, measure in found}, key=lambda measure: measure.order)),
        seeds,
        values,
        _summed(found, "chance", np.mean),
        _summed(found, "p_value", np.max),
        (*_undefined(found), *_missing_seeds(data, seeds), *one_run.values()),
        one_run,
    )


def _place(row: Mapping[Any, Any]) -> tuple[tuple[str, str, Any], Measure]:
    for name in ("data", "configuration", "seed", "kind", "score"):
        if not is_given(row[name]):
            raise OptionError(f"a row of a study's table has no {name!r}.")
    if row["kind"] not in KINDS:
        raise OptionError(
            f"kind must be one of {name_list(KINDS)} in a study's table; got {row['kind']!r}."
        )
    numbers = {}
    for name in ("level", "k"):
        number = row.get(name)
        if is_given(number) and (isinstance(number, str) or number != int(number)):
            raise OptionError(
                f"{name} must be a whole number in a study's table, or empty; got {number!r}."
            )
        numbers[name] = int(number) if number is not None and is_given(number) else None
    seed = row["seed"]
    seed = int(seed) if isinstance(seed, int | float | np.number) and seed == int(seed) else seed
    where = str(row["data"]), str(row["configuration"]), seed
    return where, Measure(str(row["kind"]), str(row["score"]), **numbers)


def _in_order(seed: Any) -> tuple[bool, Any]:
    return isinstance(seed, str), seed


def _sorted(runs: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    return sorted(runs.items(), key=lambda item: _in_order(item[0]))


def _summed(found: Mapping[Any, Any], column: str, how: Any) -> dict[Any, dict[str, float]]:
    """Return one number of a column for each configuration, of those rows that have it."""
    told: dict[Any, dict[str, float]] = {}
    for key, by_configuration in found.items():
        for configuration, runs in by_configuration.items():
            given = [row[column] for _, row in _sorted(runs) if not np.isnan(row[column])]
            number = float(how(given)) if given else float("nan")
            told.setdefault(key, {})[configuration] = number
    return told


def _undefined(found: Mapping[Any, Any]) -> Iterator[str]:
    for (data, measure), by_configuration in found.items():
        every = [row["value"] for runs in by_configuration.values() for row in runs.values()]
        if undefined := int(np.isnan(every).sum()):
            yield (
                f"{measure.label} on {data}: {undefined} of {len(every)} values are undefined and "
                "left out."
            )


def _missing_seeds(data: tuple[str, ...], seeds: Mapping[tuple[str, str], Any]) -> Iterator[str]:
    for name in data:
        here = {c: set(of) for (where, c), of in seeds.items() if where == name}
        every = set().union(*here.values())
        lacking = {c: sorted(every - of, key=_in_order) for c, of in here.items() if every - of}
        for configuration, lacks in lacking.items():
            yield (
                f"{configuration} on {name} lacks the seed{'s' * (len(lacks) > 1)} "
                f"{', '.join(map(str, lacks))}: its means are over {len(here[configuration])} of "
                f"{len(every)} seeds, tests over the seeds that both have."
            )


def _one_run(
    values: Mapping[tuple[str, Measure], Mapping[str, BySeed]],
    seeds: Mapping[tuple[str, str], tuple[Any, ...]],
) -> dict[tuple[str, str], str]:
    """Find configurations of which two seeds are alike in every score, as one run is."""
    found = {}
    for (data, configuration), own in seeds.items():
        telling = [
            by_configuration[configuration]
            for (where, measure), by_configuration in values.items()
            if where == data and configuration in by_configuration
            and measure.score not in FEW_VALUES
        ]  # fmt: skip
        for i, one in enumerate(own):
            for other in own[i + 1 :]:
                pairs = [(of[one], of[other]) for of in telling if one in of and other in of]
                if len(pairs) > 1 and all(one_value(np.array(pair)) for pair in pairs):
                    found[data, configuration] = (
                        f"no test of {configuration} on {data}: its seeds {one} and {other} are "
                        "alike in every score, as one run is"
                    )
    return found
