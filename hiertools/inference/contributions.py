"""Scores as functions of sums over samples, so that a resampled set costs one matrix product.

Each sample contributes numbers (its tree distance, whether it was right) and counts (its label's
node at each level); a score is a function of their sums. The estimate uses the plain sums, the
bootstrap weighted ones, a paired test the sums after swapping two models' contributions: the same
functions give all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hiertools._core.arrays import Floats, Ints
from hiertools.inference.formulas import ONES, BinnedError, Macro, Ratio

Formula = Ratio | Macro | BinnedError
Bounds = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Statistic:
    """One number of the score table."""

    score: str
    level: int | None
    k: int | None
    n_classes: int
    formula: Formula | None
    """(S, B) summed numbers and (M, B) summed counts -> (B,) values; None where undefined."""
    status: str = ""
    """Why it is undefined, where it is: a word of the column ``status``."""
    note: str = ""
    bounds: Bounds = (-np.inf, np.inf)
    """The least and the largest value that there can be; intervals keep within."""

    @property
    def key(self) -> tuple[str, int | None, int | None]:
        """What identifies it."""
        return self.score, self.level, self.k

    def __call__(self, numbers: Floats, counts: Floats) -> Floats:
        """Return the statistic for each of B sums."""
        if self.formula is None:
            return np.full(numbers.shape[1], np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.formula(numbers, counts)


@dataclass(frozen=True, eq=False)
class Contributions:
    """What each of N samples adds to the sums, and the statistics made of those."""

    numbers: Floats
    """Shape (N, S)."""
    counts: sparse.csr_matrix
    """Shape (N, M)."""
    statistics: tuple[Statistic, ...]

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.numbers)

    def values(self) -> Floats:
        """Return every statistic of all samples, shape (T,)."""
        return self.evaluate(*self.sums(None))[:, 0]

    def sums(self, weights: NDArray[np.floating] | None) -> tuple[Floats, Floats]:
        """Return sums weighted by each column of `weights` (N, B); plain sums for None."""
        if weights is None:
            return (
                self.numbers.sum(axis=0)[:, None],
                np.asarray(self.counts.sum(axis=0), dtype=np.float64).reshape(-1, 1),
            )
        return self.numbers.T @ weights, np.asarray(self.counts.T @ weights)

    def evaluate(self, numbers: Floats, counts: Floats) -> Floats:
        """Return every statistic for B sums, shape (T, B)."""
        return np.stack([statistic(numbers, counts) for statistic in self.statistics])

    def reordered(self, order: Ints) -> Contributions:
        """Return the same with samples in another order."""
        return Contributions(self.numbers[order], self.counts[order], self.statistics)


class Collector:
    """Gathers the columns of `Contributions` while scores are defined."""

    def __init__(self, n: int) -> None:
        self.n = n
        self._numbers: list[Floats] = [np.ones(n)]
        self._index: list[Ints] = []
        self._value: list[Floats] = []
        self._shared: dict[int, sparse.csr_matrix] = {}
        self._width = 0
        self.statistics: list[Statistic] = []

    def column(self, values: NDArray[np.generic]) -> int:
        """Add a number a sample; return the place of its sum."""
        self._numbers.append(np.asarray(values, dtype=np.float64))
        return len(self._numbers) - 1

    def bins(self, index: Ints, width: int, values: NDArray[np.generic] | None = None) -> slice:
        """Add `values` (default 1) into one of `width` bins a sample; return the sums' places."""
        self._index.append(index + self._width)
        self._value.append(
            np.ones(self.n) if values is None else np.asarray(values, dtype=np.float64)
        )
        self._width += width
        return slice(self._width - width, self._width)

    def shares(
        self, index: NDArray[np.integer], width: int, number: Ints, kind: Ints | None = None
    ) -> slice:
        """Share 1 out among several bins a sample, `number` of them; return the sums' places.

        The bins come sample by sample; one may come several times. With `kind`, which is that
        of each sample, they come kind by kind.
        """
        starts = np.concatenate([[0], np.cumsum(number)])
        each = sparse.csr_matrix(
            (np.repeat(1.0 / number, number), index, starts), shape=(number.size, width)
        )
        each.sum_duplicates()
        self._shared[self._width] = each if kind is None else sparse.csr_matrix(each[kind])
        self._width += width
        return slice(self._width - width, self._width)

    def add(
        self,
        score: str,
        n_classes: int,
        formula: Formula | None,
        *,
        level: int | None = None,
        k: int | None = None,
        status: str = "",
        note: str = "",
        bounds: Bounds = (-np.inf, np.inf),
    ) -> None:
        """Define a statistic."""
        self.statistics.append(Statistic(score, level, k, n_classes, formula, status, note, bounds))

    def add_mean(
        self,
        score: str,
        n_classes: int,
        values: Floats,
        *,
        level: int | None = None,
        k: int | None = None,
        note: str = "",
        bounds: Bounds = (-np.inf, np.inf),
        informing: NDArray[np.bool_] | None = None,
    ) -> None:
        """Define the mean of a number over the samples where it is defined (not NaN).

        `informing` tells which samples inform a mean over all of them, where not all do.
        """
        missing = np.isnan(values)
        if missing.any():
            top = self.column(np.where(missing, 0.0, values))
            formula = Ratio(top, self.column(~missing))
        elif informing is not None and not informing.all():
            top = self.column(values)
            formula = Ratio(top, ONES, informing=self.column(informing))
        else:
            formula = Ratio(self.column(values), ONES)
        self.add(score, n_classes, formula, level=level, k=k, note=note, bounds=bounds)

    def finish(self) -> Contributions:
        """Return what was gathered."""
        per_sample = len(self._index)
        if per_sample:
            index = np.stack(self._index, axis=1).ravel()
            value = np.stack(self._value, axis=1).ravel()
        else:
            index, value = np.empty(0, dtype=np.int64), np.empty(0)
        counts = sparse.csr_matrix(
            (value, index, np.arange(self.n + 1) * per_sample), shape=(self.n, max(self._width, 1))
        )
        if self._shared:  # columns in between that hold nothing yet
            parts, done = [], 0
            for start, shared in self._shared.items():
                parts += [counts[:, done:start], shared]
                done = start + shared.shape[1]
            counts = sparse.hstack([*parts, counts[:, done:]], format="csr")
        return Contributions(np.stack(self._numbers, axis=1), counts, tuple(self.statistics))
