"""What a measure of `compare` is: facts of its scores, and four things it can do with a problem."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from hiertools._core.arrays import Floats, Ints
from hiertools.comparison.problem import Problem
from hiertools.results.table import Key, Score

NAN = float("nan")


@dataclass(frozen=True)
class Observation:
    """One observed number."""

    key: Key
    value: float
    ceiling: float = NAN
    """The best value attainable with this predefined tree, where it is known."""
    n_classes: int | None = None
    """Classes that went into it; None for all."""
    status: str = ""
    """Why the value is undefined, where it is: one of `hiertools.results.status.STATUSES`."""
    note: str = ""


class Measure(ABC):
    """One or more scores that share their computation, on one problem.

    What all its calls need is prepared when it is made. `observe` gives its numbers, `relabelled`
    the same numbers, in the same order, when the classes' names are shuffled (the null), `without`
    when some classes are left out (the jackknife).
    """

    @abstractmethod
    def observe(self) -> list[Observation]:
        """Return the numbers."""

    @abstractmethod
    def relabelled(self, permutations: Ints) -> Floats:
        """Return each number under each of the permutations (M, C), shape (numbers, M).

        Class i takes the place in the predefined tree of class ``permutation[i]``.
        """

    @property
    @abstractmethod
    def operations(self) -> float:
        """Roughly how many basic operations (nanoseconds) one permutation costs."""

    def prepare(self) -> None:  # noqa: B027  (most have nothing to get ready)
        """Get ready for relabellings, pieces of which then run in threads."""

    def without(self, group_of: Ints, groups: Ints) -> Floats:
        """Return each number without the classes of each of `groups`, shape (numbers, G)."""
        raise NotImplementedError


@dataclass(frozen=True)
class MeasureKind:
    """What holds of a measure on every problem: a row of the registry."""

    scores: tuple[Score, ...]
    on: Callable[[Problem], Measure]
    """Makes the measure of a problem."""
    jackknife: bool = False
    """Whether leaving out classes gives a valid standard error for it."""
    halves: bool = False
    """Whether half of the classes must go at once, the hierarchy being inferred anew each time.

    One class more or less can turn an inferred hierarchy over, so values without one class tell
    little of values with other classes. Such a measure needs no `Measure.without`.
    """
    of_inferred: bool = False
    """Whether it looks at the inferred hierarchy, so that tied merges can change it."""
    of_rows: bool = False
    """Whether it is observed on rows of distances that needn't be held, one after the other."""
    no_interval: str = ""
    """Why there is none, where `jackknife` is False."""
