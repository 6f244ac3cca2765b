"""Score tables of several steps, or choices: DataFrames whose ``plot`` draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

import pandas as pd
from pandas.plotting import PlotAccessor

from hiertools._core.doors import behind_doors
from hiertools.comparison.scores.registry import SCORES
from hiertools.results.plots import Plots
from hiertools.results.table import bounded_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class FramePlots(Plots, PlotAccessor):
    """Plots of a table of scores; besides, whatever ``plot`` of any DataFrame draws."""

    def __init__(self, frame: pd.DataFrame) -> None:
        super().__init__(frame)
        self._frame = frame

    def __dir__(self) -> list[str]:
        return [name for name in vars(type(self)) if not name.startswith("_")]

    def _drawn(self, scores: Sequence[str] | None) -> pd.DataFrame:
        """Return the rows to choose from: asked for nothing, those of one scale."""
        return bounded_rows(self._frame, SCORES) if scores is None else self._frame


@behind_doors
class SeriesPlots(FramePlots):
    """The plot of scores along a training run.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> early = {"lynx": [1, 0], "wolf": [0, 1], "newt": [1, 0.1], "toad": [0.1, 1]}
    >>> late = {"lynx": [1, 0], "wolf": [1, 0.1], "newt": [0, 1], "toad": [0.1, 1]}
    >>> series = ht.compare_series({1: early, 2: late}, tree, permutations=0)
    >>> series.plot
    plots: .curves()
    >>> axes = series.plot.curves(scores=["robinson_foulds"])
    """

    def curves(self, *, scores: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
        """Draw scores along the run, with their intervals and chance levels.

        See `hiertools.plots.series.score_curves` for the options.
        """
        from hiertools.plots.series import score_curves

        over = "epoch" if "epoch" in self._frame else "step"
        return score_curves(self._drawn(scores), over=over, names=scores, ax=ax)


@behind_doors
class SweepPlots(FramePlots):
    """The plot of a sweep.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> reps = {"lynx": [1.0, 0.1], "wolf": [1.0, 0.3], "newt": [0.1, 1.0], "toad": [0.4, 1.0]}
    >>> table = ht.sweep(reps, tree, linkages=["single", "average"])
    >>> table.plot
    plots: .scores()
    >>> figure = table.plot.scores(scores=["robinson_foulds"])
    """

    def scores(self, *, scores: Sequence[str] | None = None) -> Figure:
        """Draw each score under each linkage and metric.

        See `hiertools.plots.series.sweep_points` for the options.
        """
        from hiertools.plots.series import sweep_points

        return sweep_points(self._drawn(scores), names=scores)


class ScoreSeries(pd.DataFrame):
    """What `compare_series` returns: a DataFrame, whose ``plot`` draws the scores along the run.

    Attributes
    ----------
    notes : tuple of str
        What `compare` noted on the steps (classes left out, distances tied, ...), with their names
        where not all share it.
    """

    notes: tuple[str, ...] = ()
    _metadata: ClassVar[list[str]] = ["notes"]

    @property
    def _constructor(self) -> Callable[..., ScoreSeries]:
        return ScoreSeries

    @property
    def plot(self) -> SeriesPlots:
        """Plots of this series: ``series.plot.curves()``; besides, those of any DataFrame."""
        return SeriesPlots(self)


class ScoreSweep(pd.DataFrame):
    """What `sweep` returns: a DataFrame, whose ``plot`` draws the scores under each choice.

    Attributes
    ----------
    notes : tuple of str
        What `compare` noted under each choice, with the names of those where not all share it.
    """

    notes: tuple[str, ...] = ()
    _metadata: ClassVar[list[str]] = ["notes"]

    @property
    def _constructor(self) -> Callable[..., ScoreSweep]:
        return ScoreSweep

    @property
    def plot(self) -> SweepPlots:
        """Plots of this sweep: ``table.plot.scores()``; besides, those of any DataFrame."""
        return SweepPlots(self)
