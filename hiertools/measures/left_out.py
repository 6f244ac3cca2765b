"""What HS@k, AHS@K and the retrieval scores of samples would be without each of the samples.

A sample counts twice: as a query, and in the lists of the others. Its deletion takes its own score
from the mean and changes theirs: each list that it stands in comes one place nearer behind it, and
what they are normalised by (the best sum of its class, the number of others of its class) changes
with it. All of that follows from each query's own list, one place longer than the score looks: see
``_kernels/left_out.py`` and ``_kernels/retrieval_left_out.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools.measures.neighbours import LabelledNeighbours
from hiertools.measures.similarity import area_weights, best_similarities

__all__ = ["Gallery", "LeftOut"]

RETRIEVAL = 3
"""P@1, R-precision, MAP@R."""


@dataclass(frozen=True, eq=False)
class LeftOut:
    """What a mean over samples does when each of them is left out, one row a score."""

    moves: Floats
    r"""The mean without sample j less that with it, shape (T, N); NaN where it has none."""
    twice: Floats
    r"""Sums over queries i and samples j of the squared change of i's score without j, less their
    mean over j, shape (T,): what sums of squared moves count twice. A query that has no score
    without j adds nothing."""


class Gallery:
    """The samples as others' neighbours; gathers what their deletion does, block by block."""

    def __init__(
        self, labels: Ints, counts: Ints, similarity: Floats, wanted_k: tuple[int, ...]
    ) -> None:
        n = labels.size
        self.labels, self.counts, self.similarity = labels, counts, similarity
        attainable = [k for k in wanted_k if k < n]
        self.wanted = np.array(attainable, dtype=np.int64)
        self.reach = reach = int(self.wanted.max(initial=0))
        self.whole = len(attainable) == len(wanted_k)
        """Whether there is an area under the curve."""
        self.rows = [*range(len(attainable)), *range(len(wanted_k), len(wanted_k) + 1 + RETRIEVAL)]
        """Which of all scores are looked at."""
        deep = min(reach + 1, n - 1)
        self.ideal = np.zeros((counts.size, reach + 1))
        self.ideal[:, :deep] = best_similarities(similarity, counts, deep)
        self.weight = area_weights(reach) if self.whole else np.zeros(reach)
        targets = len(attainable) + 1
        self.order = np.empty(n, dtype=np.int64)
        self.change, self.sums = np.zeros((n, targets)), np.zeros((counts.size, reach))
        self.retrieved, self.mates = np.zeros((n, RETRIEVAL)), np.zeros((counts.size, RETRIEVAL))
        self.twice = np.zeros(targets + RETRIEVAL)

    def add(self, block: LabelledNeighbours, company: Ints) -> None:
        """Take the neighbours of some queries, and how many others of its class each has."""
        from hiertools._kernels.left_out import similarity_left_out
        from hiertools._kernels.retrieval_left_out import retrieval_left_out

        self.order[block.start : block.start + block.own.size] = block.samples
        lists = (block.near, block.ends, block.k, block.spill, block.others, block.spilled,
                 block.own, block.start)  # fmt: skip
        if self.reach:
            similarity_left_out(
                *lists, self.counts, self.similarity, self.ideal, self.wanted, self.weight,
                self.change, self.sums, self.twice[:-RETRIEVAL],
            )  # fmt: skip
        retrieval_left_out(*lists, company, self.retrieved, self.mates, self.twice[-RETRIEVAL:])

    def left_out(self, scores: Floats) -> LeftOut:
        """Return what the means of `scores` do, (T, N): HS at each k, AHS, the three of retrieval.

        NaN scores are left out of the mean.
        """
        from hiertools._kernels.left_out import best_sums_left_out

        gained = np.zeros((self.counts.size, self.change.shape[1]))
        lost = np.zeros((self.counts.size, len(self.rows)))
        if self.reach:
            best_sums_left_out(
                self.counts, self.similarity, self.ideal, self.wanted, self.weight, self.sums,
                gained, lost[:, :-RETRIEVAL],
            )  # fmt: skip
        # Of two samples of a class, each is the other's only company.
        lost[:, -RETRIEVAL:] = (self.counts == 2)[:, None]
        change = np.empty((len(self.order), len(self.rows)))
        change[self.order] = np.concatenate([self.change, self.retrieved], axis=1)
        change += np.concatenate([gained, self.mates], axis=1)[self.labels]
        found = LeftOut(np.full(scores.shape, np.nan), np.full(len(scores), np.nan))
        found.moves[self.rows] = _moves(scores[self.rows], change.T, lost[self.labels].T)
        found.twice[self.rows] = self.twice
        return found


def _moves(scores: Floats, change: Floats, lost: Floats) -> NDArray[np.float64]:
    """Return how each mean moves when a sample goes.

    `change` is what the other scores gain by that, `lost` how many of them it leaves undefined.
    """
    defined = ~np.isnan(scores)
    number = defined.sum(axis=1, keepdims=True)
    fewer = lost + defined
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(scores, axis=1, keepdims=True) / number
        moved: NDArray[np.float64] = change - np.where(defined, scores, 0.0) + mean * fewer
        return np.where(fewer < number, moved / (number - fewer), np.nan)
