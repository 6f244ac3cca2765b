"""Quantiles of Student's t, without SciPy where a short sum tells them."""

from __future__ import annotations

import math
from functools import lru_cache

__all__ = ["student_quantile"]

MOST_SUMMED = 400
"""Up to so many degrees of freedom a sum is quicker than the import of ``scipy.special``."""


@lru_cache(maxsize=1 << 12)  # degrees of freedom, with as many levels as a deep tree has
def student_quantile(degrees_of_freedom: float, p: float) -> float:
    r"""Return the value below which Student's t lies with a probability between 0.5 and 1.

    With :math:`t = \sqrt\nu \tan\theta` and whole :math:`\nu`, the probability of
    :math:`-t < T < t` is

    .. math::
        \sin\theta \Big(1 + \frac{1}{2} \cos^2\theta + \dots +
        \frac{1 \cdot 3 \cdots (\nu - 3)}{2 \cdot 4 \cdots (\nu - 2)} \cos^{\nu - 2}\theta\Big)

    for even :math:`\nu`, and for odd ones

    .. math::
        \frac{2}{\pi} \Big(\theta + \sin\theta \Big(\cos\theta + \frac{2}{3} \cos^3\theta + \dots +
        \frac{2 \cdot 4 \cdots (\nu - 3)}{3 \cdot 5 \cdots (\nu - 2)} \cos^{\nu - 2}\theta\Big)\Big)

    Notes
    -----
    Abramowitz and Stegun 1964, "Handbook of mathematical functions", 26.7.3 and 26.7.4. For other
    degrees of freedom, or more than `MOST_SUMMED`, as ``scipy.special.stdtrit``.

    Examples
    --------
    >>> round(student_quantile(10, 0.975), 3)
    2.228
    """
    if not (1 <= degrees_of_freedom <= MOST_SUMMED and float(degrees_of_freedom).is_integer()):
        from scipy.special import stdtrit

        return float(stdtrit(float(degrees_of_freedom), p))
    n, wanted = int(degrees_of_freedom), 2.0 * p - 1.0
    steepest = math.exp(math.lgamma((n + 1) / 2) - math.lgamma(n / 2)) * 2.0 / math.sqrt(math.pi)
    # The probability is concave in the angle: Newton's steps from 0 never pass the root.
    angle, step = 0.0, math.inf
    while step > 1e-16:
        step = (wanted - _between(angle, n)) / (steepest * math.cos(angle) ** (n - 1))
        angle += step
    return math.sqrt(n) * math.tan(angle)


def _between(angle: float, n: int) -> float:
    """Return the probability that t lies between the values of an angle and its negative."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = n % 2
    total, term = 0.0, cosine if odd else 1.0
    for k in range(2 + odd, n + 1, 2):
        total += term
        term *= cosine * cosine * (k - 1) / k
    return (angle + sine * total) * 2.0 / math.pi if odd else sine * total
