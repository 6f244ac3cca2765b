"""An order of samples that is theirs alone, not that in which they came."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Ints
from hiertools.evaluation.backing_off import walk_key
from hiertools.evaluation.fingerprints import fingerprint
from hiertools.evaluation.samples import Samples

__all__ = ["canonical_order", "kinds_in", "numbered", "paired_order"]


def canonical_order(*models: Samples) -> Ints:
    """Return an order of the samples that does not depend on the order in which they came.

    Samples that agree in everything a score of any of the models could see may come in any order.

    Parameters
    ----------
    *models : Samples
        The same samples as each model reads them; those of the first decide before the next.
    """
    keys = [key for samples in reversed(models) for key in _keys(samples)]
    order = np.lexsort(keys)
    embeddings = [each.embeddings for each in models if each.embeddings is not None]
    if not embeddings:
        return order
    # Two dimensions tell most samples apart; all of them decide between the others.
    alike = np.diff(numbered(order, keys)) == 0
    tied = np.append(False, alike) | np.append(alike, False)
    rows = order[tied]
    rest = [dimension for each in embeddings for dimension in each[rows].T]
    order[tied] = rows[np.lexsort([*rest, *(key[rows] for key in keys)])]
    return order


def paired_order(a: Samples, b: Samples) -> Ints:
    """Return the canonical order of two models' samples, whichever of the two is named first.

    Which of them decides first is told by what they hold, column by column.
    """
    given, turned = canonical_order(a, b), canonical_order(b, a)
    for one, other in zip([*_keys(b), *_keys(a)][::-1], [*_keys(a), *_keys(b)][::-1]):
        one, other = one[given], other[turned]
        differ = np.flatnonzero(one != other)
        if differ.size:
            return given if one[differ[0]] < other[differ[0]] else turned
    return given


def kinds_in(order: Ints, *models: Samples) -> Ints:
    """Return a number of each sample in a canonical order, the same for those that are alike."""
    keys = [key for samples in models for key in _keys(samples)]
    vectors = [each.embeddings.T for each in models if each.embeddings is not None]
    return numbered(order, chain(keys, *vectors))


def numbered(order: Ints, keys: Iterable[NDArray[Any]]) -> Ints:
    """Return a number of each place in an order, the same along what agrees in all keys.

    Examples
    --------
    >>> numbered(np.array([2, 0, 1]), [np.array([7, 8, 7])]).tolist()
    [0, 0, 1]
    """
    unlike = np.zeros(max(order.size - 1, 0), dtype=bool)
    for key in keys:
        unlike |= key[order[1:]] != key[order[:-1]]
    return np.append(0, np.cumsum(unlike))[: order.size]


def _keys(samples: Samples) -> list[NDArray[Any]]:
    """Return numbers that tell most samples apart, the one to sort by first as the last."""
    keys: list[NDArray[Any]] = [] if samples.weights is None else [samples.weights]
    if samples.unseen is not None:
        keys.append(samples.unseen)
    if samples.summed is not None:
        keys.append(samples.summed.key)
    if samples.specificity is not None:
        keys.append(samples.specificity)
    if samples.walks is not None:
        keys.append(walk_key(samples.walks))
    if samples.sets is not None:
        keys.append(fingerprint(samples.sets.columns))
    if samples.embeddings is not None:
        keys += list(samples.embeddings.T[:2])
    if samples.confidence is not None:
        keys.append(samples.confidence)
    if samples.ties is not None:
        keys.append(samples.ties.kinds(samples.n))
    return [*keys, *samples.ranked.T[::-1], samples.labels]
