"""Newick text to a tree's columns, and a tree to Newick text."""

from __future__ import annotations

import re
from urllib.parse import quote

import numpy as np

from hiertools._core.doors import door
from hiertools.errors import FileFormatError
from hiertools.trees.columns import TreeColumns, TreeLike
from hiertools.trees.formats.build import Classes, build, leaves, nfc
from hiertools.trees.formats.newick_parser import OURS, parse, place

__all__ = ["read_newick", "to_newick"]

# Underscores are quoted because the Newick standard reads a bare one as a blank.
_PLAIN = re.compile(r"[^\s()\[\]{}:;,'\"_=&]+")


def read_newick(
    text: str, *, classes: Classes | None, lengths: bool, missing_length: float | None
) -> TreeColumns:
    """Read one tree from Newick text, as `ClassTree.from_newick` has it."""
    if not isinstance(text, str):
        raise FileFormatError(
            f"from_newick takes text, not {type(text).__name__}; for a file use read_tree(path)."
        )
    nodes = parse(text)
    length: list[float] | None = None
    given = [value is not None for value in nodes.length[1:]]
    if lengths and any(given):
        if not all(given) and missing_length is None:
            first = given.index(False) + 1
            raise FileFormatError(
                f"Newick text: {len(given) - sum(given)} of {len(given)} edges have no length, the "
                f"first at {place(text, nodes.start[first])}; give all or none a length, or pass "
                "missing_length= or lengths=False."
            )
        length = [0.0, *(missing_length if v is None else v for v in nodes.length[1:])]  # type: ignore[list-item]
    marked: dict[int, str] | None = None
    if classes is None:
        ends = {n: nodes.label[n] for n in leaves(nodes.parent) if n not in nodes.unmarked}
        unnamed = [n for n, name in ends.items() if not name and n not in nodes.classes]
        if unnamed:
            raise FileFormatError(
                f"Newick text: {len(unnamed)} of {len(ends)} leaves have no name, the first at "
                f"{place(text, nodes.start[unnamed[0]])}; name every leaf."
            )
        if nodes.classes or nodes.unmarked:
            marked = dict(sorted({**ends, **nodes.classes}.items()))
    heights = nodes.heights if any(h is not None for h in nodes.heights) else None
    ranked = any(nodes.rank)
    return build(
        nodes.parent,
        nodes.label,
        "Newick text",
        classes=classes,
        marked=marked,
        length=length,
        heights=None if heights is None else [0.0 if h is None else h for h in heights],
        ranks=nodes.rank if ranked else None,
        rank_order=nodes.rank_order if ranked else None,
    )


@door
def to_newick(tree: TreeLike, /, *, lengths: bool | None = None, annotations: bool = True) -> str:
    """Write a tree as Newick text.

    Nodes that hold a class are written under the class's name, others under their label. What
    plain Newick can't say goes into comments that other programs skip and `from_newick`
    understands: a class at an inner node, a leaf that is no class, a label that differs from the
    class's name, ranks, and merge heights that don't follow from the lengths (those that do are
    left to the lengths). Classes come back in depth-first order.

    Parameters
    ----------
    tree
        The tree.
    lengths
        Write edge lengths. By default where the tree has them.
    annotations
        False: no such comments, whatever is lost.

    Returns
    -------
    str
        One line without a line end.

    Examples
    --------
    >>> from hiertools.readers import from_newick
    >>> to_newick(from_newick("((lynx:1,wolf:1.5)mammals:2,'smooth newt':3);"))
    "((lynx:1,wolf:1.5)mammals:2,'smooth newt':3);"
    >>> from hiertools.readers import from_newick
    >>> to_newick(from_newick("((subspecies)species,other);", classes=["subspecies", "species"]))
    '((subspecies)species[&hiertools:class=species]);'
    """
    with_lengths = tree.has_lengths if lengths is None else lengths
    class_of = dict(zip(tree.class_node.tolist(), tree.classes, strict=True))
    children = tree.n_children.tolist()
    parent = tree.parent.tolist()
    length = tree.length.tolist()
    heights = _heights_to_write(tree)
    ends: list[str] = []
    for node, label in enumerate(tree.labels):
        name = class_of.get(node, label)
        text = name if _PLAIN.fullmatch(name) else _quoted(name)
        if annotations:
            notes = []
            if node in class_of and children[node]:
                notes.append(f"class={_escaped(name)}")
            elif node not in class_of and not children[node]:
                notes.append("class=")
            if name != label:
                notes.append(f"label={_escaped(label)}")
            if heights is not None and children[node]:
                notes.append(f"height={heights[node]!r}")
            if tree.ranks is not None:
                if tree.ranks[node]:
                    notes.append(f"rank={_escaped(tree.ranks[node])}")
                if node == 0:
                    order = "|".join(_escaped(rank) for rank in tree.rank_order or ())
                    notes.append(f"rank_order={_escaped(order)}")
            if notes:
                text += f"[{OURS}{':'.join(notes)}]"
        if with_lengths and node:
            text += f":{_number(length[node])}"
        ends.append(text)
    pieces: list[str] = []
    open_nodes: list[int] = []
    for node in range(tree.n_nodes):
        while open_nodes and open_nodes[-1] != parent[node]:
            pieces.append(")" + ends[open_nodes.pop()])
        if node and parent[node] != node - 1:
            pieces.append(",")
        if children[node]:
            pieces.append("(")
            open_nodes.append(node)
        else:
            pieces.append(ends[node])
    pieces.extend(")" + ends[node] for node in reversed(open_nodes))
    return "".join(pieces) + ";"


def _heights_to_write(tree: TreeLike) -> list[float] | None:
    """Merge heights, unless they follow from the lengths (merging at h: each leaf h/2 below)."""
    if tree.heights is None:
        return None
    if tree.has_lengths:
        gaps = (tree.heights[tree.parent[1:]] - tree.heights[1:]) / 2
        near = 1e-12 * float(np.abs(tree.heights).max())
        if not tree.heights[tree.n_children == 0].any() and np.allclose(
            gaps, tree.length[1:], rtol=0.0, atol=near
        ):
            return None
    heights: list[float] = tree.heights.tolist()
    return heights


def _quoted(label: str) -> str:
    return "'" + label.replace("'", "''") + "'" if label else ""


def _escaped(text: str) -> str:
    return quote(nfc(text), safe="")


def _number(value: float) -> str:
    return repr(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
