"""Two scores against each other: which models can't be bettered in one but at the other's cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools.plots import style
from hiertools.plots.tables import check_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["trade_off"]

MARKERS = "os^Dv<>P*X"
"""Beside colours: together they tell as many models apart as a legend can name."""


@door
def trade_off(
    points: pd.DataFrame,
    *,
    x: str,
    y: str,
    of: str = "model",
    runs: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Show two scores of several models against each other, and which models are on the front.

    Filled marks are on the front: no other model is as good in both scores and better in one.
    Hollow marks are not. The line joins the front.

    Parameters
    ----------
    points : DataFrame
        One row a model: its name in the column `of`, numbers in `x` and `y`, and whether it is on
        the ``front``.
    x, y : str
        The columns to draw; they also name the axes.
    of : str
        The column of names.
    runs : DataFrame, optional
        The same columns for single runs, drawn as small points of their model's colour.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        No model has both scores.

    Examples
    --------
    >>> table = pd.DataFrame({"model": ["a", "b"], "accuracy": [0.7, 0.6], "cost": [1.0, 1.5],
    ...                       "front": [True, False]})
    >>> ax = trade_off(table, x="accuracy", y="cost")
    >>> ax.get_xlabel(), [text.get_text() for text in ax.get_legend().get_texts()]
    ('accuracy', ['a', 'b'])
    """
    check_columns(points, [x, y], "trade_off", [of, "front"])
    held = points[points[x].notna() & points[y].notna()]
    if held.empty:
        raise OptionError(f"trade_off(): no model has both {x!r} and {y!r}.")
    if runs is not None:
        check_columns(runs, [x, y], "trade_off", [of])
    with style.style():
        ax = style.new_axes(ax, 7.2, 4.6)
        front = held[held["front"].astype(bool)].sort_values([x, y])
        ax.plot(front[x], front[y], "-", color=style.FAINT, lw=1, zorder=1)
        marks: list[Any] = []
        for place, row in enumerate(held.to_dict("records")):
            ink = style.PALETTE[place % len(style.PALETTE)]
            # Beyond the colours, each comes again with another mark.
            turn = place + place // len(style.PALETTE)
            look: dict[str, Any] = {"marker": MARKERS[turn % len(MARKERS)], "color": ink, "ls": ""}
            filled = ink if row["front"] else "none"
            mean = ax.plot(row[x], row[y], **look, ms=8, mew=1.5, mfc=filled, zorder=3)
            if runs is None:
                marks += mean
                continue
            own = runs[runs[of] == row[of]]
            # The legend shows these: several axes may share it, where fills are not the same.
            marks += ax.plot(own[x], own[y], **look, ms=4, alpha=0.5, mew=0, zorder=2)
        ax.set_xlabel(x, **style.VERBATIM)
        ax.set_ylabel(y, **style.VERBATIM)
        ax.margins(0.08)
        ax.grid(color=style.FAINT, alpha=0.25, lw=0.6)
        legend = style.name_lines(ax, marks, list(held[of]), beside=True)
        for key in legend.get_lines():
            key.set(alpha=1.0, markersize=6)
        told = "large, filled: on the front\nsmall: single runs"
        told = "filled: on the front" if runs is None else told
        legend.set_title(told)
        legend.get_title().set_fontsize(8)
    return ax
