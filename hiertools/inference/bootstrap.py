"""Intervals by resampling test samples, and paired comparison of two models on the same samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats
from hiertools._core.threads import thread_map
from hiertools.inference import beyond_rounding
from hiertools.inference.contributions import Contributions

__all__ = ["PairedTest", "bootstrap", "interval", "paired_test", "resampled", "swapped"]

_BLOCK_BYTES = 16 << 20


class PairedTest(NamedTuple):
    """Differences of two models' statistics, each of shape (T,)."""

    difference: Floats
    ci_low: Floats
    ci_high: Floats
    p_value: Floats
    """NaN where no swap changes anything: there the models say the same."""
    hypothesis: NDArray[np.int64]
    """Statistics that are the same number under other names test the same hypothesis."""


def resampled(n: int, first: int, stop: int, seed: int) -> Floats:
    """Return how often each sample is drawn in bootstrap sets `first` to `stop`, shape (N, B).

    Every set has its own seed, so the sets do not depend on how they are blocked.

    Examples
    --------
    >>> resampled(4, 0, 3, seed=0).sum(axis=0)
    array([4., 4., 4.])
    """
    weights = np.empty((n, stop - first))
    for place, number in enumerate(range(first, stop)):
        drawn = np.random.default_rng([seed, number]).integers(0, n, n)
        weights[:, place] = np.bincount(drawn, minlength=n)
    return weights


def swapped(n: int, first: int, stop: int, seed: int) -> Floats:
    """Return random signs: -1 where two models' predictions of a sample change places, (N, B).

    Examples
    --------
    >>> sorted(set(swapped(50, 0, 2, seed=0).ravel().tolist()))
    [-1.0, 1.0]
    """
    signs = np.empty((n, stop - first))
    for place, number in enumerate(range(first, stop)):
        # The third number keeps this stream apart from that of `resampled`.
        bits = np.random.default_rng([seed, number, 1]).integers(0, 2, n, dtype=np.int8)
        signs[:, place] = 2.0 * bits - 1.0
    return signs


def bootstrap(contributions: Contributions, count: int, seed: int) -> Floats:
    """Return every statistic on `count` resampled test sets, shape (T, count).

    Samples are drawn with replacement, as many as there are. Embeddings' neighbours are those of
    the whole test set throughout: queries are resampled, the gallery is not.
    """

    def block(first: int, stop: int) -> Floats:
        weights = resampled(contributions.n, first, stop, seed)
        return contributions.evaluate(*contributions.sums(weights))

    return _blocks(block, contributions.n, count)


def interval(replicates: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the percentile interval of each row.

    NaN where a row has no defined replicate, and where both ends are one number: an interval
    without width would claim that the value can't vary, of which replicates that never do can't
    tell.

    Examples
    --------
    >>> interval(np.arange(101.0)[None], 0.9)
    (array([5.]), array([95.]))
    """
    tail = (1.0 - level) / 2.0
    low = np.full(len(replicates), np.nan)
    high = low.copy()
    for row, values in enumerate(replicates):
        defined = values[~np.isnan(values)]
        if defined.size:
            ends = np.quantile(defined, [tail, 1.0 - tail])
            if beyond_rounding(float(np.ptp(ends)), ends):
                low[row], high[row] = ends
    return low, high


def paired_test(
    a: Contributions,
    b: Contributions,
    count: int,
    seed: int,
    level: float = 0.95,
    permutations: int | None = None,
) -> PairedTest:
    """Compare two models on the same samples, statistic by statistic.

    The interval is the percentile bootstrap of the difference a - b, both models on the same drawn
    samples. The p-value is that of the permutation test that swaps the two models' predictions of
    each sample at random: exact for any statistic if the models are exchangeable. It is two-sided,
    (1 + number of differences at least as large) / (1 + permutations).

    Parameters
    ----------
    a, b : Contributions
        Of the same samples in the same order, with the same statistics.
    count : int
        Resampled sets.
    seed : int
    level : float
        Coverage of the interval.
    permutations : int, optional
        Random swaps; default `count`. 0 for none: no p-values.

    Returns
    -------
    PairedTest
    """
    observed = a.values() - b.values()

    def drawn(first: int, stop: int) -> Floats:
        weights = resampled(a.n, first, stop, seed)
        return a.evaluate(*a.sums(weights)) - b.evaluate(*b.sums(weights))

    low, high = interval(_blocks(drawn, a.n, count), level)
    numbers, counts = a.numbers - b.numbers, (a.counts - b.counts).T.tocsr()
    total = [x + y for x, y in zip(a.sums(None), b.sums(None))]

    def exchanged(first: int, stop: int) -> Floats:
        signs = swapped(a.n, first, stop, seed)
        moved = (numbers.T @ signs, np.asarray(counts @ signs))
        mine = [(t + m) / 2.0 for t, m in zip(total, moved)]
        theirs = [(t - m) / 2.0 for t, m in zip(total, moved)]
        return a.evaluate(mine[0], mine[1]) - b.evaluate(theirs[0], theirs[1])

    permutations = count if permutations is None else permutations
    if permutations == 0:
        nothing = np.full(observed.shape, np.nan)
        return PairedTest(observed, low, high, nothing, np.arange(observed.size))
    null = _blocks(exchanged, a.n, permutations)
    # Sums in another order differ in the last digits: equal differences must count as equal.
    slack = 1e-10 * np.maximum(1.0, np.abs(observed))
    as_large = (np.abs(null) >= (np.abs(observed) - slack)[:, None]) | np.isnan(null)
    p = (1.0 + as_large.sum(axis=1)) / (1.0 + permutations)
    nothing = np.isnan(observed) | (np.abs(null).max(axis=1) <= slack)
    # Accuracy is also the top-1 accuracy: one hypothesis, to be counted once.
    distinct = np.unique(np.round(null / slack[:, None], -2), axis=0, return_inverse=True)[1]
    return PairedTest(observed, low, high, np.where(nothing, np.nan, p), distinct.reshape(-1))


def _blocks(function: Callable[[int, int], Floats], n: int, count: int) -> NDArray[np.float64]:
    size = max(1, min(count, _BLOCK_BYTES // (8 * n)))
    starts = range(0, count, size)
    return np.concatenate(
        thread_map(lambda first: function(first, min(first + size, count)), starts), axis=1
    )
