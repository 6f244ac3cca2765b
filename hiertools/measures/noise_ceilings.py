"""How closely could any distances follow those of several runs? Two bounds of a correlation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from hiertools._core.arrays import Floats
from hiertools.measures.correlation import fisher_means, rho_cap, row_correlations
from hiertools.measures.ranks import mean_ranks

BLOCK_ELEMENTS = 1 << 18
"""Distances of one run that are looked at together, where classes are gone through by rows."""


class NoiseCeiling(NamedTuple):
    """Bounds of the mean correlation of several runs with whatever distances they are held against.

    Both NaN for fewer than two runs.
    """

    lower: float
    """Each run held against the mean of the others."""
    upper: float
    """Each run held against the mean of all, itself among them."""


def elementwise_ceiling(runs: Sequence[Floats]) -> NoiseCeiling:
    r"""Return the bounds of the Spearman correlation over all pairs of classes.

    .. math:: \mathrm{lower} = \frac{1}{R} \sum_r \mathrm{corr}\Big(
              \mathrm{rank}(d_r), \mathrm{rank}\Big(\sum_{q \ne r} \mathrm{rank}(d_q)\Big)\Big),
              \qquad
              \mathrm{upper} = \Big\| \frac{1}{R} \sum_r
              \frac{\mathrm{rank}(d_r) - m}{\| \mathrm{rank}(d_r) - m \|} \Big\|

    with m the mean rank. No distances whatever have a larger mean correlation with these runs than
    ``upper``, which is what the mean of their ranks would have if it weren't ranked again.

    Parameters
    ----------
    runs : sequence of ndarray of float, each of shape (C (C - 1) / 2,)
        The distances of each run, over the same pairs.

    Notes
    -----
    Nili et al. 2014, doi:10.1371/journal.pcbi.1003553. rsatoolbox (``boot_noise_ceiling``,
    ``method="spearman"``) has the same lower bound; for its upper one it ranks the mean of the
    ranks, which tears apart what is as good as tied. Distances with ties, as those of a tree are,
    can pass that.

    Examples
    --------
    >>> found = elementwise_ceiling([np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 4, 3])])
    >>> round(found.lower, 3), round(found.upper, 3)
    (0.8, 0.949)
    """
    return _over_pairs(runs, mean_ranks, mean_ranks)


def pearson_ceiling(runs: Sequence[Floats]) -> NoiseCeiling:
    """Return the bounds of the Pearson correlation over all pairs of classes.

    As `elementwise_ceiling`, with each run's distances less their mean, by their standard
    deviation, in place of ranks. rsatoolbox's (``method="corr"``) are the same.

    Examples
    --------
    >>> found = pearson_ceiling([np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 4, 3])])
    >>> round(found.lower, 3), round(found.upper, 3)
    (0.8, 0.949)
    """
    return _over_pairs(runs, _standardised, lambda mean: mean)


def _over_pairs(
    runs: Sequence[Floats], told: Callable[[Floats], Floats], again: Callable[[Floats], Floats]
) -> NoiseCeiling:
    """Return the bounds, one run after the other: few arrays of all pairs are held at once."""
    if len(runs) < 2:
        return NoiseCeiling(np.nan, np.nan)
    total, units = np.zeros(runs[0].shape), np.zeros(runs[0].shape)
    for run in runs:
        values = told(run)
        total += values
        units += _units(values)
    lower = [float(_correlations(values := told(run), again(total - values))) for run in runs]
    return NoiseCeiling(float(np.mean(lower)), float(np.linalg.norm(units) / len(runs)))


def classwise_ceiling(
    runs: Sequence[Floats], n: int, *, self_pair: bool = False, cap: bool = True
) -> NoiseCeiling:
    """Return the bounds of the class-wise correlation.

    As `elementwise_ceiling`, with the distances of each class to the others, whose correlations are
    averaged as in `hiertools.measures.correlation.classwise_correlation`. Through Fisher's z a mean
    can pass ``upper``, which is for each class by itself the best there is; distances would have to
    follow one run closely in some classes and another one in others.

    Parameters
    ----------
    runs : sequence of ndarray of float, each of shape (C (C - 1) / 2,)
        The distances of each run, over the same pairs.
    n : int
        Number of classes, C.
    self_pair, cap
        As for `hiertools.measures.correlation.classwise_correlation`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> true = rng.random(28)
    >>> found = classwise_ceiling([true + 0.2 * rng.random(28) for _ in range(3)], 8)
    >>> found.lower < found.upper < 1
    True
    """
    limit = rho_cap(n, self_pair, cap)
    if len(runs) < 2 or np.isnan(limit):
        return NoiseCeiling(np.nan, np.nan)
    others, whole = [], []
    for rows in _rows_of_all(runs, n, self_pair):
        ranks = [mean_ranks(row) for row in rows]
        total, units = (np.sum(each, axis=0) for each in (ranks, list(map(_units, ranks))))
        others.append([_correlations(each, mean_ranks(total - each)) for each in ranks])
        whole.append([_correlations(each, units) for each in ranks])
    lower, upper = (
        float(fisher_means(np.concatenate(blocks, axis=1), limit).mean())
        for blocks in (others, whole)
    )
    return NoiseCeiling(lower, upper)


def _rows_of_all(runs: Sequence[Floats], n: int, self_pair: bool) -> Iterator[list[Floats]]:
    """Yield some classes' distances to the others in each run, until all classes have come."""
    from hiertools._kernels.rows import square_rows

    size = max(1, BLOCK_ELEMENTS // n)
    for start in range(0, n, size):
        count = min(size, n - start)
        own = np.arange(n) == np.arange(start, start + count)[:, None]
        blocks = []
        for run in runs:
            rows = np.empty((count, n))
            square_rows(run, start, rows)
            blocks.append(rows if self_pair else rows[~own].reshape(count, n - 1))
        yield blocks


def _standardised(values: Floats) -> Floats:
    centred = values - values.mean()
    spread = float(np.sqrt((centred**2).mean()))
    result: Floats = centred / spread if spread > 0 else centred
    return result


def _units(values: Floats) -> Floats:
    """Return each row less its mean, of length 1; 0 where it is constant."""
    centred = values - values.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(centred, axis=-1, keepdims=True)
    unit: Floats = centred / np.where(length > 0, length, 1.0)
    return unit


def _correlations(a: Floats, b: Floats) -> Floats:
    """Return the Pearson correlation of each row of both; NaN where one is constant."""
    a, b = (each - each.mean(axis=-1, keepdims=True) for each in (a, b))
    return row_correlations(
        np.einsum("...i,...i->...", a, b), np.linalg.norm(a, axis=-1), np.linalg.norm(b, axis=-1)
    )
