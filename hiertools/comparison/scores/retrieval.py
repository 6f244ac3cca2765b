"""P@1, R-precision and MAP@R at every level as measures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools import inference
from hiertools._core import few
from hiertools._core.arrays import Floats, Ints
from hiertools.comparison.problem import Problem
from hiertools.comparison.scores.measure import Measure, MeasureKind, Observation
from hiertools.measures.retrieval import RETRIEVAL_SCORES
from hiertools.results.status import NO_COMPANY
from hiertools.results.table import Key, Score

MUSGRAVE = "Musgrave, Belongie and Lim 2020, arXiv:2003.08505, section 3.2"


class Retrieval(Measure):
    """Whether the nearest classes are those of the same group, level by level.

    `deepest`: how far down the neighbour lists the scores look.
    """

    def __init__(self, scores: tuple[Score, ...], deepest: int, problem: Problem) -> None:
        self.deepest, self.problem = deepest, problem
        self.names = {problem.level_number(level): level for level in problem.levels}
        self.labels = {
            problem.level_number(level): problem.groups(level) for level in problem.levels
        }
        self.sizes = {level: np.bincount(labels) for level, labels in self.labels.items()}
        self.columns = {score.name: RETRIEVAL_SCORES.index(score.name) for score in scores}

    def observe(self) -> list[Observation]:
        found = []
        for place, level in enumerate(self.labels):
            per_class = self.problem.row_facts.retrieval[:, place]
            company = int((~np.isnan(per_class[:, 0])).sum())
            status = note = ""
            if company:
                means, ceiling = np.nanmean(per_class, axis=0), 1.0
            else:
                status = NO_COMPANY
                note = f"undefined: no class has company at level {self.names[level]}"
                means, ceiling = np.full(3, np.nan), np.nan
            found += [
                Observation(Key(score, level), float(means[column]), ceiling, company, status, note)
                for score, column in self.columns.items()
            ]
        return found

    @property
    def operations(self) -> float:
        total = 0.0
        for counts in self.sizes.values():
            size = counts.astype(float)
            total += float((size * (1.0 + np.minimum(size - 1.0, self.deepest))).sum())
        return 2.0 * total

    def prepare(self) -> None:
        if self.labels:
            self.problem.neighbours  # noqa: B018  (made where all threads are at hand)

    def relabelled(self, permutations: Ints) -> Mapping[Key, Floats]:
        from hiertools._kernels.retrieval import retrieval_relabelled

        found: dict[Key, Floats] = {}
        if not self.labels:
            return found
        order, _, tied = self.problem.neighbours
        at_once = 1 < self.problem.n_classes <= few.CLASSES and (tied < 0).all()
        for level, labels in self.labels.items():
            relabelled = labels[permutations]
            if at_once:
                company = self.sizes[level][relabelled] - 1
                near = order[:, : max(1, min(self.deepest, int(company.max())))]
                found |= self._columns(level, _retrieved(relabelled, company, near))
                continue
            by_class = np.ascontiguousarray(relabelled.T)
            count = len(permutations)
            out = np.zeros((count, 3))
            retrieval_relabelled(
                *self.problem.neighbours,
                by_class,
                (self.sizes[level] - 1).astype(np.int32)[by_class],
                relabelled,
                self.deepest,
                np.empty((3, count)),
                np.zeros(count, dtype=np.int64),
                out,
            )
            found |= self._columns(level, out)
        return found

    def without(self, group_of: Ints, groups: Ints) -> Mapping[Key, Floats]:
        self.prepare()
        if self.problem.n_classes <= few.CLASSES:
            return self._without(group_of, groups)
        return inference.in_pieces(partial(self._without, group_of), groups)

    def _without(self, group_of: Ints, groups: Ints) -> Mapping[Key, Floats]:
        """Return each number without each of some groups that follow each other."""
        from hiertools._kernels.retrieval import retrieval_without

        found: dict[Key, Floats] = {}
        gone = group_of == groups[:, None]
        for level, labels in self.labels.items():
            size = self.sizes[level]
            out = np.zeros((groups.size, 3))
            retrieval_without(
                *self.problem.neighbours,
                np.vstack([np.where(gone, np.int32(-1), labels), labels]),
                size,
                group_of,
                np.array([np.bincount(labels[each], minlength=size.size) for each in gone]),
                int(groups[0]),
                self.deepest,
                np.full(groups.size, -1),
                np.zeros(groups.size, dtype=np.int64),
                out,
            )
            found |= self._columns(level, out)
        return found

    def _columns(self, level: int, out: Floats) -> dict[Key, Floats]:
        return {Key(score, level): out[:, column] for score, column in self.columns.items()}


def _retrieved(labels: NDArray[Any], company: Ints, near: NDArray[Any]) -> Floats:
    """Return the mean scores under each of some relabellings by their definition, shape (M, 3).

    Class i has the label ``labels[m, i]``, and others have it ``company[m, i]`` times; `near` lists
    other classes, nearest first, none of them tied. Sums are taken in order, as a loop takes them.
    """
    place = np.arange(near.shape[1])
    hit = (labels[:, near] == labels[:, :, None]) & (place < company[:, :, None])
    hits = hit.cumsum(axis=2)
    precision = (hit * hits * (1.0 / (place + 1))).cumsum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.stack(
            [hits[:, :, 0], hits[:, :, -1] / company, precision[:, :, -1] / company], axis=2
        )
        total = np.where(company[:, :, None] > 0, scores, 0.0).cumsum(axis=1)[:, -1]
        means: Floats = total / (company > 0).sum(axis=1)[:, None]
    return means


def _kind(deepest: int, *scores: Score) -> MeasureKind:
    return MeasureKind(scores, partial(Retrieval, scores, deepest), jackknife=True)


# Cheap enough for as many permutations as anybody asks for.
PRECISION_AT_ONE = _kind(
    1,
    Score(
        name="precision_at_1",
        title="P@1",
        better="higher",
        best=1.0,
        meaning="share of classes whose nearest class is in the same group",
        source=MUSGRAVE,
        core=True,
        at=("level",),
    ),
)

# One relabelling looks at every pair of classes in a group.
PRECISION_AT_R = _kind(
    np.iinfo(np.int32).max,
    Score(
        name="r_precision",
        title="R-precision",
        better="higher",
        best=1.0,
        meaning="share of a class's R nearest classes in its group, R being the group's others",
        source=MUSGRAVE,
        core=True,
        at=("level",),
    ),
    Score(
        name="map_at_r",
        title="MAP@R",
        better="higher",
        best=1.0,
        meaning="R-precision that also rewards having the group's classes first",
        source=MUSGRAVE,
        core=True,
        at=("level",),
    ),
)
