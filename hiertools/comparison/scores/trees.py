"""Distances between the predefined and the inferred tree as measures.

Each is a method of `hiertools.tree_distance`, which says what it counts; its ``prepare`` makes the
null distribution cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.comparison.problem import Problem
from hiertools.comparison.scores.measure import NAN, Measure, Observation
from hiertools.results.table import Key, Score
from hiertools.treedist import (
    METHODS,
    bakers_gamma,
    cophenetic,
    dasgupta,
    dendrogram_purity,
    fowlkes_mallows,
    information,
    matching_split,
    path_difference,
    quartets,
    triplets,
)
from hiertools.treedist._cuts import cut, group_sizes

Prepared = Callable[[Ints], Floats]


def _score(name: str, title: str, meaning: str) -> Score:
    """Return a score whose direction and source are those of the tree distance."""
    method = METHODS[name]
    best = 1.0 if method.better == "higher" else 0.0
    return Score(name, title, method.better, best, meaning, method.source)


class _TreeMeasure(Measure):
    """One number from two trees."""

    no_interval = "no interval over classes: a tree of fewer classes is another tree"
    module: ModuleType
    """The tree distance; its ``prepare`` returns the function from permutations to values."""
    attains_best: ClassVar[bool] = False
    """Whether some binary tree reaches the best value, whatever the taxonomy."""
    per_pair: ClassVar[float] = 1.0
    """Nanoseconds that a relabelling costs for each of the C^2 pairs of classes."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        (self.score,) = type(self).scores
        self.values: Prepared = self.module.prepare(problem.tree, problem.inferred)

    def observe(self) -> list[Observation]:
        counts: Mapping[str, Any] = METHODS[self.score.name].function(
            self.problem.tree, self.problem.inferred
        )
        value = float(counts["distance"])
        ceiling = self.score.best if self.attains_best and not np.isnan(value) else NAN
        return [Observation(Key(self.score.name), value, ceiling, note=counts.get("note", ""))]

    @property
    def operations(self) -> float:
        return self.per_pair * float(self.problem.n_classes) ** 2

    def relabelled(self, permutations: Ints) -> Mapping[Key, Floats]:
        return {Key(self.score.name): self.values(permutations)}


class ClusteringInformation(_TreeMeasure):
    """How much the splits of one tree tell about those of the other."""

    module = information
    per_pair = 6.0
    scores = (
        _score(
            "clustering_information",
            "clustering information distance",
            "information of both trees' splits that best-matched splits don't share, as a share",
        ),
    )


class MatchingSplit(_TreeMeasure):
    """How many classes best-matched splits place differently."""

    module = matching_split
    per_pair = 6.0
    scores = (
        _score(
            "matching_split",
            "matching split distance",
            "classes that best-matched splits of both trees place on different sides",
        ),
    )


class _Resolution(_TreeMeasure):
    """Of what the taxonomy resolves, the share that the inferred tree does not reproduce.

    Unlike clades, a triplet or quartet of classes stays what it is when other classes are left
    out, so the jackknife is valid where it infers the hierarchy anew.
    """

    jackknife = True
    halves = True
    no_interval = ""


class Triplet(_Resolution):
    """Which two of three classes are closest?"""

    module = triplets
    scores = (
        _score(
            "triplet",
            "triplet distance",
            "share of the taxonomy's resolved triplets that the inferred tree does not reproduce",
        ),
    )


class Quartet(_Resolution):
    """Which two of four classes does an edge part from the other two?"""

    module = quartets
    per_pair = 2.0
    scores = (
        _score(
            "quartet",
            "quartet distance",
            "share of the taxonomy's resolved quartets that the inferred tree does not reproduce",
        ),
    )


class PathDifference(_TreeMeasure):
    """How far path lengths of the two trees differ."""

    module = path_difference
    scores = (
        _score(
            "path_difference",
            "path difference",
            "Euclidean distance of the two trees' path lengths, in edges",
        ),
    )


class CopheneticCorrelation(_TreeMeasure):
    """Whether pairs of classes merge at like heights."""

    module = cophenetic
    attains_best = True
    scores = (
        _score(
            "cophenetic_correlation",
            "cophenetic correlation",
            "Pearson correlation of the heights at which pairs of classes merge",
        ),
    )


class BakersGamma(_TreeMeasure):
    """Whether pairs of classes merge in like order."""

    module = bakers_gamma
    scores = (
        _score(
            "bakers_gamma",
            "Baker's gamma",
            "Spearman correlation of how finely the trees can be cut with a pair still together",
        ),
    )


class DasguptaCost(_TreeMeasure):
    """How well the inferred tree serves the similarities of the predefined one."""

    module = dasgupta
    attains_best = True
    scores = (
        _score(
            "dasgupta_cost",
            "Dasgupta cost",
            "cost of the inferred tree for the taxonomy's similarities: 0 the least, 1 random",
        ),
    )


class FowlkesMallows(Measure):
    """Cut into as many groups as a level has: are they that level's groups?"""

    no_interval = _TreeMeasure.no_interval
    scores = (
        _score(
            "fowlkes_mallows",
            "Fowlkes-Mallows",
            "agreement of a level's groups with the inferred tree cut into as many",
        ),
    )

    def __init__(self, problem: Problem) -> None:
        self.groupings: dict[int, tuple[Ints, Ints]] = {}
        for level in problem.levels:
            groups = problem.groups(level).astype(np.int64)
            k = int(groups.max()) + 1
            if k not in self.groupings:
                self.groupings[k] = (groups, cut(problem.inferred, k))
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
            found.append(Observation(Key("fowlkes_mallows", k=k), value, ceiling, note=note))
        return found

    @property
    def operations(self) -> float:
        return 20.0 * self.n * len(self.groupings)

    def relabelled(self, permutations: Ints) -> Mapping[Key, Floats]:
        return {
            Key("fowlkes_mallows", k=k): fowlkes_mallows.prepare_groups(groups, inferred)(
                permutations
            )
            for k, (groups, inferred) in self.groupings.items()
        }


class DendrogramPurity(Measure):
    """Whether the groups of each level stay together in the inferred tree."""

    no_interval = _TreeMeasure.no_interval
    scores = (
        _score(
            "dendrogram_purity",
            "dendrogram purity",
            "share of the same group below the common ancestor of two of its classes",
        ),
    )

    def __init__(self, problem: Problem) -> None:
        self.groups = {level: problem.groups(level).astype(np.int64) for level in problem.levels}
        self.problem = problem

    def observe(self) -> list[Observation]:
        found = []
        identity = np.arange(self.problem.n_classes)[None, :]
        for level, values in self._prepared().items():
            (value,) = values(identity).tolist()
            note = "" if value == value else f"undefined: no class has company at level {level}"
            key = Key("dendrogram_purity", self.problem.level_number(level))
            found.append(Observation(key, value, 1.0 if value == value else NAN, note=note))
        return found

    def _prepared(self) -> dict[int | str, Prepared]:
        inferred = self.problem.inferred
        return {
            level: dendrogram_purity.prepare(groups, inferred)
            for level, groups in self.groups.items()
        }

    @property
    def operations(self) -> float:
        return 20.0 * self.problem.n_classes * len(self.groups)

    def relabelled(self, permutations: Ints) -> Mapping[Key, Floats]:
        return {
            Key("dendrogram_purity", self.problem.level_number(level)): values(permutations)
            for level, values in self._prepared().items()
        }
