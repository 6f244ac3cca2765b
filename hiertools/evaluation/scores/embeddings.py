"""Scores of embeddings: what the nearest others are."""

from __future__ import annotations

from hiertools.evaluation.scores.ways import HIGHER
from hiertools.results.table import Score

_MUSGRAVE = "Musgrave et al. (2020), doi:10.1007/978-3-030-58595-2_41"
_BARZ = "Barz and Denzler (2019), doi:10.1109/WACV.2019.00073"

EMBEDDINGS = (
    Score(
        "hierarchical_similarity_at_k",
        "Hierarchical similarity at k",
        HIGHER,
        1.0,
        "Tree similarity of the k nearest other embeddings, as a share of the best attainable.",
        _BARZ,
        at=("k",),
    ),
    Score(
        "average_hierarchical_similarity_at_k",
        "Average hierarchical similarity at k",
        HIGHER,
        1.0,
        "Area under the hierarchical similarity at 1 to k.",
        _BARZ,
        at=("k",),
    ),
    Score(
        "precision_at_1",
        "P@1 of samples",
        HIGHER,
        1.0,
        "Share of samples whose nearest other embedding has their class.",
        _MUSGRAVE,
    ),
    Score(
        "r_precision",
        "R-precision of samples",
        HIGHER,
        1.0,
        "Share of the R nearest that have the class, R the number of others that have it.",
        _MUSGRAVE,
    ),
    Score(
        "map_at_r",
        "MAP@R of samples",
        HIGHER,
        1.0,
        "Mean over the first R places of the precision there, 0 at places with another class.",
        _MUSGRAVE,
    ),
)
