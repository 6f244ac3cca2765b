"""Evaluations as text and as HTML fragments. Views never compute."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hiertools._core.cells import is_given
from hiertools._core.wording import (
    confidence_of,
    count_text,
    interval_heading,
    interval_text,
    number,
)
from hiertools.errors import visible
from hiertools.reporting.html import STYLE, escaped, notes_html, scores_html, table_html
from hiertools.reporting.parts import Notes, Text, Texts, TextTable
from hiertools.reporting.protocols import EvaluationResult, EvaluationSetResult
from hiertools.reporting.sets import difference_sentences, model_texts
from hiertools.reporting.text import scores_parts
from hiertools.results.columns import Table, records, table_in

if TYPE_CHECKING:
    import pandas as pd

MOST_CONFUSIONS = 5


def shown_scores(scores: pd.DataFrame | Table) -> list[dict[str, Any]]:
    """Return the rows that a table shows: undefined scores are told in the notes.

    Of scores that have both a number for classes and numbers by level, the one for classes comes
    with the scores without levels.
    """
    return [row for row in records(scores) if is_given(row["value"]) or row["note"] != ""]


def opening(result: EvaluationResult) -> str:
    """Return one sentence with the most telling numbers.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> made = ht.Predictions(["lynx", "newt"], classes=tree.classes, ranked=["wolf", "newt"])
    >>> print(opening(ht.evaluate(made, tree, intervals=False)))
    Right for 50.0 % of 2 samples; a mistake lies 2.00 from the truth in the tree (2.50 by chance).
    """
    right = f"Right for {100 * result.value('accuracy'):.1f} % of {result.n_samples:,} samples"
    if stops_short(result):
        short, fine = (100 * result.value(f"{way}_classified") for way in ("under", "over"))
        score, what, plural = "branch_severity", "wrong branch", "wrong branches"
        if short > 0 or not fine > 0:
            right += f", and for {short:.1f} % as far as the answer goes"
        if fine > 0:
            right += f", and for {fine:.1f} % as far as the label does"
    else:
        score, what, plural = "mistake_severity", "mistake", "mistakes"
    severity, chance = (_number_of(result, score, column) for column in ("value", "chance"))
    if math.isnan(severity):
        return f"{right}; no {plural}."
    far = f"a {what} lies {severity:.2f} from the truth in the {hierarchy(result)}"
    return f"{right}; {far}." if math.isnan(chance) else f"{right}; {far} ({chance:.2f} by chance)."


def _number_of(result: EvaluationResult, score: str, column: str) -> float:
    """Return a number of the row of a score that has neither level nor k."""
    rows = records(table_in(result, "scores"))
    held = next(row for row in rows if row["score"] == score).get(column)
    return float(held) if is_given(held) else math.nan


CHANCE = "chance: if each mistake hit any other class with the same probability."


def scores_and_notes(result: EvaluationResult) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Return the rows that a table of scores shows, and what is said below it."""
    scores = shown_scores(table_in(result, "scores"))
    by_chance = any(is_given(row.get("chance")) for row in scores)
    return scores, (CHANCE, *result.notes) if by_chance else result.notes


def hierarchy(result: EvaluationResult) -> str:
    """Return what the hierarchy is: a tree, or a graph."""
    return "tree" if result.graph is None else "graph"


def stops_short(result: EvaluationResult) -> bool:
    """Tell whether some class lies above others, so that an answer may be right but coarse."""
    return has_score(result, "under_classified")


def rank_texts(table: pd.DataFrame) -> Texts:
    """Return the table by rank as columns of texts: shares of samples, then precision and F1."""
    rows = records(table)
    columns = {
        "level": [
            row["rank"] if isinstance(row["rank"], str)
            else "whole answer" if not is_given(row["level"]) else str(row["level"])
            for row in rows
        ],
    }  # fmt: skip
    for title, name in (
        ("right", "match"), ("too coarse", "under_classified"), ("too fine", "over_classified"),
        ("wrong branch", "misclassified"),
    ):  # fmt: skip
        columns[title] = [f"{100 * row[name]:.1f} %{_interval(row, name)}" for row in rows]
    for title, name in (("precision", "precision"), ("F1", "f1")):
        columns[title] = [number(row[name]) for row in rows]
    return columns


def open_world_texts(table: pd.DataFrame) -> Texts:
    """Return the accuracies of seen and unseen classes as columns of texts."""
    rows = records(table)
    columns = {
        "level": [
            row["rank"] if isinstance(row["rank"], str) else str(row["level"]) for row in rows
        ]
    }
    for title, name in (
        ("seen classes", "seen"), ("unseen classes", "unseen"), ("harmonic mean", "harmonic"),
    ):  # fmt: skip
        columns[title] = [
            "" if math.isnan(row[name]) else f"{100 * row[name]:.1f} %{_interval(row, name)}"
            for row in rows
        ]
    return columns


