"""The registry of scores: a measure listed in `MEASURES` is known everywhere.

`compare` computes it, tables and reports show it, the command line accepts its name.
"""

from __future__ import annotations

from collections.abc import Iterable

from hiertools._core import checks
from hiertools.comparison.scores.clades import SHARED_CLADES
from hiertools.comparison.scores.correlations import CLASSWISE, ELEMENTWISE
from hiertools.comparison.scores.mantel import KENDALL, PEARSON
from hiertools.comparison.scores.measure import MeasureKind
from hiertools.comparison.scores.retrieval import PRECISION_AT_ONE, PRECISION_AT_R
from hiertools.comparison.scores.trees import DENDROGRAM_PURITY, FOWLKES_MALLOWS, tree_kind
from hiertools.errors import OptionError
from hiertools.results.table import Score

MEASURES: tuple[MeasureKind, ...] = (
    ELEMENTWISE,
    CLASSWISE,
    PEARSON,
    KENDALL,
    PRECISION_AT_ONE,
    PRECISION_AT_R,
    SHARED_CLADES,
    tree_kind("clustering_information"),
    tree_kind("triplet"),
    tree_kind("quartet"),
    tree_kind("matching_split"),
    tree_kind("path_difference"),
    tree_kind("cophenetic_correlation"),
    tree_kind("bakers_gamma"),
    FOWLKES_MALLOWS,
    DENDROGRAM_PURITY,
    tree_kind("dasgupta_cost"),
)
"""Every measure of `compare`, in the order of the score table."""

SCORES: dict[str, Score] = {score.name: score for kind in MEASURES for score in kind.scores}
"""Every score of `compare` by name."""

LEADING_SCORE = CLASSWISE.scores[0].name
"""What one number, or one picture, tells."""


def chosen_scores(scores: str | Iterable[str]) -> tuple[str, ...]:
    """Return score names for "core", "all", one name, or several."""
    if isinstance(scores, str):
        if scores in ("core", "all"):
            return tuple(name for name, score in SCORES.items() if scores == "all" or score.core)
        scores = [scores]
    valid = {**SCORES, "core": None, "all": None}
    names = checks.options(scores, valid, "scores")
    if not names:
        raise OptionError('scores is empty; give names of scores, "core" or "all".')
    if set(names) & {"core", "all"}:
        raise OptionError('scores is "core", "all", or a list of names; don\'t mix them.')
    return names


def measures_for(names: Iterable[str]) -> tuple[MeasureKind, ...]:
    """Return the measures that give these scores, each once, in the order of the registry."""
    wanted = set(names)
    return tuple(kind for kind in MEASURES if wanted & {score.name for score in kind.scores})
