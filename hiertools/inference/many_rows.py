"""Many scores of one model against chance: how likely is any of them to look significant?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hiertools._core.arrays import Floats
from hiertools.inference.intervals import SPREADLESS
from hiertools.inference.permutation import TOLERANCE

__all__ = ["step_down"]


def step_down(
    values: Sequence[float], nulls: Sequence[Floats], signs: Sequence[float], exact: bool = False
) -> Floats:
    r"""Adjust p-values for having looked at all rows (Westfall and Young 1993, step-down).

    What is rarest counts as most: :math:`t = -\#\{\text{as good or better}\}` among all that were
    looked at, what was seen being one of them; of the equally rare, the one that lies further from
    the mean in standard deviations, z. (By z alone, scores of few values would hide all others: it
    is huge as soon as they aren't at their usual value.) With :math:`r_1, r_2, \dots` the rows by
    falling t, and :math:`t^{(m)}` that of relabelling m:

    .. math:: \tilde p_{r_j} = \max_{i \le j} \frac{\#\{m : \max_{k \ge i} t_{r_k}^{(m)} \ge
              t_{r_i}\}}{\#\{m\}}

    The relabellings are those that all rows share, so that scores that go together count little
    more than one: under shuffled names, the chance that any row has an adjusted value of at most
    alpha is at most alpha.

    Parameters
    ----------
    values : sequence of float, length K
        NaN ones are in no family.
    nulls : sequence of K arrays
        Each row under the same relabellings; where they are unequally many, the first that all
        have count. NaN ones are as good as nothing.
    signs : sequence of float
        +1 where higher is better, else -1.
    exact : bool
        Whether the relabellings are all there are, what was seen among them.

    Returns
    -------
    ndarray of float, shape (K,)
        1 for a row that no relabelling changes.

    Notes
    -----
    P. Westfall and S. Young 1993, "Resampling-based multiple testing", Wiley, section 2.8.

    Examples
    --------
    >>> drawn = np.random.default_rng(0).normal(size=(3, 999))
    >>> step_down([4.0, 2.2, 0.0], drawn, [1.0, 1.0, 1.0]).round(3)
    array([0.001, 0.028, 0.472])
    """
    adjusted = np.full(len(values), np.nan)
    told = [i for i, (value, null) in enumerate(zip(values, nulls))
            if not math.isnan(value) and null.size and not np.isnan(null).all()]  # fmt: skip
    if not told:
        return adjusted
    count = min(nulls[i].size for i in told)
    sign = np.array([signs[i] for i in told])[:, None]
    seen = sign * np.array([values[i] for i in told])[:, None]
    drawn = sign * np.array([nulls[i][:count] for i in told])
    every = drawn if exact else np.concatenate([drawn, seen], axis=1)
    defined = ~np.isnan(every)
    middle, spread = (of(every, axis=1, where=defined)[:, None] for of in (np.mean, np.std))
    scale = np.maximum(np.maximum(np.abs(seen), np.abs(middle)), 1.0)
    varies = (spread > SPREADLESS * scale)[:, 0]
    drawn = np.where(np.isnan(drawn), -np.inf, drawn)
    both = np.concatenate([seen, drawn], axis=1)[varies]
    pool = np.where(np.isnan(every), -np.inf, every)[varies]
    rarity = _as_good(both, pool, TOLERANCE * scale[varies])
    z = (both - middle[varies]) / spread[varies]
    # Below 1/2 whatever z is, so that it decides only between the equally rare.
    with np.errstate(invalid="ignore"):
        further = np.where(np.isfinite(z), z / (1.0 + np.abs(z)) / 2.0, -0.5)
    t, of_draws = np.split(further - rarity, [1], axis=1)
    order = np.argsort(-t[:, 0], kind="stable")
    # The largest of this row and of all that follow it, relabelling by relabelling.
    largest = np.maximum.accumulate(of_draws[order][::-1], axis=0)[::-1]
    as_good = (largest >= t[order] - TOLERANCE).sum(axis=1)
    p_values = np.maximum(as_good, 1) / count if exact else (1 + as_good) / (1 + count)
    found = np.ones(len(told))
    found[np.flatnonzero(varies)[order]] = np.maximum.accumulate(p_values)
    adjusted[told] = found
    return adjusted


def _as_good(values: Floats, pool: Floats, margin: Floats) -> Floats:
    """Return how many of each row's pool are as good as each of its values, or better."""
    found = np.empty(values.shape)
    for row, some, of, near in zip(found, values, np.sort(pool, axis=1), margin[:, 0]):
        order = np.argsort(some)  # in order, they are looked up in half the time
        row[order] = of.size - np.searchsorted(of, some[order] - near)
    return found
