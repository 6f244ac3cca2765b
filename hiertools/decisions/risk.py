"""Conditional risk minimisation: decide for the class of least expected tree distance."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.classes import shared_classes
from hiertools._core.doors import behind_doors, door
from hiertools._core.keyed import keyed_ranks
from hiertools._core.own_names import SomeClasses, agreed_names, square_frame
from hiertools._core.tables import is_frame
from hiertools.decisions.probabilities import as_probabilities
from hiertools.errors import OptionError
from hiertools.trees.paths import path_distances
from hiertools.trees.sources import as_tree

__all__ = ["RiskMinimiser", "expected_cost", "minimise_risk"]


@door
def expected_cost(
    probabilities: Any,
    tree: Any,
    /,
    classes: SomeClasses | None = None,
    *,
    cost: ArrayLike | None = None,
) -> Floats:
    r"""Return the expected tree distance of deciding for each class.

    .. math:: R(c) = \sum_j p_j\, t(c, j)

    Parameters
    ----------
    probabilities : array_like (N, C), DataFrame with a column a class, or Predictions
        Rows sum to one. Predictions of logits go through a softmax.
    tree : ClassTree or what `hiertools.as_tree` reads
        Predefined or inferred.
    classes : sequence of str
        Names of the columns; needed for a bare array.
    cost : array_like of float, shape (C, C), optional
        Cost of deciding for the row's class where the column's is true, in the order of `classes`;
        default path distances.

    Returns
    -------
    ndarray of float, shape (N, C)
        At least 0; lower is better. Its negative ranks the classes of each sample, and may be
        passed on as scores of `hiertools.Predictions`.

    References
    ----------
    S. Karthik et al. (2021), No cost likelihood manipulation at test time for making better
    mistakes in deep networks, ICLR, eq. 2.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import expected_cost
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> expected_cost([[0.3, 0.3, 0.4]], tree, ["lynx", "wolf", "newt"]).round(3)
    array([[1.8, 1.8, 1.8]])
    """
    p, names = as_probabilities(probabilities, classes)
    full = as_tree(tree)
    shared_classes(names, full.classes)
    if cost is None:
        matrix = path_distances(full, names)
    else:
        if is_frame(cost):
            own, cost = square_frame(cost, "a DataFrame of costs", OptionError)
            agreed_names(names, own, "the DataFrame of costs", advice="pass cost.loc[names, names]")
        matrix = checks.numeric(cost, "cost", OptionError)
        if matrix.shape != (len(names), len(names)):
            raise OptionError(
                f"cost must be a matrix of {len(names)} x {len(names)}; got {matrix.shape}."
            )
        checks.finite(matrix, "cost", OptionError)
    return p.astype(np.float64, copy=False) @ matrix.T


@door
def minimise_risk(
    probabilities: Any,
    tree: Any,
    /,
    classes: SomeClasses | None = None,
    *,
    cost: ArrayLike | None = None,
    random_state: int = 0,
) -> NDArray[np.str_]:
    """Return the class of least expected tree distance for each sample.

    Parameters
    ----------
    probabilities, tree, classes, cost
        As for `expected_cost`.
    random_state : int
        Key of the order in which equally good and equally probable classes are taken.

    Returns
    -------
    ndarray of str, shape (N,)
        Class names. Ties go to the more probable class. Where classes are tied in that, too, the
        decision falls on the first of them in an order that a keyed hash of the names draws: the
        order of names or of columns often is that of the tree, and decides nothing.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import minimise_risk
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> minimise_risk([[0.31, 0.3, 0.39]], tree, ["lynx", "wolf", "newt"]).tolist()
    ['lynx']
    """
    checks.whole_number(random_state, "random_state", most=None)
    p, names = as_probabilities(probabilities, classes)
    risk = expected_cost(p, tree, names, cost=cost)
    # Sums in another order miss the least risk, which they equal, by rounding.
    slack = 1e-12 * np.abs(risk).max(axis=1, keepdims=True)
    chance = np.where(risk <= risk.min(axis=1, keepdims=True) + slack, p, -1.0)
    best = chance == chance.max(axis=1, keepdims=True)
    rank = keyed_ranks(names, random_state)
    decided: NDArray[np.str_] = np.array(names, dtype=np.str_)[
        np.where(best, rank, len(names)).argmin(axis=1)
    ]
    return decided


@behind_doors
class RiskMinimiser:
    """`minimise_risk` in the manner of scikit-learn.

    Parameters
    ----------
    tree : ClassTree or what `hiertools.as_tree` reads
    classes : sequence of str, optional
        Names of the columns of bare arrays; a classifier's ``classes_``, as text.
    cost : array_like of float, shape (C, C), optional
    random_state : int
        See `minimise_risk`.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import RiskMinimiser
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> decide = RiskMinimiser(tree, ["lynx", "wolf", "newt"])
    >>> decide.predict([[0.31, 0.3, 0.39]]).tolist()
    ['lynx']
    """

    def __init__(
        self,
        tree: Any,
        classes: SomeClasses | None = None,
        cost: ArrayLike | None = None,
        random_state: int = 0,
    ) -> None:
        self.tree = tree
        self.classes = classes
        self.cost = cost
        self.random_state = random_state

    def fit(self, probabilities: Any = None, labels: Any = None) -> RiskMinimiser:
        """Return itself: there is nothing to fit."""
        return self

    def predict(self, probabilities: Any) -> NDArray[np.str_]:
        """Return the class of least expected cost for each sample."""
        return minimise_risk(
            probabilities,
            self.tree,
            self.classes,
            cost=self.cost,
            random_state=self.random_state,
        )
