"""Better decisions with the tree, without retraining: minimal expected cost, and backing off.

Functions of (probabilities, tree), and `RiskMinimiser` and `BackOff` that do the same in the manner
of scikit-learn.
"""

from hiertools.decisions.back_off import (
    BackOff,
    NodeDecisions,
    accuracy_specificity_curve,
    back_off,
    node_probabilities,
)
from hiertools.decisions.risk import RiskMinimiser, expected_cost, minimise_risk

__all__ = [
    "BackOff",
    "NodeDecisions",
    "RiskMinimiser",
    "accuracy_specificity_curve",
    "back_off",
    "expected_cost",
    "minimise_risk",
    "node_probabilities",
]
