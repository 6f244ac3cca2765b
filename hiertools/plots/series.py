"""Scores along a training run, and under the choices of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hiertools._core.checks import name_list
from hiertools._core.doors import door
from hiertools._core.wording import in_words, score_label
from hiertools.errors import OptionError
from hiertools.plots import style
from hiertools.plots.scores import flat_rows, labelled
from hiertools.plots.tables import check_columns
from hiertools.results.table import level_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["score_curves", "sweep_points"]

MOST = len(style.PALETTE)
"""Curves of one picture: each has a colour of its own."""

MARKERS = "os^Dv<>P"
"""Beside colours, for print in grey and for the colour-blind."""


@door
def score_curves(
    series: pd.DataFrame,
    *,
    over: str = "step",
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Show scores along a training run: values, 95 % intervals as bands, chance dashed.

    Parameters
    ----------
    series : DataFrame
        Score tables below each other, as `compare_series` and `checkpoint_series` give them.
    over : str
        The column that tells where along the run a row is. Numbers are drawn to scale, anything
        else in the order of the rows.
    names : sequence of str, optional
        Which scores, at all their levels and k; by default the first four that have neither.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        No such score has a value, or there are more curves than colours.

    Examples
    --------
    >>> frame = pd.DataFrame({"step": [1, 2], "score": "triplet", "value": [0.6, 0.3],
    ...                       "chance": 0.66, "better": "lower"})
    >>> ax = score_curves(frame)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['triplet (lower is better)']
    """
    check_columns(series, ["value"], "score_curves", [over, "score"])
    held = series[series["value"].notna()]
    wanted = _wanted(held, names, "score_curves")
    if names is None:
        held = flat_rows(held, "score_curves")
    held = held[held["score"].isin(wanted)]
    curves: dict[str, list[Mapping[Any, Any]]] = {}
    for row in held.to_dict("records"):
        spaced = score_label(in_words(row["score"]), level_label(row), row.get("k"))
        curves.setdefault(labelled(row, spaced), []).append(row)
    if len(curves) > MOST:
        raise OptionError(
            f"score_curves(): {len(curves)} curves are more than there are colours, {MOST}; name "
            "fewer scores, or take the rows of some levels."
        )
    steps = list(dict.fromkeys(series[over]))
    to_scale = pd.api.types.is_numeric_dtype(series[over])
    place = {step: float(step) if to_scale else float(i) for i, step in enumerate(steps)}
    with style.style():
        ax = style.new_axes(ax, 7.2, 3.6)
        lines = []
        for i, rows in enumerate(curves.values()):
            ink = style.PALETTE[i]
            x = [place[row[over]] for row in rows]
            value, chance, low, high = (
                np.array([row.get(name, np.nan) for row in rows], dtype=float)
                for name in ("value", "chance", "ci_low", "ci_high")
            )
            ax.fill_between(x, low, high, color=ink, alpha=0.12, lw=0)
            ax.plot(x, chance, "--", color=ink, lw=1, alpha=0.7)
            mark = MARKERS[i % len(MARKERS)] if len(steps) <= 40 else ""
            # Curves that coincide are told apart by marks of their own sizes.
            lines += ax.plot(x, value, f"{mark}-", color=ink, ms=7 - 0.5 * min(i, 7), alpha=0.9)
        if not to_scale:
            style.name_ticks(ax.xaxis, place.values(), steps, most=16)
        elif all(float(at).is_integer() for at in place.values()):
            ax.xaxis.set_major_locator(style.whole_numbers())
        ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
        told = "; dashed: chance" if "chance" in held and held["chance"].notna().any() else ""
        ax.set_xlabel(f"{style.shorten(over)}{told}", **style.VERBATIM)
        style.name_lines(ax, lines, list(curves), beside=True)
    return ax


@door
def sweep_points(table: pd.DataFrame, *, names: Sequence[str] | None = None) -> Figure:
    """Show how far scores depend on metric and linkage: a row a linkage, a mark a metric.

    Parameters
    ----------
    table : DataFrame
        What `hiertools.sweep` returns.
    names : sequence of str, optional
        Which scores, at most eight; by default the first four that have neither level nor k.

    Returns
    -------
    Figure
        One axes a score. A linkage that is not defined with a metric lacks its mark.

    Raises
    ------
    OptionError
        No such score has a value.

    Examples
    --------
    >>> frame = pd.DataFrame({"metric": ["angular", "euclidean"], "linkage": "average",
    ...                       "score": "triplet", "value": [0.3, 0.2], "better": "lower"})
    >>> figure = sweep_points(frame)
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['average']
    """
    check_columns(table, ["value"], "sweep_points", ["metric", "linkage", "score"])
    flat = flat_rows(table, "sweep_points")
    wanted = _wanted(flat, names, "sweep_points")
    metrics, ways = (list(dict.fromkeys(table[column])) for column in ("metric", "linkage"))
    place = {way: i for i, way in enumerate(ways)}
    with style.style():
        figure, grid = style.subplots(
            1, len(wanted), 1.6 + 2.6 * len(wanted), 1.5 + 0.42 * len(ways), sharey=True
        )
        for ax, name in zip(grid[0], wanted, strict=True):
            of = flat[flat["score"] == name]
            ax.set_title(labelled(of.to_dict("records")[0], gap="\n"), fontsize=9)
            for i, metric in enumerate(metrics):
                own = of[of["metric"] == metric]
                # A little apart, so that equal values do not hide one another.
                aside = 0.14 * (i - (len(metrics) - 1) / 2)
                ax.plot(
                    own["value"].astype(float), [place[way] + aside for way in own["linkage"]],
                    MARKERS[i % len(MARKERS)], color=style.PALETTE[i % MOST], ms=5, alpha=0.9,
                )  # fmt: skip
            if "chance" in of and of["chance"].notna().any():
                ax.axvline(float(of["chance"].mean()), color=style.FAINT, ls="--", lw=1)
            ax.set_xlim(min(-0.02, ax.get_xlim()[0]), max(1.02, ax.get_xlim()[1]))
            ax.set_ylim(len(ways) - 0.4, -0.6)
            ax.tick_params(axis="y", length=0)
            ax.grid(axis="y", color=style.FAINT, alpha=0.25, lw=0.6)
            ax.spines["left"].set_visible(False)
        style.name_ticks(grid[0][0].yaxis, range(len(ways)), ways)
        marks = [grid[0][0].get_lines()[i] for i in range(len(metrics))]
        told = [style.shorten(str(metric), 40) for metric in metrics]
        if "chance" in flat and flat["chance"].notna().any():
            marks += ax.plot([], [], "--", color=style.FAINT, lw=1)
            told.append("chance")
        legend = figure.legend(
            marks, [str(i) for i in range(len(marks))], loc="outside lower right",
            ncols=len(marks), fontsize=8, handletextpad=0.3, columnspacing=1.2,
        )  # fmt: skip
        for text, name in zip(legend.get_texts(), told, strict=True):
            text.set(text=name, **style.VERBATIM)
    return figure


def _wanted(rows: pd.DataFrame, names: Sequence[str] | None, called: str) -> list[str]:
    """Return the scores to draw: those asked for, or the first few that have neither level nor k.

    One that has no value is refused by its name.
    """
    if names is None:
        return list(dict.fromkeys(flat_rows(rows, called)["score"]))[:4]
    there = list(dict.fromkeys(rows["score"]))
    asked = [] if isinstance(names, str) else list(names)
    if not 0 < len(asked) <= 8 or not set(asked) <= set(there):
        raise OptionError(
            f"{called}(): names must be one to eight scores that have a value; there are "
            f"{name_list(there)}."
        )
    return asked
