"""`ComparisonSet`: several models on one tree, each with one run or several."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hiertools._core import checks
from hiertools._core.doors import behind_doors
from hiertools.comparison.result import Comparison
from hiertools.comparison.scores.registry import SCORES
from hiertools.errors import FileFormatError
from hiertools.inference import runs_interval
from hiertools.results.base import ResultSet
from hiertools.results.files import held_as
from hiertools.results.frames import differences_from_json, table_to_json
from hiertools.results.status import OK

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.comparison.plots import ComparisonSetPlots
    from hiertools.reporting.parts import Text


SHARES = frozenset(
    (
        "robinson_foulds", "robinson_foulds_unrooted", "clustering_information", "triplet",
        "quartet",
    )
)  # fmt: skip
"""Scores that are 1 at worst."""


@behind_doors
@dataclass(frozen=True, eq=False, repr=False)
class ComparisonSet(ResultSet):
    """Several models on one tree, each with one run or several.

    Attributes
    ----------
    comparisons : mapping of str to tuple of Comparison
        The runs of each model.
    differences : DataFrame
        Tests between every two models, one row a score and pair: ``difference`` (a less b), its
        95 % interval, two-sided ``p_value``, ``p_holm`` corrected for all rows (those of
        Robinson-Foulds, rooted, raw and unrooted, count as one), the ``test`` (paired t over runs,
        where both have equally many; Welch's t over runs, or Hsu's where one has fewer than six;
        sign flips over runs, for few runs of a score of few values; jackknife over classes, for one
        run each), ``better_model``, and a ``note`` that says why where there is no test, or how far
        p can fall.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.as_tree({"mammal": ["lynx", "wolf", "bear"], "amphibian": ["newt", "toad"]})
    >>> good = {"lynx": [5, 0], "wolf": [5, 1], "bear": [5, 2], "newt": [0, 5], "toad": [1, 5]}
    >>> poor = {"lynx": [5, 0], "wolf": [0, 4], "bear": [5, 2], "newt": [0, 5], "toad": [5, 1]}
    >>> result = ht.compare({"good": good, "poor": poor}, tree, permutations=0)
    >>> result
    ComparisonSet(5 classes; good, poor)
    >>> result.value("precision_at_1", level=0, model="good")
    1.0
    >>> result["poor"].value("precision_at_1", level=0)
    0.0
    >>> result.differences[["score", "model_a", "model_b", "difference"]].head(1).round(2)
                         score model_a model_b  difference
    0  elementwise_correlation    good    poor        1.18
    """

    kind: ClassVar[str] = "comparison set"

    comparisons: Mapping[str, tuple[Comparison, ...]]
    differences: pd.DataFrame

    def __getitem__(self, model: str) -> Comparison:
        """Return a model's comparison; its first run where there are several."""
        return self.comparisons[checks.option(model, self.comparisons, "models")][0]

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return tuple(self.comparisons)

    @property
    def runs(self) -> pd.DataFrame:
        """The score tables of all runs below each other, with columns ``model`` and ``run``."""
        import pandas as pd

        parts = [
            run.scores.assign(model=model, run=number)
            for model, runs in self.comparisons.items()
            for number, run in enumerate(runs)
        ]
        frame = pd.concat(parts, ignore_index=True)
        return frame[["model", "run", *frame.columns.drop(["model", "run"])]]

    @property
    def scores(self) -> pd.DataFrame:
        """One row a model, score, level and k.

        For several runs, ``value`` and ``chance`` are means, the interval is Student's t over runs,
        cut where no value lies, and ``n_runs`` tells how many; ``z`` and p-values, which belong to
        single runs, are NaN.
        """
        import pandas as pd

        parts = [
            _over_runs([run.scores for run in runs]).assign(model=model, n_runs=len(runs))
            for model, runs in self.comparisons.items()
        ]
        frame = pd.concat(parts, ignore_index=True)
        return frame[["model", *frame.columns.drop("model")]]

    def _notes_of(self, model: str) -> list[str]:
        return [note for run in self.comparisons[model] for note in run.notes]

    @property
    def plot(self) -> ComparisonSetPlots:
        """Plots of the models side by side: ``result.plot.scores()``, and so on."""
        from hiertools.comparison.plots import ComparisonSetPlots

        return ComparisonSetPlots(self)

    def __repr__(self) -> str:
        parts = []
        for model, runs in self.comparisons.items():
            times = f" x {len(runs)} runs" if len(runs) > 1 else ""
            parts.append(f"{model}{times}")
        n = self[self.models[0]].n_classes
        return f"ComparisonSet({n:,} classes; {', '.join(parts)})"

    def __rich__(self) -> Text:
        from hiertools.reporting.sets import set_text

        return set_text(self)

    def _repr_html_(self) -> str:
        from hiertools.reporting.sets import set_html

        return set_html(self)

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write a report, one self-contained HTML file."""
        from hiertools.reporting.comparison_report import write_comparison_set

        write_comparison_set(self, path)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the distances as plain values that JSON can hold."""
        return {
            "comparisons": {
                model: [run.to_dict() for run in runs] for model, runs in self.comparisons.items()
            },
            "differences": table_to_json(self.differences),
        }

    @classmethod
    def _from_dict(cls, held: Mapping[str, Any]) -> ComparisonSet:
        listed = held_as(held, "comparisons", dict)
        models = {
            model: tuple(Comparison._from_dict(run) for run in held_as(listed, model, list))
            for model in listed
        }
        if not models or not all(models.values()):
            raise FileFormatError("it holds no models, or one without a run")
        return cls(models, differences_from_json(held))


def _over_runs(runs: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Average score tables that have the same rows."""
    first = runs[0].copy()
    if len(runs) == 1:
        return first
    for column in ("value", "chance", "adjusted"):
        first[column] = np.mean([run[column] for run in runs], axis=0)
    by_row = zip(first.to_dict("records"), np.transpose([run["value"] for run in runs]))
    intervals = [runs_interval(values, bounds=_range(row)) for row, values in by_row]
    first["ci_low"] = [interval.low for interval in intervals]
    first["ci_high"] = [interval.high for interval in intervals]
    first[["z", "p_value", "p_adjusted", "p_least"]] = np.nan
    # Undefined in one run is undefined for the mean, and why is that run's to say.
    told = [
        next((run.iloc[place] for run in runs if run.iloc[place]["status"] != OK), None)
        for place in range(len(first))
    ]
    first["status"] = [OK if row is None else row["status"] for row in told]
    alike = "; no interval: all runs give the same value"
    first["note"] = [
        f"mean of {len(runs)} runs{alike if interval.standard_error == 0 else ''}"
        + ("" if row is None else f"; {row['note']}")
        for interval, row in zip(intervals, told)
    ]
    return first


def _range(row: Mapping[Any, Any]) -> tuple[float, float]:
    """Return the least and the largest value that a score can have, as far as they are known."""
    score, mean, ceiling = row["score"], row["value"], row["ceiling"]
    if row["better"] == "higher":
        least = SCORES[score].span[0] if score in SCORES else 0.0
        return least, max(mean, 1.0 if np.isnan(ceiling) else ceiling)
    return min(mean, 0.0 if np.isnan(ceiling) else ceiling), 1.0 if score in SHARES else np.inf
