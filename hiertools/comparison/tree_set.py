"""`TreeComparisonSet`: one model against several trees, in one run or several."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from hiertools._core import checks
from hiertools._core.doors import behind_doors
from hiertools.comparison.result import Comparison
from hiertools.comparison.result_set import ComparisonSet
from hiertools.errors import OptionError
from hiertools.results.base import Result
from hiertools.results.table import value_of

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.comparison.plots import ComparisonSetPlots
    from hiertools.reporting.parts import Text

AS_TREES = {
    "model": "tree", "model_a": "tree_a", "model_b": "tree_b", "better_model": "better_tree",
}  # fmt: skip
"""Columns of several models, and what they are called where trees stand side by side."""

AS_MODELS = {tree: model for model, tree in AS_TREES.items()}


@behind_doors
@dataclass(frozen=True, eq=False, repr=False)
class TreeComparisonSet(Result):
    """One model against several trees: which of them does it follow most closely?

    Attributes
    ----------
    comparisons : mapping of str to tuple of Comparison
        The model's runs against each tree.
    differences : DataFrame
        Tests between every two trees, one row a score and pair: ``tree_a``, ``tree_b``,
        ``difference`` (a less b), its 95 % interval, two-sided ``p_value``, ``p_holm`` corrected
        for all rows, the ``test`` (jackknife over classes for one run, paired t over several),
        ``better_tree``, ``status`` and a ``note`` that says why where there is no test. Only scores
        that have the same chance level with any tree, and a test whose level was measured, are in
        it: the correlations of distances. Of others, hold ``adjusted`` values of the score table
        side by side.

    Examples
    --------
    >>> import hiertools as ht
    >>> kinds = ht.as_tree({"mammal": ["lynx", "wolf", "bear"], "amphibian": ["newt", "toad"]})
    >>> places = ht.as_tree({"forest": ["lynx", "newt", "bear"], "field": ["wolf", "toad"]})
    >>> model = {"lynx": [5, 0], "wolf": [5, 1], "bear": [5, 2], "newt": [0, 5], "toad": [1, 5]}
    >>> result = ht.compare(model, {"kinds": kinds, "places": places}, permutations=0)
    >>> result
    TreeComparisonSet(5 classes; kinds, places)
    >>> result.value("elementwise_correlation", tree="kinds")
    0.8580188337201025
    >>> result["places"].value("precision_at_1", level=0)
    0.0
    """

    kind: ClassVar[str] = "tree comparison set"

    comparisons: Mapping[str, tuple[Comparison, ...]]
    differences: pd.DataFrame

    @classmethod
    def of(cls, by_tree: ComparisonSet) -> TreeComparisonSet:
        """Return what was put together as if the trees were models."""
        return cls(by_tree.comparisons, by_tree.differences.rename(columns=AS_TREES))

    @cached_property
    def _by_tree(self) -> ComparisonSet:
        """The same with trees in the place of models, as tables, texts and plots take it."""
        return ComparisonSet(self.comparisons, self.differences.rename(columns=AS_MODELS))

    def __getitem__(self, tree: str) -> Comparison:
        """Return the comparison with a tree; the model's first run where there are several."""
        return self.comparisons[checks.option(tree, self.comparisons, "trees")][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self.trees)

    def __len__(self) -> int:
        return len(self.trees)

    @property
    def trees(self) -> tuple[str, ...]:
        """Names of the trees."""
        return tuple(self.comparisons)

    @property
    def runs(self) -> pd.DataFrame:
        """The score tables of all runs below each other, with columns ``tree`` and ``run``."""
        return self._by_tree.runs.rename(columns=AS_TREES)

    @property
    def scores(self) -> pd.DataFrame:
        """One row a tree, score, level and k; of several runs, as in `ComparisonSet`."""
        return self._by_tree.scores.rename(columns=AS_TREES)

    @property
    def table(self) -> pd.DataFrame:
        """One row a score, level and k; one column a tree, holding values."""
        return self._by_tree.table

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, and why: a note that holds of all trees, once, without a name."""
        return self._by_tree.notes

    def value(
        self,
        score: str,
        level: int | str | None = None,
        k: int | None = None,
        tree: str | None = None,
    ) -> float:
        """Return one number of the score table.

        Parameters
        ----------
        score, level, k
            As for one result.
        tree : str, optional
            Needed where there are several.
        """
        if tree is None and len(self) > 1:
            raise OptionError(
                f"the result holds {len(self)} trees; name one, as in "
                f"tree={self.trees[0]!r}: there are {checks.name_list(self.trees)}."
            )
        chosen = self.trees[0] if tree is None else checks.option(tree, self.trees, "trees")
        scores = self.scores
        return value_of(scores[scores["tree"] == chosen], score, level, k)

    @property
    def plot(self) -> ComparisonSetPlots:
        """Plots of the trees side by side: ``result.plot.scores()``, and so on."""
        from hiertools.comparison.plots import ComparisonSetPlots

        return ComparisonSetPlots(self._by_tree, of_trees=True)

    def __repr__(self) -> str:
        return repr(self._by_tree).replace("ComparisonSet", "TreeComparisonSet", 1)

    def __rich__(self) -> Text:
        from hiertools.reporting.sets import set_text
        from hiertools.reporting.subjects import TREES

        return set_text(self._by_tree, TREES)

    def _repr_html_(self) -> str:
        from hiertools.reporting.sets import set_html
        from hiertools.reporting.subjects import TREES

        return set_html(self._by_tree, words=TREES, title=repr(self))

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write a report, one self-contained HTML file."""
        from hiertools.reporting.comparison_report import write_tree_comparison_set

        write_tree_comparison_set(self._by_tree, path)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the distances as plain values that JSON can hold."""
        return self._by_tree.to_dict()

    @classmethod
    def _from_dict(cls, held: Mapping[str, Any]) -> TreeComparisonSet:
        return cls.of(ComparisonSet._from_dict(held))
