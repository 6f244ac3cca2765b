"""How far the scores of a search would lie elsewhere with other samples: parts left out, ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools.evaluation.marks import mixed, row_hashes
from hiertools.evaluation.sample_order import numbered
from hiertools.inference.intervals import FEWEST_UNITS, SPREADLESS, logit_interval
from hiertools.inference.jackknife import jackknife_interval, share_interval

__all__ = ["NO_INTERVAL", "Ends", "dealt_parts", "ends_of", "without_each"]

PARTS = 20
"""So many parts of the samples are left out, one after the other, for an interval."""


class Ends(NamedTuple):
    """The ends of an interval, or why there are none."""

    low: float = np.nan
    high: float = np.nan
    note: str = ""


NO_INTERVAL = Ends()


def dealt_parts(
    models: Sequence[NDArray[np.floating]],
    groups_at: NDArray[np.int32],
    unit_of: Ints,
    seed: int,
) -> NDArray[np.int32]:
    """Deal what belongs together to the parts that are left out, none much larger than others.

    What is dealt first is told by where it lies, neither by names nor by the order of samples; of
    several models by where all of them have it, so that their parts are the same. Samples in one
    place are told apart by where those of the same group lie, at each level of `groups_at`.
    """
    place, own = np.zeros((2, unit_of.size), dtype=np.uint64)
    for vectors in models:
        here = row_hashes(vectors)
        place += here
        for groups in (np.zeros_like(unit_of), *groups_at):  # first that of all: the model's own
            together = np.zeros(int(groups.max()) + 1, dtype=np.uint64)
            np.add.at(together, groups, mixed(here))
            here = mixed(here + together[groups])
        own += here
    keys = (own, *models[0].T[::-1]) if len(models) == 1 else (own, place)
    order = np.lexsort(keys)
    kind = np.empty(order.size, dtype=np.int64)
    kind[order] = numbered(order, keys)
    size = int(unit_of.max()) + 1
    first, held = np.full(size, order.size), np.zeros(size, dtype=np.uint64)
    np.minimum.at(first, unit_of, kind)
    np.add.at(held, unit_of, mixed(own))
    part = np.arange(size)
    if size > PARTS:
        part = np.random.default_rng(seed).permutation(size) % PARTS
    dealt = np.empty(size, dtype=np.int32)
    dealt[np.lexsort((held, first))] = part
    return dealt[unit_of]


def without_each(values: Floats, unit_of: Ints) -> Floats:
    """Return the means of scores, (S, N), without each unit, (S, U)."""
    defined = ~np.isnan(values)
    number = np.stack([np.bincount(unit_of, weights=row) for row in defined])
    total = np.stack([np.bincount(unit_of, weights=row) for row in np.nan_to_num(values)])
    with np.errstate(invalid="ignore", divide="ignore"):
        left: Floats = (total.sum(axis=1, keepdims=True) - total) / (
            number.sum(axis=1, keepdims=True) - number
        )
    left[number == 0] = np.nan  # what does not inform the mean is no unit of it
    return left


def ends_of(values: Floats, left_out: Floats, unit_of: Ints, is_share: bool, level: float) -> Ends:
    """Return the interval of the mean of a score.

    Parameters
    ----------
    values : ndarray of float, shape (N,)
        The score of every query, NaN where nothing was to be found.
    left_out : ndarray of float, shape (parts,)
        Its mean without each part of the samples.
    unit_of : ndarray of int, shape (N,)
        Which queries belong together.
    is_share : bool
        Whether it is a share of the queries, which are right or wrong.
    level : float
    """
    defined = ~np.isnan(values)
    units = np.unique(unit_of[defined]).size
    if not units:
        return NO_INTERVAL
    value = float(values[defined].mean())
    if is_share:
        found = share_interval(value, left_out, units, level=level)
    else:
        over = jackknife_interval(value, left_out, n_classes=units)
        found = logit_interval(value, over.standard_error, over.degrees_of_freedom, level)
    if not np.isnan(found.low):
        return Ends(found.low, found.high)
    if units < FEWEST_UNITS:
        why = f"{_told(units, int(defined.sum()))} it, and it takes {FEWEST_UNITS}"
    elif np.isnan(found.standard_error):
        why = "with most parts of the samples left out, nothing is to be found"
    elif min(value, 1.0 - value) <= SPREADLESS:
        why = f"it is {value:g} of every query"
    else:
        why = "it stays the same whatever is left out"
    return Ends(note=f"no interval: {why}")


def _told(units: int, queries: int) -> str:
    """Say how many units inform a score."""
    if units < queries:
        return f"{units} group{'s' * (units > 1)} of queries inform{'s' * (units == 1)}"
    return "1 query informs" if units == 1 else f"{units} queries inform"
