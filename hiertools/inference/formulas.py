"""Scores as formulas over sums: a ratio, a mean over classes, a calibration error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hiertools._core.arrays import Floats, Ints

What = Literal["precision", "recall", "f1"]
ONES = 0
"""The column of ones: its sum is the number of samples."""


@dataclass(frozen=True)
class Ratio:
    """The ratio of two sums; a mean where the lower one counts samples."""

    top: int
    bottom: int
    empty: float = float("nan")
    """What 0 / 0 is."""
    few: bool = False
    """Whether only some samples inform it, as mistakes do: these can be too few for a test."""
    informing: int | None = None
    """The column that tells which samples inform it, if not those of the lower sum."""

    untested = ""

    def __call__(self, numbers: Floats, _counts: Floats) -> Floats:
        """Return the ratio for each of B sums."""
        over = numbers[self.bottom]
        held = over != 0
        found: Floats = np.where(
            held, numbers[self.top] / np.where(held, over, 1.0), float(self.empty)
        )
        return found

    def informed_by(self, numbers: Floats, _totals: Floats) -> float:
        """Return how many equally weighted samples would inform it as much (Kish)."""
        weight = numbers[:, self.bottom if self.informing is None else self.informing]
        squares = float((weight**2).sum())
        return float(weight.sum()) ** 2 / squares if squares else 0.0

    def counts_only(self, numbers: Floats) -> bool:
        """Tell whether each sample has all of its weight or nothing: then it is a share."""
        x, weight = numbers[:, self.top], numbers[:, self.bottom]
        return bool(((x == 0) | (x == weight)).all())


@dataclass(frozen=True)
class Macro:
    """Macro precision, recall or F1 over groups that occur; what is undefined counts 0."""

    labelled: slice
    predicted: slice
    both: slice
    what: What

    untested = ""

    def __call__(self, _numbers: Floats, counts: Floats) -> Floats:
        """Return the mean over groups for each of B sums."""
        values, _, occurs = self.by_group(counts)
        mean: Floats = np.where(occurs, values, 0.0).sum(axis=0) / occurs.sum(axis=0)
        return mean

    def by_group(self, counts: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Return each group's value, the number it is a share of, and whether it occurs."""
        y, p, hit = counts[self.labelled], counts[self.predicted], counts[self.both]
        bottom = {"precision": p, "recall": y, "f1": (y + p) / 2.0}[self.what]
        values = np.where(bottom > 0, hit / np.where(bottom > 0, bottom, 1.0), 0.0)
        return values, bottom, (y + p) > 0

    def informed_by(self, _numbers: Floats, totals: Floats) -> float:
        """Return how many samples, spread evenly over the groups, would inform it as much."""
        _, bottom, occurs = self.by_group(totals)
        held = np.maximum(bottom[occurs], 1.0)
        return float(occurs.sum()) ** 2 / float((1.0 / held).sum())

    def counts_only(self, _numbers: Floats) -> bool:
        """It is made of what is right or wrong."""
        return True

    def labels(self, counts: sparse.csr_matrix) -> Ints:
        """Return the group of each sample's label, shape (N,)."""
        group: Ints = counts[:, self.labelled].indices.astype(np.int64)
        return group

    def shares(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return each group's share of each sample's prediction, shape (N, groups).

        It is one group's alone where no two predictions are tied.
        """
        return sparse.csr_matrix(counts[:, self.predicted])


@dataclass(frozen=True)
class BinnedError:
    """A calibration error: a number made of the sums of each bin of confidence."""

    n: slice
    confidence: slice
    correct: slice
    error: Callable[[Floats, Floats, Floats], Floats]
    """From each bin's number, summed confidence and right ones, each (bins, B), to (B,) errors."""
    ends: Callable[[Floats, Floats, Floats, float], tuple[float, float]] | None
    """From the same, each (bins,), and a level to an interval; None where there is none."""

    untested = "no test: its bias differs from model to model"

    def __call__(self, _numbers: Floats, counts: Floats) -> Floats:
        """Return the error for each of B sums."""
        return self.error(counts[self.n], counts[self.confidence], counts[self.correct])

    def interval(self, counts: Floats, level: float) -> tuple[float, float]:
        """Return the interval of the population's error, NaN where there is none."""
        if self.ends is None:
            return float("nan"), float("nan")
        return self.ends(counts[self.n], counts[self.confidence], counts[self.correct], level)
