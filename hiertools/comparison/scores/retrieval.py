"""P@1, R-precision and MAP@R at every level as measures."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools import inference
from hiertools._core import few
from hiertools._core.arrays import Floats, Ints
from hiertools.comparison.problem import Problem
from hiertools.comparison.scores.measure import NAN, Measure, MeasureKind, Observation
from hiertools.measures.nested_levels import NestedLevels
from hiertools.measures.retrieval import RETRIEVAL_SCORES
from hiertools.results.status import NO_COMPANY
from hiertools.results.table import Key, Score

DEEP = 12
"""To go through all levels together is worth it where one by one takes so many times as long as the
coarsest of them."""

MUSGRAVE = "Musgrave, Belongie and Lim 2020, arXiv:2003.08505, section 3.2"


class Retrieval(Measure):
    """Whether the nearest classes are those of the same group, level by level.

    `deepest`: how far down the neighbour lists the scores look.
    """

    def __init__(self, scores: tuple[Score, ...], deepest: int, problem: Problem) -> None:
        self.deepest, self.problem = deepest, problem
        self.levels = [problem.level_number(level) for level in problem.levels]
        self.labels = list(problem.groups.values())
        self.sizes = [np.bincount(labels) for labels in self.labels]
        self.with_company = np.array([size[size > 1].sum() for size in self.sizes])
        self.looked_at = [_looked_at(size.astype(float), deepest) for size in self.sizes]
        self.names = tuple(score.name for score in scores)
        self.columns = [RETRIEVAL_SCORES.index(name) for name in self.names]

    def observe(self) -> list[Observation]:
        per_class = np.ascontiguousarray(self.problem.row_facts.retrieval.transpose(0, 2, 1))
        defined = ~np.isnan(per_class)
        company = defined[0].sum(axis=1)
        total = np.where(defined, per_class, 0.0).sum(axis=2)
        means = self._means(total[:, None, :], company).reshape(-1, len(self.columns))
        found = []
        for level, of, count, values in zip(
            self.levels, self.problem.levels, company.tolist(), means.tolist()
        ):
            ceiling, status, note = 1.0, "", ""
            if not count:
                ceiling, status = NAN, NO_COMPANY
                note = f"undefined: no class has company at level {of}"
            found += [
                Observation(Key(name, level), value, ceiling, count, status, note)
                for name, value in zip(self.names, values)
            ]
        return found

    @property
    def operations(self) -> float:
        return 2.0 * sum(self.looked_at)

    def prepare(self) -> None:
        if self.labels:
            self.problem.neighbours  # noqa: B018  (made where all threads are at hand)

    def relabelled(self, permutations: Ints) -> Floats:
        out = np.zeros((3, len(permutations), len(self.levels)))
        untied = (self.problem.neighbours.tied < 0).all() if self.levels else True
        if 1 < self.problem.n_classes <= few.CLASSES and untied:
            for place in range(len(self.levels)):
                out[..., place] = self._of_few(place, permutations)
            return self._means(out, self.with_company)
        for nested in self.problem.nested:
            looked_at = [self.looked_at[place] for place in nested.places]
            # Level by level it is quick, but nothing is done twice where all go together.
            together = sum(looked_at) > DEEP * looked_at[0]
            tied = self.problem.neighbours.tied >= 0
            wanted = np.ones_like(tied) if together else tied
            if not together:
                for place in nested.places.tolist():
                    out[..., place] = self._at_one_level(place, permutations)
            if wanted.any():
                out[..., nested.places] += self._at_nested_levels(nested, permutations, wanted)
        return self._means(out, self.with_company)

    def _at_one_level(self, place: int, permutations: Ints) -> Floats:
        """Return the sums of scores of classes without ties, shape (3, M)."""
        from hiertools._kernels.retrieval import retrieval_relabelled

        neighbours, count = self.problem.neighbours, len(permutations)
        by_class = np.ascontiguousarray(self.labels[place][permutations].T)
        company = (self.sizes[place] - 1).astype(np.int32)[by_class]
        out = np.zeros((3, count))
        retrieval_relabelled(
            neighbours.order, neighbours.tied, by_class, company, self.deepest,
            np.empty((3, count)), out,
        )  # fmt: skip
        return out

    def _at_nested_levels(
        self, nested: NestedLevels, permutations: Ints, wanted: NDArray[np.bool_]
    ) -> Floats:
        """Return the sums of scores of some of the classes, shape (3, M, L)."""
        from hiertools._kernels.nested_retrieval import nested_relabelled

        places = permutations.astype(np.int32)
        inverse = np.empty_like(places)
        own = np.arange(places.shape[1], dtype=np.int32)
        np.put_along_axis(inverse, permutations, own[None, :], axis=1)
        out = np.zeros((3, len(places), nested.places.size))
        nested_relabelled(
            *self.problem.neighbours, nested.order, nested.alike, places, inverse, wanted,
            self.deepest, out,
        )  # fmt: skip
        return out

    def _of_few(self, place: int, permutations: Ints) -> Floats:
        """Return the sums of scores of few classes without ties, shape (3, M)."""
        labels = self.labels[place][permutations]
        company = self.sizes[place][labels] - 1
        near = self.problem.neighbours.order[:, : max(1, min(self.deepest, int(company.max())))]
        return _retrieved(labels, company, near)

    def without(self, group_of: Ints, groups: Ints) -> Floats:
        self.prepare()
        members = np.argsort(group_of, kind="stable")
        starts = np.append(0, np.cumsum(np.bincount(group_of)))
        number = group_of.astype(np.int32)
        without = partial(self._without, number, members, starts)
        if self.problem.n_classes <= few.CLASSES:
            return without(groups)
        return inference.in_pieces(without, groups)

    def _without(
        self, group_of: NDArray[np.int32], members: Ints, starts: Ints, groups: Ints
    ) -> Floats:
        """Return each number without each of some groups that follow each other."""
        from hiertools._kernels.nested_retrieval import nested_without

        out = np.zeros((3, groups.size, len(self.levels)))
        count = np.zeros(out.shape[1:], dtype=np.int64)
        for nested in self.problem.nested:
            total = np.zeros((3, groups.size, nested.places.size))
            left = np.zeros(total.shape[1:], dtype=np.int64)
            nested_without(
                *self.problem.neighbours, nested.order, nested.alike, group_of, members, starts,
                int(groups[0]), self.deepest, np.full(groups.size, -1), left, total,
            )  # fmt: skip
            out[..., nested.places], count[:, nested.places] = total, left
        return self._means(out, count)

    def _means(self, total: Floats, count: Ints) -> Floats:
        """Divide sums (3, M, levels) by the number of classes with company."""
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.where(count > 0, total[self.columns] / count, np.nan)
        numbers = len(self.levels) * len(self.columns)
        return means.transpose(2, 0, 1).reshape(numbers, total.shape[1])


def _looked_at(size: Floats, deepest: int) -> float:
    """Return how many classes and neighbours one relabelling looks at, in groups of some sizes."""
    return float((size * (1.0 + np.minimum(size - 1.0, deepest))).sum())


def _retrieved(labels: NDArray[Any], company: Ints, near: NDArray[Any]) -> Floats:
    """Return the sums of scores under each of some relabellings by their definition, shape (3, M).

    Class i has the label ``labels[m, i]``, and others have it ``company[m, i]`` times; `near` lists
    other classes, nearest first, none of them tied. Sums are taken in order, as a loop takes them.
    """
    place = np.arange(near.shape[1])
    hit = (labels[:, near] == labels[:, :, None]) & (place < company[:, :, None])
    hits = hit.cumsum(axis=2)
    precision = (hit * hits * (1.0 / (place + 1))).cumsum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.stack([hits[:, :, 0], hits[:, :, -1] / company, precision[:, :, -1] / company])
    sums: Floats = np.where(company > 0, scores, 0.0).cumsum(axis=2)[..., -1]
    return sums


def _kind(deepest: int, *scores: Score) -> MeasureKind:
    on = partial(Retrieval, scores, deepest)
    return MeasureKind(scores, on, jackknife=True, of_rows=True)


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
