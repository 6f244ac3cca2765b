"""Calibration: does a confidence of 0.8 mean right four times in five?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools.errors import PredictionsError

__all__ = [
    "calibration_error_interval",
    "confidence_bins",
    "debiased_gap",
    "expected_calibration_error",
    "expected_calibration_error_debiased",
    "expected_gap",
    "gap_interval",
    "largest_gap",
    "maximum_calibration_error",
    "reliability",
    "softmax_confidence",
]


def softmax_confidence(logits: ArrayLike) -> Floats:
    """Return the largest softmax probability of each row of logits, shape (N,).

    Examples
    --------
    >>> softmax_confidence([[0.0, 0.0], [1000.0, 0.0]])
    array([0.5, 1. ])
    """
    array = checks.real_array(logits, "logits", PredictionsError)
    return largest_share(array, np.arange(array.shape[1]))


def largest_share(logits: NDArray[Any], order: Ints) -> Floats:
    """Return the largest softmax probability among the columns of `order`, summed in that order."""
    confidence = np.empty(len(logits))
    rows = max(1, (1 << 21) // max(1, order.size))
    for start in range(0, len(logits), rows):
        block = np.take(logits[start : start + rows], order, axis=1).astype(np.float64, copy=False)
        block -= block.max(axis=1, keepdims=True)
        confidence[start : start + rows] = 1.0 / np.exp(block, out=block).sum(axis=1)
    return confidence


def confidence_bins(confidence: ArrayLike, n_bins: int = 15) -> Ints:
    """Return the bin of each confidence: n equal bins over [0, 1], 1.0 in the last one.

    Bin b holds confidences from b/n up to, but not including, (b+1)/n; the last bin includes 1.0.

    Examples
    --------
    >>> confidence_bins([0.0, 0.5, 0.99, 1.0], 2)
    array([0, 1, 1, 1])
    """
    n_bins = checks.whole_number(n_bins, "bins", least=1)
    p = checks.numeric(confidence, "confidences", PredictionsError)
    checks.finite(p, "confidences", PredictionsError)
    bad = np.flatnonzero((p < 0) | (p > 1 + 1e-6))
    if bad.size:
        raise PredictionsError(
            f"confidences must lie in [0, 1], but {bad.size} of {p.size} don't, first "
            f"{p[bad[0]]:g} at {bad[0]}."
        )
    # The edges themselves decide, so that a confidence of exactly b/n lies in bin b.
    edges = np.linspace(0.0, 1.0, n_bins + 1)
    return np.minimum(np.searchsorted(edges, p, side="right") - 1, n_bins - 1)


def reliability(
    confidence: ArrayLike, correct: ArrayLike, n_bins: int = 15
) -> tuple[Ints, Floats, Floats]:
    """Return the number, mean confidence and accuracy of the predictions of each bin.

    Parameters
    ----------
    confidence : array_like of float, shape (N,)
        Probability of each prediction.
    correct : array_like of bool, shape (N,)
    n_bins : int

    Returns
    -------
    n : ndarray of int, shape (n_bins,)
    mean, accuracy : ndarray of float, shape (n_bins,)
        NaN in an empty bin.

    Examples
    --------
    >>> n, mean, accuracy = reliability([0.2, 0.9, 1.0], [False, True, True], 2)
    >>> n, mean.round(3), accuracy
    (array([1, 2]), array([0.2 , 0.95]), array([0., 1.]))
    """
    p = np.asarray(confidence, dtype=np.float64)
    right = np.asarray(correct, dtype=np.float64)
    which = confidence_bins(p, n_bins)
    n = np.bincount(which, minlength=n_bins)
    held = np.where(n > 0, n, np.nan)
    mean = np.bincount(which, weights=p, minlength=n_bins) / held
    accuracy = np.bincount(which, weights=right, minlength=n_bins) / held
    return n, mean, accuracy


def expected_calibration_error(
    confidence: ArrayLike, correct: ArrayLike, n_bins: int = 15
) -> float:
    r"""Return the expected calibration error.

    .. math:: \mathrm{ECE} = \sum_b \frac{n_b}{N} \left| \mathrm{acc}_b - \mathrm{conf}_b \right|

    In [0, 1]; lower is better. NaN without samples. It estimates the *binned population error*,
    the same sum with each bin's share, accuracy and mean confidence in the population, and lies
    above it on average: noise of a bin's accuracy adds a gap, never takes one away. A calibrated
    model has 0 in the population, and about :math:`0.8 \sum_b \sqrt{n_b \, \mathrm{acc}_b (1 -
    \mathrm{acc}_b)} / N` here.

    References
    ----------
    M. Naeini, G. Cooper, M. Hauskrecht (2015), Obtaining well calibrated probabilities using
    Bayesian binning, AAAI; C. Guo et al. (2017), On calibration of modern neural networks, eq. 3.

    Examples
    --------
    >>> round(expected_calibration_error([0.2, 0.9, 1.0], [False, True, True], 2), 6)
    0.1
    """
    return float(expected_gap(*_sums(confidence, correct, n_bins))[0])


def expected_calibration_error_debiased(
    confidence: ArrayLike, correct: ArrayLike, n_bins: int = 15
) -> float:
    r"""Return the expected calibration error less an estimate of its bias.

    With :math:`g_b` a bin's gap between accuracy and mean confidence, and :math:`s_b` the standard
    error of its accuracy (of :math:`(c_b + 1) / (n_b + 2)` right of :math:`n_b`, so that a bin
    without a mistake has an error, too),

    .. math:: \max \left( 0, \sum_b \frac{n_b}{N} \left( 2 |g_b| -
              E |\mathcal{N}(|g_b|, s_b)| \right) \right)

    In [0, 1]; lower is better. NaN without samples. The noise of a bin lends its gap about as much
    as further noise of the same kind would lend the gap that is seen. It estimates what
    `expected_calibration_error` does. Where gaps exceed their noise, nearly all of the bias goes;
    of a calibrated model's, two fifths: no estimate that is never negative is unbiased there.

    References
    ----------
    A. Kumar, P. Liang, T. Ma (2019), Verified uncertainty calibration, arXiv:1909.10155, whose
    draws from a normal distribution are an expectation here; after J. Broecker (2012),
    doi:10.1007/s00382-011-1191-1.

    Examples
    --------
    >>> confidence, correct = [0.8] * 10, [True] * 7 + [False] * 3
    >>> round(expected_calibration_error(confidence, correct), 3)
    0.1
    >>> round(expected_calibration_error_debiased(confidence, correct), 3)
    0.055
    """
    return float(debiased_gap(*_sums(confidence, correct, n_bins))[0])


def maximum_calibration_error(confidence: ArrayLike, correct: ArrayLike, n_bins: int = 15) -> float:
    r"""Return the maximum calibration error: the largest gap of a bin that holds samples.

    In [0, 1]; lower is better. NaN without samples. Bins with few samples dominate it.

    Examples
    --------
    >>> maximum_calibration_error([0.2, 0.9, 1.0], [False, True, True], 2)
    0.2
    """
    return float(largest_gap(*_sums(confidence, correct, n_bins))[0])


def calibration_error_interval(
    confidence: ArrayLike, correct: ArrayLike, n_bins: int = 15, level: float = 0.95
) -> tuple[float, float]:
    r"""Return an interval of the binned population error; see `expected_calibration_error`.

    The observed error T varies by :math:`\mathrm{se}^2 = \sum_b w_b^2 s_b^2 + (\sum_b w_b g_b^2 -
    T^2) / N`, with :math:`w_b = n_b / N`, and is too large by no more than
    :math:`\beta = \sum_b w_b (E |\mathcal{N}(m_b, s_b)| - m_b)`, if no true gap is smaller than
    :math:`m_b = \max(0, |g_b| - s_b)`. The interval runs from :math:`T - \beta - z\,\mathrm{se}`,
    or 0, to :math:`T + z\,\mathrm{se}`: it may be too wide, most of all for a calibrated model,
    and holds both the observed and the debiased error.

    Returns
    -------
    low, high : float
        NaN without samples.

    Examples
    --------
    >>> low, high = calibration_error_interval([0.8] * 10, [True] * 7 + [False] * 3)
    >>> low, round(high, 3)
    (0.0, 0.392)
    """
    n, stated, right = (part[:, 0] for part in _sums(confidence, correct, n_bins))
    return gap_interval(n, stated, right, level)


def expected_gap(n: Floats, confidence: Floats, correct: Floats) -> Floats:
    """Return the expected calibration error from sums of each bin, of shape (bins, B)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        expected: Floats = np.abs(correct - confidence).sum(axis=0) / n.sum(axis=0)
    return expected


