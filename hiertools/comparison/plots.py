"""``result.plot``: the plots of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.doors import behind_doors
from hiertools._core.own_names import SomeClasses
from hiertools._core.wording import in_words
from hiertools.comparison.scores.registry import LEADING_SCORE
from hiertools.errors import OptionError
from hiertools.results.plots import Plots
from hiertools.results.table import bounded_rows, level_labels, row_label, row_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hiertools.plots.names import Labels
    from hiertools.representatives.distance_matrix import DistanceMatrix
    from hiertools.trees.tree import ClassTree


class Drawable(Protocol):
    """What the plots of a comparison show."""

    @property
    def scores(self) -> pd.DataFrame: ...
    @property
    def per_class(self) -> pd.DataFrame: ...
    @property
    def inferred(self) -> ClassTree: ...
    @property
    def predefined(self) -> ClassTree: ...
    @property
    def distances(self) -> DistanceMatrix | None: ...
    @property
    def per_node(self) -> pd.DataFrame: ...
    def null(self, score: str, level: int | str | None = None, k: int | None = None) -> Floats: ...


@behind_doors
class ComparisonPlots(Plots):
    """Plots of one comparison; each returns matplotlib axes, or a figure of several.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> reps = {"lynx": [1, 0], "wolf": [1, 0.1], "newt": [0, 1], "toad": [0.1, 1]}
    >>> result = ht.compare(reps, tree, permutations=0)
    >>> figure = result.plot.tanglegram()
    >>> axes = result.plot.distances()
    """

    def __init__(self, result: Drawable) -> None:
        self._result = result

    def tanglegram(
        self,
        *,
        classes: SomeClasses | None = None,
        level: int | str | None = None,
        scale: str = "rank",
        labels: Labels | None = None,
    ) -> Figure:
        """Draw the predefined and the inferred tree face to face.

        See `hiertools.plots.tanglegram.tanglegram` for the options.
        """
        from hiertools.plots.tanglegram import tanglegram

        return tanglegram(
            self._result.predefined,
            self._result.inferred,
            classes=classes,
            level=level,
            scale=scale,
            labels=labels,
        )

    def inferred(
        self,
        *,
        level: int | str | None = None,
        scale: str = "auto",
        most: int | None = None,
        labels: Labels | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw the inferred tree, coloured by groups of the predefined one.

        See `hiertools.plots.dendrogram.dendrogram` for the options.
        """
        from hiertools.plots.dendrogram import dendrogram, group_names

        tree = self._result.predefined
        groups = dict(zip(tree.classes, group_names(tree, level), strict=True))
        labels = self._labels(labels)
        return dendrogram(
            self._result.inferred, groups=groups, scale=scale, most=most, labels=labels, ax=ax
        )

    def distances(self, *, ax: Axes | None = None) -> Axes:
        """Draw the model's distances against those in the tree."""
        from hiertools.plots.distances import distances_by_tree

        return distances_by_tree(self._distances(), self._result.predefined, ax=ax)

    def heatmap(
        self,
        *,
        level: int | str | None = None,
        labels: Labels | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw all distances of the model, classes in the order of the tree."""
        from hiertools.plots.distances import heatmap

        tree = self._result.predefined
        return heatmap(self._distances(), tree, level=level, labels=labels, ax=ax)

    def scores(self, *, ax: Axes | None = None) -> Axes:
        """Draw each score with its interval, chance level and ceiling."""
        from hiertools.plots.scores import score_points

        return score_points(_bounded(self._result.scores), ax=ax)

    def levels(self, *, ax: Axes | None = None) -> Axes:
        """Draw the scores that have a level, level by level."""
        from hiertools.plots.scores import level_lines

        scores = self._result.scores
        return level_lines(scores.assign(level=level_labels(scores)), ax=ax)

    def fowlkes_mallows(self, *, ax: Axes | None = None) -> Axes:
        """Draw the Fowlkes-Mallows index over the number of clusters, with its band under chance.

        At every number of clusters that both trees can be cut into, in the hierarchy of the first
        tie order; the scores of the table are means over all orders.
        """
        from hiertools.plots import scores
        from hiertools.treedist.fowlkes_mallows import fowlkes_mallows_curve

        curve = fowlkes_mallows_curve(self._result.predefined, self._result.inferred)
        if curve.empty:
            raise OptionError("the two trees can't be cut into the same number of clusters.")
        columns = (curve[name] for name in ("k", "value", "low", "high"))
        return scores.fowlkes_mallows_curve(*columns, chance=curve["chance"], ax=ax)

    def null(
        self,
        score: str | None = None,
        *,
        level: int | str | None = None,
        k: int | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw a score, by default the leading one, among those of relabelled classes.

        The relabellings are drawn anew, which takes as long as it took `hiertools.compare`.
        """
        from hiertools.plots.nulls import null_histogram

        scores = self._result.scores
        if score is None:
            there = [LEADING_SCORE, *scores["score"]]
            score = there[0] if there[0] in there[1:] else there[1]
        row = row_of(scores, score, level, k)
        called = row_label({**row, "score": in_words(row["score"])})
        if row["better"] == "lower":
            called += " (lower is better)"
        null = self._result.null(score, level, k)
        return null_histogram(
            null, row["value"], p_value=row["p_value"], better=row["better"], called=called, ax=ax
        )

    def blame(
        self, *, most: int = 60, labels: Labels | None = None, ax: Axes | None = None
    ) -> Axes:
        """Draw the predefined tree, each branch coloured by how well the model recovers it.

        See `hiertools.plots.blame.blame` for the options.
        """
        from hiertools.plots.blame import blame

        result = self._result
        return blame(result.predefined, result.per_node, most=most, labels=labels, ax=ax)

    def matching(
        self,
        *,
        most: int = 30,
        level: int | str | None = None,
        labels: Labels | None = None,
    ) -> Figure:
        """Draw which branches of the two trees the clustering information distance matches.

        See `hiertools.plots.matching.matching` for the options.
        """
        from hiertools.plots.matching import matching
        from hiertools.treedist import matched_splits

        trees = self._result.predefined, self._result.inferred
        pairs = matched_splits(*trees)
        return matching(*trees, pairs, most=most, level=level, labels=labels)

    def radial(
        self,
        *,
        of: str = "predefined",
        level: int | str | None = None,
        labels: Labels | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw a tree around its root: hundreds of classes in one square.

        Of "predefined", each branch is coloured by how well the model recovers it; "inferred" has
        the colours of the groups of the predefined tree. See `hiertools.plots.radial.radial` for
        the options.
        """
        from hiertools.plots.dendrogram import group_names
        from hiertools.plots.radial import radial

        result, tree = self._result, self._result.predefined
        checks.option(of, ("predefined", "inferred"), "of")
        if of == "predefined":
            return radial(tree, per_node=result.per_node, level=level, labels=labels, ax=ax)
        groups = dict(zip(tree.classes, group_names(tree, level), strict=True))
        return radial(result.inferred, groups=groups, labels=self._labels(labels), ax=ax)

    def classes(
        self, *, most: int = 40, labels: Labels | None = None, ax: Axes | None = None
    ) -> Axes:
        """Draw how well the best- and worst-fitting classes fit."""
        from hiertools.plots.classes import class_fit

        fit = self._result.per_class.set_index("class")["correlation"]
        return class_fit(fit, most=most, labels=self._labels(labels), ax=ax)

    def _labels(self, labels: Labels | None) -> Labels:
        """Return the name of each class in the predefined tree, or as it was told."""
        from hiertools.plots.names import class_labels

        tree = self._result.predefined
        return dict(zip(tree.classes, class_labels(tree, labels), strict=True))

    def _distances(self) -> DistanceMatrix:
        if self._result.distances is None:
            raise OptionError(
                "this result holds no distances: it was loaded from JSON, which does not hold "
                "them, or they didn't fit in memory. Run hiertools.compare again to draw them, of "
                "fewer classes if need be."
            )
        return self._result.distances


class DrawableSet(Protocol):
    """What the plots of several comparisons show."""

    @property
    def models(self) -> tuple[str, ...]: ...
    @property
    def scores(self) -> pd.DataFrame: ...
    def __getitem__(self, model: str, /) -> Drawable: ...


def _bounded(scores: pd.DataFrame) -> pd.DataFrame:
    """Keep the scores that live on one scale, whatever the tree; counts are told in tables."""
    from hiertools.comparison.scores.registry import SCORES

    return bounded_rows(scores, SCORES)


@behind_doors
class ComparisonSetPlots(Plots):
    """Plots of several models side by side: a figure, one axes a model, all to one scale.

    One model's own plots are at ``result["model"].plot``. Of one model against several trees,
    the trees stand in the place of models.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> good = {"lynx": [1, 0], "wolf": [1, 0.1], "newt": [0, 1], "toad": [0.1, 1]}
    >>> bad = {"lynx": [1, 0], "wolf": [0, 1], "newt": [1, 0.1], "toad": [0.1, 1]}
    >>> result = ht.compare({"good": good, "bad": bad}, tree, permutations=0)
    >>> result.plot
    plots: .forest(), .levels(), .null(), .scores(), .tanglegram()
    >>> [ax.get_title() for ax in result.plot.scores().axes]
    ['good', 'bad']
    """

    def __init__(self, result: DrawableSet, of_trees: bool = False) -> None:
        self._result, self._of_trees = result, of_trees

    def scores(self) -> Figure:
        """Draw each model's scores with their intervals, chance levels and ceilings."""
        from hiertools.plots.scores import score_columns

        return score_columns(_bounded(self._result.scores))

    def forest(self, *, scores: Sequence[str] | None = None) -> Figure:
        """Hold the models against one another, score by score.

        See `hiertools.plots.scores.forest` for the options.
        """
        from hiertools.plots.scores import forest

        return forest(_bounded(self._result.scores), names=scores)

    def tanglegram(
        self,
        first: str | None = None,
        second: str | None = None,
        *,
        classes: SomeClasses | None = None,
        level: int | str | None = None,
        scale: str = "rank",
        labels: Labels | None = None,
    ) -> Figure:
        """Draw the inferred trees of two models face to face; by default of the first two.

        Of several trees, two of them. Colours are groups of the predefined tree, of the first where
        there are several. See `hiertools.plots.tanglegram.tanglegram`.
        """
        from hiertools.plots.dendrogram import group_names
        from hiertools.plots.names import class_labels
        from hiertools.plots.tanglegram import tanglegram

        models = self._result.models
        first = models[0] if first is None else first
        others = [model for model in models if model != first]
        second = others[0] if second is None and others else second
        if second is None:
            raise OptionError("this set holds one model only; name another tree to draw beside.")
        tree = self._result[first].predefined
        faces = [
            found.predefined if self._of_trees else found.inferred
            for found in (self._result[first], self._result[second])
        ]
        return tanglegram(
            *faces,
            classes=classes,
            groups=dict(zip(tree.classes, group_names(tree, level), strict=True)),
            scale=scale,
            titles=(first, second),
            labels=dict(zip(tree.classes, class_labels(tree, labels), strict=True)),
        )

    def null(
        self, score: str | None = None, *, level: int | str | None = None, k: int | None = None
    ) -> Figure:
        """Draw each model's score, by default the leading one, among those of relabelled classes.

        The relabellings are drawn anew, which takes as long as it took `hiertools.compare`.
        """
        from hiertools.plots.panels import panels

        return panels(
            self._result.models,
            lambda name, ax: ComparisonPlots(self._result[name]).null(
                score, level=level, k=k, ax=ax
            ),
        )

    def levels(self) -> Figure:
        """Draw each model's scores that have a level, level by level."""
        from hiertools.plots.panels import panels
        from hiertools.plots.scores import level_lines

        return panels(self._result.models, lambda name, ax: level_lines(self._of(name), ax=ax))

    def _of(self, model: str) -> pd.DataFrame:
        scores = self._result.scores
        rows = scores[scores["model"] == model]
        return rows.assign(level=level_labels(rows))
