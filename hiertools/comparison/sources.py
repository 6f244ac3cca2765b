"""Models and runs, told apart from whatever holds them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from hiertools._core.checks import text_keys
from hiertools._core.own_names import ClassNames
from hiertools._core.tables import is_frame
from hiertools.errors import OptionError, RepresentativesError
from hiertools.hierarchy.linkage import named_distances
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.representatives.sources import as_representatives


def named_models(
    proxies: Any, classes: ClassNames | None, baseline: Any
) -> dict[str, list[ClassRepresentatives | DistanceMatrix]]:
    """Return the runs of each model; one model without a name is called ""."""
    if _is_several_models(proxies):
        models = {
            name: [as_source(run, classes) for run in (runs if _is_runs(runs) else [runs])]
            for name, runs in text_keys(proxies, "models").items()
        }
    else:
        models = {"": [as_source(proxies, classes)]}
    if baseline is not None:
        if "" in models:
            models = {"model": models[""]}
        if "baseline" in models:
            raise OptionError(
                'a model is named "baseline" already; rename it or leave baseline out.'
            )
        models["baseline"] = [as_source(baseline, classes if _is_bare(baseline) else None)]
    for name, runs in models.items():
        if not runs:
            raise OptionError(f"model {name!r} has no runs; give at least one.")
    return models


def _is_several_models(proxies: Any) -> bool:
    """Tell models by name from a mapping of class name to vector."""
    if not isinstance(proxies, Mapping):
        return False
    if not proxies:
        raise RepresentativesError("an empty mapping has no model and no class to compare.")
    first = next(iter(proxies.values()))
    if _is_runs(first):
        return True
    is_noun = isinstance(first, ClassRepresentatives | DistanceMatrix | str | os.PathLike)
    return is_noun or hasattr(first, "columns") or isinstance(first, Mapping) or _ndim(first) == 2


def _is_bare(source: Any) -> bool:
    """Tell arrays, which have no names, from what brings or reads some."""
    if isinstance(source, ClassRepresentatives | DistanceMatrix | Mapping | str | os.PathLike):
        return False
    return not is_frame(source)


def _is_runs(value: Any) -> bool:
    """Tell a list of representatives from a vector or a matrix."""
    return isinstance(value, list | tuple) and (not value or _ndim(value[0]) not in (0, 1))


def _ndim(value: Any) -> int:
    """Return the number of dimensions of an array or nested list; -1 for any other object."""
    if hasattr(value, "ndim"):
        return int(value.ndim)
    if isinstance(value, list | tuple):
        return 1 + _ndim(value[0]) if value and _ndim(value[0]) >= 0 else 1
    return 0 if isinstance(value, int | float) else -1


def as_source(source: Any, classes: ClassNames | None) -> ClassRepresentatives | DistanceMatrix:
    """Return one model from whatever holds its vectors or distances."""
    if isinstance(source, DistanceMatrix):
        return named_distances(source, classes)
    from hiertools.representatives.producers.registry import is_source, produce

    if is_source(source):
        return produce(source, **({} if classes is None else {"classes": classes}))
    return as_representatives(source, classes)
