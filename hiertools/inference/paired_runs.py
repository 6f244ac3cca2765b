"""Two models, run by run with the same seeds: the test of their difference, and its size."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from hiertools._core.arrays import Floats
from hiertools.inference.intervals import ALIKE, Interval, beyond_rounding
from hiertools.inference.tests import interval_over_runs, sign_flip_p, t_test_p

__all__ = ["FEWEST", "RunsTest", "hedges_gz", "one_value", "paired_runs", "repeats", "t_test"]

FEWEST = 6
"""Runs, or classes, from which on Student's t is taken for all scores. Sign flips of fewer never
reach 0.05, whatever is observed: 2 / 2^5 is more."""


class RunsTest(NamedTuple):
    """What could be tested of a difference; `note` says why nothing could."""

    low: float = np.nan
    high: float = np.nan
    p_value: float = np.nan
    test: str = ""
    note: str = ""
    least_p: float = np.nan
    """What p can't fall below, whatever is observed."""
    standard_error: float = np.nan
    degrees_of_freedom: float = np.nan
    """Of Student's t, where that is the test."""


def repeats(values: Floats) -> bool:
    """Tell whether two runs gave the same, as those of a score without few values hardly do.

    Examples
    --------
    >>> repeats(np.array([0.25, 0.5, 0.25])), repeats(np.array([0.25, 0.5, 0.26]))
    (True, False)
    """
    ordered = np.sort(values)
    return bool((np.diff(ordered) <= ALIKE * np.abs(ordered).max()).any())


def one_value(values: Floats) -> bool:
    """Tell whether values differ by no more than single precision does."""
    return bool(np.ptp(values) <= ALIKE * np.abs(values).max())


def paired_runs(a: Floats, b: Floats, few: bool) -> RunsTest:
    """Test the difference of two models, run i of one paired with run i of the other.

    Parameters
    ----------
    a, b : ndarray of float, shape (n,), n >= 2
    few : bool
        Whether the score takes few values: then the test of fewer than six runs flips signs, which
        is exact, and says so little that there is no 95 % interval. Else it is Student's t.
    """
    apart = a - b
    interval = interval_over_runs(apart, scale=float(np.abs([a, b]).max()))
    if interval.standard_error == 0:
        why = "the difference is the same in all pairs of runs"
        return RunsTest(note=f"no test: {why}, so its spread is unknown")
    if few and apart.size < FEWEST:
        least = f"over {apart.size} runs of a score of few values, p is never below "
        least_p = 2.0 ** (1 - apart.size)
        return RunsTest(
            p_value=sign_flip_p(apart),
            test="sign flips over runs",
            note=f"{least}{least_p:g}, and there is no 95 % interval",
            least_p=least_p,
        )
    return t_test(float(apart.mean()), interval, "paired t over runs")


def t_test(difference: float, interval: Interval, test: str) -> RunsTest:
    """Return Student's test of a difference with the interval of the same error."""
    error, degrees = interval.standard_error, interval.degrees_of_freedom
    p_value = t_test_p(difference, error, degrees)
    return RunsTest(
        interval.low, interval.high, p_value, test,
        least_p=0.0, standard_error=error, degrees_of_freedom=degrees,
    )  # fmt: skip


def hedges_gz(differences: Floats, scale: float = 0.0) -> float:
    r"""Return how large paired differences are, in their own standard deviations, corrected.

    .. math:: g_z = \frac{\Gamma(\nu / 2)}{\sqrt{\nu / 2}\,\Gamma((\nu - 1) / 2)} \,
              \frac{\bar d}{s_d}, \qquad \nu = n - 1

    The factor takes off what few differences add on average: at three runs the mean over its
    spread is 1.8 times too large. NaN for fewer than three differences, for which it is not
    defined, and where they are all the same, to the digits that single precision keeps of `scale`,
    the size of what was subtracted.

    Notes
    -----
    Hedges 1981, doi:10.3102/10769986006002107; of paired differences (:math:`d_z`): Lakens 2013,
    doi:10.3389/fpsyg.2013.00863.

    Examples
    --------
    >>> round(hedges_gz(np.array([0.1, 0.2, 0.3])), 3)
    1.128
    """
    d = np.asarray(differences, dtype=np.float64)
    if d.size < 3:
        return float("nan")
    spread = beyond_rounding(float(d.std(ddof=1)), d, scale, share=ALIKE)
    if spread == 0:
        return float("nan")
    half = (d.size - 1) / 2
    factor = math.exp(math.lgamma(half) - math.lgamma(half - 0.5)) / math.sqrt(half)
    return factor * float(d.mean()) / spread
