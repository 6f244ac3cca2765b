"""`Comparison`: what `compare` returns for one model. Data first; views never compute."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, overload

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.doors import behind_doors
from hiertools.comparison.scores.registry import LEADING_SCORE
from hiertools.errors import FileFormatError, OptionError
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.results.base import Result
from hiertools.results.columns import FrameField, Table, records, table_in
from hiertools.results.files import facts, held_as, texts
from hiertools.results.frames import scores_from_json, table_from_json, table_to_json
from hiertools.results.table import row_of
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.comparison.plots import ComparisonPlots
    from hiertools.reporting.parts import Text

_PER_CLASS = (
    ("class", "nearest"),
    (
        "correlation", "nearest_distance", "nearest_tree_distance", "closest_tree_distance",
        "tree_rank",
    ),
)  # fmt: skip
_PER_NODE = (
    ("path", "missing", "intruding"),
    (
        "node", "n_classes", "best_jaccard", "inferred_node", "inferred_size", "precision",
        "recall",
    ),
)  # fmt: skip
"""Columns of the further tables: those of text, those of numbers."""


class InferredField:
    """A field of a dataclass that is a tree, or whose reader is told why there is none."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> InferredField: ...
    @overload
    def __get__(self, instance: object, owner: type) -> ClassTree: ...
    def __get__(self, instance: object | None, owner: type) -> ClassTree | InferredField:
        if instance is None:
            raise AttributeError(self.name)  # a field without a default, says this to dataclasses
        value: ClassTree | None = vars(instance)[self.name]
        if value is None:
            raise OptionError(
                "this comparison has no inferred hierarchy: distances between all its classes "
                "didn't fit in memory. Compare fewer classes, or call hiertools.infer_tree where "
                "there is more of it."
            )
        return value

    def __set__(self, instance: object, value: ClassTree | None) -> None:
        vars(instance)[self.name] = value


