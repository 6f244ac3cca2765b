"""Better decisions with the tree, without retraining: minimal cost, backing off, and promises kept.

Functions of (probabilities, tree), and `RiskMinimiser`, `BackOff` and `ConformalNodes`, which are
fitted in the manner of scikit-learn.
"""

from hiertools.decisions.areas import SelectiveRisk, selective_risk
from hiertools.decisions.back_off import back_off
from hiertools.decisions.best import best_node_sets, best_nodes
from hiertools.decisions.calibration import calibration_by_level
from hiertools.decisions.conformal import ConformalNodes, NodeSets
from hiertools.decisions.curves import accuracy_specificity_curve
from hiertools.decisions.fitted import BackOff
from hiertools.decisions.heads import HeadAnswers, head_probabilities
from hiertools.decisions.nodes import NodeDecisions, node_probabilities
from hiertools.decisions.risk import RiskMinimiser, expected_cost, minimise_risk
from hiertools.decisions.rules import read_rule
from hiertools.decisions.temperature import Temperature
from hiertools.decisions.unseen import OpenWorld, open_world

__all__ = [
    "BackOff",
    "ConformalNodes",
    "HeadAnswers",
    "NodeDecisions",
    "NodeSets",
    "OpenWorld",
    "RiskMinimiser",
    "SelectiveRisk",
    "Temperature",
    "accuracy_specificity_curve",
    "back_off",
    "best_node_sets",
    "best_nodes",
    "calibration_by_level",
    "expected_cost",
    "head_probabilities",
    "minimise_risk",
    "node_probabilities",
    "open_world",
    "read_rule",
    "selective_risk",
]
