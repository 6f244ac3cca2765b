"""Where an answer lies from the truth: above it, below it, or on another branch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools.measures.confusion import ConfusionCounts, as_counts
from hiertools.measures.node_answers import holds
from hiertools.trees.paths import lca
from hiertools.trees.tree import ClassTree

__all__ = ["NodeConfusion", "Relations", "node_confusion", "relations"]

Flags = NDArray[np.bool_]


class Relations(NamedTuple):
    """What each answer is to its label; one of the four is True."""

    match: Flags
    """It is the label."""
    under: Flags
    """It is an ancestor of the label: right, but not as specific."""
    over: Flags
    """It lies below the label, which says no more: nobody knows whether it is right."""
    wrong: Flags
    """It lies on another branch."""


def relations(tree: ClassTree, labels: ArrayLike, answers: ArrayLike) -> Relations:
    """Return what each answer is to its label.

    Parameters
    ----------
    tree : ClassTree
    labels, answers : array_like of int, shape (N,)
        Nodes of the tree: classes or inner ones; at a level, what `level_groups` makes of them.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> mammal, lynx, wolf, newt = 1, 2, 3, 4
    >>> found = relations(tree, [lynx, lynx, mammal, lynx], [lynx, mammal, lynx, wolf])
    >>> [name for name, where in zip(found._fields, np.array(found).T.tolist()) if where[0]]
    ['match']
    >>> found.under.tolist(), found.over.tolist()
    ([False, True, False, False], [False, False, True, False])
    """
    y, p = np.asarray(labels, dtype=np.int64), np.asarray(answers, dtype=np.int64)
    match = y == p
    under = holds(tree, p, y) & ~match
    over = holds(tree, y, p) & ~match
    return Relations(match, under, over, ~(match | under | over))


class NodeConfusion(NamedTuple):
    """For each node, how often it was rightly or wrongly chosen or passed by, shape (nodes,)."""

    true_positive: Ints | Floats
    true_negative: Ints | Floats
    false_positive: Ints | Floats
    false_negative: Ints | Floats


def node_confusion(tree: ClassTree, class_node: ArrayLike, cells: ConfusionCounts) -> NodeConfusion:
    r"""Return the hierarchical confusion matrix of every node below the root, 0 at the root.

    A classifier that goes down from the root chooses a child at each node. With
    :math:`Y_i` the true node and its ancestors, and :math:`\hat Y_i` the answer and its ancestors
    (the root in both), a node :math:`v` with parent :math:`u` is a true positive of sample
    :math:`i` if it is in both, a false positive if in :math:`\hat Y_i` alone, a false negative if
    in :math:`Y_i` alone, and a true negative if it is in neither and :math:`u` in both: only there
    could it have been chosen by somebody who was right so far.

    Parameters
    ----------
    tree : ClassTree
    class_node : array_like of int
        The node of each class that `cells` count.
    cells : ConfusionCounts

    Returns
    -------
    NodeConfusion
        Summed over nodes they are the matrix of Riehl et al.

    References
    ----------
    K. Riehl, M. Neunteufel, M. Hemberg (2023), Hierarchical confusion matrix for classification
    performance evaluation, doi:10.1093/jrsssc/qlad057.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.measures.confusion import confusion_counts
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> counts = node_confusion(tree, tree.class_node, confusion_counts([0, 0], [0, 1]))
    >>> [int(sum(each)) for each in counts]
    [3, 3, 1, 1]
    """
    node_of = np.asarray(class_node, dtype=np.int64)
    y, p = node_of[cells.label], node_of[cells.predicted]
    common = lca(tree, y, p)
    count = cells.count.astype(np.float64)
    ids = np.arange(tree.n_nodes)

    def through(nodes: Ints) -> Floats:
        """How many samples have each node on the way down to the one that is theirs."""
        total = np.concatenate([[0.0], np.cumsum(np.bincount(nodes, count, tree.n_nodes))])
        found: Floats = total[ids + tree.subtree_size] - total[ids]
        return found

    n, n_predicted, both = map(through, (y, p, common))
    # Of those that come to the parent rightly, the ones that have this child on either way.
    leaves = np.zeros(tree.n_nodes)
    for ends in (y, p):
        off = ends != common
        np.add.at(leaves, _child_towards(tree, common[off], ends[off]), count[off])
    negative = np.maximum(both[np.maximum(tree.parent, 0)] - both - leaves, 0.0)
    found = [both, negative, n_predicted - both, n - both]
    for each in found:
        each[0] = 0.0
    return NodeConfusion(*map(as_counts, found))


def _child_towards(tree: ClassTree, nodes: Ints, below: Ints) -> Ints:
    """Return the child of each node on the way to another one below it."""
    depth, target = tree.depth, below.copy()
    higher = depth[target] > depth[nodes] + 1
    while higher.any():
        target[higher] = tree.parent[target[higher]]
        higher = depth[target] > depth[nodes] + 1
    return target
