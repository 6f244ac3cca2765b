"""Distances between the predefined and the inferred tree as measures.

Each is a method of `hiertools.tree_distance`, whose table says what it counts, and how its null
distribution is made cheap.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.comparison.problem import Problem
from hiertools.comparison.scores.measure import NAN, Measure, MeasureKind, Observation
from hiertools.results.status import NO_COMPANY, TOO_FEW_CLASSES
from hiertools.results.table import Key, Score
from hiertools.treedist import METHODS, TreeDistance, dendrogram_purity, fowlkes_mallows
from hiertools.treedist.cuts import cuts, group_sizes

NO_INTERVAL = "no interval over classes: a tree of fewer classes is another tree"


def tree_score(name: str, *, core: bool = False, at: str = "") -> Score:
    """Return the score whose facts are those of a tree distance."""
    method = METHODS[name]
    return Score(
        name,
        method.title,
        method.better,
        method.best,
        method.meaning,
        method.source,
        core,
        (at,),
        method.span,
    )


def tree_kind(name: str) -> MeasureKind:
    """Return the measure of a tree distance that has a null of its own."""
    method = METHODS[name]
    return MeasureKind(
        scores=(tree_score(name),),
        on=partial(TreeMeasure, method),
        jackknife=method.by_halves,
        halves=method.by_halves,
        of_inferred=True,
        no_interval="" if method.by_halves else NO_INTERVAL,
    )


class TreeMeasure(Measure):
    """One number from two trees."""

    def __init__(self, method: TreeDistance, problem: Problem) -> None:
        assert method.prepare is not None
        self.method, self.problem = method, problem
        self.key = Key(method.name)
        self.trees = (problem.ordered_tree, problem.inferred)
        self.values = method.prepare(*self.trees)

    def observe(self) -> list[Observation]:
        counts: Mapping[str, Any] = self.method.function(*self.trees)
        value = float(counts["distance"])
        ceiling = self.method.best if self.method.attains_best and not np.isnan(value) else NAN
        # Every split of three classes leaves one of them alone.
        few = self.problem.n_classes < (3 if self.method.rooted else 4)
        status = TOO_FEW_CLASSES if few else self.method.undefined
        note = counts.get("note", "")
        return [Observation(self.key, value, ceiling, status=status, note=note)]

    @property
    def operations(self) -> float:
        return self.method.cost * float(self.problem.n_classes) ** 2

    def relabelled(self, permutations: Ints) -> Floats:
        return self.values(permutations)[None]


class FowlkesMallows(Measure):
    """Cut into as many groups as a level has: are they that level's groups?"""

    def __init__(self, problem: Problem) -> None:
        of_levels: dict[int, Ints] = {}
        for level in problem.levels:
            groups = problem.groups[level].astype(np.int64)
            of_levels.setdefault(int(groups.max()) + 1, groups)
        inferred = cuts(problem.inferred, of_levels)
        self.groupings = {k: (of_levels[k], groups) for k, groups in zip(of_levels, inferred)}
        self.n = problem.n_classes

    def observe(self) -> list[Observation]:
        found = []
        for k, (groups, inferred) in self.groupings.items():
            counts = fowlkes_mallows.compare_groups(groups, inferred)
            got = group_sizes(inferred).size
            note = counts.get("note", "")
            if got != k:
                note = note or f"tied merges: the inferred tree was cut into {got} groups"
            value = float(counts["distance"])
            ceiling = 1.0 if not np.isnan(value) else NAN
            key = Key("fowlkes_mallows", k=k)
            found.append(Observation(key, value, ceiling, status=NO_COMPANY, note=note))
        return found

    @property
    def operations(self) -> float:
        return 20.0 * self.n * len(self.groupings)

    def relabelled(self, permutations: Ints) -> Floats:
        drawn = [
            fowlkes_mallows.prepare_groups(groups, inferred)(permutations)
            for groups, inferred in self.groupings.values()
        ]
        return np.array(drawn).reshape(len(drawn), len(permutations))


FOWLKES_MALLOWS = MeasureKind(
    (tree_score("fowlkes_mallows", at="k"),),
    FowlkesMallows,
    of_inferred=True,
    no_interval=NO_INTERVAL,
)


class DendrogramPurity(Measure):
    """Whether the groups of each level stay together in the inferred tree."""

    def __init__(self, problem: Problem) -> None:
        self.groups = {level: labels.astype(np.int64) for level, labels in problem.groups.items()}
        self.problem = problem

    def observe(self) -> list[Observation]:
        found = []
        identity = np.arange(self.problem.n_classes)[None, :]
        for level, values in self._prepared().items():
            (value,) = values(identity).tolist()
            undefined = math.isnan(value)
            note = f"undefined: no class has company at level {level}" if undefined else ""
            key = Key("dendrogram_purity", self.problem.level_number(level))
            ceiling = NAN if undefined else 1.0
            found.append(Observation(key, value, ceiling, status=NO_COMPANY, note=note))
        return found

    def _prepared(self) -> dict[int | str, Callable[[Ints], Floats]]:
        inferred = self.problem.inferred
        return {
            level: dendrogram_purity.prepare(groups, inferred)
            for level, groups in self.groups.items()
        }

    @property
    def operations(self) -> float:
        return 20.0 * self.problem.n_classes * len(self.groups)

    def relabelled(self, permutations: Ints) -> Floats:
        drawn = [values(permutations) for values in self._prepared().values()]
        return np.array(drawn).reshape(len(drawn), len(permutations))


DENDROGRAM_PURITY = MeasureKind(
    (tree_score("dendrogram_purity", at="level"),),
    DendrogramPurity,
    of_inferred=True,
    no_interval=NO_INTERVAL,
)
