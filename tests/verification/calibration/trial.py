"""What a simulation is given, and what it collects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from calibration.bounds import LEVEL, QUANTITIES

LARGEST = ("moved", "passed by", "missed by")
"""Quantities of which the largest value counts; of the others the mean does."""

ROUNDING, NOISE = 1e-9, 1e-12
"""What is no difference; what is not even worth a row that looks like one."""


class Measured(NamedTuple):
    """One number of one score."""

    score: str
    """With level and k: ``precision_at_1, level 0``."""
    what: str
    """A name of `bounds.QUANTITIES`."""
    n: int
    """Replicates in which there was a test, an interval, a value."""
    value: float


class Trial:
    """So many replicates from one seed, and what they gave.

    Parameters
    ----------
    seed, replicates : int
    only : set of str, optional
        Scores, by their bare names, that are wanted; default all that the simulation gives.
    """

    def __init__(self, seed: int, replicates: int, only: Iterable[str] | None = None) -> None:
        self.seed, self.replicates = seed, replicates
        self.only = None if only is None else frozenset(only)
        self._seen: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.told: list[float] = []
        """Everything that came in, p-values and ends of intervals before they were judged."""

    def __iter__(self) -> Iterator[np.random.Generator]:
        """Yield the random numbers of each replicate."""
        for i in range(self.replicates):
            yield self.rng(0, i)

    def rng(self, *path: int) -> np.random.Generator:
        """Return random numbers that follow from the seed and a path of numbers."""
        return np.random.default_rng([self.seed, *path])

    def wanted(self, scores: Iterable[str]) -> list[str]:
        """Return those of some scores that are wanted."""
        return [name for name in scores if self.only is None or name in self.only]

    def tell(self, *values: float) -> None:
        """Take numbers of which a verdict is made: they count for the digest alone."""
        self.told += map(float, values)

    def add(self, score: str, what: str, value: float) -> None:
        """Take the outcome of one replicate; NaN where there was none."""
        assert what in QUANTITIES, what
        self.tell(value)
        if self.only is None or bare(score) in self.only:
            self._seen[score, what].append(float(value))

    def add_p_value(self, score: str, p_value: float, what: str = "rejected") -> None:
        """Take a p-value, NaN where nothing was tested."""
        self.tell(p_value)
        self.add(score, what, np.nan if np.isnan(p_value) else float(p_value <= LEVEL))

    def add_interval(
        self, score: str, low: float, high: float, truth: float, what: str = "covered"
    ) -> None:
        """Take a 95 % interval, NaN where there was none, and what it should hold."""
        self.tell(low, high, truth)
        self.add(score, what, np.nan if np.isnan(low) else float(low <= truth <= high))

    def add_ends(self, score: str, row: pd.Series) -> None:
        """Take whether a row's interval holds its estimate, and ends where values end."""
        low, high, value, best = (row[name] for name in ("ci_low", "ci_high", "value", "ceiling"))
        self.tell(value, low, high, best)
        if np.isnan(low):
            return
        self.add(score, "outside", float(not low <= value <= high))
        if not np.isnan(best):
            past = high - best if row["better"] == "higher" else best - low
            self.add(score, "beyond", float(past > ROUNDING))

    def measured(self) -> list[Measured]:
        """Return every number, in the order in which scores first came up."""
        found = []
        for (score, what), seen in self._seen.items():
            values = np.array(seen)[~np.isnan(seen)]
            worst = np.max if what in LARGEST else np.mean
            value = float(worst(values)) if values.size else float("nan")
            value = 0.0 if abs(value) < NOISE else value
            found.append(Measured(score, what, values.size, value))
        return found


def bare(score: str) -> str:
    """Return the name of a score without its level and k."""
    return score.split(", ")[0]


def label(row: pd.Series, cut: int | None = None) -> str:
    """Return the score of a row of a table as the page shows it: ``precision_at_1, level 0``.

    With `cut` this number stands in place of k.
    """
    k = ("k", row["k"]) if cut is None or pd.isna(row["k"]) else ("cut", cut)
    told = [f"{name} {value}" for name, value in (("level", row["level"]), k) if not pd.isna(value)]
    return ", ".join([str(row["score"]), *told])


def labelled(frame: pd.DataFrame, cuts: bool = False) -> pd.DataFrame:
    """Return a table of scores or differences with their labels as its index.

    With `cuts` values of k are numbered from the coarsest: what they are differs between trees.
    """
    numbers = frame.groupby("score").cumcount() + 1
    names = [
        label(row, number if cuts else None)
        for (_, row), number in zip(frame.iterrows(), numbers, strict=True)
    ]
    return frame.set_axis(names, axis=0)
