"""The plots of an evaluation, and of several side by side: its attribute ``plot``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from hiertools._core.doors import behind_doors
from hiertools._core.wording import confidence_of, in_words, score_label
from hiertools.errors import OptionError
from hiertools.evaluation.scores import EVALUATION_SCORES
from hiertools.results.plots import Plots
from hiertools.results.table import bounded_rows, level_labels, row_label, row_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hiertools.plots.names import Labels
    from hiertools.trees.graph import ClassGraph
    from hiertools.trees.tree import ClassTree


class Drawable(Protocol):
    """What the plots of an evaluation show."""

    @property
    def scores(self) -> pd.DataFrame: ...
    @property
    def confusions(self) -> pd.DataFrame: ...
    @property
    def reliability(self) -> pd.DataFrame: ...
    @property
    def similarity_curve(self) -> pd.DataFrame: ...
    @property
    def selective_curve(self) -> pd.DataFrame: ...
    @property
    def predefined(self) -> ClassTree: ...
    @property
    def graph(self) -> ClassGraph | None: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...
    def confusion_matrix(self, level: int | str | None = None) -> pd.DataFrame: ...


@behind_doors
class EvaluationPlots(Plots):
    """Plots of one evaluation; each returns matplotlib axes.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> made = ht.Predictions(["lynx", "newt"], classes=tree.classes, ranked=["wolf", "newt"])
    >>> result = ht.evaluate(made, tree, intervals=False)
    >>> result.plot  # doctest: +NORMALIZE_WHITESPACE
    plots: .backing_off(), .confusion(), .levels(), .mistakes(), .reliability(), .scores(),
    .similarity_curve()
    >>> axes = result.plot.confusion()
    """

    def __init__(self, result: Drawable) -> None:
        self._result = result

    def confusion(
        self,
        *,
        level: int | str | None = None,
        branch: str | Sequence[str] | int | None = None,
        by: str = "class",
        labels: Labels | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw the confusion matrix in the order of the tree, or of groups, or of one branch.

        See `hiertools.plots.evaluations.confusion_map` for the options.
        """
        from hiertools.plots.evaluations import confusion_map

        counts, tree = self._result.confusion_matrix(), self._result.predefined
        return confusion_map(counts, tree, level=level, branch=branch, by=by, labels=labels, ax=ax)

    def mistakes(self, *, ax: Axes | None = None) -> Axes:
        """Draw how many mistakes there are at each height of the common ancestor."""
        from hiertools.plots.evaluations import mistakes

        graph = self._result.graph
        hierarchy = self._result.predefined if graph is None else graph
        return mistakes(self._result.confusions, hierarchy, ax=ax)

    def reliability(self, *, ax: Axes | None = None) -> Axes:
        """Draw accuracy against confidence."""
        from hiertools.plots.evaluations import reliability

        return reliability(self._result.reliability, ax=ax)

    def similarity_curve(self, *, ax: Axes | None = None) -> Axes:
        """Draw the hierarchical similarity of the k nearest embeddings over k."""
        from hiertools.plots.evaluations import similarity_curve

        return similarity_curve(self._result.similarity_curve, ax=ax)

    def backing_off(self, *, ax: Axes | None = None) -> Axes:
        """Draw accuracy over specificity while answers back off; needs ``selective=``."""
        from hiertools.plots.back_off import accuracy_specificity

        return accuracy_specificity(backed_off(self._result), ax=ax)

    def scores(self, *, ax: Axes | None = None) -> Axes:
        """Draw each score between -1 and 1 with its interval."""
        from hiertools.plots.scores import score_points

        shown = bounded_rows(self._result.scores, EVALUATION_SCORES)
        level = confidence_of(self._result.settings)
        return score_points(shown, confidence_level=level, ax=ax)

    def levels(self, *, ax: Axes | None = None) -> Axes:
        """Draw the scores between 0 and 1 that have a level, level by level."""
        from hiertools.plots.scores import level_lines

        scores = bounded_rows(self._result.scores, EVALUATION_SCORES)
        names = [score_label(row["score"], k=row["k"]) for row in scores.to_dict("records")]
        return level_lines(scores.assign(level=level_labels(scores), score=names), ax=ax)


