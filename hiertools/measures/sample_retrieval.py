"""P@1, R-precision and MAP@R of test samples: do neighbours share a class?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools.errors import PredictionsError
from hiertools.measures.neighbours import LabelledNeighbours, iter_labelled_neighbours

__all__ = ["SampleRetrieval", "retrieval_from_neighbours", "retrieval_of", "sample_retrieval"]


@dataclass(frozen=True, eq=False)
class SampleRetrieval:
    """Retrieval scores of each test sample, all of shape (N,), NaN for a sample without company."""

    precision_at_1: Floats
    r_precision: Floats
    map_at_r: Floats


def retrieval_from_neighbours(matches: ArrayLike, relevant: ArrayLike) -> SampleRetrieval:
    """Return the retrieval scores of samples whose ordered neighbours are known.

    Parameters
    ----------
    matches : array_like of bool, shape (n, k)
        Whether each neighbour, most similar first, belongs with the sample.
    relevant : array_like of int, shape (n,)
        R: how many other samples belong with it; at most k.

    Examples
    --------
    >>> found = retrieval_from_neighbours([[True, False, True]], [3])
    >>> found.r_precision.round(3), found.map_at_r.round(3)
    (array([0.667]), array([0.556]))
    """
    hit = np.asarray(matches, dtype=bool)
    known = LabelledNeighbours.untied(np.ones(len(hit), dtype=np.int64), hit)
    return retrieval_of(known, np.asarray(relevant, dtype=np.int64))


def retrieval_of(found: LabelledNeighbours, relevant: Ints) -> SampleRetrieval:
    """Return the retrieval scores of samples whose neighbours, some of them tied, are known.

    Of tied neighbours the mean over all their orders is taken, as
    `hiertools.measures.retrieval.retrieval_scores` does among classes.
    """
    from hiertools._kernels import retrieval as kernels

    out = np.empty((3, found.own.size))
    kernels.retrieval_per_sample(
        found.near, found.ends, found.k, found.spill, found.own, relevant, out
    )
    return SampleRetrieval(*out)


def sample_retrieval(
    embeddings: ArrayLike,
    labels: ArrayLike,
    *,
    exclude_self: str = "identity",
    dtype: str = "float32",
    ties: str = "expected",
) -> SampleRetrieval:
    """Return P@1, R-precision and MAP@R of every test sample, by cosine similarity.

    With R the number of other samples of the same class: P@1 is whether the most similar sample has
    the class; R-precision the share of the first R that have it; MAP@R the mean over the first R
    places of the precision at that place, counted as 0 where the sample there has another class.
    Of equally similar samples, the mean over all their orders is taken.

    Parameters
    ----------
    embeddings : array_like of float, shape (N, D)
        Of any length but zero.
    labels : array_like, shape (N,)
        Class (or the node of a level, for retrieval at that level) of each sample.
    exclude_self, dtype
        See `hiertools.measures.neighbours.iter_neighbours`.
    ties : {"expected", "position"}
        What to do about equally similar samples: the mean over all orders, or class order, then
        position.

    Returns
    -------
    SampleRetrieval
        Each score in [0, 1], higher is better; NaN for a sample that is alone in its class. Take
        ``numpy.nanmean`` for the score of a model.

    References
    ----------
    K. Musgrave, S. Belongie, S.-N. Lim (2020), A metric learning reality check, section 3.2,
    doi:10.1007/978-3-030-58595-2_41.

    Examples
    --------
    >>> found = sample_retrieval([[1, 0], [2, 1], [0, 1], [1, 3]], ["a", "a", "b", "b"])
    >>> found.map_at_r
    array([1., 1., 1., 1.])
    """
    given = checks.unmasked(labels, "labels", PredictionsError)
    _, own, counts = np.unique(given, return_inverse=True, return_counts=True)
    own = own.reshape(-1)
    vectors = checks.real_array(embeddings, "embeddings", PredictionsError)
    if vectors.ndim != 2 or len(vectors) != own.size:
        raise PredictionsError(
            f"{len(vectors)} embeddings and {own.size} labels; give one a sample."
        )
    relevant = counts[own] - 1
    scores: NDArray[np.float64] = np.empty((3, own.size))
    for block in iter_labelled_neighbours(
        vectors, own, relevant, exclude_self=exclude_self, dtype=dtype, ties=ties
    ):
        found = retrieval_of(block, relevant[block.samples])
        scores[:, block.samples] = found.precision_at_1, found.r_precision, found.map_at_r
    return SampleRetrieval(*scores)