def largest_gap(n: Floats, confidence: Floats, correct: Floats) -> Floats:
    """Return the maximum calibration error, likewise."""
    held = n > 0
    gap = np.where(held, np.abs(correct - confidence) / np.where(held, n, 1.0), 0.0)
    largest: Floats = np.where(held.any(axis=0), gap.max(axis=0), np.nan)
    return largest


def debiased_gap(n: Floats, confidence: Floats, correct: Floats) -> Floats:
    """Return the debiased expected calibration error, likewise."""
    share, gap, error = _bins(n, confidence, correct)
    debiased: Floats = np.maximum((share * (2 * gap - _folded_mean(gap, error))).sum(axis=0), 0.0)
    return debiased


def gap_interval(
    n: Floats, confidence: Floats, correct: Floats, level: float
) -> tuple[float, float]:
    """Return the interval of the expected calibration error from sums of each bin."""
    from scipy.special import ndtri

    total = float(n.sum())
    if not total:
        return float("nan"), float("nan")
    share, gap, error = _bins(n, confidence, correct)
    observed = float((share * gap).sum())
    between = max(float((share * gap**2).sum()) - observed**2, 0.0) / total
    spread = float(np.sqrt((share**2 * error**2).sum() + between))
    least = np.maximum(gap - error, 0.0)
    bias = float((share * (_folded_mean(least, error) - least)).sum())
    z = float(ndtri(0.5 + level / 2))
    return max(observed - bias - z * spread, 0.0), min(observed + z * spread, 1.0)


