"""Reports of evaluations: one HTML file that tells how bad mistakes are, and where they fall."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pandas as pd

from hiertools._files import atomic_write
from hiertools.plots import _style
from hiertools.plots.evaluations import confusion_map, reliability, similarity_curve
from hiertools.views.evaluations import (
    confusion_rows,
    evaluation_set_html,
    opening,
    shown_scores,
)
from hiertools.views.html import scores_html, table_html
from hiertools.views.page import Section, facts_html, page
from hiertools.views.sets import difference_sentences
from hiertools.views.text import number

if TYPE_CHECKING:
    from hiertools.evaluation import Evaluation
    from hiertools.evaluation_set import EvaluationSet

MOST_CONFUSIONS = 15
MOST_CLASSES = 10


def write_evaluation(result: Evaluation, path: str | os.PathLike[str]) -> None:
    """Write the report of an evaluation: scores, costliest confusions, classes, plots."""
    text = evaluation_page(result)
    with atomic_write(path) as file:
        file.write(text)


def write_evaluation_set(result: EvaluationSet, path: str | os.PathLike[str]) -> None:
    """Write the report of several models: their table, the tests, then where each errs."""
    text = evaluation_set_page(result)
    with atomic_write(path) as file:
        file.write(text)


def evaluation_page(result: Evaluation) -> str:
    """Return the report of an evaluation as HTML."""
    scores = scores_html(shown_scores(result.scores), notes=result.notes, style=False)
    sections = [Section("Scores", html=scores)]
    if len(result.confusions):
        rows = confusion_rows(result.confusions, MOST_CONFUSIONS)
        sections.append(
            Section(
                "Costliest confusions",
                "A confusion costs its number of times the distance in the tree.",
                table_html(rows),
            )
        )
    sections += [
        Section("Classes whose mistakes cost most", html=_worst_classes(result)),
        *_pictures(result),
        Section(
            "Settings and versions",
            html=facts_html({**result.settings, **result.versions}),
            folded=True,
        ),
    ]
    named = f" ({result.name})" if result.name else ""
    title = f"Mistakes{named}: {result.n_samples:,} samples, {result.n_classes:,} classes"
    return page(title, opening(result), sections, _footer(result))


def evaluation_set_page(result: EvaluationSet) -> str:
    """Return the report of several models as HTML."""
    lines = [f"{model}: {opening(result[model])}" for model in result.models]
    told = difference_sentences(result.differences, tests=False)[:1]
    sections = [Section("Scores", html=evaluation_set_html(result, style=False))]
    for model in result.models:
        found = result[model]
        if len(found.confusions):
            html = table_html(confusion_rows(found.confusions, 8))
            sections.append(Section(f"{model}: costliest confusions", html=html))
        sections.append(_confusions(found, f"{model}: where mistakes fall"))
    first = result[result.models[0]]
    title = f"Mistakes of {', '.join(result.models)}: {first.n_samples:,} samples"
    return page(title, " ".join([*lines, *told]), sections, _footer(first))


def _worst_classes(result: Evaluation) -> str:
    held = result.per_class[result.per_class["n"] > 0]
    worst = held.nlargest(MOST_CLASSES, "average_hierarchical_cost")
    rows = pd.DataFrame(
        {
            "class": list(worst["class"]),
            "samples": [f"{n:,}" for n in worst["n"]],
            "recall": [number(value) for value in worst["recall"]],
            "average cost": [number(value) for value in worst["average_hierarchical_cost"]],
            "most taken for": [
                "" if pd.isna(other) else str(other) for other in worst["confused_with"]
            ],
        },
        dtype=object,
    )
    return table_html(rows)


def _confusions(result: Evaluation, title: str) -> Section:
    ax = confusion_map(result.confusion_matrix(), result.predefined)
    caption = (
        "Classes in the order of the tree: labels down, predictions across, frames are groups of "
        "the tree. Mistakes within a frame are near misses, those far from the diagonal are not."
    )
    return Section(title, figures=[(_style.figure_of(ax), caption)])


def _pictures(result: Evaluation) -> list[Section]:
    """Return the sections that hold figures; those that cannot be drawn are left out."""
    sections = [_confusions(result, "Where mistakes fall")]
    if (result.reliability["n"] > 0).any():
        figure = _style.figure_of(reliability(result.reliability))
        caption = "Points below the dashed line: more confident than right."
        sections.append(Section("Can its confidence be trusted?", figures=[(figure, caption)]))
    if result.similarity_curve["value"].notna().any():
        figure = _style.figure_of(similarity_curve(result.similarity_curve))
        caption = (
            "How alike in the tree the k nearest test embeddings are; 1 is the best attainable."
        )
        sections.append(Section("What embeddings lie near", figures=[(figure, caption)]))
    return sections


def _footer(result: Evaluation) -> str:
    return (
        f"Made with hiertools {result.versions.get('hiertools', '')}. Measures: Kim, Parviainen, "
        "Berge and Malde 2023, arXiv:2301.11065, and the sources named in the documentation."
    )
