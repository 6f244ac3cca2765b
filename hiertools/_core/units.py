"""A unit in which numbers can be squared and summed without losing any."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def binary_unit(*arrays: NDArray[np.float64]) -> float:
    """Return the power of two next to the largest number, from below; 1 where all are 0.

    Dividing by it changes no digit, and neither do squares of huge numbers overflow then, nor those
    of tiny ones vanish.

    Examples
    --------
    >>> binary_unit(np.array([0.3, -5.0]))
    4.0
    """
    largest = max((float(np.abs(array).max(initial=0.0)) for array in arrays), default=0.0)
    return 2.0 ** (math.frexp(largest)[1] - 1) if largest else 1.0
