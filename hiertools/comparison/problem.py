"""`Problem`: what every measure of `compare` sees, aligned once by class name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats
from hiertools.hierarchy.linkage import infer_tree
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.settings import Settings
from hiertools.trees.levels import level_groups
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
        if isinstance(level, str):
            assert self.tree.rank_order is not None
            return self.tree.rank_order.index(level)
        return level
