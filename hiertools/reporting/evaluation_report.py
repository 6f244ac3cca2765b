"""Reports of evaluations: one HTML file, the most telling numbers first."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hiertools._core.files import write_text
from hiertools._core.keyed import keyed_ranks
from hiertools._core.wording import confidence_of, number, times
from hiertools.plots import style
from hiertools.plots.back_off import accuracy_specificity
from hiertools.plots.evaluations import confusion_map, reliability, similarity_curve
from hiertools.reporting.evaluations import (
    confusion_texts,
    evaluation_set_html,
    has_score,
    hierarchy,
    open_world_texts,
    opening,
    promise_texts,
    rank_texts,
    scores_and_notes,
    set_notes,
    set_texts,
    stops_short,
)
from hiertools.reporting.explored import evaluation_data
from hiertools.reporting.html import scores_html, table_html
from hiertools.reporting.page import EXPLORE, Section, facts_html, page
from hiertools.reporting.parts import Texts
from hiertools.reporting.protocols import EvaluationResult, EvaluationSetResult
from hiertools.results.columns import table_in

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MOST_ROWS = 20


def write_evaluation(result: EvaluationResult, path: str | os.PathLike[str]) -> None:
    """Write the report of an evaluation: scores, confusions, classes, nodes, calibration."""
    text = evaluation_page(result)
    write_text(path, text)


def write_evaluation_set(result: EvaluationSetResult, path: str | os.PathLike[str]) -> None:
    """Write the report of several models: their table and the tests, then each one's confusions."""
    text = evaluation_set_page(result)
    write_text(path, text)


def evaluation_page(result: EvaluationResult) -> str:
    """Return the report of an evaluation as HTML."""
    level = confidence_of(result.settings)
    shown, notes = scores_and_notes(result)
    scores = scores_html(shown, notes=notes, style=False, confidence_level=level)
    sections = [Section("Scores", html=scores)]
    if has_score(result, "promise_kept"):
        told = (
            f"Answers are those of {result.settings['rule']}. One that holds the label keeps the "
            "promise; specificity is 1 for a class and 0 for the root, which says nothing."
        )
        rows = promise_texts(table_in(result, "scores"), level)
        sections.append(Section("Promises kept", told, table_html(rows)))
    if has_score(result, "set_coverage"):
        rule = result.settings.get("rule")
        told = (
            f"{'' if rule is None else f'Sets are those of {rule}. '}How often the set that "
            "answers holds the label, or a class of the label's group at a level, and between how "
            "many classes, or groups, it leaves the choice. On average "
            f"{number(result.value('set_nodes'))} nodes stand for a set, and the specificity of "
            f"their common ancestor is {number(result.value('set_specificity')) or 'undefined'} "
            "(1 for a class, 0 for the root)."
        )
        rows = set_texts(table_in(result, "scores"))
        sections.append(Section("Sets of answers", told, table_html(rows)))
    if has_score(result, "selective_risk_area"):
        sections.append(_backing_off({result.name: result}))
    if stops_short(result):
        told = (
            "How many answers are right at each level, how many stop short above it, how many say "
            "more than the label does, and how many are on another branch. "
            "Precision counts no answer as wrong that stops short; recall is the share that is "
            "right."
        )
        sections.append(Section("Level by level", told, table_html(rank_texts(result.by_rank()))))
    if has_score(result, "seen_accuracy"):
        told = (
            "How many samples are put in the right group of each level: those of classes that the "
            "model has, and those of classes that it was never taught, where it knows their group. "
            f"From the truth, seen classes lie {_distance(result, 'seen')} edges away on average, "
            f"unseen ones {_distance(result, 'unseen')} from the deepest group that could be known."
        )
        table = table_html(open_world_texts(result.seen_and_unseen()))
        sections.append(Section("Seen and unseen classes", told, table))
    sections.append(EXPLORE)
    if len(result.confusions):
        told = (
            "How often one class was taken for another, times how far apart they are in the "
            f"{hierarchy(result)}."
        )
        table = table_html(confusion_texts(result.confusions, MOST_ROWS))
        sections.append(Section("Costliest confusions", told, table))
    sections += [
        Section("Where mistakes fall", figures=[_map(result)]),
        Section(
            "Classes whose mistakes cost most",
            f"Cost is the mean distance in the {hierarchy(result)} between label and prediction, "
            "right ones included.",
            table_html(_classes(result.per_class)),
        ),
        Section(
            f"Groups of the {hierarchy(result)}",
            "Each group as one class against the rest, and what it is most expensively taken for.",
            table_html(_nodes(result.per_node)),
        ),
    ]
    if (result.reliability["n"] > 0).any():
        table = table_html(_reliability(result.reliability))
        told = "How often predictions of each confidence are right."
        drawn = style.figure_of(reliability(result.reliability))
        caption = "Points below the dashed line: more confident than right."
        sections.append(Section("Calibration", told, table, [(drawn, caption)]))
    if result.similarity_curve["value"].notna().any():
        drawn = style.figure_of(similarity_curve(result.similarity_curve))
        caption = (
            f"How near in the {hierarchy(result)} the k nearest test embeddings are; 1 is the best "
            "attainable."
        )
        sections.append(Section("What embeddings lie near", figures=[(drawn, caption)]))
    sections.append(Section("Settings and versions", html=_settings(result), folded=True))
    title = f"{result.name or 'Model'}: {result.n_samples:,} samples, {result.n_classes:,} classes"
    explored = evaluation_data({result.name: result})
    return page(title, opening(result), sections, _footer(result.versions), explored)


