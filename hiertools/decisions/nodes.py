"""Nodes as answers: how probable each is, how much it says, and whether it holds the label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.classes import shared_classes
from hiertools._core.doors import behind_doors, door
from hiertools._core.keyed import keyed_ranks
from hiertools._core.labels import label_indices
from hiertools._core.own_names import SomeClasses, names_in_order
from hiertools.decisions.probabilities import as_probabilities
from hiertools.errors import PredictionsError
from hiertools.trees.operations import node_path, restrict
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

__all__ = ["NodeDecisions", "node_probabilities"]

_BLOCK_ELEMENTS = 1 << 21


@behind_doors
@dataclass(frozen=True, eq=False)
class NodeDecisions:
    """The node decided on for each sample.

    Attributes
    ----------
    nodes : ndarray of int, shape (N,)
        Ids in `tree`.
    probability : ndarray of float, shape (N,)
        Of the node: the sum of the probabilities of its classes.
    tree : ClassTree
        The tree over the classes of the probabilities. Where a class of the given tree sits at an
        inner node, here it has a leaf of its own below that node, so that deciding for the class
        and for the node differ.
    """

    nodes: Ints
    probability: Floats
    tree: ClassTree

    @property
    def is_class(self) -> NDArray[np.bool_]:
        """Whether each decision is for one class, shape (N,)."""
        alone: NDArray[np.bool_] = (self.tree.clade_stop - self.tree.clade_start)[self.nodes] == 1
        return alone

    @property
    def specificity(self) -> Floats:
        """Information of each decision, shape (N,): 1 for a class, 0 for the root.

        1 - log(classes under the node) / log(all classes).
        """
        return specificity(self.tree)[self.nodes]

    @property
    def paths(self) -> list[str]:
        """Each decision as a path of labels, "" for an unnamed root."""
        found = {node: "/".join(node_path(self.tree, node)) for node in set(self.nodes.tolist())}
        return [found[node] for node in self.nodes.tolist()]

    def right(self, labels: ArrayLike, classes: SomeClasses | None = None) -> NDArray[np.bool_]:
        """Return whether each decision is the label or an ancestor of it, shape (N,).

        Examples
        --------
        >>> import hiertools as ht
        >>> from hiertools.decisions import back_off
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
        >>> made = back_off([[0.5, 0.4, 0.1]], tree, ["lynx", "wolf", "newt"], threshold=0.8)
        >>> made.paths, made.right(["wolf"])
        (['mammal'], array([ True]))
        """
        truth = label_nodes(self.tree, labels, self.nodes.size, classes)
        return holds(self.tree, self.nodes, truth)


@door
def node_probabilities(
    probabilities: Any, tree: Any, /, classes: SomeClasses | None = None
) -> tuple[Floats, ClassTree]:
    """Return the probability of every node: the sum over its classes.

    Returns
    -------
    ndarray of float, shape (N, nodes)
        In [0, 1]; 1 at the root.
    ClassTree
        Whose node ids the columns are; see `NodeDecisions`.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import node_probabilities
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> node_probabilities([[0.5, 0.3, 0.2]], tree, ["lynx", "wolf", "newt"])[0].round(3)
    array([[1. , 0.8, 0.5, 0.3, 0.2]])
    """
    p, names = as_probabilities(probabilities, classes)
    own = leafed(tree, names)
    return np.concatenate([block for _, block in node_blocks(p, names, own)]), own


def label_nodes(
    tree: ClassTree, labels: ArrayLike, n: int, classes: SomeClasses | None = None
) -> Ints:
    """Return the node of each of `n` labels, which are names or places among `classes`."""
    names = tree.classes
    if classes is not None:
        names = names_in_order(classes, "classes", PredictionsError)
    own = label_indices(labels, names)
    if own.size != n:
        raise PredictionsError(f"{n} decisions and {own.size} labels; give one a sample.")
    index = tree.class_index
    nodes: Ints = tree.class_node[np.array([index[name] for name in names])][own]
    return nodes


def holds(tree: ClassTree, nodes: Ints, inner: Ints) -> NDArray[np.bool_]:
    """Return whether each of some nodes is another one or an ancestor of it."""
    inside = inner - nodes
    return (inside >= 0) & (inside < tree.subtree_size[nodes])


def specificity(tree: ClassTree) -> Floats:
    n_below = (tree.clade_stop - tree.clade_start).astype(np.float64)
    if tree.n_classes == 1:
        return np.ones(tree.n_nodes)
    share: Floats = 1.0 - np.log(n_below) / np.log(tree.n_classes)
    return share


def leafed(tree: Any, names: Sequence[str]) -> ClassTree:
    """Return the tree over `names`, every class on a leaf."""
    full = as_tree(tree)
    shared = shared_classes(names, full.classes)
    own = restrict(full, shared.classes)
    inner = [i for i, node in enumerate(own.class_node) if own.n_children[node] > 0]
    if not inner:
        return own
    class_node = own.class_node.copy()
    class_node[inner] = own.n_nodes + np.arange(len(inner))
    return ClassTree(
        np.concatenate([own.parent, own.class_node[inner]]),
        own.classes,
        class_node,
        length=np.concatenate([own.length, np.zeros(len(inner))]),
        labels=[*own.labels, *(own.classes[i] for i in inner)],
    )


def node_blocks(
    p: NDArray[np.floating], names: Sequence[str], tree: ClassTree
) -> Iterator[tuple[slice, Floats]]:
    column = {name: i for i, name in enumerate(names)}
    order = [column[tree.classes[i]] for i in tree.class_order]
    rows = max(1, _BLOCK_ELEMENTS // tree.n_nodes)
    for start in range(0, len(p), rows):
        part = slice(start, min(start + rows, len(p)))
        total = np.zeros((part.stop - start, len(order) + 1))
        np.cumsum(p[part][:, order], axis=1, out=total[:, 1:])
        block = total[:, tree.clade_stop] - total[:, tree.clade_start]
        block[:, 0] = 1.0
        yield part, np.clip(block, 0.0, 1.0)


def preferences(tree: ClassTree, random_state: int) -> Ints:
    """Return a number for each node: of nodes that are tied, the one with the largest is taken.

    The deeper the larger; between nodes of one depth an order decides that has nothing to do with
    names: of their classes, each has one that comes first in it.
    """
    checks.whole_number(random_state, "random_state", most=None)
    first = np.full(tree.n_nodes, tree.n_classes)
    first[tree.class_node] = keyed_ranks(tree.classes, random_state)
    least, parent = first.tolist(), tree.parent.tolist()
    for node in range(tree.n_nodes - 1, 0, -1):  # ids are preorder numbers: children come first
        least[parent[node]] = min(least[parent[node]], least[node])
    preference = np.empty(tree.n_nodes, dtype=np.int64)
    preference[np.lexsort((-np.array(least), tree.depth))] = np.arange(tree.n_nodes)
    return preference


def most_probable(block: Floats, tree: ClassTree, preference: Ints) -> Ints:
    """Return the node of the most probable class; the preferred one of those that are tied."""
    chance, place = block[:, tree.class_node], preference[tree.class_node]
    near = chance >= chance.max(axis=1, keepdims=True) - 1e-12
    best: Ints = tree.class_node[np.where(near, place, -1).argmax(axis=1)]
    return best
