"""How well relatives are found, level by level and for every query: of one model, or several."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hiertools._core import checks
from hiertools._core.doors import behind_doors
from hiertools.results.table import value_of

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.reporting.parts import Text

__all__ = ["Retrieval", "RetrievalSet"]


@behind_doors
@dataclass(frozen=True, eq=False)
class Retrieval:
    """What `evaluate_retrieval` returns: a table of scores, and the scores of every query."""

    scores: pd.DataFrame
    """A row for each score at each level, the class itself as the last (its level is missing),
    and for each score of the whole ranking: ``score, level, rank, value, chance, ci_low, ci_high,
    n_queries`` (those with something to be found), ``status, note``."""
    per_query: pd.DataFrame
    """A row for each query: its ``label``, and a column for each score: ``map_at_r`` of the class
    itself, ``map_at_r, level 0``, ...; NaN where nothing was there to be found."""
    notes: tuple[str, ...]
    confidence_level: float = 0.95
    """Of the intervals."""

    def value(self, score: str, level: int | str | None = None) -> float:
        """Return one number of the table, at a level given by its number or rank.

        Examples
        --------
        >>> import hiertools as ht
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
        >>> images = {"labels": ["lynx", "lynx", "wolf"], "classes": tree.classes,
        ...           "embeddings": [[1, 0], [1, 3], [1, 1]]}
        >>> found = ht.evaluate_retrieval(images, tree, intervals=False)
        >>> found.value("map_at_r"), found.value("map_at_r", level=0)
        (0.0, 1.0)
        """
        return value_of(self.scores, score, level, None)

    def __str__(self) -> str:
        return str(self.__rich__())

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


@behind_doors
@dataclass(frozen=True, eq=False, repr=False)
class RetrievalSet:
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

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of all models, each once."""
        return tuple(
            dict.fromkeys(note for each in self.retrievals.values() for note in each.notes)
        )

    def __repr__(self) -> str:
        n = len(next(iter(self.retrievals.values())).per_query)
        return f"RetrievalSet({n:,} quer{'y' if n == 1 else 'ies'}; {', '.join(self.models)})"

    def __str__(self) -> str:
        return str(self.__rich__())

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
