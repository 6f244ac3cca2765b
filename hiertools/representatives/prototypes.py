"""Prototypes: one vector a class, computed from the embeddings of its training samples."""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.alerts import warn
from hiertools._core.directions import unit_rows
from hiertools._core.doors import door
from hiertools._core.labels import label_array, label_indices
from hiertools._core.own_names import ClassNames, names_in_order
from hiertools.errors import PredictionsError, RepresentativesError
from hiertools.representatives.representatives import ClassRepresentatives

__all__ = ["PrototypeAccumulator", "prototypes"]

METHODS = ("mean", "medoid")


@door
def prototypes(
    embeddings: ArrayLike,
    labels: ArrayLike,
    /,
    classes: ClassNames | None = None,
    *,
    method: str = "mean",
) -> ClassRepresentatives:
    """Return the prototype of each class: the normalised mean of its normalised embeddings.

    Parameters
    ----------
    embeddings : array_like of float, shape (N, D)
        Of the training samples; none of length zero.
    labels : array_like of str or int, shape (N,)
        Class names, or positions in `classes`; see `Predictions` for numbers that could be either.
    classes : sequence of str, optional
        The classes to expect. Default: those that `labels` name, sorted; needed where labels are
        numbers.
    method : {"mean", "medoid"}
        "medoid" takes the normalised embedding of the sample with the largest mean cosine to its
        class instead: a real sample, whatever the shape of the class.

    Returns
    -------
    ClassRepresentatives
        Kind "prototype" (or "medoid"). Only classes with samples have a vector: a class without is
        reported by a warning and in ``provenance["classes_without_samples"]``, never invented.
        ``provenance["samples"]`` counts the samples of each class.

    Raises
    ------
    PredictionsError
        Labels out of range, embeddings not finite or of length zero, no samples at all.
    RepresentativesError
        A class whose normalised embeddings cancel out: its mean has no direction.

    Warns
    -----
    HiertoolsWarning
        Some of `classes` have no samples.

    Examples
    --------
    >>> found = prototypes([[2, 0], [0, 1], [0, 3]], ["lynx", "lynx", "newt"])
    >>> found
    ClassRepresentatives(2 classes x 2 dimensions, kind='prototype')
    >>> found.vectors.round(3)
    array([[0.707, 0.707],
           [0.   , 1.   ]])
    >>> found.provenance["samples"]
    {'lynx': 2, 'newt': 1}
    """
    checks.option(method, METHODS, "method")
    if classes is None:
        given = label_array(labels, "labels")
        if given.dtype.kind != "U":
            raise PredictionsError(
                "labels are numbers, so their names must be given: pass classes=(...)."
            )
        classes = sorted(set(given.ravel().tolist()))
    if method == "mean":
        accumulator = PrototypeAccumulator(classes)
        accumulator.update(embeddings, labels)
        return accumulator.result()
    names = names_in_order(classes, "classes", PredictionsError)
    unit = unit_rows(embeddings, "float64")
    own = label_indices(labels, names, len(unit))
    vectors = np.zeros((len(names), unit.shape[1]))
    for label in np.unique(own).tolist():
        members = unit[own == label]
        # The mean cosine to the class is the cosine to the sum: no class x class matrix is needed.
        vectors[label] = members[int(np.argmax(members @ members.sum(axis=0)))]
    return _representatives(vectors, names, np.bincount(own, minlength=len(names)), "medoid")


class PrototypeAccumulator:
    """Prototypes of training sets that don't fit in memory: add batches, then ask for the result.

    Memory is one vector a class. Merging accumulators of parallel workers gives the same
    prototypes, up to the rounding of float64 sums.

    Parameters
    ----------
    classes : sequence of str

    Examples
    --------
    >>> accumulator = PrototypeAccumulator(["lynx", "newt"])
    >>> accumulator.update([[2, 0], [0, 1]], ["lynx", "lynx"])
    >>> accumulator.update([[0, 3]], [1])
    >>> accumulator.result().vectors.round(3)
    array([[0.707, 0.707],
           [0.   , 1.   ]])
    """

    @door
    def __init__(self, classes: ClassNames) -> None:
        self.classes = names_in_order(classes, "classes", PredictionsError)
        self._count = np.zeros(len(self.classes), dtype=np.int64)
        self._sum: NDArray[np.float64] | None = None

    def __copy__(self) -> PrototypeAccumulator:
        return copy.deepcopy(self)  # sums grow in place, and a copy must not grow along

    @door
    def update(self, embeddings: ArrayLike, labels: ArrayLike) -> None:
        """Add a batch: embeddings (n, D) and their labels, names or positions (n,)."""
        unit = unit_rows(embeddings, "float64")
        own = label_indices(labels, self.classes, len(unit))
        if self._sum is None:
            self._sum = np.zeros((len(self.classes), unit.shape[1]))
        elif self._sum.shape[1] != unit.shape[1]:
            raise PredictionsError(
                f"this batch has embeddings of {unit.shape[1]} dimensions, the ones before "
                f"{self._sum.shape[1]}."
            )
        np.add.at(self._sum, own, unit)
        self._count += np.bincount(own, minlength=len(self.classes))

    @door
    def merge(self, other: PrototypeAccumulator) -> None:
        """Add what another accumulator over the same classes has seen."""
        if other.classes != self.classes:
            raise PredictionsError(
                "accumulators merge only if they have the same classes in the same order."
            )
        if other._sum is None:
            return
        if self._sum is None:
            self._sum = np.zeros_like(other._sum)
        self._sum += other._sum
        self._count += other._count

    @door
    def result(self) -> ClassRepresentatives:
        """Return the prototypes of the classes seen so far."""
        if self._sum is None or not self._count.any():
            raise PredictionsError("prototypes need at least one sample; got none.")
        seen = np.flatnonzero(self._count)
        length = np.linalg.norm(self._sum, axis=1)
        # A sum of n unit vectors that is this short is rounding, not a direction.
        lost = seen[length[seen] <= 1e-12 * self._count[seen]]
        if lost.size:
            raise RepresentativesError(
                f"the embeddings of {lost.size} class(es) cancel out, so their mean has no "
                f"direction: {checks.name_list([self.classes[i] for i in lost])}; "
                'use method="medoid" for them.'
            )
        vectors = self._sum / np.where(length > 0, length, 1.0)[:, None]
        return _representatives(vectors, self.classes, self._count, "prototype")


def _representatives(
    vectors: NDArray[np.float64], names: tuple[str, ...], count: NDArray[np.int64], kind: str
) -> ClassRepresentatives:
    without = [name for name, n in zip(names, count) if n == 0]
    if without:
        warn(
            f"{len(without)} of {len(names)} classes have no samples and so no {kind}: "
            f"{checks.name_list(without)}; they are left out."
        )
    seen = np.flatnonzero(count)
    return ClassRepresentatives(
        vectors[seen],
        [names[i] for i in seen],
        kind,
        {
            "samples": {names[i]: int(count[i]) for i in seen},
            "classes_without_samples": without,
        },
    )
