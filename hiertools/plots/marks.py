"""The marks of a score: a point for its value, a band, and where chance and the best lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core.wording import interval_heading
from hiertools.plots import style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEST = "best attainable"
DRAWN = ("value", "chance", "ceiling", "ci_low", "ci_high")


def draw(
    ax: Axes, rows: Sequence[Mapping[Any, Any]], confidence_level: float = 0.95
) -> list[Artist]:
    """Draw scores, one a row from the top; an empty row stays empty.

    Parameters
    ----------
    ax : Axes
    rows : sequence of mapping
        Each with ``value``, and perhaps ``chance``, ``ceiling``, ``ci_low``, ``ci_high``.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    list of Artist
        The kinds of marks that occur, for a legend.
    """
    numbers = np.array([[_number(row.get(name)) for name in DRAWN] for row in rows], float)
    value, chance, ceiling, low, high = numbers.T
    y = np.arange(len(rows))
    held: list[Artist] = []
    if (of := ~np.isnan(chance)).any():
        ax.hlines(y[of], chance[of], value[of], color=style.FAINT, lw=1, zorder=1)
        held += ax.plot(chance[of], y[of], "|", color=style.FAINT, ms=13, mew=2, label="chance")
    if (of := ~np.isnan(low) & ~np.isnan(high)).any():
        band = ax.hlines(y[of], low[of], high[of], color=style.ACCENT, lw=4, alpha=0.4)
        band.set_label(interval_heading(confidence_level))
        held.append(band)
    if (of := ~np.isnan(ceiling)).any():
        held += ax.plot(ceiling[of], y[of], "|", color=style.INK, ms=9, mew=1, label=BEST)
    held = [*ax.plot(value, y, "o", color=style.ACCENT, ms=6, label="value"), *held]
    ax.set_ylim(len(rows) - 0.4, -0.6)
    drawn = numbers[~np.isnan(numbers)]
    if drawn.size:
        ax.set_xlim(min(-0.02, drawn.min() - 0.03), max(1.02, drawn.max() + 0.03))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return held


def explain(figure: Figure, held: Sequence[Artist]) -> None:
    """Tell below a figure what the marks are."""
    figure.legend(
        handles=held, loc="outside lower right", ncols=len(held), fontsize=8, handletextpad=0.3,
        columnspacing=1.2,
    )  # fmt: skip


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)
