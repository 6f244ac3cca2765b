"""What backing off gains in accuracy, and loses in specificity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hiertools._core.arrays import Floats
from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools.plots import style
from hiertools.plots.tables import check_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["accuracy_specificity"]

TOLD = 6
"""Values of the threshold that are written beside a single curve."""


@door
def accuracy_specificity(
    curves: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    chosen: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Show accuracy over specificity while decisions back off: up and to the right is better.

    A curve begins, as a square, where every decision is for a class. Beside a single one stand some
    of its thresholds.

    Parameters
    ----------
    curves : DataFrame, or mapping of names to them
        What `hiertools.decisions.accuracy_specificity_curve` returns, of one model or several.
    chosen : float, optional
        A threshold (or caution) to mark, on each curve that has it.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        No curve, or one without numbers.

    Examples
    --------
    >>> curve = pd.DataFrame({"threshold": [0.0, 0.9], "specificity": [1.0, 0.6],
    ...                       "accuracy": [0.7, 0.95]})
    >>> ax = accuracy_specificity({"a": curve, "b": curve})
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['a', 'b']
    """
    held = curves if isinstance(curves, Mapping) else {"": curves}
    for curve in held.values():
        if not isinstance(curve, pd.DataFrame):
            raise OptionError(f"accuracy_specificity(): a curve must be a table; got {curve!r}.")
        check_columns(curve, ["specificity", "accuracy"], "accuracy_specificity")
    if not held or any(curve.empty for curve in held.values()):
        raise OptionError("accuracy_specificity(): there is no curve to draw, or an empty one.")
    with style.style():
        ax = style.new_axes(ax, 5.6, 4.4)
        drawn = []
        for i, curve in enumerate(held.values()):
            ink = style.PALETTE[i % len(style.PALETTE)]
            x, y = curve["specificity"].to_numpy(float), curve["accuracy"].to_numpy(float)
            drawn += ax.plot(x, y, "-", color=ink, lw=1.6)
            ax.plot(x[:1], y[:1], "s", color=ink, ms=6)
            tried = curve.iloc[:, 0].to_numpy(float)
            if chosen is not None and (at := np.isclose(tried, float(chosen))).any():
                ax.plot(x[at], y[at], "*", color=ink, ms=14, mec="white", zorder=4)
                _tell(ax, x[at][0], y[at][0], f"{curve.columns[0]} {chosen:g}", bold=True)
        if len(held) == 1:
            for place in _apart(x, y):
                if np.isfinite(tried[place]):  # the root alone is told at no threshold
                    _tell(ax, x[place], y[place], f"{tried[place]:.3g}")
                ax.plot(x[place], y[place], "o", color=style.PALETTE[0], ms=3.5)
        else:
            style.name_lines(ax, drawn, list(held))
        ax.set_xlim(-0.05, 1.03)
        low = min(float(curve["accuracy"].min()) for curve in held.values())
        ax.set_ylim(top=1.0 + 0.04 * (1.0 - min(low, 0.9)))
        ax.set_xlabel("specificity: share of the information of a class (1: always a class)")
        away = " (not from 0)" if ax.get_ylim()[0] > 0 else ""
        ax.set_ylabel(f"accuracy{away}:\nthe label, or an ancestor of it")
    return ax


def _tell(ax: Axes, x: float, y: float, text: str, *, bold: bool = False) -> None:
    """Write beside a falling curve: below it, or above what is chosen."""
    aside, ha, va = (6, "left", "bottom") if bold else (-6, "right", "top")
    ax.annotate(
        text, (x, y), xytext=(aside, aside), textcoords="offset points", ha=ha, va=va,
        fontsize=8, color=style.INK, fontweight="bold" if bold else "normal", **style.VERBATIM,
    )  # fmt: skip


def _apart(x: Floats, y: Floats) -> list[int]:
    """Return a few places along a curve, evenly spaced by how far it has run."""
    steps = np.hypot(np.diff(x), np.diff(y) / max(float(np.ptp(y)), 1e-9))
    run = np.concatenate([[0.0], np.nancumsum(steps)])
    wanted = np.linspace(0, run[-1], TOLD)
    return sorted({int(np.abs(run - at).argmin()) for at in wanted.tolist()})
