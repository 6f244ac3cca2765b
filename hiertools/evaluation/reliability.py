"""Reliability as a table: how often predictions of each confidence are right."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hiertools.measures.calibration import reliability
from hiertools.results.columns import Table


def reliability_table(confidence: ArrayLike, correct: ArrayLike, n_bins: int = 15) -> Table:
    """Return how often predictions of each confidence are right.

    Parameters
    ----------
    confidence : array_like of float, shape (N,)
        Probability of each prediction.
    correct : array_like of bool, shape (N,)
    n_bins : int

    Returns
    -------
    Table
        One row a bin: ``low``, ``high``, ``n``, ``confidence`` (mean), ``accuracy``, ``gap``
        (accuracy - confidence); NaN in an empty bin.

    Examples
    --------
    >>> reliability_table([0.2, 0.9, 1.0], [False, True, True], 2).frame()
       low  high  n  confidence  accuracy   gap
    0  0.0   0.5  1        0.20       0.0 -0.20
    1  0.5   1.0  2        0.95       1.0  0.05
    """
    n, mean, accuracy = reliability(confidence, correct, n_bins)
    edges = np.linspace(0.0, 1.0, n_bins + 1)
    return Table.of(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "n": n,
            "confidence": mean,
            "accuracy": accuracy,
            "gap": accuracy - mean,
        }
    )
