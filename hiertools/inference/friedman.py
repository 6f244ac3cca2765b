"""Ranks over many data sets: Friedman's test, and which mean ranks differ."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hiertools._core.arrays import Floats
from hiertools.inference.tests import holm

__all__ = ["Friedman", "friedman"]


class Friedman(NamedTuple):
    """Mean ranks of k models over N data sets, and what tests say of them."""

    mean_ranks: Floats
    """Shape (k,); 1 is the least value."""
    p_value: float
    """Of the hypothesis that all are alike."""
    against: Floats
    """Two-sided p-value of each against the reference, NaN for itself; NaN without one."""
    corrected: Floats
    """The same, Holm-corrected."""
    critical_difference: float
    """Mean ranks that differ by more are different at 0.05, all pairs together (Nemenyi)."""


def friedman(values: Floats, reference: int | None = None) -> Friedman:
    r"""Test whether the ranks of models within data sets are more than chance.

    .. math:: F = \frac{(N - 1)\,\chi^2}{N (k - 1) - \chi^2}, \qquad
              \chi^2 = \frac{(k - 1) \sum_j \big(R_j - N \frac{k + 1}{2}\big)^2}
              {\sum_{ij} r_{ij}^2 - N k (k + 1)^2 / 4}

    with ranks :math:`r_{ij}`, tied ones averaged, and their sums :math:`R_j`; F has k - 1 and
    (k - 1)(N - 1) degrees of freedom. Mean ranks are compared with the reference by

    .. math:: z_j = \frac{R_j - R_0}{N} \Big/ \sqrt{\frac{k (k + 1)}{6 N}}

    and with each other by Nemenyi's critical difference, the studentised range's quantile over
    :math:`\sqrt 2` times the same error.

    Parameters
    ----------
    values : ndarray of float, shape (N, k)
        Lower is better; N >= 2, k >= 3.
    reference : int, optional
        The column that others are compared with.

    Notes
    -----
    Demsar 2006, "Statistical comparisons of classifiers over multiple data sets", JMLR 7, 1-30;
    the form as F: Iman and Davenport 1980, doi:10.1080/03610928008827904.

    Examples
    --------
    >>> rows = np.array([[1.0, 2, 3], [1, 3, 2], [1, 2, 3], [2, 1, 3], [1, 2, 3], [1, 2, 3]])
    >>> found = friedman(rows, reference=2)
    >>> found.mean_ranks.round(2).tolist(), round(found.p_value, 3)
    ([1.17, 2.0, 2.83], 0.003)
    """
    from scipy.special import fdtrc, ndtr
    from scipy.stats import rankdata, studentized_range

    n, k = values.shape
    ranks = rankdata(values, axis=1)
    sums = ranks.sum(axis=0)
    spread = float((ranks**2).sum()) - n * k * (k + 1) ** 2 / 4
    nothing = np.full(k, np.nan)
    mean_ranks, error = sums / n, float(np.sqrt(k * (k + 1) / (6 * n)))
    critical = float(studentized_range.ppf(0.95, k, np.inf) / np.sqrt(2)) * error
    if spread <= 0:  # all are tied everywhere
        return Friedman(mean_ranks, 1.0, nothing, nothing, critical)
    square = (k - 1) * float(((sums - n * (k + 1) / 2) ** 2).sum()) / spread
    rest = n * (k - 1) - square
    ratio = (n - 1) * square / rest if rest > 1e-9 * square else np.inf
    p_value = float(fdtrc(k - 1, (k - 1) * (n - 1), ratio)) if np.isfinite(ratio) else 0.0
    # The same order everywhere: F has no bound, the share of orders has.
    p_value = max(p_value, float(_share_of_same_orders(n, k)))
    if reference is None:
        return Friedman(mean_ranks, p_value, nothing, nothing, critical)
    against = 2 * ndtr(-np.abs(mean_ranks - mean_ranks[reference]) / error)
    against[reference] = np.nan
    return Friedman(mean_ranks, p_value, against, holm(against), critical)


def _share_of_same_orders(n: int, k: int) -> float:
    """Return the chance that N random orders of k are all the same: p is never below it."""
    from math import lgamma

    return float(np.exp(-(n - 1) * lgamma(k + 1)))
