"""The registry of scores: a measure listed in `MEASURES` is known everywhere.

`compare` computes it, tables and reports show it, the command line accepts its name.
"""

from __future__ import annotations

from collections.abc import Iterable

from hiertools._core import checks
from hiertools.comparison.scores.clades import SharedClades
from hiertools.comparison.scores.correlations import ClasswiseCorrelation, ElementwiseCorrelation
from hiertools.comparison.scores.measure import Measure
from hiertools.comparison.scores.retrieval import PrecisionAtOne, PrecisionAtR
from hiertools.comparison.scores.trees import (
    BakersGamma,
    ClusteringInformation,
    CopheneticCorrelation,
    DasguptaCost,
    DendrogramPurity,
    FowlkesMallows,
    MatchingSplit,
    PathDifference,
    Quartet,
    Triplet,
)
from hiertools.errors import OptionError
from hiertools.results.table import Score

MEASURES: tuple[type[Measure], ...] = (
    ElementwiseCorrelation,
    ClasswiseCorrelation,
    PrecisionAtOne,
    PrecisionAtR,
    SharedClades,
    ClusteringInformation,
    Triplet,
    Quartet,
    MatchingSplit,
    PathDifference,
    CopheneticCorrelation,
    BakersGamma,
    FowlkesMallows,
    DendrogramPurity,
    DasguptaCost,
)
"""Every measure of `compare`, in the order of the score table."""

SCORES: dict[str, Score] = {score.name: score for kind in MEASURES for score in kind.scores}
"""Every score of `compare` by name."""


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


def measures_for(names: Iterable[str]) -> tuple[type[Measure], ...]:
    """Return the measures that give these scores, each once, in the order of the registry."""
    wanted = set(names)
    return tuple(kind for kind in MEASURES if wanted & {score.name for score in kind.scores})
