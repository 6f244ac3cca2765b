"""Retrieval of samples some of which are more relevant than others, from a gallery or each other.

Each query ranks the whole gallery. How relevant a sample is to it is the number of levels of the
tree at which both are in one group.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats
from hiertools._core.directions import Duplicates
from hiertools._core.threads import one_blas_thread, thread_map
from hiertools.measures.neighbours import rounding_of

__all__ = ["BY_LEVEL", "GRADED", "Gallery", "chance_scores", "retrieve"]

BY_LEVEL = ("precision_at_1", "r_precision", "map_at_r")
GRADED = ("hierarchical_average_precision", "ndcg", "average_set_intersection")

_BLOCK_BYTES = 8 << 20

Labels = NDArray[np.int32]


class _Worth(NamedTuple):
    """What samples of each grade, and places, are worth: see ``_kernels/graded_retrieval.py``."""

    weight: Floats
    gain: Floats
    discount: Floats

    @classmethod
    def of(cls, levels: int, alpha: float, size: int) -> _Worth:
        """Return it for a gallery of a size."""
        grade = np.arange(levels + 1)
        weight = np.where(grade > 0, (grade / levels) ** alpha, 0.0)
        discount = np.cumsum([0.0, *(1.0 / np.log2(np.arange(2, size + 2)))])
        return cls(weight, np.exp2(grade) - 1.0, discount)


class _Lists(NamedTuple):
    """The gallery in order, for each of B queries."""

    grades: NDArray[np.int8]
    """How many levels a sample shares with the query, most similar first, (B, G)."""
    ends: Labels
    """One past the last place of the run of ties that each place lies in, (B, G)."""
    part: Labels
    """The part of each sample, (B, G)."""

    def scores(self, worth: _Worth, without: int = -1) -> Floats:
        """Return the scores of the queries, (3 L + 3, B), as if a part were not in the gallery."""
        from hiertools._kernels.graded_retrieval import graded_retrieval

        out = np.empty((3 * worth.weight.size, len(self.grades)))
        graded_retrieval(self.grades, self.ends, self.part, without, *worth, out)
        return out


@dataclass(frozen=True, eq=False)
class Gallery:
    """What queries are compared with: unit vectors, and the group of each at every level."""

    vectors: NDArray[np.floating]
    """Shape (G, D)."""
    groups: Labels
    """Shape (L, G), coarse to fine: each level's groups lie in those of the level before."""


def retrieve(
    queries: Gallery, gallery: Gallery | None, alpha: float, parts: Labels | None = None
) -> tuple[Floats, Floats]:
    """Return every score of every query, and their means without each part of the samples.

    Parameters
    ----------
    queries : Gallery
        Of N samples.
    gallery : Gallery or None
        None: each query ranks the other ones.
    alpha : float
        See `hiertools.evaluate_retrieval`.
    parts : ndarray of int, shape (N,), optional
        Where queries rank each other: parts, numbered from 0, that are left out one after the
        other, as queries and from the lists of the other queries.

    Returns
    -------
    scores : ndarray of float, shape (3 L + 3, N)
        `BY_LEVEL` of the first level, of the next, ..., then `GRADED`; NaN where nothing is
        relevant.
    left_out : ndarray of float, shape (3 L + 3, number of parts)
    """
    shown = queries if gallery is None else gallery
    n, size = len(queries.vectors), len(shown.vectors)
    n_parts = 0 if parts is None else int(parts.max()) + 1
    levels = len(queries.groups)
    found = np.empty((3 * levels + 3, n))
    ranked = _ranking(queries, shown, gallery is None, parts)
    worth = _Worth.of(levels, alpha, size)

    def block(start: int) -> tuple[Floats, Floats]:
        rows = slice(start, min(start + step, n))
        lists = ranked(rows)
        found[:, rows] = lists.scores(worth)
        sums = np.zeros((2, len(found), n_parts))
        for part in range(n_parts):
            assert parts is not None
            left = lists.scores(worth, part)[:, parts[rows] != part]
            sums[0, :, part] = np.nansum(left, axis=1)
            sums[1, :, part] = (~np.isnan(left)).sum(axis=1)
        return sums[0], sums[1]

    step = max(1, _BLOCK_BYTES // (queries.vectors.itemsize * max(1, size)))
    with one_blas_thread():
        blocks = thread_map(block, range(0, n, step))
    total, number = (sum(each, np.zeros((len(found), n_parts))) for each in zip(*blocks))
    with np.errstate(invalid="ignore"):
        return found, total / np.where(number > 0, number, np.nan)


def _ranking(
    queries: Gallery, shown: Gallery, each_other: bool, parts: Labels | None
) -> Callable[[slice], _Lists]:
    """Return what ranks the samples that are shown, for some of the queries."""
    from hiertools._kernels import neighbours as kernels

    columns = np.ascontiguousarray(shown.vectors.T)
    alike = Duplicates.of(shown.vectors)
    tolerance = rounding_of(str(shown.vectors.dtype), len(columns))
    size = columns.shape[1]
    part_of = np.zeros(size, dtype=np.int32) if parts is None else parts

    def ranked(rows: slice) -> _Lists:
        similarity = queries.vectors[rows] @ columns
        alike.equate(similarity)
        own = np.arange(rows.start, rows.stop)
        skip = own if each_other else np.full(own.size, -1)
        k = np.full(own.size, size - each_other)
        near = np.full((own.size, size - each_other), -1, dtype=np.int32)
        ends = np.zeros(near.shape, dtype=np.int32)
        value = np.empty(size, dtype=similarity.dtype)
        bits = value.view(f"u{value.itemsize}")
        kernels.neighbours(similarity, skip, k, tolerance, value, bits, near, ends)
        grades = np.zeros(near.shape, dtype=np.int8)
        for level, group in enumerate(shown.groups):
            grades += group[near] == queries.groups[level, rows, None]
        return _Lists(grades, ends, part_of[near])

    return ranked


def chance_scores(grades: NDArray[np.int8], levels: int, alpha: float) -> Floats:
    """Return what queries score on average over all orders of the gallery, (3 L + 3, N).

    `grades`, (N, G), tells how many levels each sample shares with the query.
    """
    ends = np.full(grades.shape, grades.shape[1], dtype=np.int32)
    worth = _Worth.of(levels, alpha, grades.shape[1])
    return _Lists(grades, ends, np.zeros_like(ends)).scores(worth)
