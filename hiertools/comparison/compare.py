"""`compare`: how the hierarchy that a model invented relates to a predefined one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack, overload

from hiertools._core.classes import shared_classes
from hiertools._core.doors import door
from hiertools._core.own_names import ClassNames
from hiertools._core.progress import along
from hiertools._core.versions import VERSIONS
from hiertools.comparison.arguments import (
    CompareOptions,
    Model,
    OneModel,
    SeveralModels,
    SeveralTrees,
)
from hiertools.comparison.common_mean import common_mean_notes
from hiertools.comparison.differences import Run, differences
from hiertools.comparison.options import Options
from hiertools.comparison.passing import NOTE, passing_problem, require_square, rows_pass
from hiertools.comparison.problem import (
    Problem,
    infer_trees,
    path_matrix,
    refuse_nothing_to_compare,
    telling_levels,
    tied_notes,
)
from hiertools.comparison.restriction import restriction_note, strata_of, within_level
from hiertools.comparison.result import Comparison
from hiertools.comparison.result_set import ComparisonSet
from hiertools.comparison.scoring import Scored, score_problem
from hiertools.comparison.several_trees import in_all_trees, named_trees, runs_of_one
from hiertools.comparison.sources import Source, matched, named_models, taken
from hiertools.comparison.tables import per_class_table
from hiertools.comparison.tree_set import TreeComparisonSet
from hiertools.hierarchy.distance_rows import DistanceRows
from hiertools.hierarchy.distances import METRICS, distances
from hiertools.hierarchy.linkage import InferredTrees, as_distances
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.results.table import ranks_in, score_table
from hiertools.settings import Settings
from hiertools.treedist.branches import branch_table, no_branches
from hiertools.trees.align import align
from hiertools.trees.operations import rename_classes, restrict, sort_classes
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd


# A checker sees which result comes wherever the arguments say: else, that it is one of the two.
@overload
def compare(
    proxies: object,
    tree: SeveralTrees,
    /,
    *,
    baseline: None = None,
    **options: Unpack[CompareOptions],
) -> TreeComparisonSet: ...
@overload
def compare(
    proxies: SeveralModels,
    tree: Any,
    /,
    *,
    baseline: OneModel | Sequence[Model] | None = None,
    **options: Unpack[CompareOptions],
) -> ComparisonSet: ...
@overload
def compare(
    proxies: OneModel, tree: Any, /, *, baseline: None = None, **options: Unpack[CompareOptions]
) -> Comparison: ...
@overload
def compare(
    proxies: object,
    tree: Any,
    /,
    *,
    baseline: OneModel | Sequence[Model],
    **options: Unpack[CompareOptions],
) -> ComparisonSet: ...
@overload
def compare(
    proxies: object, tree: Any, /, *, baseline: object = None, **options: Unpack[CompareOptions]
) -> Comparison | ComparisonSet: ...
@door
def compare(
    proxies: Any,
    tree: Any,
    /,
    *,
    classes: ClassNames | None = None,
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
    within: int | str | None = None,
    strata: Mapping[str, object] | pd.Series[str] | str | os.PathLike[str] | None = None,
    threads: int | None = None,  # noqa: ARG001  (the door's)
) -> Comparison | ComparisonSet | TreeComparisonSet:
    """Compare the hierarchy implied by class representatives with a predefined one.

    Parameters
    ----------
    proxies : ClassRepresentatives, DistanceMatrix, ClassTree, array, DataFrame, tensor, path, \
