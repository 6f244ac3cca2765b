"""JSON to a tree's columns, and back.

Nested objects as others write them, and a columnar form of our own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.one_form import nfc
from hiertools._core.text_files import why_unreadable, without_mark
from hiertools.errors import FileFormatError, HiertoolsError, OptionError
from hiertools.trees.columns import TreeColumns, TreeLike, refuse_loss
from hiertools.trees.formats.build import Classes, build, rank_order_of
from hiertools.trees.formats.edges import links_in
from hiertools.trees.formats.lineage_tables import columns_of_lineages
from hiertools.trees.formats.lineages import read_lineages
from hiertools.trees.preorder import OrderedColumns, in_preorder

__all__ = ["read_json", "refuse_table", "to_dict", "to_json"]

FORMAT = "hiertools.tree"
VERSION = 1


def read_json(
    source: str | Mapping[str, Any] | Sequence[Any], *, classes: Classes | None
) -> TreeColumns:
    """Read JSON, as text or already parsed, as `ClassTree.from_json` has it."""
    if isinstance(source, str):
        document = _parsed(without_mark(source))
    else:
        document = source
        _refuse_circles(document)
    if isinstance(document, Mapping):
        if document.get("format") == FORMAT:
            return _from_columns(document, classes)
        if isinstance(document.get("hiertools"), str) and "format" in document:
            raise FileFormatError(
                f"this JSON is a saved {document['hiertools']}, not a tree; read it with "
                "hiertools.read_result()."
            )
    if _is_named(document):
        return _from_objects(document, classes)
    refuse_table(document)
    if _holds_lineages(document):
        columns = _from_lineages(document)
        return columns if classes is None else _chosen(in_preorder(columns), classes)
    return _from_nested(document, classes)


def _holds_lineages(document: Any) -> bool:
    """Tell lineages, as text or as lists that end with the class they stand under."""
    if isinstance(document, list):
        return bool(document) and all(isinstance(value, str) and value for value in document)
    if not isinstance(document, Mapping) or not document:
        return False
    if all(isinstance(value, str) and value for value in document.values()):
        return True
    paths = [(key, path) for key, path in document.items() if isinstance(path, list | tuple)]
    return (
        len(paths) == len(document)
        and any(len(path) > 1 for _, path in paths)
        and all(isinstance(part, str) for _, path in paths for part in path)
        and all(path and nfc(path[-1]) == nfc(str(key)) for key, path in paths)
    )


def _from_lineages(document: Any) -> TreeColumns:
    try:
        return read_lineages(document, separator=None, classes=None, ranks=None, missing=None)
    except FileFormatError as error:
        if "separator=" not in str(error):
            raise
        raise FileFormatError(
            f"{error} JSON has no such option: pass it, with what json.loads() gives, to "
            "ClassTree.from_lineages."
        ) from None


def refuse_table(document: Any) -> None:
    """Refuse a table, by columns or by rows, whose headers would become groups."""
    header: list[Any] = []
    if isinstance(document, Mapping):
        if all(isinstance(column, list) for column in document.values()):
            header = list(document)
    elif isinstance(document, list) and all(isinstance(row, Mapping) for row in document):
        header = list(document[0]) if document else []
    if not all(isinstance(name, str) for name in header):
        return
    if columns_of_lineages(header) or links_in(header):
        raise FileFormatError(
            f"this JSON is a table with the columns {checks.name_list(header)}, not a tree; read "
            "it with hiertools.as_tree(pandas.read_json(path, dtype=False))."
        )


def _parsed(text: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = sorted(checks.repeated(key for key, _ in pairs))
            raise FileFormatError(
                f"JSON: an object has the key(s) {checks.name_list(twice)} more than once, of "
                "which only one would be read; rename them."
            )
        return found

    def refuse(constant: str) -> float:
        raise FileFormatError(f"JSON: {constant} is no number that a tree can use; remove it.")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except json.JSONDecodeError as cause:
        raise FileFormatError(
            f"this is no valid JSON: {cause.msg} at line {cause.lineno}, column {cause.colno}."
        ) from None
    except HiertoolsError:
        raise
    except ValueError as cause:  # a number of too many digits
        raise FileFormatError(f"this JSON can't be read: {why_unreadable(cause)}.") from None
    except RecursionError:
        raise FileFormatError(
            "this JSON is nested deeper than Python can read; use the columnar form that to_json "
            "writes, Newick or edges for trees as deep as that."
        ) from None


def _refuse_circles(document: Any) -> None:
    """Refuse objects that hold themselves: a walk through them would never end."""
    above: set[int] = set()
    waiting: list[tuple[Any, bool]] = [(document, True)]
    while waiting:
        item, entering = waiting.pop()
        if not entering:
            above.remove(id(item))
        elif isinstance(item, Mapping | list | tuple):
            if id(item) in above:
                raise FileFormatError("the nested mapping holds itself, so no tree is in it.")
            above.add(id(item))
            waiting.append((item, False))
            below = item.values() if isinstance(item, Mapping) else item
            waiting.extend((one, True) for one in below)


def _is_named(value: Any) -> bool:
    return isinstance(value, Mapping) and (
        isinstance(value.get("children"), list) or isinstance(value.get("name"), str)
    )


def _chosen(columns: OrderedColumns, classes: Classes) -> TreeColumns:
    """Return the tree with other classes than the document names."""
    return build(
        columns.parent.tolist(),
        columns.labels,
        "JSON",
        classes=classes,
        length=columns.length,
        heights=columns.heights,
        ranks=columns.ranks,
        rank_order=columns.rank_order,
    )


def _from_columns(document: Mapping[str, Any], classes: Classes | None) -> TreeColumns:
    if document.get("version") != VERSION:
        raise FileFormatError(
            f"this tree was written in version {document.get('version')!r} of the format; "
            f"this hiertools reads version {VERSION}: update it."
        )
    needed = ("parent", "labels", "classes", "class_node")
    missing = [key for key in needed if key not in document]
    if missing:
        raise FileFormatError(f"JSON: the tree lacks {checks.name_list(missing)}.")
    try:
        columns = in_preorder(
            TreeColumns(
                document["parent"],
                document["classes"],
                document["class_node"],
                labels=document["labels"],
                length=document.get("length"),
                heights=document.get("heights"),
                ranks=document.get("ranks"),
                rank_order=document.get("rank_order"),
            )
        )
    except HiertoolsError:
        raise
    except (TypeError, ValueError) as cause:
        raise FileFormatError(f"JSON: the tree's columns are damaged: {cause}.") from None
    return columns if classes is None else _chosen(columns, classes)


def _from_objects(document: Any, classes: Classes | None) -> TreeColumns:
    parent: list[int] = []
    labels: list[str] = []
    lengths: list[float | None] = []
    heights: list[float | None] = []
    ranks: list[str] = []
    marked: dict[int, str] = {}
    stack: list[tuple[Any, int]] = [(document, -1)]
    while stack:
        item, up = stack.pop()
        if not isinstance(item, Mapping):
            item = {"name": item}
        name, below = item.get("name", ""), item.get("children") or []
        if not isinstance(name, str) or not isinstance(below, list):
            raise FileFormatError(
                "JSON: a node has a text 'name' and a list 'children'; got "
                f"{name!r} with {type(below).__name__}."
            )
        node = len(parent)
        parent.append(up)
        labels.append(name)
        lengths.append(_optional_number(item, "length", name))
        heights.append(_optional_number(item, "height", name))
        ranks.append(str(item.get("rank") or ""))
        if isinstance(item.get("class"), str):
            marked[node] = nfc(item["class"])
        stack.extend((child, node) for child in reversed(below))
    if len(parent) == 1:
        _refuse_other_children(document)
    given = [length is not None for length in lengths[1:]]
    if any(given) and not all(given):
        raise FileFormatError(
            f"JSON: {len(given) - sum(given)} of {len(given)} nodes below the root have no "
            f"'length', first {labels[given.index(False) + 1]!r}; give it to all or none."
        )
    ranked = any(ranks)
    return build(
        parent,
        labels,
        "JSON",
        classes=classes,
        marked=marked,
        length=[0.0, *(one for one in lengths[1:] if one is not None)] if any(given) else None,
        heights=[h or 0.0 for h in heights] if any(h is not None for h in heights) else None,
        ranks=ranks if ranked else None,
        rank_order=rank_order_of(parent, ranks, "JSON") if ranked else None,
    )


def _refuse_other_children(root: Mapping[str, Any]) -> None:
    """Refuse a root without children that holds objects under another key: all would be lost."""
    for key, value in root.items():
        if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            raise FileFormatError(
                f"JSON: the outermost object has no 'children', but objects under {key!r}; call "
                "them 'children' in all objects."
            )


def _optional_number(item: Mapping[str, Any], key: str, name: str) -> float | None:
    value = item.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FileFormatError(f"JSON: the {key} of {name!r} must be a number; got {value!r}.")
    try:
        return float(value)
    except OverflowError:
        raise FileFormatError(
            f"JSON: the {key} of {name!r} is a whole number of more than 300 digits, which no "
            "number of 64 bits holds."
        ) from None


def _from_nested(document: Any, classes: Classes | None) -> TreeColumns:
    parent, labels = [-1], [""]
    stack: list[tuple[Any, int]] = [(document, 0)]
    while stack:
        below, node = stack.pop()
        if isinstance(below, Mapping):
            entries = list(below.items())
        elif isinstance(below, list | tuple):
            entries = []
            for item in below:
                # ["shark", {"rays": [...]}]: texts are leaves, objects are groups
                entries.extend(item.items() if isinstance(item, Mapping) else [(item, None)])
        elif below is None or (isinstance(below, str) and not below):
            entries = []
        else:
            raise FileFormatError(
                f"JSON: what stands under {labels[node]!r} must be an object, a list or null; got "
                f"{below!r}."
            )
        children = []
        for name, value in entries:
            if not isinstance(name, str) or not name:
                raise FileFormatError(
                    f"JSON: names under {labels[node]!r} must be text; got {name!r}."
                )
            children.append((value, len(parent)))
            parent.append(node)
            labels.append(name)
        stack.extend(reversed(children))
    if len(parent) == 1:
        raise FileFormatError("JSON: there is no tree in it.")
    return build(parent, labels, "JSON", classes=classes)


@door
def to_dict(tree: TreeLike, /) -> dict[str, Any]:
    """Return a tree as plain lists, ready for JSON; `from_json` reads them back without loss.

    Examples
    --------
    >>> from hiertools.readers import from_json
    >>> to_dict(from_json({"Animals": ["cat", "dog"]}))["parent"]
    [-1, 0, 1, 1]
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "parent": tree.parent.tolist(),
        "labels": list(tree.labels),
        "length": tree.length.tolist() if tree.has_lengths else None,
        "heights": None if tree.heights is None else tree.heights.tolist(),
        "ranks": None if tree.ranks is None else list(tree.ranks),
        "rank_order": None if tree.rank_order is None else list(tree.rank_order),
        "classes": list(tree.classes),
        "class_node": tree.class_node.tolist(),
    }


