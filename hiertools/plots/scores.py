"""Scores beside their chance levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from hiertools._core.doors import door
from hiertools._core.wording import number, score_label
from hiertools.errors import OptionError
from hiertools.plots import style
from hiertools.plots.tables import check_columns, numbers_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["fowlkes_mallows_curve", "level_lines", "score_points"]


@door
def score_points(scores: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Show each score without a level: value, interval, chance level and ceiling.

    Parameters
    ----------
    scores : DataFrame
        The tidy frame of a result.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        No score without a level has a value.

    Examples
    --------
    >>> frame = pd.DataFrame({"score": ["triplet"], "value": [0.3], "chance": [0.66],
    ...                       "better": ["lower"]})
    >>> [text.get_text() for text in score_points(frame).get_yticklabels()]
    ['triplet (lower is better)']
    """
    check_columns(scores, ["value"], "score_points", ["score"])
    flat = scores[scores["level"].isna()] if "level" in scores else scores
    rows = [row for row in flat.to_dict("records") if not pd.isna(row["value"])]
    # Raw counts, and k-resolved curves, live on other scales.
    rows = [row for row in rows if -1.0 <= row["value"] <= 1.0 and pd.isna(row.get("k"))]
    if not rows:
        raise OptionError("there is no score between -1 and 1 without a level to draw.")
    with style.style():
        ax = style.new_axes(ax, 6.8, 0.9 + 0.36 * len(rows))
        for y, row in enumerate(rows):
            low, high, chance, best = (
                float(row.get(name, np.nan)) for name in ("ci_low", "ci_high", "chance", "ceiling")
            )
            if not np.isnan(chance):
                ax.plot([chance, row["value"]], [y, y], color=style.FAINT, lw=1, zorder=1)
                ax.plot(chance, y, "|", color=style.FAINT, ms=13, mew=2)
            if not np.isnan(low) and not np.isnan(high):
                ax.plot([low, high], [y, y], color=style.ACCENT, lw=4, alpha=0.4)
            if not np.isnan(best):
                ax.plot(best, y, "|", color=style.INK, ms=9, mew=1)
            ax.plot(row["value"], y, "o", color=style.ACCENT, ms=6)
            ax.annotate(
                number(row["value"]), (1.01, y), xycoords=("axes fraction", "data"),
                va="center", fontsize=8, color=style.INK,
            )  # fmt: skip
        labels = [_labelled(row) for row in rows]
        style.name_ticks(ax.yaxis, range(len(rows)), labels, most=80)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        drawn = [
            float(row[name])
            for row in rows
            for name in ("value", "chance", "ceiling", "ci_low", "ci_high")
            if not pd.isna(row.get(name))
        ]
        ax.set_xlim(min(-0.02, min(drawn) - 0.03), max(1.02, max(drawn) + 0.03))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.set_xlabel("point: value, band: 95 % interval, grey mark: chance, dark mark: ceiling")
    return ax


def _labelled(row: Mapping[Any, Any]) -> str:
    text = score_label(row["score"]).replace("_", " ")
    return f"{text} (lower is better)" if row.get("better") == "lower" else text


@door
def level_lines(scores: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Show the scores that have a level, level by level, chance dashed.

    Parameters
    ----------
    scores : DataFrame
        The tidy frame of a result.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        No score has a level.

    Examples
    --------
    >>> frame = pd.DataFrame({"score": ["map_at_r"] * 2, "level": [0, 1], "value": [0.5, 0.25],
    ...                       "chance": [0.25, 0.125]})
    >>> [line.get_label() for line in level_lines(frame).get_lines()]
    ['map at r', '_chance']
    """
    check_columns(scores, ["value"], "level_lines", ["score"])
    leveled = scores[scores["level"].notna()] if "level" in scores else scores.iloc[:0]
    leveled = leveled[leveled["value"].notna()]
    if leveled.empty:
        raise OptionError("there is no score with a level to draw.")
    levels = list(dict.fromkeys(leveled["level"]))
    place = {level: i for i, level in enumerate(levels)}
    with style.style():
        ax = style.new_axes(ax, 6.4, 3.4)
        lines, named = [], []
        for i, (name, part) in enumerate(leveled.groupby("score", sort=False)):
            ink = style.PALETTE[i % len(style.PALETTE)]
            x = [place[level] for level in part["level"]]
            label = str(name).replace("_", " ")
            values = part["value"].astype(float)
            lines += ax.plot(x, values, "o-", color=ink, label=label, ms=4)
            named.append(label)
            if "chance" in part and part["chance"].notna().any():
                chance = part["chance"].astype(float)
                ax.plot(x, chance, "--", color=ink, lw=1, alpha=0.7, label="_chance")
        style.name_ticks(ax.xaxis, range(len(levels)), levels)
        ax.set_ylim(bottom=min(0.0, float(leveled["value"].min())))
        ax.set_xlabel("level of the tree (0: just below the root); dashed: chance")
        style.name_lines(ax, lines, named)
    return ax


@door
def fowlkes_mallows_curve(
    k: ArrayLike,
    value: ArrayLike,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    *,
    chance: ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Show the Fowlkes-Mallows index B_k over k, with its band under shuffled class names.

    Parameters
    ----------
    k, value : array_like, shape (n,)
        Number of clusters, and B_k there.
    low, high : array_like, shape (n,), optional
        Ends of the permutation band.
    chance : array_like, shape (n,), optional
        Mean under shuffled class names.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Examples
    --------
    >>> fowlkes_mallows_curve([2, 3], [0.8, 0.6], [0.4, 0.3], [0.6, 0.5]).get_ylabel()
    'Fowlkes-Mallows index'
    """
    called = "fowlkes_mallows_curve"
    if (low is None) != (high is None):
        raise OptionError(f"{called}(): low and high are the two ends of one band; give both.")
    x = numbers_of(k, "k", called)
    y = numbers_of(value, "value", called, x)
    below, above, mean = (
        None if given is None else numbers_of(given, name, called, x)
        for name, given in (("low", low), ("high", high), ("chance", chance))
    )
    if not x.size:
        raise OptionError(f"{called}(): there is no k to draw.")
    with style.style():
        ax = style.new_axes(ax, 6.4, 3.4)
        if below is not None and above is not None:
            ax.fill_between(
                x, below, above, color=style.FAINT, alpha=0.4, lw=0, label="shuffled class names"
            )
        if mean is not None:
            ax.plot(x, mean, "--", color=style.FAINT, label="mean of shuffled class names")
        ax.plot(x, y, "o-", color=style.ACCENT, ms=4, label="the model")
        if len(x) > 1 and x.max() / max(x.min(), 1) > 30:
            ax.set_xscale("log")
        ax.set_ylim(0, 1.02)
        ax.set_xlabel("number of clusters k")
        ax.set_ylabel("Fowlkes-Mallows index")
        ax.legend(loc="best")
    return ax
