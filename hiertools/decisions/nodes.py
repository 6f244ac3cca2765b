"""Nodes as answers: how probable each is, how much it says, and whether it holds the label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import behind_doors, door
from hiertools._core.labels import label_indices
from hiertools._core.own_names import SomeClasses, names_in_order
from hiertools.decisions.probabilities import as_probabilities
from hiertools.errors import PredictionsError
from hiertools.measures.node_answers import holds, leafed, node_blocks, specificity
from hiertools.trees.operations import node_path
from hiertools.trees.tree import ClassTree

__all__ = ["NodeDecisions", "node_probabilities"]


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
