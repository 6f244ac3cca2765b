"""Results as aligned text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from hiertools._core.wording import interval_text, number, p_text, score_label, visible
from hiertools.results.table import level_labels, row_label

NAMES = {
    "score": "score",
    "value": "value",
    "chance": "chance",
    "p_value": "p",
    "adjusted": "adjusted",
    "ceiling": "attainable",
    "interval": "95 % interval",
    "better": "better",
}
"""Columns of the table and their headings, in order."""


def score_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without a level as texts, under the columns of `NAMES`.

    Columns that are empty throughout (no permutations, no ceiling) are left out.
    """
    flat = scores[scores["level"].isna()] if "level" in scores else scores
    # What is undefined and has a note is told below the table.
    told = flat["note"].notna() & (flat["note"] != "") if "note" in flat else False
    flat = flat[flat["value"].notna() | ~told]
    rows = [
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
        for row in flat.to_dict("records")
    ]
    frame = pd.DataFrame(rows, columns=list(NAMES), dtype=object)
    empty = [name for name in frame if not any(frame[name])]
    return frame.drop(columns=empty)


def level_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with a level as texts, one row a level (by rank) and one column a score.

    A cell is ``value (chance)``, with a star where p is at most 0.05.
    """
    if "level" not in scores or scores["level"].isna().all():
        return pd.DataFrame()
    leveled = scores[scores["level"].notna()]
    cells: dict[str, dict[Any, str]] = {}
    for row, named in zip(leveled.to_dict("records"), level_labels(leveled)):
        chance = number(row.get("chance"))
        p_value = row.get("p_value")
        star = "*" if p_value is not None and not pd.isna(p_value) and p_value <= 0.05 else " "
        text = number(row["value"])
        if text and chance:
            text = f"{text}{star} ({chance})"
        label = score_label(row["score"], k=row.get("k"))
        cells.setdefault(label, {})[named] = text
    levels = list(dict.fromkeys(level_labels(leveled)))
    table = pd.DataFrame(
        {"level": [str(level) for level in levels]}
        | {name: [column.get(level, "") for level in levels] for name, column in cells.items()}
    )
    return table[(table.iloc[:, 1:] != "").any(axis=1)].reset_index(drop=True)


def notes_of(scores: pd.DataFrame) -> list[str]:
    """Return the notes of the scores, each once, with the scores that it belongs to.

    Examples
    --------
    >>> frame = pd.DataFrame({"score": ["a", "a", "b"], "value": [None, None, 1],
    ...                       "k": pd.array([1, 5, None], dtype="Int64"),
    ...                       "note": ["needs embeddings", "needs embeddings", ""]})
    >>> notes_of(frame)
    ['a, k=1, 5: undefined; needs embeddings']
    """
    if "note" not in scores:
        return []
    owners: dict[tuple[str, bool], dict[str, list[str]]] = {}
    for row in scores.to_dict("records"):
        note = row.get("note")
        # Several notes on a score are parted by semicolons; each is told once for all its scores.
        for part in note.split("; ") if isinstance(note, str) and note else ():
            # "robinson_foulds, level 2" and "..., level 3" become "robinson_foulds, level 2, 3".
            name, _, where = row_label(row).partition(", ")
            owners.setdefault((part, pd.isna(row["value"])), {}).setdefault(name, []).append(where)
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


def permutations_text(scores: pd.DataFrame) -> str:
    """Say where chance and p come from, and what intervals over classes are about.

    Examples
    --------
    >>> frame = pd.DataFrame({"score": ["a", "b", "c"], "n_permutations": [999, 999, 99]})
    >>> permutations_text(frame)
    'chance and p: class names shuffled 999 times (99 times: c).'
    """
    if "n_permutations" not in scores:
        return ""
    counts = pd.to_numeric(scores["n_permutations"]).fillna(0).astype(int)
    drawn = counts[counts > 0]
    if drawn.empty:
        return ""
    usual = int(drawn.mode().max())
    other = [
        f"{count} times: {_some(list(dict.fromkeys(scores['score'][counts == count])))}"
        for count in sorted(set(drawn) - {usual}, reverse=True)
    ]
    text = f"chance and p: class names shuffled {usual} times"
    text += f" ({'; '.join(other)})" if other else ""
    held = "ci_low" in scores and scores["ci_low"].notna().any()
    return f"{text}; 95 % intervals: other classes of the same groups." if held else f"{text}."


_NUMBER = re.compile(r"[-+<\[]?\d[^a-zA-Z:]*(%|undefined)?")


def looks_numeric(cells: Iterable[str]) -> bool:
    """Tell whether a column of texts holds numbers, to be set to the right.

    Examples
    --------
    >>> looks_numeric(["0.5* (0.1)", ""]), looks_numeric(["[0.1, 0.2]"]), looks_numeric(["r50"])
    (True, True, False)
    """
    told = [cell for cell in cells if cell and cell != "undefined"]
    return bool(told) and all(_NUMBER.fullmatch(cell) for cell in told)


def table_text(table: pd.DataFrame, headings: dict[str, str] | None = None) -> str:
    """Return a table of texts with aligned columns; number-like columns to the right.

    Examples
    --------
    >>> print(table_text(pd.DataFrame({"class": ["ant", "whale"], "x": ["1.0", "-2.5"]})))
    class     x
    ant     1.0
    whale  -2.5
    """
    if table.empty:
        return ""
    columns = []
    for position, name in enumerate(table):
        heading = visible((headings or {}).get(str(name), str(name)))
        cells = [visible(str(cell)) for cell in table[name]]
        right = position > 0 and looks_numeric(cells)
        width = max(len(cell) for cell in [heading, *cells])
        columns.append(
            [cell.rjust(width) if right else cell.ljust(width) for cell in [heading, *cells]]
        )
    return "\n".join("  ".join(line).rstrip() for line in zip(*columns, strict=True))


def scores_text(scores: pd.DataFrame, notes: Sequence[str] = ()) -> str:
    """Return the scores as aligned text: one table without levels, one by level, then notes.

    Parameters
    ----------
    scores : DataFrame
        The tidy frame of a result: ``score``, ``level``, ``k``, ``value``, ``chance``, ``p_value``,
        ...; columns other than ``score`` and ``value`` may be missing.
    notes : sequence of str
        Further notes, shown below those of the scores.

    Returns
    -------
    str
        Several lines, without a final line break.

    Examples
    --------
    >>> frame = pd.DataFrame({
    ...     "score": ["elementwise_correlation", "precision_at_1", "precision_at_1"],
    ...     "level": pd.array([None, 0, 1], dtype="Int64"),
    ...     "value": [0.2214, 0.91, 0.48], "chance": [0.0003, 0.7, 0.1],
    ...     "p_value": [0.001, 0.001, 0.2], "better": "higher",
    ... })
    >>> print(scores_text(frame))
    score                    value  chance      p  better
    elementwise_correlation  0.221   0.000  0.001  higher
    <BLANKLINE>
    level  precision_at_1
    0      0.910* (0.700)
    1      0.480  (0.100)
    By level: value (chance); * p <= 0.05.
    """
    flat, leveled = score_rows(scores), level_rows(scores)
    parts = [table_text(flat, NAMES)] if len(flat) else []
    if len(leveled):
        legend = "By level: value (chance); * p <= 0.05."
        parts.append(
            f"{table_text(leveled)}\n{legend}"
            if "(" in str(leveled.values)
            else table_text(leveled)
        )
    tail = [permutations_text(scores), *notes_of(scores), *notes]
    told = "\n".join(f"- {visible(line)}" for line in tail if line)
    return "\n\n".join(part for part in [*parts, told] if part)
