"""A number a sample for scores in which samples count twice: as queries, and as neighbours."""

from __future__ import annotations

import numpy as np

from hiertools._core.arrays import Floats
from hiertools.inference.intervals import SPREADLESS

__all__ = ["influences"]


def influences(values: Floats, moves: Floats, twice: float) -> Floats | None:
    r"""Return numbers whose mean is a score, and whose spread is that of the score itself.

    A score is the mean of what each query gives, but another sample would be another neighbour of
    the others, too. The jackknife sees both: with :math:`\theta_{(j)}` the score without sample j,
    the deviations of its pseudo-values are

    .. math:: -(N - 1) \Big(\theta_{(j)} - \frac{1}{N} \sum_l \theta_{(l)}\Big) = q_j + g_j, \qquad
              q_j = \frac{N}{D} (\theta_j - \theta)

    q is what query j itself contributes (0 where it has no score; D have one), g what it does as
    a neighbour. What a single query owes to a single neighbour is a matter of both, and counted
    twice: in the query's q, and in the neighbour's g (Efron and Stein 1981: the jackknife counts a
    term of the m-th order m times). With :math:`d_{ij}` what query i loses by the deletion of j,
    its mean over j taken off, the variance is therefore

    .. math:: N^2 V = \max\Big(\sum_j (q_j + g_j)^2 - \frac{N^2}{D^2} \sum_{ij} d_{ij}^2, \;
              \sum_j q_j^2\Big)

    and the numbers are :math:`\theta + q_j + \lambda g_j`, with the share :math:`\lambda` that
    gives them this variance.

    Parameters
    ----------
    values : ndarray of float, shape (N,)
        What each query gives, NaN where it has no score.
    moves : ndarray of float, shape (N,)
        :math:`\theta_{(j)} - \theta`.
    twice : float
        :math:`\sum_{ij} d_{ij}^2`.

    Returns
    -------
    ndarray of float, shape (N,), or None
        None where the score is undefined without one of the samples.

    Notes
    -----
    B. Efron and C. Stein 1981, "The jackknife estimate of variance", doi:10.1214/aos/1176345462.

    Examples
    --------
    >>> numbers = influences(np.array([0.0, 1.0, 1.0, 1.0]), np.array([0.3, -0.1, -0.1, -0.1]), 0.1)
    >>> numbers.round(3), round(float(numbers.mean()), 3)
    (array([-0.107,  1.036,  1.036,  1.036]), 0.75)
    """
    if np.isnan(moves).any():
        return None
    n, defined = values.size, ~np.isnan(values)
    share = n / int(defined.sum())
    score = float(values[defined].mean())
    own = np.where(defined, values - score, 0.0) * share
    neighbour = -(n - 1) * (moves - moves.mean()) - own
    b, c = float(own @ neighbour), float(neighbour @ neighbour)
    if c <= n * SPREADLESS**2:
        return score + own
    more = max(2 * b + c - twice * share**2, 0.0)  # than the queries' own squares
    part = (np.sqrt(b * b + c * more) - b) / c
    numbers: Floats = score + own + part * neighbour
    return numbers