def backed_off(result: Drawable) -> pd.DataFrame:
    """Return the curve of answers that back off; refuse a result without one."""
    if result.selective_curve.empty:
        raise OptionError(
            "this evaluation has no curve of answers that back off; evaluate with "
            "selective='climbing'."
        )
    return result.selective_curve


class DrawableSet(Protocol):
    """What the plots of several evaluations show."""

    @property
    def models(self) -> tuple[str, ...]: ...
    @property
    def scores(self) -> pd.DataFrame: ...
    def __getitem__(self, model: str, /) -> Drawable: ...


@behind_doors
class EvaluationSetPlots(Plots):
    """Plots of several models side by side: a figure, one axes a model.

    One model's own plots are at ``result["model"].plot``.
    """

    def __init__(self, result: DrawableSet) -> None:
        self._result = result

    def _plots(self, model: str) -> EvaluationPlots:
        return EvaluationPlots(self._result[model])

    def confusion(
        self,
        *,
        level: int | str | None = None,
        branch: str | Sequence[str] | int | None = None,
        by: str = "class",
        labels: Labels | None = None,
    ) -> Figure:
        """Draw the confusion matrices in the order of the tree, or of groups, or of one branch."""
        from hiertools.plots.panels import panels

        return panels(
            self._result.models,
            lambda name, ax: self._plots(name).confusion(
                level=level, branch=branch, by=by, labels=labels, ax=ax
            ),
        )

    def mistakes(self) -> Figure:
        """Draw how many mistakes there are at each height of the common ancestor."""
        from hiertools.plots.panels import panels

        return panels(self._result.models, lambda name, ax: self._plots(name).mistakes(ax=ax))

    def reliability(self) -> Figure:
        """Draw accuracy against confidence."""
        from hiertools.plots.panels import panels

        return panels(self._result.models, lambda name, ax: self._plots(name).reliability(ax=ax))

    def similarity_curve(self) -> Figure:
        """Draw the hierarchical similarity of the k nearest embeddings over k."""
        from hiertools.plots.panels import panels

        return panels(
            self._result.models, lambda name, ax: self._plots(name).similarity_curve(ax=ax)
        )

    def backing_off(self, *, ax: Axes | None = None) -> Axes:
        """Draw accuracy over specificity of all models while answers back off."""
        from hiertools.plots.back_off import accuracy_specificity

        held = {model: backed_off(self._result[model]) for model in self._result.models}
        return accuracy_specificity(held, ax=ax)

    def scores(self) -> Figure:
        """Draw each model's scores with their intervals."""
        from hiertools.plots.scores import score_columns

        shown = bounded_rows(self._result.scores, EVALUATION_SCORES)
        first = self._result[self._result.models[0]]
        return score_columns(shown, confidence_level=confidence_of(first.settings))

    def levels(self) -> Figure:
        """Draw each model's scores that have a level, level by level."""
        from hiertools.plots.panels import panels

        return panels(self._result.models, lambda name, ax: self._plots(name).levels(ax=ax))

    def trade_off(
        self, *, against: str = "mistake_severity", k: int | None = None, ax: Axes | None = None
    ) -> Axes:
        """Draw accuracy against another score, by default how bad mistakes are.

        Filled marks are models that no other beats in both scores.
        """
        import numpy as np
        import pandas as pd

        from hiertools.measures.pareto import pareto_front
        from hiertools.plots.scores import labelled
        from hiertools.plots.trade_off import trade_off

        models, scores = list(self._result.models), self._result.scores
        by_model = [scores[scores["model"] == model] for model in models]
        right, other = (
            [row_of(own, name, None, number) for own in by_model]
            for name, number in (("accuracy", None), (against, k))
        )
        called = row_label({**other[0], "score": in_words(against)})
        called = labelled(other[0], called)
        values = np.array([[a["value"], b["value"]] for a, b in zip(right, other, strict=True)])
        signs = np.array([1.0, 1.0 if other[0]["better"] == "higher" else -1.0])
        points = pd.DataFrame(
            {"model": models, "accuracy": values[:, 0], called: values[:, 1],
             "front": pareto_front(values, signs)}
        )  # fmt: skip
        return trade_off(points, x="accuracy", y=called, ax=ax)
