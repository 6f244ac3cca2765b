"""An interval, and Student's one around an estimate with a standard error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core.arrays import Floats
from hiertools._core.doors import behind_doors, door
from hiertools.errors import OptionError
from hiertools.inference.student import student_quantile

SPREADLESS = 1e-12
"""A spread, as a share of the numbers it comes from, that is no more than their rounding."""

ALIKE = 1e-6
"""A spread over runs, as a share of their values, that single precision alone can give: runs that
differ by no more are one run."""

FEWEST_UNITS = 3
"""An interval needs as many units that inform the value: classes, or replicates without some."""


@behind_doors
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


@door
def beyond_rounding(error: float, *values: ArrayLike, share: float = SPREADLESS) -> float:
    """Return a standard error, 0 where it is no more than rounding of the values it comes from.

    `share` tells how much of their size that may be.

    Examples
    --------
    >>> beyond_rounding(1e-17, [0.3, 0.1]), beyond_rounding(0.01, [0.3, 0.1])
    (0.0, 0.01)
    """
    largest = max(
        (float(np.abs(np.asarray(value, dtype=np.float64)).max(initial=0.0)) for value in values),
        default=0.0,
    )
    return error if error > share * largest else 0.0


def difference_beyond_rounding(one: ArrayLike, other: ArrayLike) -> Floats:
    """Return numbers less others, 0 where that is no more than their rounding.

    Examples
    --------
    >>> difference_beyond_rounding(np.array([0.1 + 0.2, 0.5]), np.array([0.3, 0.25]))
    array([0.  , 0.25])
    """
    difference = np.asarray(one) - np.asarray(other)
    size = np.maximum(np.abs(one), np.abs(other))
    found: Floats = np.where(np.abs(difference) <= SPREADLESS * size, 0.0, difference)
    return found


def check_level(level: float) -> None:
    """Refuse a confidence level that is none."""
    if not 0 < level < 1:
        raise OptionError(f"level must be between 0 and 1; got {level!r}.")


@door
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

    Raises
    ------
    OptionError
        `level` is not between 0 and 1.
    """
    check_level(level)
    if error == 0:
        return Interval(float("nan"), float("nan"), 0.0, degrees_of_freedom)
    half = student_quantile(degrees_of_freedom, 0.5 + level / 2) * error
    low, high = max(centre - half, bounds[0]), min(centre + half, bounds[1])
    return Interval(low, high, error, degrees_of_freedom)


def mean_interval(
    values: Floats,
    level: float = 0.95,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    centre: float | None = None,
) -> Interval:
    """Return Student's t interval of a mean of independent numbers; ends NaN where these agree.

    With `centre`, that of an estimate which differs from its expectation by the mean of `values`.

    Examples
    --------
    >>> interval = mean_interval(np.array([0.1, 0.5, 0.6]))
    >>> round(interval.low, 3), round(interval.high, 3)
    (-0.257, 1.057)
    """
    n = values.size
    if n < 2:
        return Interval(float("nan"), float("nan"), 0.0, n - 1)
    error = beyond_rounding(float(values.std(ddof=1) / np.sqrt(n)), 1.0)
    centre = float(values.mean()) if centre is None else centre
    return t_interval(centre, error, n - 1, level, bounds)


@door
def logit_interval(
    centre: float, error: float, degrees_of_freedom: float, level: float = 0.95
) -> Interval:
    r"""Return Student's t interval of a mean of numbers between 0 and 1, taken on its logit.

    .. math:: \operatorname{logit}^{-1}\Big(\operatorname{logit} \theta \pm
              \frac{t \, \mathrm{se}}{\theta (1 - \theta)}\Big)

    Near an end of the range such means are skewed, and the plain interval, which reaches beyond it,
    is missed on the other side.

    Returns
    -------
    Interval
        Within (0, 1); ends NaN at 0, at 1, and where the error is 0 or unknown.

    Examples
    --------
    >>> interval = logit_interval(0.95, 0.03, 10)
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.823, 0.987)

    Raises
    ------
    OptionError
        `level` is not between 0 and 1.
    """
    check_level(level)
    slope = centre * (1.0 - centre)
    if not (error > 0 and slope > 0):
        return Interval(float("nan"), float("nan"), error, degrees_of_freedom)
    half = student_quantile(degrees_of_freedom, 0.5 + level / 2) * error / slope
    odds = math.log(centre / (1.0 - centre))
    low, high = (0.5 + 0.5 * math.tanh(0.5 * end) for end in (odds - half, odds + half))
    return Interval(low, high, error, degrees_of_freedom)
