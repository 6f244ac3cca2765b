"""Samples that belong together, and samples that count more than others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints, plain
from hiertools._core.tables import is_missing
from hiertools.errors import PredictionsError
from hiertools.inference.intervals import SPREADLESS

__all__ = [
    "Groups", "balanced_weights", "group_names", "groups_note", "join_groups", "sample_weights",
]  # fmt: skip


def group_names(groups: Any, n: int) -> NDArray[np.str_]:
    """Return the name of each sample's group, shape (N,), or say what is wrong with it.

    Examples
    --------
    >>> group_names([7, 7, 12], 3)
    array(['7', '7', '12'], dtype='<U2')
    """
    groups = plain(groups, "groups", PredictionsError)
    given = checks.unmasked(groups, "groups", PredictionsError)
    if given.shape != (n,):
        raise PredictionsError(
            f"groups must name the group of each of {n} samples, shape ({n},); got {given.shape}."
        )
    listed = given.tolist()
    if not (given.dtype.kind in "iu" or isinstance(groups, np.ndarray)):  # text of numbers
        listed = np.asarray(groups, dtype=object).tolist()
    bare = (row for row, name in enumerate(listed) if is_missing(name) or name == "")
    nameless = next(bare, None)
    if nameless is not None:  # before what kinds they are: beside NA, pandas makes floats of ints
        raise PredictionsError(
            f"groups must name the group of each sample, but sample {nameless} has none; give a "
            "sample that belongs to no other a name of its own."
        )
    for row, name in enumerate(listed):
        if isinstance(name, bool) or not isinstance(name, str | int | np.integer):
            raise PredictionsError(
                f"groups must be text or whole numbers, but that of sample {row} is {name!r} "
                f"({type(name).__name__})."
            )
    checks.writable((str(name) for name in listed), "groups", PredictionsError)
    return np.array([str(name) for name in listed], dtype=np.str_)


def sample_weights(weights: Any, n: int) -> Floats:
    """Return the weight of each sample, shape (N,), or say what is wrong with it.

    Examples
    --------
    >>> sample_weights([1, 0, 2.5], 3)
    array([1. , 0. , 2.5])
    """
    array = checks.numeric(weights, "weights", PredictionsError)
    if array.shape != (n,):
        raise PredictionsError(
            f"weights must give the weight of each of {n} samples, shape ({n},); got {array.shape}."
        )
    bad = np.flatnonzero(~(np.isfinite(array) & (array >= 0)))
    if bad.size:
        raise PredictionsError(
            f"weights must be finite and not negative, but {bad.size} of {n} are not, first that "
            f"of sample {bad[0]} ({array[bad[0]]:g}); weight 0 leaves a sample out of every score."
        )
    return array


@dataclass(frozen=True, eq=False)
class Groups:
    """The group of each of N samples, and the names of groups."""

    names: tuple[str, ...]
    of: Ints
    """Shape (N,), places among the names."""

    @classmethod
    def named(cls, names: NDArray[np.str_]) -> Groups:
        """Return the groups of samples by the name of each one's group."""
        found, of = np.unique(names, return_inverse=True)
        return cls(tuple(found.tolist()), of.reshape(-1).astype(np.int64))

    @property
    def sizes(self) -> Ints:
        """How many samples each group has; a group whose samples were left out has none."""
        return np.bincount(self.of, minlength=len(self.names))

    def among(self, rows: Ints) -> Groups:
        """Return those of some samples."""
        return Groups(self.names, self.of[rows])


def groups_note(sizes: Ints) -> str:
    """Say how samples belong together.

    Examples
    --------
    >>> groups_note(np.array([2, 3, 3]))
    'samples belong together in 3 groups of 2 to 3: intervals and tests are over groups.'
    """
    if sizes.max() == 1:
        return "each sample is a group of its own, so that groups change nothing."
    each = f"{sizes[0]}" if sizes.min() == sizes.max() else f"{sizes.min()} to {sizes.max()}"
    return (
        f"samples belong together in {sizes.size:,} group{'s' * (sizes.size != 1)} of {each}: "
        "intervals and tests are over groups."
    )


def join_groups(parts: Sequence[Groups]) -> Groups:
    """Return the groups of several batches as one: those of one name are one group.

    Examples
    --------
    >>> one, two = (Groups.named(np.array(names)) for names in (["a", "b"], ["b", "c"]))
    >>> join_groups([one, two])
    Groups(names=('a', 'b', 'c'), of=array([0, 1, 1, 2]))
    """
    names = sorted({name for part in parts for name in part.names})
    place = {name: i for i, name in enumerate(names)}
    of = [np.array([place[name] for name in part.names], dtype=np.int64)[part.of] for part in parts]
    return Groups(tuple(names), np.concatenate(of))


def balanced_weights(labels: Ints, weights: Floats | None, balanced: bool) -> Floats | None:
    r"""Return how often each sample counts, None where all count once.

    The weights as they are or, `balanced`, as shares of what all samples of the class weigh
    together. In either case times :math:`\sum_i w_i / \sum_i w_i^2`, so that they add up to the
    number of equal samples that would tell as much (Kish 1965). Whatever they are all multiplied
    by, they stay the same.

    Examples
    --------
    >>> balanced_weights(np.array([0, 0, 0, 1]), None, balanced=True)
    array([0.5, 0.5, 0.5, 1.5])
    >>> balanced_weights(np.array([0, 1]), np.array([2.0, 2.0]), balanced=False) is None
    True
    """
    w = np.ones(labels.size) if weights is None else weights / weights.max()
    if balanced:
        total = np.bincount(labels, w)[labels]
        w = np.where(total > 0, w / np.where(total > 0, total, 1.0), 0.0)
    if np.ptp(w) <= SPREADLESS * w.max():  # shares of unequal weights may differ by rounding
        return None
    counted: Floats = w * (w.sum() / (w**2).sum())
    return counted
