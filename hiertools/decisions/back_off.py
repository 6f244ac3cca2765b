"""Backing off: decide for an inner node where the class itself is too uncertain."""

from __future__ import annotations

from typing import Any

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools._core.own_names import SomeClasses
from hiertools.decisions.nodes import NodeDecisions
from hiertools.decisions.probabilities import as_probabilities
from hiertools.errors import OptionError
from hiertools.measures.node_answers import leafed, most_probable, node_blocks, preferences
from hiertools.trees.tree import ClassTree

__all__ = ["back_off"]

RULES = ("confidence", "information", "climbing")


@door
def back_off(
    probabilities: Any,
    tree: Any,
    /,
    classes: SomeClasses | None = None,
    *,
    rule: str = "confidence",
    threshold: float = 0.9,
    caution: float = 0.0,
    random_state: int = 0,
) -> NodeDecisions:
    r"""Decide for an inner node where the class itself is too uncertain.

    Parameters
    ----------
    probabilities, tree, classes
        As for `expected_cost`.
    rule : {"confidence", "information", "climbing"}
        "confidence": the most specific node (fewest classes) whose probability reaches
        `threshold`; the most probable one where there are several, then the deepest. Above 0.5 that
        is the deepest such node; at 0 it is the most probable class. "information": the node with
        the largest :math:`(r_v + \lambda)\, p_v`, with :math:`r_v = \log_2 (C / n_v)` the
        information that deciding for a node of :math:`n_v` classes gives, and :math:`\lambda` the
        `caution`; the deepest where there are several. "climbing": the deepest node whose
        probability reaches `threshold` on the path from the most probable class to the root.
    threshold : float
        For "confidence" and "climbing": in [0, 1].
    caution : float
        For "information": at least 0; 0 maximises the expected information, a large value decides
        for the root.
    random_state : int
        Key of the order in which nodes are taken that are tied in all that the rule looks at, as
        equally probable classes are: a keyed hash of the class names draws it, for their order, or
        that of the tree, must not decide.

    Returns
    -------
    NodeDecisions

    References
    ----------
    "climbing": S. Goren, I. Galil, R. El-Yaniv (2024), Hierarchical selective classification,
    arXiv:2405.11533, section 3. "information": J. Deng, J. Krause, A. Berg, L. Fei-Fei (2012),
    Hedging your bets: optimizing accuracy-specificity trade-offs in large scale visual recognition,
    section 4, doi:10.1109/CVPR.2012.6248086.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import back_off
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> p = [[0.5, 0.45, 0.05], [0.95, 0.03, 0.02]]
    >>> back_off(p, tree, ["lynx", "wolf", "newt"], threshold=0.9).paths
    ['mammal', 'mammal/lynx']
    """
    p, names = as_probabilities(probabilities, classes)
    own = leafed(tree, names)
    parameter = _parameter(rule, threshold, caution)
    order = preferences(own, random_state)
    nodes = np.empty(len(p), dtype=np.int64)
    probability = np.empty(len(p))
    for rows, block in node_blocks(p, names, own):
        nodes[rows] = decide(block, own, rule, parameter, order)
        probability[rows] = block[np.arange(len(block)), nodes[rows]]
    return NodeDecisions(nodes, probability, own)


def default_values(rule: str) -> Floats:
    """Return the parameters a curve tries, from always a class to always the root."""
    if rule != "information":
        return np.arange(101) / 100.0
    return np.concatenate([[0.0], np.logspace(-2, 6, 100)])


def _parameter(rule: str, threshold: float, caution: float) -> float:
    checks.option(rule, RULES, "rule")
    if rule != "information":
        if not threshold >= 0:
            raise OptionError(f"threshold must be a probability; got {threshold!r}.")
        return float(threshold)
    if not caution >= 0:
        raise OptionError(f"caution must be at least 0; got {caution!r}.")
    return float(caution)


def decide(block: Floats, tree: ClassTree, rule: str, parameter: float, preference: Ints) -> Ints:
    """Return the node of each sample by its nodes' probabilities; see `back_off`."""
    if parameter == np.inf:
        return np.zeros(len(block), dtype=np.int64)
    if rule == "climbing":
        return climb(block, tree, most_probable(block, tree, preference), parameter - 1e-12)
    n_below = tree.clade_stop - tree.clade_start
    if rule == "confidence":
        # Sums of probabilities miss a threshold they equal by rounding; the root always qualifies.
        enough = block >= parameter - 1e-12
        enough[:, 0] = True
        some = np.flatnonzero(enough.any(axis=0))  # few of many, unless the threshold is tiny
        value = np.where(enough[:, some], block[:, some] - 2.0 * n_below[some], -np.inf)
        best = value.max(axis=1, keepdims=True)
        surest: Ints = some[np.where(value >= best - 1e-12, preference[some], -1).argmax(axis=1)]
        return surest
    information = np.log2(tree.n_classes / n_below)
    value = (information + parameter) * block
    # Equal values (a chain of single children) go to the deepest node.
    best = value.max(axis=1, keepdims=True)
    near = value >= best - 1e-12 * np.maximum(1.0, best)
    deepest: Ints = np.where(near, preference, -1).argmax(axis=1)
    return deepest


def climb(block: Floats, tree: ClassTree, start: Ints, threshold: float) -> Ints:
    """Return the deepest node whose probability reaches a threshold on the path to the root."""
    rows, nodes = np.arange(len(block)), start.copy()
    while (low := (block[rows, nodes] < threshold) & (nodes > 0)).any():
        nodes[low] = tree.parent[nodes[low]]
    return nodes