or mapping
        One vector a class, whatever holds it: see `as_representatives`. A ClassTree is a model,
        too, whose distances are path lengths and which stands for the inferred one. A mapping from
        model name to such a source compares several models; a list of sources in it is several
        runs (seeds) of one. (A mapping from class name to vector is one model.)
    tree : ClassTree, anything `as_tree` takes, or mapping
        The predefined hierarchy. Classes that the model lacks are left out, with a note. A mapping
        from a name to a ClassTree or a ``pathlib.Path`` is several trees, and asks which of them
        the model follows most closely: of one model, or several runs of one. (A mapping to texts is
        one tree, from class to lineage.)
    classes : sequence of str or path, optional
        Names of the rows, where the source has none; others are refused where it has some. A path
        is that of a text file with one name a line.
    metric : {"euclidean", "angular", "cosine", "raw_euclidean"}, optional
        Distance between representatives; default that of `settings`. Not with a DistanceMatrix.
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
        Whether to compute 95 % jackknife intervals over classes where they are valid, leaving out
        one class at a time, or groups of classes where there are many.
    center : bool
        Subtract the mean vector first: a softmax layer is defined only up to a common vector.
    baseline : representatives, or list of them, optional
        A control (an untrained net, say), one run or several: becomes one more model, named
        "baseline".
    random_state : int
        Seed of all randomness, and of the orders in which tied merges are broken; equal seeds give
        equal results for any number of threads.
    settings : {"default", "paper"} or Settings
        Values of whatever is None, and the finer choices; "paper" reproduces the published code.
    on_missing : {"error", "drop"}
        What to do about classes that the tree lacks, or one of several models: refuse, or leave
        them out of all, with a note.
    rename : mapping from str to str, optional
        Synonyms: names in the tree to names of the model.
    within : int or str, optional
        A level of the tree, by number or rank: classes change names only with classes of the same
        group there. Chance levels and p-values then ask what is found *below* that level; scores
        that this leaves as they are have none, and say so.
    strata : mapping, Series, or path, optional
        The stratum of each class, by its name (how frequent it is, in bins, say): classes change
        names only within strata, so that p holds whatever these explain. A file has the columns
        class and stratum. With `within`, classes must share both.
    threads : int, optional
        At most this many threads, in everything below; default as many as there are cores.

    Returns
    -------
    Comparison, ComparisonSet or TreeComparisonSet
        A ComparisonSet for several models, a TreeComparisonSet for several trees.

    Raises
    ------
    ClassMismatchError, RepresentativesError, TreeError, OptionError
        Each with one sentence that says what to do.
    TooLargeError
        Distances between all classes don't fit in memory, and what is asked for needs them at once.

    Notes
    -----
    Where distances between all classes don't fit in memory, class-wise correlation and retrieval
    (``scores=["classwise_correlation", "precision_at_1", "r_precision", "map_at_r"]``) are computed
    row by row, to the same bits, if ``permutations=0, intervals=False``: of float32 vectors with
    any metric of directions, beside a tree without edge lengths. The result then has no inferred
    hierarchy.

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
    options = Options.checked(
        settings=settings,
        metric=metric,
        linkage=linkage,
        levels=levels,
        scores=scores,
        permutations=permutations,
        intervals=intervals,
        center=center,
        random_state=random_state,
        on_missing=on_missing,
        within=within,
        strata=strata,
    )
    trees = named_trees(tree)
    if rename is not None:
        trees = {name: rename_classes(each, rename) for name, each in trees.items()}
    models, left_out = matched(named_models(proxies, classes, baseline), options.on_missing)
    if list(trees) != [""]:
        return _against_several(models, trees, options, left_out)
    compared: Compared = {name: [] for name in models}
    for name, source in along([(name, run) for name, runs in models.items() for run in runs]):
        compared[name].append(_compare_one(source, trees[""], options, name, left_out))
    if list(compared) == [""]:
        return compared[""][0][0]
    return _put_together(compared, of_trees=False)


def _against_several(
    models: Mapping[str, Sequence[Source]],
    trees: Mapping[str, ClassTree],
    options: Options,
    left_out: Sequence[str],
) -> TreeComparisonSet:
    """Hold the runs of one model against each of several trees."""
    model, runs = runs_of_one(models)
    kept, further = in_all_trees(runs, trees, options.on_missing)
    notes = (*left_out, *further)
    compared: Compared = {name: [] for name in trees}
    for name, source in along([(name, run) for name in trees for run in kept]):
        compared[name].append(_compare_one(source, trees[name], options, model, notes))
    return TreeComparisonSet.of(_put_together(compared, of_trees=True))


Compared: TypeAlias = "dict[str, list[tuple[Comparison, Scored]]]"
"""The runs of each model, or against each tree."""


def _put_together(compared: Compared, *, of_trees: bool) -> ComparisonSet:
    """Test what differs between several models, or trees."""
    evidence = {
        name: tuple(_run_of(run, scored) for run, scored in runs) for name, runs in compared.items()
    }
    ranks = ranks_in(run.scores for runs in compared.values() for run, _ in runs)
    return ComparisonSet(
        comparisons={name: tuple(run for run, _ in runs) for name, runs in compared.items()},
        differences=differences(evidence, ranks=ranks, of_trees=of_trees),
        evidence=evidence,
    )


def _run_of(run: Comparison, scored: Scored) -> Run:
    """Return what tests read of a run."""
    kept = None if run.distances is None else run.distances.condensed
    return Run(scored.values, scored.replicates, scored.informing, kept)


