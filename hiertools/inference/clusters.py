"""Intervals where samples belong together or weigh unlike: what a few unequal units can tell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hiertools._core.arrays import Floats
from hiertools.inference.bootstrap import bounded_interval
from hiertools.inference.contributions import Contributions, Statistic
from hiertools.inference.formulas import BinnedError, Fixed, Parts
from hiertools.inference.intervals import FEWEST_UNITS

__all__ = ["SmallSample", "group_interval", "small_sample"]

SEEN_APART = 4
"""Where what is right (or what is wrong) lies in fewer groups than that, groups may differ more
than those that were seen do: then each tells no more than one toss of a coin."""


class SmallSample(NamedTuple):
    """What groups are worth."""

    worth: float
    """So many groups of equal size tell as much."""
    lacking: float
    """What a variance that comes from their deviations must be multiplied by."""


def small_sample(parts: Parts) -> SmallSample:
    r"""Return how many equal groups tell as much of a ratio, or a mean of ratios, as these do.

    Where a group has the share :math:`a_g` of what informs a ratio, and groups are as different as
    they can be (samples of one group alike, groups independent and equally scattered), the sum of
    squared deviations :math:`V = \sum_g a_g^2 (x_g - \sum_h a_h x_h)^2` is a quadratic form with
    the matrix B, so that the ratio's variance is :math:`\sum_g a_g^2 / \mathrm{tr} B` times as
    large as V is on average, and V varies as a variance with
    :math:`(\mathrm{tr} B)^2 / \mathrm{tr} B^2` degrees of freedom does: G - 1 for G equal groups.
    Of a mean of several ratios (over classes) the traces are sums, as if different classes were
    never in one group, or the degrees of freedom of all together, if these are fewer.

    Parameters
    ----------
    parts : Parts

    Notes
    -----
    R. Bell and D. McCaffrey 2002, "Bias reduction in standard errors for linear regression with
    multi-stage samples", Survey Methodology 28, 169-181.

    Examples
    --------
    >>> group, one = np.arange(4), np.zeros(4, dtype=int)
    >>> round(small_sample(Parts(group, one, np.array([3.0, 3.0, 3.0, 3.0]))).worth, 9)
    4.0
    >>> round(small_sample(Parts(group, one, np.array([9.0, 3.0, 3.0, 3.0]))).worth, 2)
    3.0
    """
    together = parts.of_groups(int(parts.group.max(initial=-1)) + 1)
    one = np.zeros(together.size, dtype=np.int64)
    each = _traces(parts)
    whole = _traces(Parts(np.arange(together.size), one, together))
    if not each[1] > 0 or not whole[1] > 0:
        return SmallSample(1.0, 1.0)
    freedom = min(each[1] ** 2 / each[2], whole[1] ** 2 / whole[2])
    return SmallSample(1.0 + freedom, each[0] / each[1])


def _traces(parts: Parts) -> tuple[float, float, float]:
    """Return the sum of squared shares, and the traces of B and its square, of all ratios."""
    total = parts.of_ratios()[parts.ratio]
    share = np.where(total > 0, parts.much / np.where(total > 0, total, 1.0), 0.0)
    p2, p3, p4, p5 = (np.bincount(parts.ratio, share**k) for k in (2, 3, 4, 5))
    trace = p2 - 2 * p3 + p2**2
    square = p2**4 + 4 * p2 * p4 + 2 * p3**2 - 4 * p2**2 * p3 + p4 - 4 * p5
    alone = p2 > 1 - 1e-9  # what lies in one group tells of no spread
    return float(p2.sum()), float(trace[~alone].sum()), float(square[~alone].sum())


def group_interval(
    samples: Contributions,
    groups: Contributions,
    statistic: Statistic,
    value: float,
    drawn: Floats,
    level: float,
) -> tuple[float, float, str]:
    """Return the interval of a statistic whose groups were drawn, and why these give none.

    That of `bounded_interval`, for as many trials as have the standard error of the groups, fewer
    by the squared ratio of Normal and Student quantiles; `small_sample` tells the degrees of
    freedom and what the error lacks. Samples that are right or wrong are never more trials than
    samples; and where nearly all that lies above the least value, or below the most, is in a few
    groups, there are no more trials than groups: the next group may be such a one.

    Parameters
    ----------
    samples, groups : Contributions
        Of each sample, and of each group of them; or twice those of samples that weigh unlike.
    statistic : Statistic
    value : float
    drawn : ndarray of float
        Its values when groups are drawn with replacement.
    level : float
    """
    nan, formula = float("nan"), statistic.formula
    if formula is None or isinstance(formula, Fixed) or np.isnan(value) or statistic.only_value:
        return nan, nan, ""
    if isinstance(formula, BinnedError):
        return nan, nan, "no interval: that of a calibration error is of equal, independent samples"
    held = formula.parts(groups.numbers, groups.counts)
    found = small_sample(held)
    if found.worth < FEWEST_UNITS - 1e-9:
        several = int((held.of_groups(groups.n) > 0).sum())
        told = f"{several} {groups.unit}{'s' * (several != 1)}, worth {found.worth:.2g} equal ones"
        return nan, nan, f"no interval: it is of {told}, and takes {FEWEST_UNITS}"
    defined = drawn[~np.isnan(drawn)]
    if defined.size < 2:
        return nan, nan, ""
    error = float(defined.std(ddof=1) * np.sqrt(found.lacking))
    trials = np.inf
    if statistic.bounds == (0.0, 1.0) and formula.counts_only(samples.numbers):
        trials = formula.informed_by(samples.numbers, samples.totals)
    sides = formula.apart(groups.numbers, groups.counts, statistic.bounds)
    if min(map(_equal_ones, sides)) < SEEN_APART:
        trials = min(trials, found.worth)
    low, high = bounded_interval(value, error, found.worth, statistic.bounds, level, at_most=trials)
    return low, high, ""


def _equal_ones(parts: Floats) -> float:
    """Return how many equal parts would be spread as evenly (Kish)."""
    squares = float((parts**2).sum())
    return float(parts.sum()) ** 2 / squares if np.isfinite(squares) and squares > 0 else 0.0
