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
from hiertools.representatives.files import read_representatives
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.representatives.tables import from_frame


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
        tensor may need a gradient or sit on a GPU.
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
        read = _read_any(source, classes)
        return (
            read
            if kind is None
            else ClassRepresentatives(read.as_given, read.classes, kind, read.provenance)
        )
    if isinstance(source, Mapping):
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
        return ClassRepresentatives(rows, names, kind_or_default)
    if is_frame(source):
        return from_frame(source, classes, kind_or_default, "the DataFrame")
    _refuse_model(source)
    array = plain(source, "class representatives", RepresentativesError)
    if classes is None:
        raise RepresentativesError(
            f"an array of shape {np.shape(array)} has no class names; "
            "pass classes=[...], one a row."
        )
    return ClassRepresentatives(array, classes, kind_or_default)


def _read_any(source: str | os.PathLike[str], classes: ClassNames | None) -> ClassRepresentatives:
    from hiertools.representatives.producers.registry import is_source, produce

    if not is_source(source):
        return read_representatives(source, classes)
    found = produce(source, **({} if classes is None else {"classes": classes}))
    if not isinstance(found, ClassRepresentatives):
        raise RepresentativesError(
            f"{source} gives distances between classes and no vectors, which are needed here."
        )
    return found


def _refuse_model(source: object) -> None:
    """Say how the vectors of a model are read, where the model itself was given."""
    for sign, reader in (("named_parameters", "from_module"), ("get_params", "from_sklearn_model")):
        if hasattr(source, sign):
            raise RepresentativesError(
                f"a {type(source).__name__} is a model; give the vectors of its classes: "
                f"hiertools.producers.{reader}(model)."
            )
