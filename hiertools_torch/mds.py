"""Proxies on the unit sphere whose distances follow a class tree's: metric scaling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from hiertools import ClassTree

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class MDSResult:
    """Unit vectors (C, D) and their stress."""

    vectors: Floats
    stress: float


def target_distances(
    source: ClassTree | ArrayLike,
    *,
    beta: float = 1.0,
    form: str = "euclidean",
    classes: Sequence[str] | None = None,
) -> Floats:
    """Return T(t)."""
    from hiertools.tree import ClassTree
    from hiertools.tree_ops import path_distances

    t = path_distances(source, classes) if isinstance(source, ClassTree) else np.asarray(source)
    most = math.sqrt(2) if form == "euclidean" else math.pi / 2
    return most * t / (beta + t)


def fit_sphere(targets: Floats, dim: int, *, form: str = "euclidean", seed: int = 0) -> MDSResult:
    """Fit."""
    gram = 1 - targets**2 / 2 if form == "euclidean" else np.cos(targets)
    values, vectors = np.linalg.eigh(gram)
    x = np.zeros((len(gram), dim))
    k = min(dim, len(gram))
    x[:, :k] = vectors[:, -k:] * np.sqrt(values[-k:].clip(0))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    cos = (x @ x.T).clip(-1, 1)
    d = np.sqrt(2 - 2 * cos) if form == "euclidean" else np.arccos(cos)
    return MDSResult(x, float(np.linalg.norm(d - targets) / np.linalg.norm(targets)))
