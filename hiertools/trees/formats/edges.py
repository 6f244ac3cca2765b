"""Edge lists (parent, child) to a tree's columns, and back."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from hiertools._core import checks
from hiertools._core.alerts import warn
from hiertools._core.doors import door
from hiertools._core.number_tables import decimal_comma, is_number
from hiertools._core.tables import frame_columns, is_frame, is_missing, text_column
from hiertools.errors import FileFormatError
from hiertools.trees.columns import TreeColumns, TreeLike
from hiertools.trees.formats.build import Classes
from hiertools.trees.formats.links import Links, MultipleParents, columns_of_links

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["edge_links", "links_in", "read_edges", "to_edges"]

COLUMNS = ("parent", "child", "length", "rank", "label", "class", "height")


IDS = ("id", "taxonid", "nodeid", "node")
PARENT_IDS = ("parent", "parentid", "parentnameusageid", "parenttaxonid", "parentnode")
"""Headers of tables that give each node's id and that of its parent, blanks and the like left out.
"""
DETAILS = {"label": ("label", "scientificname", "name"), "rank": ("rank", "taxonrank")}


def links_in(header: Sequence[str]) -> dict[str, int] | None:
    """Return which column of a table holds what of its edges, None where it holds none.

    Examples
    --------
    >>> links_in(["Parent", "Child"])
    {'parent': 0, 'child': 1}
    >>> links_in(["taxonID", "parentNameUsageID", "scientificName"])
    {'parent': 1, 'child': 0, 'label': 2}
    >>> links_in(["family", "genus"])
    """
    lower = [name.strip().lower() for name in header]
    if "parent" in lower and "child" in lower:
        return {name: lower.index(name) for name in COLUMNS if name in lower}
    words = [re.sub(r"[\s_-]", "", name) for name in lower]
    child = next((word for word in IDS if word in words), None)
    parent = next((word for word in PARENT_IDS if word in words), None)
    if child is None or parent is None:
        return None
    found = {"parent": words.index(parent), "child": words.index(child)}
    for name, headers in DETAILS.items():
        held = next((word for word in headers if word in words), None)
        if held is not None:
            found[name] = words.index(held)
    found.update((n, words.index(n)) for n in ("length", "class", "height") if n in words)
    return found


def read_edges(
    edges: Any,
    *,
    classes: Classes | None,
    multiple_parents: MultipleParents,
    rank_order: Sequence[str] | None,
) -> TreeColumns:
    """Read a tree from its edges, as `ClassTree.from_edges` has it."""
    return columns_of_links(
        edge_links(edges),
        classes=classes,
        multiple_parents=multiple_parents,
        rank_order=rank_order,
    )


def edge_links(edges: Any) -> Links:
    """Read edges as links, whatever they make."""
    columns, by_id = _columns(edges)
    count = len(columns["child"])
    if count == 0:
        raise FileFormatError("edges: there are none; give at least one (parent, child).")
    children = text_column(columns["child"], "the children in edges")
    parents = text_column(columns["parent"], "the parents in edges", optional=True)
    if not all(children):
        raise FileFormatError(f"edges: the child in row {children.index('')} is empty; name it.")
    nameless: list[str] = []
    if by_id:
        parents, nameless = _under_one_root(parents, children)
    rows = [row for row in range(count) if parents[row]]
    tops = [children[row] for row in range(count) if not parents[row]]
    if len(tops) > 1:
        raise FileFormatError(
            f"edges: a tree has one root, but {len(tops)} rows have an empty parent: "
            f"{checks.name_list(tops)}; give them one parent."
        )
    links = Links(
        "edges",
        [*(_ROOT for _ in nameless), *(parents[row] for row in rows)],
        [*nameless, *(children[row] for row in rows)],
        alone=tops[0] if tops else None,
    )
    if by_id:
        links.label = {_ROOT: ""}
    if "length" in columns:
        given = [columns["length"][row] for row in rows]
        lengths = _numbers(given, [children[row] for row in rows], "length")
        links.lengths = [*(0.0 for _ in nameless), *lengths]
    if "height" in columns:
        heights = _numbers(columns["height"], children, "height")
        links.heights = dict(zip(children, heights, strict=True))
    for name, target in (("label", links.label), ("rank", links.ranks), ("class", links.classes)):
        if name in columns:
            texts = text_column(columns[name], f"the column {name!r} of edges", optional=True)
            pairs = zip(children, texts, strict=True)
            target.update((key, text) for key, text in pairs if text or name == "label")  # type: ignore[attr-defined]
    return links


_ROOT = "\0root"
"""Key of the root above the tops of a table of ids: no id holds this sign."""


def _under_one_root(parents: Sequence[str], children: Sequence[str]) -> tuple[list[str], list[str]]:
    """Hang all tops of a table of ids under a root without a name, where there are several.

    A top has no parent, or is its own, or has the one parent without a row that there is. Several
    such parents are groups of which nothing but the id is known: they are returned, too.
    """
    listed = set(children)
    own = ["" if up == child else up for up, child in zip(parents, children)]
    unlisted = list(dict.fromkeys(up for up in own if up and up not in listed))
    pointed = [up for up in unlisted if up.removesuffix(".0") in listed]
    if pointed:
        raise FileFormatError(
            f"edges: the parents {checks.name_list(pointed)} are no ids of rows, but without the "
            "'.0' they are: a program has taken them for numbers; write both alike."
        )
    tops = [child for up, child in zip(own, children) if not up]
    if len(tops) + len(unlisted) == 1:
        return own, []
    if len(unlisted) > 1:
        warn(
            f"edges: {len(unlisted)} parents have no row of their own, so they are groups right "
            f"below the root that go by their ids: {checks.name_list(unlisted)}.",
        )
        return [up or _ROOT for up in own], unlisted
    return [_ROOT if not up or up in unlisted else up for up in own], []


def _columns(edges: Any) -> tuple[dict[str, list[Any]], bool]:
    """Return the columns of edges, and whether they go by ids, as a table of taxa does."""
    if is_frame(edges):
        header, columns = frame_columns(edges, "edges")
        found = links_in(header)
        if found is not None:
            by_id = header[found["child"]].strip().lower() != "child"
            if by_id:
                columns = _accepted(header, columns, found["child"])
            return {name: columns[i] for name, i in found.items()}, by_id
        if len(header) == 2:
            return dict(zip(("parent", "child"), columns, strict=True)), False
        raise FileFormatError(
            "a table of edges needs the columns 'parent' and 'child'; it has "
            f"{checks.name_list(header)}."
        )
    edges = checks.in_order(edges)
    if isinstance(edges, str) or hasattr(edges, "items") or not checks.is_list(edges):
        raise FileFormatError(
            f"edges must be pairs (parent, child) or a table, not {type(edges).__name__}; "
            "for a file use read_tree(path)."
        )
    held = list(edges)
    unordered = next((edge for edge in held if isinstance(edge, set | frozenset)), None)
    if unordered is not None:
        raise FileFormatError(
            f"the edge {unordered!r} is a set, which does not say what is the parent; give pairs "
            "(parent, child)."
        )
    listed = [tuple(edge) if checks.is_list(edge) else (edge,) for edge in held]
    sizes = {len(edge) for edge in listed}
    if listed and sizes not in ({2}, {3}):
        odd = next(
            edge for edge in listed if len(edge) not in (2, 3) or len(edge) != len(listed[0])
        )
        raise FileFormatError(
            f"edges must all be pairs (parent, child) or all (parent, child, length); got {odd!r}."
        )
    names = COLUMNS[: len(listed[0])] if listed else COLUMNS[:2]
    return {name: [edge[i] for edge in listed] for i, name in enumerate(names)}, False


def _accepted(header: Sequence[str], columns: list[list[Any]], ids: int) -> list[list[Any]]:
    """Leave out synonyms, which a table of Darwin Core lists beside the taxa they stand for."""
    lower = [name.strip().lower() for name in header]
    if "acceptednameusageid" not in lower:
        return columns
    accepted = columns[lower.index("acceptednameusageid")]
    stays = [is_missing(other) or other in ("", own) for own, other in zip(columns[ids], accepted)]
    if not all(stays):
        warn(
            f"edges: {stays.count(False)} of {len(stays)} rows are synonyms (acceptedNameUsageID "
            "names another taxon) and are left out.",
        )
    return [[value for value, keep in zip(column, stays) if keep] for column in columns]


def _numbers(values: Sequence[Any], children: Sequence[str], what: str) -> list[float]:
    """Return numbers, also written as text: with points, or all of them with decimal commas."""
    texts = [value for value in values if isinstance(value, str)]
    comma = any(decimal_comma(text) for text in texts) and not any("." in text for text in texts)
    return [
        _number(value.replace(",", ".") if comma and isinstance(value, str) else value, child, what)
        for value, child in zip(values, children, strict=True)
    ]


def _number(value: Any, child: str, what: str) -> float:
    number = None
    if isinstance(value, str):
        number = float(value) if is_number(value) else None
    elif not is_missing(value) and not isinstance(value, bool):
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = None
    if number is None:
        raise FileFormatError(f"edges: the {what} of {child!r} must be a number; got {value!r}.")
    return number


@door
def to_edges(tree: TreeLike, /) -> pd.DataFrame:
    """Return a tree as a table of edges that `from_edges` reads back.

    Nodes go by their labels where these tell them apart, else by ``#`` and a number, and a column
    ``label`` is added. Columns ``length``, ``rank``, ``height`` and ``class`` appear where the
    tree has lengths, ranks or heights, or classes that are not just its leaves under their labels.
    A first row with an empty parent gives what there is to say about the root.

    Parameters
    ----------
    tree
        The tree.

    Returns
    -------
    pandas.DataFrame
        One row a node (the root only where needed), parents before children.

    Examples
    --------
    >>> from hiertools.readers import from_edges
    >>> tree = from_edges([("root", "cat"), ("cat", "lynx"), ("root", "dog")])
    >>> print(to_edges(tree).to_string(index=False))
    parent child
      root   cat
       cat  lynx
      root   dog
    """
    import pandas as pd

    ids = node_ids(tree)
    labelled = list(tree.labels) != ids
    columns: dict[str, list[Any]] = {
        "parent": ["", *(ids[parent] for parent in tree.parent[1:])],
        "child": ids,
    }
    if tree.has_lengths:
        columns["length"] = tree.length.tolist()
    if tree.ranks is not None:
        columns["rank"] = list(tree.ranks)
    if tree.heights is not None:
        columns["height"] = tree.heights.tolist()
    if labelled:
        columns["label"] = list(tree.labels)
    class_of: dict[Hashable, str] = dict(zip(tree.class_node.tolist(), tree.classes, strict=True))
    plain = {node: label for node, label in enumerate(tree.labels) if not tree.n_children[node]}
    if class_of != plain:
        columns["class"] = [class_of.get(node, "") for node in range(tree.n_nodes)]
    frame = pd.DataFrame(columns)
    if set(columns) <= {"parent", "child", "length"} and tree.n_nodes > 1:
        frame = frame.iloc[1:].reset_index(drop=True)
    return frame


def node_ids(tree: TreeLike) -> list[str]:
    """Return a name for each node that no other has: its label where possible."""
    count: dict[str, int] = {}
    for label in tree.labels:
        count[label] = count.get(label, 0) + 1
    mark = "#"
    while any(label.startswith(mark) for label in count):
        mark += "#"
    return [
        label if label and count[label] == 1 else f"{mark}{node}"
        for node, label in enumerate(tree.labels)
    ]
