"""The area under risk over specificity: how well a model backs off, whatever the threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import behind_doors, door
from hiertools._core.own_names import SomeClasses
from hiertools.decisions.nodes import (
    holds,
    label_nodes,
    leafed,
    most_probable,
    node_blocks,
    preferences,
    specificity,
)
from hiertools.decisions.probabilities import as_probabilities
from hiertools.errors import OptionError
from hiertools.inference.intervals import mean_interval
from hiertools.inference.tests import holm, t_test_p
from hiertools.results.plots import Plots
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["SelectiveRisk", "selective_risk"]

RULES = ("climbing", "confidence")


@behind_doors
@dataclass(frozen=True, eq=False)
class SelectiveRisk:
    """Areas under risk over specificity, with intervals and tests between models.

    Attributes
    ----------
    areas : DataFrame
        One row a model: ``model``, ``area`` (lower is better), ``ci_low``, ``ci_high``,
        ``n_samples``.
    differences : DataFrame
        One row two models: ``model``, ``other``, ``difference`` of their areas, ``ci_low``,
        ``ci_high``, ``p_value``, ``adjusted`` for all rows by Holm's method.
    curves : dict of str to DataFrame
        Of each model one row a threshold at which some decision changes: ``threshold`` (the largest
        at which decisions are these; infinite where all are for the root), ``accuracy``,
        ``specificity``.
    """

    areas: pd.DataFrame
    differences: pd.DataFrame
    curves: dict[str, pd.DataFrame]

    @property
    def plot(self) -> SelectiveRiskPlots:
        """The plot of the curves: ``found.plot.curves()``."""
        return SelectiveRiskPlots(self.curves)

    def __repr__(self) -> str:
        """Tell each area."""
        told = zip(self.areas["model"], self.areas["area"])
        return f"SelectiveRisk({', '.join(f'{name!r}: {area:.4f}' for name, area in told)})"


@door
def selective_risk(
    models: Any,
    labels: ArrayLike,
    tree: Any,
    /,
    classes: SomeClasses | None = None,
    *,
    rule: str = "climbing",
    confidence_level: float = 0.95,
    random_state: int = 0,
) -> SelectiveRisk:
    r"""Return the area under risk over specificity while decisions back off, of models.

    At a threshold :math:`\theta` of `back_off`, with :math:`R(\theta)` the share of decisions that
    are neither the label nor an ancestor of it, and :math:`S(\theta)` the mean specificity,

    .. math:: A = \int_0^1 R \, dS

    over all thresholds, by trapezoids between those at which some decision changes. In [0, 1];
    lower is better; 0 where a model that is wrong about the class always is unsure of it first. The
    area above the curve of accuracy is the same.

    Parameters
    ----------
    models : array_like (N, C), DataFrame or Predictions, or mapping of names to them
        Probabilities of each model for the same samples; see `expected_cost`.
    labels : array_like of str or int, shape (N,)
    tree, classes
        As for `expected_cost`.
    rule : {"climbing", "confidence"}
        See `back_off`.
    confidence_level : float
    random_state : int
        See `back_off`.

    Returns
    -------
    SelectiveRisk
        Intervals and tests are Student's, over samples, of what each adds to the area (its
        influence); differences are paired. NaN where nothing varies.

    References
    ----------
    S. Goren, I. Galil, R. El-Yaniv (2024), Hierarchical selective classification, arXiv:2405.11533,
    section 2 (hAURC; specificity is called coverage there); such curves also in J. Valmadre (2022),
    Hierarchical classification at multiple operating points, arXiv:2210.10929.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import selective_risk
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> p = [[0.5, 0.45, 0.05], [0.95, 0.03, 0.02], [0.1, 0.2, 0.7]]
    >>> selective_risk(p, ["wolf", "lynx", "newt"], tree, ["lynx", "wolf", "newt"])
    SelectiveRisk('': 0.0351)
    """
    import pandas as pd

    checks.option(rule, RULES, "rule")
    confidence_level = checks.number_between(confidence_level, "confidence_level", 0, 1)
    named = checks.text_keys(models, "models") if isinstance(models, Mapping) else {"": models}
    if not named:
        raise OptionError("there are no models; give probabilities, or a mapping of them.")
    found = {}
    for name, source in named.items():
        p, names = as_probabilities(source, classes)
        own = leafed(tree, names)
        truth = label_nodes(own, labels, len(p), names)
        preference = preferences(own, random_state)
        walks = [
            _walk(block, own, truth[rows], rule, preference)
            for rows, block in node_blocks(p, names, own)
        ]
        found[name] = _curve_of(_Walk(*(np.concatenate(parts) for parts in zip(*walks))))
    areas = []
    for name, one in found.items():
        ends = mean_interval(one.influence, confidence_level, (0.0, 1.0), one.area)
        areas.append((name, one.area, ends.low, ends.high, one.n))
    pairs = []
    for (first, a), (second, b) in combinations(found.items(), 2):
        apart = a.area - b.area
        ends = mean_interval(a.influence - b.influence, confidence_level, (-1.0, 1.0), apart)
        p_value = t_test_p(apart, ends.standard_error, a.n - 1)
        pairs.append((first, second, apart, ends.low, ends.high, p_value))
    differences = pd.DataFrame(
        pairs, columns=["model", "other", "difference", "ci_low", "ci_high", "p_value"]
    )
    differences["adjusted"] = holm(differences["p_value"]) if pairs else []
    columns = ["model", "area", "ci_low", "ci_high", "n_samples"]
    curves = {name: one.curve for name, one in found.items()}
    return SelectiveRisk(pd.DataFrame(areas, columns=columns), differences, curves)


class _Walk(NamedTuple):
    """What each sample is told while the threshold falls, from the root on, (N, steps) each."""

    threshold: Floats
    """The largest threshold of each step; it never rises."""
    wrong: Floats
    specificity: Floats


class _Curve(NamedTuple):
    area: float
    influence: Floats
    curve: pd.DataFrame

    @property
    def n(self) -> int:
        return self.influence.size


def _walk(block: Floats, tree: ClassTree, truth: Ints, rule: str, preference: Ints) -> _Walk:
    steps = _path if rule == "climbing" else _by_size
    nodes = steps(block, tree, preference)
    reached = np.take_along_axis(block, nodes, axis=1)
    # A step whose threshold is not above that of a later one is passed over.
    reached = np.maximum.accumulate(reached[:, ::-1], axis=1)[:, ::-1].copy()
    reached[:, 0] = np.inf
    wrong = ~holds(tree, nodes.ravel(), np.repeat(truth, nodes.shape[1])).reshape(nodes.shape)
    return _Walk(np.round(reached, 12), wrong.astype(np.float64), specificity(tree)[nodes])


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


def _curve_of(walk: _Walk) -> _Curve:
    """Return area, curve, and what each sample adds to the area, less the area."""
    import pandas as pd

    n, steps = walk.threshold.shape
    last = np.ones((n, steps), dtype=bool)  # at its threshold; those before it are never told
    last[:, :-1] = walk.threshold[:, 1:] < walk.threshold[:, :-1]
    row, step = np.nonzero(last)
    starts = np.concatenate([[True], row[1:] != row[:-1]])
    threshold, place = np.unique(-walk.threshold[row, step], return_inverse=True)
    change = {}
    total = {}
    for name in ("wrong", "specificity"):
        value = getattr(walk, name)[row, step]
        # The first of a sample is what it is told before any threshold is reached.
        change[name] = np.where(starts, value, value - np.concatenate([[0.0], value[:-1]]))
        total[name] = np.bincount(place, change[name], threshold.size).cumsum() / n
    risk, told = total["wrong"], total["specificity"]
    middle = {
        "wrong": np.concatenate([[risk[0]], (risk[1:] + risk[:-1]) / 2]),
        "specificity": np.concatenate([[told[0]], (told[1:] + told[:-1]) / 2]),
    }
    area = float(np.sum(middle["wrong"][1:] * np.diff(told)))
    # The trapezoids of a sample's risk over the mean specificity, summed by parts, and those of the
    # mean risk over its specificity.
    moves = ~starts
    final = np.bincount(row, change["wrong"], n)
    own_risk = final * told[-1] - np.bincount(
        row[moves], middle["specificity"][place[moves]] * change["wrong"][moves], n
    )
    first = walk.wrong[:, 0] * told[0]
    own_told = np.bincount(
        row[moves], middle["wrong"][place[moves]] * change["specificity"][moves], n
    )
    influence = own_risk - first + own_told - 2 * area
    curve = pd.DataFrame(
        {"threshold": -threshold, "accuracy": 1.0 - risk, "specificity": told}
    ).iloc[::-1]
    return _Curve(area, influence, curve.reset_index(drop=True))


@behind_doors
class SelectiveRiskPlots(Plots):
    """The plot of what backing off gains in accuracy, of models."""

    def __init__(self, curves: Mapping[str, pd.DataFrame]) -> None:
        self._curves = curves

    def curves(self, *, ax: Axes | None = None) -> Axes:
        """Draw accuracy over specificity of each model, at all thresholds.

        See `hiertools.plots.back_off.accuracy_specificity`.
        """
        from hiertools.plots.back_off import accuracy_specificity

        alone = list(self._curves) == [""]
        return accuracy_specificity(self._curves[""] if alone else self._curves, ax=ax)
