"""The permutation null: what a score is worth when the classes' names are shuffled."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks, few
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import behind_doors, door
from hiertools._core.threads import thread_map
from hiertools.errors import OptionError
from hiertools.inference.intervals import SPREADLESS

_TOLERANCE = 1e-10  # sums taken in another order differ in the last digits; equal scores stay equal


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
def relabellings(n: int, count: int, seed: int) -> tuple[Ints, bool]:
    """Return relabellings of n classes, and whether these are all there are.

    Where there are no more than `count`, as of six classes and 999, all of them are returned once
    each, in a random order, so that p is exact: drawing at random could miss the ones that change
    nothing, and put p below the least that the classes allow.

    Examples
    --------
    >>> relabellings(3, 999, seed=0)[0].shape, relabellings(9, 999, seed=0)[0].shape
    ((6, 3), (999, 9))
    """
    n, count = checks.whole_number(n, "n"), checks.whole_number(count, "count")
    seed = checks.whole_number(seed, "seed", most=None)
    if math.lgamma(n + 1) > math.log(count + 0.5):  # n! > count, without the digits of n!
        return permutations(n, count, seed), False
    everything = np.array(list(itertools.permutations(range(n))))
    return everything[np.random.default_rng(seed).permutation(len(everything))], True


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
    sign = 1.0 if checks.option(better, ("higher", "lower"), "better") == "higher" else -1.0
    drawn = checks.numeric(null, "null", OptionError)
    drawn = drawn[~np.isnan(drawn)]
    if math.isnan(value) or drawn.size == 0:
        return Null(float("nan"), float("nan"), float("nan"), int(drawn.size))
    chance = float(drawn.mean())
    spread = float(drawn.std(ddof=1)) if drawn.size > 1 else 0.0
    scale = max(abs(value), abs(chance), 1.0)
    z = (value - chance) / spread if spread > SPREADLESS * scale else float("nan")
    as_good = int((sign * drawn >= sign * value - _TOLERANCE * scale).sum())
    p_value = max(as_good, 1) / drawn.size if exact else (1 + as_good) / (1 + drawn.size)
    return Null(chance, float(z), p_value, int(drawn.size))


@door
def chance_corrected(value: float, chance: float, best: float) -> float:
    """Return ``(value - chance) / (best - chance)``: 0 for a random model, 1 for the best one.

    Examples
    --------
    >>> chance_corrected(0.75, 0.5, 1.0)
    0.5
    """
    return (value - chance) / (best - chance) if abs(best - chance) > SPREADLESS else float("nan")


KeyT = TypeVar("KeyT")
_PIECES = 8
_AT_ONCE = 1 << 15
"""So many numbers of relabellings of few classes are a piece: 999 of 32 classes."""


@door
def in_pieces(function: Callable[[Ints], Mapping[KeyT, Floats]], items: Ints) -> dict[KeyT, Floats]:
    """Apply a function of many items to pieces of them in threads, and join the results.

    The pieces do not depend on the number of threads, nor does anything in them on their
    neighbours, so neither do the results.
    """
    items = np.atleast_1d(items)
    number = _PIECES
    if items.ndim > 1 and items.shape[1] <= few.CLASSES:
        number = -(-items.size // _AT_ONCE)
    pieces = np.array_split(items, min(len(items), number)) if len(items) else []
    parts = thread_map(function, pieces)
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]} if parts else {}
