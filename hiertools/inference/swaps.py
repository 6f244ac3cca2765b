"""Two models on the same samples: a test that swaps their predictions, and its interval.

The test and the interval come from one statistic, the difference over its standard error. Swapping
makes the models alike in everything, so it is exact for models that are; where they differ in
something else (how often they are wrong), only a difference measured in standard errors, computed
anew after each swap, keeps the level.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats
from hiertools.inference.bootstrap import bounded_interval, in_blocks
from hiertools.inference.contributions import Contributions, Statistic
from hiertools.inference.intervals import SPREADLESS, difference_beyond_rounding
from hiertools.inference.standard_errors import Error, Swaps, error_of
from hiertools.inference.student import student_quantile
from hiertools.inference.tests import t_test_p

__all__ = ["PairedTest", "paired_test", "sign_patterns", "swapped"]

SAME = "no test: both models say the same of every {}"
NOT_DRAWN = "no test: permutations=0"
ALIKE = 1e-9
"""Sums taken in another order differ by no more, as a share of the largest."""


class PairedTest(NamedTuple):
    """Differences of two models' statistics, each of shape (T,)."""

    difference: Floats
    ci_low: Floats
    ci_high: Floats
    p_value: Floats
    hypothesis: NDArray[np.int64]
    """Statistics that are the same number under other names test the same hypothesis."""
    note: tuple[str, ...]
    """Why there is no p-value, or no interval."""


def swapped(n: int, first: int, stop: int, seed: int) -> Floats:
    """Return random signs: -1 where two models' predictions of a sample change places, (N, B).

    Examples
    --------
    >>> sorted(set(swapped(50, 0, 2, seed=0).ravel().tolist()))
    [-1.0, 1.0]
    """
    signs = np.empty((n, stop - first))
    for place, number in enumerate(range(first, stop)):
        # The third number keeps this stream apart from that of `resampled`.
        bits = np.random.default_rng([seed, number, 1]).integers(0, 2, n, dtype=np.int8)
        signs[:, place] = 2.0 * bits - 1.0
    return signs


def sign_patterns(n: int, first: int, stop: int) -> Floats:
    """Return the ways `first` to `stop` in which n samples can be swapped, the first of them none.

    Examples
    --------
    >>> sign_patterns(2, 0, 4)
    array([[ 1., -1.,  1., -1.],
           [ 1.,  1., -1., -1.]])
    """
    bits = np.arange(first, stop) >> np.arange(n)[:, None] & 1
    return (1 - 2 * bits).astype(np.float64)


def paired_test(
    a: Contributions, b: Contributions, permutations: int, seed: int, level: float = 0.95
) -> PairedTest:
    r"""Compare two models on the same samples, statistic by statistic.

    The predictions of each sample on which the models differ change places at random. The p-value
    is the share of swaps, the one that was seen among them, whose :math:`t = d / \mathrm{se}` is at
    least as large; where there are no more than `permutations` ways to swap, all of them are
    gone through. It is never below 2 / 2^m for m samples on which the models differ. The interval
    is :math:`d \pm q\,\mathrm{se}`, with q the t from which p is below 1 - `level` on: it holds 0
    exactly where p is not.

    Where only some samples inform a score (the wrong ones a mistake severity), Student's t with
    Satterthwaite's degrees of freedom counts if its p-value, or its q, is the larger.

    Parameters
    ----------
    a, b : Contributions
        Of the same samples in the same order, with the same statistics; of groups of them, these
        change places as wholes.
    permutations : int
        Random swaps. 0 for none: no p-values, and Student's t for the intervals.
    seed : int
    level : float
        Coverage of the interval.

    Returns
    -------
    PairedTest
    """
    differ = np.flatnonzero(
        (a.numbers != b.numbers).any(axis=1) | (abs(a.counts - b.counts).getnnz(axis=1) > 0)
    )
    observed = difference_beyond_rounding(a.values(), b.values())
    size = observed.size
    nothing = np.full(size, np.nan)
    if not differ.size:
        return PairedTest(
            observed, nothing, nothing, nothing, np.arange(size), (SAME.format(a.unit),) * size
        )
    every = differ.size < 60 and 2**differ.size <= permutations
    count = 2**differ.size if every else 1 + permutations
    swaps = Swaps(a, b, differ)
    errors = [error_of(statistic.formula, swaps) for statistic in a.statistics]

    draw = sign_patterns if every else partial(swapped, seed=seed)

    def block(first: int, stop: int) -> Floats:
        signs = draw(differ.size, first, stop)
        if first == 0:
            signs[:, 0] = 1.0  # what was seen
        one, two = swaps.sums(signs)
        moved = a.evaluate(*one) - b.evaluate(*two)
        with np.errstate(invalid="ignore", divide="ignore"):
            squares = [error(signs, one, two) if error else nothing_of(moved) for error in errors]
        return np.concatenate([moved, np.stack(squares)])

    def nothing_of(moved: Floats) -> Floats:
        return np.full(moved.shape[1], np.nan)

    null, squares = np.split(in_blocks(block, a.n, count), 2)
    rows = [
        _tested(statistic, error, moved, square, scale, a, level, permutations > 0)
        for statistic, error, moved, square, scale in zip(
            a.statistics, errors, null, squares, np.maximum(abs(a.values()), abs(b.values()))
        )
    ]
    low, high, p_value, note = zip(*rows)
    hypothesis = _hypotheses(null, np.array(p_value))
    return PairedTest(observed, np.array(low), np.array(high), np.array(p_value), hypothesis, note)


