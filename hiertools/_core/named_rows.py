"""Rows that Series and DataFrames name: given beside each other, they must come in one order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from hiertools.errors import OptionError

__all__ = ["SAMPLES", "refuse_other_order"]

SAMPLES = frozenset(
    {
        "confidence", "embeddings", "groups", "labels", "models", "predictions", "probabilities",
        "ranked", "scores", "sets", "source", "weights",
    }
)  # fmt: skip
"""Arguments with one entry a sample, or of models that have one."""


def refuse_other_order(given: Mapping[str, Any]) -> None:
    """Refuse arguments whose indices name the same samples in another order.

    They are read row by row, as arrays are, so each sample would get what is another one's. An
    index of other names, or one that only counts rows, says nothing of what belongs together.

    Examples
    --------
    >>> import pandas as pd
    >>> labels = pd.Series(["lynx", "newt"], index=["b.png", "a.png"])
    >>> frame = pd.DataFrame({"lynx": [0.9, 0.2], "newt": [0.1, 0.8]}, index=["a.png", "b.png"])
    >>> refuse_other_order({"labels": labels.loc[frame.index], "probabilities": frame})
    >>> refuse_other_order({"labels": labels, "probabilities": frame})
    Traceback (most recent call last):
        ...
    hiertools.errors.OptionError: labels and probabilities name the same rows in another order ...
    """
    named = [each for name, value in given.items() for each in _indices(name, value)]
    for (first, wanted), (name, index) in itertools.combinations(named, 2):
        if name != first and _moved(wanted, index):
            pairs = enumerate(zip(wanted.tolist(), index.tolist()))
            place, (one, other) = next(each for each in pairs if each[1][0] != each[1][1])
            raise OptionError(
                f"{first} and {name} name the same rows in another order (row {place} is "
                f"{one!r} and {other!r}), and rows are read in the order that "
                "they have; bring them into one, as labels.loc[frame.index] does, or give arrays "
                "(.to_numpy()) where they belong together as they are."
            )


def _indices(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the indices that name rows, of an object of pandas or of what holds several.

    Predictions are of the same samples, whatever holds them; models have rows of their own.
    """
    held = [(name, value)]
    if isinstance(value, Mapping):
        apart = name == "predictions"
        held = [(f"{name}[{key!r}]" if apart else name, one) for key, one in value.items()]
    elif isinstance(value, tuple | list):
        held = [(name, one) for one in value[:MOST]]
    for called, one in held:
        index = getattr(one, "index", None) if hasattr(one, "iloc") else None
        if index is not None and type(index).__name__ != "RangeIndex":
            yield called, index


MOST = 100
"""Objects of a list that are looked at: a list of a million labels holds none."""


def _moved(one: Any, other: Any) -> bool:
    """Tell whether two indices hold the same entries, each once, in another order."""
    return (
        len(one) == len(other)
        and not one.equals(other)
        and one.is_unique
        and other.is_unique
        and set(one) == set(other)
    )
