"""What the scripts of a page explore: trees, tables and pictures as plain columns, once as JSON.

Nothing is computed that the result does not hold, but where a drawn branch goes.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools.errors import visible
from hiertools.plots import layout, style
from hiertools.plots.cells import mean_cells
from hiertools.plots.dendrogram import group_names
from hiertools.plots.names import class_labels
from hiertools.reporting.protocols import ComparisonResult, ConsensusResult, EvaluationResult
from hiertools.results.columns import records
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.representatives.distance_matrix import DistanceMatrix

Data = dict[str, Any]

MOST_MISTAKES = 40_000
"""Confusions that a page holds, the costliest: a megabyte."""

MOST_NAMED = 5
"""Classes that a cell of a table names."""

DIGITS = 6
"""Significant digits of numbers: more than anybody reads, and half the bytes of all."""


def as_json(data: Data) -> str:
    r"""Return data as JSON that stands inside an HTML page, whatever its texts hold.

    Examples
    --------
    >>> as_json({"a": "</script>"})
    '{"a":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def comparison_data(results: Mapping[str, ComparisonResult]) -> Data:
    """Return what is explored of one model's comparison with a tree, or of several with one."""
    tree = next(iter(results.values())).predefined
    return {
        **_tree_data(tree),
        "value": "overlap",
        "models": [_compared(name, result) for name, result in results.items()],
    }


def evaluation_data(results: Mapping[str, EvaluationResult]) -> Data:
    """Return what is explored of one model's mistakes, or of several on the same samples."""
    tree = next(iter(results.values())).predefined
    return {
        **_tree_data(tree),
        "value": "F1",
        "models": [_evaluated(name, result) for name, result in results.items()],
    }


def consensus_data(result: ConsensusResult) -> Data:
    """Return what is explored of a consensus: its tree, and how much support each branch has."""
    tree = result.tree
    size = tree.clade_stop - tree.clade_start
    nodes = np.flatnonzero((size > 1) & (size < tree.n_classes))
    nodes = nodes[np.lexsort((nodes, -size[nodes], -result.support[nodes]))]
    values: list[float | None] = [None] * tree.n_nodes
    for node in nodes.tolist():
        values[node] = _number(result.support[node])
    held = [tree.class_order[tree.clade_start[v] : tree.clade_stop[v]].tolist() for v in nodes]
    columns = [
        _column("branch", "branch", nodes.tolist()),
        _column("support", "number", _numbers(result.support[nodes].tolist())),
        _column("classes", "number", size[nodes].tolist()),
        _column("which", "classes", [[len(each), *each[:MOST_NAMED]] for each in held]),
    ]
    drawn = {"name": "", "left": _order(tree), "values": values, "tables": [
        {"title": "Every branch", "columns": columns}]}  # fmt: skip
    return {**_tree_data(tree), "value": "support", "models": [drawn]}


def _tree_data(tree: ClassTree) -> Data:
    groups = group_names(tree, None)
    inks = style.colours(groups)
    place = {group: i for i, group in enumerate(inks)}
    data = {
        "classes": [visible(name) for name in tree.classes],
        "called": [visible(name) for name in class_labels(tree)],
        "tree": {**_shape(tree), "label": _labels(tree)},
        "groups": [{"name": visible(name), "ink": ink} for name, ink in inks.items()],
        "group": [place[name] for name in groups],
    }
    if data["called"] == data["classes"]:
        del data["called"]
    if tree.ranks is not None and tree.rank_order is not None:
        at = {rank: i for i, rank in enumerate(tree.rank_order)}
        data["rank"] = [at.get(rank, -1) for rank in tree.ranks]
        data["ranks"] = [visible(rank) for rank in tree.rank_order]
    return data


def _shape(tree: ClassTree) -> Data:
    """Return a tree: how far before each node its parent is, nodes of classes, heights as ranks."""
    heights = layout.node_heights(tree, "rank")[0]
    return {
        "up": (np.arange(tree.n_nodes) - tree.parent).tolist(),
        "node": tree.class_node.tolist(),
        "height": np.unique(heights, return_inverse=True)[1].tolist(),
    }


