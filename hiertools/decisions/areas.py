"""The area under risk over specificity: how well a model backs off, whatever the threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.doors import behind_doors, door
from hiertools._core.own_names import SomeClasses
from hiertools.decisions.nodes import label_nodes
from hiertools.decisions.probabilities import as_probabilities
from hiertools.errors import OptionError
from hiertools.inference.intervals import mean_interval
from hiertools.inference.tests import holm, t_test_p
from hiertools.measures.node_answers import (
    leafed,
    node_blocks,
    preferences,
)
from hiertools.measures.selective_risk import RULES, RiskCurve, join_walks, risk_curve, walk
from hiertools.results.plots import Plots

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["SelectiveRisk", "selective_risk"]


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
            walk(block, own, truth[rows], rule, preference)
            for rows, block in node_blocks(p, names, own)
        ]
        found[name] = risk_curve(join_walks(walks))
    areas = []
    for name, one in found.items():
        ends = mean_interval(one.influence, confidence_level, (0.0, 1.0), one.area)
        areas.append((name, one.area, ends.low, ends.high, one.influence.size))
    pairs = []
    for (first, a), (second, b) in combinations(found.items(), 2):
        apart = a.area - b.area
        ends = mean_interval(a.influence - b.influence, confidence_level, (-1.0, 1.0), apart)
        p_value = t_test_p(apart, ends.standard_error, a.influence.size - 1)
        pairs.append((first, second, apart, ends.low, ends.high, p_value))
    differences = pd.DataFrame(
        pairs, columns=["model", "other", "difference", "ci_low", "ci_high", "p_value"]
    )
    differences["adjusted"] = holm(differences["p_value"]) if pairs else []
    columns = ["model", "area", "ci_low", "ci_high", "n_samples"]
    curves = {name: _frame(one) for name, one in found.items()}
    return SelectiveRisk(pd.DataFrame(areas, columns=columns), differences, curves)


def _frame(curve: RiskCurve) -> pd.DataFrame:
    """Return a curve as a table, from always a class to always the root."""
    import pandas as pd

    columns = {
        "threshold": curve.threshold,
        "accuracy": 1.0 - curve.risk,
        "specificity": curve.specificity,
    }
    return pd.DataFrame(columns).iloc[::-1].reset_index(drop=True)


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
