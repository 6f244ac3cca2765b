"""Searches as text: one row a score and level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hiertools._core.cells import is_given
from hiertools._core.wording import interval_heading, interval_text, number
from hiertools.measures.graded_retrieval import GRADED
from hiertools.reporting.html import STYLE, escaped, notes_html, table_html
from hiertools.reporting.parts import Notes, Text, Texts, TextTable
from hiertools.reporting.protocols import SeveralModels
from hiertools.reporting.sets import difference_sentences, model_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


def retrieval_text(scores: pd.DataFrame, notes: Sequence[str], confidence_level: float) -> Text:
    """Return the table of scores, and notes below it."""
    shown, told = search_texts(scores, confidence_level), search_notes(scores, notes)
    return Text(TextTable(shown), Notes(told))


def search_texts(scores: pd.DataFrame, confidence_level: float) -> Texts:
    """Return the table of scores as columns of texts."""
    rows = scores.to_dict("records")
    columns = {
        "score": [str(row["score"]) for row in rows],
        "level": [_level(row) for row in rows],
        "value": [number(row["value"]) or "undefined" for row in rows],
        "chance": [number(row["chance"]) for row in rows],
        interval_heading(confidence_level): [
            interval_text(row["ci_low"], row["ci_high"]) for row in rows
        ],
        "queries": [str(row["n_queries"]) for row in rows],
    }
    return {name: cells for name, cells in columns.items() if any(cells)}


def search_notes(scores: pd.DataFrame, notes: Sequence[str]) -> tuple[str, ...]:
    """Return notes, and those of scores."""
    return (*notes, *sorted({str(note) for note in scores["note"] if note}))


def _level(row: Mapping[Any, Any]) -> str:
    if row["score"] in GRADED:
        return "all"
    if not is_given(row["level"]):
        return "class"
    return f"{row['level']} ({row['rank']})" if is_given(row["rank"]) else str(row["level"])


def retrieval_set_text(result: SeveralModels) -> Text:
    """Return several models' searches side by side, and the differences that hold."""
    table = model_texts(result.scores, result.differences, result.models)
    return Text(TextTable(table), Notes(tuple(told_of_models(result))))


def retrieval_set_html(result: SeveralModels) -> str:
    """Return several models' searches side by side as an HTML fragment."""
    table = model_texts(result.scores, result.differences, result.models)
    return (
        f'{STYLE}<div class="hiertools"><h4>{escaped(repr(result))}</h4>'
        f"{table_html(table)}{notes_html(told_of_models(result))}</div>"
    )


def told_of_models(result: SeveralModels) -> list[str]:
    """Return the differences that hold, and the notes."""
    return [*difference_sentences(result.differences), *result.notes]
