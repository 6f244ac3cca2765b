"""What every reader does last: say which nodes are classes, and give the tree's columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.one_form import nfc
from hiertools.errors import TreeError
from hiertools.trees.columns import TreeColumns, chosen_classes, occupied
from hiertools.trees.preorder import in_preorder

Classes = Sequence[str] | Mapping[str, str | Sequence[str]]


def build(
    parent: Sequence[int],
    labels: Iterable[str],
    where: str,
    *,
    classes: Classes | None = None,
    marked: Mapping[int, str] | None = None,
    length: ArrayLike | None = None,
    heights: ArrayLike | None = None,
    ranks: Sequence[str] | None = None,
    rank_order: Sequence[str] | None = None,
) -> TreeColumns:
    """Return the checked columns of nodes given in any order.

    Classes are `classes` (names, or a mapping of a name to a node's label or path) if given, else
    the nodes `marked` by the source, else the leaves. With `classes`, what holds none of them is
    left out. The order of classes is that of `classes`, or else depth first.
    """
    texts = [nfc(str(label)) for label in labels]
    if classes is not None:
        chosen = named_nodes(parent, texts, classes, where)
        names, nodes = list(chosen), list(chosen.values())
    else:
        if not marked:
            marked = {node: texts[node] for node in leaves(parent)}
            check_leaf_names(marked, where)
        names = list(checks.class_names(list(marked.values()), where, TreeError))
        nodes = list(marked)
    columns = in_preorder(
        TreeColumns(parent, names, nodes, length, texts, heights, ranks, rank_order)
    )
    if classes is not None:
        return occupied(columns)
    return chosen_classes(columns, np.argsort(columns.class_node).tolist())


def leaves(parent: Sequence[int]) -> list[int]:
    """Nodes that are nobody's parent, in the order given."""
    inner = set(parent)
    return [node for node in range(len(parent)) if node not in inner]


def check_leaf_names(leaf_names: Mapping[int, str], where: str) -> None:
    """Refuse leaves without a name, or with that of another one."""
    unnamed = sum(not name for name in leaf_names.values())
    if unnamed:
        raise TreeError(
            f"{where}: {unnamed} of {len(leaf_names)} leaves have no name; "
            "name them, or say which nodes are the classes with classes=."
        )
    twice = checks.repeated(leaf_names.values())
    if twice:
        raise TreeError(
            f"{where}: {len(twice)} leaf name(s) occur more than once: {checks.name_list(twice)}; "
            "every leaf is a class and class names must be unique: rename them, or name the "
            "classes and their paths with classes={name: (label, label, ...)}."
        )


def named_nodes(
    parent: Sequence[int], labels: Sequence[str], classes: Classes, where: str
) -> dict[str, int]:
    """Node of each class that the caller names, by label or by path below the root."""
    if isinstance(classes, str):
        raise TreeError(f"classes must be a list of names or a mapping; got the text {classes!r}.")
    names = checks.class_names(classes, "classes", TreeError, any_order=True)
    targets: Mapping[str, Any] = (
        classes if isinstance(classes, Mapping) else {name: name for name in names}
    )
    by_label: dict[str, list[int]] = {}
    for node, label in enumerate(labels):
        by_label.setdefault(label, []).append(node)
    inner = set(parent)
    found: dict[str, int] = {}
    missing: list[str] = []
    for name, given in zip(names, targets.values(), strict=True):
        # An iterator can be looked at once.
        target = tuple(given) if checks.is_list(given) else given
        if isinstance(target, str):
            nodes = by_label.get(nfc(target), [])
            # A name that a class shares with the groups above it means the class.
            candidates = nodes if len(nodes) == 1 else [n for n in nodes if n not in inner] or nodes
        elif not isinstance(target, tuple) or not all(isinstance(part, str) for part in target):
            raise TreeError(
                f"classes: the node of class {name!r} is a label or a path of labels; got "
                f"{given!r}."
            )
        else:
            candidates = _at_path(parent, labels, by_label, tuple(nfc(part) for part in target))
        if len(candidates) > 1:
            raise TreeError(
                f"{where}: class {name!r} could be any of {len(candidates)} nodes of that name; "
                "give its path below the root with classes={name: (label, label, ...)}."
            )
        if candidates:
            found[name] = candidates[0]
        else:
            missing.append(name)
    if missing:
        raise checks.missing_classes(
            missing, len(names), where, [text for text in by_label if text], "Check classes=."
        )
    return found


def _at_path(
    parent: Sequence[int],
    labels: Sequence[str],
    by_label: Mapping[str, Sequence[int]],
    path: tuple[str, ...],
) -> list[int]:
    """Nodes whose labels from just below the root down to themselves are `path`."""
    found = []
    for node in by_label.get(path[-1], []) if path else []:
        step, depth = node, len(path) - 1
        while depth > 0 and parent[step] >= 0 and labels[parent[step]] == path[depth - 1]:
            step, depth = parent[step], depth - 1
        if depth == 0 and parent[step] >= 0 and parent[parent[step]] < 0:
            found.append(node)
    return found


def rank_order_of(parent: Sequence[int], ranks: Sequence[str], where: str) -> tuple[str, ...]:
    """Order the ranks of nodes from the coarsest to the finest, as they stand above each other."""
    above: dict[str, set[str]] = {rank: set() for rank in ranks if rank}
    nearest = [""] * len(parent)  # rank of the closest ranked node above or at each node
    for node in _parents_first(parent):
        over = nearest[parent[node]] if parent[node] >= 0 else ""
        nearest[node] = ranks[node] or over
        if over and ranks[node] and over != ranks[node]:
            above[ranks[node]].add(over)
    order: list[str] = []
    while len(order) < len(above):
        free = [rank for rank in above if rank not in order and above[rank] <= set(order)]
        if not free:
            stuck = [rank for rank in above if rank not in order]
            raise TreeError(
                f"{where}: the ranks {checks.name_list(stuck)} stand above each other in turn; "
                "give their order, coarsest first, with rank_order=."
            )
        order.append(free[0])
    return tuple(order)


def _parents_first(parent: Sequence[int]) -> Iterable[int]:
    children: list[list[int]] = [[] for _ in parent]
    stack: list[int] = []
    for node, up in enumerate(parent):
        (children[up] if up >= 0 else stack).append(node)
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children[node])
