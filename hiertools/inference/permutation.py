"""The permutation null: what a score is worth when the classes' names are shuffled."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks, few
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import behind_doors, door
from hiertools._core.threads import thread_map
from hiertools.errors import OptionError
from hiertools.inference.gaps import whole_rows
from hiertools.inference.intervals import SPREADLESS

TOLERANCE = 1e-10  # sums taken in another order differ in the last digits; equal scores stay equal


@behind_doors
@dataclass(frozen=True)
class Null:
    """A score's distribution when the classes' names are shuffled."""

    chance: float
    """Mean of the distribution."""
    z: float
    """Observed value less the mean, in standard deviations; NaN where there is no spread."""
    p_value: float
    """(1 + number as good or better) / (1 + number), one-sided; exact: without the ones."""
    n_permutations: int
    p_least: float = float("nan")
    """The p-value of the best of the relabellings: none of them has a smaller one."""


@door
def permutations(n: int, count: int, seed: int) -> Ints:
    """Return `count` random permutations of ``range(n)``, shape (count, n).

    Examples
    --------
    >>> permutations(4, 2, seed=0)
    array([[2, 0, 1, 3],
           [3, 2, 1, 0]])
    """
    n, count = checks.whole_number(n, "n"), checks.whole_number(count, "count")
    rng = np.random.default_rng(checks.whole_number(seed, "seed", most=None))
    return np.stack([rng.permutation(n) for _ in range(count)]) if count else np.empty((0, n), int)


@door
def relabellings(
    n: int, count: int, seed: int, strata: ArrayLike | None = None
) -> tuple[Ints, bool]:
    """Return relabellings of n classes, and whether these are all there are.

    Where there are no more than `count`, as of six classes and 999, all of them are returned once
    each, in a random order, so that p is exact: drawing at random could miss the ones that change
    nothing, and put p below the least that the classes allow.

    Parameters
    ----------
    n, count, seed : int
    strata : array_like of int, shape (n,), optional
        Classes change places only with others of the same number: a restricted permutation, for
        the question whether more is shared than the strata explain.

    Examples
    --------
    >>> relabellings(3, 999, seed=0)[0].shape, relabellings(9, 999, seed=0)[0].shape
    ((6, 3), (999, 9))
    >>> relabellings(4, 999, seed=0, strata=[0, 0, 1, 1])[0]
    array([[1, 0, 2, 3],
           [0, 1, 2, 3],
           [0, 1, 3, 2],
           [1, 0, 3, 2]])
    """
    n, count = checks.whole_number(n, "n"), checks.whole_number(count, "count")
    seed = checks.whole_number(seed, "seed", most=None)
    groups = _members(n, strata)
    # As many as there are, or more than `count`: without the digits of n!.
    if sum(math.lgamma(members.size + 1) for members in groups) > math.log(count + 0.5):
        if len(groups) == 1:
            return permutations(n, count, seed), False
        return _within(groups, n, count, seed), False
    everything = _all_within(groups, n)
    return everything[np.random.default_rng(seed).permutation(len(everything))], True


@door
def n_relabellings(n: int, strata: ArrayLike | None = None) -> float:
    """Return how many relabellings of n classes there are, infinity where it passes 1e300.

    Examples
    --------
    >>> n_relabellings(6), n_relabellings(6, strata=[0, 0, 0, 1, 1, 2])
    (720.0, 12.0)
    """
    sizes = [members.size for members in _members(checks.whole_number(n, "n"), strata)]
    if sum(math.lgamma(size + 1) for size in sizes) > 690:  # e^690 is 1e300
        return math.inf
    return float(math.prod(math.factorial(size) for size in sizes))


@door
def monte_carlo(p_value: float, count: int, level: float = 0.95) -> tuple[float, float, float]:
    r"""Return the error of a p-value of drawn relabellings, and the interval of what it estimates.

    Parameters
    ----------
    p_value : float
        (1 + number as good) / (1 + count).
    count : int
        How many were drawn; 0 for all there are: then there is no error.
    level : float
        Coverage of the interval.

    Returns
    -------
    error, low, high : float
        :math:`\sqrt{p (1 - p) / (1 + M)}`, and Clopper and Pearson's interval of the share of all
        relabellings that are as good.

    Examples
    --------
    >>> [round(x, 4) for x in monte_carlo(0.05, 999)]
    [0.0069, 0.0365, 0.0643]
    >>> monte_carlo(0.05, 0)
    (0.0, 0.05, 0.05)
    """
    from scipy.special import betaincinv

    if not 0.0 < p_value <= 1.0:
        raise OptionError(f"p_value must lie above 0, and at most at 1; got {p_value:g}.")
    level = checks.number_between(level, "level", 0.0, 1.0)
    count = checks.whole_number(count, "count")
    if not count:
        return 0.0, p_value, p_value
    as_good, tail = round(p_value * (1 + count)) - 1, (1.0 - level) / 2
    low = float(betaincinv(as_good, count - as_good + 1, tail)) if as_good > 0 else 0.0
    high = float(betaincinv(as_good + 1, count - as_good, 1 - tail)) if as_good < count else 1.0
    return math.sqrt(p_value * (1.0 - p_value) / (1 + count)), low, high


def _members(n: int, strata: ArrayLike | None) -> list[Ints]:
    """Return the classes of each stratum."""
    if strata is None:
        return [np.arange(n)]
    labels = np.atleast_1d(checks.numeric(strata, "strata", OptionError))
    if labels.shape != (n,):
        raise OptionError(f"strata must have a number for each of {n}; got {labels.shape}.")
    _, place, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    return np.split(np.argsort(place, kind="stable"), np.cumsum(sizes)[:-1])


def _within(groups: Sequence[Ints], n: int, count: int, seed: int) -> Ints:
    """Return random permutations that keep each class in its group, shape (count, n)."""
    rng = np.random.default_rng(seed)
    by_group, place = np.concatenate(groups), np.empty(n, dtype=np.int64)
    place[by_group] = np.repeat(np.arange(len(groups)), [members.size for members in groups])
    found = np.empty((count, n), dtype=np.int64)
    for row in found:
        row[by_group] = np.lexsort((rng.random(n), place))
    return found


def _all_within(groups: Sequence[Ints], n: int) -> Ints:
    """Return every permutation that keeps each class in its group, shape (number, n)."""
    ways = [itertools.permutations(members.tolist()) for members in groups]
    chosen = [list(itertools.chain.from_iterable(way)) for way in itertools.product(*ways)]
    found = np.empty((len(chosen), n), dtype=np.int64)
    found[:, np.concatenate([*groups, np.empty(0, np.int64)])] = chosen
    return found


@door
def summarise_null(
    value: float, null: ArrayLike, better: str = "higher", *, exact: bool = False
) -> Null:
    """Hold an observed value against its null distribution.

    Parameters
    ----------
    value : float
    null : array_like of float, shape (M,)
        The same score under M relabellings; NaN ones are left out.
    better : {"higher", "lower"}
    exact : bool
        Whether these are all relabellings there are, the identity among them: then p is the share
        of them that are as good or better.

    Returns
    -------
    Null
        All NaN where the value is NaN or no relabelling gave a number.

    Examples
    --------
    >>> summarise_null(0.5, [0.0, 0.1, -0.1, 0.0]).p_value
    0.2
    """
    drawn = checks.numeric(null, "null", OptionError)
    told = drawn[~np.isnan(drawn)]
    return summarise_nulls(np.array([value], dtype=np.float64), told[None], [better], exact)[0]


def summarise_nulls(
    values: Floats, nulls: Floats, better: Sequence[str], exact: bool = False
) -> list[Null]:
    """Hold several observed values against their null distributions, as `summarise_null` does one.

    `values` and `better` have a number each for the rows of `nulls`, shape (K, M).

    Examples
    --------
    >>> drawn = np.array([[0.0, 0.1], [0.2, 0.4]])
    >>> two = summarise_nulls(np.array([0.5, 0.0]), drawn, ["higher", "lower"])
    >>> [round(null.p_value, 3) for null in two]
    [0.333, 0.333]
    """
    signs = np.array(
        [1.0 if checks.option(each, ("higher", "lower"), "better") == "higher" else -1.0
         for each in better]
    )  # fmt: skip
    found: dict[int, Null] = {}
    for places, rows in whole_rows(nulls):
        summaries = _summaries(values[places], rows, signs[places], exact)
        found |= zip(places.tolist(), summaries)
    return [found[place] for place in range(len(nulls))]


def _summaries(values: Floats, drawn: Floats, signs: Floats, exact: bool) -> list[Null]:
    """Return a null for each value and row of draws, none of them NaN."""
    nan, count = float("nan"), drawn.shape[1]
    if not count:
        return [Null(nan, nan, nan, 0) for _ in values]
    chance = drawn.mean(axis=1)
    spread = drawn.std(axis=1, ddof=1) if count > 1 else np.zeros(len(drawn))
    scale = np.maximum(np.maximum(np.abs(values), np.abs(chance)), 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(spread > SPREADLESS * scale, (values - chance) / spread, nan)
    margin, goodness = TOLERANCE * scale, signs[:, None] * drawn
    as_good = (goodness >= (signs * values - margin)[:, None]).sum(axis=1)
    p_value = np.maximum(as_good, 1) / count if exact else (1 + as_good) / (1 + count)
    best = goodness.max(axis=1)
    at_best = (goodness >= (best - margin)[:, None]).sum(axis=1)
    if not exact:  # what was observed is one more of them
        ahead, level = signs * values > best + margin, signs * values >= best - margin
        at_best = np.where(ahead, 1, at_best + level)
    p_least = at_best / (count + (not exact))
    return [
        Null(nan, nan, nan, count) if math.isnan(value) else Null(mean, score, p, count, least)
        for value, mean, score, p, least in np.stack(
            [values, chance, z, p_value, p_least], axis=1
        ).tolist()
    ]


@door
def chance_corrected(value: float, chance: float, best: float) -> float:
    """Return ``(value - chance) / (best - chance)``: 0 for a random model, 1 for the best one.

    Examples
    --------
    >>> chance_corrected(0.75, 0.5, 1.0)
    0.5
    """
    return (value - chance) / (best - chance) if abs(best - chance) > SPREADLESS else float("nan")


_PIECES = 8
_AT_ONCE = 1 << 15
"""So many numbers of relabellings of few classes are a piece: 999 of 32 classes."""


@door
def in_pieces(function: Callable[[Ints], Floats], items: Ints) -> Floats:
    """Apply a function of many items to pieces of them in threads, and join the results.

    What it returns has the items along its last axis. The pieces do not depend on the number of
    threads, nor does anything in them on their neighbours, so neither do the results.
    """
    items = np.atleast_1d(checks.unmasked(items, "items", OptionError))
    number = _PIECES
    if items.ndim > 1 and items.shape[1] <= few.CLASSES:
        number = -(-items.size // _AT_ONCE)
    pieces = np.array_split(items, max(1, min(len(items), number)))
    return np.concatenate(thread_map(function, pieces, told=True), axis=-1)
