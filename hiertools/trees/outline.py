"""A tree as an indented outline: text for terminals, one that folds for notebooks."""

from __future__ import annotations

from html import escape

import numpy as np

from hiertools._core import memory
from hiertools.errors import visible
from hiertools.trees.columns import TreeLike


def outline(tree: TreeLike, depth: int = 3, most: int = 8) -> str:
    """Return the upper levels of a tree, indented, with the number of classes below each node.

    Parameters
    ----------
    tree
        The tree, a `hiertools.ClassTree`.
    depth : int
        Show nodes at most so many edges below the root.
    most : int
        Show at most so many children of a node, the largest first.

    Returns
    -------
    str

    Examples
    --------
    >>> from hiertools import ClassTree
    >>> tree = ClassTree.from_newick("((lynx,wolf)mammal,(newt,(frog,toad)anura)amphibian);")
    >>> print(outline(tree, depth=2))
    root (5 classes)
      amphibian (3)
        anura (2)
        newt
      mammal (2)
        lynx
        wolf
    """
    size = (tree.clade_stop - tree.clade_start).tolist()
    own = dict(zip(tree.class_node.tolist(), tree.classes, strict=True))
    shown_depth = tree.depth.tolist()
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(tree.parent.tolist()):
        if 0 < shown_depth[node] <= depth:
            children.setdefault(parent, []).append(node)
    memory.require(
        4.0 * float(tree.depth[tree.depth <= depth].sum()),  # two blanks a level, and all joined
        f"an outline of {tree.n_nodes:,} nodes, each level indented further,",
        "show fewer levels.",
    )
    lines = [f"{visible(tree.labels[0]) or 'root'} ({tree.n_classes:,} classes)"]
    stack: list[int | str] = _listed(children.get(0, []), size, most)
    while stack:
        entry = stack.pop()
        if isinstance(entry, str):
            lines.append(entry)
            continue
        node = entry
        indent = "  " * shown_depth[node]
        name = tree.labels[node] or own.get(node) or "(unnamed)"
        if node in own and own[node] != name:
            name = f"{name} = {own[node]}"
        name = visible(name)
        is_leaf = tree.n_children[node] == 0
        lines.append(f"{indent}{name}" if is_leaf else f"{indent}{name} ({size[node]:,})")
        stack.extend(_listed(children.get(node, []), size, most, "  " * (shown_depth[node] + 1)))
    return "\n".join(lines)


def outline_html(tree: TreeLike, most: int = 300) -> str:
    """Return a tree as HTML whose branches fold and unfold, with the number of classes of each.

    Parameters
    ----------
    tree
        The tree, a `hiertools.ClassTree`.
    most : int
        Nodes at most, level by level from the root; what is left out is counted.

    Returns
    -------
    str

    Examples
    --------
    >>> from hiertools import ClassTree
    >>> print(outline_html(ClassTree.from_newick("((lynx,wolf)mammal);")))
    <div><b>ClassTree(2 classes, 4 nodes, 2 levels)</b>
    <details open><summary>mammal (2)</summary><ul><li>lynx</li><li>wolf</li></ul></details></div>
    """
    size = (tree.clade_stop - tree.clade_start).tolist()
    own = dict(zip(tree.class_node.tolist(), tree.classes, strict=True))
    below: list[list[int]] = [[] for _ in size]
    for node, parent in enumerate(tree.parent.tolist()):
        if parent >= 0:
            below[parent].append(node)
    kept = set(np.argsort(tree.depth, kind="stable")[: max(most, 1)].tolist())
    wide = len(kept) > 60
    pieces = [f"<div><b>{escape(repr(tree))}</b>\n"]
    stack: list[int | str] = [*reversed(_folded(0, below, kept, size))]
    while stack:
        entry = stack.pop()
        if isinstance(entry, str):
            pieces.append(entry)
            continue
        name = tree.labels[entry] or own.get(entry) or "(unnamed)"
        if entry in own and own[entry] != name:
            name = f"{name} = {own[entry]}"
        text = escape(visible(name))
        if not below[entry]:
            pieces.append(f"<li>{text}</li>")
            continue
        folded = "" if wide and tree.depth[entry] > 1 else " open"
        pieces.append(f"<details{folded}><summary>{text} ({size[entry]:,})</summary>")
        stack += ["</details>", *reversed(_folded(entry, below, kept, size))]
    return "".join([*pieces, "</div>"])


def _folded(node: int, below: list[list[int]], kept: set[int], size: list[int]) -> list[int | str]:
    """Return what stands below a node: its branches, then its classes, then what is left out."""
    shown = [child for child in below[node] if child in kept]
    branches = [child for child in shown if below[child]]
    leaves = [child for child in shown if not below[child]]
    entries: list[int | str] = [*branches]
    if leaves:
        entries += ["<ul>", *leaves, "</ul>"]
    if rest := [child for child in below[node] if child not in kept]:
        count = sum(size[child] for child in rest)
        entries.append(f"<ul><li>… {len(rest):,} more ({count:,} classes)</li></ul>")
    return entries


def _listed(nodes: list[int], size: list[int], most: int, indent: str = "  ") -> list[int | str]:
    """Return nodes to show, the first one last; a line for those left out."""
    ranked = sorted(nodes, key=lambda node: (-size[node], node))
    rest = ranked[most:]
    shown: list[int | str] = list(reversed(ranked[:most]))
    if not rest:
        return shown
    below = sum(size[node] for node in rest)
    told = f"{indent}... {len(rest):,} more"
    return [told if below == len(rest) else f"{told} ({below:,} classes)", *shown]