def promise_texts(scores: pd.DataFrame | Table, confidence_level: float) -> Texts:
    """Return how often answers of a rule hold the label, and how much they say."""
    rows = {row["score"]: row for row in records(scores) if not is_given(row["level"])}
    kept, told = rows["promise_kept"], rows["specificity"]
    ends = [f"{100 * kept[end]:.1f} %" for end in ("ci_low", "ci_high")]
    held = "" if math.isnan(kept["ci_low"]) else f"{ends[0]} to {ends[1]}"
    return {
        "": ["answers that hold the label", "specificity"],
        "value": [f"{100 * kept['value']:.1f} %", number(told["value"])],
        interval_heading(confidence_level): [held, interval_text(told["ci_low"], told["ci_high"])],
    }


def set_texts(scores: pd.DataFrame | Table) -> Texts:
    """Return, at each level and of classes, how often sets hold the label, and how large they are.

    The coarsest level comes first.
    """
    of: dict[str, list[dict[str, Any]]] = {}
    for row in records(scores):
        of.setdefault(row["score"], []).append(row)
    pairs = [*zip(of["set_coverage"], of["set_size"])]
    pairs = [*pairs[1:], pairs[0]]
    found: dict[str, list[str]] = {"": [], "label in the set": [], "size": []}
    for cover, size in pairs:
        at = cover["rank"] if isinstance(cover["rank"], str) else f"level {cover['level']}"
        found[""].append(at if is_given(cover["level"]) else "classes")
        share = "" if math.isnan(cover["value"]) else f"{100 * cover['value']:.1f} %"
        if share and not math.isnan(cover["ci_low"]):
            share += f" [{100 * cover['ci_low']:.1f}, {100 * cover['ci_high']:.1f}]"
        found["label in the set"].append(share)
        ends = interval_text(size["ci_low"], size["ci_high"])
        found["size"].append(f"{number(size['value'])} {ends}".strip())
    return found


def has_score(result: EvaluationResult, score: str) -> bool:
    """Tell whether a score is in the table, which those of an option are not always."""
    return any(row["score"] == score for row in records(table_in(result, "scores")))


def _interval(row: dict[str, Any], name: str) -> str:
    low, high = row.get(f"{name}_low", math.nan), row.get(f"{name}_high", math.nan)
    return "" if math.isnan(low) else f" [{100 * low:.1f}, {100 * high:.1f}]"


def evaluation_text(result: EvaluationResult) -> Text:
    """Return an evaluation: costliest confusions, scores, notes."""
    costliest = [f"  {visible(line)}" for line in result.costliest(MOST_CONFUSIONS)]
    scores, notes = scores_and_notes(result)
    return Text(
        opening(result),
        "\n".join(["Costliest confusions:", *costliest]) if costliest else "",
        *scores_parts(scores, notes, confidence_of(result.settings)),
    )


def confusion_texts(confusions: pd.DataFrame | Table, most: int) -> Texts:
    """Return the costliest confusions as columns of texts."""
    head = records(confusions)[:most]
    return {
        "label": [row["label"] for row in head],
        "predicted": [row["predicted"] for row in head],
        "times": [count_text(row["count"]) for row in head],
        "distance": [f"{row['distance']:g}" for row in head],
        "cost": [f"{row['cost']:g}" for row in head],
        "share of the label": [f"{100 * row['share']:.1f} %" for row in head],
        "common ancestor": [row["common_ancestor"] for row in head],
    }


def evaluation_html(result: EvaluationResult, style: bool = True) -> str:
    """Return an evaluation as an HTML fragment."""
    name = f"{result.name}: " if result.name else ""
    shown, notes = scores_and_notes(result)
    scores = scores_html(
        shown,
        title=f"{name}{result!r}" if style else "",
        notes=notes,
        style=style,
        confidence_level=confidence_of(result.settings),
    )
    worst = confusion_texts(table_in(result, "confusions"), MOST_CONFUSIONS)
    table = table_html(worst, caption="Costliest confusions")
    return f'{scores}<div class="hiertools">{table}</div>'


def evaluation_set_text(result: EvaluationSetResult) -> Text:
    """Return several models side by side."""
    table = _side_by_side(result)
    return Text(TextTable(table), Notes(tuple(set_notes(result))))


def _side_by_side(result: EvaluationSetResult) -> Texts:
    """Return the scores of several models; chance is that of each one's own mistakes."""
    scores = result.scores.drop(columns="chance")
    return model_texts(scores, result.differences, result.models)


def evaluation_set_html(result: EvaluationSetResult, style: bool = True) -> str:
    """Return several models side by side as an HTML fragment."""
    table = _side_by_side(result)
    title = f"<h4>{escaped(repr(result))}</h4>" if style else ""
    return (
        f'{STYLE if style else ""}<div class="hiertools">{title}'
        f"{table_html(table)}{notes_html(set_notes(result))}</div>"
    )


def set_notes(result: EvaluationSetResult) -> list[str]:
    """Return the differences that hold, and every model's notes; a note that all share, once."""
    return [*difference_sentences(result.differences), *result.notes]
