"""Scores of whole distributions: how near the probabilities of all groups come to what is true."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core.arrays import Floats, Ints
from hiertools.measures.calibration import confidence_bins
from hiertools.measures.ranks import mean_ranks

__all__ = [
    "GAP_UNIT",
    "adaptive_calibration_error",
    "brier_scores",
    "classwise_calibration_error",
    "equal_bins",
    "group_gaps",
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
    gaps = np.bincount(equal_bins(p, n_bins), right - p, n_bins)
    return float(np.abs(gaps).sum() / p.size)


def equal_bins(confidence: Floats, n_bins: int, weights: Floats | None = None) -> Ints:
    """Return the bin of each sample where bins hold equally many; see above.

    With `weights`, where samples of bins weigh as much: each stands for so many.

    Examples
    --------
    >>> equal_bins(np.array([0.9, 0.5, 0.6, 0.9]), 2)
    array([1, 0, 0, 1])
    >>> equal_bins(np.array([0.9, 0.5, 0.6, 0.9]), 2, np.array([1.0, 3.0, 1.0, 0.0]))
    array([1, 0, 1, 1])
    """
    rounded = np.round(confidence, 12)  # sums of probabilities are equal but for rounding
    if weights is None:
        # In halves, edges are met exactly.
        twice = np.rint(2 * mean_ranks(rounded)).astype(np.int64) - 1
        return np.minimum(twice * n_bins // (2 * max(confidence.size, 1)), n_bins - 1)
    order = np.lexsort((weights, rounded))  # sums have one order, whatever that of samples
    _, kind = np.unique(rounded[order], return_inverse=True)
    each = np.bincount(kind.reshape(-1), weights[order])
    middle = (each.cumsum() - each / 2) / each.sum()
    bins = np.empty(confidence.size, dtype=np.int64)
    bins[order] = np.minimum((middle * n_bins + 1e-9).astype(np.int64), n_bins - 1)[kind]
    return bins


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
    return float(np.abs(group_gaps(probabilities, truth, n_bins)).sum() / (GAP_UNIT * n * size))


GAP_UNIT = float(1 << 36)
"""So many parts of 1 are counted in gaps: whole numbers add up to the same in every order."""

_BLOCK_ELEMENTS = 1 << 21


def group_gaps(probabilities: Floats, truth: Ints, n_bins: int) -> Ints:
    r"""Return the sums of :math:`[g = y] - p_g` in each bin of each group, shape (groups, bins).

    In parts of 1, of which there are `GAP_UNIT`; sums of several batches may be added up. A truth
    of -1 is none of the groups.

    Examples
    --------
    >>> (group_gaps(np.array([[0.75, 0.25]]), np.array([0]), 2) / GAP_UNIT).tolist()
    [[0.0, 0.25], [-0.25, 0.0]]
    """
    n, size = probabilities.shape
    total = np.zeros(size * n_bins, dtype=np.int64)
    rows = max(1, min(_BLOCK_ELEMENTS // max(size, 1), 1 << 16))  # floats hold sums of these
    for start in range(0, n, rows):
        p = np.clip(probabilities[start : start + rows], 0.0, 1.0)
        which = confidence_bins(p.ravel(), n_bins).reshape(p.shape) + np.arange(size) * n_bins
        gaps, own = -p, truth[start : start + rows]
        gaps[np.flatnonzero(own >= 0), own[own >= 0]] += 1.0
        whole = np.rint(gaps * GAP_UNIT).ravel()
        total += np.bincount(which.ravel(), whole, total.size).astype(np.int64)
    return total.reshape(size, n_bins)
