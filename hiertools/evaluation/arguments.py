"""The types of what `evaluate` takes, for a type checker; `options` and `sources` check values."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

from hiertools._core.own_names import ClassNames
from hiertools.evaluation.checklists import Taxa
from hiertools.evaluation.predictions import Predictions
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "EvaluateOptions",
    "EvaluatorOptions",
    "OneModel",
    "OneReading",
    "PredictionFields",
    "SearchOptions",
    "SeveralModels",
    "SeveralReadings",
]

Model: TypeAlias = "Predictions | pd.DataFrame | tuple[Any, Any]"
OneModel: TypeAlias = "Model | str | os.PathLike[str]"
"""What is one model if given by itself: in a mapping, a text may be the label of a sample."""

SeveralModels: TypeAlias = "Mapping[str, Model] | Mapping[str, os.PathLike[str]]"
"""Predictions of models by name."""

OneReading: TypeAlias = (
    "ClassRepresentatives | pd.DataFrame | str | os.PathLike[str] | NDArray[Any] | None"
)
"""What is one set of representatives, or none."""

SeveralReadings: TypeAlias = "Mapping[str, ClassRepresentatives] | Mapping[str, pd.DataFrame]"
"""Sets of representatives by name."""


class PredictionFields(TypedDict, total=False):
    """Fields of `Predictions` beside labels, scores and classes."""

    ranked: ArrayLike
    confidence: ArrayLike
    embeddings: ArrayLike
    score_kind: str
    sets: ArrayLike | Sequence[Iterable[str]]


class EvaluatorOptions(TypedDict, total=False):
    """Options of `evaluate` that change a number."""

    settings: str | Settings
    k: int | Sequence[int] | None
    hs_k: int | Sequence[int] | None
    similarity: str | None
    beta: float | None
    similarity_form: str | None
    metric: str | None
    hp_variant: str | None
    exclude_self: str | None
    ties: str | None
    levels: Sequence[int | str] | int | str | None
    n_bins: int
    intervals: bool
    n_bootstrap: int
    permutations: int
    confidence_level: float
    random_state: int
    dtype: str
    on_missing: str
    restrict: Taxa | None
    balanced: bool
    unknown: str
    summed: bool
    selective: str | None
    temperature: Any


class EvaluateOptions(EvaluatorOptions, total=False):
    """All options of `evaluate` but the representatives."""

    rule: Any
    classes: ClassNames | None
    score_kind: str | None
    rename: Mapping[str, str] | None
    groups: ArrayLike | str | None
    weights: ArrayLike | str | None
    threads: int | None


class SearchOptions(TypedDict, total=False):
    """Options of `evaluate_retrieval`."""

    groups: ArrayLike | str | None
    levels: Sequence[int | str] | int | str | None
    alpha: float
    intervals: bool
    permutations: int
    confidence_level: float
    classes: ClassNames | None
    rename: Mapping[str, str] | None
    on_missing: str
    dtype: str
    random_state: int
    threads: int | None
