"""Every score of test embeddings in one pass over their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools.measures.left_out import Gallery, LeftOut
from hiertools.measures.neighbours import iter_labelled_neighbours
from hiertools.measures.sample_retrieval import SampleRetrieval, retrieval_of
from hiertools.measures.similarity import (
    area_under_similarity,
    best_similarity_sums,
    similarity_curve,
)


@dataclass(frozen=True, eq=False)
class EmbeddingScores:
    """Similarity and retrieval scores of N embeddings, NaN where undefined."""

    at_k: Floats
    """HS@k for each wanted k, shape (N, number of them)."""
    area: Floats
    """AHS@K with K the largest wanted k, shape (N,)."""
    curve: Floats
    """HS@1..K, averaged over samples, shape (K,)."""
    retrieval: SampleRetrieval
    left_out: LeftOut | None = None
    """What their means do without each sample: those at k, the area, the three of retrieval."""


def embedding_scores(
    embeddings: NDArray[np.floating],
    labels: Ints,
    similarity: Floats,
    wanted_k: tuple[int, ...],
    *,
    exclude_self: str = "identity",
    dtype: str = "float32",
    ties: str = "expected",
    without_each: bool = False,
    weights: Floats | None = None,
) -> EmbeddingScores:
    """Return HS@k, AHS@K, P@1, R-precision and MAP@R of every sample.

    A k larger than the number of other samples is undefined: NaN. Of equally similar samples, the
    mean over all their orders is taken, or with ``ties="position"`` the order of classes.
    `without_each` asks for what the means do when each of the samples goes. The curve is the mean
    over samples that count as `weights`, (N,), has it; by default all count the same.
    """
    n = labels.size
    counts = np.bincount(labels, minlength=len(similarity))
    longest = max(wanted_k)
    reach = min(longest, n - 1)
    r = counts[labels] - 1
    at_k = np.full((n, len(wanted_k)), np.nan)
    area = np.full(n, np.nan)
    total, defined = np.zeros(longest), np.zeros(longest)
    found = np.full((3, n), np.nan)
    if reach == 0:
        return EmbeddingScores(at_k, area, np.full(longest, np.nan), SampleRetrieval(*found))
    best = best_similarity_sums(similarity, counts, reach)
    attainable = [(place, k - 1) for place, k in enumerate(wanted_k) if k <= reach]
    depth, gallery = np.maximum(r, reach), None
    if without_each:
        gallery = Gallery(labels, counts, similarity, wanted_k)
        depth = np.minimum(depth + 1, n - 1)
    for block in iter_labelled_neighbours(
        embeddings,
        labels,
        depth,
        exclude_self=exclude_self,
        dtype=dtype,
        ties=ties,
    ):
        here = block.samples
        curve = similarity_curve(block, similarity, best, reach)
        for place, at in attainable:
            at_k[here, place] = curve[:, at]
        if reach == longest:
            area[here] = area_under_similarity(curve)
        known = ~np.isnan(curve)
        if weights is not None:
            curve, known = curve * weights[here, None], known * weights[here, None]
        total[:reach] += np.nansum(curve, axis=0)
        defined[:reach] += known.sum(axis=0)
        retrieved = retrieval_of(block, r[here])
        found[:, here] = retrieved.precision_at_1, retrieved.r_precision, retrieved.map_at_r
        if gallery is not None:
            gallery.add(block, r[here])
    with np.errstate(invalid="ignore"):
        mean_curve = total / np.where(defined > 0, defined, np.nan)
    left_out = None
    if gallery is not None:
        left_out = gallery.left_out(np.concatenate([at_k.T, area[None], found]))
    return EmbeddingScores(at_k, area, mean_curve, SampleRetrieval(*found), left_out)
