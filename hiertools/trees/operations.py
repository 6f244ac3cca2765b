"""Operations on a `ClassTree`: nodes, levels, restriction, renaming.

Free functions: the tree itself stays a small noun.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks, memory
from hiertools._core.arrays import Ints
from hiertools._core.doors import door
from hiertools._core.own_names import SomeClasses
from hiertools.errors import OptionError, TreeError
from hiertools.trees.columns import chosen_classes, chosen_nodes, columns_of, occupied
from hiertools.trees.paths import require_classes
from hiertools.trees.tree import ClassTree

__all__ = [
    "ancestors",
    "clades",
    "collapse_unary",
    "find_node",
    "node_heights",
    "node_path",
    "rename_classes",
    "restrict",
    "sort_classes",
    "without_branch",
]

# ---- nodes


@door
def ancestors(tree: ClassTree, node: int, /) -> Ints:
    """Return the nodes from `node` (not included) up to the root, nearest first."""
    above = []
    current = int(tree.parent[_node(tree, node)])
    while current >= 0:
        above.append(current)
        current = int(tree.parent[current])
    return np.array(above, dtype=np.int64)


@door
def node_path(tree: ClassTree, node: int, /) -> tuple[str, ...]:
    """Return the labels from the root to `node`, without the root's where the root has no name.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_lineages({"lynx": "Animals/Mammals/lynx"})
    >>> ht.node_path(tree, 2)
    ('Animals', 'Mammals')
    """
    line = [_node(tree, node), *ancestors(tree, node).tolist()][::-1]
    labels = [tree.labels[i] for i in line]
    return tuple(labels[1:] if not labels[0] else labels)


@door
def find_node(tree: ClassTree, node: str | Sequence[str] | int, /) -> int:
    """Return the id of the node with this label or path.

    A label that several nodes share is refused; give the path from the root then.
    """
    if isinstance(node, int | np.integer):
        return _node(tree, int(node))
    if isinstance(node, str):
        found = [i for i, label in enumerate(tree.labels) if label == node]
        if not found and node in tree.class_index:
            found = [int(tree.class_node[tree.class_index[node]])]
    else:
        path = tuple(node)
        if not path:
            raise OptionError("the path of a node is empty; give the labels from the root to it.")
        found = _nodes_at(tree, path)
    if not found:
        near = checks.closest(node if isinstance(node, str) else path[-1], set(tree.labels))
        hint = f" Closest label: {near!r}." if near else ""
        raise TreeError(f"the tree has no node {node!r}.{hint}")
    if len(found) > 1:
        few, more = found[: checks.MOST_NAMED], found[checks.MOST_NAMED :]
        paths = checks.name_list([*(path_in_words(tree, i) for i in few), *more])
        raise TreeError(
            f"{len(found)} nodes have the label {node!r}: {paths}; "
            "give the path as a tuple of labels."
        )
    return found[0]


def _nodes_at(tree: ClassTree, path: tuple[str, ...]) -> list[int]:
    """Return the nodes whose `node_path` this is, found from the root downwards in one pass."""
    above_first = 0 if tree.labels[0] else 1
    depth = tree.depth.tolist()
    parent = tree.parent.tolist()
    along = [True] * tree.n_nodes
    for node in range(above_first, tree.n_nodes):
        place = depth[node] - above_first
        along[node] = (
            place < len(path)
            and tree.labels[node] == path[place]
            and (node == 0 or along[parent[node]])
        )
    ends = len(path) - 1 + above_first
    return [node for node in range(above_first, len(along)) if along[node] and depth[node] == ends]


MOST_IN_A_PATH = 8
"""Labels of a path that a sentence shows."""


def path_in_words(tree: ClassTree, node: int) -> str:
    """Return the labels from the root to a node for a sentence: of a long path, both ends.

    Examples
    --------
    >>> chain = ClassTree.from_lineages({"j": "a/b/c/d/e/f/g/h/i/j"})
    >>> path_in_words(chain, 3), path_in_words(chain, 10)
    ('a/b/c', 'a/b/c/d/.../h/i/j')
    """
    labels = [label for label in node_path(tree, node) if label]
    if len(labels) > MOST_IN_A_PATH:
        half = MOST_IN_A_PATH // 2
        labels = [*labels[:half], "...", *labels[1 - half :]]
    return "/".join(labels)


@door
def node_heights(tree: ClassTree, /) -> Ints:
    """Return the largest number of edges from each node down to a class, shape (N,).

    0 where no class lies below: a branch without classes says nothing about their heights.
    """
    height = [0] * tree.n_nodes
    parent = tree.parent.tolist()
    holds = holds_class(tree).tolist()
    for node in range(tree.n_nodes - 1, 0, -1):
        above = parent[node]
        if holds[node] and height[node] >= height[above]:
            height[above] = height[node] + 1
    return np.array(height, dtype=np.int64)


def holds_class(tree: ClassTree) -> NDArray[np.bool_]:
    """Return whether a class lies at or below each node, shape (N,).

    A branch that holds none is legal and says nothing: what a measure takes from all nodes, such as
    heights and numbers of children, it takes from these alone.
    """
    return tree.clade_stop > tree.clade_start


def without_empty_branches(tree: ClassTree) -> ClassTree:
    """Return the tree without the branches that hold no class; itself where there are none."""
    bare = tree.n_children == 0  # such a branch ends somewhere
    bare[tree.class_node] = False
    if not bare.any():
        return tree
    return ClassTree._built(occupied(columns_of(tree)))


@door
def clades(tree: ClassTree, /) -> list[frozenset[str]]:
    """Return the distinct nontrivial clades: sets of at least two classes, but not all of them.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> [sorted(clade) for clade in ht.clades(tree)]
    [['lynx', 'wolf']]
    """
    names = [tree.classes[i] for i in tree.class_order.tolist()]
    runs = zip(tree.clade_start.tolist(), tree.clade_stop.tolist())
    distinct = dict.fromkeys(run for run in runs if 1 < run[1] - run[0] < tree.n_classes)
    memory.require(
        32.0 * sum(stop - start for start, stop in distinct),  # a set takes as much for a name
        f"{len(distinct):,} clades as sets of names",
        "clade_start and clade_stop tell them as runs of class_order.",
    )
    return [frozenset(names[start:stop]) for start, stop in distinct]


def _node(tree: ClassTree, node: int) -> int:
    if not 0 <= node < tree.n_nodes:
        raise TreeError(f"the tree has nodes 0 to {tree.n_nodes - 1}; got {node}.")
    return int(node)


# ---- new trees from old


@door
def restrict(tree: ClassTree, /, classes: SomeClasses) -> ClassTree:
    """Return the tree of some of its classes.

    Inner nodes above a kept class all stay, so distances and levels do not change. The classes keep
    the tree's own order.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> ht.restrict(tree, ["lynx", "newt"]).to_newick()
    '((lynx),newt);'
    """
    names = checks.class_names(classes, "classes", any_order=True)
    if not names:
        raise OptionError("restrict needs at least one class to keep; got none.")
    require_classes(tree, names)
    kept = set(names)
    keep = [i for i, name in enumerate(tree.classes) if name in kept]
    return ClassTree._built(occupied(chosen_classes(columns_of(tree), keep)))


@door
def without_branch(tree: ClassTree, branch: str | Sequence[str] | int, /) -> ClassTree:
    """Return the tree without a node and everything below it.

    Parameters
    ----------
    tree : ClassTree
    branch : str, sequence of str, or int
        Label, path, or id of the node ("detritus", say). A label shared by several is refused.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_lineages(
    ...     {"copepod": "living/copepod", "diatom": "living/diatom", "fibre": "detritus/fibre"}
    ... )
    >>> ht.without_branch(tree, "detritus").classes
    ('copepod', 'diatom')
    """
    node = find_node(tree, branch)
    inside = (tree.class_node >= node) & (tree.class_node < node + tree.subtree_size[node])
    if inside.all():
        raise OptionError(f"without {branch!r} the tree would have no class left.")
    return restrict(tree, [name for name, gone in zip(tree.classes, inside) if not gone])


@door
def rename_classes(
    tree: ClassTree, names: Mapping[str, str] | Callable[[str], str], /
) -> ClassTree:
    """Return the tree with classes renamed by a synonym table or a function.

    A class that the table lacks keeps its name; a name there that the tree lacks is an error.
    A node that bore the class's old name as its label takes the new one.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> ht.rename_classes(tree, {"newt": "Triturus"}).to_newick()
    '((lynx,wolf),Triturus);'
    """
    if isinstance(names, Mapping):
        odd = [name for name in names if not isinstance(name, str)]
        if odd:
            raise OptionError(f"names of classes are text; got {checks.name_list(odd)}.")
        require_classes(tree, list(names))
        renamed = [names.get(name, name) for name in tree.classes]
    else:
        renamed = [names(name) for name in tree.classes]
    labels = list(tree.labels)
    for old, new, node in zip(tree.classes, renamed, tree.class_node.tolist()):
        if labels[node] == old:
            labels[node] = new
    return ClassTree._built(replace(columns_of(tree), classes=renamed, labels=labels))


@door
def sort_classes(tree: ClassTree, /) -> ClassTree:
    """Return the tree with its classes in the order of their names; nodes stay as they are."""
    return in_order(tree, sorted(tree.classes))


def in_order(tree: ClassTree, classes: Sequence[str]) -> ClassTree:
    """Return the tree with its classes in the order of these, which are all of them."""
    order = [tree.class_index[name] for name in classes]
    return ClassTree._built(chosen_classes(columns_of(tree), order))


def by_first_class(tree: ClassTree) -> ClassTree:
    """Return the tree with the children of each node in the order of their first classes.

    Trees that differ in the order of children alone, each with classes below it, are then one tree,
    to the last bit of any sum over nodes.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("(newt,(wolf,lynx));")
    >>> by_first_class(sort_classes(tree)).to_newick()
    '((lynx,wolf),newt);'
    """
    first = np.full(tree.n_nodes, tree.n_classes)
    first[tree.class_node] = np.arange(tree.n_classes)
    above = tree.parent.tolist()
    found = first.tolist()
    for node in range(tree.n_nodes - 1, 0, -1):  # in preorder, children come after their parents
        found[above[node]] = min(found[above[node]], found[node])
    # A node and the first below it share a first class: the upper one comes first.
    order = np.lexsort((tree.depth, found))
    if (order[1:] > order[:-1]).all():
        return tree
    number = np.empty_like(order)
    number[order] = np.arange(order.size)
    columns = columns_of(tree)
    parent = tree.parent[order]
    return ClassTree._built(
        replace(
            columns,
            parent=np.where(parent < 0, -1, number[parent]),
            class_node=number[tree.class_node],
            length=None if columns.length is None else np.asarray(columns.length)[order],
            labels=None if columns.labels is None else [columns.labels[i] for i in order.tolist()],
            heights=None if columns.heights is None else np.asarray(columns.heights)[order],
            ranks=None if columns.ranks is None else [columns.ranks[i] for i in order.tolist()],
        )
    )


@door
def collapse_unary(tree: ClassTree, /) -> ClassTree:
    """Return the tree without nodes that have one child and no class.

    A removed node's edge length goes to its child, so path distances by length stay (those by edges
    don't, which is the point). A root with one child goes too. Branches that hold no class are not
    children to speak of, and go first.

    Examples
    --------
    >>> import hiertools as ht
    >>> ht.collapse_unary(ht.ClassTree.from_newick("(((lynx,wolf)),(newt));")).to_newick()
    '((lynx,wolf),newt);'
    """
    tree = without_empty_branches(tree)
    own = np.zeros(tree.n_nodes, dtype=bool)
    own[tree.class_node] = True
    stays = (tree.n_children != 1) | own
    length = tree.length.copy()
    parent = tree.parent.copy()
    for node in range(1, tree.n_nodes):  # parents first: a chain is resolved from its top
        above = int(parent[node])
        if not stays[above]:
            parent[node] = parent[above]
            if tree.has_lengths:
                length[node] += length[above]
    columns = replace(columns_of(tree), parent=parent, length=length if tree.has_lengths else None)
    return ClassTree._built(chosen_nodes(columns, stays))
