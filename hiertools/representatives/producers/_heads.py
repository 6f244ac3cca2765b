"""Which of a model's matrices is its head, and along which axis the classes lie."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hiertools._core import checks
from hiertools.errors import RepresentativesError
from hiertools.representatives.producers._names import Names, class_list
from hiertools.representatives.representatives import ClassRepresentatives

AXES = ("rows", "columns")

_WRAPPERS = r"(?:module|model|base_model|network|net)"
_ANYWHERE = r"(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module)"
"""Steps of a name that torch.compile, DistributedDataParallel, Lightning and the like put in."""


@dataclass(frozen=True)
class Matrix:
    """A matrix that could be the head.

    Attributes
    ----------
    name : str
    values : array or tensor, shape (a, b), or (a, b, 1, ...) of a convolution
        Or what numpy makes an array of; it is asked for its values only if it is the head.
    axis : {"rows", "columns", None}
        Where the classes lie if this is the head; None if the source does not say.
    likely : bool
        Whether it is a linear layer. Others (proxies of a loss, embedding tables) are looked at
        only where no linear layer fits.
    guess : {"rows", "columns", None}
        Where the classes lie by convention, which their number may contradict.
    problem : str
        Why its values are not those that the layer uses; told only if this is the head.
    centres : int
        How many vectors a class has; more than one can't be read.
    """

    name: str
    values: Any
    axis: str | None = None
    likely: bool = True
    guess: str | None = None
    problem: str = ""
    centres: int = 1

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.values.shape[0]), int(self.values.shape[1])

    def axes(self, n_classes: int, orientation: str | None) -> list[str]:
        """Axes along which there are as many values as classes."""
        allowed = AXES if (orientation or self.axis) is None else (orientation or self.axis,)
        wanted = n_classes * self.centres
        return [a for a in AXES if a in allowed and self.shape[AXES.index(a)] == wanted]


def head_representatives(
    matrices: Sequence[Matrix],
    classes: Names,
    where: str,
    *,
    found: Sequence[str] | None = None,
    layer: str | None = None,
    orientation: str | None = None,
    provenance: dict[str, Any] | None = None,
    n_classes: int | None = None,
) -> ClassRepresentatives:
    """Find the head among `matrices` and name its vectors.

    `n_classes` is what the source says of its number of outputs; it is used where names are
    asked to be indices.
    """
    if orientation is not None:
        checks.option(orientation, AXES, "orientation")
    if not matrices:
        raise RepresentativesError(f"{where} has no linear layer, so there is no head to read.")
    if layer is not None:
        pool = [_named(matrices, str(layer), where)]
    else:
        pool = list(matrices)
    if classes is not None and not any(m.axes(len(found or ()), orientation) for m in pool):
        found = None  # names of something else: no matrix has as many rows or columns
    if classes is None and found is None:
        needed = _needed_for_indices(pool, n_classes, orientation, where)
        imagenet = n_classes == 1000 or any(1000 in m.shape for m in pool if m.likely)
        raise RepresentativesError(
            f"{where} carries no class names; pass classes=[...] (or a file with one name a "
            f"line), or classes='indices'{needed} to call them '0', '1', ..."
            + " If they are ImageNet's: classes=load_imagenet_tree().classes, or ?names=imagenet "
            "behind a source." * imagenet
        )
    names = class_list(classes, where, found)
    if names is None:
        n_classes = len(found) if found is not None else n_classes
        chosen, axis = _only(pool, n_classes, orientation, where)
    else:
        chosen, axis = _fitting(pool, len(names), orientation, where)
    what = f"{where}: {chosen.name!r}"
    _refuse_unreadable(chosen, axis, what)
    values = checks.unmasked(chosen.values, what, RepresentativesError).reshape(chosen.shape)
    vectors = values if axis == "rows" else values.T
    if names is None:
        names = [str(i) for i in range(len(vectors))]
    return ClassRepresentatives(
        checks.real_array(vectors, what, RepresentativesError),
        names,
        "weights",
        {**(provenance or {}), "layer": chosen.name, "classes_on": axis},
    )


def _refuse_unreadable(chosen: Matrix, axis: str, what: str) -> None:
    if chosen.problem:
        raise RepresentativesError(f"{what} {chosen.problem}.")
    if chosen.centres > 1:
        k = chosen.centres
        rows = "weights" if axis == "rows" else "weights.T"
        raise RepresentativesError(
            f"{what} holds {k} centres a class (as SubCenterArcFace and SoftTriple do), so a class "
            f"has no one vector; give their mean, {rows}.reshape(n_classes, {k}, -1).mean(1), with "
            "the class names to ClassRepresentatives, or prototypes of the embeddings."
        )


def _named(matrices: Sequence[Matrix], layer: str, where: str) -> Matrix:
    for wanted in (layer, f"{layer}.weight"):
        for matrix in matrices:
            if matrix.name == wanted:
                return matrix
    within = [
        m for m in matrices if bare_name(m.name) in (bare_name(layer), bare_name(f"{layer}.weight"))
    ]
    if len(within) > 1:
        raise RepresentativesError(
            f"{where}: {len(within)} matrices could be meant by layer={layer!r}: "
            f"{checks.name_list(m.name for m in within)}; give the whole name."
        )
    if within:
        return within[0]
    names = [matrix.name for matrix in matrices]
    near = checks.closest(layer, names)
    hint = f" Did you mean {near!r}?" if near else ""
    raise RepresentativesError(
        f"{where} has no matrix {layer!r}; its last ones are {checks.name_list(names[-5:])}.{hint}"
    )


def bare_name(name: str) -> str:
    """Return the name of a layer without what wraps the model that it is in.

    Examples
    --------
    >>> bare_name("module._orig_mod.model.fc.weight")
    'fc.weight'
    """
    name = re.sub(rf"(?:^|(?<=\.)){_ANYWHERE}\.", "", name)
    name = re.sub(r"\.(?:modules_to_save\.\w+|base_layer)(?=\.|$)", "", name)
    return re.sub(rf"^(?:{_WRAPPERS}\.)+", "", name)


def _only(
    pool: Sequence[Matrix], n_classes: int | None, orientation: str | None, where: str
) -> tuple[Matrix, str]:
    """Return the only matrix that could be a head, where nothing but the source says which."""
    if n_classes is not None:
        for likely in (True, False):
            fitting = _different(
                [m for m in pool if m.likely == likely and m.axes(n_classes, orientation)]
            )
            if len(fitting) == 1 and len(fitting[0].axes(n_classes, orientation)) == 1:
                return fitting[0], fitting[0].axes(n_classes, orientation)[0]
            if fitting:
                break
    candidates = _candidates(pool)
    if len(candidates) > 1:
        last = candidates[-checks.MOST_NAMED :]
        few = "" if len(last) == len(candidates) else "; the last ones are"
        raise RepresentativesError(
            f"{where}: {len(candidates)} matrices could be the head{few or ':'} "
            f"{', '.join(f'{m.name!r} ({_size(m)})' for m in last)}, and nothing says which; name "
            f"it with layer=, such as layer={last[-1].name!r}, or give the names of the classes."
        )
    axis = orientation or candidates[0].axis or candidates[0].guess
    if axis is None:
        raise RepresentativesError(
            f"{where}: {candidates[0].name!r} is {_size(candidates[0])}, and nothing says which of "
            "these counts the classes; give their names, or orientation='rows' or 'columns'."
        )
    return candidates[0], axis


def _candidates(pool: Sequence[Matrix]) -> list[Matrix]:
    return _different([m for m in pool if m.likely] or list(pool))


def _needed_for_indices(
    pool: Sequence[Matrix], n_classes: int | None, orientation: str | None, where: str
) -> str:
    """Say what ``classes='indices'`` needs beside it, so that the advice works."""
    try:
        _only(pool, n_classes, orientation, where)
    except RepresentativesError:
        candidates = _candidates(pool)
        needed = []
        if len(candidates) > 1:
            some = [repr(m.name) for m in candidates[-checks.MOST_NAMED :]]
            more = "one of " if len(some) == len(candidates) else "perhaps one of "
            needed.append(f"layer= ({more}{', '.join(some)})")
        if orientation is None and any((m.axis or m.guess) is None for m in candidates):
            needed.append("orientation='rows' or 'columns'")
        return f" with {' and '.join(needed)}"
    return ""


def _fitting(
    pool: Sequence[Matrix], n_classes: int, orientation: str | None, where: str
) -> tuple[Matrix, str]:
    """Return the only matrix that fits the number of names."""
    for likely in (True, False):
        fitting = _different(
            [m for m in pool if m.likely == likely and m.axes(n_classes, orientation)]
        )
        if len(fitting) > 1:
            raise RepresentativesError(
                f"{where}: {len(fitting)} matrices fit {n_classes} classes: "
                f"{checks.name_list(m.name for m in fitting)}; say which is the head with layer=."
            )
        if fitting:
            axes = fitting[0].axes(n_classes, orientation)
            if len(axes) > 1:
                raise RepresentativesError(
                    f"{where}: {fitting[0].name!r} is {_size(fitting[0])}, so {n_classes} classes "
                    "fit its rows and its columns; say which with orientation='rows' or 'columns'."
                )
            _refuse_perhaps_several(fitting[0], axes, n_classes, orientation, where)
            return fitting[0], axes[0]
    seen = ", ".join(f"{m.name!r} ({_seen(m)})" for m in pool[-checks.MOST_NAMED :])
    what = {"rows": "rows", "columns": "columns", None: "rows or columns"}[orientation]
    several = next((m for m in reversed(pool) if _multiple(m, n_classes)), None)
    hint = "" if several is None else (
        f" If {several.name!r} holds {_multiple(several, n_classes)} centres a class (as "
        "SubCenterArcFace and SoftTriple do), give their mean to ClassRepresentatives."
    )  # fmt: skip
    raise RepresentativesError(
        f"{where}: {n_classes} class names, but no matrix has {n_classes} {what}; the last ones "
        f"are {seen}. Check the names, or name the head with layer=.{hint}"
    )


def _refuse_perhaps_several(
    matrix: Matrix, axes: list[str], n_classes: int, orientation: str | None, where: str
) -> None:
    """Refuse proxies called as where they lie on the columns, whose rows fit by their width."""
    if axes != ["rows"] or orientation or matrix.axis or matrix.guess:
        return
    count = _multiple(matrix, n_classes)
    if count and matrix.name.rpartition(".")[2] in ("W", "fc"):
        raise RepresentativesError(
            f"{where}: {matrix.name!r} is {_size(matrix)}, which {n_classes} classes fit on its "
            f"rows, or with {count} centres each on its columns (as SubCenterArcFace and "
            "SoftTriple keep them); say orientation='rows' for the first, and of centres give the "
            "mean to ClassRepresentatives."
        )


def _multiple(matrix: Matrix, n_classes: int) -> int:
    """Return how often the number of classes goes into the columns of proxies; 0 for never."""
    count, rest = divmod(matrix.shape[1], max(n_classes, 1))
    return count if not matrix.likely and rest == 0 and count > 1 else 0


def _different(fitting: list[Matrix]) -> list[Matrix]:
    """Leave out matrices that are tied to an earlier one: one memory under two names."""
    kept: dict[object, Matrix] = {}
    for matrix in fitting:
        kept.setdefault(_memory(matrix), matrix)
    return list(kept.values())


def _memory(matrix: Matrix) -> object:
    """Return where a tensor of torch lies; what has no such place is like nothing else."""
    try:
        place = int(matrix.values.data_ptr())
    except (AttributeError, RuntimeError, NotImplementedError):  # numpy's, and sparse tensors
        place = 0
    return (place, matrix.shape, matrix.axis) if place else matrix.name


def _size(matrix: Matrix) -> str:
    return "{} x {}".format(*matrix.shape)


def _seen(matrix: Matrix) -> str:
    sides = {"rows": ", outputs on its rows", "columns": ", outputs on its columns", None: ""}
    return _size(matrix) + sides[matrix.axis]
