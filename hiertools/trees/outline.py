"""A tree as an indented outline."""

from __future__ import annotations

from hiertools._core.wording import visible
from hiertools.trees.tree import ClassTree


def outline(tree: ClassTree, depth: int = 3, most: int = 8) -> str:
    """Return the upper levels of a tree, indented, with the number of classes below each node.

    Parameters
    ----------
    tree : ClassTree
    depth : int
        Show nodes at most so many edges below the root.
    most : int
        Show at most so many children of a node, the largest first.

    Returns
    -------
    str

    Examples
    --------
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