def _labels(tree: ClassTree) -> list[str]:
    """Return the names of inner nodes; classes have their own."""
    own = set(tree.class_node.tolist())
    return ["" if i in own else visible(label) for i, label in enumerate(tree.labels)]


def _order(tree: ClassTree) -> list[int]:
    order: list[int] = tree.class_order.tolist()
    return order


def _compared(name: str, result: ComparisonResult) -> Data:
    tree, inferred = result.predefined, result.inferred
    left, right = layout.untangle(tree, inferred)
    at = tree.class_index
    data: Data = {
        "name": visible(name),
        "tree": _shape(inferred),
        "left": left.tolist(),
        "right": right.tolist(),
        "values": _of_nodes(tree, result.per_node, "best_jaccard"),
        "tables": [
            {"title": "Every class", "columns": _compared_classes(result.per_class, at)},
            {"title": "Every branch", "columns": _compared_branches(result, at)},
        ],
    }
    if result.distances is not None:
        data["cells"] = _cells(tree, result.distances)
    return data


def _compared_classes(table: pd.DataFrame, at: Mapping[str, int]) -> list[Data]:
    return [
        _column("class", "class", [at[name] for name in table["class"]]),
        _column("fit", "number", _numbers(table["correlation"])),
        _column("nearest in the model", "class", [at.get(name) for name in table["nearest"]]),
        _column("its distance", "number", _numbers(table["nearest_distance"])),
        _column("its tree distance", "number", _numbers(table["nearest_tree_distance"])),
        _column("least tree distance", "number", _numbers(table["closest_tree_distance"])),
        _column("share farther in the tree", "number", _numbers(table["tree_rank"])),
    ]


def _compared_branches(result: ComparisonResult, at: Mapping[str, int]) -> list[Data]:
    table = result.per_node
    columns = [
        _column("branch", "branch", table["node"].tolist()),
        _level(result.predefined, table["node"].tolist()),
        _column("classes", "number", table["n_classes"].tolist()),
        _column("overlap", "number", _numbers(table["best_jaccard"])),
        _column("size in the model", "number", _numbers(table["inferred_size"])),
        _column("precision", "number", _numbers(table["precision"])),
        _column("recall", "number", _numbers(table["recall"])),
    ]
    for name in ("missing", "intruding"):
        cells = [[len(names), *(at[each] for each in names[:MOST_NAMED])] for names in table[name]]
        columns.append(_column(name, "classes", cells))
    return columns


def _evaluated(name: str, result: EvaluationResult) -> Data:
    tree = result.predefined
    at = tree.class_index
    wrong = records(result.confusions.head(MOST_MISTAKES))
    values: list[float | None] = [None] * tree.n_nodes
    nodes = _evaluated_nodes(tree, result.per_node)
    for node, value in zip(nodes, _numbers(result.per_node["f1"]), strict=True):
        values[node] = value
    for i in tree.class_node.tolist():
        values[i] = None  # a class is coloured in the table alone, as in the other pictures
    data: Data = {
        "name": visible(name),
        "left": _order(tree),
        "values": values,
        "tables": [
            {"title": "Every class", "columns": _evaluated_classes(result.per_class, at)},
            {"title": "Every branch", "columns": _evaluated_branches(result, nodes, at)},
        ],
        "mistakes": {
            "label": [at[row["label"]] for row in wrong],
            "predicted": [at[row["predicted"]] for row in wrong],
            "count": [_number(row["count"]) for row in wrong],
            "distance": [_number(row["distance"]) for row in wrong],
            "left_out": max(0, len(result.confusions) - MOST_MISTAKES),
        },
    }
    return data


def _evaluated_nodes(tree: ClassTree, table: pd.DataFrame) -> list[int]:
    """Return the node of each row: all below the root, or the root alone."""
    return list(range(1, tree.n_nodes)) if len(table) == tree.n_nodes - 1 else [0] * len(table)


