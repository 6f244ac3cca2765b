"""The frames of a study as tables of texts: which rows and columns a reader sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hiertools._core.cells import is_given
from hiertools._core.wording import in_words, number, p_text
from hiertools.results.columns import records
from hiertools.results.table import row_label
from hiertools_torch.studies.forms import BEHIND, BEST, Cell, Grid

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["comparison_grids", "difference_grids", "measure_text", "summary_grids"]

Column = Mapping[str, Mapping[Any, Any]]
"""The rows of one measure, by configuration."""

MOST_COLUMNS = 5
"""Measures side by side: as many as a page is wide."""

ARROWS = {"higher": " ↑", "lower": " ↓", "": ""}
STANDS_OUT = {"better": BEST, "worse": BEHIND, "": ""}
CALLED = {"proxy": "proxies", "prototype": "prototypes", "predictions": "predictions"}


def measure_text(row: Mapping[Any, Any], arrow: bool = True) -> str:
    """Return what a measure is called in a heading.

    Examples
    --------
    >>> measure_text({"score": "map_at_r", "level": 1, "k": None, "better": "higher"})
    'MAP@R, level 1 ↑'
    """
    spaced = row_label({**row, "score": in_words(row["score"])})
    return spaced + (ARROWS[row.get("better", "")] if arrow else "")


def summary_grids(summary: pd.DataFrame, apart: bool = True) -> list[Grid]:
    """Return a table a data set, one row a configuration, one column a measure.

    `apart`: one of each kind, proxies and prototypes and predictions; else kinds are side by side.
    """
    return [
        _summary_grid(f"{data}: {CALLED[kind]}{part}" if kind else f"{data}{part}", page, not apart)
        for (data, kind), part, page in _pages(records(summary), apart)
    ]


def _pages(
    rows: Iterable[Mapping[Any, Any]], apart: bool
) -> Iterator[tuple[tuple[str, str], str, Sequence[Column]]]:
    """Yield what one table shows: data set and kind, which part of how many, and its columns."""
    parts: dict[tuple[str, str], dict[tuple[Any, ...], dict[str, Mapping[Any, Any]]]] = {}
    for row in rows:
        measure = (row["kind"], row["score"], row["level"], row["k"])
        columns = parts.setdefault((row["data"], row["kind"] if apart else ""), {})
        columns.setdefault(_key(measure), {})[row["configuration"]] = row
    for place, columns in parts.items():
        listed = list(columns.values())
        pages = [listed[i : i + MOST_COLUMNS] for i in range(0, len(listed), MOST_COLUMNS)]
        for number_of, page in enumerate(pages, start=1):
            yield place, f" ({number_of} of {len(pages)})" * (len(pages) > 1), page


def _key(measure: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(part if is_given(part) else None for part in measure)


def _summary_grid(title: str, columns: Sequence[Column], named: bool) -> Grid:
    grid = _grid(title, columns, _mean, named)
    chances = [
        [row["chance"] for row in column.values() if is_given(row["chance"])] for column in columns
    ]
    if any(chances):
        texts = [number(sum(of) / len(of)) if of else "" for of in chances]
        return replace(grid, rows=[*grid.rows, [Cell("(chance)"), *map(Cell, texts)]])
    return grid


def _grid(
    title: str, columns: Sequence[Column], cell: Callable[[Mapping[Any, Any]], Cell], named: bool
) -> Grid:
    """Return a row a configuration, a column a measure, `named` by its kind too."""
    names = list(dict.fromkeys(name for column in columns for name in column))
    firsts = [next(iter(of.values())) for of in columns]
    headings = ["configuration"]
    headings += [f"{of['kind']}: " * named + measure_text(of) for of in firsts]
    rows = [
        [Cell(name), *(cell(column[name]) if name in column else Cell("") for column in columns)]
        for name in names
    ]
    return Grid(title, headings, rows)


def _mean(row: Mapping[Any, Any]) -> Cell:
    mean, margin = number(row["mean"]), number(row["margin"])
    mark = "tied" if row["mark"] == "untested" else row["mark"]
    return Cell(f"{mean} ± {margin}" if margin else mean or "undefined", mark)


def difference_grids(comparisons: pd.DataFrame) -> list[Grid]:
    """Return a table a data set of each configuration's difference to the reference.

    Endpoints are side by side. What is better stands out as the best does, what is worse as behind.
    """
    endpoints = [row for row in records(comparisons) if row["endpoint"]]
    return [
        _grid(f"{data}{part}", page, _difference, named=True)
        for (data, _), part, page in _pages(endpoints, apart=False)
    ]


def _difference(row: Mapping[Any, Any]) -> Cell:
    return Cell(_signed(row["difference"]) or "undefined", STANDS_OUT[row["is"]])


def comparison_grids(comparisons: pd.DataFrame) -> list[Grid]:
    """Return a table a data set and endpoint: every configuration against the reference."""
    parts: dict[str, list[list[Cell]]] = {}
    for row in records(comparisons):
        if row["endpoint"]:
            measure = f"{row['kind']}, {measure_text(row, arrow=False)}"
            title = f"{row['data']}: {measure}: difference to {row['reference']}"
            parts.setdefault(title, []).append(_comparison(row))
    headings = ["configuration", "difference", "95 % interval", "effect", "p", "p (Holm)", "seeds",
                "verdict"]  # fmt: skip
    return [Grid(title, headings, rows) for title, rows in parts.items()]


def _comparison(row: Mapping[Any, Any]) -> list[Cell]:
    verdict = row["is"] or (str(row["note"]).removeprefix("no test: ") if not row["test"] else "")
    low, high = number(row["ci_low"]), number(row["ci_high"])
    texts = (
        row["configuration"],
        _signed(row["difference"]),
        f"{low} … {high}" if low else "",
        number(row["effect_size"], 2),
        p_text(row["p_value"]),
        p_text(row["p_holm"]),
        str(row["n_seeds"]),
        verdict,
    )
    return [Cell(text) for text in texts]


def _signed(value: Any) -> str:
    text = number(value)
    return f"+{text}" if text and float(text) > 0 else text
