"""`Problem`: what every measure of `compare` sees, aligned once by class name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats
from hiertools.errors import RepresentativesError, TreeError
from hiertools.hierarchy.linkage import infer_tree
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.settings import Settings
from hiertools.trees.level_numbers import distinct_levels, level_number, level_rank
from hiertools.trees.levels import level_groups, level_names
from hiertools.trees.operations import restrict
from hiertools.trees.paths import path_distances
from hiertools.trees.tree import ClassTree


@dataclass(frozen=True, eq=False)
class Problem:
    """Representatives' distances and a predefined tree over the same classes, sorted by name.

    Every array is in the order of `classes`. Sorting makes each score independent of the order in
    which the user's classes came, also where ties are broken by position.
    """

    classes: tuple[str, ...]
    distances: DistanceMatrix
    tree: ClassTree
    inferred: ClassTree
    levels: tuple[int | str, ...]
    settings: Settings
    seed: int
    reference: DistanceMatrix | None = None
    """Distances that stand for the tree's own where two models are compared."""

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    @cached_property
    def d(self) -> Floats:
        """Distances of the representatives, shape (C, C)."""
        return self.distances.square()

    @cached_property
    def t(self) -> Floats:
        """Path distances on the predefined tree (or `reference` distances), shape (C, C)."""
        if self.reference is not None:
            return self.reference.square()
        return path_distances(self.tree, self.classes)

    def among(self, kept: NDArray[np.int64]) -> Problem:
        """Return the problem of some classes alone, with a hierarchy inferred anew."""
        classes = tuple(self.classes[i] for i in kept)
        distances = self.distances.take(classes)
        return replace(
            self,
            classes=classes,
            distances=distances,
            tree=restrict(self.tree, classes),
            inferred=infer_tree(distances, self.settings.linkage),
        )

    def groups(self, level: int | str) -> NDArray[np.int32]:
        """Return the group of each class at a level, numbered from 0, shape (C,)."""
        nodes = level_groups(self.tree, level, self.classes)
        return np.unique(nodes, return_inverse=True)[1].astype(np.int32)

    def level_number(self, level: int | str) -> int:
        """Return a level as a number: a rank's place in the tree's order of ranks."""
        return level_number(self.tree, level)

    @property
    def ranks(self) -> dict[int, str | None]:
        """The rank of each level, by its number."""
        return {self.level_number(level): level_rank(self.tree, level) for level in self.levels}


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
