"""`Comparison`: what `compare` returns for one model. Data first; views never compute."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools.errors import FileFormatError
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
    def from_dict(cls, held: Mapping[str, Any], /) -> Comparison:
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
    def from_json(cls, source: str | os.PathLike[str], /) -> Comparison:
        """Read a comparison from a JSON file, or from JSON text."""
        return cls.from_dict(read_result("comparison", source))


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
