"""Hold a table against its definition, written out row by row: every column, every cell."""

from __future__ import annotations

import math
import numbers
from typing import Any

import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import brentq

from hiertools import ClassTree


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
                # A whole number stays one also where other rows of its column have none.
                whole = isinstance(value, numbers.Integral)
                assert isinstance(found[column], numbers.Integral) == whole, where
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


def with_ranks(tree, order, without=()):
    """The same tree with ranks: by depth, and the last for classes; nodes named in `without` none.

    The unnamed root has none either.
    """
    ranks = [order[len(ancestors(tree, v)) - 2] for v in range(tree.n_nodes)]
    for node in tree.class_node:
        ranks[node] = order[-1]
    ranks = ["" if v == 0 or tree.labels[v] in without else x for v, x in enumerate(ranks)]
    return ClassTree(
        tree.parent,
        tree.classes,
        tree.class_node,
        length=tree.length,
        labels=tree.labels,
        ranks=ranks,
        rank_order=order,
    )


def rank_at(tree, level):
    """The rank at a level's place, if its groups are those of the nodes at that depth."""
    if level is None or tree.ranks is None:
        return None
    at_depth, at_rank = {}, {}
    for name, node in zip(tree.classes, tree.class_node):
        line = ancestors(tree, node)[::-1]
        deep = line[1 + level] if len(line) > 1 + level else line[-1]
        fine = next(v for v in line if tree.ranks[v] in tree.rank_order[level:])
        at_depth.setdefault(deep, set()).add(name)
        at_rank.setdefault(fine, set()).add(name)
    same = sorted(map(sorted, at_depth.values())) == sorted(map(sorted, at_rank.values()))
    return tree.rank_order[level] if same else None


def t_quantile(freedom: float, p: float) -> float:
    """Student's t that is passed with probability 1 - p, p >= 0.5.

    `scipy.stats.t.ppf` itself misses the ninth digit in old versions.
    """
    return brentq(lambda t: stats.t.sf(t, freedom) - (1 - p), 0, 1e12, xtol=1e-300, rtol=1e-15)


def holm(p_values: list[float]) -> list[float]:
    """Holm 1979: the i-th smallest of m times (m - i + 1), never below the one before."""
    known = sorted((p, i) for i, p in enumerate(p_values) if not math.isnan(p))
    adjusted, highest = [math.nan] * len(p_values), 0.0
    for rank, (p, i) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        adjusted[i] = highest
    return adjusted


def step_downs(values, nulls, signs, exact=False):
    """Westfall and Young 1993: one relabelling and one row at a time.

    Rows compete by how many relabellings are as good; those equally rare, by standard deviations.
    """
    known = [i for i, value in enumerate(values) if not math.isnan(value)]
    t, drawn = {}, {}
    for i in known:
        every = [*nulls[i], *([] if exact else [values[i]])]
        middle = sum(every) / len(every)
        spread = math.sqrt(sum((x - middle) ** 2 for x in every) / len(every))
        if spread <= 1e-9:
            continue

        found = []
        for x in (values[i], *nulls[i]):
            as_good = sum(signs[i] * other >= signs[i] * x - 1e-9 for other in every)
            z = signs[i] * (x - middle) / spread
            found.append(z / (1 + abs(z)) / 2 - as_good)
        t[i], *drawn[i] = found
    adjusted = [math.nan if math.isnan(value) else 1.0 for value in values]
    order, highest = sorted(t, key=lambda i: -t[i]), 0.0
    for place, i in enumerate(order):
        count = len(drawn[i])
        as_good = sum(max(drawn[k][m] for k in order[place:]) >= t[i] - 1e-9 for m in range(count))
        p = as_good / count if exact else (1 + as_good) / (1 + count)
        highest = max(highest, p)
        adjusted[i] = highest
    return adjusted
