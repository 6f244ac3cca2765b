"""Is there a tree in these distances? The four-point condition, quartet by quartet."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools._core.threads import thread_map

TINY = 1e-12
"""Share of the largest distance below which sums are equal."""


PIECES = 64
"""Into so many pieces classes are dealt, whatever the number of threads."""


class FourPoints(NamedTuple):
    """What the quartets of distances are like."""

    delta: Floats
    """Mean delta of the quartets with each class, shape (C,)."""
    error: Floats
    """Its standard error, 0 where all quartets were looked at."""
    gap: float
    """The largest difference of the two largest sums of any quartet."""
    n_quartets: int


def all_quartets(d: Floats) -> FourPoints:
    """Look at every quartet of a square of distances."""
    from hiertools._kernels.four_points import quartets_with

    n, tiny = len(d), TINY * float(d.max())

    def of_each(firsts: Ints) -> Floats:
        out = np.zeros((n + 1, firsts.size))
        for place, first in enumerate(firsts.tolist()):
            sums = np.zeros(n)
            out[n, place] = quartets_with(d, first, tiny, sums)
            out[:n, place] = sums
        return out

    found = _each(of_each, n - 3)
    delta = found[:n].sum(axis=1) / math.comb(n - 1, 3)
    return FourPoints(delta, np.zeros(n), float(found[n].max()), math.comb(n, 4))


def sampled_quartets(d: Floats, count: int, seed: int) -> FourPoints:
    """Look at `count` random quartets with each class, drawn with replacement."""
    n, tiny = len(d), TINY * float(d.max())

    def of_each(classes: Ints) -> Floats:
        out = np.empty((3, classes.size))
        for place, i in enumerate(classes.tolist()):
            j, k, m = _three_others(np.random.default_rng([seed, i]), n, i, count)
            sums = np.sort([d[i, j] + d[k, m], d[i, k] + d[j, m], d[i, m] + d[j, k]], axis=0)
            gap, spread = sums[2] - sums[1], sums[2] - sums[0]
            delta = np.divide(gap, spread, out=np.zeros(count), where=spread > tiny)
            out[:, place] = delta.mean(), delta.std(ddof=1) / math.sqrt(count), gap.max()
        return out

    delta, error, gap = _each(of_each, n)
    return FourPoints(delta, error, float(gap.max()), n * count)


def _each(function: Callable[[Ints], Floats], n: int) -> Floats:
    """Join what a function gives of each of n classes, one column each, computed in threads."""
    pieces = np.array_split(np.arange(n), min(n, PIECES))
    joined: Floats = np.concatenate(thread_map(function, pieces), axis=-1)
    return joined


def _three_others(rng: np.random.Generator, n: int, own: int, count: int) -> tuple[Ints, ...]:
    """Return `count` times three classes that are neither each other nor `own`."""
    drawn: list[Ints] = []
    taken = np.full((1, count), own)
    for left in (n - 1, n - 2, n - 3):
        place = rng.integers(left, size=count)
        for known in np.sort(taken, axis=0):  # step over those that are taken, the least first
            place += place >= known
        drawn.append(place)
        taken = np.vstack([taken, place])
    return tuple(drawn)
