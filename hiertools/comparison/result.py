"""`Comparison` and `ComparisonSet`: what `compare` returns. Data first; views never compute."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core import checks
from hiertools.errors import FileFormatError
from hiertools.inference import runs_interval
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.results.files import read_result, write_result
from hiertools.results.frames import frame_from_json, frame_to_json
from hiertools.results.table import value_of
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.comparison.plots import ComparisonPlots

LEADING_SCORE = "classwise_correlation"


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """One model's class representatives held against a predefined tree.

    Attributes
    ----------
    scores : DataFrame
        One row a score, level and k: see `hiertools.compare`. Columns ``score``, ``level``, ``k``,
        ``value``, ``chance`` (mean under random relabelling), ``z``, ``p_value`` (one-sided),
        ``n_permutations``, ``adjusted`` (0 at chance, 1 at the best attainable), ``ceiling`` (the
        best attainable value with this tree), ``ci_low``, ``ci_high``, ``better`` ("higher" or
        "lower"), ``n_classes``, ``note``.
    per_class : DataFrame
        One row a class: see `hiertools.per_class`.
    per_node : DataFrame
        One row a branch of the predefined tree with the inferred clade most like it: see
        `hiertools.treedist.branches`.
    inferred, predefined : ClassTree
        Both over the compared classes, sorted by name.
    name : str
    notes : tuple of str
        What was left out, and why.
    settings, versions : mapping
        Everything needed to repeat it.
    distances : DistanceMatrix or None
        Distances of the representatives; None in a result loaded from JSON.
    """

    scores: pd.DataFrame
    per_class: pd.DataFrame
    per_node: pd.DataFrame
    inferred: ClassTree
    predefined: ClassTree
    name: str = ""
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    distances: DistanceMatrix | None = None

    @property
    def n_classes(self) -> int:
        """Number of compared classes."""
        return self.predefined.n_classes

    @property
    def classes(self) -> tuple[str, ...]:
        """The compared classes, sorted by name."""
        return self.predefined.classes

    def value(self, score: str, level: int | None = None, k: int | None = None) -> float:
        """Return one number of the score table.

        Examples
        --------
        >>> import hiertools as ht
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
        >>> reps = {"lynx": [1, 0], "wolf": [1, 0.1], "newt": [0, 1], "toad": [0.1, 1]}
        >>> ht.compare(reps, tree, permutations=0).value("robinson_foulds")
        0.0
        """
        return value_of(self.scores, score, level, k)

    # ---- views

    def __repr__(self) -> str:
        return f"Comparison({self.n_classes:,} classes{_leading(self.scores)})"

    def __str__(self) -> str:
        from hiertools.reporting.text import scores_text

        return scores_text(self.scores, self.notes)

    def _repr_html_(self) -> str:
        from hiertools.reporting.html import scores_html

        return scores_html(self.scores, title=f"{self.name}: {self!r}", notes=self.notes)

    @property
    def plot(self) -> ComparisonPlots:
        """Plots of this comparison: ``result.plot.tanglegram()``, and so on."""
        from hiertools.comparison.plots import ComparisonPlots

        return ComparisonPlots(self)

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write a report, one self-contained HTML file."""
        from hiertools.reporting.comparison_report import write_comparison

        write_comparison(self, path)

    # ---- saving

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the distances as plain values that JSON can hold."""
        return {
            "name": self.name,
            "scores": frame_to_json(self.scores),
            "per_class": frame_to_json(self.per_class),
            "per_node": frame_to_json(self.per_node),
            "inferred": json.loads(self.inferred.to_json()),
            "predefined": json.loads(self.predefined.to_json()),
            "notes": list(self.notes),
            "settings": dict(self.settings),
            "versions": dict(self.versions),
        }

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> Comparison:
        """Build a comparison from what `to_dict` returned."""
        try:
            return cls(
                scores=frame_from_json(held["scores"]),
                per_class=frame_from_json(held["per_class"]),
                per_node=frame_from_json(held["per_node"]),
                inferred=ClassTree.from_json(json.dumps(held["inferred"])),
                predefined=ClassTree.from_json(json.dumps(held["predefined"])),
                name=str(held["name"]),
                notes=tuple(held["notes"]),
                settings=dict(held["settings"]),
                versions=dict(held["versions"]),
            )
        except (KeyError, TypeError, AttributeError) as cause:
            raise FileFormatError(f"the saved comparison lacks or garbles {cause}.") from None

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the comparison as JSON, and write it where a path is given."""
        return write_result("comparison", self.to_dict(), path)

    @classmethod
    def from_json(cls, source: str | os.PathLike[str]) -> Comparison:
        """Read a comparison from a JSON file, or from JSON text."""
        return cls.from_dict(read_result("comparison", source))


