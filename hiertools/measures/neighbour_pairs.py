"""Similarities of samples, each computed once and kept for both of its samples if it may count.

A matrix of all similarities is symmetric. Half of it, tile by tile, tells the neighbours of every
sample if it is known beforehand how similar a neighbour must be: a sample of the columns tells that
well enough, and where it does not, the row is looked at whole.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Ints
from hiertools._core.threads import thread_map

__all__ = ["TILE", "Kept", "NeighbourPairs"]

TILE = 512
"""Rows and columns of a tile: products are quick, and what they give stays in the cache."""

_STRIDE = 16
"""One column of so many is sampled."""
_FEWEST = 4 * TILE
"""With fewer samples, half of the products is not worth a look at a sixteenth of them."""
_MOST_BYTES = 256 << 20
"""What pairs may take in memory."""


@dataclass(frozen=True, eq=False)
class Kept:
    """What was kept of a tile for some of its samples: which other one, and how similar."""

    place: NDArray[np.uint32]
    """The sample's place within the tile, and the other's, 16 bits each."""
    value: NDArray[np.floating]


@dataclass(eq=False)
class NeighbourPairs:
    """For each sample all others that are more similar to it than a threshold."""

    least: NDArray[np.floating]
    """The thresholds, (N,); infinity where nothing was kept."""
    tiles: dict[tuple[int, int], Kept] = field(default_factory=dict)
    """What was kept for the samples of the first strip, of the second one's."""
    rooms: deque[tuple[NDArray[Any], ...]] = field(default_factory=deque)
    """Arrays to work in that no thread uses at the moment."""

    @classmethod
    def of(
        cls, unit: NDArray[np.floating], columns: NDArray[np.floating], k: Ints, slack: float
    ) -> NeighbourPairs | None:
        """Return the pairs that tell the k neighbours of each of N unit vectors.

        None where looking at whole rows is less work, or takes less memory.

        Parameters
        ----------
        unit : ndarray of float, shape (N, D)
        columns : ndarray of float, shape (D, N)
            The same, contiguous.
        k : ndarray of int, shape (N,)
        slack : float
            How far apart rounding puts what is equal.
        """
        n = len(unit)
        expected = 2.0 * float(k.sum()) * (4 + unit.itemsize)
        if n < max(_FEWEST, 4 * int(k.max())) or expected > _MOST_BYTES:
            return None
        pairs = cls(_thresholds(unit, k, slack))
        if np.isinf(pairs.least).sum() > n // 4:  # ties must decide
            return None
        strips = range(-(-n // TILE))
        for found in thread_map(lambda strip: pairs._strip(unit, columns, strip), strips):
            pairs.tiles.update(found)
        pairs.rooms.clear()
        return pairs

    def _strip(
        self, unit: NDArray[np.floating], columns: NDArray[np.floating], strip: int
    ) -> dict[tuple[int, int], Kept]:
        """Return what is kept of the tiles of a strip of rows, from the diagonal on."""
        from hiertools._kernels import neighbours as kernels

        mine = slice(strip * TILE, (strip + 1) * TILE)
        rows = unit[mine]
        try:
            held, *room = self.rooms.pop()
        except IndexError:
            held = np.empty((TILE, TILE), dtype=unit.dtype)
            kinds = (np.uint32, unit.dtype, np.uint32, unit.dtype)
            room = [np.empty(TILE * TILE, dtype=kind) for kind in kinds]
        found = {}
        for other in range(strip, -(-len(unit) // TILE)):
            its = slice(other * TILE, (other + 1) * TILE)
            part = columns[:, its]
            similarity = np.matmul(rows, part, out=held[: len(rows), : part.shape[1]])
            by_row, by_column = kernels.pairs(
                similarity, self.least[mine], self.least[its], other == strip, *room
            )
            found[strip, other] = Kept(room[0][:by_row].copy(), room[1][:by_row].copy())
            if by_column:
                found[other, strip] = Kept(room[2][:by_column].copy(), room[3][:by_column].copy())
        self.rooms.append((held, *room))
        return found

    def take(self, strip: int) -> tuple[Ints, Kept, Ints]:
        """Return, and forget, what was kept for the samples of a strip, in order of the others.

        As ``hiertools._kernels.neighbours.settle`` takes it: where each tile begins, what was kept
        of all of them, and each one's first other sample.
        """
        others = sorted(other for own, other in self.tiles if own == strip)
        kept = [self.tiles.pop((strip, other)) for other in others]
        start = np.cumsum([0, *(each.place.size for each in kept)])
        joined = Kept(
            np.concatenate([each.place for each in kept]),
            np.concatenate([each.value for each in kept]),
        )
        return start, joined, np.array(others, dtype=np.int64) * TILE


def _thresholds(unit: NDArray[np.floating], k: Ints, slack: float) -> NDArray[np.floating]:
    """Guess, from a sample of the others, a similarity that a few more than k of them reach."""
    from hiertools._kernels import neighbours as kernels

    # One of each stretch, so that neither order nor period of the samples shows.
    starts = np.arange(0, len(unit) - _STRIDE + 1, _STRIDE)
    places = starts + np.random.default_rng(0).integers(0, _STRIDE, starts.size)
    sampled = np.ascontiguousarray(unit[places].T)
    least = np.empty(len(unit), dtype=unit.dtype)

    def block(first: int) -> None:
        rows = slice(first, first + TILE)
        near = unit[rows] @ sampled
        kernels.thresholds(near, 1.0 / _STRIDE, k[rows], slack, least[rows])

    thread_map(block, range(0, len(unit), TILE))
    return least