def _hypotheses(null: Floats, p_value: Floats) -> NDArray[np.int64]:
    """Return which statistics are one number: by p-value and by the differences under all swaps.

    Accuracy is also the top-1 accuracy: one hypothesis, to be counted once. A cost in other units
    is another number. What is not tested is no hypothesis of anything else.
    """
    found = np.arange(len(null))
    size = np.nan_to_num(np.abs(null)).max(axis=1)
    for place in range(len(null)):
        for other in np.flatnonzero(found[:place] == np.arange(place)).tolist():
            if (
                abs(p_value[place] - p_value[other]) <= 1e-9  # never where either is NaN
                and np.allclose(null[place], null[other], 0.0, ALIKE * size[other], equal_nan=True)
            ):
                found[place] = other
                break
    return found


def _tested(
    statistic: Statistic,
    error: Error | None,
    moved: Floats,
    squares: Floats,
    scale: float,
    rows: Contributions,
    level: float,
    drawn: bool,
) -> tuple[float, float, float, str]:
    """Return interval, p-value and note of a difference, the first of `moved`.

    What is rounding is told by `scale`, the size of the compared values: they have units.
    """
    nan, n, unit = float("nan"), rows.n, rows.unit
    if statistic.formula is None or np.isnan(moved[0]):
        return nan, nan, nan, ""
    why = statistic.formula.untested if error is None else error.untested
    if statistic.only_value:
        why = f"no test: {statistic.only_value}"
    if error is None or why:
        return nan, nan, nan, why
    rounding = SPREADLESS * max(float(np.nanmax(np.abs(moved))), scale)
    difference = np.where(np.abs(moved) <= rounding, 0.0, moved)
    if not error.differing or (drawn and not difference.any()):
        return nan, nan, nan, SAME.format(unit)
    seen, spread, alpha = float(difference[0]), float(np.sqrt(squares[0])), 1.0 - level
    freedom = error.degrees_of_freedom()
    least = 2.0 ** (1 - error.differing)  # all samples swapped, or none
    if drawn:
        sizes = _sizes(difference, squares, n)
        p_value = max(float((sizes >= sizes[0] * (1 - 1e-9)).mean()), min(least, 1.0))
        p_value = max(p_value, t_test_p(seen, spread, freedom) if np.isfinite(freedom) else 0.0)
        allowed = int(alpha * sizes.size * (1 + 1e-12))
        square = float(np.sort(sizes)[::-1][allowed]) if allowed < sizes.size else 0.0
        critical = np.sqrt(square / (1.0 - square / n)) if square < n else np.inf
        note = ""
    else:
        p_value, critical, note, allowed = nan, 0.0, NOT_DRAWN, 0
        freedom = min(freedom, n - 1.0)
    if least > alpha or not np.isfinite(critical):
        why = "after too many of the swaps it is undefined, or has no spread"
        if least > alpha:
            why = f"the models differ on {error.differing} {unit}s"
        elif not allowed:
            why = f"{sizes.size - 1} swaps are too few to have one (permutations=)"
        return nan, nan, p_value, note or f"no interval: {why}"
    if np.isfinite(freedom):
        critical = max(critical, student_quantile(freedom, 0.5 + level / 2))
    least_value, most_value = statistic.bounds
    span = most_value - least_value
    if spread == 0.0:  # the models differ by as much in every sample
        low, high = bounded_interval(
            seen, 0.0, error.informed, (-span, span), level, only_counts=True
        )
        return low, high, p_value, note
    half = critical * spread
    low, high = max(seen - half, -span), min(seen + half, span)
    if p_value > alpha:  # where both lie at the limit, rounding must not part them
        low, high = min(low, 0.0), max(high, 0.0)
    return low, high, p_value, note


def _sizes(difference: Floats, squares: Floats, n: int) -> Floats:
    """Return what grows with t squared, and is n at most, also where the error is 0.

    What is undefined after a swap counts as the largest.
    """
    below = squares + difference**2 / n
    sizes = difference**2 / np.where(below > 0, below, 1.0)
    # One sample tells of no spread: by rounding, its error is 0 / 0, or something / 0.
    sizes = np.where(np.isfinite(below), sizes, np.inf)
    return np.where(difference == 0, 0.0, sizes)
