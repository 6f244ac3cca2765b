"""Made-up classifiers whose accuracy, mistakes and confidence are known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calibration.trees import REAL_TREES

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TREE = "mesoz"
CLASSES = REAL_TREES[TREE]
LEVELS = [0, 2]
DIMENSIONS = 8

"""What the values, intervals and tests of `evaluate` follow from."""


def labels(rng: np.random.Generator, n: int) -> Ints:
    """Return classes of samples, each as likely."""
    return rng.integers(CLASSES, size=n)


def predicted(rng: np.random.Generator, y: Ints, accuracy: float | Floats) -> Ints:
    """Return predictions, right with this probability; wrong ones are any other class."""
    wrong = (y + rng.integers(1, CLASSES, size=y.size)) % CLASSES
    return np.where(rng.random(y.size) < accuracy, y, wrong)


def places(rng: np.random.Generator) -> Floats:
    """Return where the samples of each class scatter, by 1 in each of the dimensions.

    The nearest other sample is right about as often as predictions are.
    """
    return 2.0 * rng.normal(size=(CLASSES, DIMENSIONS))


def scatter(rng: np.random.Generator, y: Ints) -> Floats:
    """Return how far each sample lies from the place of its class."""
    return rng.normal(size=(y.size, DIMENSIONS))


def one_hot(p: Ints) -> Floats:
    """Return scores that say nothing of all classes but one."""
    return np.eye(CLASSES)[p]


def ranked(rng: np.random.Generator, p: Ints, k: int) -> Ints:
    """Return the k best classes: the predicted one, then others in random order."""
    keys = rng.random((p.size, CLASSES))
    keys[np.arange(p.size), p] = -1.0
    return np.argsort(keys, axis=1)[:, :k]
