"""Calibration: does a confidence of 0.8 mean right four times in five?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools.errors import PredictionsError

__all__ = [
    "confidence_bins",
    "expected_calibration_error",
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
    confidence = np.empty(len(array))
    rows = max(1, (1 << 21) // max(1, array.shape[1]))
    for start in range(0, len(array), rows):
        block = array[start : start + rows].astype(np.float64)
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

    In [0, 1]; lower is better. NaN without samples.

    References
    ----------
    M. Naeini, G. Cooper, M. Hauskrecht (2015), Obtaining well calibrated probabilities using
    Bayesian binning, AAAI; C. Guo et al. (2017), On calibration of modern neural networks, eq. 3.

    Examples
    --------
    >>> round(expected_calibration_error([0.2, 0.9, 1.0], [False, True, True], 2), 6)
    0.1
    """
    n, mean, accuracy = reliability(confidence, correct, n_bins)
    if not n.any():
        return float("nan")
    return float((np.nan_to_num(np.abs(accuracy - mean)) * n).sum() / n.sum())


def maximum_calibration_error(confidence: ArrayLike, correct: ArrayLike, n_bins: int = 15) -> float:
    r"""Return the maximum calibration error: the largest gap of a bin that holds samples.

    In [0, 1]; lower is better. NaN without samples. Bins with few samples dominate it.

    Examples
    --------
    >>> maximum_calibration_error([0.2, 0.9, 1.0], [False, True, True], 2)
    0.2
    """
    n, mean, accuracy = reliability(confidence, correct, n_bins)
    return float(np.abs(accuracy - mean)[n > 0].max()) if n.any() else float("nan")
