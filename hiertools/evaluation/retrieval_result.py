"""`Retrieval`: how well relatives are found, level by level and for every query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hiertools._core.doors import behind_doors
from hiertools.results.table import value_of

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.reporting.parts import Text

__all__ = ["Retrieval"]


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

        return retrieval_text(self.scores, self.notes)

    def _repr_html_(self) -> str:
        frame: str = self.scores.to_html(float_format="{:.3f}".format, na_rep="", index=False)
        return frame
