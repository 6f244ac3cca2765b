"""Several models side by side, as text and as HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hiertools._core.cells import is_given
from hiertools._core.wording import number, p_phrase, p_text
from hiertools.reporting.html import STYLE, escaped, notes_html, table_html
from hiertools.reporting.parts import Notes, Text, Texts, TextTable
from hiertools.reporting.protocols import ComparisonSetResult
from hiertools.reporting.subjects import MODELS, Subjects
from hiertools.results.columns import records
from hiertools.results.table import row_key, row_label

if TYPE_CHECKING:
    import pandas as pd

MOST_DIFFERENCES = 12
SIGNIFICANT = 0.05
OVER_CLASSES = "jackknife over classes"
"""The test of single runs: it tells those runs apart, not what they are runs of."""

COLUMNS = ("score", "chance", "better", "difference", "p (Holm)")
"""Columns that are no model's; a model of such a name is called "model ..." in its heading."""


def model_texts(
    scores: pd.DataFrame, differences: pd.DataFrame | None, models: Sequence[str]
) -> Texts:
    """Return columns of texts: one a model, and of the test where there are two.

    One row a score, level and k.

    Parameters
    ----------
    scores : DataFrame
        With a column ``model`` and the columns of one result's scores.
    differences : DataFrame or None
        The tests between models.
    models : sequence of str
        Models in the order of their columns.
    """
    tests: dict[tuple[Any, Any, Any], Mapping[Any, Any]] = {}
    if differences is not None and len(models) == 2:
        tests = {row_key(row): row for row in records(differences)}
    found: dict[tuple[Any, Any, Any], dict[str, Mapping[Any, Any]]] = {}
    place = {name: i for i, name in enumerate(dict.fromkeys(scores["score"]))}
    for row in sorted(records(scores), key=lambda row: place[row["score"]]):
        found.setdefault(row_key(row), {})[str(row["model"])] = row
    headings = [_heading(model) for model in models]
    rows: list[dict[str, str]] = []
    for key, by_model in found.items():
        first = next(iter(by_model.values()))
        values = [by_model.get(model, {}).get("value") for model in models]
        if not any(map(is_given, values)):
            continue
        line = {"score": row_label(first)}
        line |= {head: number(value) for head, value in zip(headings, values, strict=True)}
        line["chance"] = number(first.get("chance"))
        line["better"] = first.get("better") or ""
        if tests:
            test = tests.get(key, {})
            line["difference"] = _signed(test.get("difference"))
            line["p (Holm)"] = p_text(test.get("p_holm"))
        rows.append(line)
    columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
    return {name: cells for name, cells in columns.items() if name in headings or any(cells)}


def _heading(name: str) -> str:
    return f"model {name}" if name in COLUMNS else name


def _signed(value: Any) -> str:
    text = number(value)
    return f"+{text}" if text and float(text) > 0 else text


def difference_sentences(
    differences: pd.DataFrame, tests: bool = True, words: Subjects = MODELS
) -> list[str]:
    """Return one sentence for each difference that holds after correction, the surest first.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"score": ["r_precision"], "level": [1], "k": [None],
    ...     "model_a": ["a"], "model_b": ["b"], "difference": [-0.2], "p_holm": [0.01],
    ...     "test": ["paired t over runs"], "better_model": ["b"]})
    >>> difference_sentences(frame)
    ['r_precision, level 1: b better than a by 0.200, p = 0.010 (paired t over runs).']
    """
    if differences.empty:
        return []
    sure = differences[differences["p_holm"] <= SIGNIFICANT].sort_values("p_holm", kind="stable")
    told = []
    for row in records(sure.head(MOST_DIFFERENCES)):
        best = row["better_model"]
        other = row["model_b"] if best == row["model_a"] else row["model_a"]
        how = f" ({row['test']})" if row.get("test") and tests else ""
        runs = words.of_runs if row.get("test") == OVER_CLASSES else ""
        told.append(
            f"{row_label(row)}: {runs}{best} better than {other} by "
            f"{number(abs(row['difference']))}, {p_phrase(row['p_holm'])}{how}."
        )
    if len(sure) > MOST_DIFFERENCES:
        told.append(f"... and {len(sure) - MOST_DIFFERENCES} more, in .differences.")
    if not told:
        tested = int(differences["p_holm"].notna().sum())
        if tested:
            told.append(f"No difference between {words.noun}s holds among {tested} tests (Holm).")
        else:
            why = sorted({str(note) for note in differences.get("note", ()) if note})
            reasons = (
                f" ({'; '.join(note.removeprefix('no test: ') for note in why)})" if why else ""
            )
            told.append(f"No difference between {words.noun}s could be tested{reasons}.")
    return told


def tree_texts(
    scores: pd.DataFrame, differences: pd.DataFrame | None, trees: Sequence[str]
) -> Texts:
    """Return columns of texts, one a tree, with chance levels, which are each tree's own.

    Of scores without level and k; otherwise as `model_texts`.
    """
    flat = scores[scores["level"].isna() & scores["k"].isna()]
    texts = model_texts(flat, differences, trees)
    chance = {
        (row_label(row), str(row["model"])): number(row.get("chance")) for row in records(flat)
    }
    found = {name: cells for name, cells in texts.items() if name != "chance"}
    for tree in trees:
        heading = _heading(tree)
        found[heading] = [
            f"{cell} ({drawn})" if (drawn := chance.get((score, tree))) and cell else cell
            for score, cell in zip(texts["score"], texts[heading], strict=True)
        ]
    return found


def set_text(result: ComparisonSetResult, words: Subjects = MODELS) -> Text:
    """Return several models, or trees in their place, side by side."""
    table = _texts_of(words)(result.scores, result.differences, result.models)
    return Text(TextTable(table), Notes(tuple(_told(result, words))))


def set_html(
    result: ComparisonSetResult, style: bool = True, words: Subjects = MODELS, title: str = ""
) -> str:
    """Return several models, or trees in their place, side by side as an HTML fragment."""
    table = _texts_of(words)(result.scores, result.differences, result.models)
    heading = f"<h4>{escaped(title or repr(result))}</h4>" if style else ""
    return (
        f'{STYLE if style else ""}<div class="hiertools">{heading}'
        f"{table_html(table)}{notes_html(_told(result, words))}</div>"
    )


def _texts_of(words: Subjects) -> Callable[..., Texts]:
    return model_texts if words.are_models else tree_texts


def _told(result: ComparisonSetResult, words: Subjects) -> Iterable[str]:
    """Return what holds of the differences, of how many runs, and the notes."""
    sentences = difference_sentences(result.differences, words=words)
    always = [words.note] if words.note else []
    return [*sentences, *_run_counts(result, words), *always, *result.notes]


def _run_counts(result: ComparisonSetResult, words: Subjects) -> list[str]:
    counts = {model: len(result.comparisons[model]) for model in result.models}
    if set(counts.values()) == {1}:
        tested = (result.differences["test"] == OVER_CLASSES).any()
        return [words.single_run] if tested else []
    if not words.are_models:
        return [f"means over {next(iter(counts.values()))} runs."]
    return ["means over runs: " + ", ".join(f"{name} {n}" for name, n in counts.items()) + "."]
