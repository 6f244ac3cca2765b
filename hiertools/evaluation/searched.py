"""What is searched, and searched for: embeddings with the classes they show."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools._core.classes import shared_classes
from hiertools._core.own_names import ClassNames
from hiertools.errors import OptionError, PredictionsError
from hiertools.evaluation.predictions import Predictions
from hiertools.evaluation.sources import as_predictions
from hiertools.trees.tree import ClassTree


class Searched(NamedTuple):
    """Embeddings, and the class of each as a position among those of the tree."""

    embeddings: NDArray[np.floating]
    labels: Ints
    names: tuple[str, ...]
    kept: NDArray[np.bool_]
    """Which of the samples that were given these are."""
    notes: tuple[str, ...]

    @classmethod
    def read(
        cls, source: Any, classes: ClassNames | None, tree: ClassTree, on_missing: str, what: str
    ) -> Searched:
        """Read samples; refuse those of unknown classes, or drop them with a note."""
        given = as_predictions(source, classes)
        if given.embeddings is None:
            raise PredictionsError(
                f"a search needs embeddings, and the {what} samples have none; give embeddings "
                "(N, D) with their labels."
            )
        held = _occurring(given)
        known = shared_classes(held, tree.classes, on_missing, (f"{what} samples", "tree")).classes
        index = tree.class_index
        place = np.array([index.get(name, -1) for name in given.classes])[given.labels]
        kept = place >= 0
        notes: tuple[str, ...] = ()
        if not kept.all():
            dropped = sorted(set(held) - set(known))
            notes = (
                f"{int((~kept).sum()):,} of {kept.size:,} {what} samples are of classes that the "
                f"tree lacks, and were left out: {checks.name_list(dropped)}.",
            )
        return cls(given.embeddings[kept], place[kept], tree.classes, kept, notes)

    def units(self, groups: ArrayLike | None) -> Ints:
        """Number what samples belong to; without `groups` each is its own."""
        if groups is None:
            return np.arange(self.labels.size)
        given = checks.unmasked(groups, "groups", OptionError)
        if given.shape != self.kept.shape:
            raise OptionError(
                f"groups say what each query belongs to: {self.kept.size:,} queries, and groups of "
                f"the shape {given.shape}."
            )
        unit: Ints = np.unique(given[self.kept], return_inverse=True)[1].reshape(-1)
        return unit


def _occurring(given: Predictions) -> list[str]:
    return [given.classes[i] for i in np.unique(given.labels).tolist()]
