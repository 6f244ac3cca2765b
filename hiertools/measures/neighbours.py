"""The most similar test samples of each test sample, block by block: never an n x n matrix."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools._core.directions import Duplicates, unit_rows
from hiertools._core.threads import available_threads, one_blas_thread
from hiertools.errors import PredictionsError
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


def _rounding(dtype: str, dimensions: int) -> float:
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
    Each block is one matrix product; a row's threshold is guessed from every few of its entries, so
    that only about k of the N entries are ever sorted. Memory is N D plus a block a thread.

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
    from hiertools._kernels import selection

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
    kernel = selection.neighbours32 if dtype == "float32" else selection.neighbours64
    workers = available_threads()
    size = max(1, min(n, _BLOCK_BYTES // (unit.itemsize * n)))
    columns = np.ascontiguousarray(unit.T)
    alike = Duplicates.of(unit)
    tolerance = _rounding(dtype, unit.shape[1]) if ties == "expected" else -1.0
    places: deque[NDArray[np.floating]] = deque()  # buffers that no thread uses at the moment

    def block(first: int) -> _Block:
        rows = slice(first, min(first + size, n))
        count = rows.stop - rows.start
        try:
            held = places.pop()
        except IndexError:
            held = np.empty((size, n), dtype=unit.dtype)
        similarity = np.matmul(unit[rows], columns, out=held[:count])
        alike.equate(similarity)
        each = wanted[rows] + shift
        near = np.full((count, int(each.max())), -1, dtype=np.int32)
        ends = np.zeros(near.shape, dtype=np.int32)
        skip = np.arange(rows.start, rows.stop) if shift == 0 else np.full(count, -1)
        spill = kernel(similarity, skip, each, tolerance, near, ends, 0, count)
        places.append(held)
        return _Block(rows, near[:, shift:], ends[:, shift:] - shift, spill)

    # Whole blocks go to threads, so each product runs on one core: none waits for the others.
    with one_blas_thread():
        if workers == 1:
            yield from map(block, range(0, n, size))
            return
        with ThreadPoolExecutor(workers) as pool:
            ahead: deque[Future[_Block]] = deque()
            for first in range(0, n, size):
                ahead.append(pool.submit(block, first))
                if len(ahead) > workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()


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
        yield LabelledNeighbours(order[rows], mine[rows], mine[near], ends, each, mine[spill])
