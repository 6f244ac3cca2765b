"""`Problem`: what every measure of `compare` sees, aligned once by class name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hiertools._core.keyed import keyed_ranks
from hiertools._core.near_ties import COMPUTED, join_near_ties
from hiertools.comparison.rows import AllRows, PassingRows, RowFacts, Rows
from hiertools.errors import RepresentativesError, TreeError
from hiertools.hierarchy.distance_rows import DistanceRows
from hiertools.hierarchy.linkage import InferredTrees, inferred_trees
from hiertools.measures.codes import Codes, codes_of_counts, codes_of_pairs
from hiertools.measures.nested_levels import NestedLevels, nested_levels
from hiertools.measures.retrieval import Neighbours
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.settings import Settings
from hiertools.trees.level_numbers import distinct_levels, level_number, level_rank
from hiertools.trees.levels import level_groups, level_names, numbered
from hiertools.trees.operations import by_first_class, restrict
from hiertools.trees.paths import PathRows, edge_counts, iter_path_distances, path_distances
from hiertools.trees.tree import ClassTree

FEWEST = 99
"""No budget makes the permutations, or the groups of a jackknife, fewer than this."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Representatives' distances and a predefined tree over the same classes, sorted by name.

    Every array is in the order of `classes`. Sorting makes each score independent of the order in
    which the user's classes came, also where ties are broken by position.
    """

    classes: tuple[str, ...]
    distances: DistanceMatrix | DistanceRows
    tree: ClassTree
    inferred: ClassTree
    """None where distances aren't held, for scores that don't look at it."""
    levels: tuple[int | str, ...]
    settings: Settings
    seed: int
    reference: DistanceMatrix | None = None
    """Distances that stand for the tree's own where two models are compared."""
    strata: tuple[str, ...] | None = None
    """Classes change names only with others of the same stratum, where that is asked for."""
    own_tree: bool = False
    """Whether the model is a tree itself: it stands in the place of the inferred one."""
    further: tuple[tuple[ClassTree, ClassTree], ...] = ()
    """Both trees under each further order of tied merges, where there are any: all count alike."""

    @classmethod
    def inferring(
        cls,
        trees: Sequence[ClassTree],
        distances: DistanceMatrix,
        inferred: InferredTrees,
        *,
        levels: tuple[int | str, ...],
        settings: Settings,
        seed: int,
        reference: DistanceMatrix | None = None,
        strata: tuple[str, ...] | None = None,
        own_tree: bool = False,
    ) -> Problem:
        """Return the problem of trees, one or one for each order, and inferred ones, likewise."""
        number = max(len(trees), len(inferred.trees))
        first, *further = (
            (trees[min(i, len(trees) - 1)], inferred.trees[min(i, len(inferred.trees) - 1)])
            for i in range(number)
        )
        return cls(
            classes=distances.classes,
            distances=distances,
            tree=first[0],
            inferred=first[1],
            levels=levels,
            settings=settings,
            seed=seed,
            reference=reference,
            strata=strata,
            own_tree=own_tree,
            further=tuple(further),
        )

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    @cached_property
    def ordered_tree(self) -> ClassTree:
        """The predefined tree, its children in an order that says nothing of how it was given."""
        return by_first_class(self.tree)

    @cached_property
    def codes(self) -> Codes:
        """Path distances on the predefined tree (or `reference` distances), as codes."""
        n = self.n_classes
        if self.reference is not None:
            return codes_of_pairs(self.reference.condensed, n)
        if not self.tree.has_lengths:
            counts = edge_counts(self.tree, self._asked)
            return codes_of_counts(counts, 2 * int(self.tree.depth.max()))
        paths = np.empty(n * (n - 1) // 2)
        place = 0
        for rows, block in iter_path_distances(self.tree, self._asked):
            for i, row in zip(range(rows.start, rows.stop), block):
                paths[place : place + n - 1 - i] = row[i + 1 :]
                place += n - 1 - i
        if self.settings.rounding == "join":
            # Sums of lengths that are equal on paper come out a few units in the last place apart.
            paths = join_near_ties(paths, COMPUTED * float(self.tree.root_distance.max()))
        return codes_of_pairs(paths, n)

    @property
    def matrix(self) -> DistanceMatrix:
        """The distances, where they are held."""
        assert isinstance(self.distances, DistanceMatrix)
        return self.distances

    @cached_property
    def rows(self) -> AllRows:
        """The rows of the distances, to go through in blocks."""
        if isinstance(self.distances, DistanceRows):
            return PassingRows(self.distances, PathRows(self.tree, self._asked), self.settings)
        return Rows(self.distances.condensed, self.codes, self.settings)

    @cached_property
    def row_facts(self) -> RowFacts:
        """What there is to know of each class's row of distances."""
        precedence = keyed_ranks(self.classes, self.seed)
        return self.rows.facts(precedence, self.nested, self.largest_group - 1)

    @cached_property
    def neighbours(self) -> Neighbours:
        """The nearest others of each class, as many as any relabelling or jackknife looks at."""
        slack = -(-self.n_classes // FEWEST)  # no group of a jackknife is larger
        return self.rows.nearest(min(self.largest_group - 1 + slack, self.n_classes - 1))

    @property
    def under_orders(self) -> tuple[Problem, ...]:
        """The problem under each order of tied merges; itself alone where nothing is tied."""
        if not self.further:
            return (self,)
        trees = ((self.tree, self.inferred), *self.further)
        return tuple(
            replace(self, tree=tree, inferred=inferred, further=()) for tree, inferred in trees
        )

    def among(self, kept: NDArray[np.int64]) -> Problem:
        """Return the problem of some classes alone, with hierarchies inferred anew.

        Under the same orders of ties: a class keeps its place in them.
        """
        classes = tuple(self.classes[i] for i in kept)
        distances = self.matrix.take(classes)
        trees = {id(tree): tree for tree, _ in ((self.tree, None), *self.further)}
        return Problem.inferring(
            [restrict(tree, classes) for tree in trees.values()],
            distances,
            InferredTrees((restrict(self.inferred, classes),), 0, 0)
            if self.own_tree
            else infer_trees(distances, self.settings, self.seed),
            levels=self.levels,
            settings=self.settings,
            seed=self.seed,
            reference=None if self.reference is None else self.reference.take(classes),
            own_tree=self.own_tree,
        )

    @cached_property
    def groups(self) -> dict[int | str, NDArray[np.int32]]:
        """The group of each class at each level, numbered from 0, shape (C,)."""
        nodes = {level: level_groups(self.tree, level, self._asked) for level in self.levels}
        return {level: numbered(found)[0].astype(np.int32) for level, found in nodes.items()}

    @cached_property
    def nested(self) -> list[NestedLevels]:
        """The groups at all levels, by their places in `levels`."""
        return nested_levels(list(self.groups.values()))

    @property
    def largest_group(self) -> int:
        """How many classes the largest group of any level has."""
        return max((int(np.bincount(labels).max()) for labels in self.groups.values()), default=0)

    @property
    def _asked(self) -> tuple[str, ...] | None:
        """The classes to ask the tree for: none where it has them in the same order."""
        return None if self.tree.classes == self.classes else self.classes

    def level_number(self, level: int | str) -> int:
        """Return a level as a number: a rank's place in the tree's order of ranks."""
        return level_number(self.tree, level)

    @property
    def ranks(self) -> dict[int, str | None]:
        """The rank of each level, by its number."""
        return {self.level_number(level): level_rank(self.tree, level) for level in self.levels}


def path_matrix(tree: ClassTree, classes: tuple[str, ...]) -> DistanceMatrix:
    """Return the path distances of some classes of a tree."""
    paths = path_distances(tree, classes)[np.triu_indices(len(classes), 1)]
    if tree.has_lengths:  # sums that are equal on paper
        paths = join_near_ties(paths, COMPUTED * float(tree.root_distance.max()))
    return DistanceMatrix(paths, classes, "path distance")


def infer_trees(distances: DistanceMatrix, settings: Settings, seed: int) -> InferredTrees:
    """Infer the hierarchy that distances imply; several where merges are tied."""
    return inferred_trees(
        distances,
        settings.linkage,
        seed,
        orders=settings.tie_orders,
        ties=settings.ties,
    )


def tied_notes(
    distances: DistanceMatrix, inferred: InferredTrees, settings: Settings, of: str = ""
) -> tuple[str, ...]:
    """Tell the share of merges that are tied, and what is done about it."""
    by_names = settings.ties == "position"
    n_tied = inferred.n_tied
    if by_names:
        n_tied = inferred_trees(distances, settings.linkage, seed=0, orders=1).n_tied
    if not n_tied:
        return ()
    number = len(inferred.trees)
    many = f"means over {number} orders" if number > 1 else "of one order"
    told = (
        "the order of the class names decides, as in the published code"
        if by_names
        else f"its scores are {many} of the classes, drawn by a hash of their names; the tree "
        "shown is that of the first"
    )
    share = n_tied / inferred.n_merges
    return (
        f"{n_tied} of {inferred.n_merges} merges of the inferred hierarchy{of} ({share:.0%}) are "
        f"tied: {told}.",
    )


def refuse_nothing_to_compare(
    distance: DistanceMatrix | DistanceRows, tree: ClassTree | None = None
) -> None:
    """Refuse too few classes, and distances or a tree that group nothing."""
    if distance.n_classes < 3:
        raise RepresentativesError(
            f"a comparison needs at least 3 classes in both model and tree; got "
            f"{distance.n_classes}."
        )
    # Up to rounding: orthogonal vectors are equally far apart whatever their last digits say.
    if isinstance(distance, DistanceRows):
        least, largest = distance.least, distance.largest
    else:
        least, largest = float(distance.condensed.min()), float(distance.condensed.max())
    if largest - least <= 1e-12 * largest:
        raise RepresentativesError(
            f"all {distance.n_classes} classes are equally far apart in the model "
            f"({distance.metric} {least:g}), so it implies no hierarchy; "
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
    tree: ClassTree, asked: Sequence[int | str] | None
) -> tuple[tuple[int | str, ...], tuple[str, ...]]:
    """Return the levels to score, and a note on those that say nothing."""
    if asked is not None:
        return distinct_levels(tree, asked), ()
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
