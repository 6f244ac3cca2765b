"""Intervals over classes by the jackknife: the value is computed again without some classes.

Never by a bootstrap of classes, which would draw classes twice and put them at distance 0 from
themselves.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools.inference.gaps import whole_rows
from hiertools.inference.intervals import (
    FEWEST_UNITS,
    SPREADLESS,
    Interval,
    check_level,
    t_interval,
)
from hiertools.inference.permutation import permutations
from hiertools.inference.student import student_quantile


@door
def jackknife_groups(n: int, count: int, seed: int) -> tuple[Ints, Ints]:
    """Deal n classes into `count` groups of nearly equal size.

    Returns
    -------
    group_of : ndarray of int, shape (n,)
    groups : ndarray of int
        The group numbers. With ``count >= n`` each class is its own group.
    """
    n, seed = checks.whole_number(n, "n"), checks.whole_number(seed, "seed", most=None)
    if checks.whole_number(count, "count", least=1) >= n:
        return np.arange(n), np.arange(n)
    group_of = np.random.default_rng(seed).permutation(n) % count
    return group_of, np.arange(count)


@door
def random_halves(n: int, count: int, seed: int) -> Ints:
    """Return `count` random halves of n classes, in rising order, shape (count, n // 2).

    Examples
    --------
    >>> random_halves(6, 2, seed=0)
    array([[2, 3, 5],
           [1, 4, 5]])
    """
    return np.sort(permutations(n, count, seed)[:, : n // 2], axis=1)


@door
def from_subsets(values: ArrayLike, n_kept: int, n: int) -> Floats:
    r"""Turn a value in random subsets into replicates for `jackknife_interval`.

    The delete-d jackknife (Shao and Wu 1989, doi:10.1214/aos/1176347263) has

    .. math:: \mathrm{se}^2 = \frac{n - d}{d} \, \frac{1}{B - 1} \sum_b (\theta_b - \bar\theta)^2

    over B subsets of n - d classes. It is valid for values that jump when one class goes, where
    the delete-one jackknife is not. Deviations are scaled so that the latter's formula gives this.

    Parameters
    ----------
    values : array_like of float, shape (B,)
        NaN where undefined.
    n_kept, n : int
        Classes in a subset, and in all.

    Returns
    -------
    ndarray of float, shape (B,)

    Examples
    --------
    >>> half = from_subsets([0.2, 0.3, 0.4], 50, 100)
    >>> round(jackknife_interval(0.3, half).standard_error, 6)
    0.1
    """
    theta = checks.numeric(values, "values", OptionError)
    defined = int((~np.isnan(theta)).sum())
    if defined < 2 or n_kept >= n:
        return np.full(theta.shape, np.nan)
    mean = np.nanmean(theta)
    scale = np.sqrt(n_kept / (n - n_kept) * defined) / (defined - 1)
    spread: Floats = mean + scale * (theta - mean)
    return spread


@door
def jackknife_interval(
    value: float,
    replicates: ArrayLike,
    *,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    level: float = 0.95,
    scale: float = 0.0,
    n_classes: float = np.inf,
) -> Interval:
    r"""Return the delete-a-group jackknife interval of a value.

    .. math:: \mathrm{se}^2 = \frac{G - 1}{G} \sum_g (\theta_{(g)} - \bar\theta)^2

    and Student's t; the ends are cut at `bounds`. Its degrees of freedom are one less than the
    number of groups, or of classes that inform the value where those are fewer: replicates without
    other classes repeat what is known already.

    Parameters
    ----------
    value : float
    replicates : array_like of float, shape (G,)
        The value without each group.
    bounds : (float, float)
    level : float
    scale : float
        Size of the numbers that a difference is taken of: they set its rounding.
    n_classes : int
        How many classes inform the value; default all that are left out.

    Returns
    -------
    Interval
        All NaN with fewer than three defined replicates, or three classes; ends NaN where all
        replicates are equal.

    Notes
    -----
    Efron and Stein 1981, doi:10.1214/aos/1176345462.

    Examples
    --------
    >>> interval = jackknife_interval(2.0, [2.5, 2.0, 1.5])
    >>> round(interval.standard_error, 4)
    0.5774
    """
    theta = checks.numeric(replicates, "replicates", OptionError)
    values, informing = np.array([value], dtype=np.float64), np.array([n_classes], dtype=np.float64)
    told = theta[~np.isnan(theta)][None]
    ((error, degrees),) = _standard_errors(values, told, scale, informing)
    if math.isnan(error):
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    return t_interval(value, error, degrees, level, bounds)


def _standard_errors(
    values: Floats, replicates: Floats, scale: float, n_classes: Floats
) -> list[tuple[float, float]]:
    """Return standard errors and their degrees of freedom: 0 where one is rounding, NaN if none."""
    found: dict[int, tuple[float, float]] = {}
    for places, theta in whole_rows(replicates):
        size, value = theta.shape[1], values[places]
        units = np.minimum(size, n_classes[places])
        error = np.full(places.size, np.nan)
        if size >= FEWEST_UNITS:
            with np.errstate(over="ignore", invalid="ignore"):
                apart = ((theta - theta.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
            error = np.sqrt((size - 1) / size * apart)
            largest = np.maximum(np.abs(value), np.abs(theta).max(axis=1))
            error[error <= SPREADLESS * np.maximum(largest, abs(scale))] = 0.0
            error[(units < FEWEST_UNITS) | np.isnan(value)] = np.nan
        found |= zip(places.tolist(), zip(error.tolist(), (units - 1).tolist()))
    return [found[place] for place in range(len(values))]


@door
def share_interval(
    value: float, replicates: ArrayLike, n_classes: int, *, level: float = 0.95
) -> Interval:
    r"""Return the jackknife interval of a mean share, a number between 0 and 1.

    Wilson's interval for as many independent trials as would have the jackknife's standard error,

    .. math:: n = \min\Big(C, \frac{\theta (1 - \theta)}{\mathrm{se}^2}\Big), \qquad
              \frac{\theta + t^2 / 2n}{1 + t^2 / n} \pm \frac{t}{1 + t^2 / n}
              \sqrt{\frac{\theta (1 - \theta)}{n} + \frac{t^2}{4 n^2}}

    with t Student's quantile of `jackknife_interval`. In the middle of the range the two agree.
    Near 0 and 1 the plain one is too short, and without width where leaving out no class changes
    the value, as at a perfect precision, or an expectation over tied neighbours that is the same
    for every class. Hence n is never more than C, the number of classes that inform the share.

    Parameters
    ----------
    value : float
    replicates : array_like of float, shape (G,)
        The value without each group.
    n_classes : int
        How many classes the share is a mean over.
    level : float

    Returns
    -------
    Interval
        Within [0, 1], with the standard error of `jackknife_interval`; all NaN with fewer than
        three defined replicates, or three classes.

    Notes
    -----
    Wilson 1927, doi:10.1080/01621459.1927.10502953; effective numbers of trials: Korn and Graubard
    1998, "Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data", Survey Methodology 24, 193-201.

    Examples
    --------
    >>> interval = share_interval(1.0, [1.0] * 20, 20)
    >>> round(interval.low, 2), interval.high
    (0.82, 1.0)
    """
    theta = checks.numeric(replicates, "replicates", OptionError)
    told = theta[~np.isnan(theta)][None]
    informing = np.array([n_classes], dtype=np.float64)
    return share_intervals(np.array([value], dtype=np.float64), told, informing, level)[0]


def share_intervals(
    values: Floats, replicates: Floats, n_classes: Floats, level: float = 0.95
) -> list[Interval]:
    """Return the intervals of several mean shares, as `share_interval` does of one.

    `values` and `n_classes` have a number each for the rows of `replicates`, shape (K, G).

    Examples
    --------
    >>> flat = np.repeat([[1.0], [0.0]], 20, axis=1)
    >>> two = share_intervals(np.array([1.0, 0.0]), flat, np.array([20.0, 20.0]))
    >>> [(round(interval.low, 2), round(interval.high, 2)) for interval in two]
    [(0.82, 1.0), (0.0, 0.18)]
    """
    check_level(level)
    errors = _standard_errors(values, replicates, 0.0, n_classes)
    return [
        _wilson(value, error, degrees, n, level)
        for value, n, (error, degrees) in zip(values.tolist(), n_classes.tolist(), errors)
    ]


def _wilson(value: float, error: float, degrees: float, n: float, level: float) -> Interval:
    """Return Wilson's interval of a share of n trials, fewer where its standard error says so."""
    variance = error * error
    if not math.isfinite(variance):
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    t = student_quantile(degrees, 0.5 + level / 2)
    spread = value * (1.0 - value)
    if spread > SPREADLESS and variance > SPREADLESS:
        n = min(n, spread / variance)
    centre, scale = value + t**2 / (2 * n), 1.0 + t**2 / n
    half = t * math.sqrt(max(spread, 0.0) / n + t**2 / (4 * n**2))
    # Rounding must not put a perfect value outside its own interval.
    low = float(min(max((centre - half) / scale, 0.0), value))
    high = float(max(min((centre + half) / scale, 1.0), value))
    return Interval(low, high, error, degrees)
