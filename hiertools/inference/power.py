"""What would a design find? The power of Student's test, and how much it takes to have it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from hiertools._core.arrays import Floats

__all__ = ["detectable", "needed", "spread_limit", "t_power"]

MOST_UNITS = 100_000
"""More runs, or classes, than anybody has."""

_FARTHEST = 1e100  # where quantiles of older SciPy end, whatever the level
_STEPS = 60  # halvings of an interval: more than a float has digits


def t_power(
    difference: float, error: float, degrees_of_freedom: float, alpha: float = 0.05
) -> float:
    r"""Return how often a two-sided t-test finds a difference of a known standard error.

    .. math:: P(|T'| > t_{1 - \alpha / 2, \nu}), \qquad
              T' \sim t_\nu\big(|d| / \mathrm{se}\big)

    with the noncentral t distribution, to about six digits. `alpha` where nothing is to be found.

    Examples
    --------
    >>> round(t_power(1.0, 1 / 10**0.5, 9), 3)
    0.803
    """
    from scipy.special import chdtri, ndtr, stdtrit

    freedom = float(degrees_of_freedom)
    if not error > 0 or not freedom >= 1 or math.isnan(difference):
        return float("nan")
    critical, apart = abs(float(stdtrit(freedom, alpha / 2))), abs(difference) / error
    if not critical < _FARTHEST:  # a level at which nothing is ever found
        return 0.0
    # The mean over estimated errors of what is missed with each; SciPy's own distribution is
    # undefined far out.
    share, weight = _nodes()
    reach = critical * np.sqrt(chdtri(freedom, share) / freedom)
    missed = float(weight @ (ndtr(reach - apart) - ndtr(-reach - apart)))
    return min(max(1.0 - missed, 0.0), 1.0)


@cache
def _nodes() -> tuple[Floats, Floats]:
    """Return points between 0 and 1 and their weights, for Gauss and Legendre's mean."""
    places, weights = np.polynomial.legendre.leggauss(200)
    return (places + 1.0) / 2.0, weights / 2.0


def detectable(
    error: float, degrees_of_freedom: float, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Return the smallest difference that a two-sided t-test finds with a chance of `power`.

    Examples
    --------
    >>> round(detectable(1 / 10**0.5, 9), 3)
    0.996
    """
    if not error > 0 or not degrees_of_freedom >= 1:
        return float("nan")
    low, high = 0.0, error
    while t_power(high, error, degrees_of_freedom, alpha) < power:
        low, high = high, 2 * high
        if math.isinf(high):
            return high
    for _ in range(_STEPS):
        middle = (low + high) / 2
        found = t_power(middle, error, degrees_of_freedom, alpha)
        low, high = (low, middle) if found >= power else (middle, high)
    return high


def needed(
    difference: float,
    error_of: Callable[[int], float],
    power: float = 0.8,
    alpha: float = 0.05,
    least: int = 2,
) -> float:
    """Return the least number of units with which a t-test finds a difference, infinity if none.

    Parameters
    ----------
    difference : float
    error_of : function
        From a number of units to the standard error of their mean difference, which falls with it.
        The test has one degree of freedom less than there are units.
    power, alpha : float
    least : int
        Fewer are no design.

    Examples
    --------
    >>> needed(1.0, lambda n: 1 / n**0.5)
    10.0
    """

    def finds(n: int) -> bool:
        return t_power(difference, error_of(n), n - 1, alpha) >= power

    if math.isnan(error_of(least)) or difference == 0:
        return float("nan")
    low, high = least - 1, least
    while not finds(high):
        if high >= MOST_UNITS:
            return math.inf
        low, high = high, min(2 * high, MOST_UNITS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if finds(middle) else (middle, high)
    return float(high)


def spread_limit(spread: float, degrees_of_freedom: float, level: float = 0.8) -> float:
    r"""Return what a standard deviation is at most, as far as a few values tell.

    .. math:: s \sqrt{\nu / \chi^2_{1 - \mathrm{level}, \nu}}

    Planned by s itself, a design has the power that was asked for in about half of the cases.

    Notes
    -----
    Browne 1995, doi:10.1002/sim.4780141709.

    Examples
    --------
    >>> round(spread_limit(1.0, 4), 2)
    1.56
    """
    from scipy.special import chdtri

    if not degrees_of_freedom >= 1 or not spread > 0:
        return float("nan")
    # chdtri gives the point with this probability above it.
    return spread * math.sqrt(degrees_of_freedom / float(chdtri(degrees_of_freedom, level)))
