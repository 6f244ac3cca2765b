"""The best decision for a measure: the node, or the set of nodes, of the best expected value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools._core.own_names import SomeClasses
from hiertools.decisions.conformal import NodeSets
from hiertools.decisions.nodes import NodeDecisions
from hiertools.decisions.probabilities import as_probabilities
from hiertools.measures.hierarchical_f1 import jaccard, wu_palmer
from hiertools.measures.node_answers import leafed, node_blocks, preferences
from hiertools.trees.paths import lca
from hiertools.trees.tree import ClassTree

__all__ = ["best_node_sets", "best_nodes"]

_AT_ONCE = 1 << 21
"""Values of nodes and classes, or samples and nodes, that are held at a time."""

_SLACK = 1e-12
"""Sums in another order miss the best value, which they equal, by rounding."""


def _f(common: Floats, node: Floats, label: Floats, beta: float) -> Floats:
    below = node + beta**2 * label
    return np.where(below > 0, (1 + beta**2) * common / np.where(below > 0, below, 1.0), 1.0)


def _minus_distance(common: Floats, node: Floats, label: Floats) -> Floats:
    return 2.0 * common - node - label


def _exact(common: Floats, node: Floats, label: Floats) -> Floats:
    same: Floats = ((common == node) & (node == label)).astype(np.float64)
    return same


MEASURES: dict[str, Callable[..., Floats]] = {
    "hierarchical_f": _f,
    "jaccard": jaccard,
    "wu_palmer": wu_palmer,
    "distance": _minus_distance,
    "exact": _exact,
}
"""By the name of the measure: its value (more is better) from the depths of the common ancestor, of
the node and of the label, in edges."""


@door
def best_nodes(
    probabilities: Any,
    tree: Any,
    /,
    classes: SomeClasses | None = None,
    *,
    measure: str = "hierarchical_f",
    beta: float = 1.0,
    random_state: int = 0,
) -> NodeDecisions:
    r"""Return the node of each sample whose expected value of a measure is best.

    .. math:: \hat v = \arg\max_v \sum_c p_c\, m(v, c)

    over all nodes, inner ones and the root as well as classes.

    Parameters
    ----------
    probabilities, tree, classes
        As for `expected_cost`.
    measure : {"hierarchical_f", "jaccard", "wu_palmer", "distance", "exact"}
        What is expected, of the node and its ancestors against the class and its own, the root in
        neither: hierarchical F of each sample (its precision is 1 for the root, its recall 0, and
        so is F), the Jaccard index, Wu and Palmer's similarity, the number of edges between the two
        (the fewer the better), or whether the node is the class.
    beta : float
        Of "hierarchical_f": above 1 recall weighs more, and decisions are deeper; below, precision.
    random_state : int
        Key of the order in which equally good nodes are taken; see `back_off`.

    Returns
    -------
    NodeDecisions

    References
    ----------
    R. Plaud, A. Perez-Lebel, M. Labeau, A. Saillenfest, T. Bonald (2025), To each metric its
    decoding: post-hoc optimal decision rules of probabilistic hierarchical classifiers, ICML,
    arXiv:2506.01552. There the root counts as an ancestor; here, as in
    `hiertools.measures.hierarchical_f1.hierarchical_f1`, it does not, since every answer has it.
    All nodes are looked at.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import best_nodes
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf,bear)mammal,newt);")
    >>> p = [[0.25, 0.2, 0.2, 0.35], [0.8, 0.1, 0.1, 0.0]]
    >>> names = ["lynx", "wolf", "bear", "newt"]
    >>> best_nodes(p, tree, names).paths
    ['mammal/lynx', 'mammal/lynx']
    >>> best_nodes(p, tree, names, measure="distance").paths
    ['mammal', 'mammal/lynx']
    """
    checks.option(measure, MEASURES, "measure")
    beta = checks.number_between(beta, "beta", 0)
    p, names = as_probabilities(probabilities, classes)
    own = leafed(tree, names)
    order = preferences(own, random_state)
    leaf = own.class_node[[own.class_index[name] for name in names]]
    depth = own.depth.astype(np.float64)
    best = np.full(len(p), -np.inf)
    chosen = np.zeros(len(p), dtype=np.int64)
    given = p.astype(np.float64, copy=False)
    for part in _parts(own.n_nodes, max(leaf.size, len(p))):
        nodes = np.arange(part.start, part.stop)
        common = depth[lca(own, nodes[:, None], leaf[None])]
        sizes = (common, depth[nodes][:, None], depth[leaf])
        more = {"beta": beta} if measure == "hierarchical_f" else {}
        value = given @ MEASURES[measure](*sizes, **more).T
        top = value.max(axis=1)
        near = value >= (top - _SLACK * np.maximum(1.0, np.abs(top)))[:, None]
        candidate = nodes[np.where(near, order[nodes], -1).argmax(axis=1)]
        slack = _SLACK * np.maximum(1.0, np.abs(top))
        better = (top > best + slack) | ((top >= best - slack) & (order[candidate] > order[chosen]))
        chosen[better] = candidate[better]
        best = np.maximum(best, top)
    probability = np.empty(len(p))
    for rows, block in node_blocks(p, names, own):
        probability[rows] = block[np.arange(len(block)), chosen[rows]]
    return NodeDecisions(chosen, probability, own)


@door
def best_node_sets(
    probabilities: Any,
    tree: Any,
    /,
    classes: SomeClasses | None = None,
    *,
    beta: float = 1.0,
    random_state: int = 0,
) -> NodeSets:
    r"""Return the set of nodes of each sample whose expected hierarchical F is best.

    With the set :math:`A` of some nodes and all their ancestors, and :math:`Y_c` that of a class,
    the root in neither,

    .. math:: \hat A = \arg\max_A \sum_c p_c\,
              \frac{(1 + \beta^2)\, |A \cap Y_c|}{|A| + \beta^2 |Y_c|}

    over all such sets. Of a given size :math:`k`, a node adds :math:`(1 + \beta^2) \sum_{c
    \text{ below } v} p_c / (k + \beta^2 |Y_c|)`, never more than its parent, so the :math:`k` nodes
    that add most are the best set of that size; the best of all sizes is taken.

    Parameters
    ----------
    probabilities, tree, classes
        As for `expected_cost`.
    beta : float
        Above 1 recall weighs more, and sets are larger; below, precision.
    random_state : int
        Key of the order in which nodes are taken that add the same; see `back_off`. Of equally good
        sizes the smallest is taken.

    Returns
    -------
    NodeSets
        The lowest nodes of each set.

    References
    ----------
    See `best_nodes`; section 5 there.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import best_node_sets
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf,bear)mammal,newt);")
    >>> p = [[0.45, 0.45, 0.05, 0.05], [0.35, 0.05, 0.05, 0.55]]
    >>> best_node_sets(p, tree, ["lynx", "wolf", "bear", "newt"], beta=2.0).paths
    [['mammal/lynx', 'mammal/wolf'], ['mammal/lynx', 'newt']]
    """
    beta = checks.number_between(beta, "beta", 0)
    p, names = as_probabilities(probabilities, classes)
    own = leafed(tree, names)
    place = {name: i for i, name in enumerate(names)}
    column = [place[own.classes[i]] for i in own.class_order]
    # Of nodes that add the same, ancestors come before descendants: sets stay closed upwards.
    order = np.lexsort((-preferences(own, random_state)[1:], own.depth[1:]))
    sets: list[Ints] = []
    for part in _parts(len(p), own.n_nodes):
        for inside in _best_sets(p[part][:, column].astype(np.float64), own, beta, order):
            lowest = inside.copy()
            lowest[own.parent[np.flatnonzero(inside[1:]) + 1]] = False
            sets.append(np.flatnonzero(lowest) if inside[1:].any() else np.zeros(1, np.int64))
    probability = np.empty(len(p))
    for rows, block in node_blocks(p, names, own):
        held = [each[nodes].sum() for each, nodes in zip(block, sets[rows])]
        probability[rows] = np.minimum(held, 1.0)
    return NodeSets(tuple(sets), probability, own)


def _best_sets(p: Floats, tree: ClassTree, beta: float, order: Ints) -> NDArray[np.bool_]:
    """Return the nodes of the best set of each sample, shape (N, nodes)."""
    depth = tree.depth[tree.class_node[tree.class_order]].astype(np.float64)
    inside = np.zeros((len(p), tree.n_nodes), dtype=bool)
    best = (p * (depth == 0)).sum(axis=1)  # of no node at all: right where there is none to find
    for k in range(1, tree.n_nodes):
        # A set of k nodes has at most min(k, depth) right ones: with more nodes than that, less.
        most = (1 + beta**2) * np.minimum(k, depth) / (k + beta**2 * depth)
        open_ = np.flatnonzero(p @ most > best + _SLACK)
        if not open_.size:
            if k >= depth.max():
                break
            continue
        share = p[open_] * ((1 + beta**2) / (k + beta**2 * depth))
        total = np.zeros((open_.size, depth.size + 1))
        np.cumsum(share, axis=1, out=total[:, 1:])
        adds = (total[:, tree.clade_stop] - total[:, tree.clade_start])[:, 1:]
        first = np.argsort(-np.round(adds[:, order], 12), axis=1, kind="stable")[:, :k]
        value = np.take_along_axis(adds[:, order], first, axis=1).sum(axis=1)
        better = value > best[open_] + _SLACK
        best[open_[better]] = value[better]
        inside[open_[better]] = False
        inside[np.repeat(open_[better], k), order[first[better]].ravel() + 1] = True
    return inside


def _parts(n: int, width: int) -> list[slice]:
    step = max(1, _AT_ONCE // max(1, width))
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]
