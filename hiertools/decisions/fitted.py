"""`BackOff`: a threshold that keeps a promise, fitted on samples held out for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.doors import behind_doors
from hiertools._core.own_names import SomeClasses
from hiertools.decisions.back_off import RULES, back_off, default_values
from hiertools.decisions.curves import accuracy_specificity_curve
from hiertools.decisions.nodes import NodeDecisions
from hiertools.decisions.probabilities import as_probabilities
from hiertools.decisions.saving import (
    BACK_OFF,
    columns_to_json,
    number_from_json,
    number_to_json,
    tree_from_json,
    tree_to_json,
)
from hiertools.errors import FileFormatError, OptionError
from hiertools.results.files import held_as, read_result, reading, write_result
from hiertools.results.plots import Plots

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["BackOff"]


@behind_doors
class BackOff:
    r"""`back_off` with its threshold fitted to reach an accuracy, in the manner of scikit-learn.

    Parameters
    ----------
    tree : ClassTree or what `hiertools.as_tree` reads
    classes : sequence of str, optional
        Names of the columns of bare arrays.
    rule : {"confidence", "information", "climbing"}
    accuracy : float
        Wanted share of decisions that are the label or an ancestor of it, in (0, 1]. Without
        `guarantee` the samples of `fit` reach it, and no more is promised: new samples fall short
        of it about as often as not, the more so the fewer samples were fitted.
    random_state : int
        See `back_off`.
    guarantee : float, optional
        In (0, 1): with at least this probability over draws of the samples of `fit`, decisions for
        new samples of the same kind reach `accuracy`, whatever the probabilities are worth.

    Attributes
    ----------
    parameter_ : float
        The smallest threshold (or caution) tried that reached the accuracy on the samples of `fit`;
        with `guarantee`, the smallest one above which every one passed its test. Infinite, which
        always decides for the root, where there is none.
    curve_ : DataFrame
        See `accuracy_specificity_curve`; with `guarantee` also ``p_value``, see the notes.

    Notes
    -----
    A guarantee tests the thresholds one by one, the most cautious first, until one fails: that of
    :math:`k` wrong decisions for :math:`n` samples passes where so few would be rare, were the
    accuracy :math:`a` missed,

    .. math:: P\left(\mathrm{Bin}(n, 1 - a) \le k\right) \le 1 - \mathrm{guarantee}

    The order does not look at the samples, so that no test needs a correction for the others. Fewer
    than :math:`\log(1 - \mathrm{guarantee}) / \log a` samples (29 for 0.95 and 0.9) can guarantee
    nothing but the root. `ConformalNodes` makes a weaker promise, which costs less: of the mean
    over draws.

    References
    ----------
    A. Angelopoulos, S. Bates, E. Candes, M. Jordan, L. Lei (2021), Learn then test: calibrating
    predictive algorithms to achieve risk control, arXiv:2110.01052, sections 2 and 3 (fixed
    sequence testing).

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import BackOff
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> p = [[0.5, 0.45, 0.05], [0.95, 0.03, 0.02]]
    >>> decide = BackOff(tree, ["lynx", "wolf", "newt"], accuracy=1.0).fit(p, ["wolf", "lynx"])
    >>> decide.parameter_, decide.predict(p).paths
    (0.51, ['mammal', 'mammal/lynx'])
    >>> axes = decide.plot.curve()
    >>> BackOff.from_json(decide.to_json()).told
    "BackOff by 'confidence' at 0.51, fitted to be right for 1"
    """

    def __init__(
        self,
        tree: Any,
        classes: SomeClasses | None = None,
        rule: str = "confidence",
        accuracy: float = 0.95,
        random_state: int = 0,
        guarantee: float | None = None,
    ) -> None:
        self.tree = tree
        self.classes = classes
        self.rule = rule
        self.accuracy = accuracy
        self.random_state = random_state
        self.guarantee = guarantee

    def fit(self, probabilities: Any, labels: ArrayLike) -> BackOff:
        """Choose the threshold on samples that are not the test set's."""
        if not 0 < self.accuracy <= 1:
            raise OptionError(f"accuracy must lie in (0, 1]; got {self.accuracy!r}.")
        if self.guarantee is not None and not 0 < self.guarantee < 1:
            raise OptionError(
                f"guarantee must be a probability between 0 and 1; got {self.guarantee!r}."
            )
        self.curve_ = accuracy_specificity_curve(
            probabilities,
            labels,
            self.tree,
            self.classes,
            rule=self.rule,
            values=None if self.guarantee is None else guaranteed_values(self.rule),
            random_state=self.random_state,
        )
        if self.guarantee is None:
            reached = np.flatnonzero(self.curve_["accuracy"] >= self.accuracy)
        else:
            n = len(np.asarray(labels))
            wrong = np.rint(n * (1.0 - self.curve_["accuracy"].to_numpy()))
            self.curve_["p_value"] = accuracy_p_values(wrong, n, self.accuracy)
            failed = np.flatnonzero(self.curve_["p_value"] > 1.0 - self.guarantee)
            reached = np.arange(failed[-1] + 1 if failed.size else 0, len(self.curve_))
        tried = self.curve_.iloc[:, 0]
        self.parameter_ = float(tried.iloc[reached[0]]) if reached.size else float("inf")
        return self

    @property
    def plot(self) -> BackOffPlots:
        """The plot of the fitted rule: ``rule.plot.curve()``."""
        self._refuse_unfitted()
        return BackOffPlots(self.curve_, self.parameter_)

    @property
    def told(self) -> str:
        """What was fitted, and is promised, in a few words."""
        self._refuse_unfitted()
        promised = "" if self.guarantee is None else f", guaranteed at {self.guarantee:g}"
        return (
            f"BackOff by {self.rule!r} at {self.parameter_:g}, fitted to be right for "
            f"{self.accuracy:g}{promised}"
        )

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the fitted rule as JSON, and write it to `path`, if given."""
        self._refuse_unfitted()
        held = {
            "tree": tree_to_json(self.tree),
            "rule": self.rule,
            "accuracy": self.accuracy,
            "guarantee": self.guarantee,
            "random_state": self.random_state,
            "parameter": number_to_json(self.parameter_),
            "curve": columns_to_json(self.curve_),
        }
        return write_result(BACK_OFF, held, path)

    @classmethod
    def from_json(
        cls, source: str | os.PathLike[str], /, classes: SomeClasses | None = None
    ) -> BackOff:
        """Read a fitted rule from a JSON file, or from JSON text; nothing in it is run."""
        import pandas as pd

        held, where = read_result(BACK_OFF, source)
        with reading(f"{where}: the saved {BACK_OFF}"):
            guarantee = held["guarantee"]
            found = cls(
                tree_from_json(held),
                classes,
                checks.option(held_as(held, "rule", str), RULES, "rule"),
                checks.number_between(held["accuracy"], "accuracy", 0),
                checks.whole_number(held["random_state"], "random_state", most=None),
                guarantee
                if guarantee is None
                else checks.number_between(guarantee, "guarantee", 0, 1),
            )
            found.parameter_ = number_from_json(held, "parameter")
            found.curve_ = pd.DataFrame(held_as(held, "curve", dict)).astype("float64")
            if not {"accuracy", "specificity"} <= {*found.curve_.columns}:
                raise FileFormatError("its curve lacks accuracy or specificity")
        return found

    def _refuse_unfitted(self) -> None:
        if not hasattr(self, "parameter_"):
            raise OptionError("BackOff has no threshold yet; call fit(probabilities, labels).")

    def predict(self, probabilities: Any) -> NodeDecisions:
        """Return the node decided on for each sample."""
        self._refuse_unfitted()
        p, names = as_probabilities(probabilities, self.classes)
        return back_off(
            p,
            self.tree,
            names,
            rule=self.rule,
            threshold=self.parameter_ if self.rule != "information" else 0.0,
            caution=self.parameter_ if self.rule == "information" else 0.0,
            random_state=self.random_state,
        )


def guaranteed_values(rule: str) -> Floats:
    """Return the parameters that are tested for a guarantee, the most cautious last.

    An overconfident model may need a threshold beyond 0.99, so there are some between this and 1.
    """
    values = default_values(rule)
    if rule == "information":
        return values
    return np.sort(np.concatenate([values, 1.0 - np.logspace(-9, -2.25, 28)]))


def accuracy_p_values(wrong: Floats, n: int, accuracy: float) -> Floats:
    """Return how rare so few wrong decisions are, if less than `accuracy` were right.

    Examples
    --------
    >>> accuracy_p_values(np.array([0, 10]), 100, 0.9).round(3)
    array([0.   , 0.583])
    """
    from scipy.special import bdtr

    rare: Floats = bdtr(wrong, n, 1.0 - accuracy)
    return rare


@behind_doors
class BackOffPlots(Plots):
    """The plot of a rule that backs off."""

    def __init__(self, curve: pd.DataFrame, chosen: float) -> None:
        self._curve, self._chosen = curve, chosen

    def curve(self, *, ax: Axes | None = None) -> Axes:
        """Draw accuracy over specificity, and the threshold that was chosen.

        See `hiertools.plots.back_off.accuracy_specificity`, which also draws several models.
        """
        from hiertools.plots.back_off import accuracy_specificity

        return accuracy_specificity(self._curve, chosen=self._chosen, ax=ax)
