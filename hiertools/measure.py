"""What a measure of `compare` is: its scores' facts, and four things it can do with a problem."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from hiertools.problem import Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NAN = float("nan")


@dataclass(frozen=True)
class Score:
    """The facts of one score, as tables, reports and `hiertools show-scores` tell them."""

    name: str
    title: str
    better: str
    """"higher" or "lower"."""
    best: float
    """The value of a perfect model, where nothing binds it."""
    meaning: str
    source: str
    core: bool = False
    """Whether ``scores="core"`` includes it."""

    @property
    def sign(self) -> float:
        """+1 where higher is better, else -1."""
        return 1.0 if self.better == "higher" else -1.0


@dataclass(frozen=True, order=True)
class Key:
    """Which number of a score: at which level, for which k."""

    score: str
    level: int | None = None
    k: int | None = None


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
