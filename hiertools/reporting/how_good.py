"""How good can it get? What several runs leave open, as a part of a text and of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hiertools._core.cells import is_given
from hiertools._core.wording import number
from hiertools.errors import OptionError
from hiertools.reporting.parts import Texts, TextTable
from hiertools.reporting.protocols import ComparisonSetResult
from hiertools.results.columns import records
from hiertools.results.table import row_label

if TYPE_CHECKING:
    import pandas as pd

HEADINGS = {
    "lower": "other runs", "upper": "all runs", "ceiling": "ties allow", "sd": "standard deviation",
}  # fmt: skip


def how_good_table(result: ComparisonSetResult) -> TextTable | str:
    """Return the bounds of several runs as a table of a text, nothing where there are none."""
    bounds = known_bounds(result)
    if bounds is None:
        return ""
    return TextTable(
        bound_texts(bounds),
        HEADINGS,
        [("How good can it get?", len(bounds))],
        told="other runs, all runs: the score of each run against the mean distances of these.",
    )


def bound_texts(table: pd.DataFrame) -> Texts:
    """Return bounds as columns of texts.

    Examples
    --------
    >>> import pandas as pd
    >>> bound_texts(pd.DataFrame({"model": ["a"], "score": ["pearson_correlation"],
    ...     "value": [0.5], "lower": [0.8], "upper": [0.9], "ceiling": [None]}))
    {'model': ['a'], 'score': ['pearson_correlation'], 'mean': ['0.500'], 'lower': ['0.800'], \
'upper': ['0.900'], 'ceiling': ['']}
    """
    rows = records(table)
    return {
        "model": [str(row["model"]) for row in rows],
        "score": [row_label(row) for row in rows],
        "mean": [number(row["value"]) for row in rows],
        **{name: [number(row[name]) for row in rows] for name in ("lower", "upper", "ceiling")},
    }


def split_texts(table: pd.DataFrame) -> Texts:
    """Return shares of variance as columns of texts.

    Examples
    --------
    >>> import pandas as pd
    >>> split_texts(pd.DataFrame({"model": ["a"], "score": ["map_at_r"], "level": [0],
    ...     "sd": [0.05], "runs": [0.25], "classes": [0.7], "both": [0.05]}))
    {'model': ['a'], 'score': ['map_at_r, level 0'], 'sd': ['0.050'], 'runs': ['25 %'], \
'classes': ['70 %'], 'both': ['5 %']}
    """
    rows = records(table)
    return {
        "model": [str(row["model"]) for row in rows],
        "score": [row_label(row) for row in rows],
        "sd": [number(row["sd"]) for row in rows],
        **{
            name: [f"{100 * row[name]:.0f} %" for row in rows]
            for name in ("runs", "classes", "both")
        },
    }


def known_bounds(result: ComparisonSetResult) -> pd.DataFrame | None:
    """Return the bounds that there are, None where there are none."""
    if all(len(result.comparisons[model]) == 1 for model in result.models):
        return None
    try:
        table = result.noise_ceilings()
    except OptionError:  # loaded from JSON, or compared by none of these scores
        return None
    known = table[[is_given(value) for value in table["lower"]]]
    return known if len(known) else None
