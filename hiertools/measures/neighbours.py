"""The most similar test samples of each test sample, block by block: never an n x n matrix."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools._core.directions import unit_rows
from hiertools._core.threads import available_threads, one_blas_thread
from hiertools.errors import PredictionsError

__all__ = ["iter_labelled_neighbours", "iter_neighbours"]

_BLOCK_BYTES = 32 << 20  # similarities that a thread holds at a time

EXCLUDE = ("identity", "position")


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
    from hiertools._kernels import selection

    checks.option(exclude_self, EXCLUDE, "exclude_self")
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
    places: deque[NDArray[np.floating]] = deque()  # buffers that no thread uses at the moment

    def block(first: int) -> tuple[slice, NDArray[np.int32]]:
        rows = slice(first, min(first + size, n))
        count = rows.stop - rows.start
        try:
            held = places.pop()
        except IndexError:
            held = np.empty((size, n), dtype=unit.dtype)
        similarity = np.matmul(unit[rows], columns, out=held[:count])
        each = wanted[rows] + shift
        near = np.full((count, int(each.max())), -1, dtype=np.int32)
        skip = np.arange(rows.start, rows.stop) if shift == 0 else np.full(count, -1)
        kernel(similarity, skip, each, near, 0, count)
        places.append(held)
        return rows, near[:, shift:]

    # Whole blocks go to threads, so each product runs on one core: none waits for the others.
    with one_blas_thread():
        if workers == 1:
            yield from map(block, range(0, n, size))
            return
        with ThreadPoolExecutor(workers) as pool:
            ahead: deque[Future[tuple[slice, NDArray[np.int32]]]] = deque()
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
) -> Iterator[tuple[Ints, NDArray[np.int32], NDArray[np.int32]]]:
    """Yield, for block after block, samples, their labels, and the labels of their neighbours.

    As `iter_neighbours` has them, but equal similarities go by class, then position: what is made
    of the labels does not depend on the order of the samples.

    Examples
    --------
    >>> rows = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0]])
    >>> for samples, own, near in iter_labelled_neighbours(rows, np.array([1, 0, 1]), 2):
    ...     print(samples.tolist(), own.tolist(), near.tolist())
    [1, 0, 2] [0, 1, 1] [[1, 1], [1, 0], [1, 0]]
    """
    order = np.argsort(labels, kind="stable")
    mine = labels[order].astype(np.int32)
    wanted = np.broadcast_to(np.asarray(k), labels.shape)[order]
    for rows, near in iter_neighbours(
        embeddings[order], wanted, exclude_self=exclude_self, dtype=dtype
    ):
        yield order[rows], mine[rows], mine[near]