@dataclass(frozen=True, eq=False, repr=False)
class ComparisonSet:
    """Several models on one tree, each with one run or several.

    Attributes
    ----------
    comparisons : mapping of str to tuple of Comparison
        The runs of each model.
    differences : DataFrame
        Tests between every two models: see `hiertools.differences`.
    """

    comparisons: Mapping[str, tuple[Comparison, ...]]
    differences: pd.DataFrame

    def __getitem__(self, model: str) -> Comparison:
        """Return a model's comparison; its first run where there are several."""
        return self.comparisons[checks.option(model, self.comparisons, "models")][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self.comparisons)

    def __len__(self) -> int:
        return len(self.comparisons)

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
        and ``n_runs`` tells how many; ``z`` and ``p_value``, which belong to single runs, are NaN.
        """
        import pandas as pd

        parts = [
            _over_runs([run.scores for run in runs]).assign(model=model, n_runs=len(runs))
            for model, runs in self.comparisons.items()
        ]
        frame = pd.concat(parts, ignore_index=True)
        return frame[["model", *frame.columns.drop("model")]]

    @property
    def table(self) -> pd.DataFrame:
        """One row a score, level and k; one column a model, holding values."""
        return (
            self.scores.pivot(index=["score", "level", "k"], columns="model", values="value")
            .reindex(columns=list(self.models))
            .reset_index()
            .rename_axis(columns=None)
        )

    def __repr__(self) -> str:
        parts = []
        for model, runs in self.comparisons.items():
            times = f" x {len(runs)} runs" if len(runs) > 1 else ""
            parts.append(f"{model}{times}")
        n = self[self.models[0]].n_classes
        return f"ComparisonSet({n:,} classes; {', '.join(parts)})"

    def __str__(self) -> str:
        from hiertools.reporting.sets import set_text

        return set_text(self)

    def _repr_html_(self) -> str:
        from hiertools.reporting.sets import set_html

        return set_html(self)

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write a report, one self-contained HTML file."""
        from hiertools.reporting.comparison_report import write_comparison_set

        write_comparison_set(self, path)

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the set as JSON, and write it where a path is given."""
        held = {
            "comparisons": {
                model: [run.to_dict() for run in runs] for model, runs in self.comparisons.items()
            },
            "differences": frame_to_json(self.differences),
        }
        return write_result("comparison set", held, path)

    @classmethod
    def from_json(cls, source: str | os.PathLike[str]) -> ComparisonSet:
        """Read a set from a JSON file, or from JSON text."""
        held = read_result("comparison set", source)
        return cls(
            {
                model: tuple(Comparison.from_dict(run) for run in runs)
                for model, runs in held["comparisons"].items()
            },
            frame_from_json(held["differences"]),
        )


def _over_runs(runs: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Average score tables that have the same rows."""
    first = runs[0].copy()
    if len(runs) == 1:
        return first
    for column in ("value", "chance", "adjusted"):
        first[column] = np.mean([run[column] for run in runs], axis=0)
    intervals = [runs_interval(values) for values in np.transpose([run["value"] for run in runs])]
    first["ci_low"] = [interval.low for interval in intervals]
    first["ci_high"] = [interval.high for interval in intervals]
    first[["z", "p_value"]] = np.nan
    alike = "; no interval: all runs give the same value"
    first["note"] = [
        f"mean of {len(runs)} runs{alike if interval.standard_error == 0 else ''}"
        for interval in intervals
    ]
    return first


def _leading(scores: pd.DataFrame) -> str:
    """Say the leading score in a few words."""
    rows = scores[scores["score"] == LEADING_SCORE]
    if rows.empty:
        return f", {len(scores)} scores"
    row = rows.iloc[0]
    text = f": class-wise correlation {row['value']:.2f}"
    if not np.isnan(row["chance"]):
        text += f", chance {row['chance'] + 0.0:.2f}, p {row['p_value']:.2g}"
    return text
