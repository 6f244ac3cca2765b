"""Reports of searches: one HTML file, of one model or of several side by side."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hiertools._core.cells import is_given
from hiertools._core.files import write_text
from hiertools._core.wording import interval_heading, interval_text, number, p_text
from hiertools.plots import style
from hiertools.plots.scores import level_lines
from hiertools.reporting.html import notes_html, table_html
from hiertools.reporting.page import Section, page
from hiertools.reporting.parts import Texts
from hiertools.reporting.protocols import SeveralModels
from hiertools.reporting.retrieval import search_notes, search_texts, told_of_models
from hiertools.reporting.sets import model_texts
from hiertools.results.table import level_labels, row_label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


def write_retrieval(
    scores: pd.DataFrame,
    notes: Sequence[str],
    confidence_level: float,
    n: int,
    path: str | os.PathLike[str],
) -> None:
    """Write the report of one model's search among n queries."""
    table = table_html(search_texts(scores, confidence_level))
    html = table + notes_html(search_notes(scores, notes))
    sections = [Section("Scores", ABOUT, html, _by_level(scores))]
    write_text(path, page(f"Search: {n:,} queries", _opening(scores), sections))


def write_retrieval_set(
    result: SeveralModels, confidence_level: float, n: int, path: str | os.PathLike[str]
) -> None:
    """Write the report of several models' searches: side by side, then what differs."""
    table = table_html(model_texts(result.scores, result.differences, result.models))
    sections = [Section("Scores", ABOUT, table + notes_html(told_of_models(result)))]
    if len(result.differences):
        how = ", ".join(dict.fromkeys(test for test in result.differences["test"] if test))
        two = f"{' less '.join(result.models)}. " if len(result.models) == 2 else ""
        told = f"{two}Test: {how}." if how else two.strip()
        sections.append(
            Section("Differences", told, table_html(_differences(result, confidence_level)))
        )
    for model in result.models:
        own = result.scores[result.scores["model"] == model]
        sections.append(
            Section(model, "", table_html(search_texts(own, confidence_level)), _by_level(own))
        )
    opening = " ".join(told_of_models(result)[:1])
    title = f"Search: {', '.join(result.models)}, {n:,} queries"
    write_text(path, page(title, opening, sections))


ABOUT = (
    "P@1, R-precision and MAP@R ask at each level whether samples of the same group come first; "
    "the other scores are of the whole ranking over all levels. Chance is the mean over all orders "
    "of what is searched."
)


def _opening(scores: pd.DataFrame) -> str:
    of_classes = (row for row in scores.to_dict("records") if not is_given(row["level"]))
    first = next(of_classes, {"value": float("nan")})
    if not is_given(first["value"]):
        return "For no query is there anything to be found."
    return (
        f"The first that is found is of the query's class for {100 * first['value']:.1f} % of the "
        f"queries, {100 * first['chance']:.1f} % by chance."
    )


def _by_level(scores: pd.DataFrame) -> list[tuple[Figure, str]]:
    if scores.loc[scores["level"].notna(), "value"].notna().sum() == 0:
        return []
    drawn = scores.assign(level=level_labels(scores))
    return [(style.figure_of(level_lines(drawn)), "Level by level; dashed: chance.")]


def _differences(result: SeveralModels, confidence_level: float) -> Texts:
    rows = result.differences.to_dict("records")
    several = len(result.models) > 2
    columns = {
        "score": [row_label(row) for row in rows],
        "models": [f"{row['model_a']} less {row['model_b']}" if several else "" for row in rows],
        "difference": [number(row["difference"]) for row in rows],
        interval_heading(confidence_level): [
            interval_text(row["ci_low"], row["ci_high"]) for row in rows
        ],
        "p": [p_text(row["p_value"]) for row in rows],
        "p (Holm)": [p_text(row["p_holm"]) for row in rows],
        "better": [str(row["better_model"]) for row in rows],
        "note": [str(row["note"]) for row in rows],
    }
    return {name: cells for name, cells in columns.items() if any(cells)}
