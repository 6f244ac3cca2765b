"""The scores of a result as parts of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hiertools._core.cells import is_given
from hiertools._core.wording import interval_heading, interval_text, number, p_text, score_label
from hiertools.reporting.parts import Notes, Part, Texts, TextTable
from hiertools.results.columns import Table, records
from hiertools.results.table import level_label, row_label

if TYPE_CHECKING:
    import pandas as pd

Rows = Sequence[dict[str, Any]]

NAMES = {
    "score": "score",
    "value": "value",
    "chance": "chance",
    "p_value": "p",
    "adjusted": "adjusted",
    "ceiling": "attainable",
    "interval": interval_heading(),
    "better": "better",
}
"""Columns of the table and their headings, in order."""


def headings(confidence_level: float = 0.95) -> dict[str, str]:
    """Return the headings of the columns `NAMES`, with intervals of some level."""
    return NAMES | {"interval": interval_heading(confidence_level)}


def score_texts(rows: Rows) -> Texts:
    """Return the rows of a score table that have no level as texts, columns as in `NAMES`.

    Columns that are empty throughout (no permutations, no ceiling) are left out.
    """
    # What is undefined and has a note is told below the table.
    flat = [
        row
        for row in rows
        if not is_given(row.get("level")) and (is_given(row["value"]) or not _note(row))
    ]
    texts = [
        {
            "score": score_label(row["score"], k=row.get("k")),
            "value": number(row["value"]) or "undefined",
            "chance": number(row.get("chance")),
            "p_value": p_text(row.get("p_value")),
            "adjusted": number(row.get("adjusted")),
            "ceiling": number(row.get("ceiling")),
            "interval": interval_text(row.get("ci_low"), row.get("ci_high")),
            "better": row.get("better") or "",
        }
        for row in flat
    ]
    columns = {name: [row[name] for row in texts] for name in NAMES}
    return {name: cells for name, cells in columns.items() if any(cells)}


def _note(row: Mapping[str, Any]) -> str:
    note = row.get("note")
    return note if isinstance(note, str) else ""


def level_texts(rows: Rows) -> Texts:
    """Return the rows with a level as texts, one row a level (by rank) and one column a score.

    A cell is ``value (chance)``, with a star where p, corrected for all rows of the table, is at
    most 0.05.
    """
    cells: dict[str, dict[Any, str]] = {}
    levels: dict[Any, bool] = {}
    """Whether anything stands at each level."""
    for row in rows:
        if not is_given(row.get("level")):
            continue
        chance = number(row.get("chance"))
        p_adjusted = row.get("p_adjusted")
        star = "*" if is_given(p_adjusted) and p_adjusted <= 0.05 else " "
        text = number(row["value"])
        if text and chance:
            text = f"{text}{star} ({chance})"
        level = level_label(row)
        cells.setdefault(score_label(row["score"], k=row.get("k")), {})[level] = text
        levels[level] = levels.get(level, False) or bool(text)
    shown = [level for level, told in levels.items() if told]
    if not shown:
        return {}
    return {"level": [str(level) for level in shown]} | {
        name: [column.get(level, "") for level in shown] for name, column in cells.items()
    }


def has_chance(leveled: Texts) -> bool:
    """Tell whether a cell of `level_texts` holds a chance level."""
    return any("(" in cell for cells in leveled.values() for cell in cells)


def level_legend(rows: Rows) -> str:
    """Say what a cell of `level_texts` holds, and which rows its star is corrected for."""
    family = sum(is_given(row.get("p_adjusted")) for row in rows)
    star = f"; * p <= 0.05, corrected for all {family} rows (Westfall-Young)" if family else ""
    return f"By level: value (chance){star}"


def notes_of(rows: Rows) -> list[str]:
    """Return the notes of the scores, each once, with the scores that it belongs to.

    Examples
    --------
    >>> rows = [{"score": "a", "value": None, "k": 1, "note": "needs embeddings"},
    ...         {"score": "a", "value": None, "k": 5, "note": "needs embeddings"},
    ...         {"score": "b", "value": 1.0, "note": ""}]
    >>> notes_of(rows)
    ['a, k=1, 5: undefined; needs embeddings']
    """
    owners: dict[tuple[str, bool], dict[str, list[str]]] = {}
    for row in rows:
        # Several notes on a score are parted by semicolons; each is told once for all its scores.
        for part in _note(row).split("; ") if _note(row) else ():
            # "robinson_foulds, level 2" and "..., level 3" become "robinson_foulds, level 2, 3".
            name, _, where = row_label(row).partition(", ")
            undefined = not is_given(row["value"])
            owners.setdefault((part, undefined), {}).setdefault(name, []).append(where)
    return [
        f"{_some([_with_places(*item) for item in names.items()])}: "
        f"{'undefined; ' if undefined and not note.startswith('undefined') else ''}{note}"
        for (note, undefined), names in owners.items()
    ]


def _with_places(name: str, places: Sequence[str]) -> str:
    first, *rest = places
    if not first:
        return name
    word = first[: len("level ")] if first.startswith("level ") else first[: first.index("=") + 1]
    return ", ".join([name, first, *(place.removeprefix(word) for place in rest)])


def _some(names: Sequence[str], most: int = 3) -> str:
    shown = "; ".join(names[:most])
    return shown if len(names) <= most else f"{shown}; {len(names) - most} more"


def permutations_text(rows: Rows) -> str:
    """Say where chance and p come from, and what intervals over classes are about.

    Examples
    --------
    >>> counts = {"a": 999, "b": 999, "c": 99}
    >>> permutations_text([{"score": name, "n_permutations": n} for name, n in counts.items()])
    'chance and p: class names shuffled 999 times (99 times: c).'
    """
    drawn: dict[int, list[str]] = {}
    for row in rows:
        count = row.get("n_permutations")
        if is_given(count) and count > 0:
            drawn.setdefault(int(count), []).append(row["score"])
    if not drawn:
        return ""
    usual = max(drawn, key=lambda count: (len(drawn[count]), count))
    other = [
        f"{count} times: {_some(list(dict.fromkeys(drawn[count])))}"
        for count in sorted(set(drawn) - {usual}, reverse=True)
    ]
    text = f"chance and p: class names shuffled {usual} times"
    text += f" ({'; '.join(other)})" if other else ""
    held = any(is_given(row.get("ci_low")) for row in rows)
    return f"{text}; 95 % intervals: other classes of the same groups." if held else f"{text}."


def scores_parts(
    scores: pd.DataFrame | Table | list[dict[str, Any]],
    notes: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> tuple[Part, ...]:
    """Return the scores as parts of a text: one table without levels, one by level, then notes.

    Parameters
    ----------
    scores : DataFrame, Table or list of dict
        The score table of a result, or rows of it: ``score``, ``level``, ``k``, ``value``,
        ``chance``, ``p_value``, ...; columns other than ``score`` and ``value`` may be missing.
    notes : sequence of str
        Further notes, shown below those of the scores.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    tuple of Part

    Examples
    --------
    >>> import pandas as pd
    >>> from hiertools.reporting.parts import Text
    >>> frame = pd.DataFrame({
    ...     "score": ["elementwise_correlation", "precision_at_1", "precision_at_1"],
    ...     "level": pd.array([None, 0, 1], dtype="Int64"),
    ...     "value": [0.2214, 0.91, 0.48], "chance": [0.0003, 0.7, 0.1],
    ...     "p_value": [0.001, 0.001, 0.2], "p_adjusted": [0.001, 0.002, 0.4], "better": "higher",
    ... })
    >>> print(Text(*scores_parts(frame)))
    score                    value  chance      p  better
    elementwise_correlation  0.221   0.000  0.001  higher
    <BLANKLINE>
    level  precision_at_1
    0      0.910* (0.700)
    1      0.480  (0.100)
    By level: value (chance); * p <= 0.05, corrected for all 3 rows (Westfall-Young).
    """
    rows = records(scores)
    leveled = level_texts(rows)
    legend = f"{level_legend(rows)}." if has_chance(leveled) else ""
    told = [permutations_text(rows), *notes_of(rows), *notes]
    return (
        TextTable(score_texts(rows), headings(confidence_level)),
        TextTable(leveled, told=legend),
        Notes(tuple(filter(None, told))),
    )
