"""A tree's columns from its parent-child links, whatever these were read from."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from hiertools._core import checks
from hiertools.errors import TreeError
from hiertools.trees.columns import TreeColumns, occupied
from hiertools.trees.formats.build import Classes, build, rank_order_of

MultipleParents = Literal["error", "first", "shortest", "longest"]


@dataclass
class Links:
    """Links in the order of the source, and what it says about nodes."""

    where: str
    parents: Sequence[Hashable]
    children: Sequence[Hashable]
    lengths: Sequence[float] | None = None
    label: Mapping[Hashable, object] = field(default_factory=dict)
    classes: Mapping[Hashable, str] = field(default_factory=dict)
    ranks: Mapping[Hashable, str] = field(default_factory=dict)
    heights: Mapping[Hashable, float] = field(default_factory=dict)
    alone: Hashable = None  # the only node of a tree without links


class Linked(NamedTuple):
    """Links that run in no circle below one root, nodes by numbers."""

    names: list[Hashable]
    up: list[int]
    """The parent in each row."""
    rows_of: list[list[int]]
    """The rows in which each node is the child."""
    order: list[int]
    """Nodes, every one behind all of its parents."""
    root: int
    several: list[int]
    """Nodes with more than one parent."""


def linked(links: Links, *, one_parent: bool = False) -> Linked:
    """Check links, and number what they link; `one_parent` refuses nodes with several."""
    ids: dict[Hashable, int] = {}
    if not links.children:
        if links.alone is None:
            raise TreeError(f"{links.where}: there are no edges.")
        ids[links.alone] = 0
    up = [ids.setdefault(name, len(ids)) for name in links.parents]
    down = [ids.setdefault(name, len(ids)) for name in links.children]
    names = list(ids)
    rows_of: list[list[int]] = [[] for _ in names]
    for row, child in enumerate(down):
        rows_of[child].append(row)
    order = _topological(links, names, up, down)
    roots = [node for node in range(len(names)) if not rows_of[node]]
    several = [node for node, rows in enumerate(rows_of) if len(rows) > 1]
    if several:
        _refuse_repeats(links, names, up, several, rows_of)
    if several and one_parent:
        raise TreeError(
            f"{links.where}: {len(several)} node(s) have more than one parent: "
            f"{checks.name_list(text_of(links, names[node]) for node in several)}; a class tree "
            "allows one: remove the others, or pass multiple_parents='first', 'shortest' or "
            "'longest'; hiertools.as_graph keeps them all, for evaluate."
        )
    if len(roots) > 1:
        raise TreeError(
            f"{links.where}: a tree has one root, but {len(roots)} nodes have no parent: "
            f"{checks.name_list(text_of(links, names[node]) for node in roots)}; "
            "join them under one node."
        )
    return Linked(names, up, rows_of, order, roots[0], several)


def columns_of_links(
    links: Links,
    *,
    classes: Classes | None,
    multiple_parents: MultipleParents,
    rank_order: Sequence[str] | None,
) -> TreeColumns:
    """Check that the links make one tree and return its columns."""
    checks.option(multiple_parents, ("error", "first", "shortest", "longest"), "multiple_parents")
    found = linked(links, one_parent=multiple_parents == "error")
    up, several = found.up, found.several
    chosen = parent_rows(found, multiple_parents)

    in_order = by_rows(found, chosen)
    number = {node: i for i, node in enumerate(in_order)}
    parent = [-1, *(number[up[chosen[node]]] for node in in_order[1:])]
    keys = [found.names[node] for node in in_order]
    labels = [text_of(links, key) for key in keys]
    inner = set(up)
    ends = [i for i, node in enumerate(in_order) if node not in inner]
    marked = {i: links.classes[key] for i, key in enumerate(keys) if key in links.classes}
    if classes is None and not marked:
        refuse_other_names(links, [keys[i] for i in ends])
    ranks = [links.ranks.get(key, "") for key in keys]
    ranked = any(ranks)
    # A group whose every child went to another parent holds no class and is no class itself.
    emptied = several and not marked and classes is None
    columns = build(
        parent,
        labels,
        links.where,
        classes=classes,
        marked={i: labels[i] for i in ends} if emptied else marked,
        length=[0.0, *(links.lengths[chosen[node]] for node in in_order[1:])]
        if links.lengths is not None
        else None,
        heights=[links.heights.get(key, 0.0) for key in keys] if links.heights else None,
        ranks=ranks if ranked else None,
        rank_order=(rank_order or rank_order_of(parent, ranks, links.where)) if ranked else None,
    )
    return occupied(columns) if emptied else columns


def refuse_other_names(links: Links, keys: Sequence[Hashable]) -> None:
    """Refuse classes that are called by what is neither text nor a whole number."""
    held = [links.label.get(key, key) for key in keys]
    unnamed = [name for name in held if not isinstance(name, str) and not _is_whole(name)]
    if unnamed:
        raise TreeError(
            f"{links.where}: leaves are classes and class names must be text (or whole "
            f"numbers), but {unnamed[0]!r} is of type {type(unnamed[0]).__name__}; give "
            "leaves an attribute label (or class_name) of text, or pass "
            "networkx.relabel_nodes(graph, str)."
        )


def by_rows(found: Linked, chosen: Sequence[int]) -> list[int]:
    """Return the root and then all nodes in the order of the rows that were chosen for them.

    Children come in the order of their rows, so nodes are numbered by row.
    """
    below = sorted((n for n in found.order if found.rows_of[n]), key=lambda n: chosen[n])
    return [found.root, *below]


def _is_whole(name: object) -> bool:
    """Tell a whole number, which stands for its digits."""
    return isinstance(name, int | np.integer) and not isinstance(name, bool)


def text_of(links: Links, name: Hashable) -> str:
    """Return what a node is called."""
    return str(links.label.get(name, name))


def _topological(
    links: Links, names: Sequence[Hashable], up: Sequence[int], down: Sequence[int]
) -> list[int]:
    """Nodes, every one behind all of its parents; a cycle is an error that spells it out."""
    waiting = [0] * len(names)
    children: list[list[int]] = [[] for _ in names]
    for parent, child in zip(up, down, strict=True):
        waiting[child] += 1
        children[parent].append(child)
    ready = deque(node for node, count in enumerate(waiting) if count == 0)
    order = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for child in children[node]:
            waiting[child] -= 1
            if waiting[child] == 0:
                ready.append(child)
    if len(order) < len(names):
        # Every node left over has a parent that is left over too: going up must come round.
        above = {c: p for p, c in zip(up, down, strict=True) if waiting[c] and waiting[p]}
        node = next(iter(above))
        seen: dict[int, int] = {}
        while node not in seen:
            seen[node] = len(seen)
            node = above[node]
        circle = [text_of(links, names[n]) for n in list(seen)[seen[node] :]][::-1]
        shown = [*circle[: checks.MOST_NAMED], *(["..."] if len(circle) > 5 else []), circle[0]]
        raise TreeError(
            f"{links.where}: the edges run in a circle of {len(circle)} node(s): "
            f"{' -> '.join(repr(n) if n != '...' else n for n in shown)}; remove one of them."
        )
    return order


def _refuse_repeats(
    links: Links,
    names: Sequence[Hashable],
    up: Sequence[int],
    several: Sequence[int],
    rows_of: Sequence[Sequence[int]],
) -> None:
    for node in several:
        if len({up[row] for row in rows_of[node]}) < len(rows_of[node]):
            raise TreeError(
                f"{links.where}: {text_of(links, names[node])!r} is listed more than once under "
                "the same parent; list every edge once."
            )


def parent_rows(found: Linked, how: str) -> list[int]:
    """Row of the parent that each node keeps (-1 for the root); ties go to the first listed."""
    up, rows_of = found.up, found.rows_of
    depth = [0] * len(rows_of)
    chosen = [-1] * len(rows_of)
    for node in found.order:
        rows = rows_of[node]
        if not rows:
            continue
        if how == "shortest":
            chosen[node] = min(rows, key=lambda row: depth[up[row]])
        elif how == "longest":
            chosen[node] = max(rows, key=lambda row: depth[up[row]])
        else:
            chosen[node] = rows[0]
        depth[node] = depth[up[chosen[node]]] + 1
    return chosen
