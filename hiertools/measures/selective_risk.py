"""The area under risk over specificity while answers back off from a class to the root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.measures.node_answers import holds, most_probable, specificity
from hiertools.trees.tree import ClassTree

__all__ = ["RULES", "RiskCurve", "Walk", "join_walks", "risk_curve", "walk"]

RULES = ("climbing", "confidence")
"""How answers back off; see `hiertools.decisions.back_off`."""


class Walk(NamedTuple):
    """What each sample is told while the threshold falls, from the root on, (N, steps) each."""

    threshold: Floats
    """The largest threshold of each step; it never rises. Infinite at the root."""
    wrong: Floats
    """Whether the answer is neither the label nor an ancestor of it."""
    specificity: Floats


@dataclass(frozen=True, eq=False)
class RiskCurve:
    """Risk and specificity at each threshold at which some answer changes, and the area."""

    threshold: Floats
    """Shape (T,), falling; infinite where all answers are the root."""
    risk: Floats
    specificity: Floats
    area: float
    influence: Floats
    """What each sample adds to the area, less the area, shape (N,); their mean is 0."""


def walk(block: Floats, tree: ClassTree, truth: Ints, rule: str, preference: Ints) -> Walk:
    """Return what samples are told, from the probabilities of all nodes, (N, nodes).

    Parameters
    ----------
    block : ndarray of float, shape (N, nodes)
        What `hiertools.measures.node_answers.node_blocks` yields.
    tree : ClassTree
        With every class on a leaf, as `hiertools.measures.node_answers.leafed` has it.
    truth : ndarray of int, shape (N,)
        The node of each label.
    rule : {"climbing", "confidence"}
    preference : ndarray of int, shape (nodes,)
        See `hiertools.measures.node_answers.preferences`.
    """
    steps = _path if rule == "climbing" else _by_size
    nodes = steps(block, tree, preference)
    reached = np.take_along_axis(block, nodes, axis=1)
    # A step whose threshold is not above that of a later one is passed over.
    reached = np.maximum.accumulate(reached[:, ::-1], axis=1)[:, ::-1].copy()
    reached[:, 0] = np.inf
    wrong = ~holds(tree, nodes.ravel(), np.repeat(truth, nodes.shape[1])).reshape(nodes.shape)
    return Walk(np.round(reached, 12), wrong.astype(np.float64), specificity(tree)[nodes])


def join_walks(parts: Sequence[Walk]) -> Walk:
    """Return the walks of several batches as one."""
    return Walk(*(np.concatenate(each) for each in zip(*parts)))


def _path(block: Floats, tree: ClassTree, preference: Ints) -> Ints:
    """Return the nodes from the root to the most probable class, (N, deepest class + 1)."""
    steps = [most_probable(block, tree, preference)]
    for _ in range(int(tree.depth[tree.class_node].max())):
        steps.append(np.where(steps[-1] > 0, tree.parent[steps[-1]], 0))
    return np.stack(steps[::-1], axis=1)


def _by_size(block: Floats, tree: ClassTree, preference: Ints) -> Ints:
    """Return the most probable node of each number of classes, largest first; see `back_off`."""
    size = tree.clade_stop - tree.clade_start
    steps = []
    for each in np.unique(size[size > 0])[::-1]:
        nodes = np.flatnonzero(size == each)
        chance = block[:, nodes]
        near = chance >= chance.max(axis=1, keepdims=True) - 1e-12
        steps.append(nodes[np.where(near, preference[nodes], -1).argmax(axis=1)])
    return np.stack(steps, axis=1)


def risk_curve(told: Walk, weights: Floats | None = None) -> RiskCurve:
    r"""Return the area under risk over specificity, and what each sample adds to it.

    .. math:: A = \int_0^1 R \, dS

    by trapezoids between the thresholds at which some answer changes, :math:`R` and :math:`S` being
    the mean risk and specificity at each. The order of samples decides nothing, not even the last
    bit.

    Parameters
    ----------
    told : Walk
    weights : ndarray of float, shape (N,), optional
        How much each sample counts; means are then weighted.

    Examples
    --------
    Two samples, right about "mammal" at 0.8 and at 0.6; the second is wrong about the class.

    >>> threshold = np.array([[np.inf, 0.8, 0.5], [np.inf, 0.6, 0.3]])
    >>> wrong = np.array([[0, 0, 0], [0, 0, 1]])
    >>> found = risk_curve(Walk(threshold, wrong, np.array([[0, 0.4, 1], [0, 0.4, 1]])))
    >>> found.risk.tolist(), found.specificity.tolist()
    ([0.0, 0.0, 0.0, 0.0, 0.5], [0.0, 0.2, 0.4, 0.7, 1.0])
    >>> round(found.area, 3), found.influence.round(3).tolist()
    (0.075, [-0.15, 0.15])
    """
    n, steps = told.threshold.shape
    last = np.ones((n, steps), dtype=bool)  # at its threshold; those before it are never told
    last[:, :-1] = told.threshold[:, 1:] < told.threshold[:, :-1]
    row, step = np.nonzero(last)
    starts = np.concatenate([[True], row[1:] != row[:-1]])
    threshold, place = np.unique(-told.threshold[row, step], return_inverse=True)
    counts = np.ones(n) if weights is None else weights
    change, total = {}, {}
    for name in ("wrong", "specificity"):
        value = getattr(told, name)[row, step].astype(np.float64)
        # The first of a sample is what it is told before any threshold is reached.
        change[name] = np.where(starts, value, value - np.concatenate([[0.0], value[:-1]]))
        moved = change[name] * counts[row]
        order = np.lexsort((moved, place))  # sums have one order, whatever that of samples
        summed = np.bincount(place[order], moved[order], threshold.size)
        total[name] = summed.cumsum() / np.sort(counts).sum()
    risk, said = total["wrong"], total["specificity"]
    middle = {
        "wrong": np.concatenate([[risk[0]], (risk[1:] + risk[:-1]) / 2]),
        "specificity": np.concatenate([[said[0]], (said[1:] + said[:-1]) / 2]),
    }
    area = float(np.sum(middle["wrong"][1:] * np.diff(said)))
    # The trapezoids of a sample's risk over the mean specificity, summed by parts, and those of the
    # mean risk over its specificity.
    moves = ~starts
    final = np.bincount(row, change["wrong"], n)
    own_risk = final * said[-1] - np.bincount(
        row[moves], middle["specificity"][place[moves]] * change["wrong"][moves], n
    )
    first = told.wrong[:, 0] * said[0]
    own_said = np.bincount(
        row[moves], middle["wrong"][place[moves]] * change["specificity"][moves], n
    )
    influence: Floats = own_risk - first + own_said - 2 * area
    return RiskCurve(-threshold, risk, said, area, influence)
