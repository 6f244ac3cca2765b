"""Hold a table against its definition, written out row by row: every column, every cell."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def assert_defined(table: pd.DataFrame, rows: list[dict[str, Any]], rel: float = 1e-9) -> None:
    """Assert that a table is what `rows` define: its columns, in order, and the value of each cell.

    A column that no row defines fails, so nobody can add one without saying what it is. None, NaN
    and NA all stand for "undefined" or "not there".
    """
    assert rows, "a definition that defines no row defines no column"
    assert list(table.columns) == list(rows[0]), "columns without a definition, or the reverse"
    assert len(table) == len(rows)
    for place, (found, wanted) in enumerate(zip(table.to_dict("records"), rows)):
        assert list(wanted) == list(rows[0])
        for column, value in wanted.items():
            where = f"row {place}, column {column!r}: {found[column]!r} is not {value!r}"
            if _missing(value):
                assert _missing(found[column]), where
            elif isinstance(value, float):
                assert found[column] == pytest.approx(value, rel=rel, abs=1e-9), where
            else:
                assert found[column] == value, where


def clades(tree) -> dict[frozenset[str], int]:
    """Return the classes below each node of a tree with the topmost node that holds just them."""
    found: dict[frozenset[str], int] = {}
    for node in range(tree.n_nodes):
        found.setdefault(below(tree, node), node)
    return found


def below(tree, node: int) -> frozenset[str]:
    """Return the classes at or below a node, climbing up from each class."""
    return frozenset(
        name for name, at in zip(tree.classes, tree.class_node) if node in ancestors(tree, at)
    )


def ancestors(tree, node: int) -> list[int]:
    """Return a node and those above it, up to the root."""
    found = [int(node)]
    while tree.parent[found[-1]] >= 0:
        found.append(int(tree.parent[found[-1]]))
    return found


def meeting(tree, a: int, b: int) -> int:
    """Return the lowest node at or above both."""
    above = set(ancestors(tree, b))
    return next(node for node in ancestors(tree, a) if node in above)


def path_between(tree, a: int, b: int) -> float:
    """Return the sum of edge lengths between two nodes."""
    top = meeting(tree, a, b)
    return sum(
        float(tree.length[node])
        for end in (a, b)
        for node in ancestors(tree, end)[: ancestors(tree, end).index(top)]
    )


def path_name(tree, node: int) -> str:
    """Return the labels from the root down to a node, joined by "/"; unnamed roots say nothing."""
    labels = [tree.labels[v] for v in reversed(ancestors(tree, node))]
    return "/".join(labels[1:] if not labels[0] else labels)


def holm(p_values: list[float]) -> list[float]:
    """Holm 1979: the i-th smallest of m times (m - i + 1), never below the one before."""
    known = sorted((p, i) for i, p in enumerate(p_values) if not math.isnan(p))
    adjusted, highest = [math.nan] * len(p_values), 0.0
    for rank, (p, i) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        adjusted[i] = highest
    return adjusted
