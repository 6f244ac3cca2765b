"""The classes that fit the tree best and worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core.cells import is_given
from hiertools._core.keyed import keyed_ranks
from hiertools._core.wording import number
from hiertools.reporting.parts import Texts, TextTable
from hiertools.results.columns import Table, records

if TYPE_CHECKING:
    import pandas as pd

NAMES = {
    "class": "class",
    "fit": "fit",
    "nearest": "nearest in the model",
    "apart": "tree distance",
}


def best_and_worst(
    per_class: pd.DataFrame | Table, most: int = 5
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of the `most` best- and the `most` worst-fitting classes, outermost first.

    With fewer classes than twice `most`, none is in both.

    Examples
    --------
    >>> table = Table.of({"class": ["a", "b", "c"], "correlation": np.array([0.1, 0.9, 0.5])})
    >>> best, worst = best_and_worst(table, 2)
    >>> best, worst
    ([{'class': 'b', 'correlation': 0.9}], [{'class': 'a', 'correlation': 0.1}])
    """
    known = [row for row in records(per_class) if is_given(row["correlation"])]
    # Of classes that fit alike, the order of names must not say which are shown.
    drawn = np.argsort(keyed_ranks([str(row["class"]) for row in known])).tolist()
    ranked = sorted((known[place] for place in drawn), key=lambda row: -row["correlation"])
    count = min(most, len(ranked) // 2)
    return ranked[:count], ranked[::-1][:count]


def class_texts(rows: Sequence[Mapping[str, Any]]) -> Texts:
    """Return rows of a per-class table as texts, columns as in `NAMES`."""
    return {
        "class": [str(row["class"]) for row in rows],
        "fit": [number(row["correlation"], 2) for row in rows],
        "nearest": [str(row["nearest"]) for row in rows],
        "apart": [f"{row['nearest_tree_distance']:g}" for row in rows],
    }


def classes_table(per_class: pd.DataFrame | Table, most: int = 5) -> TextTable:
    """Return the best- and worst-fitting classes as a table of a text."""
    best, worst = best_and_worst(per_class, most)
    titles = (("Best-fitting classes", len(best)), ("Worst-fitting classes", len(worst)))
    return TextTable(class_texts([*best, *worst]), NAMES, titles)
