"""Distances of more classes than a square of them fits in memory, computed anew row by row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hiertools._core.arrays import Floats
from hiertools._core.near_ties import GIVEN, Extremes, Joins
from hiertools._core.threads import available_threads, one_blas_thread, thread_map
from hiertools.hierarchy.distances import (
    AT_ONCE,
    METRICS,
    directions_of,
    lengths_of_sums,
    part_from,
)
from hiertools.representatives.representatives import ClassRepresentatives

__all__ = ["DistanceRows"]


class DistanceRows:
    """What `hiertools.distances` returns of directions, as rows that nothing holds.

    A square of the distances is one product of matrices whichever half of the whole it lies in, so
    d(i, j) and d(j, i) are the same bits. Near-equal distances are joined by the rule of all:
    a first pass over the squares of one half finds the runs (`Extremes`).

    Parameters
    ----------
    reps : ClassRepresentatives
    metric : str
        One of those that look at directions.
    center : bool
    rounding : {"join", "keep"}
        "join" needs vectors that came as float32, or coarser: see `can_join`.
    """

    def __init__(
        self, reps: ClassRepresentatives, metric: str, *, center: bool, rounding: str
    ) -> None:
        self.classes, self.metric = reps.classes, metric
        self.vectors, tolerance = directions_of(reps, metric, center)
        self.squares = np.einsum("ij,ij->i", self.vectors, self.vectors)
        self.tolerance = tolerance if rounding == "join" else 0.0
        found = self._extremes()
        self.joins: Joins = found.joins
        self.least, self.largest = float(found.low.min()), float(found.high.max())

    @staticmethod
    def can_join(reps: ClassRepresentatives) -> bool:
        """Tell whether vectors are coarse enough for near-equal distances to be joined."""
        return GIVEN[reps.rounded_to] >= Extremes.FINEST

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    @property
    def unit(self) -> str:
        """What the distances are measured in."""
        return METRICS[self.metric].unit

    @property
    def parts(self) -> range:
        """The first rows of the parts to be computed at once."""
        return range(0, self.n_classes, AT_ONCE)

    def rows(self, start: int) -> Floats:
        """Return the rows of a part, shape (rows, C), with a diagonal of 0."""
        own = part_from(start, self.n_classes)
        found = np.empty((own.stop - own.start, self.n_classes))
        with one_blas_thread():
            for first in self.parts:
                columns = part_from(first, self.n_classes)
                if first < start:
                    found[:, columns] = self._square(columns, own).T
                else:
                    found[:, columns] = self._square(own, columns)
        square = found[:, own]
        square[:] = np.triu(square, 1) + np.triu(square, 1).T
        for row in found:
            self.joins.join(row)
        if self.metric != "angular":
            np.minimum(found, 2.0, out=found)
        return found

    def _square(self, rows: slice, columns: slice) -> Floats:
        """Return the distances of some classes from others behind them, before any is joined."""

        def lengths(sign: float) -> Floats:
            vectors = self.vectors
            return lengths_of_sums(vectors, self.squares, sign, vectors, rows, columns)

        found = lengths(-1.0)
        if self.metric == "angular":
            found = np.arctan2(found, lengths(+1.0))
            found *= 2.0
        elif self.metric == "cosine":
            np.square(found, out=found)
            found /= 2.0
        return found

    def _extremes(self) -> Extremes:
        """Return the extremes of all distances, in cells."""

        def found(starts: range) -> Extremes:
            extremes = Extremes(self.tolerance, 3.2 if self.metric == "angular" else 2.1)
            for start in starts:
                for distances in self._half(start):
                    extremes.add(distances)
            return extremes

        share = available_threads()
        with one_blas_thread():
            first, *others = thread_map(found, [self.parts[i::share] for i in range(share)])
        for other in others:
            first.merge(other)
        return first

    def _half(self, start: int) -> Iterator[Floats]:
        """Yield the distances of a part's classes from those behind them."""
        own = part_from(start, self.n_classes)
        for first in range(start, self.n_classes, AT_ONCE):
            square = self._square(own, part_from(first, self.n_classes))
            yield square[np.triu_indices(len(square), 1)] if first == start else square.ravel()
