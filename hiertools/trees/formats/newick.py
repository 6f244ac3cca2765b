"""Newick text to a tree's columns, and a tree to Newick text."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import quote

import numpy as np

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.one_form import nfc
from hiertools._core.text_files import without_mark
from hiertools.errors import FileFormatError, OptionError, TreeError
from hiertools.trees.columns import TreeColumns, TreeLike
from hiertools.trees.formats.build import Classes, build, leaves
from hiertools.trees.formats.newick_parser import OURS, Nodes, parse, place, starts_of_trees

__all__ = ["Negative", "chosen_tree", "columns_of_nodes", "read_newick", "to_newick"]

# Underscores are quoted because the Newick standard reads a bare one as a blank; what a file of
# another kind begins with (XML, NEXUS, a byte-order mark) because a label may begin the text.
_PLAIN = re.compile(r"(?![<#\ufeff])[^\s()\[\]{}:;,'\"_=&]+")

_HYBRID = re.compile(r"#(?:H|LGT|R)[0-9]+$")
"""How extended Newick marks a node that has several parents."""

Negative = Literal["error", "zero"]
"""What to do about negative lengths, which neighbor joining makes."""


def read_newick(
    text: str,
    *,
    classes: Classes | None,
    lengths: bool,
    missing_length: float | None,
    negative: Negative,
    tree: int | None,
) -> TreeColumns:
    """Read one tree from Newick text, as `ClassTree.from_newick` has it."""
    if not isinstance(text, str):
        raise FileFormatError(
            f"from_newick takes text, not {type(text).__name__}; for a file use read_tree(path)."
        )
    text = without_mark(text)
    nodes = parse(text)
    others = starts_of_trees(text, nodes.end)
    if tree is not None or others:
        second = f"the second at {place(text, others[0])}" if others else ""
        chosen = chosen_tree(tree, 1 + len(others), second, "Newick text")
        nodes = nodes if chosen == 0 else parse(text, others[chosen - 1])
    return columns_of_nodes(
        nodes,
        text,
        "Newick text",
        classes=classes,
        lengths=lengths,
        missing_length=missing_length,
        negative=negative,
    )


def chosen_tree(tree: int | None, count: int, which: str, where: str) -> int:
    """Return the number of the tree to read, of several in one file; ask for it if not given."""
    if tree is None:
        if count == 1:
            return 0
        told = f" ({which})" if which else ""
        raise FileFormatError(
            f"{where}: there are {count} trees{told}; say which to read with tree=0 "
            f"{'or' if count == 2 else 'to'} tree={count - 1}, or keep one."
        )
    if not -count <= tree < count:
        raise OptionError(
            f"tree={tree}, but {where} holds {count} tree(s): give 0 to {count - 1}, or -1 for the "
            "last."
        )
    return tree % count


def columns_of_nodes(
    nodes: Nodes,
    text: str,
    where: str,
    *,
    classes: Classes | None,
    lengths: bool,
    missing_length: float | None,
    negative: Negative,
) -> TreeColumns:
    """Return the columns of parsed nodes."""
    checks.option(negative, ("error", "zero"), "negative")
    if missing_length is not None and not 0 <= missing_length < math.inf:
        raise OptionError(f"missing_length must be a number of at least 0; got {missing_length}.")
    if "#" in text:
        _refuse_network(nodes.label, where)
    length: list[float] | None = None
    given = [value is not None for value in nodes.length[1:]]
    if lengths and any(given):
        if not all(given) and missing_length is None:
            first = given.index(False) + 1
            raise FileFormatError(
                f"{where}: {len(given) - sum(given)} of {len(given)} edges have no length, the "
                f"first at {place(text, nodes.start[first])}; give all or none a length, or pass "
                "missing_length= or lengths=False."
            )
        length = [0.0, *(missing_length if v is None else v for v in nodes.length[1:])]  # type: ignore[list-item]
        below = [node for node, value in enumerate(length) if value < 0]
        if below and negative == "error":
            raise FileFormatError(
                f"{where}: {len(below)} of {len(given)} edges have a negative length, the first "
                f"{length[below[0]]:g} at the node at {place(text, nodes.start[below[0]])}; edge "
                "lengths must be at least 0: pass negative='zero' if neighbor joining made them, "
                "or lengths=False."
            )
        length = [max(value, 0.0) for value in length]
    marked: dict[int, str] | None = None
    if classes is None:
        ends = {n: nodes.label[n] for n in leaves(nodes.parent) if n not in nodes.unmarked}
        unnamed = [n for n, name in ends.items() if not name and n not in nodes.classes]
        if unnamed:
            raise FileFormatError(
                f"{where}: {len(unnamed)} of {len(ends)} leaves have no name, the first at "
                f"{place(text, nodes.start[unnamed[0]])}; name every leaf."
            )
        if nodes.classes or nodes.unmarked:
            marked = dict(sorted({**ends, **nodes.classes}.items()))
    heights = nodes.heights if any(h is not None for h in nodes.heights) else None
    ranked = any(nodes.rank)
    return build(
        nodes.parent,
        nodes.label,
        where,
        classes=classes,
        marked=marked,
        length=length,
        heights=None if heights is None else [0.0 if h is None else h for h in heights],
        ranks=nodes.rank if ranked else None,
        rank_order=nodes.rank_order if ranked else None,
    )


def _refuse_network(labels: list[str], where: str) -> None:
    """Refuse extended Newick, in which what has two parents stands twice under one mark."""
    marks = Counter(mark.group() for mark in map(_HYBRID.search, labels) if mark)
    twice = [mark for mark, count in marks.items() if count > 1]
    if twice:
        raise TreeError(
            f"{where}: {checks.name_list(twice)} stands in it more than once: this is a network, "
            "whose nodes have several parents, and a class tree allows one; leave out all places "
            "of each but one, or build a hiertools.ClassGraph from its edges."
        )


@door
def to_newick(
    tree: TreeLike,
    /,
    *,
    lengths: bool | None = None,
    annotations: bool = True,
    inner_classes: Literal["comments", "leaves"] = "comments",
) -> str:
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
    inner_classes
        How to write a class at an inner node. ``"comments"``: in a comment, so that the tree comes
        back as it is. ``"leaves"``: as a leaf of length 0 below its node, for programs that know
        no classes but leaves; lengths are then written where there is such a class, unless they
        are forbidden. With ``annotations=False`` there is no comment at all, at which strict
        programs stop.

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
    >>> tree = from_newick("((subspecies)species,other);", classes=["subspecies", "species"])
    >>> to_newick(tree, inner_classes="leaves", annotations=False)
    '((subspecies:1,species:0):1);'
    """
    checks.option(inner_classes, ("comments", "leaves"), "inner_classes")
    as_leaves = inner_classes == "leaves" and bool(tree.n_children[tree.class_node].any())
    with_lengths = (tree.has_lengths or as_leaves) if lengths is None else lengths
    class_of = dict(zip(tree.class_node.tolist(), tree.classes, strict=True))
    children = tree.n_children.tolist()
    parent = tree.parent.tolist()
    length = tree.length.tolist()
    heights = _heights_to_write(tree)
    ends: list[str] = []
    below: dict[int, str] = {}  # classes at inner nodes, written as leaves
    for node, label in enumerate(tree.labels):
        name = class_of.get(node, label)
        inner = as_leaves and node in class_of and children[node] > 0
        if inner:
            plain = name if _PLAIN.fullmatch(name) else _quoted(name)
            below[node] = f",{plain}:0" if with_lengths else f",{plain}"
            name = label = "" if label == name else label
        text = name if _PLAIN.fullmatch(name) else _quoted(name)
        if annotations:
            notes = []
            if node in class_of and children[node] and not inner:
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
            pieces.append(_closed(open_nodes.pop(), below, ends))
        if node and parent[node] != node - 1:
            pieces.append(",")
        if children[node]:
            pieces.append("(")
            open_nodes.append(node)
        else:
            pieces.append(ends[node])
    pieces.extend(_closed(node, below, ends) for node in reversed(open_nodes))
    return "".join(pieces) + ";"


def _closed(node: int, below: Mapping[int, str], ends: Sequence[str]) -> str:
    """Return the end of an inner node, behind its children."""
    return f"{below.get(node, '')}){ends[node]}"


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
