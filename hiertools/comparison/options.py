"""The arguments of `compare`, checked, and the models told apart."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hiertools._core import checks
from hiertools._core.tables import is_frame
from hiertools.comparison.problem import Problem
from hiertools.comparison.scores.registry import chosen_scores
from hiertools.errors import OptionError, RepresentativesError, TreeError
from hiertools.hierarchy.distances import METRICS
from hiertools.hierarchy.linkage import LINKAGES, named_distances
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.representatives.sources import as_representatives
from hiertools.settings import Settings, as_settings
from hiertools.trees.levels import level_groups, level_names
from hiertools.trees.tree import ClassTree


@dataclass(frozen=True)
class Options:
    """The arguments of `compare`, checked."""

    settings: Settings
    names: tuple[str, ...]
    levels: Sequence[int | str] | int | str | None
    permutations: int
    intervals: bool
    center: bool
    seed: int
    on_missing: str
    threads: int | None

    @classmethod
    def checked(
        cls,
        *,
        settings: str | Settings,
        metric: str | None,
        linkage: str | None,
        levels: Sequence[int | str] | int | str | None,
        scores: str | Iterable[str],
        permutations: int,
        intervals: bool,
        center: bool,
        random_state: int,
        on_missing: str,
        threads: int | None,
    ) -> Options:
        """Check each argument by itself."""
        if threads is not None:
            checks.whole_number(threads, "threads", least=1)
        return cls(
            settings=settled(settings, metric, linkage),
            names=chosen_scores(scores),
            levels=levels,
            permutations=checks.whole_number(permutations, "permutations"),
            intervals=bool(intervals),
            center=bool(center),
            seed=checks.whole_number(random_state, "random_state"),
            on_missing=checks.option(on_missing, ("error", "drop"), "on_missing"),
            threads=threads,
        )

    def record(self, problem: Problem) -> dict[str, Any]:
        """Return what a reader needs to repeat the comparison."""
        return {
            **self.settings.to_dict(),
            "metric": problem.distances.metric,
            "center": self.center,
            "levels": list(problem.levels),
            "scores": list(self.names),
            "permutations": self.permutations,
            "intervals": self.intervals,
            "random_state": self.seed,
            "on_missing": self.on_missing,
        }


def settled(settings: str | Settings, metric: str | None, linkage: str | None) -> Settings:
    """Return the settings with explicit arguments in place of their defaults."""
    chosen = as_settings(settings)
    explicit: dict[str, Any] = {
        name: value
        for name, value in (("metric", metric), ("linkage", linkage))
        if value is not None
    }
    checks.option(explicit.get("metric", chosen.metric), METRICS, "metric")
    checks.option(explicit.get("linkage", chosen.linkage), LINKAGES, "linkage")
    return replace(chosen, **explicit)


def named_models(
    proxies: Any, classes: Sequence[str] | None, baseline: Any
) -> dict[str, list[ClassRepresentatives | DistanceMatrix]]:
    """Return the runs of each model; one model without a name is called ""."""
    if _is_several_models(proxies):
        models = {
            str(name): [as_source(run, classes) for run in (runs if _is_runs(runs) else [runs])]
            for name, runs in proxies.items()
        }
    else:
        models = {"": [as_source(proxies, classes)]}
    if baseline is not None:
        if "" in models:
            models = {"model": models[""]}
        if "baseline" in models:
            raise OptionError(
                'a model is named "baseline" already; rename it or leave baseline out.'
            )
        models["baseline"] = [as_source(baseline, classes if _is_bare(baseline) else None)]
    for name, runs in models.items():
        if not runs:
            raise OptionError(f"model {name!r} has no runs; give at least one.")
    return models


def _is_several_models(proxies: Any) -> bool:
    """Tell models by name from a mapping of class name to vector."""
    if not isinstance(proxies, Mapping):
        return False
    if not proxies:
        raise RepresentativesError("an empty mapping has no model and no class to compare.")
    first = next(iter(proxies.values()))
    if _is_runs(first):
        return True
    is_noun = isinstance(first, ClassRepresentatives | DistanceMatrix | str | os.PathLike)
    return is_noun or hasattr(first, "columns") or isinstance(first, Mapping) or _ndim(first) == 2


def _is_bare(source: Any) -> bool:
    """Tell arrays, which have no names, from what brings or reads some."""
    nouns = ClassRepresentatives | DistanceMatrix | Mapping | str | os.PathLike
    return not isinstance(source, nouns) and not is_frame(source)


def _is_runs(value: Any) -> bool:
    """Tell a list of representatives from a vector or a matrix."""
    return isinstance(value, list | tuple) and (not value or _ndim(value[0]) not in (0, 1))


def _ndim(value: Any) -> int:
    """Return the number of dimensions of an array or nested list; -1 for any other object."""
    if hasattr(value, "ndim"):
        return int(value.ndim)
    if isinstance(value, list | tuple):
        return 1 + _ndim(value[0]) if value and _ndim(value[0]) >= 0 else 1
    return 0 if isinstance(value, int | float) else -1


def as_source(source: Any, classes: Sequence[str] | None) -> ClassRepresentatives | DistanceMatrix:
    if isinstance(source, DistanceMatrix):
        return named_distances(source, classes)
    from hiertools.representatives.producers.registry import is_source, produce

    if is_source(source):
        return produce(source, **({} if classes is None else {"classes": classes}))
    return as_representatives(source, classes)


def refuse_nothing_to_compare(distance: DistanceMatrix, tree: ClassTree | None = None) -> None:
    """Refuse too few classes, and distances or a tree that group nothing."""
    if distance.n_classes < 3:
        raise RepresentativesError(
            f"a comparison needs at least 3 classes in both model and tree; got "
            f"{distance.n_classes}."
        )
    # Up to rounding: orthogonal vectors are equally far apart whatever their last digits say.
    if np.ptp(distance.condensed) <= 1e-12 * distance.condensed.max():
        raise RepresentativesError(
            f"all {distance.n_classes} classes are equally far apart in the model "
            f"({distance.metric} {distance.condensed[0]:g}), so it implies no hierarchy; "
            "are the representatives constant, or orthogonal by construction?"
        )
    if tree is None or tree.n_nodes > tree.n_classes + 1:
        return
    if not (tree.has_lengths and np.ptp(tree.length[1:])):
        raise TreeError(
            f"all {tree.n_classes} classes hang on the root of the tree, which groups nothing; "
            "give a tree with at least one group."
        )


def telling_levels(
    tree: ClassTree, asked: Sequence[int | str] | int | str | None
) -> tuple[tuple[int | str, ...], tuple[str, ...]]:
    """Return the levels to score, and a note on those that say nothing."""
    if asked is not None:
        listed = (asked,) if isinstance(asked, int | str | np.integer) else tuple(asked)
        for level in listed:
            level_groups(tree, level)  # refuses what is no level
        return tuple(dict.fromkeys(listed)), ()
    groups = {level: len(set(level_groups(tree, level).tolist())) for level in level_names(tree)}
    one = [level for level, count in groups.items() if count == 1]
    alone = [level for level, count in groups.items() if count == tree.n_classes]
    notes = []
    if one:
        notes.append(f"Levels with a single group say nothing and are left out: {_listed(one)}.")
    if alone:
        notes.append(
            f"Levels where no class has company say nothing and are left out: {_listed(alone)}."
        )
    return tuple(level for level in groups if level not in (*one, *alone)), tuple(notes)


def _listed(levels: Sequence[int | str]) -> str:
    return ", ".join(str(level) for level in levels)
