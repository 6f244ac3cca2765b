"""Probabilities of some classes from scores, block by block, at a temperature."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools.errors import OptionError, PredictionsError
from hiertools.evaluation.predictions import Predictions
from hiertools.results.files import read_result, reading

__all__ = ["TEMPERATURE", "as_temperature", "need_probabilities", "probability_blocks", "shares"]

TEMPERATURE = "temperature"
"""What a saved temperature calls itself."""

_BLOCK_ELEMENTS = 1 << 21


def as_temperature(given: Any) -> float:
    """Return a temperature: a number, a fitted one, or that of a file.

    Examples
    --------
    >>> as_temperature(1.5)
    1.5
    """
    if isinstance(given, str | os.PathLike):
        held, where = read_result(TEMPERATURE, given)
        with reading(f"{where}: the saved {TEMPERATURE}"):
            return checks.number_between(held["temperature"], "temperature", 0)
    if hasattr(given, "transform"):
        if not hasattr(given, "temperature_"):
            raise OptionError("temperature= has not been fitted; call fit(probabilities, labels).")
        given = given.temperature_
    return checks.number_between(given, "temperature", 0)


def need_probabilities(predictions: Predictions, what: str) -> None:
    """Refuse predictions that tell no probability of every class."""
    if predictions.scores is None or predictions.score_kind == "score":
        raise PredictionsError(
            f"{what} needs probabilities or logits of every class; give scores with "
            'score_kind="probability" or "logit".'
        )


def probability_blocks(
    predictions: Predictions, order: Ints, temperature: float | None
) -> Iterator[tuple[slice, Floats]]:
    """Yield rows and their probabilities of the classes of columns `order`, block by block.

    Where the predictions have other classes, too, those of `order` add up to one again.
    """
    scores = predictions.scores
    assert scores is not None
    inverse = 1.0 if temperature is None else 1.0 / temperature
    rows = max(1, min(_BLOCK_ELEMENTS // scores.shape[1], 1 << 16))
    for start in range(0, len(scores), rows):
        part = slice(start, start + rows)
        block = scores[part].astype(np.float64)
        if predictions.score_kind == "logit":
            yield part, _softmax(block[:, order] * inverse)
            continue
        if temperature is not None:
            with np.errstate(divide="ignore"):
                block = _softmax(np.log(np.clip(block, 0.0, None)) * inverse)
        chosen = block[:, order]
        if order.size < block.shape[1]:
            chosen = shares(chosen, chosen.sum(axis=1, keepdims=True), order.size)
        yield part, np.clip(chosen, 0.0, 1.0)


def shares(chosen: Floats, total: Floats, n: int) -> Floats:
    """Return which part of the total of `n` classes each is; the same one where the total is 0.

    Examples
    --------
    >>> shares(np.array([0.4, 0.2, 0.0]), np.array([0.8, 0.8, 0.0]), 4)
    array([0.5 , 0.25, 0.25])
    """
    there = total > 0
    share: Floats = np.where(there, chosen / np.where(there, total, 1.0), 1.0 / n)
    return share


def _softmax(z: Floats) -> Floats:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    share: Floats = e / e.sum(axis=1, keepdims=True)
    return share
