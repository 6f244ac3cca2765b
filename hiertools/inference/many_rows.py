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
    r"""Adjust p-values for having looked at all rows (Westfall and Young 1993, step-down max-T).

    With :math:`t_i` the value of row i and :math:`t_i^{(m)}` that of relabelling m, less the mean
    and in standard deviations of all of them, what was seen among them; :math:`r_1, r_2, \dots` the
    rows by falling :math:`t`:

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
    array([0.001, 0.029, 0.472])
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
    # Equal but for the order of sums: equal here, too.
    drawn = np.where(np.abs(drawn - seen) <= TOLERANCE * scale, seen, drawn)
    drawn = np.where(np.isnan(drawn), -np.inf, drawn)
    t, of_draws = ((x[varies] - middle[varies]) / spread[varies] for x in (seen, drawn))
    order = np.argsort(-t[:, 0], kind="stable")
    # The largest of this row and of all that follow it, relabelling by relabelling.
    largest = np.maximum.accumulate(of_draws[order][::-1], axis=0)[::-1]
    margin = TOLERANCE * np.maximum(np.abs(t[order]), 1.0)
    as_good = (largest >= t[order] - margin).sum(axis=1)
    p_values = np.maximum(as_good, 1) / count if exact else (1 + as_good) / (1 + count)
    found = np.ones(len(told))
    found[np.flatnonzero(varies)[order]] = np.maximum.accumulate(p_values)
    adjusted[told] = found
    return adjusted
