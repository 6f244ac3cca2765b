"""Models and runs, told apart from whatever holds them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from hiertools._core import checks
from hiertools._core.checks import text_keys
from hiertools._core.own_names import ClassNames
from hiertools._core.tables import is_frame
from hiertools.errors import ClassMismatchError, OptionError, RepresentativesError
from hiertools.hierarchy.linkage import named_distances
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.representatives.model_objects import is_model, refuse_state_dict
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.representatives.sources import as_model
from hiertools.trees.operations import restrict
from hiertools.trees.tree import ClassTree

Source: TypeAlias = ClassRepresentatives | DistanceMatrix | ClassTree
"""What stands for one run of a model."""


def named_models(
    proxies: Any, classes: ClassNames | None, baseline: Any
) -> dict[str, list[Source]]:
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
        controls = baseline if _is_runs(baseline) else [baseline]
        models["baseline"] = [
            as_source(run, classes if _is_bare(run) else None) for run in controls
        ]
    for name, runs in models.items():
        if not runs:
            raise OptionError(f"model {name!r} has no runs; give at least one.")
    return models


def of_same_classes(
    sources: Mapping[str, Source], on_missing: str, nouns: str = "models"
) -> tuple[dict[str, Source], tuple[str, ...]]:
    """Return models, or trees, over the same classes, and notes on what was left out.

    A score depends on which classes there are, so models of different classes can't be told apart
    by their scores: that is an error, unless ``on_missing="drop"`` restricts all to the classes
    that they share.

    Parameters
    ----------
    sources : mapping of str to ClassRepresentatives or DistanceMatrix
        By what to call each in messages.
    on_missing : {"error", "drop"}
    nouns : str
        What all of them are, in messages.
    """
    (first, *_), known = sources, {name: set(source.classes) for name, source in sources.items()}
    shared = set.intersection(*known.values())
    everything = set.union(*known.values())
    if shared == everything:
        return dict(sources), ()
    if on_missing == "error":
        other = next(name for name in sources if known[name] != known[first])
        told = different_classes(first, known[first], other, known[other], nouns)
        raise ClassMismatchError(told)
    if not shared:
        raise ClassMismatchError(
            f"the {len(sources)} {nouns} share no class; give all of them the same names."
        )
    lost = sorted(everything - shared)
    note = (
        f"{len(lost)} of {len(everything)} classes {'is' if len(lost) == 1 else 'are'} not in all "
        f"{nouns} and {'was' if len(lost) == 1 else 'were'} left out of all: "
        f"{checks.name_list(lost)}."
    )
    kept = {
        name: taken(source, [own for own in source.classes if own in shared])
        for name, source in sources.items()
    }
    return kept, (note,)


def different_classes(
    first: str, mine: Iterable[str], other: str, theirs: Iterable[str], nouns: str = "models"
) -> str:
    """Say which classes two models, or trees, don't share, and what to do."""
    odd = sorted(set(mine) ^ set(theirs))
    verb = "is" if len(odd) == 1 else "are"
    return (
        f"{nouns} can be compared only over the same classes, but {checks.name_list(odd)} {verb} "
        f"in one of {first} and {other} only; give both the same classes, or pass "
        f'on_missing="drop" to restrict all {nouns} to the classes they share.'
    )


def matched(
    models: Mapping[str, Sequence[Source]], on_missing: str
) -> tuple[dict[str, list[Source]], tuple[str, ...]]:
    """Return the runs of all models over the same classes, and notes on what was left out."""
    called = {
        name: [
            f"{name!r}" if len(runs) == 1 else f"run {place} of {name!r}"
            for place in range(1, len(runs) + 1)
        ]
        for name, runs in models.items()
    }
    flat = {text: run for name, runs in models.items() for text, run in zip(called[name], runs)}
    kept, notes = of_same_classes(flat, on_missing)
    return {name: [kept[text] for text in texts] for name, texts in called.items()}, notes


def _is_several_models(proxies: Any) -> bool:
    """Tell models by name from a mapping of class name to vector."""
    if not isinstance(proxies, Mapping):
        return False
    if not proxies:
        raise RepresentativesError("an empty mapping has no model and no class to compare.")
    first = next(iter(proxies.values()))
    if _is_runs(first):
        return True
    refuse_state_dict(proxies)
    is_noun = isinstance(first, Source | str | os.PathLike)
    if is_model(first):
        return True
    return is_noun or hasattr(first, "columns") or isinstance(first, Mapping) or _ndim(first) == 2


def _is_bare(source: Any) -> bool:
    """Tell arrays, which have no names, from what brings or reads some."""
    if isinstance(source, Source | Mapping | str | os.PathLike):
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


def as_source(source: Any, classes: ClassNames | None) -> Source:
    """Return one model from whatever holds its vectors or distances; a tree is one, too."""
    if isinstance(source, ClassTree):
        return source
    if isinstance(source, DistanceMatrix):
        return named_distances(source, classes)
    return as_model(source, classes)


def taken(source: Source, classes: Sequence[str]) -> Source:
    """Return a model of some of its classes, in this order; a tree keeps its own."""
    return restrict(source, classes) if isinstance(source, ClassTree) else source.take(classes)
