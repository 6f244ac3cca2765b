"""How well relatives are found, level by level and for every query: of one model, or several."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from hiertools._core import checks
from hiertools._core.doors import behind_doors
from hiertools.errors import FileFormatError
from hiertools.results.base import Result, ResultSet
from hiertools.results.files import held_as, texts
from hiertools.results.frames import differences_from_json, table_from_json, table_to_json

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.evaluation.retrieval_plots import RetrievalPlots, RetrievalSetPlots
    from hiertools.reporting.parts import Text

__all__ = ["Retrieval", "RetrievalSet"]


_TEXT = ("score", "better", "status", "note")
_NUMBERS = ("level", "value", "chance", "ci_low", "ci_high", "n_queries")


@behind_doors
@dataclass(frozen=True, eq=False, repr=False)
class Retrieval(Result):
    """What `evaluate_retrieval` returns: a table of scores, and the scores of every query.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> images = {"labels": ["lynx", "lynx", "wolf"], "classes": tree.classes,
    ...           "embeddings": [[1, 0], [1, 3], [1, 1]]}
    >>> found = ht.evaluate_retrieval(images, tree, intervals=False)
    >>> found
    Retrieval(3 queries)
    >>> found.value("map_at_r"), found.value("map_at_r", level=0)
    (0.0, 1.0)
    >>> ht.read_result(found.to_json()).value("map_at_r", level=0)
    1.0
    """

    kind: ClassVar[str] = "retrieval"

    scores: pd.DataFrame
    """A row for each score at each level, the class itself as the last (its level is missing),
    and for each score of the whole ranking: ``score, level, rank, value, chance, ci_low, ci_high,
    better, n_queries`` (those with something to be found), ``status, note``."""
    per_query: pd.DataFrame
    """A row for each query: its ``label``, and a column for each score: ``map_at_r`` of the class
    itself, ``map_at_r, level 0``, ...; NaN where nothing was there to be found."""
    notes: tuple[str, ...]
    confidence_level: float = 0.95
    """Of the intervals."""

    def __repr__(self) -> str:
        n = len(self.per_query)
        return f"Retrieval({n:,} quer{'y' if n == 1 else 'ies'})"

    def __rich__(self) -> Text:
        from hiertools.reporting.retrieval import retrieval_text

        return retrieval_text(self.scores, self.notes, self.confidence_level)

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write a report, one self-contained HTML file."""
        from hiertools.reporting.retrieval_report import write_retrieval

        write_retrieval(self.scores, self.notes, self.confidence_level, len(self.per_query), path)

    def _repr_html_(self) -> str:
        frame: str = self.scores.to_html(float_format="{:.3f}".format, na_rep="", index=False)
        return frame

    @property
    def plot(self) -> RetrievalPlots:
        """The plot of this search: ``result.plot.levels()``."""
        from hiertools.evaluation.retrieval_plots import RetrievalPlots

        return RetrievalPlots(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values that JSON can hold."""
        return {
            "scores": table_to_json(self.scores),
            "per_query": table_to_json(self.per_query),
            "notes": list(self.notes),
            "confidence_level": self.confidence_level,
        }

    @classmethod
    def _from_dict(cls, held: Mapping[str, Any]) -> Retrieval:
        scores = table_from_json(held, "scores", (*_TEXT, "rank"), _NUMBERS)
        each = table_from_json(held, "per_query", ("label",))
        if not all(isinstance(text, str) for name in _TEXT for text in scores.columns[name]):
            raise FileFormatError("its scores must be named")
        if not all(isinstance(text, str | None) for text in scores.columns["rank"]):
            raise FileFormatError("its ranks must be text")
        if not all(isinstance(text, str) for text in each.columns["label"]):
            raise FileFormatError("its queries must have labels")
        odd = [name for name in each.columns if name != "label" and each.kinds[name] != "float64"]
        if odd:
            raise FileFormatError(f"its column 'per_query', {odd[0]!r} must hold numbers")
        level = held_as(held, "confidence_level", float)
        if not 0.0 < level < 1.0:
            raise FileFormatError(f"its confidence_level must lie between 0 and 1, not {level:g}")
        return cls(scores.frame(), each.frame(), texts(held, "notes"), level)


@behind_doors
@dataclass(frozen=True, eq=False, repr=False)
class RetrievalSet(ResultSet):
    """Several models' searches among the same samples.

    Attributes
    ----------
    retrievals : mapping of str to Retrieval
    differences : DataFrame
        One row a score, level and pair of models: ``difference`` (a less b) with its interval, the
        two-sided ``p_value``, ``p_holm`` corrected for all rows, the ``test`` (see
        `hiertools.evaluate_retrieval`), ``better_model``, and in ``note`` why nothing was tested
        where p is NaN.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> images = {"labels": ["lynx", "lynx", "wolf"], "classes": tree.classes}
    >>> models = {
    ...     "a": {**images, "embeddings": [[1, 0], [1, 3], [1, 1]]},
    ...     "b": {**images, "embeddings": [[1, 0], [1, 1], [1, 3]]},
    ... }
    >>> found = ht.evaluate_retrieval(models, tree, intervals=False)
    >>> found
    RetrievalSet(3 queries; a, b)
    >>> found.differences["difference"].tolist()[:3]
    [0.0, 0.0, 0.0]
    """

    kind: ClassVar[str] = "retrieval set"

    retrievals: Mapping[str, Retrieval]
    differences: pd.DataFrame

    def __getitem__(self, model: str) -> Retrieval:
        """Return a model's search."""
        return self.retrievals[checks.option(model, self.retrievals, "models")]

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return tuple(self.retrievals)

    @property
    def scores(self) -> pd.DataFrame:
        """The tables of all models below each other, with a column ``model`` in front."""
        return self._together("scores")

    @property
    def per_query(self) -> pd.DataFrame:
        """The scores of every query, likewise."""
        return self._together("per_query")

    def _together(self, what: str) -> pd.DataFrame:
        import pandas as pd

        parts = [getattr(found, what).assign(model=name) for name, found in self.retrievals.items()]
        frame: pd.DataFrame = pd.concat(parts, ignore_index=True)
        turned: pd.DataFrame = frame[["model", *frame.columns.drop("model")]]
        return turned

    def _notes_of(self, model: str) -> tuple[str, ...]:
        return self.retrievals[model].notes

    @property
    def plot(self) -> RetrievalSetPlots:
        """The plot of the searches side by side: ``result.plot.levels()``."""
        from hiertools.evaluation.retrieval_plots import RetrievalSetPlots

        return RetrievalSetPlots(self)

    def __repr__(self) -> str:
        n = len(next(iter(self.retrievals.values())).per_query)
        return f"RetrievalSet({n:,} quer{'y' if n == 1 else 'ies'}; {', '.join(self.models)})"

    def __rich__(self) -> Text:
        from hiertools.reporting.retrieval import retrieval_set_text

        return retrieval_set_text(self)

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write a report, one self-contained HTML file."""
        from hiertools.reporting.retrieval_report import write_retrieval_set

        first = next(iter(self.retrievals.values()))
        write_retrieval_set(self, first.confidence_level, len(first.per_query), path)

    def _repr_html_(self) -> str:
        from hiertools.reporting.retrieval import retrieval_set_html

        return retrieval_set_html(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values that JSON can hold."""
        return {
            "retrievals": {model: found.to_dict() for model, found in self.retrievals.items()},
            "differences": table_to_json(self.differences),
        }

    @classmethod
    def _from_dict(cls, held: Mapping[str, Any]) -> RetrievalSet:
        listed = held_as(held, "retrievals", dict)
        if not listed:
            raise FileFormatError("it holds no models")
        return cls(
            {model: Retrieval._from_dict(found) for model, found in listed.items()},
            differences_from_json(held),
        )
