"""Scores as functions of sums over samples, so that a resampled set costs one matrix product.

Each sample contributes numbers (its tree distance, whether it was right) and counts (its label's
node at each level); a score is a function of their sums. The estimate uses the plain sums, the
bootstrap weighted ones, a paired test the sums after swapping two models' contributions: the same
functions give all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hiertools._core.arrays import Floats, Ints
from hiertools.inference.formulas import ONES, BinnedError, Fixed, GroupMean, Harmonic, Macro, Ratio

Formula = Ratio | Macro | BinnedError | Harmonic | GroupMean | Fixed
Bounds = tuple[float, float]
SHARE: Bounds = (0.0, 1.0)


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
    only_value: str = ""
    """Why there is neither interval nor test, where there is none."""
    chance: Ratio | None = None
    """What it is on average where only chance decides, if that can be told."""

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
    """What each of N samples adds to the sums, and the statistics made of those.

    Or what each of N groups of samples does: then these are drawn and swapped, as samples are.
    """

    numbers: Floats
    """Shape (N, S)."""
    kinds: sparse.csr_matrix
    """Shape (N, K): what a sample counts as; one kind are those, too, that share out alike."""
    statistics: tuple[Statistic, ...]
    spread: sparse.csr_matrix | None = None
    """Shape (K, M): what each of those adds to the counts; itself where there is none."""
    unit: str = "sample"
    """What a row is: a sample, or a group of samples."""
    even: bool = True
    """Whether each row is one sample that counts once."""

    @property
    def n(self) -> int:
        """Number of samples, or of groups."""
        return len(self.numbers)

    @cached_property
    def counts(self) -> sparse.csr_matrix:
        """What each sample adds to the counts, shape (N, M)."""
        return self.kinds if self.spread is None else sparse.csr_matrix(self.kinds @ self.spread)

    @cached_property
    def totals(self) -> Floats:
        """The counts of all samples, shape (M,)."""
        return self.sums(None)[1][:, 0]

    def values(self) -> Floats:
        """Return every statistic of all samples, shape (T,)."""
        return self.evaluate(*self.sums(None))[:, 0]

    def chances(self) -> Floats:
        """Return what every statistic of all samples is by chance, shape (T,); NaN if untold."""
        numbers, counts = self.sums(None)
        each = [statistic.chance for statistic in self.statistics]
        found = [np.array([np.nan]) if one is None else one(numbers, counts) for one in each]
        return np.concatenate([*found, np.empty(0)])

    def sums(self, weights: NDArray[np.floating] | None) -> tuple[Floats, Floats]:
        """Return sums weighted by each column of `weights` (N, B); plain sums for None."""
        if weights is None:
            numbers = self.numbers.sum(axis=0)[:, None]
            counts = np.asarray(self.kinds.sum(axis=0), dtype=np.float64).reshape(-1, 1)
        else:
            # Kinds first: where all classes are tied, each sample counts for all of them.
            numbers, counts = self.numbers.T @ weights, np.asarray(self.kinds.T @ weights)
        return numbers, counts if self.spread is None else np.asarray(self.spread.T @ counts)

    def evaluate(self, numbers: Floats, counts: Floats) -> Floats:
        """Return every statistic for B sums, shape (T, B)."""
        return np.stack([statistic(numbers, counts) for statistic in self.statistics])

    def reordered(self, order: Ints) -> Contributions:
        """Return the same with samples in another order, and kinds in that of their first sample.

        Sums over kinds then have the order of samples, too.
        """
        kinds, spread = sparse.csr_matrix(self.kinds[order]), self.spread
        if spread is not None:
            seen, first = np.unique(kinds.indices, return_index=True)
            met = seen[np.argsort(first)]
            by_first = np.append(met, np.setdiff1d(np.arange(kinds.shape[1]), met))
            kinds = sparse.csr_matrix(kinds[:, by_first])
            kinds.sort_indices()
            spread = sparse.csr_matrix(spread[by_first])
        return replace(self, numbers=self.numbers[order], kinds=kinds, spread=spread)

    def weighted(self, weights: Floats | None) -> Contributions:
        """Return the same with each sample counted so many times; the same for None."""
        if weights is None:
            return self
        kinds = self.kinds.copy()
        kinds.data = kinds.data * np.repeat(weights, np.diff(kinds.indptr))
        return replace(self, numbers=self.numbers * weights[:, None], kinds=kinds, even=False)

    def together(self, group: Ints | None) -> Contributions:
        """Return what the samples of each group add, group 0 first; the same for None."""
        if group is None:
            return self
        size = int(group.max()) + 1
        own = sparse.csr_matrix((np.ones(self.n), (group, np.arange(self.n))), shape=(size, self.n))
        numbers = np.asarray(own @ self.numbers)
        kinds = sparse.csr_matrix(own @ self.kinds)
        return replace(self, numbers=numbers, kinds=kinds, unit="group", even=False)


class Collector:
    """Gathers the columns of `Contributions` while scores are defined."""

    def __init__(self, n: int) -> None:
        self.n = n
        self._numbers: list[Floats] = [np.ones(n)]
        self._index: list[Ints] = []
        self._value: list[Floats] = []
        self._shared: list[tuple[int, sparse.csr_matrix, Ints]] = []
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
        of = np.arange(number.size) if kind is None else kind
        self._shared.append((self._width, each, of))
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
        only_value: str = "",
        chance: Ratio | None = None,
    ) -> None:
        """Define a statistic."""
        self.statistics.append(
            Statistic(score, level, k, n_classes, formula, status, note, bounds, only_value, chance)
        )

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
        only_value: str = "",
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
        told: dict[str, Any] = {"level": level, "k": k, "note": note, "bounds": bounds}
        self.add(score, n_classes, formula, only_value=only_value, **told)

    def finish(self) -> Contributions:
        """Return what was gathered."""
        width = max(self._width, 1)
        index, value = [*self._index], [*self._value]
        spread = [sparse.csr_matrix(sparse.eye_array(width))]
        n_kinds = width
        for start, each, kind in self._shared:  # their kinds come behind all bins
            index.append(kind + n_kinds)
            value.append(np.ones(self.n))
            shifted = (each.data, each.indices + start, each.indptr)
            spread.append(sparse.csr_matrix(shifted, shape=(each.shape[0], width)))
            n_kinds += each.shape[0]
        kinds = sparse.csr_matrix(
            (
                np.stack(value, axis=1).ravel() if value else np.empty(0),
                np.stack(index, axis=1).ravel() if index else np.empty(0, dtype=np.int64),
                np.arange(self.n + 1) * len(index),
            ),
            shape=(self.n, n_kinds),
        )
        return Contributions(
            np.stack(self._numbers, axis=1),
            kinds,
            tuple(self.statistics),
            sparse.csr_matrix(sparse.vstack(spread)) if self._shared else None,
        )
