"""The most similar test samples of each test sample, block by block: never an n x n matrix."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools._core.directions import Duplicates, unit_rows
from hiertools._core.threads import available_threads, one_blas_thread
from hiertools._kernels.rounding import GAP
from hiertools.errors import PredictionsError
from hiertools.measures.neighbour_pairs import TILE, NeighbourPairs
from hiertools.measures.ties import TIES

__all__ = ["LabelledNeighbours", "iter_labelled_neighbours", "iter_neighbours"]

_BLOCK_BYTES = 32 << 20  # similarities that a thread holds at a time

EXCLUDE = ("identity", "position")


class _Block(NamedTuple):
    """The neighbours of some of the samples."""

    rows: slice
    near: NDArray[np.int32]
    """Shape (rows, K), -1 beyond a row's own k."""
    ends: NDArray[np.int32]
    """One past the last place of the run of ties that each place lies in, (rows, K)."""
    spill: NDArray[np.int32]
    """Those of runs that go beyond a row's k, one row's behind the other's."""


def rounding_of(dtype: str, dimensions: int) -> float:
    """Return how far apart equal similarities come out, with some room.

    Measured on rotated codes of trees: 3.5 units of either type in 84 dimensions, 8 in 363.
    """
    return float(np.finfo(dtype).eps) * (2.0 + float(np.sqrt(dimensions)))


class LabelledNeighbours(NamedTuple):
    """The labels of the neighbours of n samples."""

    samples: Ints
    """Which samples, shape (n,)."""
    own: NDArray[np.int32]
    """Their labels."""
    near: NDArray[np.int32]
    """The labels of each one's k most similar others, most similar first, shape (n, K)."""
    ends: NDArray[np.int32]
    """One past the last place of the run of ties that each place lies in, shape (n, K)."""
    k: Ints
    """How many each has; K is the largest."""
    spill: NDArray[np.int32]
    """The labels of what is tied with a k-th place and comes after it, sample by sample."""
    start: int
    """The first one's place among all samples, in order of their labels: the others follow it."""
    others: NDArray[np.int32]
    """Which samples `near` are, by that place."""
    spilled: NDArray[np.int32]
    """Which samples `spill` are."""

    @classmethod
    def untied(cls, own: Ints, near: NDArray[np.generic]) -> LabelledNeighbours:
        """Return neighbours of which the labels alone are known, none of them tied, (n, K)."""
        n, k = near.shape
        none = np.empty(0, dtype=np.int32)
        ends = np.tile(np.arange(1, k + 1, dtype=np.int32), (n, 1))
        found = near.astype(np.int32)
        return cls(
            np.arange(n), own.astype(np.int32), found, ends, np.full(n, k), none, 0, found, none
        )


def iter_neighbours(
    embeddings: ArrayLike,
    k: int | ArrayLike,
    *,
    exclude_self: str = "identity",
    dtype: str = "float32",
) -> Iterator[tuple[slice, NDArray[np.int32]]]:
    """Yield, for block after block of samples, the samples most similar by cosine, in order.

    Parameters
    ----------
    embeddings : array_like of float, shape (N, D)
        One row a sample, of any length but zero.
    k : int or array_like of int, shape (N,)
        How many neighbours, for all samples or for each; at most N - 1.
    exclude_self : {"identity", "position"}
        "identity" leaves out the sample itself; "position" leaves out whatever comes first, which
        among duplicates may be another sample (as the paper's published code does).
    dtype : {"float32", "float64"}
        Type in which similarities are computed. Samples whose similarities differ by less than the
        rounding of float32 (about 1e-7) may change places; float64 takes up to twice as long.

    Yields
    ------
    (slice, ndarray of int32, shape (rows, k))
        Samples of the block, and their neighbours from the most to the least similar; equal
        similarities in order of position. Places beyond a row's own k hold -1, and blocks are as
        wide as their largest k.

    Notes
    -----
    Each product is computed once for both of its samples, tile by tile; a sample's threshold is
    guessed from one of sixteen others, so that little more than k of the N are ever sorted. Where
    that would take more than 256 MB (beyond 60,000 samples for k = 250), and of samples whose
    neighbours are tied in great numbers, whole rows are looked at. Memory is N D plus a block a
    thread beside that.

    Examples
    --------
    >>> for rows, near in iter_neighbours([[1, 0], [2, 1], [0, 1]], 2):
    ...     print(rows, near.tolist())
    slice(0, 3, None) [[1, 2], [0, 2], [1, 0]]
    """
    for block in _blocks(embeddings, k, exclude_self, dtype, "position"):
        yield block.rows, block.near


