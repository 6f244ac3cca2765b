"""Are two models as good as each other, up to a margin? Two one-sided tests."""

from __future__ import annotations

import math

__all__ = ["equivalence_p"]


def equivalence_p(
    difference: float, error: float, degrees_of_freedom: float, margin: float
) -> float:
    r"""Return the p-value of two one-sided t-tests that a difference is no smaller than a margin.

    .. math:: p = \max\Big(P\Big(T \ge \frac{\hat d + m}{\mathrm{se}}\Big),
              P\Big(T \le \frac{\hat d - m}{\mathrm{se}}\Big)\Big)

    It is at most alpha where the interval of level 1 - 2 alpha lies within the margin on both
    sides. The null hypothesis is that the models differ by the margin or more. NaN where the
    error is 0 or unknown.

    Notes
    -----
    Schuirmann 1987, doi:10.1007/BF01068419.

    Examples
    --------
    >>> round(equivalence_p(0.01, 0.01, 10, margin=0.05), 4)
    0.0013
    """
    from scipy.special import stdtr

    if math.isnan(difference) or not error > 0 or not degrees_of_freedom > 0:
        return float("nan")
    return float(stdtr(float(degrees_of_freedom), (abs(difference) - margin) / error))
