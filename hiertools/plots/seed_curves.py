"""Scores along training, a panel a configuration: means over seeds, and the range of the seeds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from hiertools._core.doors import door
from hiertools._core.wording import in_words
from hiertools.errors import OptionError
from hiertools.plots import style
from hiertools.plots.tables import check_columns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["seed_curves"]

MOST_ABREAST = 4
MOST_PANELS = 40
MOST_SCORES = 6
DASHES = ("-", "--", ":", "-.", (0, (5, 1)), (0, (1, 1, 3, 1)))
"""Beside colours, for print in grey and for the colour-blind."""


@door
def seed_curves(
    curves: pd.DataFrame, *, over: str = "epoch", of: str = "configuration", behind: str = ""
) -> Figure:
    """Show how scores go along training: a panel a configuration, all to one scale.

    Parameters
    ----------
    curves : DataFrame
        One row a configuration, score and place: its name in the column `of`, ``score``, the place
        in `over`, ``mean``, and the least and largest value of its seeds, ``low`` and ``high``,
        drawn as a band.
    over : str
        The column of places, numbers.
    of : str
        The column of names.
    behind : str
        A configuration that is drawn in grey behind all others.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        No row, or more panels or scores than can be told apart.

    Examples
    --------
    >>> table = pd.DataFrame({"configuration": ["a", "a", "b", "b"], "score": "triplet",
    ...                       "epoch": [1, 2, 1, 2], "mean": [0.5, 0.4, 0.6, 0.3],
    ...                       "low": [0.4, 0.3, 0.5, 0.2], "high": [0.6, 0.5, 0.7, 0.4]})
    >>> [ax.get_title() for ax in seed_curves(table).axes]
    ['a', 'b']
    """
    check_columns(curves, [over, "mean", "low", "high"], "seed_curves", [of, "score"])
    held = curves[curves["mean"].notna()]
    names, scores = (list(dict.fromkeys(held[column])) for column in (of, "score"))
    if not 0 < len(names) <= MOST_PANELS or len(scores) > MOST_SCORES:
        raise OptionError(
            f"seed_curves(): it draws 1 to {MOST_PANELS} panels of at most {MOST_SCORES} scores; "
            f"got {len(names)} of {len(scores)}."
        )
    columns = min(MOST_ABREAST, len(names))
    rows = math.ceil(len(names) / columns)
    with style.style():
        figure, grid = style.subplots(
            rows, columns, 0.9 + 2.2 * columns, 1.1 + 1.7 * rows, sharex=True, sharey=True
        )
        lines: list[Any] = []
        for place, ax in enumerate(grid.flat):
            if place >= len(names):
                ax.set_visible(False)
                continue
            lines = []
            for score, ink, dash in zip(scores, style.PALETTE, DASHES):
                if behind in names and names[place] != behind:
                    grey = held[(held[of] == behind) & (held["score"] == score)]
                    ax.plot(grey[over], grey["mean"], ls=dash, color=style.FAINT, lw=1)
                own = held[(held[of] == names[place]) & (held["score"] == score)]
                ax.fill_between(own[over], own["low"], own["high"], color=ink, alpha=0.25, lw=0)
                mark = "o" if len(own) == 1 else ""  # one place makes no line
                lines += ax.plot(
                    own[over], own["mean"], ls=dash, color=ink, lw=1.4, marker=mark, ms=4
                )
            ax.set_title(style.shorten(str(names[place]), 26), fontsize=8.5, **style.VERBATIM)
            # The last panel of each column tells the places, also where the row below ends early.
            ax.tick_params(labelsize=8, labelbottom=place + columns >= len(names))
            ax.xaxis.set_major_locator(style.whole_numbers(5))
        for ax in grid[:, 0]:
            ax.margins(x=0.02)
        figure.supxlabel(over, fontsize=9, color=style.INK, **style.VERBATIM)
        named = [in_words(score) for score in scores]
        if behind in names:
            lines += grid[0][0].plot([], [], "-", color=style.FAINT, lw=1)
            named.append(f"{behind}, for comparison")
        legend = figure.legend(
            lines, [str(i) for i in range(len(lines))], loc="outside upper left",
            ncols=min(3, len(lines)), fontsize=8,
        )  # fmt: skip
        for text, name in zip(legend.get_texts(), named, strict=True):
            text.set(text=style.shorten(name, 60), **style.VERBATIM)
    return figure