def _blocks(
    embeddings: ArrayLike, k: int | ArrayLike, exclude_self: str, dtype: str, ties: str
) -> Iterator[_Block]:
    checks.option(exclude_self, EXCLUDE, "exclude_self")
    checks.option(ties, TIES, "ties")
    unit = unit_rows(embeddings, dtype)
    n = len(unit)
    asked = np.asarray(k)
    if asked.dtype.kind not in "iu":
        raise PredictionsError(f"k must be whole numbers of neighbours; got {asked.dtype}.")
    wanted = np.ascontiguousarray(np.broadcast_to(asked.astype(np.int64), (n,)))
    if n == 0:
        return
    if wanted.min() < 0 or wanted.max() > n - 1:
        raise PredictionsError(
            f"a sample has {n - 1} others, so it can't have {int(wanted.max())} neighbours; "
            "ask for fewer."
        )
    shift = 0 if exclude_self == "identity" else 1
    search = _Search(unit, wanted + shift, shift == 0, ties == "expected")

    # Whole blocks go to threads, so each product runs on one core: none waits for the others. Not
    # around the whole loop, since who asked for the blocks may stop half-way, or work meanwhile.
    def found(start: int) -> _Block:
        with one_blas_thread():
            return search.block(start)

    with one_blas_thread():
        search.prepare()
    for block in _in_order(found, range(0, n, search.size)):
        yield block._replace(near=block.near[:, shift:], ends=block.ends[:, shift:] - shift)


def _in_order(block: Callable[[int], _Block], starts: Sequence[int]) -> Iterator[_Block]:
    """Yield blocks in order, computed by as many threads as are available, few of them ahead."""
    workers = min(available_threads(), len(starts))
    if workers <= 1:
        yield from map(block, starts)
        return
    with ThreadPoolExecutor(workers) as pool:
        ahead: deque[Future[_Block]] = deque()
        for first in starts:
            ahead.append(pool.submit(block, first))
            if len(ahead) > workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


