"""Scores of mistakes: how far from the label predictions are in the tree."""

from __future__ import annotations

from hiertools.evaluation.scores.ways import EDGES, HIGHER, LOWER
from hiertools.results.table import Score

_KIRITCHENKO = "Kiritchenko et al. (2005)"
_BARZ = "Barz and Denzler (2019), doi:10.1109/WACV.2019.00073"
_BERTINETTO = "Bertinetto et al. (2020), doi:10.1109/CVPR42600.2020.01252"
_SHI = "Shi et al. (2024), arXiv:2407.16067"
_WU = "Wu and Palmer (1994), doi:10.3115/981732.981751"

COSTS = (
    Score(
        "average_hierarchical_cost",
        "Average hierarchical cost",
        LOWER,
        0.0,
        "Mean tree distance between label and prediction, right ones included.",
        _BERTINETTO,
        span=EDGES,
    ),
    Score(
        "mistake_severity",
        "Mistake severity",
        LOWER,
        0.0,
        "Mean tree distance between label and prediction over wrong predictions only.",
        _BERTINETTO,
        span=EDGES,
    ),
    Score(
        "mistake_lca_height",
        "Mistake severity by height",
        LOWER,
        0.0,
        "Mean height (largest number of edges down to a class) of the lowest common ancestor "
        "of label and prediction, over wrong predictions.",
        _BERTINETTO,
        span=EDGES,
    ),
    Score(
        "mistake_lca_depth",
        "Depth of mistakes",
        HIGHER,
        float("nan"),
        "Mean depth (edges from the root) of that ancestor, over wrong predictions.",
        "",
        span=EDGES,
    ),
    Score(
        "mistake_lca_information",
        "Information lost by mistakes",
        LOWER,
        0.0,
        "Mean information in bits that tells the label from all classes below that ancestor "
        "(the logarithm of their number), over wrong predictions.",
        _SHI,
        span=EDGES,
    ),
    Score(
        "average_lca_height",
        "Average height of the common ancestor",
        LOWER,
        0.0,
        "Mean height of the lowest common ancestor of label and prediction, as a share of the "
        "root's, right ones included.",
        _BARZ,
    ),
    Score(
        "average_hierarchical_distance_at_k",
        "Average hierarchical distance at k",
        LOWER,
        float("nan"),
        "Mean tree distance between the label and the first k predictions.",
        _BERTINETTO,
        at=("k",),
        span=EDGES,
    ),
    Score(
        "hierarchical_precision_at_k",
        "Hierarchical precision at k",
        HIGHER,
        1.0,
        "Share of the first k predictions in the smallest ball around the label that holds k "
        "classes; other variants by name.",
        "Frome et al. (2013), appendix",
        at=("k",),
    ),
)
"""By distances and common ancestors."""

ANCESTORS = (
    Score(
        "hierarchical_precision",
        "Hierarchical precision",
        HIGHER,
        1.0,
        "Share of the ancestors of predictions, themselves included, that are right (micro).",
        _KIRITCHENKO,
    ),
    Score(
        "hierarchical_recall",
        "Hierarchical recall",
        HIGHER,
        1.0,
        "Share of the ancestors of labels, themselves included, that are predicted (micro).",
        _KIRITCHENKO,
    ),
    Score(
        "hierarchical_f1",
        "Hierarchical F1",
        HIGHER,
        1.0,
        "Harmonic mean of hierarchical precision and recall (micro).",
        _KIRITCHENKO,
    ),
    Score(
        "hierarchical_precision_macro",
        "Hierarchical precision, macro",
        HIGHER,
        1.0,
        "Hierarchical precision of each sample, averaged over samples.",
        _KIRITCHENKO,
    ),
    Score(
        "hierarchical_recall_macro",
        "Hierarchical recall, macro",
        HIGHER,
        1.0,
        "Hierarchical recall of each sample, averaged over samples.",
        _KIRITCHENKO,
    ),
    Score(
        "hierarchical_f1_macro",
        "Hierarchical F1, macro",
        HIGHER,
        1.0,
        "Hierarchical F1 of each sample, averaged over samples.",
        _KIRITCHENKO,
    ),
    Score(
        "hierarchical_jaccard",
        "Jaccard index of ancestors",
        HIGHER,
        1.0,
        "Share of the ancestors of label or prediction, themselves included, that both have; "
        "averaged over samples.",
        "Jaccard (1912), doi:10.1111/j.1469-8137.1912.tb05611.x",
    ),
    Score(
        "hierarchical_wu_palmer",
        "Wu-Palmer similarity",
        HIGHER,
        1.0,
        "Twice the depth of the common ancestor over the sum of both depths, the root's being "
        "1; averaged over samples.",
        _WU,
    ),
)
"""By the ancestors of label and prediction."""
