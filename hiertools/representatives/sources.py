"""One way in for whatever holds a labelled matrix."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import plain
from hiertools._core.doors import door
from hiertools._core.own_names import ClassNames, agreed_names
from hiertools._core.tables import is_frame
from hiertools.errors import RepresentativesError
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.representatives.files import read_model
from hiertools.representatives.model_objects import produced_from_object, refuse_state_dict
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.representatives.square_tables import kind_of_square
from hiertools.representatives.tables import from_frame, refuse_distances, vectors_or_distances


@door
def as_representatives(
    source: Any, /, classes: ClassNames | None = None, *, kind: str | None = None
) -> ClassRepresentatives:
    """Return class representatives from whatever holds a labelled matrix.

    Parameters
    ----------
    source : ClassRepresentatives, DataFrame, mapping, path, tensor, or array_like
        A DataFrame has the class names as its index, or in its first column if that is text. A
        mapping goes from class name to vector. A path is read by `read_representatives`;
        ``"timm:resnet50"``, and the path of a model, by `hiertools.producers.produce`. A torch
        tensor may need a gradient or sit on a GPU. A model itself, as `from_module` of
        `hiertools.producers` (PyTorch; also the ``model`` of a pipeline of transformers) and
        `from_sklearn_model` read it.
    classes : sequence of str, optional
        Names of the rows; needed for bare arrays. Where the source has names of its own, others are
        refused: ``take`` gives another order, ``rename=`` of `compare` other names.
    kind : str, optional
        What the vectors are; default what the source says, else "representative".

    Returns
    -------
    ClassRepresentatives

    Examples
    --------
    >>> import hiertools as ht
    >>> ht.as_representatives({"lynx": [1.0, 0.0], "newt": [0.0, 1.0]})
    ClassRepresentatives(2 classes x 2 dimensions, kind='representative')
    """
    if isinstance(source, ClassRepresentatives):
        names = agreed_names(classes, source.classes, "the ClassRepresentatives object")
        if kind in (None, source.kind) and names == source.classes:
            return source
        return ClassRepresentatives(
            source.as_given, names, source.kind if kind is None else kind, source.provenance
        )
    kind_or_default = kind or "representative"
    if isinstance(source, str | os.PathLike):
        return _of_kind(_read_any(source, classes), kind)
    if isinstance(source, Mapping):
        refuse_state_dict(source)
        own = checks.class_names(source, "the mapping", RepresentativesError)
        names = agreed_names(classes, own, "the mapping")
        rows = [
            plain(vector, f"the vector of {name!r}", RepresentativesError)
            for name, vector in source.items()
        ]
        lengths = {np.shape(row) for row in rows}
        if len(lengths) > 1:
            raise RepresentativesError(
                f"the vectors of a mapping must have one length; got shapes "
                f"{', '.join(map(str, sorted(lengths)))}."
            )
        _refuse_square(rows)
        return ClassRepresentatives(rows, names, kind_or_default)
    if is_frame(source):
        return from_frame(source, classes, kind_or_default, "the DataFrame")
    produced = produced_from_object(source, classes)
    if produced is not None:
        return _of_kind(produced, kind)
    array = checks.unmasked(source, "class representatives", RepresentativesError)
    if not np.ndim(array):
        raise RepresentativesError(
            f"{source!r} ({type(source).__name__}) holds no vectors of classes; give a matrix with "
            "classes=[...], a mapping of each class to its vector, a DataFrame, a file, or a model."
        )
    _refuse_square(array)
    if classes is None:
        raise RepresentativesError(
            f"an array of shape {np.shape(array)} has no class names; "
            "pass classes=[...], one a row."
        )
    return ClassRepresentatives(array, classes, kind_or_default)


def as_model(
    source: Any, /, classes: ClassNames | None = None
) -> ClassRepresentatives | DistanceMatrix:
    """Return class representatives, or distances where a file or a table holds such."""
    if is_frame(source):
        return vectors_or_distances(source, classes, "representative", "the DataFrame")
    if isinstance(source, str | os.PathLike):
        return _read_model(source, classes)
    return as_representatives(source, classes)


def _refuse_square(array: Any) -> None:
    """Refuse a bare array of distances, which would be taken for vectors."""
    try:
        values = np.asarray(array)
    except (TypeError, ValueError):
        return  # said where it is checked
    if (
        values.dtype.kind in "fiu"
        and kind_of_square(checks.doubles(values), (), None) == "distances"
    ):
        raise RepresentativesError(
            f"the array of shape {values.shape} holds distances (symmetric, 0 along the diagonal), "
            "not vectors; give DistanceMatrix(array, classes), or ClassRepresentatives(array, "
            "classes) if they are vectors all the same."
        )


def _read_any(source: str | os.PathLike[str], classes: ClassNames | None) -> ClassRepresentatives:
    return refuse_distances(_read_model(source, classes), os.fspath(source))


def _read_model(
    source: str | os.PathLike[str], classes: ClassNames | None
) -> ClassRepresentatives | DistanceMatrix:
    from hiertools.representatives.producers.registry import is_source, produce

    if not is_source(source):
        return read_model(source, classes)
    return produce(source, **({} if classes is None else {"classes": classes}))


def _of_kind(read: ClassRepresentatives, kind: str | None) -> ClassRepresentatives:
    if kind is None:
        return read
    return ClassRepresentatives(read.as_given, read.classes, kind, read.provenance)
