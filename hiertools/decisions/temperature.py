"""One temperature for all probabilities: the cheapest remedy of a model that is too sure."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import behind_doors
from hiertools._core.labels import label_indices
from hiertools._core.own_names import SomeClasses
from hiertools.decisions.probabilities import as_probabilities
from hiertools.errors import OptionError, PredictionsError
from hiertools.evaluation.predictions import Predictions
from hiertools.evaluation.probabilities import TEMPERATURE
from hiertools.results.files import held_as, read_result, reading, write_result

__all__ = ["Temperature"]

_BOUNDS = (-12.0, 12.0)
"""Of the logarithm of 1 / temperature: beyond, probabilities are 0 and 1, or all equal."""


@behind_doors
class Temperature:
    r"""A temperature fitted to samples held out, which makes probabilities less sure, or more.

    .. math:: p'_c = \frac{p_c^{1/T}}{\sum_j p_j^{1/T}}

    which for logits is the softmax of :math:`z / T`. :math:`T` minimises the mean of :math:`-\log
    p'_y`, a convex function of :math:`1/T`; above 1 the model was too sure. The order of classes
    stays, and with it accuracy; sums of probabilities, and so decisions for inner nodes, change.

    Parameters
    ----------
    classes : sequence of str, optional
        Names of the columns of bare arrays.

    Attributes
    ----------
    temperature_ : float
    n_samples_ : int
        Of ``fit``.
    log_loss_ : tuple of float
        Mean of :math:`-\log p_y` over them before and after, in nats.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Weinberger (2017), On calibration of modern neural networks,
    section 4.2, arXiv:1706.04599.

    Examples
    --------
    >>> from hiertools.decisions import Temperature
    >>> p = [[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.1, 0.9]]
    >>> cooler = Temperature(["lynx", "newt"]).fit(p, ["lynx", "newt", "newt", "newt"])
    >>> round(cooler.temperature_, 3)
    2.0
    >>> cooler.transform([[0.9, 0.1]]).round(3)
    array([[0.75, 0.25]])
    >>> Temperature.from_json(cooler.to_json()).temperature_ == cooler.temperature_
    True
    """

    def __init__(self, classes: SomeClasses | None = None) -> None:
        self.classes = classes

    def fit(self, probabilities: Any, labels: ArrayLike) -> Temperature:
        """Find the temperature on samples held out, neither of training nor of the test set."""
        z, names = _logits(probabilities, self.classes)
        y = label_indices(labels, names)
        if y.size != len(z):
            raise PredictionsError(f"{len(z)} samples and {y.size} labels; give one a sample.")
        rows = np.arange(y.size)
        hopeless = np.flatnonzero(np.isneginf(z[rows, y]))
        if hopeless.size:
            raise PredictionsError(
                f"{hopeless.size} of {y.size} labels have a probability of 0, first that of row "
                f"{hopeless[0]}, which no temperature changes; fit logits, or leave these out."
            )
        self.temperature_ = math.exp(-_log_inverse(z, y))
        self.n_samples_ = int(y.size)
        self.log_loss_ = (_loss(z, y, 1.0), _loss(z, y, 1.0 / self.temperature_))
        return self

    def transform(self, probabilities: Any) -> Floats:
        """Return the probabilities at the temperature, (N, C), in the order of their columns."""
        self._refuse_unfitted()
        z, _ = _logits(probabilities, self.classes)
        with np.errstate(over="ignore"):  # far below the largest one is no share, however far
            return _softmax(z / self.temperature_)

    def _refuse_unfitted(self) -> None:
        if not hasattr(self, "temperature_"):
            raise OptionError("there is no temperature yet; call fit(probabilities, labels).")

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the fitted temperature as JSON, and write it to `path`, if given."""
        self._refuse_unfitted()
        held = {
            "temperature": self.temperature_,
            "n_samples": self.n_samples_,
            "log_loss": list(self.log_loss_),
        }
        return write_result(TEMPERATURE, held, path)

    @classmethod
    def from_json(
        cls, source: str | os.PathLike[str], /, classes: SomeClasses | None = None
    ) -> Temperature:
        """Read a fitted temperature from a JSON file, or from JSON text."""
        held, where = read_result(TEMPERATURE, source)
        with reading(f"{where}: the saved {TEMPERATURE}"):
            found = cls(classes)
            found.temperature_ = checks.number_between(held["temperature"], "temperature", 0)
            found.n_samples_ = checks.whole_number(held["n_samples"], "n_samples", least=1)
            before, after = map(float, held_as(held, "log_loss", list))
            found.log_loss_ = (before, after)
        return found


def _logits(source: Any, classes: SomeClasses | None) -> tuple[Floats, tuple[str, ...]]:
    """Return logits, each row's largest 0: those given, or logarithms of probabilities."""
    p, names = as_probabilities(source, classes)
    if isinstance(source, Predictions) and source.score_kind == "logit":
        assert source.scores is not None
        z = source.scores.astype(np.float64)  # a softmax would make zeros of the least ones
    else:
        with np.errstate(divide="ignore"):
            z = np.log(p.astype(np.float64))
    z = z - z.max(axis=1, keepdims=True)
    return z, names


def _softmax(z: Floats) -> Floats:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    shares: Floats = e / e.sum(axis=1, keepdims=True)
    return shares


def _loss(z: Floats, y: Ints, inverse: float) -> float:
    scaled = z * inverse
    total = np.log(np.exp(scaled).sum(axis=1))
    return float((total - scaled[np.arange(y.size), y]).mean())


def _slope(z: Floats, y: Ints, inverse: float) -> float:
    """Return the derivative of the loss: by how much the mean logit exceeds the label's."""
    finite: NDArray[np.float64] = np.where(np.isneginf(z), 0.0, z)
    expected = (_softmax(z * inverse) * finite).sum(axis=1)
    return float((expected - z[np.arange(y.size), y]).mean())


def _log_inverse(z: Floats, y: Ints) -> float:
    """Return the logarithm of the inverse temperature at which the loss is least."""
    from scipy.optimize import brentq

    low, high = (_slope(z, y, math.exp(end)) for end in _BOUNDS)
    if not low < 0 < high:
        why = (
            "the labels are the most probable classes almost without exception"
            if high <= 0
            else "the labels are no more probable than other classes"
        )
        raise PredictionsError(
            f"no temperature is the best one: {why}; give more samples, and none of training."
        )
    return float(brentq(lambda t: _slope(z, y, math.exp(t)), *_BOUNDS, xtol=1e-14, rtol=1e-14))