@door
def to_json(
    tree: TreeLike, /, *, nested: bool = False, indent: int | None = None, lossy: bool = False
) -> str:
    """Write a tree as JSON text.

    Parameters
    ----------
    tree
        The tree.
    nested
        False: columns, which carry everything. True: ``{"name": ..., "children": [...]}`` as d3 and
        other programs read it, which keeps no order of classes other than depth first.
    indent
        Blanks by which to indent columns; by default everything is on one line.
    lossy
        With `nested`, leave out ranks that no node has. By default that is an error.

    Returns
    -------
    str

    Examples
    --------
    >>> from hiertools.readers import from_json
    >>> to_json(from_json({"cat": None, "dog": ["wolf"]}), nested=True)
    '{"name": "", "children": [{"name": "cat"}, {"name": "dog", "children": [{"name": "wolf"}]}]}'
    """
    if not nested:
        if indent is not None:
            checks.whole_number(indent, "indent", most=99)
        return json.dumps(to_dict(tree), indent=indent, ensure_ascii=False)
    if indent is not None:
        raise OptionError("indent= is of the flat form, nested=False; leave it out.")
    childless = tree.n_children == 0
    class_of = dict(zip(tree.class_node.tolist(), tree.classes, strict=True))
    plain = all(
        childless[node] and tree.labels[node] == name for node, name in class_of.items()
    ) and int(childless.sum()) == len(class_of)
    refuse_loss(tree, "Nested JSON", {"ranks that no node has": _unused_ranks(tree)}, lossy)
    pieces: list[str] = []
    open_nodes: list[int] = []
    parent = tree.parent.tolist()
    # Written node by node, not by json.dumps, which recurses.
    for node, label in enumerate(tree.labels):
        while open_nodes and open_nodes[-1] != parent[node]:
            pieces.append("]}")
            open_nodes.pop()
        if node and parent[node] != node - 1:
            pieces.append(", ")
        item: dict[str, Any] = {"name": label}
        if tree.has_lengths and node:
            item["length"] = float(tree.length[node])
        if tree.heights is not None:
            item["height"] = float(tree.heights[node])
        if tree.ranks is not None and tree.ranks[node]:
            item["rank"] = tree.ranks[node]
        if node in class_of and not plain:
            item["class"] = class_of[node]
        text = json.dumps(item, ensure_ascii=False)
        if childless[node]:
            pieces.append(text)
        else:
            pieces.append(text[:-1] + ', "children": [')
            open_nodes.append(node)
    pieces.append("]}" * len(open_nodes))
    return "".join(pieces)


def _unused_ranks(tree: TreeLike) -> bool:
    return tree.rank_order is not None and not set(tree.rank_order) <= set(tree.ranks or ())
