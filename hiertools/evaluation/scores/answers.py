"""Scores of answers that may be any node: a rule's, sets of them, what backs off or stops short."""

from __future__ import annotations

from hiertools.evaluation.scores.ways import EDGES, HIGHER, LOWER
from hiertools.results.table import Score

_BERTINETTO = "Bertinetto et al. (2020), doi:10.1109/CVPR42600.2020.01252"
_BOKULICH = "Bokulich et al. (2018), doi:10.1186/s40168-018-0470-z"
_ANGELOPOULOS = "Angelopoulos et al. (2021), arXiv:2110.01052"
_DENG = "Deng et al. (2012), doi:10.1109/CVPR.2012.6248086"
_BATES = "Angelopoulos and Bates (2021), arXiv:2107.07511"
_MORTIER = "Mortier et al. (2022), arXiv:2203.06676"
_GOREN = "Goren et al. (2024), arXiv:2405.11533"

RULES = (
    Score(
        "promise_kept",
        "Promises kept",
        HIGHER,
        1.0,
        "Share of a rule's answers that are the label or an ancestor of it.",
        _ANGELOPOULOS,
    ),
    Score(
        "specificity",
        "Specificity",
        HIGHER,
        1.0,
        "Mean information of a rule's answers: 1 for a class, 0 for the root.",
        _DENG,
    ),
)
"""Scores that ``rule=`` adds."""

SETS = (
    Score(
        "set_coverage",
        "Coverage of sets",
        HIGHER,
        1.0,
        "Share of sets that hold the label (at a level: some class of its group there).",
        _BATES,
        at=("", "level"),
    ),
    Score(
        "set_size",
        "Size of sets",
        LOWER,
        1.0,
        "Mean number of classes below the nodes of a set (at a level: of groups that they are in).",
        _BATES,
        at=("", "level"),
        span=EDGES,
    ),
    Score(
        "set_nodes",
        "Nodes of sets",
        LOWER,
        1.0,
        "Mean of the least number of nodes that stand for a set: one for all classes of a group.",
        _MORTIER,
        span=EDGES,
    ),
    Score(
        "set_specificity",
        "Specificity of sets",
        HIGHER,
        1.0,
        "Mean information of the deepest node above all of a set: 1 for a class, 0 for the root.",
        _DENG,
    ),
    Score(
        "set_depth",
        "Depth of sets",
        HIGHER,
        float("nan"),
        "Mean depth of that node, in edges from the root.",
        "",
        span=EDGES,
    ),
)
"""Scores that sets of answers add: those of predictions, or of a rule that answers with them."""

SELECTIVE = (
    Score(
        "selective_risk_area",
        "Area under risk over specificity",
        LOWER,
        0.0,
        "Share of wrong answers while these back off from a class to the root, over their mean "
        "specificity; 0 where a model that is wrong about the class is unsure of it first.",
        _GOREN,
    ),
)
"""Scores that ``selective=`` adds."""

NODES = (
    Score(
        "node_precision",
        "Precision of answers",
        HIGHER,
        1.0,
        "Share of the answers that say something at the level which are right there: those "
        "that stop short above it say nothing. 0 where none says anything.",
        _BOKULICH,
        at=("", "level"),
    ),
    Score(
        "node_f1",
        "F1 of answers",
        HIGHER,
        1.0,
        "Harmonic mean of that precision and the accuracy, which is the recall.",
        _BOKULICH,
        at=("", "level"),
    ),
    Score(
        "under_classified",
        "Under-classified",
        LOWER,
        0.0,
        "Share of answers that are a proper ancestor of the label (at a level: of its node "
        "there): right, but less specific.",
        _BOKULICH,
        at=("", "level"),
    ),
    Score(
        "over_classified",
        "Over-classified",
        LOWER,
        0.0,
        "Share of answers below the label (at a level: its node there), which says no more.",
        _BOKULICH,
        at=("", "level"),
    ),
    Score(
        "misclassified",
        "Misclassified",
        LOWER,
        0.0,
        "Share of answers on another branch than the label, at a level or at all.",
        _BOKULICH,
        at=("", "level"),
    ),
    Score(
        "branch_severity",
        "Severity of wrong branches",
        LOWER,
        0.0,
        "Mean tree distance between label and answer over answers on another branch: those "
        "above or below the label are left out.",
        _BERTINETTO,
        span=EDGES,
    ),
)
"""Scores that classes at inner nodes add, as labels or answers."""
