"""One level of a hierarchy alone: blocks of classes change places between the groups above them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.inference.permutation import Null, summarise_null

__all__ = ["BlockTest", "block_test"]

_AT_ONCE = 1 << 22
"""So many pairs of blocks, over all arrangements, are looked at in one go."""


@dataclass(frozen=True)
class BlockTest:
    """What `block_test` found; `null` is all NaN where nothing could be tested."""

    value: float
    null: Null
    n_groups: int
    n_blocks: int
    n_classes: int
    exact: bool


def block_test(
    distance: Floats, parents: Ints, groups: Ints, blocks: Ints, count: int, seed: int
) -> BlockTest:
    r"""Test whether blocks of one group are nearer to each other than to those beside the group.

    Of pairs of classes that share the parent and not the block, the value is the share of
    comparisons (one pair within a group, one between groups of the same parent) in which the
    former is the nearer; ties count half:

    .. math:: A = \frac{\sum_p \#\{(s, d) : \delta_s < \delta_d\} + \tfrac12 \#\{\delta_s =
              \delta_d\}}{\sum_p n_s n_d}

    The null assigns blocks to the groups of their parent anew, each group keeping as many blocks as
    it has. Distances within blocks, and between parents, are in no pair, so that neither finer nor
    coarser levels can make it significant.

    Parameters
    ----------
    distance : ndarray of float, shape (C, C)
    parents, groups, blocks : ndarray of int, shape (C,)
        Nested: classes of one block are in one group, those of one group below one parent.
    count : int
        Arrangements to draw; where there are no more, all are looked at.
    seed : int

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> groups = np.repeat([0, 1], 3)
    >>> points = 3.0 * groups[:, None] + rng.normal(size=(6, 2))
    >>> distance = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    >>> found = block_test(distance, np.zeros(6, int), groups, np.arange(6), 999, 0)
    >>> found.value, found.null.p_value, found.null.n_permutations
    (0.9629629629629629, 0.1, 20)
    """
    tables = [
        table
        for parent in np.unique(parents).tolist()
        if (table := _Table.of(distance, np.flatnonzero(parents == parent), groups, blocks))
    ]
    n_groups, n_blocks, n_classes = (
        sum(getattr(table, name) for table in tables)
        for name in ("n_groups", "n_blocks", "n_classes")
    )
    if not tables:
        nan = float("nan")
        return BlockTest(nan, Null(nan, nan, nan, 0), 0, 0, 0, False)
    # As many arrangements as there are, or more than `count`: without the digits of factorials.
    exact = sum(table.log_arrangements for table in tables) <= math.log(count + 0.5)
    if exact:
        wins, pairs = (
            reduce(lambda a, b: np.add.outer(a, b).ravel(), each)
            for each in zip(*(table.counted(table.arrangements()) for table in tables))
        )
    else:
        rng = np.random.default_rng(seed)
        wins, pairs = np.sum([table.counted(table.drawn(rng, count)) for table in tables], axis=0)
    seen = np.sum([table.counted(table.labels[None]) for table in tables], axis=0)[:, 0]
    value = float(seen[0] / seen[1])
    null = summarise_null(value, wins / pairs, exact=exact)
    return BlockTest(value, null, n_groups, n_blocks, n_classes, exact)


@dataclass(frozen=True, eq=False)
class _Table:
    """The blocks below one parent: sums of ranks, and numbers, of pairs between every two."""

    labels: Ints
    """The group of each block."""
    ranks: Floats
    """Sums of ranks over the pairs of classes between every two blocks, in condensed form."""
    sizes: Floats
    """How many these pairs are."""
    n_classes: int

    @classmethod
    def of(cls, distance: Floats, members: Ints, groups: Ints, blocks: Ints) -> _Table | None:
        """Return the table of some classes; None where all are alike to the test."""
        first, block = np.unique(blocks[members], return_index=True, return_inverse=True)[1:]
        labels = np.unique(groups[members][first], return_inverse=True)[1]
        if not 1 < labels.max() + 1 < labels.size:
            return None  # a single group, or none of two blocks
        i, j = np.triu_indices(members.size, 1)
        apart = block[i] != block[j]
        i, j = i[apart], j[apart]
        _, place, times = np.unique(
            distance[members[i], members[j]], return_inverse=True, return_counts=True
        )
        rank = (np.cumsum(times) - (times - 1) / 2)[place]
        k = labels.size
        upper = np.ravel_multi_index(np.triu_indices(k, 1), (k, k))
        low, high = np.minimum(block[i], block[j]), np.maximum(block[i], block[j])
        ranks, sizes = (
            np.bincount(low * k + high, weights, k * k)[upper].astype(np.float64)
            for weights in (rank, np.ones(rank.size))
        )
        return cls(labels, ranks, sizes, members.size)

    @property
    def n_groups(self) -> int:
        return int(self.labels.max()) + 1

    @property
    def n_blocks(self) -> int:
        return self.labels.size

    @property
    def log_arrangements(self) -> float:
        sizes = np.bincount(self.labels).tolist()
        return math.lgamma(self.n_blocks + 1) - sum(math.lgamma(size + 1) for size in sizes)

    def arrangements(self) -> Ints:
        """Return every way to give the blocks their labels, each once."""
        return np.array(list(_labellings(np.bincount(self.labels).tolist())))

    def drawn(self, rng: np.random.Generator, count: int) -> Ints:
        """Return random ways."""
        return np.array([rng.permutation(self.labels) for _ in range(count)])

    def counted(self, labels: Ints) -> Floats:
        """Return comparisons that pairs within groups win, and all of them, for each labelling."""
        u, v = np.triu_indices(self.n_blocks, 1)
        step = max(1, _AT_ONCE // u.size)
        found = []
        for start in range(0, len(labels), step):
            some = labels[start : start + step]
            same = (some[:, u] == some[:, v]).astype(np.float64)
            within, number = same @ self.ranks, same @ self.sizes
            compared = number * (self.sizes.sum() - number)
            found.append([compared + number * (number + 1) / 2 - within, compared])
        return np.concatenate(found, axis=1)


def _labellings(sizes: list[int]) -> Iterator[tuple[int, ...]]:
    """Yield each distinct order of so many zeros, ones, and so on."""
    total = sum(sizes)
    if len(sizes) == 1:
        yield (0,) * total
        return
    last = len(sizes) - 1
    for places in itertools.combinations(range(total), sizes[-1]):
        for rest in _labellings(sizes[:-1]):
            left = iter(rest)
            yield tuple(last if place in places else next(left) for place in range(total))