def _evaluated_classes(table: pd.DataFrame, at: Mapping[str, int]) -> list[Data]:
    return [
        _column("class", "class", [at[name] for name in table["class"]]),
        *_rates(table),
        _column("mean cost", "number", _numbers(table["average_hierarchical_cost"])),
        _column("cost of a mistake", "number", _numbers(table["mistake_severity"])),
        _column("costliest mistake", "class", [at.get(name) for name in table["confused_with"]]),
        *_worst(table),
    ]


def _evaluated_branches(
    result: EvaluationResult, nodes: Sequence[int], at: Mapping[str, int]
) -> list[Data]:
    table = result.per_node
    several = np.flatnonzero(table["n_classes"].to_numpy() > 1).tolist()
    table = table.iloc[several]
    return [
        _column("branch", "branch", [nodes[i] for i in several]),
        _level(result.predefined, [nodes[i] for i in several]),
        _column("classes", "number", table["n_classes"].tolist()),
        *_rates(table),
        _column("costliest mistake", "class", [at.get(name) for name in table["confused_label"]]),
        _column("taken for", "class", [at.get(name) for name in table["confused_with"]]),
        *_worst(table),
    ]


def _rates(table: pd.DataFrame) -> list[Data]:
    return [
        _column("samples", "number", _numbers(table["n"])),
        _column("recall", "number", _numbers(table["recall"])),
        _column("precision", "number", _numbers(table["precision"])),
        _column("F1", "number", _numbers(table["f1"])),
    ]


def _worst(table: pd.DataFrame) -> list[Data]:
    return [
        _column("times", "number", _numbers(table["confused_count"])),
        _column("distance", "number", _numbers(table["confused_distance"])),
    ]


def _of_nodes(tree: ClassTree, table: pd.DataFrame, name: str) -> list[float | None]:
    """Return a number of each node; a chain of nodes with one clade has one row of the table."""
    clades = list(zip(tree.clade_start.tolist(), tree.clade_stop.tolist(), strict=True))
    told = {
        clades[node]: value
        for node, value in zip(table["node"].tolist(), _numbers(table[name]), strict=True)
    }
    return [told.get(clade) for clade in clades]


def _cells(tree: ClassTree, distances: DistanceMatrix) -> Data:
    """Return distances as shades, 0 the nearest, rows below the diagonal after each other.

    As in the still picture, the few nearest and farthest pairs don't take the range of shades.
    """
    order = tree.class_order
    place = {name: i for i, name in enumerate(distances.classes)}
    rows = np.array([place[tree.classes[i]] for i in order.tolist()])
    drawn = mean_cells(distances.condensed, rows)
    n = len(drawn)
    told = drawn[np.tril_indices(n)]
    off = told[~np.isnan(told)]
    low, high = np.quantile(off, [0.002, 0.998]) if off.size else (0.0, 1.0)
    shades = np.clip((told - low) / (high - low if high > low else 1.0), 0.0, 1.0)
    held = np.where(np.isnan(told), 255, np.rint(254 * np.nan_to_num(shades))).astype(np.uint8)
    return {
        "n": n,
        "order": order.tolist(),
        "low": _number(low),
        "high": _number(high),
        "shades": base64.b64encode(held.tobytes()).decode(),
    }


def _level(tree: ClassTree, nodes: Sequence[int]) -> Data:
    """Return the levels of nodes: their ranks where the tree has any, else their numbers."""
    if tree.ranks is not None:
        return _column("rank", "text", [visible(tree.ranks[node]) for node in nodes])
    return _column("level", "number", [int(tree.depth[node]) - 1 for node in nodes])


def _column(title: str, kind: str, cells: list[Any]) -> Data:
    return {"title": title, "kind": kind, "cells": cells}


def _numbers(values: Iterable[Any]) -> list[float | None]:
    return [_number(value) for value in values]


def _number(value: Any) -> float | None:
    """Return a number as JSON has it: whole where it is, undefined as nothing.

    Examples
    --------
    >>> _number(2.0), _number(1 / 3), _number(math.nan)
    (2, 0.333333, None)
    """
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(number) if number == int(number) else float(f"{number:.{DIGITS}g}")
