"""Searches as text: one row a score and level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hiertools._core.cells import is_given
from hiertools._core.wording import interval_text, number
from hiertools.measures.graded_retrieval import GRADED
from hiertools.reporting.parts import Notes, Text, TextTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


def retrieval_text(scores: pd.DataFrame, notes: Sequence[str]) -> Text:
    """Return the table of scores, and notes below it."""
    rows = scores.to_dict("records")
    columns = {
        "score": [str(row["score"]) for row in rows],
        "level": [_level(row) for row in rows],
        "value": [number(row["value"]) or "undefined" for row in rows],
        "chance": [number(row["chance"]) for row in rows],
        "95 % interval": [interval_text(row["ci_low"], row["ci_high"]) for row in rows],
        "queries": [str(row["n_queries"]) for row in rows],
    }
    told = {str(row["note"]) for row in rows if row["note"]}
    shown = {name: cells for name, cells in columns.items() if any(cells)}
    return Text(TextTable(shown), Notes((*notes, *sorted(told))))


def _level(row: Mapping[Any, Any]) -> str:
    if row["score"] in GRADED:
        return "all"
    if not is_given(row["level"]):
        return "class"
    return f"{row['level']} ({row['rank']})" if is_given(row["rank"]) else str(row["level"])
