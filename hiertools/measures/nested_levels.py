"""Levels of groups that lie in each other: who shares how many of them with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Ints

Labels = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class NestedLevels:
    """Groupings of classes, from coarse to fine, each of whose groups lies in one of the last.

    Two classes share a group at the first so many levels and at none below.
    """

    places: Ints
    """Which of the groupings these are, shape (L,)."""
    order: Ints
    """The classes in an order in which all groups are runs, shape (C,)."""
    alike: Ints
    """How many levels each class of the order shares with the next one, shape (C - 1,)."""

    def group_of(self, level: int) -> Ints:
        """Return the group of each class at one of the levels, from the coarsest on."""
        group = np.zeros(self.order.size, dtype=np.int64)
        group[self.order[1:]] = np.cumsum(self.alike <= level)
        return group

    @property
    def place_of(self) -> Ints:
        """Where each class stands in the order."""
        return np.argsort(self.order)


def nested_levels(groupings: Sequence[Labels]) -> list[NestedLevels]:
    """Deal groupings, whose groups are numbered from 0, into as few chains of nested ones as a walk
    from the coarsest to the finest finds: those of a tree make one, but for ranks beside depths.

    Examples
    --------
    >>> for nested in nested_levels([np.array([0, 1, 2, 0]), np.array([1, 1, 0, 1])]):
    ...     print(nested.places, nested.order, nested.alike)
    [1 0] [2 0 3 1] [0 2 1]
    """
    chains: list[list[int]] = []
    for place in np.argsort([int(labels.max()) for labels in groupings], kind="stable").tolist():
        for chain in chains:
            if _lies_in(groupings[place], groupings[chain[-1]]):
                chain.append(place)
                break
        else:
            chains.append([place])
    return [_nested(groupings, chain) for chain in chains]


def _lies_in(fine: Labels, coarse: Labels) -> bool:
    group = np.empty(int(fine.max()) + 1, dtype=coarse.dtype)
    group[fine] = coarse
    return bool((group[fine] == coarse).all())


def _nested(groupings: Sequence[Labels], chain: Sequence[int]) -> NestedLevels:
    levels = [groupings[place] for place in chain]
    order = np.lexsort(levels[::-1])
    alike = np.zeros(order.size - 1, dtype=np.int64)
    for labels in levels:
        ordered = labels[order]
        alike += ordered[1:] == ordered[:-1]
    return NestedLevels(np.array(chain), order, alike)
