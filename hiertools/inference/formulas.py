"""Scores as formulas over sums: a ratio, a mean over classes, a calibration error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hiertools._core.arrays import Floats, Ints

What = Literal["precision", "recall", "f1"]
ONES = 0
"""The column of ones: its sum is the number of samples."""


class Parts(NamedTuple):
    """How much each group of samples informs a ratio, or each of several."""

    group: Ints
    ratio: Ints
    much: Floats

    def of_groups(self, n: int) -> Floats:
        """Return how much each of n groups informs all of them."""
        return np.bincount(self.group, self.much, n).astype(np.float64)

    def of_ratios(self) -> Floats:
        """Return how much all groups inform each of them."""
        return np.bincount(self.ratio, self.much).astype(np.float64)


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

    def parts(self, numbers: Floats, _counts: sparse.csr_matrix) -> Parts:
        """Return how much each group of samples informs it."""
        column = self.bottom if self.informing is None else self.informing
        n = len(numbers)
        return Parts(np.arange(n), np.zeros(n, dtype=np.int64), numbers[:, column])

    def apart(
        self, numbers: Floats, _counts: sparse.csr_matrix, bounds: tuple[float, float]
    ) -> tuple[Floats, Floats]:
        """Return how far each group of samples lies above the least value, and below the most."""
        x, weight = numbers[:, self.top], numbers[:, self.bottom]
        return x - bounds[0] * weight, bounds[1] * weight - x

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

    def counted(self, inverse: Floats, occurs: NDArray[np.bool_]) -> Floats:
        """Return numbers a group as they count in the mean, (groups, B)."""
        counted: Floats = inverse / occurs.sum(axis=0)
        return counted

    def informed_by(self, _numbers: Floats, totals: Floats) -> float:
        """Return how many samples, spread evenly over the groups, would inform it as much."""
        _, bottom, occurs = self.by_group(totals)
        held = np.maximum(bottom[occurs], 1.0)
        return float(occurs.sum()) ** 2 / float((1.0 / held).sum())

    def below(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return what each group of samples adds to what a class's value is a share of."""
        y, p = counts[:, self.labelled], counts[:, self.predicted]
        parts = {"precision": p, "recall": y, "f1": (y + p) / 2.0}
        return sparse.csr_matrix(parts[self.what])

    def parts(self, _numbers: Floats, counts: sparse.csr_matrix) -> Parts:
        """Return how much each group of samples informs each class's value."""
        held = self.below(counts).tocoo()
        return Parts(held.row.astype(np.int64), held.col.astype(np.int64), held.data)

    def apart(
        self, numbers: Floats, counts: sparse.csr_matrix, _bounds: tuple[float, float]
    ) -> tuple[Floats, Floats]:
        """Return how far each group of samples lies above the least value, and below the most."""
        held = self.parts(numbers, counts)
        total = held.of_ratios()
        each = np.zeros(self.both.stop - self.both.start)
        each[: total.size] = np.where(total > 0, 1.0 / np.where(total > 0, total, 1.0), 0.0)
        right: Floats = counts[:, self.both] @ each
        all_of_it = Parts(held.group, held.ratio, held.much * each[held.ratio])
        return right, all_of_it.of_groups(len(right)) - right

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
class Harmonic:
    """The harmonic mean of two shares, of different samples each."""

    one: Ratio
    two: Ratio

    untested = "no test: the two accuracies that it is of are tested"

    def __call__(self, numbers: Floats, counts: Floats) -> Floats:
        """Return the harmonic mean for each of B sums; 0 where a share is."""
        x, y = self.one(numbers, counts), self.two(numbers, counts)
        total = x + y
        return np.where(total == 0, 0.0, 2.0 * x * y / np.where(total == 0, 1.0, total))

    def informed_by(self, numbers: Floats, totals: Floats) -> float:
        """Return half the number of samples behind the share that has fewer.

        Near 0 the mean moves twice as far as a share does.
        """
        return min(each.informed_by(numbers, totals) for each in (self.one, self.two)) / 2.0

    def parts(self, numbers: Floats, counts: sparse.csr_matrix) -> Parts:
        """Return how much each group of samples informs each share."""
        one, two = self.one.parts(numbers, counts), self.two.parts(numbers, counts)
        return Parts(
            np.concatenate([one.group, two.group]),
            np.concatenate([one.ratio, two.ratio + 1]),
            np.concatenate([one.much, two.much]),
        )

    def apart(
        self, numbers: Floats, counts: sparse.csr_matrix, bounds: tuple[float, float]
    ) -> tuple[Floats, Floats]:
        """Return how far each group of samples lies above the least value, and below the most."""
        found = [each.apart(numbers, counts, bounds) for each in (self.one, self.two)]
        total = [max(float(numbers[:, each.bottom].sum()), 1.0) for each in (self.one, self.two)]
        low, high = (
            sum((side / n for side, n in zip(sides, total)), np.zeros(len(numbers)))
            for sides in zip(*found)
        )
        return low, high

    def counts_only(self, _numbers: Floats) -> bool:
        """No number of tosses of one coin has its distribution."""
        return False


