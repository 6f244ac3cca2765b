"""What a measure of `compare` is: its scores' facts, and four things it can do with a problem."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

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
    note: str = ""


class Measure(ABC):
    """One or more scores that share their computation, on one problem.

    A measure prepares what all its calls need in ``__init__``. `observe` gives its numbers,
    `relabelled` the same numbers when the classes' names are shuffled (the null), `without` the
    same numbers when some classes are left out (the jackknife).
    """

    scores: ClassVar[tuple[Score, ...]]
    jackknife: ClassVar[bool] = False
    """Whether leaving out classes gives a valid standard error for it."""
    halves: ClassVar[bool] = False
    """Whether half of the classes must go at once, the hierarchy being inferred anew each time.

    One class more or less can turn an inferred hierarchy over, so values without one class tell
    little of values with other classes. Such a measure needs no `without`.
    """
    no_interval: ClassVar[str] = ""
    """Why there is none, where `jackknife` is False."""

    @abstractmethod
    def __init__(self, problem: Problem) -> None: ...

    @abstractmethod
    def observe(self) -> list[Observation]:
        """Return the numbers."""

    @abstractmethod
    def relabelled(self, permutations: Ints) -> Mapping[Key, Floats]:
        """Return each number under each of the permutations (M, C), shape (M,) a key.

        Class i takes the place in the predefined tree of class ``permutation[i]``.
        """

    @property
    @abstractmethod
    def operations(self) -> float:
        """Roughly how many basic operations (nanoseconds) one permutation costs."""

    def without(self, group_of: Ints, groups: Ints) -> Mapping[Key, Floats]:
        """Return each number without the classes of each of `groups`, shape (G,) a key."""
        raise NotImplementedError
