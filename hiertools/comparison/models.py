"""`compare_models`: do two models arrange the same classes alike? No taxonomy needed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hiertools._core.classes import shared_classes
from hiertools._core.doors import door
from hiertools._core.own_names import ClassNames
from hiertools.comparison.common_mean import common_mean_notes
from hiertools.comparison.compare import distances_of, inferred_of, scored_comparison, strata_words
from hiertools.comparison.options import Options
from hiertools.comparison.problem import (
    Problem,
    refuse_nothing_to_compare,
    tied_notes,
)
from hiertools.comparison.restriction import (
    restriction_note,
    siblings,
    strata_of,
    within_level,
)
from hiertools.comparison.result import Comparison
from hiertools.comparison.scores.registry import SCORES
from hiertools.comparison.sources import as_source, of_same_classes, taken
from hiertools.errors import OptionError
from hiertools.settings import Settings
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

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
    given: Any = None,
    within: int | str | None = None,
    strata: Mapping[str, object] | pd.Series[str] | str | os.PathLike[str] | None = None,
    threads: int | None = None,  # noqa: ARG001  (the door's)
) -> Comparison:
    """Compare two models with each other: their distances, and their inferred hierarchies.

    Parameters
    ----------
    a, b : ClassRepresentatives, DistanceMatrix, or anything `as_representatives` takes
        Two models over the same classes; their numbers of dimensions may differ.
    classes, metric, linkage, scores, permutations, intervals, center, random_state, settings, \
on_missing, strata, threads
        As for `compare`. Scores by level are left out: two models have no levels.
    given : ClassTree or anything `as_tree` takes, optional
        A tree that both models may follow: classes change names only with those that hang on the
        same node (by edges of one length, where it has lengths). Chance levels are then those of
        two models that share nothing but this tree, and p asks what they share beyond it. Without
        one, two models that follow the same tree are alike.
    within : int or str, optional
        With `given`: classes change names within groups of this level, a coarser question: what do
        the models share that the groups of this level don't explain?

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

    Given the two pairs, nothing is left to share, so there is no p:

    >>> pairs = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> result = ht.compare_models(a, b, given=pairs, scores=["robinson_foulds"])
    >>> result.scores[["value", "chance", "p_value"]].to_dict("records")
    [{'value': 0.0, 'chance': nan, 'p_value': nan}]
    """
    if within is not None and given is None:
        raise OptionError("within= is a level of a tree; name the tree, too (given=).")
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
        within=within,
        strata=strata,
    )
    by_level = [name for name in options.names if name in BY_LEVEL]
    if by_level:
        raise OptionError(
            f"{by_level[0]} needs the levels of a taxonomy, which two models don't have; "
            "use compare() with a tree, or leave it out."
        )
    sources = {side: as_source(model, classes) for side, model in zip(SIDES, (a, b))}
    alike, notes = of_same_classes(sources, options.on_missing)
    names = sorted(alike[SIDES[0]].classes)
    groups, by = None, strata_words(options)
    if given is not None:
        tree = as_tree(given)
        shared = shared_classes(names, tree.classes, options.on_missing, ("models", "given tree"))
        names, notes = list(shared.classes), (*notes, *shared.notes)
        if within is None:
            groups, by = siblings(tree, names), ["below the same node of the given tree", *by]
        else:
            groups = within_level(tree, within, names)
    strata_told = strata_of(names, options.strata, groups)
    ours, theirs = (distances_of(taken(alike[side], names), options) for side in SIDES)
    refuse_nothing_to_compare(ours)
    refuse_nothing_to_compare(theirs)
    of_ours, of_theirs = (
        inferred_of(taken(alike[side], names), distance, options)
        for side, distance in zip(SIDES, (ours, theirs))
    )
    problem = Problem.inferring(
        of_theirs.trees,
        ours,
        of_ours,
        levels=(),
        settings=options.settings,
        seed=options.seed,
        reference=theirs,
        strata=strata_told,
        own_tree=isinstance(alike[SIDES[0]], ClassTree),
    )
    told = [
        *notes,
        *tied_notes(ours, of_ours, options.settings, f" of {SIDES[0]}"),
        *tied_notes(theirs, of_theirs, options.settings, f" of {SIDES[1]}"),
        *(note for side in SIDES for note in common_mean_notes(alike[side], options, owner=side)),
        *restriction_note(strata_told, by),
    ]
    result, _ = scored_comparison(problem, options, "model against model", told)
    return result
