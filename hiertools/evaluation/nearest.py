"""Prediction by the nearest representative of each embedding."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats
from hiertools._core.directions import Duplicates, unit_rows
from hiertools._core.near_ties import GAP
from hiertools._core.units import binary_unit
from hiertools.errors import PredictionsError
from hiertools.evaluation.predictions import Predictions
from hiertools.measures.mistakes import ranking, top_k
from hiertools.measures.neighbours import rounding_of
from hiertools.measures.ties import Ties, join_ties
from hiertools.representatives.representatives import ClassRepresentatives

__all__ = ["nearest"]

_BLOCK_ELEMENTS = 1 << 21


def nearest(
    predictions: Predictions,
    representatives: ClassRepresentatives,
    classes: Sequence[str],
    k: int,
    metric: str,
    ties: str,
) -> tuple[NDArray[np.int32], Ties | None]:
    """Return the classes of the k nearest representatives, nearest first, and which are tied.

    Classes are places among `classes`. With ``ties="expected"`` those are tied, too, that rounding
    alone keeps apart: it is not the same in batches of other sizes.
    """
    if predictions.embeddings is None:
        raise PredictionsError(
            "prediction by nearest representative needs embeddings; pass Predictions with "
            "embeddings=..."
        )
    having = set(representatives.classes)
    known = np.array([place for place, name in enumerate(classes) if name in having])
    vectors = representatives.take([classes[i] for i in known]).vectors
    embeddings = predictions.embeddings
    if embeddings.shape[1] != vectors.shape[1]:
        raise PredictionsError(
            f"embeddings have {embeddings.shape[1]} dimensions, but the representatives "
            f"{vectors.shape[1]}; both must come from the same space."
        )
    k = min(k, len(vectors))
    # Nearest by direction is nearest by chord, angle and cosine.
    unit = None if metric == "raw_euclidean" else unit_rows(vectors, "float64")
    rows = max(1, _BLOCK_ELEMENTS // len(vectors))
    alike = Duplicates.of(vectors if unit is None else unit)
    slack = rounding_of("float64", vectors.shape[1])
    parts = []
    for start in range(0, len(embeddings), rows):
        part = embeddings[start : start + rows]
        if unit is None:
            nearness, size = _nearness(part, vectors)
        else:
            nearness, size = unit_rows(part, "float64") @ unit.T, np.ones(len(part))
        alike.equate(nearness)
        if ties == "expected":
            _join_near(nearness, k, slack * size)
        parts.append(ranking(nearness, k))
    ranked = np.concatenate([found for found, _ in parts])
    tied = join_ties([each for _, each in parts], [len(found) for found, _ in parts])
    return known[ranked].astype(np.int32), tied and tied.renamed(known, len(classes))


def _nearness(embeddings: NDArray[np.floating], vectors: Floats) -> tuple[Floats, Floats]:
    """Return what ranks vectors by how near they are to each embedding, the largest first.

    |e - w|^2 / 2 and |w|^2 / 2 - e.w differ by |e|^2 / 2, the same for every w. Powers of two keep
    both terms from overflowing, whatever the size of either. Beside it, how large the terms of each
    embedding may be.
    """
    own = binary_unit(vectors)
    w = vectors / own
    power = np.frexp(np.abs(embeddings).max(axis=1, initial=0.0))[1].astype(np.int64)
    e = np.ldexp(embeddings.astype(np.float64), -power[:, None])
    lead = power - (math.frexp(own)[1] - 1)
    shrunk, far = np.minimum(lead, 0), np.maximum(lead, 0)
    product = np.ldexp(e @ w.T, shrunk[:, None])
    half = 0.5 * np.einsum("ij,ij->i", w, w)
    score: Floats = product - np.ldexp(half[None, :], -far[:, None])
    longest = float(half.max())
    length = np.sqrt(np.einsum("ij,ij->i", e, e) * 2.0 * longest)
    return score, np.maximum(np.ldexp(length, shrunk), np.ldexp(longest, -far))


def _join_near(nearness: Floats, k: int, tolerance: Floats) -> None:
    """Make equal what rounding alone keeps apart among the best k of a row, or next to them.

    By the rule of ``hiertools._core.near_ties``, in place: (N, C), with the tolerance of each row.
    """
    wide = min(k + 1, nearness.shape[1])
    best = np.take_along_axis(nearness, top_k(nearness, wide), axis=1)
    drop = best[:, :-1] - best[:, 1:]
    near = ((drop > 0) & (drop <= GAP * tolerance[:, None])).any(axis=1)
    if wide > k:
        near |= drop[:, -1] == 0  # more of what is tied with the last place may follow
    rows = np.flatnonzero(near)
    if not rows.size:
        return
    order = np.argsort(-nearness[rows], axis=1, kind="stable")
    value = np.take_along_axis(nearness[rows], order, axis=1)
    begins, ends = np.ones(value.shape, dtype=bool), np.ones(value.shape, dtype=bool)
    begins[:, 1:] = value[:, :-1] - value[:, 1:] > GAP * tolerance[rows, None]
    ends[:, :-1] = begins[:, 1:]
    place = np.arange(value.shape[1])
    first = np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, place, place.size)[:, ::-1], axis=1)[:, ::-1]
    top = np.take_along_axis(value, first, axis=1)
    narrow = top - np.take_along_axis(value, last, axis=1) <= tolerance[rows, None]
    joined = np.empty_like(value)
    np.put_along_axis(joined, order, np.where(narrow, top, value), axis=1)
    nearness[rows] = joined
