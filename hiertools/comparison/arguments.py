"""The types of what `compare` takes, for a type checker; `options` and `sources` check values."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

from hiertools._core.own_names import ClassNames
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.settings import Settings
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "CompareOptions",
    "Model",
    "ModelOptions",
    "OneModel",
    "SeveralModels",
    "SeveralTrees",
    "SweepOptions",
]

Model: TypeAlias = (
    "ClassRepresentatives | DistanceMatrix | pd.DataFrame | str | os.PathLike[str]"
    " | Mapping[str, Sequence[float]]"
)
"""What is one model wherever it stands, also as a value in a mapping."""

OneModel: TypeAlias = "Model | NDArray[Any] | Sequence[Sequence[float]]"
"""What is one model if given by itself: in a mapping, an array may be the vector of one class."""

SeveralModels: TypeAlias = "Mapping[str, Model | Sequence[Model]]"
"""Models, or lists of runs of them, by name."""

SeveralTrees: TypeAlias = "Mapping[str, ClassTree] | Mapping[str, ClassTree | os.PathLike[str]]"
"""Trees by name; a mapping to texts is one tree, from class to lineage."""


class ModelOptions(TypedDict, total=False):
    """Options of `compare` about what is compared."""

    classes: ClassNames | None
    levels: Sequence[int | str] | int | str | None
    center: bool
    on_missing: str
    rename: Mapping[str, str] | None
    threads: int | None


class SweepOptions(ModelOptions, total=False):
    """Those that leave metric, linkage and scores open."""

    within: int | str | None
    strata: Mapping[str, object] | pd.Series[str] | str | os.PathLike[str] | None
    random_state: int
    settings: str | Settings


class CompareOptions(SweepOptions, total=False):
    """All options of `compare` for one model."""

    metric: str | None
    linkage: str | None
    scores: str | Iterable[str]
    permutations: int
    intervals: bool
