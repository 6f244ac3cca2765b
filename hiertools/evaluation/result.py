"""`Evaluation`: what `evaluate` returns. Data first; views never compute."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hiertools._core.doors import behind_doors
from hiertools._core.wording import times
from hiertools.errors import FileFormatError, OptionError
from hiertools.evaluation.confusions import confusion_matrix
from hiertools.measures.confusion import ConfusionCounts, as_counts
from hiertools.results.base import Result
from hiertools.results.columns import FrameField, Table, records, table_in
from hiertools.results.files import facts, held_as, texts
from hiertools.results.frames import scores_from_json, table_from_json, table_to_json
from hiertools.trees.graph import ClassGraph
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.evaluation.plots import EvaluationPlots
    from hiertools.reporting.parts import Text

_RATES = ("n", "n_predicted", "precision", "recall", "f1", "confused_count", "confused_distance")
_FRAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "per_class": (
        ("class", "confused_with"),
        (*_RATES, "average_hierarchical_cost", "mistake_severity", "hierarchical_f1"),
    ),
    "per_node": (("node", "confused_label", "confused_with"), (*_RATES, "level", "n_classes")),
    "confusions": (
        ("label", "predicted", "common_ancestor"),
        ("count", "distance", "cost", "share"),
    ),
    "reliability": ((), ("low", "high", "n", "confidence", "accuracy", "gap")),
    "similarity_curve": ((), ("k", "value")),
}
"""The tables besides the scores: their columns of text, and those of numbers."""
SELECTIVE_CURVE = ("threshold", "accuracy", "specificity")


@behind_doors
@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Evaluation(Result):
    """The hierarchy-informed performance of one classifier on one test set.

    Attributes
    ----------
    scores : DataFrame
        One row a score, level and k; the columns of a comparison's table: ``score``, ``level``,
        ``rank``, ``k``, ``value``, ``ci_low``, ``ci_high`` (over test samples),
        ``better``, ``n_classes`` (with test samples), ``status``, ``note``. ``chance`` is given for
        the severity of mistakes: what it would be if each mistake hit any other class with the same
        probability. ``z``, ``p_value``, ``adjusted`` and ``ceiling`` are NaN: no null distribution
        is drawn.
    per_class : DataFrame
        One row a class: ``n``, ``precision``, ``recall``, ``f1``, costs, and the confusion that
        costs it most; ``confused_tied`` tells how many are as costly and as frequent as the one
        that is named, which is drawn from them by a keyed hash of the names.
    per_node : DataFrame
        One row a node of the tree: the same for its clade as one class.
    confusions : DataFrame
        Every confusion that occurs, the costliest first.
    reliability : DataFrame
        Accuracy by confidence, one row a bin; empty without probabilities.
    similarity_curve : DataFrame
        HS@1, HS@2, ...; empty without embeddings.
    selective_curve : DataFrame
        Accuracy over specificity while answers back off, from always a class to always the root:
        ``threshold`` (missing where every answer is the root), ``accuracy``, ``specificity``; at
        most 500 thresholds. Empty without ``selective=``.
    predefined : ClassTree
        The tree over the evaluated classes, sorted by name; that along which a graph is drawn.
    graph : ClassGraph or None
        The hierarchy over these classes, where it is a graph: all scores and tables are of it.
    n_samples : int
    name : str
    notes : tuple of str
        What was left out, and why.
    settings, versions : mapping
        Everything needed to repeat it.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.as_tree({"mammal": ["lynx", "wolf"], "amphibian": ["newt", "toad"]})
    >>> labels = ["lynx", "lynx", "wolf", "newt", "toad"]
    >>> said = ["lynx", "wolf", "wolf", "newt", "wolf"]
    >>> made = ht.Predictions(labels, classes=tree.classes, ranked=said)
    >>> result = ht.evaluate(made, tree, intervals=False)
    >>> result.value("accuracy"), result.value("accuracy", level=0)
    (0.6, 0.8)
    >>> result.value("mistake_severity")
    3.0
    >>> result.costliest(1)
    ['toad -> wolf: 1 time, distance 4']
    >>> result.per_class[["class", "n", "recall"]].head(2)
      class  n  recall
    0  lynx  2     0.5
    1  newt  1     1.0
    """

    kind: ClassVar[str] = "evaluation"

    scores: FrameField = FrameField()
    per_class: FrameField = FrameField()
    per_node: FrameField = FrameField()
    confusions: FrameField = FrameField()
    reliability: FrameField = FrameField()
    similarity_curve: FrameField = FrameField()
    selective_curve: FrameField = FrameField()
    predefined: ClassTree
    graph: ClassGraph | None = None
    n_samples: int
    name: str = ""
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[str, ...]:
        """The evaluated classes, sorted by name."""
        return self.predefined.classes

    @property
    def n_classes(self) -> int:
        """Number of evaluated classes, with or without test samples."""
        return self.predefined.n_classes

    def confusion_matrix(self, level: int | str | None = None) -> pd.DataFrame:
        """Return the confusion matrix, of classes or of the nodes of a level.

        Rows are labels, columns predictions, both in the order of the tree, so that blocks on the
        diagonal are clades. Where several classes are tied for a sample's first prediction, each
        counts with its share of it.

        Examples
        --------
        >>> import hiertools as ht
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
        >>> made = ht.Predictions(["lynx", "newt"], classes=tree.classes, ranked=["wolf", "newt"])
        >>> ht.evaluate(made, tree, intervals=False).confusion_matrix(level=0).to_numpy()
        array([[1, 0],
               [0, 1]])
        """
        if level is not None:
            self._of_a_tree("a confusion matrix of a level")
        return confusion_matrix(self._cells(), self.predefined, self.classes, level)

    def by_rank(self) -> pd.DataFrame:
        """Return how answers fare at each level: right, too coarse, too fine or wrong.

        Returns
        -------
        DataFrame
            One row a level, coarsest first, and a last one, without a level, of whole answers.
            ``match``, ``under_classified``, ``over_classified``, ``misclassified`` are shares of
            all samples and add up to 1; ``precision``, ``recall`` (equal to ``match``) and ``f1``
            count what stops short as missing, but not as wrong. With intervals, ``match_low``,
            ``match_high`` and so on.

        Examples
        --------
        >>> import hiertools as ht
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);")
        >>> names = [*tree.classes, "mammal"]
        >>> made = ht.Predictions(["lynx", "wolf"], classes=names, ranked=["mammal", "newt"])
        >>> table = ht.evaluate(made, tree, intervals=False).by_rank()
        >>> table[["level", "match", "under_classified", "misclassified", "precision", "recall"]]
           level  match  under_classified  misclassified  precision  recall
        0      0    0.5               0.0            0.5        0.5     0.5
        1      1    0.0               0.5            0.5        0.0     0.0
        2   <NA>    0.0               0.5            0.5        0.0     0.0
        """
        from hiertools.evaluation.any_node import rank_table

        return rank_table(table_in(self, "scores")).frame()

    def seen_and_unseen(self) -> pd.DataFrame:
        """Return how classes that the model has fare beside those that it lacks, at each level.

        Returns
        -------
        DataFrame
            One row a level, coarsest first: ``seen``, ``unseen``, the accuracies of both, and
            ``harmonic``, their harmonic mean; with intervals, ``seen_low``, ``seen_high`` and so
            on. Without rows where ``unknown="ancestor"`` was not asked for.

        Examples
        --------
        >>> import hiertools as ht
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,(newt,frog)amphibian);")
        >>> p, names = [[0.8, 0.1, 0.1], [0.2, 0.1, 0.7]], ["lynx", "wolf", "newt"]
        >>> made = ht.Predictions(["lynx", "frog"], p, names, unknown="ancestor")
        >>> ht.evaluate(made, tree, unknown="ancestor", intervals=False).seen_and_unseen()
           level  rank  seen  unseen  harmonic
        0      0  <NA>   1.0     1.0       1.0
        1      1  <NA>   1.0     NaN       NaN
        """
        from hiertools.evaluation.open_world import open_world_table

        return open_world_table(table_in(self, "scores")).frame()

    def node_confusion(self) -> pd.DataFrame:
        """Return the hierarchical confusion matrix: each node as a choice on the way down.

        See `hiertools.measures.branches.node_confusion`.

        Returns
        -------
        DataFrame
            One row a node below the root: ``node`` (path), ``level``, ``true_positive``,
            ``true_negative``, ``false_positive``, ``false_negative``. Their sums over nodes are the
            matrix of Riehl et al. (2023).

        Examples
        --------
        >>> import hiertools as ht
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
        >>> made = ht.Predictions(["lynx", "newt"], classes=tree.classes, ranked=["wolf", "newt"])
        >>> ht.evaluate(made, tree, intervals=False).node_confusion().iloc[:, [0, 2, 3, 4, 5]]
                  node  true_positive  true_negative  false_positive  false_negative
        0       mammal              1              1               0               0
        1  mammal/lynx              0              0               0               1
        2  mammal/wolf              0              0               1               0
        3         newt              1              1               0               0
        """
        from hiertools.evaluation.confusions import node_confusions

        self._of_a_tree("the hierarchical confusion matrix, choices on the one way down,")
        return node_confusions(self._cells(), self.predefined, self.classes)

    def costliest(self, n: int = 5) -> list[str]:
        """Return the confusions that cost most, as sentences: 'bear -> fox: 37 times, distance 2'.

        Examples
        --------
        >>> import hiertools as ht
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
        >>> made = ht.Predictions(["lynx", "newt"], classes=tree.classes, ranked=["wolf", "newt"])
        >>> ht.evaluate(made, tree, intervals=False).costliest()
        ['lynx -> wolf: 1 time, distance 2']
        """
        return [
            f"{row['label']} -> {row['predicted']}: {times(row['count'])}, "
            f"distance {row['distance']:g}"
            for row in records(table_in(self, "confusions"))[:n]
        ]

    def _of_a_tree(self, what: str) -> None:
        if self.graph is not None:
            raise OptionError(
                f"{what} is of a tree, and this evaluation is by a graph; evaluate on one tree "
                "(graph.drawn, say) for it."
            )

    def _cells(self) -> ConfusionCounts:
        index = {name: i for i, name in enumerate(self.classes)}
        y = self.confusions["label"].map(index).to_numpy(dtype=np.int64)
        p = self.confusions["predicted"].map(index).to_numpy(dtype=np.int64)
        count = self.confusions["count"].to_numpy(dtype=np.float64)
        n = self.per_class["n"].to_numpy(dtype=np.float64)
        right = n - np.bincount(y, count, len(n))
        own = np.arange(len(n))
        counts = as_counts(np.concatenate([count, right]))
        return ConfusionCounts(np.concatenate([y, own]), np.concatenate([p, own]), counts)

    # ---- views

    def __repr__(self) -> str:
        cost = self.value("average_hierarchical_cost")
        return (
            f"Evaluation({self.n_samples:,} sample{'s' * (self.n_samples != 1)}, "
            f"{self.n_classes:,} classes: accuracy {self.value('accuracy'):.3f}, "
            f"average hierarchical cost {cost:.3f})"
        )

    def __rich__(self) -> Text:
        from hiertools.reporting.evaluations import evaluation_text

        return evaluation_text(self)

    def _repr_html_(self) -> str:
        from hiertools.reporting.evaluations import evaluation_html

        return evaluation_html(self)

    @property
    def plot(self) -> EvaluationPlots:
        """Plots of this evaluation: ``result.plot.confusion()``, and so on."""
        from hiertools.evaluation.plots import EvaluationPlots

        return EvaluationPlots(self)

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write a report, one self-contained HTML file."""
        from hiertools.reporting.evaluation_report import write_evaluation

        write_evaluation(self, path)

    # ---- saving

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values that JSON can hold."""
        curve = table_in(self, "selective_curve")
        return {
            "name": self.name,
            "n_samples": self.n_samples,
            "scores": table_to_json(table_in(self, "scores")),
            **{name: table_to_json(table_in(self, name)) for name in _FRAMES},
            **({"selective_curve": table_to_json(curve)} if len(curve) else {}),
            "predefined": json.loads(self.predefined.to_json()),
            **({} if self.graph is None else {"graph": self.graph.to_dict()}),
            "notes": list(self.notes),
            "settings": dict(self.settings),
            "versions": dict(self.versions),
        }

    @classmethod
    def _from_dict(cls, held: Mapping[str, Any]) -> Evaluation:
        found = cls(
            scores=scores_from_json(held),
            **{name: table_from_json(held, name, *columns) for name, columns in _FRAMES.items()},
            selective_curve=_curve(held),
            predefined=ClassTree.from_json(json.dumps(held_as(held, "predefined", dict))),
            graph=ClassGraph.from_dict(held_as(held, "graph", dict)) if "graph" in held else None,
            n_samples=held_as(held, "n_samples", int),
            name=held_as(held, "name", str),
            notes=texts(held, "notes"),
            settings=held_as(held, "settings", dict),
            versions=facts(held, "versions"),
        )
        wrong = records(table_in(found, "confusions"))
        named = {row[end] for row in wrong for end in ("label", "predicted")}
        classes = tuple(row["class"] for row in records(table_in(found, "per_class")))
        odd_graph = found.graph is not None and found.graph.drawn != found.predefined
        if classes != found.classes or not named <= {*found.classes} or odd_graph:
            raise FileFormatError("its tables name other classes than its tree")
        scores = {row["score"] for row in records(table_in(found, "scores"))}
        short = "under_classified" in scores  # some answers may stop short
        for score in (*ALWAYS, *(STOPPING if short else MISTAKES)):
            found.value(score)  # there is one row, which texts and reports show
        return found


ALWAYS = ("accuracy", "average_hierarchical_cost")
MISTAKES = ("mistake_severity",)
STOPPING = ("under_classified", "over_classified", "branch_severity")
"""Scores that every evaluation has, with one kind of answer or with the other."""


def _curve(held: Mapping[str, Any]) -> Table:
    """Return the curve of answers that back off; empty where none was asked for."""
    if "selective_curve" not in held:
        return Table.of(dict.fromkeys(SELECTIVE_CURVE, np.empty(0)))
    return table_from_json(held, "selective_curve", (), SELECTIVE_CURVE)
