"""Large trees with few ends: the smallest clades drawn as one end each."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools.plots import layout
from hiertools.trees.tree import ClassTree


@dataclass(frozen=True, eq=False)
class Condensed:
    """The upper part of a tree: its ends are clades, single classes, or the rest of a node."""

    tree: ClassTree
    """Its classes are the ends."""
    nodes: Ints
    """The node of the whole tree that each of its nodes is; of a rest, the one whose rest it is."""
    ends: tuple[Ints, ...]
    """The classes of the whole tree at each end."""
    rest: NDArray[np.bool_]
    """Which ends hold the children of a node that there was no room for."""

    def heights(self, whole: Floats) -> Floats:
        """Return the height of each node, given those in the whole tree.

        A class at the end of a chain of nodes is drawn down to where it lies itself.
        """
        found = whole[self.nodes]
        alone = np.array([end.size == 1 for end in self.ends])
        ends = self.tree.class_node[alone]
        found[ends[self.tree.n_children[ends] == 0]] = 0.0
        return found

    def order(self, drawn: Ints) -> Ints:
        """Return the ends in the order in which their classes are drawn in the whole tree."""
        place = layout.rank(drawn)
        first = np.array([place[end].min() for end in self.ends], dtype=float)
        first[self.rest] += len(drawn)  # below what is told one by one
        return layout.leaf_order(self.tree, first)


def condensed(tree: ClassTree, most: int, *, lowest: bool = True) -> Condensed:
    """Cut a tree at its largest clades, as long as there are at most so many ends.

    Of a node with more children than there is room for, the largest are shown, and the rest is one
    end.

    Parameters
    ----------
    tree : ClassTree
    most : int
        Ends at most.
    lowest : bool
        Whether clades of nothing but single classes are cut too, before there is room for all.

    Examples
    --------
    >>> found = condensed(ClassTree.from_newick("(((a,b),(c,d)),e);"), 3)
    >>> [end.tolist() for end in found.ends]
    [[0, 1], [2, 3], [4]]
    >>> found = condensed(ClassTree.from_newick("(a,b,c,(d,e));"), 3)
    >>> [end.tolist() for end in found.ends], found.rest.tolist()
    ([[0], [3, 4], [1, 2]], [False, False, True])
    """
    lowest = lowest or tree.n_classes <= most
    size = (tree.clade_stop - tree.clade_start).tolist()
    own = dict(zip(tree.class_node.tolist(), range(tree.n_classes), strict=True))
    below: list[list[int]] = [[] for _ in size]
    for node, above in enumerate(tree.parent.tolist()):
        if above >= 0 and size[node]:
            below[above].append(node)
    shown, opened, left_out = [0], set[int](), dict[int, list[int]]()
    ends, waiting = 1, [(-size[0], 0)]
    while waiting:
        node = heapq.heappop(waiting)[1]
        children, room = below[node], most - ends + 1 - (node in own)
        if size[node] < 2 or (len(children) > room and room < 3):
            continue
        if not lowest and all(size[child] == 1 for child in children):
            continue
        if len(children) > room:
            by_size = sorted(children, key=lambda child: (-size[child], child))
            children, left_out[node] = by_size[: room - 1], by_size[room - 1 :]
        ends += len(children) + (node in left_out) + (node in own) - 1
        opened.add(node)
        shown += children
        for child in children:
            heapq.heappush(waiting, (-size[child], child))
    return _upper(tree, sorted(shown), opened, left_out)


def _upper(
    tree: ClassTree, shown: list[int], opened: set[int], left_out: dict[int, list[int]]
) -> Condensed:
    """Build what is shown of a tree: some nodes, and below some of them a rest."""

    def classes_of(node: int) -> Ints:
        return tree.class_order[tree.clade_start[node] : tree.clade_stop[node]]

    place = {node: i for i, node in enumerate(shown)}
    parent = [-1, *(place[int(tree.parent[node])] for node in shown[1:])]
    own = dict(zip(tree.class_node.tolist(), range(tree.n_classes), strict=True))
    at = [i for node, i in place.items() if node not in opened or node in own]
    ends = [
        np.array([own[node]]) if node in opened else classes_of(node)
        for node in (shown[i] for i in at)
    ]
    for node, children in left_out.items():
        at.append(len(parent))
        parent.append(place[node])
        ends.append(np.concatenate([classes_of(child) for child in children]))
    names = [str(i) for i in range(len(at))]
    nodes = np.array([*shown, *left_out])
    # Nodes are renumbered in the order of a walk through the tree; labels tell which is which.
    upper = ClassTree(parent, names, at, labels=[str(i) for i in range(len(parent))])
    walked = np.array([int(label) for label in upper.labels])
    rest = np.arange(len(at)) >= len(at) - len(left_out)
    return Condensed(upper, nodes[walked], tuple(ends), rest)
