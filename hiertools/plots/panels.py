"""The same plot for several models, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["panels"]


@door
def panels(models: Sequence[str], draw: Callable[[str, Axes], Axes]) -> Figure:
    """Draw each model on axes of its own, under its name, in one figure and to one scale.

    Parameters
    ----------
    models : sequence of str
    draw : callable
        Draws a model, by name, on axes.

    Returns
    -------
    Figure

    Examples
    --------
    >>> figure = panels(["a", "b"], lambda name, ax: ax)
    >>> [ax.get_title() for ax in figure.axes]
    ['a', 'b']
    """
    import matplotlib.pyplot as plt

    models = models if isinstance(models, str) else list(models)
    if isinstance(models, str) or not models:
        raise OptionError("panels(): models must be a list of names, one or several.")
    with style.style():
        figure, grid = style.subplots(
            1, len(models), 5.4 * len(models), 4.4, sharex=True, sharey=True
        )
        try:
            for model, ax in zip(models, grid[0], strict=True):
                draw(model, ax)
                ax.set_title(style.shorten(model, 40), **style.VERBATIM)
            for ax in grid[0][:-1]:
                if (legend := ax.get_legend()) is not None:
                    legend.remove()  # one for all
        except Exception:
            plt.close(figure)  # a plot that cannot be drawn leaves no empty figure behind
            raise
    return figure
