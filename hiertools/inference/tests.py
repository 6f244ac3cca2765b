"""Tests over runs and models, and Holm's correction for many of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools.inference.intervals import ALIKE, Interval, beyond_rounding, t_interval

MOST_FLIPPED = 20
"""Differences of which all patterns of signs, a million, can be looked at."""

_TOLERANCE = 1e-10  # sums taken in another order differ in the last digits


@door
def runs_interval(
    values: Sequence[float],
    level: float = 0.95,
    *,
    scale: float = 0.0,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Interval:
    """Return Student's t interval of the mean over runs (seeds).

    NaN for fewer than two runs, and ends NaN where all runs give the same value, to the digits that
    single precision keeps. `scale` and `bounds`: see `jackknife_interval`.

    Examples
    --------
    >>> interval = runs_interval([0.30, 0.32, 0.34])
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.27, 0.37)
    """
    return interval_over_runs(
        checks.numeric(values, "values", OptionError), level, scale=scale, bounds=bounds
    )


def interval_over_runs(
    values: Floats,
    level: float = 0.95,
    *,
    scale: float = 0.0,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Interval:
    """`runs_interval` of an array, which nothing checks: tables of studies have it of each pair."""
    runs = values[~np.isnan(values)]
    if runs.size < 2:
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    error = float(runs.std(ddof=1) / np.sqrt(runs.size))
    error = beyond_rounding(error, runs, scale, share=ALIKE)
    return t_interval(float(runs.mean()), error, runs.size - 1, level, bounds)


@door
def t_test_p(difference: float, error: float, degrees_of_freedom: float) -> float:
    """Return the two-sided p-value of a difference with a standard error.

    NaN where the error is 0 or unknown: then nothing tells how far chance alone would lead.

    Examples
    --------
    >>> round(t_test_p(2.0, 1.0, 10), 3)
    0.073
    """
    from scipy.special import stdtr

    if math.isnan(difference) or not error > 0 or not degrees_of_freedom > 0:
        return float("nan")
    return float(2 * stdtr(float(degrees_of_freedom), -abs(difference) / error))


@door
def sign_flip_p(differences: ArrayLike) -> float:
    r"""Return the exact two-sided p-value of paired differences: each may as well point back.

    .. math:: p = 2^{-n} \, \#\Big\{s \in \{-1, 1\}^n :
              \Big|\sum_i s_i d_i\Big| \ge \Big|\sum_i d_i\Big|\Big\}

    It supposes nothing of the differences but that they are as likely to point either way, so it
    holds where few values are possible and Student's t does not. All of the :math:`2^n` patterns
    are looked at, so there may be at most 20 differences; p is never below :math:`2^{1-n}`.

    Examples
    --------
    >>> sign_flip_p([0.1, 0.1, 0.2]), sign_flip_p([0.1, -0.1, 0.2])
    (0.25, 0.75)
    """
    d = np.atleast_1d(checks.numeric(differences, "differences", OptionError))
    if d.ndim > 1 or not 0 < d.size <= MOST_FLIPPED:
        raise OptionError(
            f"differences must be 1 to {MOST_FLIPPED} numbers; got an array of shape {d.shape}."
        )
    patterns = np.arange(2**d.size)[:, None] >> np.arange(d.size) & 1
    sums = np.abs((1.0 - 2.0 * patterns) @ d)
    return float((sums >= sums[0] - _TOLERANCE * np.abs(d).sum()).mean())


@door
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
    p = np.atleast_1d(checks.numeric(p_values, "p_values", OptionError))
    if p.ndim > 1:
        raise OptionError(f"p_values must be one flat list; got shape {p.shape}.")
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
