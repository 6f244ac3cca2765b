"""Scores of whole distributions: how near the probabilities of all groups come to what is true."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core.arrays import Floats, Ints
from hiertools.measures.calibration import confidence_bins
from hiertools.measures.ranks import mean_ranks

__all__ = [
    "adaptive_calibration_error",
    "brier_scores",
    "classwise_calibration_error",
    "log_losses",
]

LEAST = float(np.finfo(np.float64).eps)
"""A probability of 0 counts as this much: the logarithm of 0 would be infinite."""


def brier_scores(probabilities: Floats, truth: Ints) -> Floats:
    r"""Return the Brier score of each sample, :math:`\sum_g (p_g - [g = y])^2`, shape (N,).

    In [0, 2]; lower is better. A proper score: on average least for the true probabilities.

    References
    ----------
    G. Brier (1950), Verification of forecasts expressed in terms of probability, eq. 2.

    Examples
    --------
    >>> brier_scores(np.array([[0.7, 0.2, 0.1]]), np.array([1]))
    array([1.14])
    """
    own = probabilities[np.arange(truth.size), truth]
    scores: Floats = (probabilities**2).sum(axis=1) - 2.0 * own + 1.0
    return np.maximum(scores, 0.0)


def log_losses(probabilities: Floats, truth: Ints) -> Floats:
    r"""Return :math:`-\log p_y` of each sample in nats, shape (N,); 36.04 where :math:`p_y` is 0.

    At least 0; lower is better. A proper score, like Brier's.

    Examples
    --------
    >>> log_losses(np.array([[0.5, 0.5]]), np.array([0])).round(4)
    array([0.6931])
    """
    own = probabilities[np.arange(truth.size), truth]
    losses: Floats = -np.log(np.clip(own, LEAST, 1.0))
    return np.abs(losses)  # not -0.0


def adaptive_calibration_error(
    confidence: ArrayLike, correct: ArrayLike, n_bins: int = 15
) -> float:
    r"""Return the calibration error over bins of equally many samples.

    .. math:: \sum_b \frac{n_b}{N} \left| \mathrm{acc}_b - \mathrm{conf}_b \right|

    as `hiertools.measures.calibration.expected_calibration_error`, but bin :math:`b` holds the
    samples whose rank by confidence, from 1/2 to N - 1/2 and that of the middle for equal ones, is
    at least :math:`b N / B` and less than :math:`(b + 1) N / B`. In [0, 1]; lower is better. NaN
    without samples.

    References
    ----------
    J. Mukhoti et al. (2020), Calibrating deep neural networks using focal loss, section 3
    (AdaECE), arXiv:2002.09437.

    Examples
    --------
    >>> round(adaptive_calibration_error([0.6, 0.8, 0.9, 0.9], [0, 1, 1, 1], 2), 3)
    0.15
    """
    p = np.asarray(confidence, dtype=np.float64)
    right = np.asarray(correct, dtype=np.float64)
    if not p.size:
        return float("nan")
    # Sums of probabilities are equal but for rounding; and in halves, edges are met exactly.
    twice = np.rint(2 * mean_ranks(np.round(p, 12))).astype(np.int64) - 1
    which = np.minimum(twice * n_bins // (2 * p.size), n_bins - 1)
    gaps = np.bincount(which, right - p, n_bins)
    return float(np.abs(gaps).sum() / p.size)


def classwise_calibration_error(probabilities: Floats, truth: Ints, n_bins: int = 15) -> float:
    r"""Return the calibration error of the probability of each group, averaged over the groups.

    .. math:: \frac{1}{G} \sum_g \sum_b \frac{n_{gb}}{N}
              \left| \mathrm{share}_{gb} - \mathrm{mean}_{gb} \right|

    over equal bins of :math:`p_g`, with the share of samples of the bin that belong to the group,
    and their mean :math:`p_g`. In [0, 1]; lower is better. NaN without samples. With many groups
    most probabilities are near 0, and so is this.

    References
    ----------
    M. Kull et al. (2019), Beyond temperature scaling, arXiv:1910.12656, section 2.

    Examples
    --------
    >>> p = np.array([[0.8, 0.2], [0.8, 0.2]])
    >>> round(classwise_calibration_error(p, np.array([0, 1]), 10), 3)
    0.3
    """
    n, size = probabilities.shape
    if not n:
        return float("nan")
    total = 0.0
    for group in range(size):
        p = np.clip(probabilities[:, group], 0.0, 1.0)
        gaps = np.bincount(confidence_bins(p, n_bins), (truth == group) - p, n_bins)
        total += float(np.abs(gaps).sum())
    return float(total / (n * size))
