"""`compare`: how the hierarchy that a model invented relates to a predefined one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hiertools import _checks
from hiertools.alignment import shared_classes
from hiertools.comparison import Comparison, ComparisonSet
from hiertools.differences import differences
from hiertools.distances import METRICS, DistanceMatrix, distances
from hiertools.errors import OptionError, RepresentativesError, TreeError
from hiertools.linkage import LINKAGES, as_distances, infer_tree
from hiertools.per_class import per_class_table
from hiertools.problem import Problem
from hiertools.provenance import versions
from hiertools.readers import as_tree
from hiertools.representatives import ClassRepresentatives, as_representatives
from hiertools.scores import chosen_scores
from hiertools.scoring import Scored, score_frame, score_problem
from hiertools.settings import Settings, as_settings
from hiertools.tree import ClassTree
from hiertools.tree_ops import level_groups, level_names, rename_classes, restrict, sort_classes


def compare(
    proxies: Any,
    tree: Any,
    *,
    classes: Sequence[str] | None = None,
    metric: str | None = None,
    linkage: str | None = None,
    levels: Sequence[int | str] | int | str | None = None,
    scores: str | Iterable[str] = "core",
    permutations: int = 999,
    intervals: bool = True,
    center: bool = False,
    baseline: Any = None,
    random_state: int = 0,
    settings: str | Settings = "default",
    on_missing: str = "error",
    rename: Mapping[str, str] | None = None,
    threads: int | None = None,
) -> Any:
    """Compare the hierarchy implied by class representatives with a predefined one.

    Parameters
    ----------
    proxies : ClassRepresentatives, DistanceMatrix, array, DataFrame, tensor, path, or mapping
        One vector a class, whatever holds it: see `as_representatives`. A mapping from model name
        to such a source compares several models; a list of sources in it is several runs (seeds)
        of one. (A mapping from class name to vector is one model.)
    tree : ClassTree or anything `as_tree` takes
        The predefined hierarchy. Classes that the model lacks are left out, with a note.
    classes : sequence of str, optional
        Names of the rows, where the source has none.
    metric : {"euclidean", "angular", "cosine", "raw_euclidean"}, optional
        Distance between representatives; default that of `settings`.
    linkage : str, optional
        How the hierarchy is inferred, as for `infer_tree`; default that of `settings`.
    levels : int, str, or sequence of them, optional
        Levels of the tree at which retrieval is scored; default all that say something: at least
        two groups, one of them with two classes.
    scores : {"core", "all"} or sequence of str
        Which scores; the names are in ``hiertools.SCORES``.
    permutations : int
        Random relabellings behind chance levels and p-values; 0 for none. Dear scores take fewer,
        as ``n_permutations`` tells.
    intervals : bool
        Whether to compute 95 % jackknife intervals over classes where they are valid.
    center : bool
        Subtract the mean vector first: a softmax layer is defined only up to a common vector.
    baseline : representatives, optional
        A control (an untrained net, say): becomes a second model named "baseline".
    random_state : int
        Seed of all randomness; equal seeds give equal results for any number of threads.
    settings : {"default", "paper"} or Settings
        Values of whatever is None, and the finer choices; "paper" reproduces the published code.
    on_missing : {"error", "drop"}
        What to do about classes that the tree lacks.
    rename : mapping from str to str, optional
        Synonyms: names in the tree to names of the model.
    threads : int, optional
        At most this many threads; default as many as there are cores.

    Returns
    -------
    Comparison or ComparisonSet
        A ComparisonSet for several models.

    Raises
    ------
    ClassMismatchError, RepresentativesError, TreeError, OptionError
        Each with one sentence that says what to do.

    Notes
    -----
    Kim, Parviainen, Berge and Malde 2023, "Inspecting class hierarchies in classification-based
    metric learning models", arXiv:2301.11065.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf,bear),(newt,toad),(pike,carp));")
    >>> proxies = {
    ...     "lynx": [1.0, 0.1, 0.0], "wolf": [0.9, 0.2, 0.1], "bear": [0.9, 0.0, 0.2],
    ...     "newt": [0.1, 1.0, 0.3], "toad": [0.0, 0.9, 0.4],
    ...     "pike": [0.1, 0.2, 1.0], "carp": [0.2, 0.3, 0.9],
    ... }
    >>> result = ht.compare(proxies, tree, permutations=99)
    >>> result
    Comparison(7 classes: class-wise correlation 0.74, chance -0.04, p 0.01)
    """
    options = _Options(
        settings=_settled(settings, metric, linkage),
        names=chosen_scores(scores),
        levels=levels,
        permutations=_checks.whole_number(permutations, "permutations"),
        intervals=bool(intervals),
        center=bool(center),
        seed=_checks.whole_number(random_state, "random_state"),
        on_missing=_checks.option(on_missing, ("error", "drop"), "on_missing"),
        threads=threads,
    )
    predefined = as_tree(tree)
    if rename is not None:
        predefined = rename_classes(predefined, rename)
    models = _models(proxies, classes, baseline)
    compared = {
        name: [_compare_one(source, predefined, options, name) for source in runs]
        for name, runs in models.items()
    }
    if list(compared) == [""]:
        return compared[""][0][0]
    return ComparisonSet(
        comparisons={name: tuple(run for run, _ in runs) for name, runs in compared.items()},
        differences=differences(
            {
                name: [(scored.values, scored.replicates) for _, scored in runs]
                for name, runs in compared.items()
            }
        ),
    )


def _compare_one(
    source: ClassRepresentatives | DistanceMatrix, tree: ClassTree, options: _Options, name: str
) -> tuple[Comparison, Scored]:
    """Compare one set of representatives: the method section in five steps."""
    # 1. Match classes by name, in the order of the names.
    shared = shared_classes(source.classes, tree.classes, options.on_missing)
    predefined = sort_classes(restrict(tree, shared.classes))
    aligned = source.take(shared.classes)

    # 2. Distances between representatives, and the hierarchy they imply.
    if isinstance(aligned, DistanceMatrix):
        distance = as_distances(aligned, center=options.center)
    else:
        distance = distances(aligned, options.settings.metric, center=options.center)
    _refuse_nothing_to_compare(distance, predefined)
    inferred = infer_tree(distance, options.settings.linkage)

    # 3. The levels at which the predefined hierarchy says something.
    levels, level_notes = _levels(predefined, options.levels)

    # 4. Every score with its chance level and interval.
    problem = Problem(
        classes=shared.classes,
        distances=distance,
        tree=predefined,
        inferred=inferred,
        levels=levels,
        settings=options.settings,
        seed=options.seed,
    )
    scored = score_problem(
        problem,
        options.names,
        permutations=options.permutations,
        intervals=options.intervals,
        threads=options.threads,
    )

    # 5. All of it, with every setting that was used.
    return Comparison(
        name=name or getattr(source, "kind", distance.metric),
        scores=score_frame(scored.rows),
        per_class=per_class_table(problem),
        inferred=inferred,
        predefined=predefined,
        notes=(*shared.notes, *level_notes),
        settings=options.record(problem),
        versions=versions(),
        distances=distance,
    ), scored


@dataclass(frozen=True)
class _Options:
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


def _settled(settings: str | Settings, metric: str | None, linkage: str | None) -> Settings:
    """Return the settings with explicit arguments in place of their defaults."""
    chosen = as_settings(settings)
    explicit: dict[str, Any] = {
        name: value
        for name, value in (("metric", metric), ("linkage", linkage))
        if value is not None
    }
    _checks.option(explicit.get("metric", chosen.metric), METRICS, "metric")
    _checks.option(explicit.get("linkage", chosen.linkage), LINKAGES, "linkage")
    return replace(chosen, **explicit)


def _models(
    proxies: Any, classes: Sequence[str] | None, baseline: Any
) -> dict[str, list[ClassRepresentatives | DistanceMatrix]]:
    """Return the runs of each model; one model without a name is called ""."""
    if _is_several_models(proxies):
        models = {
            str(name): [_source(run, classes) for run in (runs if _is_runs(runs) else [runs])]
            for name, runs in proxies.items()
        }
    else:
        models = {"": [_source(proxies, classes)]}
    if baseline is not None:
        if "" in models:
            models = {"model": models[""]}
        if "baseline" in models:
            raise OptionError(
                'a model is named "baseline" already; rename it or leave baseline out.'
            )
        models["baseline"] = [_source(baseline, None)]
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


def _source(source: Any, classes: Sequence[str] | None) -> ClassRepresentatives | DistanceMatrix:
    if isinstance(source, DistanceMatrix):
        if classes is not None:
            raise OptionError(
                "classes= was given, but a DistanceMatrix has class names of its own."
            )
        return source
    return as_representatives(source, classes)


def _refuse_nothing_to_compare(distance: DistanceMatrix, tree: ClassTree) -> None:
    if distance.n_classes < 3:
        raise RepresentativesError(
            f"a comparison needs at least 3 classes in both model and tree; got "
            f"{distance.n_classes}."
        )
    if np.ptp(distance.condensed) == 0:
        raise RepresentativesError(
            f"all {distance.n_classes} classes are equally far apart in the model "
            f"({distance.metric} {distance.condensed[0]:g}), so it implies no hierarchy; "
            "are the representatives constant, or orthogonal by construction?"
        )
    if tree.n_nodes == tree.n_classes + 1 and not (tree.has_lengths and np.ptp(tree.length[1:])):
        raise TreeError(
            f"all {tree.n_classes} classes hang on the root of the tree, which groups nothing; "
            "give a tree with at least one group."
        )


def _levels(
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
