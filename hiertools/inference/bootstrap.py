"""Resampling of test samples, and the interval of a score that lies between two bounds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats
from hiertools._core.threads import thread_map
from hiertools.inference.contributions import Bounds, Contributions, Statistic
from hiertools.inference.formulas import BinnedError, Fixed, GroupMean
from hiertools.inference.intervals import SPREADLESS
from hiertools.inference.student import student_quantile

__all__ = ["bootstrap", "bounded_interval", "in_blocks", "resampled", "score_interval"]

_BLOCK_BYTES = 16 << 20


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


def bootstrap(contributions: Contributions, count: int, seed: int) -> Floats:
    """Return every statistic on `count` resampled test sets, shape (T, count).

    Samples are drawn with replacement, as many as there are. No neighbour is looked for again: in
    scores of embeddings each sample counts with what it contributes as a query and as a neighbour
    (see `hiertools.inference.influences`), for a sample drawn twice would be its own nearest one.
    """

    def block(first: int, stop: int) -> Floats:
        weights = resampled(contributions.n, first, stop, seed)
        return contributions.evaluate(*contributions.sums(weights))

    return in_blocks(block, contributions.n, count)


def score_interval(
    found: Contributions, statistic: Statistic, value: float, drawn: Floats, level: float
) -> tuple[float, float]:
    """Return the interval of a statistic of `found`.

    A calibration error has one of its own. Every other one is that of `bounded_interval`, with the
    standard deviation of its resampled values, `drawn`, for a standard error.
    """
    formula = statistic.formula
    if formula is None or isinstance(formula, Fixed) or np.isnan(value) or statistic.only_value:
        return float("nan"), float("nan")
    if isinstance(formula, BinnedError):
        return formula.interval(found.totals, level)
    defined = drawn[~np.isnan(drawn)]
    if defined.size < 2:
        return float("nan"), float("nan")
    informed = formula.informed_by(found.numbers, found.totals)
    if isinstance(formula, GroupMean):  # resampled sets lack what few samples of a group vary
        error, freedom = formula.error(found.totals)
        if np.isnan(error):
            return error, error
        informed = min(informed, freedom + 1.0)
        return bounded_interval(value, error, informed, statistic.bounds, level)
    error = float(defined.std(ddof=1))
    # Outcomes that are right or wrong can't tell more than as many tosses of a coin.
    counts = statistic.bounds == (0.0, 1.0) and formula.counts_only(found.numbers)
    return bounded_interval(value, error, informed, statistic.bounds, level, only_counts=counts)


def bounded_interval(
    value: float,
    error: float,
    n: float,
    bounds: Bounds,
    level: float = 0.95,
    *,
    only_counts: bool = False,
    at_most: float = np.inf,
) -> tuple[float, float]:
    r"""Return the interval of a mean between two bounds, also where it lies at one of them.

    Clopper and Pearson's interval of a share :math:`\theta`, the value as a share of the way
    between the bounds, for as many trials as would have its standard error, :math:`\theta (1 -
    \theta) / \mathrm{se}^2`. Where the samples agree, the standard error is 0 and tells nothing:
    the trials are then as many as the samples.

    Parameters
    ----------
    value, error : float
    n : float
        How many samples inform the value.
    bounds : (float, float)
        The least and the largest value that there could be; without any, Student's t is used.
    level : float
    only_counts : bool
        Whether each sample is right or wrong, so that trials are never more than samples.
        Otherwise they are fewer by the squared ratio of Normal and Student quantiles.
    at_most : float
        There are no more trials than that.

    Returns
    -------
    low, high : float
        Within the bounds; NaN where these are equal.

    Notes
    -----
    C. Clopper and E. Pearson 1934, doi:10.1093/biomet/26.4.404; effective numbers of trials: E.
    Korn and B. Graubard 1998, "Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data", Survey Methodology 24, 193-201.

    Examples
    --------
    >>> low, high = bounded_interval(1.0, 0.0, 12, (0.0, 1.0))
    >>> round(low, 3), high
    (0.735, 1.0)
    """
    from scipy.special import betaincinv

    least, most = bounds
    span = most - least
    if np.isinf(span):
        half = student_quantile(n - 1, 0.5 + level / 2) * error if n > 1 and error > 0 else np.nan
        return value - half, value + half
    if not span > SPREADLESS * max(abs(least), abs(most)) or not n > 0:
        return float("nan"), float("nan")
    theta = min(max((value - least) / span, 0.0), 1.0)
    spread, variance = theta * (1.0 - theta), (error / span) ** 2
    trials = float(n)
    if variance > SPREADLESS**2 and spread > SPREADLESS:
        trials = spread / variance
        if only_counts:
            trials = min(trials, n)
        elif n > 1:
            tail = 0.5 + level / 2
            trials *= (student_quantile(np.inf, tail) / student_quantile(n - 1, tail)) ** 2
    trials = min(trials, at_most)
    hits, tail = trials * theta, (1.0 - level) / 2
    # A share at a bound: the other end alone is to be found.
    low = betaincinv(hits, trials - hits + 1, tail) if theta > SPREADLESS else 0.0
    high = betaincinv(hits + 1, trials - hits, 1 - tail) if theta < 1 - SPREADLESS else 1.0
    return min(least + span * float(low), value), max(least + span * float(high), value)


def in_blocks(function: Callable[[int, int], Floats], n: int, count: int) -> NDArray[np.float64]:
    """Return what a function gives for `count` draws, block by block, on all threads."""
    size = max(1, min(count, _BLOCK_BYTES // (8 * n)))
    starts = range(0, count, size)
    return np.concatenate(
        thread_map(lambda first: function(first, min(first + size, count)), starts, told=True),
        axis=1,
    )