def _compare_one(
    source: Source,
    tree: ClassTree,
    options: Options,
    name: str,
    left_out: Sequence[str],
) -> tuple[Comparison, Scored]:
    """Compare one set of representatives: the method section in five steps."""
    # 1. Match classes by name, in the order of the names.
    shared = shared_classes(source.classes, tree.classes, options.on_missing)
    predefined = sort_classes(restrict(tree, shared.classes))
    aligned = taken(source, shared.classes)

    # 2. Distances between representatives, and the hierarchy they imply: several if it is tied.
    distance: DistanceMatrix | DistanceRows
    if rows_pass(aligned, predefined, options):
        distance = rows_of(aligned, options)
    else:
        distance = distances_of(aligned, options)
    refuse_nothing_to_compare(distance, predefined)
    # ... and who may change names with whom, where chance is drawn.
    groups = None
    if options.within is not None:
        groups = within_level(predefined, options.within, shared.classes)
    strata = strata_of(shared.classes, options.strata, groups)

    # 3. The levels at which the predefined hierarchy says something.
    levels, level_notes = telling_levels(predefined, options.levels)

    # 4. Every score with its chance level and interval; 5. all of it, with every setting used.
    ties: tuple[str, ...] = (NOTE,)
    if isinstance(distance, DistanceRows):
        problem = passing_problem(distance, predefined, levels, options)
    else:
        inferred = inferred_of(aligned, distance, options)
        ties = tied_notes(distance, inferred, options.settings)
        problem = Problem.inferring(
            [predefined],
            distance,
            inferred,
            levels=levels,
            settings=options.settings,
            seed=options.seed,
            strata=strata,
            own_tree=isinstance(aligned, ClassTree),
        )
    title = name or getattr(source, "kind", distance.metric)
    notes = (
        *left_out,
        *shared.notes,
        *unit_notes(aligned, distance),
        *level_notes,
        *ties,
        *common_mean_notes(aligned, options),
        *restriction_note(strata, strata_words(options)),
    )
    return scored_comparison(problem, options, title, notes)


def strata_words(options: Options) -> list[str]:
    """Say by what strata are made."""
    level = options.within
    by_level = [] if level is None else [f"within groups of level {level}"]
    return by_level + ([] if options.strata is None else ["within the given strata"])


def unit_notes(source: Source, distance: DistanceMatrix | DistanceRows) -> tuple[str, ...]:
    """Return a note where distances are in another unit than the vectors they are made of."""
    if isinstance(source, ClassTree):
        return ("The model is a tree: its distances are path lengths, and none was inferred.",)
    if isinstance(source, DistanceMatrix) or distance.unit == METRICS[distance.metric].unit:
        return ()
    return (
        "The vectors are too long or too short for distances in their own unit; distances and "
        f"heights are in the {distance.unit}, and no score depends on it.",
    )


def distances_of(source: Source, options: Options) -> DistanceMatrix:
    """Return distances by the metric of the settings; a DistanceMatrix has its own."""
    require_square(len(source.classes))
    if isinstance(source, ClassTree):
        source = path_matrix(source, tuple(sorted(source.classes)))
    if isinstance(source, DistanceMatrix):
        return as_distances(source, options.metric, center=options.center)
    settings = options.settings
    return distances(source, settings.metric, center=options.center, rounding=settings.rounding)


def inferred_of(source: Source, distance: DistanceMatrix, options: Options) -> InferredTrees:
    """Return the hierarchies that a model implies; of a tree, itself."""
    if isinstance(source, ClassTree):
        return InferredTrees((sort_classes(source),), 0, 0)
    return infer_trees(distance, options.settings, options.seed)


def rows_of(source: Source, options: Options) -> DistanceRows:
    """Return distances by the metric of the settings, to be computed row by row."""
    assert isinstance(source, ClassRepresentatives)
    settings = options.settings
    return DistanceRows(source, settings.metric, center=options.center, rounding=settings.rounding)


def scored_comparison(
    problem: Problem, options: Options, name: str, notes: Sequence[str]
) -> tuple[Comparison, Scored]:
    """Score a problem and put everything into a `Comparison`."""
    scored = score_problem(
        problem,
        options.names,
        permutations=options.permutations,
        intervals=options.intervals,
    )
    held = isinstance(problem.distances, DistanceMatrix)
    return Comparison(
        name=name,
        scores=score_table(scored.rows, problem.ranks),
        per_class=per_class_table(problem),
        per_node=branch_table(align(problem.tree, problem.inferred), problem.seed)
        if held
        else no_branches(),
        inferred=problem.inferred,
        predefined=problem.tree,
        notes=tuple(notes),
        settings=options.record(problem),
        versions=VERSIONS,
        distances=problem.matrix if held else None,
    ), scored
