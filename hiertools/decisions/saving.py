"""Fitted rules as JSON files: what both kinds of them save alike."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hiertools.errors import FileFormatError
from hiertools.results.files import held_as
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BACK_OFF",
    "CONFORMAL",
    "columns_to_json",
    "number_from_json",
    "number_to_json",
    "tree_from_json",
    "tree_to_json",
]

BACK_OFF, CONFORMAL = "back-off rule", "conformal rule"
"""What saved rules call themselves."""


def tree_to_json(tree: Any) -> Any:
    """Return a tree as plain values."""
    return json.loads(as_tree(tree).to_json())


def tree_from_json(held: Mapping[str, Any]) -> ClassTree:
    """Return the tree of a saved rule."""
    return ClassTree.from_json(json.dumps(held_as(held, "tree", dict)))


def number_to_json(value: float) -> float | None:
    """Return a number of at least 0, None for infinity, which JSON lacks."""
    return value if math.isfinite(value) else None


def columns_to_json(table: pd.DataFrame) -> dict[str, list[float | None]]:
    """Return the columns of a table of numbers; what is undefined is None, as JSON lacks NaN."""
    return {
        str(name): [None if math.isnan(value) else value for value in column.tolist()]
        for name, column in table.items()
    }


def number_from_json(held: Mapping[str, Any], name: str) -> float:
    """Return a number of at least 0, or infinity.

    Examples
    --------
    >>> number_from_json({"threshold": None}, "threshold")
    inf
    """
    value = held[name]
    if value is None:
        return math.inf
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise FileFormatError(f"{name!r} must be a number of at least 0, or null; got {value!r}")
    return float(value)