@behind_doors
@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Comparison(Result):
    """One model's class representatives held against a predefined tree.

    Attributes
    ----------
    scores : DataFrame
        One row a score, level and k: see `hiertools.compare`. Columns ``score``, ``level``,
        ``rank`` (name of the level, where the tree has ranks), ``k``, ``value``, ``chance`` (mean
        under random relabelling), ``z``, ``p_value`` (one-sided), ``p_adjusted`` (the same,
        corrected for all rows of this table: Westfall and Young's step-down method on the
        relabellings that they share), ``p_least`` (the p-value of the best of the relabellings: no
        smaller one is possible), ``n_permutations``, ``adjusted`` (0 at chance, 1 at the best
        attainable), ``ceiling`` (the best attainable value with this tree), ``ci_low``,
        ``ci_high``, ``better`` ("higher" or "lower"), ``n_classes``, ``status`` ("ok", or why there
        is no value: a word of `hiertools.results.status.STATUSES`), ``note``.
    per_class : DataFrame
        One row a class, sorted by name: ``class``; ``correlation``, its class-wise correlation (NaN
        where undefined); ``nearest``, the nearest class of the model, with ``nearest_distance`` and
        its ``nearest_tree_distance``; ``nearest_tied``, how many are as near (numbers are means
        over them, and which is named is drawn by a keyed hash); ``closest_tree_distance``, the
        least tree distance that any class has to it; ``tree_rank``, the mean share of classes that
        are farther in the tree than the nearest one (1: no class is closer in the tree, 0: none is
        farther).
    per_node : DataFrame
        One row a branch of the predefined tree with the inferred clade most like it: see
        `hiertools.branches`.
    inferred, predefined : ClassTree
        Both over the compared classes, sorted by name. Where merges are tied, scores are means over
        hierarchies inferred under several orders of the classes; `inferred`, `per_node` and the
        plots show that of the first, which ``infer_tree(..., random_state=...)`` gives. Where
        distances between all classes didn't fit in memory, there is none, `per_node` is empty, and
        whoever asks for `inferred` is told (``has_inferred`` is False).
    name : str
    notes : tuple of str
        What was left out, and why.
    settings, versions : mapping
        Everything needed to repeat it.
    distances : DistanceMatrix or None
        Distances of the representatives; None in a result loaded from JSON, and where they didn't
        fit in memory.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.as_tree({"mammal": ["lynx", "wolf", "bear"], "amphibian": ["newt", "toad"]})
    >>> model = {"lynx": [5, 0], "wolf": [5, 1], "bear": [5, 2], "newt": [0, 5], "toad": [4, 3]}
    >>> result = ht.compare(model, tree)
    >>> result
    Comparison(5 classes: class-wise correlation 0.59, chance -0.01, p 0.1)
    >>> result.value("precision_at_1", level=0)
    0.8
    >>> result.per_class[["class", "nearest", "nearest_tree_distance"]].tail(2)
      class nearest  nearest_tree_distance
    3  toad    bear                    4.0
    4  wolf    bear                    2.0
    >>> result.inferred.to_newick().count("(")
    4
    >>> result.plot
    plots: ...
    """

    kind: ClassVar[str] = "comparison"

    scores: FrameField = FrameField()
    per_class: FrameField = FrameField()
    per_node: FrameField = FrameField()
    inferred: InferredField = InferredField()
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

    @property
    def has_inferred(self) -> bool:
        """Whether a hierarchy was inferred, which needs distances between all classes at once."""
        return vars(self)["inferred"] is not None

    def null(self, score: str, level: int | str | None = None, k: int | None = None) -> Floats:
        """Return a score under each random relabelling, whose mean is its chance level.

        Results keep the summary alone (``chance``, ``z``, ``p_value``): the relabellings are drawn
        anew by the same seed, which takes as long as it took `compare`.

        Parameters
        ----------
        score, level, k
            As for `value`.

        Returns
        -------
        ndarray of float, shape (n_permutations,)
            NaN where the score is undefined under a relabelling.

        Raises
        ------
        OptionError
            No such score, or it has no null: compared with ``permutations=0``, loaded from JSON,
            or model against model.

        Examples
        --------
        >>> import hiertools as ht
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
        >>> reps = {"lynx": [1, 0], "wolf": [1, 0.1], "newt": [0, 1], "toad": [0.1, 1]}
        >>> result = ht.compare(reps, tree, permutations=99)
        >>> result.null("robinson_foulds").shape
        (24,)
        """
        from hiertools.comparison.nulls import null_of

        row = row_of(table_in(self, "scores"), score, level, k)
        if not row["n_permutations"]:
            raise OptionError(f"{score!r} has no null: it was compared with permutations=0.")
        if self.distances is None:
            raise OptionError(
                "this result holds no distances: it was loaded from JSON, or they didn't fit in "
                "memory; run hiertools.compare again, on fewer classes if need be."
            )
        return null_of(row, self.distances, self.predefined, self.settings, self.inferred)

    def by_level(self, permutations: int | None = None) -> pd.DataFrame:
        """Test each level of the predefined hierarchy by itself: which one does the model follow?

        A score of one level is also moved by what lies above and below it. Here only pairs of
        classes count that share the node above a level's and not the node below, and the nodes
        below are dealt out anew, as blocks, among the level's nodes with the same node above. So
        neither finer nor coarser structure makes a level significant.

        Parameters
        ----------
        permutations : int, optional
            Arrangements to draw; default as many relabellings as `compare` was asked for. Where
            there are no more, all are looked at, and p is exact.

        Returns
        -------
        DataFrame
            One row a level that groups the classes: ``level``, ``rank``; ``value``, the share of
            comparisons of two pairs, one within a node of the level and one between its nodes, in
            which the former is the nearer (1 at best); ``chance``, ``z``, ``p_value`` (one-sided),
            ``p_holm``, corrected for all levels, ``p_least``, below which none falls;
            ``n_arrangements`` and whether they are all (``exact``); ``n_groups``, ``n_blocks``,
            ``n_classes`` that inform it; ``status`` and ``note``, which say why nothing is tested.

        Raises
        ------
        OptionError
            The result holds no distances (it was loaded from JSON), or no taxonomy.

        Examples
        --------
        >>> import numpy as np, hiertools as ht
        >>> names = [f"c{i:02d}" for i in range(16)]
        >>> tree = ht.ClassTree.from_lineages(
        ...     {name: (f"g{i // 8}", f"h{i // 4}", name) for i, name in enumerate(names)}
        ... )
        >>> rng = np.random.default_rng(0)
        >>> fine = rng.normal(size=(4, 8))[np.arange(16) // 4] + 0.3 * rng.normal(size=(16, 8))
        >>> result = ht.compare(ht.ClassRepresentatives(fine, names), tree)
        >>> result.by_level()[["level", "value", "p_value", "p_least", "exact"]].round(3)
           level  value  p_value  p_least  exact
        0      0  0.354    1.000    0.333   True
        1      1  1.000    0.001    0.001  False
        """
        from hiertools.comparison.by_level import level_table

        if self.distances is None or self.settings.get("levels") == []:
            raise OptionError(
                "by_level() needs distances and a taxonomy: results loaded from JSON have no "
                "distances, and those of model against model no levels; call it on what "
                "hiertools.compare returns."
            )
        asked = self.settings["permutations"] if permutations is None else permutations
        count = checks.whole_number(asked, "permutations", least=1)
        seed = self.settings["random_state"]
        return level_table(self.distances, self.predefined, count, seed)

    def partial_correlations(self, covariates: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
        """Describe how much of the element-wise correlation goes with properties of the classes.

        Parameters
        ----------
        covariates : mapping of str to mapping of str to float
            The value of each class, by the name of the property (log frequency, say).

        Returns
        -------
        DataFrame
            ``given``: nothing, each property alone, and, of several, all of them; ``value``, the
            rank correlation of model and tree distances over all pairs of classes, given for each
            property x both ``|x_i - x_j|`` and ``x_i + x_j``; ``n_pairs``. NaN where these leave
            nothing.

        Notes
        -----
        A description, and no test: partial Mantel tests reject too often where properties follow
        the tree (Guillot and Rousset 2013, doi:10.1111/2041-210x.12018). For a p, shuffle names
        within strata: ``hiertools.compare(..., strata=...)``.

        Examples
        --------
        >>> import hiertools as ht
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf,bear),(newt,toad));")
        >>> reps = {"lynx": [5, 0], "wolf": [5, 1], "bear": [3, 2], "newt": [0, 5], "toad": [1, 4]}
        >>> size = {"lynx": 20, "wolf": 40, "bear": 300, "newt": 0.01, "toad": 0.1}
        >>> result = ht.compare(reps, tree, permutations=0)
        >>> result.partial_correlations({"size": size}).round(2)
          given  value  n_pairs
        0         0.85       10
        1  size   0.78       10
        """
        from hiertools.comparison.partial import partial_table

        if self.distances is None:
            raise OptionError(
                "this result holds no distances: it was loaded from JSON, or they didn't fit in "
                "memory; run hiertools.compare again, on fewer classes if need be."
            )
        return partial_table(self.distances, self.predefined, covariates)

    def p_errors(self, level: float = 0.95) -> pd.DataFrame:
        """Return how far each p-value may be from that of all relabellings there are.

        Parameters
        ----------
        level : float
            Coverage of the intervals.

        Returns
        -------
        DataFrame
            One row a tested score: ``score``, ``level``, ``rank``, ``k``, ``p_value``,
            ``p_adjusted``, ``p_least``; ``exact``, whether all relabellings were looked at; else
            ``error``, the Monte-Carlo error of p, sqrt(p (1 - p) / (1 + relabellings)), and
            ``p_low``, ``p_high``, Clopper and Pearson's interval of the share of all relabellings
            that are as good. Where it is exact, the error is 0 and the ends are p.

        Examples
        --------
        >>> import hiertools as ht
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
        >>> reps = {"lynx": [1, 0], "wolf": [1, 0.1], "newt": [0, 1], "toad": [0.1, 1]}
        >>> table = ht.compare(reps, tree, scores="triplet").p_errors()
        >>> table[["p_value", "p_least", "exact", "error"]].round(3)
           p_value  p_least  exact  error
        0    0.333    0.333   True    0.0
        """
        from hiertools.comparison.nulls import error_table

        return error_table(table_in(self, "scores"), self.settings, self.n_classes, level)

    # ---- views

    def __repr__(self) -> str:
        return f"Comparison({self.n_classes:,} classes{_leading(table_in(self, 'scores'))})"

    def __rich__(self) -> Text:
        from hiertools.reporting.parts import Text
        from hiertools.reporting.text import scores_parts

        return Text(*scores_parts(table_in(self, "scores"), self.notes))

    def _repr_html_(self) -> str:
        from hiertools.reporting.html import scores_html

        return scores_html(
            table_in(self, "scores"), title=f"{self.name}: {self!r}", notes=self.notes
        )

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
            "scores": table_to_json(table_in(self, "scores")),
            "per_class": table_to_json(table_in(self, "per_class")),
            "per_node": table_to_json(table_in(self, "per_node")),
            "inferred": json.loads(self.inferred.to_json()) if self.has_inferred else None,
            "predefined": json.loads(self.predefined.to_json()),
            "notes": list(self.notes),
            "settings": dict(self.settings),
            "versions": dict(self.versions),
        }

    @classmethod
    def _from_dict(cls, held: Mapping[str, Any]) -> Comparison:
        found = cls(
            scores=scores_from_json(held),
            per_class=table_from_json(held, "per_class", *_PER_CLASS),
            per_node=table_from_json(held, "per_node", *_PER_NODE),
            inferred=_tree(held, "inferred") if held["inferred"] is not None else None,
            predefined=_tree(held, "predefined"),
            name=held_as(held, "name", str),
            notes=texts(held, "notes"),
            settings=held_as(held, "settings", dict),
            versions=facts(held, "versions"),
        )
        branches = records(table_in(found, "per_node"))
        classes = tuple(row["class"] for row in records(table_in(found, "per_class")))
        named = {name for row in branches for end in ("missing", "intruding") for name in row[end]}
        inferred = found.inferred.classes if found.has_inferred else classes
        if not classes == found.classes == inferred or not named <= {*classes}:
            raise FileFormatError("its tables name other classes than its trees")
        return found


def _tree(held: Mapping[str, Any], name: str) -> ClassTree:
    return ClassTree.from_json(json.dumps(held_as(held, name, dict)))


def _leading(scores: pd.DataFrame | Table) -> str:
    """Say the leading score in a few words."""
    row = next((row for row in records(scores) if row["score"] == LEADING_SCORE), None)
    if row is None:
        return f", {len(scores)} scores"
    text = f": class-wise correlation {row['value']:.2f}"
    if not np.isnan(row["chance"]):
        text += f", chance {round(row['chance'], 2) + 0.0:.2f}, p {row['p_value']:.2g}"
    return text
