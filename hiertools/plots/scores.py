"""Scores beside their chance levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.checks import name_list
from hiertools._core.doors import door
from hiertools._core.wording import in_words, number
from hiertools.errors import OptionError
from hiertools.plots import marks, style
from hiertools.plots.tables import check_columns, numbers_of

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["forest", "fowlkes_mallows_curve", "level_lines", "score_columns", "score_points"]


@door
def score_points(
    scores: pd.DataFrame, *, confidence_level: float = 0.95, ax: Axes | None = None
) -> Axes:
    """Show each score that has neither level nor k: value, interval, chance level and ceiling.

    All are drawn on one axis: give scores of one scale.

    Parameters
    ----------
    scores : DataFrame
        The tidy frame of a result.
    confidence_level : float
        Of the intervals, for the legend.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        No score without a level has a value; a `confidence_level` that is none.

    Examples
    --------
    >>> frame = pd.DataFrame({"score": ["triplet"], "value": [0.3], "chance": [0.66],
    ...                       "better": ["lower"]})
    >>> [text.get_text() for text in score_points(frame).get_yticklabels()]
    ['triplet (lower is better)']
    """
    checks.number_between(confidence_level, "confidence_level", 0, 1)
    rows = flat_rows(scores, "score_points").to_dict("records")
    with style.style():
        own = ax is None
        ax = style.new_axes(ax, 6.8, 1.2 + 0.3 * len(rows))
        held = marks.draw(ax, rows, confidence_level)
        style.name_ticks(ax.yaxis, range(len(rows)), [labelled(row) for row in rows], most=80)
        tell_values(ax, rows)
        if own:
            marks.explain(style.figure_of(ax), held)
        else:
            ax.legend(handles=held, loc="upper right", bbox_to_anchor=(1.1, -0.08), fontsize=8)
    return ax


@door
def score_columns(scores: pd.DataFrame, *, confidence_level: float = 0.95) -> Figure:
    """Show the scores of several models side by side, on one scale.

    Parameters
    ----------
    scores : DataFrame
        The tidy frame of several models, with a column ``model``.
    confidence_level : float
        Of the intervals, for the legend.

    Returns
    -------
    Figure
        One axes a model, a row a score.

    Raises
    ------
    OptionError
        No score without a level has a value; a `confidence_level` that is none.

    Examples
    --------
    >>> frame = pd.DataFrame({"model": ["a", "b"], "score": "triplet", "value": [0.3, 0.6]})
    >>> [ax.get_title() for ax in score_columns(frame).axes]
    ['a', 'b']
    """
    check_columns(scores, [], "score_columns", ["model"])
    checks.number_between(confidence_level, "confidence_level", 0, 1)
    flat = flat_rows(scores, "score_columns")
    names, models = (list(dict.fromkeys(flat[column])) for column in ("score", "model"))
    better = {row["score"]: row for row in flat.to_dict("records")}
    with style.style():
        figure, grid = style.subplots(
            1, len(models), 2.4 + 3.2 * len(models), 1.4 + 0.3 * len(names), sharex=True,
            sharey=True,
        )  # fmt: skip
        held: dict[str, Artist] = {}
        for ax, model in zip(grid[0], models, strict=True):
            of = flat[flat["model"] == model].set_index("score").to_dict("index")
            rows = [of.get(name, {}) for name in names]
            drawn = marks.draw(ax, rows, confidence_level)
            held |= {str(mark.get_label()): mark for mark in drawn}
            tell_values(ax, rows)
            ax.set_title(style.shorten(str(model), 40), **style.VERBATIM)
        labels = [labelled(better[name]) for name in names]
        style.name_ticks(grid[0][0].yaxis, range(len(names)), labels, most=80)
        marks.explain(figure, list(held.values()))
    return figure


def flat_rows(scores: pd.DataFrame, called: str) -> pd.DataFrame:
    """Return the rows of scores that have neither level nor k, and a value."""
    check_columns(scores, ["value"], called, ["score"])
    flat = scores[scores["value"].notna()]
    for column in ("level", "k"):
        if column in flat:
            flat = flat[flat[column].isna()]
    if flat.empty:
        raise OptionError(f"{called}(): there is no score without level and k to draw.")
    return flat


def tell_values(ax: Axes, rows: Sequence[Mapping[Any, Any]]) -> None:
    """Write each value to the right of its row."""
    for y, row in enumerate(rows):
        if row:
            ax.annotate(
                number(row["value"]), (1.01, y), xycoords=("axes fraction", "data"),
                va="center", fontsize=8, color=style.INK,
            )  # fmt: skip


def labelled(row: Mapping[Any, Any], name: str = "", gap: str = " ") -> str:
    """Return what a score is called, and where lower is better; after a gap, or on a new line."""
    text = name or in_words(row["score"])
    return f"{text}{gap}(lower is better)" if row.get("better") == "lower" else text


@door
def forest(scores: pd.DataFrame, *, names: Sequence[str] | None = None) -> Figure:
    """Hold models against one another, score by score: values, intervals, chance and ceilings.

    A star is a p-value of at most 0.05, against chance and corrected for all rows of the model's
    table (``p_adjusted``): it tells nothing of the difference between two models.

    Parameters
    ----------
    scores : DataFrame
        The tidy frame of several models, with a column ``model``.
    names : sequence of str, optional
        Which scores, at most eight; by default the first four that have neither level nor k.

    Returns
    -------
    Figure
        One axes a score, a row a model.

    Raises
    ------
    OptionError
        No such score has a value.

    Examples
    --------
    >>> frame = pd.DataFrame({"model": ["a", "b"], "score": "triplet", "value": [0.3, 0.6],
    ...                       "chance": 0.66, "p_adjusted": [0.01, 0.4], "better": "lower"})
    >>> figure = forest(frame)
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['a', 'b']
    """
    check_columns(scores, [], "forest", ["model"])
    flat = flat_rows(scores, "forest")
    held = list(dict.fromkeys(flat["score"]))
    wanted = held[:4] if names is None else [n for n in names if n in held]
    if not 0 < len(wanted) <= 8:
        raise OptionError(
            "forest(): names must be one to eight scores that have a value and neither level nor "
            f"k; there are {name_list(held)}."
        )
    models = list(dict.fromkeys(flat["model"]))
    with style.style():
        figure, grid = style.subplots(
            1, len(wanted), 1.6 + 2.6 * len(wanted), 1.3 + 0.3 * len(models), sharey=True
        )
        held_marks: dict[str, Artist] = {}
        for ax, name in zip(grid[0], wanted, strict=True):
            of = flat[flat["score"] == name].set_index("model").to_dict("index")
            rows = [of.get(model, {}) for model in models]
            held_marks |= {str(mark.get_label()): mark for mark in marks.draw(ax, rows)}
            told = next(row for row in rows if row)
            ax.set_title(labelled({**told, "score": name}, gap="\n"), fontsize=9)
            for y, row in enumerate(rows):
                if row and row.get("p_adjusted", 1) <= 0.05:
                    ax.annotate(
                        "*", (row["value"], y), xytext=(0, 3), textcoords="offset points",
                        ha="center", color=style.INK,
                    )  # fmt: skip
        style.name_ticks(grid[0][0].yaxis, range(len(models)), models, most=40)
        marks.explain(figure, list(held_marks.values()))
    return figure


@door
def level_lines(scores: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    r"""Show the scores that have a level, level by level, chance dashed.

    Below each level stands how many classes inform it: those that have company there.

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
    ...                       "chance": [0.25, 0.125], "n_classes": [40, 31]})
    >>> ax = level_lines(frame)
    >>> [line.get_label() for line in ax.get_lines()]
    ['MAP@R', '_chance']
    >>> [text.get_text() for text in ax.get_xticklabels()]
    ['0\n40', '1\n31']
    """
    check_columns(scores, ["value"], "level_lines", ["score"])
    leveled = scores[scores["level"].notna()] if "level" in scores else scores.iloc[:0]
    leveled = leveled[leveled["value"].notna()]
    if leveled.empty:
        raise OptionError("there is no score with a level to draw.")
    levels = list(dict.fromkeys(leveled["level"]))
    place = {level: i for i, level in enumerate(levels)}
    parts = list(leveled.groupby("score", sort=False))
    with style.style():
        ax = style.new_axes(ax, 6.4, 3.6)
        lines, named = [], []
        for i, (name, part) in enumerate(parts):
            ink = style.PALETTE[i % len(style.PALETTE)]
            # A little apart, so that equal values do not hide one another.
            aside = 0.05 * (i - (len(parts) - 1) / 2)
            x = [place[level] + aside for level in part["level"]]
            label = in_words(name)
            values = part["value"].astype(float)
            lines += ax.plot(x, values, "o-", color=ink, label=label, ms=4)
            named.append(label)
            if "chance" in part and part["chance"].notna().any():
                chance = part["chance"].astype(float)
                ax.plot(x, chance, "--", color=ink, lw=1, alpha=0.7, label="_chance")
        counts: dict[Any, Any] = {}
        if "n_classes" in leveled:
            counts = leveled.groupby("level", sort=False)["n_classes"].min().to_dict()
        texts = [_level_text(level, counts) for level in levels]
        size = 9 if len(levels) <= 8 else 7 if len(levels) <= 12 else 6
        ax.set_xticks(range(len(levels)), texts, fontsize=size, **style.VERBATIM)
        ax.set_ylim(bottom=min(0.0, float(leveled["value"].min())))
        below = "below: classes with company there; " if counts else ""
        ax.set_xlabel(f"level of the tree (0: just below the root)\n{below}dashed: chance")
        style.name_lines(ax, lines, named, beside=True)
    return ax


def _level_text(level: Any, counts: Mapping[Any, Any]) -> str:
    whole = isinstance(level, float) and level.is_integer()
    text = style.shorten(str(int(level) if whole else level), 16)
    count = counts.get(level)
    return text if count is None or pd.isna(count) else f"{text}\n{int(count):,}"


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
        ax.plot(x, y, "o-" if len(x) <= 40 else "-", color=style.ACCENT, ms=4, label="the model")
        if len(x) > 1 and x.max() / max(x.min(), 1) > 30:
            ax.set_xscale("log")
        ax.set_ylim(0, 1.02)
        if ax.get_xscale() == "linear":
            ax.xaxis.set_major_locator(style.whole_numbers())
        ax.set_xlabel("number of clusters k")
        ax.set_ylabel("Fowlkes-Mallows index")
        ax.legend(loc="best")
    return ax
