"""Rows of the distances, block by block: each block is made, sorted once, used and forgotten."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TypeVar

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools._core.ordering import row_orders
from hiertools._core.threads import thread_map
from hiertools.hierarchy.distance_rows import DistanceRows
from hiertools.measures.codes import FEW, Codes, Numbers, codes_in_rows
from hiertools.measures.nested_levels import NestedLevels
from hiertools.measures.retrieval import Neighbours, nearest_in_rows, retrieval_per_class
from hiertools.settings import Settings
from hiertools.trees.paths import PathRows

Result = TypeVar("Result")

BLOCK_ELEMENTS = 1 << 18
"""2 MB of float64: a block and its order stay in the cache."""


@dataclass(frozen=True, eq=False)
class RowBlock:
    """Some rows of the distances of a model, and of a tree's as codes."""

    rows: slice
    values: Floats
    """What each code of the tree's distances stands for."""
    known: Numbers
    """Tree distances as codes that mean the same in all rows, shape (rows, C)."""
    settings: Settings
    distance: Floats
    """Shape (rows, C); the diagonal of the whole is 0."""

    @cached_property
    def order(self) -> Ints:
        """The classes of each row by their distance."""
        return row_orders(self.distance)

    @cached_property
    def codes(self) -> Numbers:
        """Tree distances as codes within each row, few where there are few of them."""
        return self.known if self.values.size <= FEW else codes_in_rows(self.known)

    @property
    def n_codes(self) -> int:
        """One more than the largest of `codes` can be."""
        return self.values.size if self.values.size <= FEW else self.known.shape[1]

    def nearest(self, depth: int) -> Neighbours:
        """Return at least so many of the nearest others, with all that tie with the last."""
        exclude_self, ties = self.settings.exclude_self, self.settings.ties
        return nearest_in_rows(
            self.distance, self.order, self.rows.start, depth, exclude_self, ties
        )


@dataclass(frozen=True, eq=False)
class RowFacts:
    """What there is to know of each class's row of distances."""

    rho: Floats
    """Its rank correlation with the row of tree distances; NaN where one of them is constant."""
    ceiling: Floats
    """The largest rho that the ties of the row allow."""
    norms: Floats
    """Of the doubled ranks of distances, and of those of tree distances, shape (2, C)."""
    nearest: Ints
    """The nearest class, of those tied the first in a keyed order."""
    n_nearest: Ints
    """How many are as near."""
    distance: Floats
    """Of the nearest class."""
    tree_distance: Floats
    """Of the nearest class, the mean over those tied."""
    least: Floats
    """The least tree distance of any class."""
    farther: Floats
    """The share of classes that are farther in the tree than the nearest one, of those not as far;
    the mean over those tied."""
    retrieval: Floats
    """Its P@1, R-precision and MAP@R at each level, shape (3, C, levels); NaN without company."""


class AllRows(ABC):
    """All rows of a square of distances, which is never there as a whole."""

    settings: Settings

    @abstractmethod
    def each(self, function: Callable[[RowBlock], Result]) -> list[Result]:
        """Apply a function to all blocks of rows, in threads; results come in the order of rows."""

    def nearest(self, depth: int) -> Neighbours:
        """Return at least so many of the nearest others of each class, with all that tie."""
        parts = self.each(lambda block: block.nearest(depth))
        if len({part.order.shape[1] for part in parts}) > 1:
            parts = self.each(lambda block: block.nearest(block.distance.shape[1] - 1))
        return Neighbours.of_blocks(parts)

    def facts(
        self, precedence: Ints, levels: Sequence[NestedLevels] = (), depth: int = 0
    ) -> RowFacts:
        """Return what there is to know of each row; of tied classes the first by `precedence`.

        `levels` are the groups of the classes, for retrieval among the `depth` nearest of each.
        """
        from hiertools._kernels.rows import row_facts

        n_levels = sum(nested.places.size for nested in levels)

        def facts(block: RowBlock) -> tuple[Floats, Ints, Floats, Floats]:
            size = len(block.distance)
            n_items = block.order.shape[1] - (not self.settings.self_pair)
            scores = np.empty((3, size, n_levels))
            if levels:
                near = block.nearest(max(depth, 1))
                for nested in levels:
                    scores[..., nested.places] = retrieval_per_class(near, nested, block.rows.start)
            correlation, nearest = np.empty((size, 4)), np.empty((size, 2), dtype=np.int64)
            found = np.empty((size, 4))
            count, rank, total = np.empty((3, block.n_codes), dtype=np.int64)
            row_facts(
                block.distance,
                block.order,
                block.codes,
                block.known,
                block.values,
                block.rows.start,
                self.settings.self_pair,
                self.settings.ties == "position",
                precedence,
                np.empty(n_items, dtype=block.codes.dtype),
                np.empty(n_items, dtype=bool),
                count,
                rank,
                total,
                correlation,
                nearest,
                found,
            )
            return correlation, nearest, found, scores

        parts = self.each(facts)
        correlation, whole, real = (
            np.concatenate([part[place] for part in parts]) for place in range(3)
        )
        return RowFacts(
            rho=correlation[:, 0],
            ceiling=correlation[:, 1],
            norms=np.sqrt(correlation[:, 2:].T),
            nearest=whole[:, 0],
            n_nearest=whole[:, 1],
            distance=real[:, 0],
            tree_distance=real[:, 1],
            least=real[:, 2],
            farther=real[:, 3],
            retrieval=np.concatenate([scores for *_, scores in parts], axis=1),
        )


@dataclass(frozen=True, eq=False)
class Rows(AllRows):
    """Rows of distances that are held, each once."""

    condensed: Floats
    tree: Codes
    settings: Settings

    def each(self, function: Callable[[RowBlock], Result]) -> list[Result]:
        """Apply a function to all blocks of rows, as `AllRows` does."""
        from hiertools._kernels.rows import square_rows

        tree, n = self.tree, len(self.tree.square)
        size = max(1, BLOCK_ELEMENTS // n)

        def work(start: int) -> Result:
            distance = np.empty((min(start + size, n) - start, n))
            square_rows(self.condensed, start, distance)
            rows = slice(start, start + len(distance))
            known = tree.square[rows]
            return function(RowBlock(rows, tree.values, known, self.settings, distance))

        return thread_map(work, range(0, n, size))


@dataclass(frozen=True, eq=False)
class PassingRows(AllRows):
    """Rows that are computed, looked at and forgotten: nothing is held for every two classes."""

    distances: DistanceRows
    tree: PathRows
    settings: Settings

    def each(self, function: Callable[[RowBlock], Result]) -> list[Result]:
        """Apply a function to all blocks of rows, as `AllRows` does."""
        size = max(1, BLOCK_ELEMENTS // self.distances.n_classes)

        def work(start: int) -> list[Result]:
            distance = self.distances.rows(start)
            known = self.tree.rows(slice(start, start + len(distance)))
            found = []
            for first in range(0, len(distance), size):
                some = slice(first, min(first + size, len(distance)))
                rows = slice(start + some.start, start + some.stop)
                values = self.tree.values
                block = RowBlock(rows, values, known[some], self.settings, distance[some])
                found.append(function(block))
            return found

        return list(chain.from_iterable(thread_map(work, self.distances.parts)))
