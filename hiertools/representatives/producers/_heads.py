"""Which of a model's matrices is its head, and along which axis the classes lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hiertools._core import checks
from hiertools.errors import RepresentativesError
from hiertools.representatives.producers._names import Names, class_list
from hiertools.representatives.representatives import ClassRepresentatives

AXES = ("rows", "columns")


@dataclass(frozen=True)
class Matrix:
    """A matrix that could be the head.

    Attributes
    ----------
    name : str
    values : array or tensor, shape (a, b) or (a, b, 1, 1)
        Or what numpy makes an array of; it is asked for its values only if it is the head.
    axis : {"rows", "columns", None}
        Where the classes lie if this is the head; None if the source does not say.
    likely : bool
        Whether it is a linear layer. Others (proxies of a loss, embedding tables) are looked at
        only where no linear layer fits.
    """

    name: str
    values: Any
    axis: str | None = None
    likely: bool = True

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.values.shape[0]), int(self.values.shape[1])

    def axes(self, n_classes: int, orientation: str | None) -> list[str]:
        """Axes along which there are as many values as classes."""
        allowed = AXES if (orientation or self.axis) is None else (orientation or self.axis,)
        return [a for a in AXES if a in allowed and self.shape[AXES.index(a)] == n_classes]


def head_representatives(
    matrices: Sequence[Matrix],
    classes: Names,
    where: str,
    *,
    found: Sequence[str] | None = None,
    layer: str | None = None,
    orientation: str | None = None,
    provenance: dict[str, Any] | None = None,
) -> ClassRepresentatives:
    """Find the head among `matrices` and name its vectors."""
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
    names = class_list(classes, where, found)
    chosen, axis = _choose(pool, len(names) if names is not None else None, orientation, where)
    what = f"{where}: {chosen.name!r}"
    values = checks.unmasked(chosen.values, what, RepresentativesError).reshape(chosen.shape)
    vectors = values if axis == "rows" else values.T
    if names is None:
        names = [str(i) for i in range(len(vectors))]
    return ClassRepresentatives(
        vectors, names, "weights", {**(provenance or {}), "layer": chosen.name, "classes_on": axis}
    )


def _named(matrices: Sequence[Matrix], layer: str, where: str) -> Matrix:
    for wanted in (layer, f"{layer}.weight"):
        for matrix in matrices:
            if matrix.name == wanted:
                return matrix
    names = [matrix.name for matrix in matrices]
    near = checks.closest(layer, names)
    hint = f" Did you mean {near!r}?" if near else ""
    raise RepresentativesError(
        f"{where} has no matrix {layer!r}; its last ones are {checks.name_list(names[-5:])}.{hint}"
    )


def _choose(
    pool: Sequence[Matrix], n_classes: int | None, orientation: str | None, where: str
) -> tuple[Matrix, str]:
    if n_classes is None:
        last = next((m for m in reversed(pool) if m.likely), pool[-1])
        axis = orientation or last.axis
        if axis is None:
            raise RepresentativesError(
                f"{where}: {last.name!r} is {_size(last)}, and nothing says which of these counts "
                "the classes; give their names, or orientation='rows' or 'columns'."
            )
        return last, axis
    for likely in (True, False):
        fitting = [m for m in pool if m.likely == likely and m.axes(n_classes, orientation)]
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
            return fitting[0], axes[0]
    seen = ", ".join(f"{m.name!r} ({_size(m)})" for m in pool[-checks.MOST_NAMED :])
    what = {"rows": "rows", "columns": "columns", None: "rows or columns"}[orientation]
    raise RepresentativesError(
        f"{where}: {n_classes} class names, but no matrix has {n_classes} {what}; the last ones "
        f"are {seen}. Check the names, or name the head with layer=."
    )


def _size(matrix: Matrix) -> str:
    return "{} x {}".format(*matrix.shape)
