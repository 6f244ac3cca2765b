"""P@1, R-precision and MAP@R at every level as measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.comparison.problem import Problem
from hiertools.comparison.scores.measure import Measure, MeasureKind, Observation
from hiertools.measures.retrieval import RETRIEVAL_SCORES, nearest_first, retrieval_per_class
from hiertools.results.status import NO_COMPANY
from hiertools.results.table import Key, Score

MUSGRAVE = "Musgrave, Belongie and Lim 2020, arXiv:2003.08505, section 3.2"


class Retrieval(Measure):
    """Whether the nearest classes are those of the same group, level by level.

    `deepest`: how far down the neighbour lists the scores look.
    """

    def __init__(self, scores: tuple[Score, ...], deepest: int, problem: Problem) -> None:
        self.deepest = deepest
        self.neighbours = nearest_first(
            problem.d, problem.settings.exclude_self, problem.settings.ties
        )
        self.names = {problem.level_number(level): level for level in problem.levels}
        self.labels = {
            problem.level_number(level): problem.groups(level) for level in problem.levels
        }
        self.columns = {score.name: RETRIEVAL_SCORES.index(score.name) for score in scores}

    def observe(self) -> list[Observation]:
        found = []
        for level, labels in self.labels.items():
            per_class = retrieval_per_class(self.neighbours, labels)
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
        for labels in self.labels.values():
            size = np.bincount(labels).astype(float)
            total += float((size * (1.0 + np.minimum(size - 1.0, self.deepest))).sum())
        return 2.0 * total

    def relabelled(self, permutations: Ints) -> Mapping[Key, Floats]:
        from hiertools._kernels.retrieval import retrieval_relabelled

        return self._by_level(retrieval_relabelled, len(permutations), permutations)

    def without(self, group_of: Ints, groups: Ints) -> Mapping[Key, Floats]:
        from hiertools._kernels.retrieval import retrieval_without

        return self._by_level(retrieval_without, groups.size, group_of, groups)

    def _by_level(
        self, kernel: Callable[..., None], count: int, *arguments: Ints
    ) -> dict[Key, Floats]:
        found = {}
        for level, labels in self.labels.items():
            out = np.empty((count, 3))
            kernel(*self.neighbours, labels, *arguments, self.deepest, out)
            for score, column in self.columns.items():
                found[Key(score, level)] = out[:, column]
        return found


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