def _sums(confidence: ArrayLike, correct: ArrayLike, n_bins: int) -> tuple[Floats, Floats, Floats]:
    """Return the number, the summed confidence and the right ones of each bin, each (bins, 1)."""
    p = np.asarray(confidence, dtype=np.float64)
    right = np.asarray(correct, dtype=np.float64)
    which = confidence_bins(p, n_bins)
    n, stated, correctly = (
        np.bincount(which, weights=weights, minlength=n_bins).astype(np.float64)[:, None]
        for weights in (None, p, right)
    )
    return n, stated, correctly


def _bins(n: Floats, confidence: Floats, correct: Floats) -> tuple[Floats, Floats, Floats]:
    """Return share of samples, size of the gap, and standard error of the accuracy of each bin."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = n / n.sum(axis=0)
    held = np.where(n > 0, n, 1.0)
    # One more right and one more wrong: a bin without a mistake is not without error.
    smoothed = (correct + 1.0) / (held + 2.0)
    return share, np.abs(correct - confidence) / held, np.sqrt(smoothed * (1 - smoothed) / held)


def _folded_mean(mean: Floats, deviation: Floats) -> Floats:
    """Return the mean size of a normal number."""
    from scipy.special import ndtr

    z = mean / deviation
    folded: Floats = deviation * np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) + mean * (
        1 - 2 * ndtr(-z)
    )
    return folded