class _Search:
    """The search for the neighbours of every sample: by pairs, and by whole rows."""

    def __init__(
        self, unit: NDArray[np.floating], wanted: Ints, skip_self: bool, expected: bool
    ) -> None:
        self.unit, self.wanted, self.skip_self = unit, wanted, skip_self
        self.columns = np.ascontiguousarray(unit.T)
        self.alike = Duplicates.of(unit)
        self.slack = rounding_of(str(unit.dtype), unit.shape[1])
        self.tolerance = self.slack if expected else -1.0
        self.size = max(1, min(len(unit), _BLOCK_BYTES // (unit.itemsize * len(unit))))
        self.first: NDArray[np.int32] = np.empty(0, dtype=np.int32)
        self.pairs: NeighbourPairs | None = None
        self._places: deque[NDArray[np.floating]] = deque()  # buffers not in use at the moment

    def prepare(self) -> None:
        """Look at all pairs, where that is less work than looking at all rows."""
        if self.skip_self:
            self.pairs = NeighbourPairs.of(self.unit, self.columns, self.wanted, self.slack)
        if self.pairs is None:
            return
        self.size = TILE
        if self.alike.row.size:
            self.first = np.arange(len(self.unit), dtype=np.int32)
            self.first[self.alike.row] = self.alike.first

    def block(self, start: int) -> _Block:
        """Return the neighbours of the samples from `start` on, one block of them."""
        rows = slice(start, min(start + self.size, len(self.unit)))
        k = self.wanted[rows]
        near = np.full((k.size, int(k.max())), -1, dtype=np.int32)
        ends = np.zeros(near.shape, dtype=np.int32)
        if self.pairs is None:
            return _Block(
                rows, near, ends, self._by_rows(np.arange(rows.start, rows.stop), near, ends)
            )
        settled, spill = self._by_pairs(self.pairs, rows, near, ends)
        left = np.flatnonzero(~settled)
        if left.size:
            its, end = np.full((left.size, near.shape[1]), -1, np.int32), ends[left]
            more = self._by_rows(rows.start + left, its, end)
            near[left], ends[left] = its, end
            beyond = np.maximum(
                np.take_along_axis(ends, np.maximum(k - 1, 0)[:, None], 1)[:, 0] - k, 0
            )
            whose = np.repeat(settled, beyond)
            both = np.empty(whose.size, dtype=np.int32)
            both[whose], both[~whose] = spill, more
            spill = both
        return _Block(rows, near, ends, spill)

    def _by_pairs(
        self, pairs: NeighbourPairs, rows: slice, near: NDArray[np.int32], ends: NDArray[np.int32]
    ) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
        """Fill in what the pairs tell; return of which samples that is all, and what spills."""
        from hiertools._kernels import neighbours as kernels

        start, kept, base = pairs.take(rows.start // TILE)
        settled = np.empty(len(near), dtype=np.bool_)
        spill = kernels.settle(
            start,
            kept.place,
            kept.value,
            base,
            pairs.least[rows],
            self.first,
            self.wanted[rows],
            self.tolerance,
            (GAP + 2.0) * self.slack,
            *_with_bits(kept.value.size, self.unit.dtype),
            near,
            ends,
            settled,
        )
        return settled, spill

    def _by_rows(
        self, samples: Ints, near: NDArray[np.int32], ends: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Fill in neighbours of samples from all of their similarities; return what spills."""
        from hiertools._kernels import neighbours as kernels

        n = len(self.unit)
        try:
            held = self._places.pop()
        except IndexError:
            held = np.empty((self.size, n), dtype=self.unit.dtype)
        similarity = np.matmul(self.unit[samples], self.columns, out=held[: samples.size])
        self.alike.equate(similarity)
        skip = samples if self.skip_self else np.full(samples.size, -1)
        spill = kernels.neighbours(
            similarity,
            skip,
            self.wanted[samples],
            self.tolerance,
            *_with_bits(n, self.unit.dtype),
            near,
            ends,
        )
        self._places.append(held)
        return spill


def _with_bits(
    size: int, dtype: np.dtype[np.floating]
) -> tuple[NDArray[np.floating], NDArray[np.unsignedinteger]]:
    """Return room for numbers, and for the same memory as bits."""
    value = np.empty(size, dtype=dtype)
    return value, value.view(f"u{value.itemsize}")


def iter_labelled_neighbours(
    embeddings: NDArray[np.floating],
    labels: Ints,
    k: int | ArrayLike,
    *,
    exclude_self: str = "identity",
    dtype: str = "float32",
    ties: str = "expected",
) -> Iterator[LabelledNeighbours]:
    """Yield, for block after block, samples, their labels, and the labels of their neighbours.

    As `iter_neighbours` has them. Neighbours whose similarities are equal, or are kept apart by
    rounding alone, are tied; with ``ties="position"`` they go by class, then position, and none
    count as tied.

    Examples
    --------
    >>> rows = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0]])
    >>> for found in iter_labelled_neighbours(rows, np.array([1, 0, 1]), 2):
    ...     print(found.samples.tolist(), found.own.tolist(), found.near.tolist())
    [1, 0, 2] [0, 1, 1] [[1, 1], [1, 0], [1, 0]]
    """
    order = np.argsort(labels, kind="stable")
    mine = labels[order].astype(np.int32)
    wanted = np.broadcast_to(np.asarray(k), labels.shape)[order]
    for rows, near, ends, spill in _blocks(embeddings[order], wanted, exclude_self, dtype, ties):
        each = wanted[rows].astype(np.int64)
        yield LabelledNeighbours(
            order[rows], mine[rows], mine[near], ends, each, mine[spill], rows.start, near, spill
        )
