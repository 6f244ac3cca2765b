"""Chance levels, p-values, intervals and tests: the honest part of every number.

The null hypothesis of `compare` is that the classes' names are exchangeable: representatives are
relabelled at random. Intervals over classes come from the jackknife, never from a bootstrap of
classes, which would draw classes twice and put them at distance 0 from themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools import _checks
from hiertools._threads import thread_map
from hiertools.errors import OptionError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SPREADLESS = 1e-12
_TOLERANCE = 1e-10  # sums taken in another order differ in the last digits; equal scores stay equal


# ---- permutation null


@dataclass(frozen=True)
class Null:
    """A score's distribution when the classes' names are shuffled."""

    chance: float
    """Mean of the distribution."""
    z: float
    """Observed value less the mean, in standard deviations; NaN where there is no spread."""
    p_value: float
    """(1 + number as good or better) / (1 + number), one-sided."""
    n_permutations: int


def permutations(n: int, count: int, seed: int) -> Ints:
    """Return `count` random permutations of ``range(n)``, shape (count, n).

    Examples
    --------
    >>> permutations(4, 2, seed=0)
    array([[2, 0, 1, 3],
           [3, 2, 1, 0]])
    """
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(n) for _ in range(count)]) if count else np.empty((0, n), int)


def summarise_null(value: float, null: ArrayLike, better: str = "higher") -> Null:
    """Hold an observed value against its null distribution.

    Parameters
    ----------
    value : float
    null : array_like of float, shape (M,)
        The same score under M relabellings; NaN ones are left out.
    better : {"higher", "lower"}

    Returns
    -------
    Null
        All NaN where the value is NaN or no relabelling gave a number.

    Examples
    --------
    >>> summarise_null(0.5, [0.0, 0.1, -0.1, 0.0]).p_value
    0.2
    """
    sign = 1.0 if _checks.option(better, ("higher", "lower"), "better") == "higher" else -1.0
    drawn = np.asarray(null, dtype=np.float64)
    drawn = drawn[~np.isnan(drawn)]
    if np.isnan(value) or drawn.size == 0:
        return Null(float("nan"), float("nan"), float("nan"), int(drawn.size))
    chance = float(drawn.mean())
    spread = float(drawn.std(ddof=1)) if drawn.size > 1 else 0.0
    scale = max(abs(value), abs(chance), 1.0)
    z = (value - chance) / spread if spread > _SPREADLESS * scale else float("nan")
    as_good = int((sign * drawn >= sign * value - _TOLERANCE * scale).sum())
    return Null(chance, float(z), (1 + as_good) / (1 + drawn.size), int(drawn.size))


def chance_corrected(value: float, chance: float, best: float) -> float:
    """Return ``(value - chance) / (best - chance)``: 0 for a random model, 1 for the best one.

    Examples
    --------
    >>> chance_corrected(0.75, 0.5, 1.0)
    0.5
    """
    return (value - chance) / (best - chance) if abs(best - chance) > _SPREADLESS else float("nan")


# ---- jackknife


@dataclass(frozen=True)
class Interval:
    """A confidence interval and the standard error behind it.

    Where the error is 0, nothing is known of how much the value varies: an interval without width
    would claim that it does not, so its ends are NaN.
    """

    low: float
    high: float
    standard_error: float
    degrees_of_freedom: float


def beyond_rounding(error: float, *values: ArrayLike) -> float:
    """Return a standard error, 0 where it is no more than rounding of the values it comes from.

    Examples
    --------
    >>> beyond_rounding(1e-17, [0.3, 0.1]), beyond_rounding(0.01, [0.3, 0.1])
    (0.0, 0.01)
    """
    largest = max(float(np.abs(np.asarray(value)).max(initial=0.0)) for value in values)
    return error if error > _SPREADLESS * largest else 0.0


def t_interval(
    centre: float,
    error: float,
    degrees_of_freedom: float,
    level: float = 0.95,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Interval:
    """Return Student's t interval of a value with a standard error; ends NaN where that is 0.

    Examples
    --------
    >>> interval = t_interval(0.5, 0.1, 10)
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.277, 0.723)
    """
    from scipy.stats import t as student

    if error == 0:
        return Interval(float("nan"), float("nan"), 0.0, degrees_of_freedom)
    half = float(student.ppf(0.5 + level / 2, degrees_of_freedom)) * error
    low, high = max(centre - half, bounds[0]), min(centre + half, bounds[1])
    return Interval(low, high, error, degrees_of_freedom)


def jackknife_groups(n: int, count: int, seed: int) -> tuple[Ints, Ints]:
    """Deal n classes into `count` groups of nearly equal size.

    Returns
    -------
    group_of : ndarray of int, shape (n,)
    groups : ndarray of int
        The group numbers. With ``count >= n`` each class is its own group.
    """
    if count >= n:
        return np.arange(n), np.arange(n)
    group_of = np.random.default_rng(seed).permutation(n) % count
    return group_of, np.arange(count)


def random_halves(n: int, count: int, seed: int) -> Ints:
    """Return `count` random halves of n classes, in rising order, shape (count, n // 2).

    Examples
    --------
    >>> random_halves(6, 2, seed=0)
    array([[2, 3, 5],
           [1, 4, 5]])
    """
    return np.sort(permutations(n, count, seed)[:, : n // 2], axis=1)


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
    theta = np.asarray(values, dtype=np.float64)
    defined = int((~np.isnan(theta)).sum())
    if defined < 2 or n_kept >= n:
        return np.full(theta.shape, np.nan)
    mean = np.nanmean(theta)
    scale = np.sqrt(n_kept / (n - n_kept) * defined) / (defined - 1)
    return mean + scale * (theta - mean)


def jackknife_interval(
    value: float,
    replicates: ArrayLike,
    *,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    level: float = 0.95,
    scale: float = 0.0,
) -> Interval:
    r"""Return the delete-a-group jackknife interval of a value.

    .. math:: \mathrm{se}^2 = \frac{G - 1}{G} \sum_g (\theta_{(g)} - \bar\theta)^2

    and Student's t with G - 1 degrees of freedom; the ends are cut at `bounds`.

    Parameters
    ----------
    value : float
    replicates : array_like of float, shape (G,)
        The value without each group.
    bounds : (float, float)
    level : float
    scale : float
        Size of the numbers that a difference is taken of: they set its rounding.

    Returns
    -------
    Interval
        All NaN with fewer than three defined replicates; ends NaN where all replicates are equal.

    Notes
    -----
    Efron and Stein 1981, doi:10.1214/aos/1176345462.

    Examples
    --------
    >>> interval = jackknife_interval(2.0, [2.5, 2.0, 1.5])
    >>> round(interval.standard_error, 4)
    0.5774
    """
    theta = np.asarray(replicates, dtype=np.float64)
    theta = theta[~np.isnan(theta)]
    if theta.size < 3 or np.isnan(value):
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    error = float(np.sqrt((theta.size - 1) / theta.size * ((theta - theta.mean()) ** 2).sum()))
    error = beyond_rounding(error, value, theta, scale)
    return t_interval(value, error, theta.size - 1, level, bounds)


def share_interval(
    value: float, replicates: ArrayLike, n_classes: int, *, level: float = 0.95
) -> Interval:
    r"""Return the jackknife interval of a mean share, a number between 0 and 1.

    Wilson's interval for as many independent trials as would have the jackknife's standard error,

    .. math:: n = \frac{\theta (1 - \theta)}{\mathrm{se}^2}, \qquad
              \frac{\theta + t^2 / 2n}{1 + t^2 / n} \pm \frac{t}{1 + t^2 / n}
              \sqrt{\frac{\theta (1 - \theta)}{n} + \frac{t^2}{4 n^2}}

    with t Student's quantile of `jackknife_interval`. In the middle of the range the two agree.
    Near 0 and 1 the plain one is too short, and without width where leaving out no class changes
    the value, as at a perfect precision: there n is `n_classes`.

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
        three defined replicates.

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
    from scipy.stats import t as student

    plain = jackknife_interval(value, replicates, level=level)
    if np.isnan(plain.standard_error):
        return plain
    t = float(student.ppf(0.5 + level / 2, plain.degrees_of_freedom))
    spread, variance = value * (1.0 - value), plain.standard_error**2
    n = spread / variance if spread > _SPREADLESS and variance > _SPREADLESS else float(n_classes)
    centre, scale = value + t**2 / (2 * n), 1.0 + t**2 / n
    half = t * np.sqrt(max(spread, 0.0) / n + t**2 / (4 * n**2))
    # Rounding must not put a perfect value outside its own interval.
    low = float(min(max((centre - half) / scale, 0.0), value))
    high = float(max(min((centre + half) / scale, 1.0), value))
    return Interval(low, high, plain.standard_error, plain.degrees_of_freedom)


# ---- runs and tests


def runs_interval(values: Sequence[float], level: float = 0.95, *, scale: float = 0.0) -> Interval:
    """Return Student's t interval of the mean over runs (seeds).

    NaN for fewer than two runs, and ends NaN where all runs give the same value. `scale`: see
    `jackknife_interval`.

    Examples
    --------
    >>> interval = runs_interval([0.30, 0.32, 0.34])
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.27, 0.37)
    """
    runs = np.asarray(values, dtype=np.float64)
    runs = runs[~np.isnan(runs)]
    if runs.size < 2:
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    error = beyond_rounding(float(runs.std(ddof=1) / np.sqrt(runs.size)), runs, scale)
    return t_interval(float(runs.mean()), error, runs.size - 1, level)


def t_test_p(difference: float, error: float, degrees_of_freedom: float) -> float:
    """Return the two-sided p-value of a difference with a standard error.

    NaN where the error is 0 or unknown: then nothing tells how far chance alone would lead.

    Examples
    --------
    >>> round(t_test_p(2.0, 1.0, 10), 3)
    0.073
    """
    from scipy.stats import t as student

    if np.isnan(difference) or not error > 0 or not degrees_of_freedom > 0:
        return float("nan")
    return float(2 * student.sf(abs(difference) / error, degrees_of_freedom))


def holm(p_values: ArrayLike) -> Floats:
    r"""Adjust p-values for having looked at all of them (Holm 1979).

    .. math:: \tilde p_{(i)} = \max_{j \le i} \min(1, (m - j + 1) p_{(j)})

    Parameters
    ----------
    p_values : array_like of float, shape (m,)
        NaN ones stay NaN and don't count.

    Returns
    -------
    ndarray of float, shape (m,)
        The chance that any of the m is called different wrongly stays below alpha when those with
        an adjusted value below alpha are called so, however the tests depend on each other.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    p = np.asarray(p_values, dtype=np.float64)
    if ((p < 0) | (p > 1)).any():
        raise OptionError(
            f"p-values lie between 0 and 1; got {np.nanmin(p):g} to {np.nanmax(p):g}."
        )
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    factors = np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(factors * p[order]))
    return adjusted


# ---- doing it in pieces

KeyT = TypeVar("KeyT")


def in_pieces(
    function: Callable[[Ints], Mapping[KeyT, Floats]], items: Ints, threads: int | None = None
) -> dict[KeyT, Floats]:
    """Apply a function of many items to pieces of them in threads, and join the results.

    The pieces do not depend on the number of threads, nor does anything in them on their
    neighbours, so neither do the results.
    """
    pieces = np.array_split(items, min(len(items), _PIECES)) if len(items) else []
    parts = thread_map(function, pieces, threads)
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]} if parts else {}


_PIECES = 8