def evaluation_set_page(result: EvaluationSetResult) -> str:
    """Return the report of several models as HTML."""
    first = result[result.models[0]]
    sections = [Section("Scores", html=evaluation_set_html(result, style=False))]
    if has_score(first, "selective_risk_area"):
        sections.append(_backing_off({model: result[model] for model in result.models}))
    sections.append(EXPLORE)
    for model in result.models:
        table = table_html(confusion_texts(result[model].confusions, MOST_ROWS // 2))
        sections.append(Section(f"{model}: costliest confusions", html=table))
        sections.append(Section(f"{model}: where mistakes fall", figures=[_map(result[model])]))
    sections.append(Section("Settings and versions", html=_settings(first), folded=True))
    title = f"{', '.join(result.models)}: {first.n_samples:,} samples, {first.n_classes:,} classes"
    told = " ".join(f"{model}: {opening(result[model])}" for model in result.models)
    explored = evaluation_data({model: result[model] for model in result.models})
    opened = " ".join([told, *set_notes(result)[:1]])
    return page(title, opened, sections, _footer(first.versions), explored)


def _backing_off(results: Mapping[str, EvaluationResult]) -> Section:
    """Return what one model, or each of several, gains where its answers are less specific."""
    areas = []
    for model, result in results.items():
        area = number(result.value("selective_risk_area"))
        areas.append(f"{area} for {model}" if len(results) > 1 else area)
    told = (
        "Where the model is unsure of the class, it can answer with a group above it. The less is "
        "asked of an answer (to the left), the fewer are wrong. The area above the curve, 0 at "
        f"best, is {', '.join(areas)}: it is small where a model that is wrong about the class is "
        "unsure of it first."
    )
    curves = {model: result.selective_curve for model, result in results.items()}
    drawn = accuracy_specificity(curves if len(curves) > 1 else next(iter(curves.values())))
    caption = (
        "Right: always a class. Left: always the root, which is never wrong and says nothing."
        + (" Numbers are thresholds of the probability of an answer." if len(curves) == 1 else "")
    )
    return Section("Backing off", told, figures=[(style.figure_of(drawn), caption)])


def _distance(result: EvaluationResult, kind: str) -> str:
    return number(result.value(f"{kind}_balanced_distance")) or "an unknown number of"


def _map(result: EvaluationResult) -> tuple[Figure, str]:
    """Return the confusion matrix as a picture, and how to read it."""
    ax = confusion_map(result.confusion_matrix(), result.predefined)
    drawn = "the tree" if result.graph is None else "the tree along which the graph is drawn"
    caption = (
        f"Classes in the order of {drawn}: labels down, predictions across; frames are its "
        "groups. Mistakes within a frame are near misses, those far from the diagonal are not."
    )
    return style.figure_of(ax), caption


def _classes(table: pd.DataFrame) -> Texts:
    # Which of those that are as bad are shown must not depend on the order of names.
    table = table.assign(drawn=keyed_ranks(list(table["class"])))
    worst = table[table["n"] > 0].sort_values(
        ["average_hierarchical_cost", "drawn"], ascending=[False, True]
    )
    head = worst.head(MOST_ROWS)
    return {
        "class": list(head["class"]),
        "samples": [f"{n:,}" for n in head["n"]],
        "recall": [number(x) for x in head["recall"]],
        "precision": [number(x) for x in head["precision"]],
        "cost": [number(x) for x in head["average_hierarchical_cost"]],
        "costliest confusion": _confusions(head, "confused_with"),
    }


def _nodes(table: pd.DataFrame) -> Texts:
    table = table.assign(drawn=keyed_ranks(list(table["node"])))
    groups = table[(table["n_classes"] > 1) & (table["n"] > 0)]
    head = groups.sort_values(["level", "f1", "drawn"]).head(2 * MOST_ROWS)
    return {
        "group": list(head["node"]),
        "level": [str(level) for level in head["level"]],
        "classes": [f"{n:,}" for n in head["n_classes"]],
        "samples": [f"{n:,}" for n in head["n"]],
        "recall": [number(x) for x in head["recall"]],
        "precision": [number(x) for x in head["precision"]],
        "costliest confusion": _confusions(head, "confused_with", "confused_label"),
    }


def _confusions(table: pd.DataFrame, other: str, label: str | None = None) -> list[str]:
    return [
        ""
        if row["confused_count"] == 0
        else (f"{row[label]} → {row[other]}" if label else f"{row[other]}")
        + f", {times(row['confused_count'])}, distance {row['confused_distance']:g}"
        for row in table.to_dict("records")
    ]


def _reliability(table: pd.DataFrame) -> Texts:
    held = table[table["n"] > 0]
    return {
        "confidence": [f"{low:.2f} to {high:.2f}" for low, high in zip(held["low"], held["high"])],
        "samples": [f"{n:,}" for n in held["n"]],
        "mean confidence": [number(x) for x in held["confidence"]],
        "accuracy": [number(x) for x in held["accuracy"]],
    }


def _settings(result: EvaluationResult) -> str:
    return facts_html({**result.settings, **result.versions})


def _footer(versions: Mapping[str, str]) -> str:
    return (
        f"Made with hiertools {versions.get('hiertools', '')}. Intervals come from resampled test "
        "samples."
    )
