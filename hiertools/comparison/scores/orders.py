"""A measure under several orders of tied merges: the mean over the same trees, everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.comparison.problem import Problem
from hiertools.comparison.scores.measure import Measure, MeasureKind, Observation


def measure_of(kind: MeasureKind, problem: Problem) -> Measure:
    """Return a kind's measure of a problem, over all its orders of ties where they can matter."""
    if not kind.of_inferred or not problem.further:
        return kind.on(problem)
    return OverOrders([kind.on(each) for each in problem.under_orders])


class OverOrders(Measure):
    """The mean of a measure over hierarchies that differ by how ties were broken.

    Observed and relabelled on the same trees, so that a null distribution is that of the number
    reported. A tree on which a number is undefined is left out of its mean.
    """

    def __init__(self, measures: Sequence[Measure]) -> None:
        self.measures = measures

    def observe(self) -> list[Observation]:
        return [_mean_observation(same) for same in zip(*(m.observe() for m in self.measures))]

    @property
    def operations(self) -> float:
        return sum(measure.operations for measure in self.measures)

    def prepare(self) -> None:
        for measure in self.measures:
            measure.prepare()

    def relabelled(self, permutations: Ints) -> Floats:
        return _mean(np.array([measure.relabelled(permutations) for measure in self.measures]))


def _mean(values: Floats) -> Floats:
    """Return the mean over the first axis of what is defined, else NaN."""
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = np.where(defined, values, 0.0).sum(axis=0) / defined.sum(axis=0)
    return mean


def _mean_observation(same: Sequence[Observation]) -> Observation:
    values, ceilings = (
        np.array([getattr(each, name) for each in same]) for name in ("value", "ceiling")
    )
    defined = values[~np.isnan(values)]
    if defined.size == 0:
        return same[0]
    told = f"mean over {defined.size} orders of tied merges, {defined.min():.3f} to "
    told += f"{defined.max():.3f}"
    if defined.size < len(same):
        told += f", undefined under {len(same) - defined.size} others"
    first = next(each for each in same if not np.isnan(each.value))
    note = f"{told}; under the first, {first.note}" if first.note else told
    return replace(
        first, value=float(defined.mean()), ceiling=float(_mean(ceilings)), status="", note=note
    )
