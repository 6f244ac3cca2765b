"""`compare_models`: do two models arrange the same classes alike? No taxonomy needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hiertools._core.doors import door
from hiertools._core.own_names import ClassNames
from hiertools.comparison.common_mean import common_mean_notes
from hiertools.comparison.compare import distances_of, scored_comparison
from hiertools.comparison.options import Options
from hiertools.comparison.problem import (
    Problem,
    infer_trees,
    refuse_nothing_to_compare,
    tied_notes,
)
from hiertools.comparison.result import Comparison
from hiertools.comparison.scores.registry import SCORES
from hiertools.comparison.sources import as_source, of_same_classes
from hiertools.errors import OptionError
from hiertools.settings import Settings

BY_LEVEL = (
    "precision_at_1", "r_precision", "map_at_r", "fowlkes_mallows", "dendrogram_purity",
)  # fmt: skip
"""Scores that need the levels of a taxonomy; two models have none."""

SIDES = ("the first model", "the second model")


@door
def compare_models(
    a: Any,
    b: Any,
    /,
    *,
    classes: ClassNames | None = None,
    metric: str | None = None,
    linkage: str | None = None,
    scores: str | Iterable[str] = "core",
    permutations: int = 999,
    intervals: bool = True,
    center: bool = False,
    random_state: int = 0,
    settings: str | Settings = "default",
    on_missing: str = "error",
    threads: int | None = None,  # noqa: ARG001  (the door's)
) -> Comparison:
    """Compare two models with each other: their distances, and their inferred hierarchies.

    Parameters
    ----------
    a, b : ClassRepresentatives, DistanceMatrix, or anything `as_representatives` takes
        Two models over the same classes; their numbers of dimensions may differ.
    classes, metric, linkage, scores, permutations, intervals, center, random_state, settings, \
on_missing, threads
        As for `compare`. Scores by level are left out: two models have no levels.

    Returns
    -------
    Comparison
        Of model `a` with model `b` in the place of the tree: ``elementwise_correlation`` and
        ``classwise_correlation`` correlate their distances, tree scores hold their inferred trees
        against each other; ``predefined`` is the tree inferred from `b`.

    Examples
    --------
    >>> import hiertools as ht
    >>> a = {"lynx": [1.0, 0.1], "wolf": [0.9, 0.3], "newt": [0.1, 1.0], "toad": [0.0, 0.8]}
    >>> b = {"lynx": [2.0, 0.0], "wolf": [2.0, 0.1], "newt": [0.2, 2.0], "toad": [0.1, 2.0]}
    >>> ht.compare_models(a, b, permutations=0).value("robinson_foulds")
    0.0
    """
    if not isinstance(scores, str):
        scores = tuple(scores)
    elif scores in ("core", "all"):
        scores = tuple(
            name
            for name, score in SCORES.items()
            if name not in BY_LEVEL and (scores == "all" or score.core)
        )
    options = Options.checked(
        settings=settings,
        metric=metric,
        linkage=linkage,
        levels=(),
        scores=scores,
        permutations=permutations,
        intervals=intervals,
        center=center,
        random_state=random_state,
        on_missing=on_missing,
    )
    by_level = [name for name in options.names if name in BY_LEVEL]
    if by_level:
        raise OptionError(
            f"{by_level[0]} needs the levels of a taxonomy, which two models don't have; "
            "use compare() with a tree, or leave it out."
        )
    given = {side: as_source(model, classes) for side, model in zip(SIDES, (a, b))}
    alike, notes = of_same_classes(given, options.on_missing)
    names = sorted(alike[SIDES[0]].classes)
    ours, theirs = (distances_of(alike[side].take(names), options) for side in SIDES)
    refuse_nothing_to_compare(ours)
    refuse_nothing_to_compare(theirs)
    of_ours, of_theirs = (infer_trees(d, options.settings, options.seed) for d in (ours, theirs))
    problem = Problem.inferring(
        of_theirs.trees,
        ours,
        of_ours,
        levels=(),
        settings=options.settings,
        seed=options.seed,
        reference=theirs,
    )
    told = [
        *notes,
        *tied_notes(ours, of_ours, options.settings, f" of {SIDES[0]}"),
        *tied_notes(theirs, of_theirs, options.settings, f" of {SIDES[1]}"),
        *(note for side in SIDES for note in common_mean_notes(alike[side], options, owner=side)),
    ]
    result, _ = scored_comparison(problem, options, "model against model", told)
    return result
