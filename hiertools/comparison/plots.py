"""``result.plot``: the plots of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hiertools._core.doors import behind_doors
from hiertools._core.own_names import SomeClasses
from hiertools.errors import OptionError
from hiertools.results.plots import Plots
from hiertools.results.table import level_labels

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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
        )

    def inferred(
        self, *, level: int | str | None = None, scale: str = "auto", ax: Axes | None = None
    ) -> Axes:
        """Draw the inferred tree, coloured by groups of the predefined one."""
        from hiertools.plots.dendrogram import dendrogram, group_names

        tree = self._result.predefined
        groups = dict(zip(tree.classes, group_names(tree, level), strict=True))
        return dendrogram(self._result.inferred, groups=groups, scale=scale, ax=ax)

    def distances(self, *, ax: Axes | None = None) -> Axes:
        """Draw the model's distances against those in the tree."""
        from hiertools.plots.distances import distances_by_tree

        return distances_by_tree(self._distances(), self._result.predefined, ax=ax)

    def heatmap(self, *, level: int | str | None = None, ax: Axes | None = None) -> Axes:
        """Draw all distances of the model, classes in the order of the tree."""
        from hiertools.plots.distances import heatmap

        return heatmap(self._distances(), self._result.predefined, level=level, ax=ax)

    def scores(self, *, ax: Axes | None = None) -> Axes:
        """Draw each score with its interval, chance level and ceiling."""
        from hiertools.plots.scores import score_points

        return score_points(self._result.scores, ax=ax)

    def levels(self, *, ax: Axes | None = None) -> Axes:
        """Draw the scores that have a level, level by level."""
        from hiertools.plots.scores import level_lines

        scores = self._result.scores
        return level_lines(scores.assign(level=level_labels(scores)), ax=ax)

    def fowlkes_mallows(self, *, ax: Axes | None = None) -> Axes:
        """Draw the Fowlkes-Mallows index over the number of clusters, with chance."""
        from hiertools.plots.scores import fowlkes_mallows_curve

        table = self._result.scores
        rows = table[(table["score"] == "fowlkes_mallows") & table["value"].notna()]
        if rows.empty:
            raise OptionError(
                'this result has no Fowlkes-Mallows scores; run compare with scores="all".'
            )
        rows = rows.sort_values("k")
        chance = rows["chance"] if rows["chance"].notna().any() else None
        return fowlkes_mallows_curve(rows["k"], rows["value"], chance=chance, ax=ax)

    def classes(self, *, most: int = 40, ax: Axes | None = None) -> Axes:
        """Draw how well the best- and worst-fitting classes fit."""
        from hiertools.plots.classes import class_fit

        fit = self._result.per_class.set_index("class")["correlation"]
        return class_fit(fit, most=most, ax=ax)

    def _distances(self) -> DistanceMatrix:
        if self._result.distances is None:
            raise OptionError(
                "this result was loaded from JSON, which does not hold the distances; "
                "run hiertools.compare again to draw them."
            )
        return self._result.distances


class DrawableSet(Protocol):
    """What the plots of several comparisons show."""

    @property
    def models(self) -> tuple[str, ...]: ...
    @property
    def scores(self) -> pd.DataFrame: ...


@behind_doors
class ComparisonSetPlots(Plots):
    """Plots of several models side by side: a figure, one axes a model, all to one scale.

    One model's own plots are at ``result["model"].plot``.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> good = {"lynx": [1, 0], "wolf": [1, 0.1], "newt": [0, 1], "toad": [0.1, 1]}
    >>> bad = {"lynx": [1, 0], "wolf": [0, 1], "newt": [1, 0.1], "toad": [0.1, 1]}
    >>> result = ht.compare({"good": good, "bad": bad}, tree, permutations=0)
    >>> result.plot
    plots: .levels(), .scores()
    >>> [ax.get_title() for ax in result.plot.scores().axes]
    ['good', 'bad']
    """

    def __init__(self, result: DrawableSet) -> None:
        self._result = result

    def scores(self) -> Figure:
        """Draw each model's scores with their intervals, chance levels and ceilings."""
        from hiertools.plots.panels import panels
        from hiertools.plots.scores import score_points

        return panels(self._result.models, lambda name, ax: score_points(self._of(name), ax=ax))

    def levels(self) -> Figure:
        """Draw each model's scores that have a level, level by level."""
        from hiertools.plots.panels import panels
        from hiertools.plots.scores import level_lines

        return panels(self._result.models, lambda name, ax: level_lines(self._of(name), ax=ax))

    def _of(self, model: str) -> pd.DataFrame:
        scores = self._result.scores
        rows = scores[scores["model"] == model]
        return rows.assign(level=level_labels(rows))
