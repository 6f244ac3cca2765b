"""`ComparisonSet`: several models on one tree, each with one run or several."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hiertools._core import checks
from hiertools._core.doors import behind_doors
from hiertools.comparison.differences import Run, given_twice
from hiertools.comparison.result import Comparison
from hiertools.comparison.scores.registry import SCORES
from hiertools.errors import FileFormatError, OptionError
from hiertools.inference import runs_interval
from hiertools.results.base import ResultSet
from hiertools.results.columns import records, table_in
from hiertools.results.files import held_as
from hiertools.results.frames import differences_from_json, table_to_json
from hiertools.results.status import OK
from hiertools.results.table import Key, ranks_in, row_key

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
    evidence : mapping of str to tuple of Run, or None
        What tests read of each run: its values, also without some of the classes. None in a result
        loaded from JSON.

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
    evidence: Mapping[str, tuple[Run, ...]] | None = None

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

    # ---- how good can it get?

    def noise_ceilings(self) -> pd.DataFrame:
        """Return how closely any distances could be followed, given how far runs differ.

        What one run does not share with another no tree can explain. A model whose ``value`` lies
        between both bounds follows the tree as closely as its own runs follow each other; one far
        below ``lower`` has something in common to all its runs that the tree doesn't tell.

        Returns
        -------
        DataFrame
            One row a model and correlation of distances (element-wise, class-wise, Pearson):
            ``value``, the mean over runs; ``lower``, the mean score of each run against the mean of
            the other runs' distances, ranked where the score ranks; ``upper``, against the mean of
            all runs, which over all pairs no distances exceed; ``ceiling``, what the tree's ties
            allow; ``n_runs``, ``n_classes``; ``status`` and ``note``, which say why there are no
            bounds.

        Raises
        ------
        OptionError
            The result holds no distances (it was loaded from JSON), or none of these scores.

        Notes
        -----
        Nili et al. 2014, doi:10.1371/journal.pcbi.1003553. `hiertools.measures.noise_ceilings` has
        the formulas, and tells which bounds are those of rsatoolbox.

        Examples
        --------
        >>> import numpy as np, hiertools as ht
        >>> names = [f"c{i:02d}" for i in range(12)]
        >>> tree = ht.as_tree({name: f"g{i % 3}/{name}" for i, name in enumerate(names)})
        >>> rng = np.random.default_rng(0)
        >>> own = rng.normal(size=(12, 4)) + rng.normal(size=(3, 4))[np.arange(12) % 3]
        >>> runs = [
        ...     ht.ClassRepresentatives(own + 0.3 * rng.normal(size=own.shape), names)
        ...     for _ in range(4)
        ... ]
        >>> result = ht.compare({"net": runs}, tree, permutations=0)
        >>> result.noise_ceilings()[["score", "value", "lower", "upper", "ceiling"]].round(2)
                             score  value  lower  upper  ceiling
        0  elementwise_correlation   0.36    0.9   0.94     0.77
        1    classwise_correlation   0.40    0.9   0.95     0.77
        """
        from hiertools.comparison.noise_ceilings import BOUNDS, noise_ceiling_table

        table = noise_ceiling_table(self.comparisons, self._twice)
        if table.empty:
            raise OptionError(
                "noise ceilings are those of correlations of distances; compare with one of "
                f"scores={checks.name_list(BOUNDS)}."
            )
        return table

    def variance_split(self) -> pd.DataFrame:
        """Return how much of each score's variance comes from runs, and how much from classes.

        Returns
        -------
        DataFrame
            One row a model, score, level and k: ``value``, the mean over runs; ``sd``, the standard
            deviation of the score of one run on other classes of the same groups; the shares of its
            square that come from ``runs`` (what a run does to all classes alike), from ``classes``
            (what a class does in all runs alike) and from ``both`` (what a class does in one run,
            and chance); ``error``, the standard error of ``value`` for other runs and other classes
            at once; ``n_runs``, ``n_classes`` that inform it; ``status`` and ``note``, which say
            why there is no split.

        Notes
        -----
        The analysis of variance of runs by classes (crossed, both random) of what each class has of
        a score, by the jackknife: see `hiertools.inference.components`. A share that would be
        below 0 is 0.

        Examples
        --------
        >>> import numpy as np, hiertools as ht
        >>> names = [f"c{i:02d}" for i in range(12)]
        >>> tree = ht.as_tree({name: f"g{i % 3}/{name}" for i, name in enumerate(names)})
        >>> rng = np.random.default_rng(0)
        >>> own = rng.normal(size=(12, 4)) + rng.normal(size=(3, 4))[np.arange(12) % 3]
        >>> runs = [
        ...     ht.ClassRepresentatives(own + 0.3 * rng.normal(size=own.shape), names)
        ...     for _ in range(4)
        ... ]
        >>> result = ht.compare({"net": runs}, tree, permutations=0)
        >>> table = result.variance_split().head(2)
        >>> table[["score", "sd", "runs", "classes", "both", "error"]].round(2)
                             score    sd  runs  classes  both  error
        0  elementwise_correlation  0.24  0.06     0.85  0.10   0.23
        1    classwise_correlation  0.24  0.03     0.86  0.11   0.23
        """
        from hiertools.comparison.variance_split import variance_table

        return variance_table(self._evidence, self._twice, self._ranks)

    def equivalence(self, margin: float | Mapping[str, float]) -> pd.DataFrame:
        """Test every two models for being as good as each other, up to a margin.

        That no difference is found doesn't say that there is none. Here the null hypothesis is that
        the models differ by the margin or more, so a small p says that they don't.

        Parameters
        ----------
        margin : float or mapping of str to float
            The smallest difference that would matter, chosen before the results are seen: one for
            all scores on a scale that ends at 1, or one for each score that is to be tested.

        Returns
        -------
        DataFrame
            One row a score and pair: ``difference`` (a less b), ``margin``, ``ci_low`` and
            ``ci_high``, the 90 % interval, which lies within the margin where p is at most 0.05,
            ``p_value`` of two one-sided tests, with the standard errors of `differences` (over
            runs, or over classes where there is one run each), ``p_holm`` corrected for all rows,
            ``test``, ``status``, and a ``note`` that says why nothing is tested.

        Examples
        --------
        >>> import numpy as np, hiertools as ht
        >>> names = [f"c{i:02d}" for i in range(12)]
        >>> tree = ht.as_tree({name: f"g{i % 3}/{name}" for i, name in enumerate(names)})
        >>> rng = np.random.default_rng(0)
        >>> own = rng.normal(size=(12, 4)) + rng.normal(size=(3, 4))[np.arange(12) % 3]
        >>> def run():
        ...     return ht.ClassRepresentatives(own + 0.1 * rng.normal(size=own.shape), names)
        >>> models = {"a": [run() for _ in range(5)], "b": [run() for _ in range(5)]}
        >>> result = ht.compare(models, tree, scores="classwise_correlation", permutations=0)
        >>> table = result.equivalence(0.1)
        >>> table[["difference", "margin", "ci_low", "ci_high", "p_value"]].round(3)
           difference  margin  ci_low  ci_high  p_value
        0        0.03     0.1  -0.013    0.073    0.012
        """
        from hiertools.comparison.equivalence import equivalence_table

        return equivalence_table(self._evidence, margin, self._ranks)

    def plan(
        self,
        difference: float | Mapping[str, float],
        *,
        runs: int | None = None,
        classes: int | None = None,
        power: float = 0.8,
        alpha: float = 0.05,
    ) -> pd.DataFrame:
        """Return what a study with so many runs, or classes, would find, this one being its pilot.

        Parameters
        ----------
        difference : float or mapping of str to float
            The difference between two models that is to be found: the smallest that would matter,
            not the one of the pilot. One for all scores on a scale that ends at 1, or one for each
            score of interest.
        runs : int, optional
            Runs of each model in the study; default as many as here.
        classes : int, optional
            Classes in the study, of the same groups; default as many as here.
        power : float
            The chance with which a difference should be found.
        alpha : float
            The level of the test; for m tests with Holm's correction, 0.05 / m is on the safe side.

        Returns
        -------
        DataFrame
            One row a score and pair: ``difference``; whether the test is ``over`` "runs" or
            "classes" (one run each); ``planned``, their number; ``spread``, the standard deviation
            of what one of them says of the difference; ``power``, the chance of finding the
            difference with the planned number; ``detectable``, the smallest difference that is
            found with the power asked for; ``needed``, the number that finds the difference with
            it; ``needed_safe``, the same by the upper 80 % limit of the spread, of which few pilot
            runs know little; ``status`` and ``note``. Of a single model the plan is for it and
            another one whose runs would spread as its own do.

        Notes
        -----
        Power of Student's t by its noncentral distribution; limit of the spread: Browne 1995,
        doi:10.1002/sim.4780141709.

        Examples
        --------
        >>> import numpy as np, hiertools as ht
        >>> names = [f"c{i:02d}" for i in range(12)]
        >>> tree = ht.as_tree({name: f"g{i % 3}/{name}" for i, name in enumerate(names)})
        >>> rng = np.random.default_rng(0)
        >>> own = rng.normal(size=(12, 4)) + rng.normal(size=(3, 4))[np.arange(12) % 3]
        >>> def run():
        ...     return ht.ClassRepresentatives(own + 0.3 * rng.normal(size=own.shape), names)
        >>> models = {"a": [run() for _ in range(3)], "b": [run() for _ in range(3)]}
        >>> pilot = ht.compare(models, tree, scores="classwise_correlation", permutations=0)
        >>> table = pilot.plan(0.05, runs=5)
        >>> table[["difference", "power", "detectable", "needed", "needed_safe"]].round(2)
           difference  power  detectable  needed  needed_safe
        0        0.05   0.12        0.19    41.0        175.0
        """
        from hiertools.comparison.plans import Asked, plan_table

        asked = Asked(
            runs=None if runs is None else checks.whole_number(runs, "runs", least=2),
            classes=None if classes is None else checks.whole_number(classes, "classes", least=3),
            n_classes=self[self.models[0]].n_classes,
            power=checks.number_between(power, "power", 0.0, 1.0),
            alpha=checks.number_between(alpha, "alpha", 0.0, 1.0),
        )
        return plan_table(self._evidence, difference, asked, self._ranks)

    @property
    def _evidence(self) -> Mapping[str, tuple[Run, ...]]:
        """What tests read of each run; of a loaded result, the values alone."""
        if self.evidence is not None:
            return self.evidence
        return {
            model: tuple(Run(_values(run), {}, {}) for run in runs)
            for model, runs in self.comparisons.items()
        }

    @property
    def _twice(self) -> dict[str, str]:
        """Of each model, which of its runs are one; nothing where none are."""
        return {model: given_twice(model, runs) for model, runs in self._evidence.items()}

    @property
    def _ranks(self) -> dict[int, str | None]:
        return ranks_in(
            table_in(run, "scores") for runs in self.comparisons.values() for run in runs
        )

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


def _values(run: Comparison) -> dict[Key, float]:
    """Return the numbers of a score table."""
    return {Key(*row_key(row)): row["value"] for row in records(table_in(run, "scores"))}


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