@dataclass(frozen=True)
class GroupMean:
    """A mean over groups of the mean of each, of one or several runs of groups with equal weight.

    A group without samples is left out; a run without groups makes it undefined.
    """

    labelled: slice
    """How many samples each group has."""
    both: slice
    """The sum over them."""
    squares: slice
    """The sum of squares."""
    runs: tuple[slice, ...]
    """Which of the groups belong together."""

    untested = ""
    what: What = "recall"
    """Two models have the same groups, as those of a recall are."""

    @property
    def predicted(self) -> slice:
        """What else a group is told by: no more than its samples."""
        return self.labelled

    def __call__(self, _numbers: Floats, counts: Floats) -> Floats:
        """Return the mean for each of B sums."""
        values, _, occurs = self.by_group(counts)
        mean: Floats = (np.where(occurs, values, 0.0) * self.weights(occurs)).sum(axis=0)
        return mean

    def by_group(self, counts: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Return each group's mean, its number of samples, and whether it has any."""
        size, total = counts[self.labelled], counts[self.both]
        occurs = size > 0
        return np.where(occurs, total / np.where(occurs, size, 1.0), 0.0), size, occurs

    def counted(self, inverse: Floats, occurs: NDArray[np.bool_]) -> Floats:
        """Return numbers a group as they count in the mean, (groups, B)."""
        return inverse * self.weights(occurs)

    def weights(self, occurs: NDArray[np.bool_]) -> Floats:
        """Return how much each group's mean counts, (groups, B)."""
        found = np.zeros(occurs.shape)
        for run in self.runs:
            number = occurs[run].sum(axis=0)
            share = 1.0 / (len(self.runs) * np.where(number > 0, number, np.nan))
            found[run] = np.where(occurs[run] | np.isnan(share), share, 0.0)
        return found

    def informed_by(self, _numbers: Floats, totals: Floats) -> float:
        """Return how many samples, spread as the weights are, would inform it as much."""
        _, size, occurs = self.by_group(totals[:, None])
        weights = self.weights(occurs)[occurs]
        return float(1.0 / (weights**2 / size[occurs]).sum())

    def error(self, totals: Floats) -> tuple[float, float]:
        r"""Return the standard error of the mean over the groups that occur, and its degrees.

        A group of few samples tells little of its variance, one of a single sample nothing: each
        is as if it had two more of the variance :math:`s^2` within all groups,

        .. math:: \mathrm{se}^2 = \sum_g w_g^2 \,
                  \frac{\sum_i (x_i - \bar x_g)^2 + 2 s^2}{n_g (n_g + 1)}

        with Satterthwaite's degrees of freedom. NaN where no group has two samples.
        """
        size, total, squares = (totals[each] for each in (self.labelled, self.both, self.squares))
        weights = self.weights((size > 0)[:, None])[:, 0]
        here = (size > 0) & (weights > 0)
        n, w = size[here], weights[here]
        apart = np.maximum(squares[here] - total[here] ** 2 / n, 0.0)
        spare = float((n - 1.0).sum())
        if spare <= 0:
            return float("nan"), float("nan")
        within = float(apart.sum()) / spare
        variance = w**2 * (apart + 2.0 * within) / (n * (n + 1.0))
        total_variance = float(variance.sum())
        if total_variance == 0:
            return 0.0, spare
        shares = variance / total_variance
        return float(np.sqrt(total_variance)), float(1.0 / (shares**2 / (n + 1.0)).sum())

    def below(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return how many samples of each group the groups of samples have."""
        return sparse.csr_matrix(counts[:, self.labelled])

    def parts(self, _numbers: Floats, counts: sparse.csr_matrix) -> Parts:
        """Return how much each group of samples informs each group's mean."""
        held = self.below(counts).tocoo()
        return Parts(held.row.astype(np.int64), held.col.astype(np.int64), held.data)

    def apart(
        self, _numbers: Floats, counts: sparse.csr_matrix, bounds: tuple[float, float]
    ) -> tuple[Floats, Floats]:
        """Return how far each group of samples lies above the least value, and below the most."""
        held = self.below(counts)
        size = np.asarray(held.sum(axis=0)).reshape(-1, 1)
        each = (self.weights(size > 0) / np.where(size > 0, size, 1.0))[:, 0]
        x, weight = counts[:, self.both] @ each, held @ each
        return x - bounds[0] * weight, bounds[1] * weight - x

    def counts_only(self, _numbers: Floats) -> bool:
        """It is a mean of numbers."""
        return False


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
    why_not: str = ""
    """Why there is none."""

    untested = "no test: its bias differs from model to model"

    def __call__(self, _numbers: Floats, counts: Floats) -> Floats:
        """Return the error for each of B sums."""
        return self.error(counts[self.n], counts[self.confidence], counts[self.correct])

    def interval(self, counts: Floats, level: float) -> tuple[float, float]:
        """Return the interval of the population's error, NaN where there is none."""
        if self.ends is None:
            return float("nan"), float("nan")
        return self.ends(counts[self.n], counts[self.confidence], counts[self.correct], level)


@dataclass(frozen=True)
class Fixed:
    """A number that comes from other sums than those over samples: a value, and no more."""

    value: float

    untested = ""

    def __call__(self, numbers: Floats, _counts: Floats) -> Floats:
        """Return the number for each of B sums."""
        return np.full(numbers.shape[1], self.value)
