"""Probabilities summed over the groups of each level: what is kept of them.

Of each sample and level a few numbers are kept. The calibration of every group's probability is
summed in whole parts of 1, so that batches give the same sums in every order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.evaluation.fingerprints import fingerprint
from hiertools.evaluation.levels import Level
from hiertools.measures.probability_scores import brier_scores, group_gaps, log_losses

__all__ = ["Gaps", "Summed", "add_gaps", "join_summed", "summed_of"]


@dataclass(frozen=True, eq=False)
class Summed:
    """What N samples' summed probabilities say at each level, coarsest first, classes last.

    Each of shape (N, levels + 1). Where the model does not know the label's group, it is wrong.
    """

    brier: Floats
    """NaN where the group is unknown, as in ``log_loss``."""
    log_loss: Floats
    confidence: Floats
    """Of the most probable group."""
    right: Floats
    """The label's share of those that are tied for it."""
    above: Floats
    """How many groups are more probable than the label's."""
    tied: Floats
    """How many are as probable, itself included."""

    @cached_property
    def key(self) -> Floats:
        """A number that tells most samples apart, by all that is held of them, shape (N,)."""
        return fingerprint(
            np.concatenate([getattr(self, each.name) for each in fields(self)], axis=1)
        )

    def hits(self, place: int, k: int) -> Floats:
        """Return whether the label's group is among the first k at a level; expected, where tied.

        McSherry and Najork (2008), as `hiertools.measures.ties.Ties`.
        """
        above, tied = self.above[:, place], self.tied[:, place]
        return np.clip((k - above) / tied, 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Gaps:
    """The summed gaps of every group's probability at each level; see `group_gaps`."""

    sums: tuple[Ints, ...]
    """Shape (groups, bins) each."""
    n: int
    """The number of samples."""


def add_gaps(parts: Iterable[Gaps | None]) -> Gaps | None:
    """Return the gaps of several batches, those of no sample being None."""
    found = [part for part in parts if part is not None]
    if not found:
        return None
    sums = tuple(sum(each[1:], each[0]) for each in zip(*(part.sums for part in found)))
    return Gaps(sums, sum(part.n for part in found))


def join_summed(parts: Sequence[Summed]) -> Summed:
    """Return what is kept of several batches as one."""
    return Summed(
        *(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Summed))
    )


def summed_of(p: Floats, labels: Ints, levels: Sequence[Level], n_bins: int) -> tuple[Summed, Gaps]:
    """Return what is kept of probabilities (N, C) of `labels`.

    Labels behind the classes are nodes of the tree, C + id.
    """
    columns, sums = [], []
    for level in levels:
        q, own = level.sums(p), level.group[labels]
        columns.append(_of_level(q, own))
        sums.append(group_gaps(q, own, n_bins))
    held = (np.stack(column, axis=1) for column in zip(*columns))
    return Summed(*held), Gaps(tuple(sums), labels.size)


def _of_level(q: Floats, truth: Ints) -> tuple[Floats, ...]:
    """Return the columns of `Summed` at one level; -1 is the truth that is no group."""
    known, rows = truth >= 0, np.arange(truth.size)
    own = q[rows, truth][:, None]
    best = q.max(axis=1, keepdims=True)
    # Sums are equal but for rounding.
    first = q >= best * (1 - _ROUNDING)
    above = (q > own * (1 + _ROUNDING)).sum(axis=1)
    tied = (q >= own * (1 - _ROUNDING)).sum(axis=1) - above
    return (
        np.where(known, brier_scores(q, truth), np.nan),
        np.where(known, log_losses(q, truth), np.nan),
        best[:, 0],
        np.where(known, first[rows, truth] / first.sum(axis=1), 0.0),
        np.where(known, above, q.shape[1]).astype(np.float64),
        np.where(known, tied, 1).astype(np.float64),
    )


_ROUNDING = 1e-12
