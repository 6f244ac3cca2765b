"""What is searched, and searched for: embeddings with the classes they show."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools._core.classes import shared_classes
from hiertools._core.own_names import ClassNames
from hiertools.errors import PredictionsError
from hiertools.evaluation.predictions import Predictions, with_fields
from hiertools.evaluation.sources import as_predictions
from hiertools.trees.tree import ClassTree


class Searched(NamedTuple):
    """Embeddings, and the class of each as a position among those of the tree."""

    embeddings: NDArray[np.floating]
    labels: Ints
    names: tuple[str, ...]
    notes: tuple[str, ...]

    groups: NDArray[np.str_] | None = None
    """Which of them belong together, by names; None: none do."""

    @classmethod
    def read(
        cls,
        source: Any,
        classes: ClassNames | None,
        tree: ClassTree,
        on_missing: str,
        what: str,
        groups: ArrayLike | str | None = None,
    ) -> Searched:
        """Read samples; refuse those of unknown classes, or drop them with a note."""
        named = groups if isinstance(groups, str) else None
        given = as_predictions(source, classes, groups=named)
        if groups is not None and named is None:
            given = with_fields(given, groups=groups)
        if given.embeddings is None:
            raise PredictionsError(
                f"a search needs embeddings, and the {what} samples have none; give embeddings "
                "(N, D) with their labels."
            )
        held = _occurring(given)
        known = shared_classes(held, tree.classes, on_missing, (f"{what} samples", "tree")).classes
        index = tree.class_index
        names = (*given.classes, *given.lacking)
        place = np.array([index.get(name, -1) for name in names])[given.labels]
        kept = place >= 0
        notes = []
        if not kept.all():
            dropped = sorted(set(held) - set(known))
            notes.append(
                f"{int((~kept).sum()):,} of {kept.size:,} {what} samples are of classes that the "
                f"tree lacks, and were left out: {checks.name_list(dropped)}."
            )
        if given.weights is not None:
            notes.append(f"weights of {what} samples were not looked at: each counts once.")
        belong = None if given.groups is None else given.groups[kept]
        return cls(given.embeddings[kept], place[kept], tree.classes, tuple(notes), belong)

    @property
    def unit_of(self) -> Ints:
        """What each sample belongs to, by numbers from 0: without groups each is its own."""
        if self.groups is None:
            return np.arange(self.labels.size)
        unit: Ints = np.unique(self.groups, return_inverse=True)[1].reshape(-1)
        return unit


def _occurring(given: Predictions) -> list[str]:
    names = (*given.classes, *given.lacking)
    return [names[i] for i in np.unique(given.labels).tolist()]
