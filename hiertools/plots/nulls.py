"""A score among those of relabelled classes: how far from chance it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools._core.wording import number, p_phrase
from hiertools.errors import OptionError
from hiertools.plots import style
from hiertools.plots.tables import numbers_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["null_histogram"]

FEW_VALUES = 30
"""So many different values of a null are bars of their own; more are binned."""

FINEST = 90
"""No bar is narrower than this part of the axis: a null far from the observed score stays seen."""


@door
def null_histogram(
    null: ArrayLike,
    value: float,
    *,
    p_value: float | None = None,
    better: str = "higher",
    called: str = "score",
    ax: Axes | None = None,
) -> Axes:
    r"""Show an observed score beside its distribution when the classes' names are shuffled.

    Parameters
    ----------
    null : array_like of float, shape (M,)
        The score under each relabelling; NaN is left out.
    value : float
        The observed score.
    p_value : float, optional
        Told beside the value.
    better : {"higher", "lower"}
        Relabellings that are as good, or better, are coloured.
    called : str
        What the score is called.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        The observed score is undefined, or under every relabelling; or a number is infinite.

    Examples
    --------
    >>> ax = null_histogram([0.0, 0.1, -0.1, 0.2], 0.7, p_value=0.2, called="correlation")
    >>> [text.get_text() for text in ax.texts]
    ['observed 0.700\np = 0.20', 'chance 0.050']
    """
    drawn = numbers_of(null, "null", "null_histogram")
    drawn = drawn[~np.isnan(drawn)]
    value = float(value)  # whole numbers may be larger than any of numpy's
    if not drawn.size or not np.isfinite([*drawn, value]).all():
        raise OptionError("null_histogram(): there is no observed score and null to draw.")
    sign = 1.0 if checks.option(better, ("higher", "lower"), "better") == "higher" else -1.0
    ends = np.array([drawn.min(), drawn.max(), value])
    at, counts, width = _bars(drawn, value, float(np.ptp(ends)) / FINEST)
    with style.style():
        ax = style.new_axes(ax, 6.4, 3.4)
        as_good = sign * at >= sign * value - 1e-12
        inks = [style.PALETTE[1] if good else style.FAINT for good in as_good.tolist()]
        ax.bar(at, counts, width, color=inks, alpha=0.75, edgecolor="white", lw=0.4)
        chance = float(drawn.mean())
        ax.axvline(chance, color=style.INK, ls="--", lw=1)
        ax.axvline(value, color=style.ACCENT, lw=2)
        room = width + 0.04 * float(np.ptp(ends))
        style.widen(ax, "x", ends.min() - room, ends.max() + room)
        style.widen(ax, "y", 0, 1.32 * float(counts.max()))
        told = f"observed {number(value)}"
        if p_value is not None and not np.isnan(float(p_value)):
            told += f"\n{p_phrase(p_value)}"
        # At two heights; the observed value's towards the wider side.
        inwards = value > float(np.mean(ax.get_xlim()))
        for x, height, text, ink, leftwards in (
            (value, 0.98, told, style.ACCENT, inwards),
            (chance, 0.84, f"chance {number(chance)}", style.INK, value < chance),
        ):
            ax.annotate(
                text, (x, height), xycoords=("data", "axes fraction"), va="top",
                xytext=(-4 if leftwards else 4, 0), textcoords="offset points",
                ha="right" if leftwards else "left", fontsize=8, color=ink,
            )  # fmt: skip
        ax.set_xlabel(style.shorten(called, 60), **style.VERBATIM)
        ax.set_ylabel(f"of {drawn.size:,} relabellings")
        ax.yaxis.set_major_locator(style.whole_numbers())
    return ax


def _bars(drawn: Floats, value: float, finest: float) -> tuple[Floats, Ints, float]:
    """Return middles, heights and the width of bars: one a value where these are few and apart."""
    values, counts = np.unique(drawn.round(12), return_counts=True)
    gap = float(np.diff(values).min()) if values.size > 1 else 10 * finest
    if values.size <= FEW_VALUES and gap >= finest:
        return values, counts, 0.8 * (gap or 0.1)
    bins = min(40, max(10, round(drawn.size**0.5)))
    width = max(float(np.ptp(drawn)) / bins, finest)
    # One edge is the observed value: no bar is half as good as it.
    low, high = (drawn.min() - value) / width, (drawn.max() - value) / width
    edges = value + width * np.arange(np.floor(low), np.floor(high) + 2)
    return (edges[1:] + edges[:-1]) / 2, np.histogram(drawn, edges)[0], width
