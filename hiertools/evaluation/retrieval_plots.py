"""The plots of a search, and of several models' side by side: its attribute ``plot``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hiertools._core.doors import behind_doors
from hiertools.results.plots import Plots
from hiertools.results.table import level_labels

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class DrawnRetrieval(Protocol):
    """What the plot of a search shows."""

    @property
    def scores(self) -> pd.DataFrame: ...


class DrawnRetrievals(Protocol):
    """What the plot of several searches shows."""

    @property
    def models(self) -> tuple[str, ...]: ...
    def __getitem__(self, model: str, /) -> DrawnRetrieval: ...


@behind_doors
class RetrievalPlots(Plots):
    """The plot of one model's search."""

    def __init__(self, result: DrawnRetrieval) -> None:
        self._result = result

    def levels(self, *, ax: Axes | None = None) -> Axes:
        """Draw the scores that have a level, level by level, chance dashed."""
        from hiertools.plots.scores import level_lines

        scores = self._result.scores
        return level_lines(scores.assign(level=level_labels(scores)), ax=ax)


@behind_doors
class RetrievalSetPlots(Plots):
    """The plot of several models' searches: a figure, one axes a model."""

    def __init__(self, result: DrawnRetrievals) -> None:
        self._result = result

    def levels(self) -> Figure:
        """Draw each model's scores that have a level, level by level."""
        from hiertools.plots.panels import panels

        found = self._result
        return panels(found.models, lambda name, ax: RetrievalPlots(found[name]).levels(ax=ax))
