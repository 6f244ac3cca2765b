"""Do classes that lie far apart in the tree lie far apart in the model? Rank correlations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.ordering import stable_order, starts_of_ties
from hiertools.errors import OptionError
from hiertools.measures.ranks import mean_ranks


def elementwise_correlation(d: ArrayLike, t: ArrayLike) -> float:
    r"""Spearman correlation of two sets of distances over all pairs of classes.

    Parameters
    ----------
    d, t : array_like of float, shape (C, C) or (C (C - 1) / 2,)
        Distances of the representatives, and on the tree, of the same classes in the same order.

    Returns
    -------
    float
        In [-1, 1], higher is better; NaN where all distances of one kind are equal. Ties of the
        tree keep even a perfect model below 1: see `spearman_ceiling`.

    Notes
    -----
    :math:`\rho = \mathrm{corr}(\mathrm{rank}(d_{ij}), \mathrm{rank}(t_{ij}))` over :math:`i < j`,
    tied values sharing their mean rank (Kim et al. 2023, arXiv:2301.11065, section 3.2).

    Examples
    --------
    >>> from hiertools.measures.correlation import elementwise_correlation
    >>> round(elementwise_correlation([0.1, 0.9, 0.8], [2, 3, 3]), 3)
    0.866
    """
    return _pearson(mean_ranks(_condensed(d, "d")), mean_ranks(_condensed(t, "t")))


def classwise_correlation(
    d: ArrayLike, t: ArrayLike, *, self_pair: bool = False, cap: bool = True
) -> float:
    r"""Spearman correlation of each class's distances to the others, averaged over classes.

    Parameters
    ----------
    d, t : array_like of float, shape (C, C)
        Distances of the representatives, and on the tree, of the same classes in the same order.
    self_pair : bool
        Count the distance 0 of a class from itself, as the paper's published code does. That pair
        agrees whatever the model, so random vectors then score above 0.
    cap : bool
        Cap \|rho\| at :math:`1 - 6 / (n (n^2 - 1))`, the largest value below 1 that n values
        without ties can take; without it a single perfect class makes the mean 1.

    Returns
    -------
    float
        In [-1, 1], higher is better: the hyperbolic tangent of the mean inverse hyperbolic tangent
        (Fisher's z). Classes for which it is undefined (all distances equal) are left out; NaN if
        none remains.

    Notes
    -----
    Kim et al. 2023, arXiv:2301.11065, section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> from hiertools.measures.correlation import classwise_correlation
    >>> d = np.array([[0, 1, 4, 5], [1, 0, 3, 6], [4, 3, 0, 2], [5, 6, 2, 0.0]])
    >>> t = np.array([[0, 2, 4, 4], [2, 0, 4, 4], [4, 4, 0, 2], [4, 4, 2, 0.0]])
    >>> round(classwise_correlation(d, t), 3)
    0.75
    """
    return fisher_mean(
        class_correlations(d, t, self_pair=self_pair), rho_cap(np.shape(d)[0], self_pair, cap)
    )


def class_correlations(d: ArrayLike, t: ArrayLike, *, self_pair: bool = False) -> Floats:
    """Return the correlation of each class by itself, shape (C,); NaN where it is undefined."""
    a = centred_row_ranks(_square(d, "d"), self_pair)
    b = centred_row_ranks(_square(t, "t"), self_pair)
    if a.shape != b.shape:
        raise OptionError(f"d is for {a.shape[0]} classes, but t for {b.shape[0]}.")
    return row_correlations(np.einsum("ij,ij->i", a, b), row_norms(a), row_norms(b))


def spearman_ceiling(values: ArrayLike, others: ArrayLike | None = None) -> float:
    r"""Return the largest Spearman correlation that values without ties have with tied ones.

    .. math:: \sqrt{1 - \sum_g (g^3 - g) / (N^3 - N)}

    over groups of g tied values among N, reached in the right order. Only values with ties of their
    own can pass it, where those fall together.

    Parameters
    ----------
    values : array_like of float, shape (N,)
        The values with ties: distances on the tree.
    others : array_like of float, shape (N,), optional
        The values to be correlated with them. Where these hold ties, and in their best order reach
        more than values without ties, that is the ceiling.

    Returns
    -------
    float
        NaN where all of `values` are equal.

    Examples
    --------
    >>> from hiertools.measures.correlation import spearman_ceiling
    >>> round(spearman_ceiling([2, 2, 4, 4, 4, 6]), 3)
    0.926
    >>> round(spearman_ceiling([2, 2, 4, 4, 4, 6], [3, 1, 2, 3, 3, 1]), 3)
    0.926
    >>> spearman_ceiling([2, 2, 4, 4, 4, 6], [3, 1, 2, 2, 2, 1])
    1.0
    """
    tied = checks.numeric(values, "values", OptionError)
    checks.finite(tied, "values", OptionError)
    _, group = np.unique(tied, return_counts=True)
    g, n = group.astype(np.float64), float(group.sum())
    if n < 2 or group.size == 1:
        return float("nan")
    ceiling = float(np.sqrt(1.0 - (g**3 - g).sum() / (n**3 - n)))
    if others is None:
        return ceiling
    in_order = np.sort(np.asarray(others, dtype=np.float64))
    if (in_order[1:] != in_order[:-1]).all():
        return ceiling
    return float(np.fmax(ceiling, elementwise_correlation(in_order, np.sort(values))))


def pearson_correlation(d: ArrayLike, t: ArrayLike) -> float:
    r"""Pearson correlation of two sets of distances over all pairs of classes.

    With euclidean distances of class means and path distances on the tree it is CPCC, the
    cophenetic correlation coefficient that Zeng et al. regularise.

    Parameters
    ----------
    d, t : array_like of float, shape (C, C) or (C (C - 1) / 2,)
        Distances of the representatives, and on the tree, of the same classes in the same order.

    Returns
    -------
    float
        In [-1, 1], higher is better; NaN where all distances of one kind are equal.

    Notes
    -----
    Mantel 1967, "The detection of disease clustering and a generalized regression approach"; Sokal
    and Rohlf 1962, doi:10.2307/1217208; Zeng, des Combes and Zhao 2023, "Learning structured
    representations by embedding class hierarchy", ICLR.

    Examples
    --------
    >>> from hiertools.measures.correlation import pearson_correlation
    >>> round(pearson_correlation([0.1, 0.9, 0.8], [2, 3, 3]), 3)
    0.993
    """
    return _pearson(centred_unit(_condensed(d, "d")), centred_unit(_condensed(t, "t")))


def kendall_tau_a(d: ArrayLike, t: ArrayLike) -> float:
    r"""Kendall's tau-a of two sets of distances over all pairs of classes.

    Parameters
    ----------
    d, t : array_like of float, shape (C, C) or (C (C - 1) / 2,)
        Distances of the representatives, and on the tree, of the same classes in the same order.

    Returns
    -------
    float
        In [-1, 1], higher is better; NaN where all distances of one kind are equal. Ties count
        among the comparisons, so that of two trees the one with more ties has no advantage, and
        even a perfect model stays below 1: see `tau_a_ceiling`.

    Notes
    -----
    .. math:: \tau_a = \frac{2}{N (N - 1)} \sum_{p < q}
              \operatorname{sign}(d_p - d_q) \operatorname{sign}(t_p - t_q)

    over the N pairs of classes. Kendall 1938, doi:10.1093/biomet/30.1-2.81; why tau-a where one
    side has ties: Nili et al. 2014, doi:10.1371/journal.pcbi.1003553.

    Examples
    --------
    >>> from hiertools.measures.correlation import kendall_tau_a
    >>> round(kendall_tau_a([0.1, 0.9, 0.8], [2, 3, 3]), 3)
    0.667
    """
    from hiertools._kernels.kendall import tau_without

    a, b = _condensed(d, "d"), _condensed(t, "t")
    if a.shape != b.shape:
        raise OptionError(f"d and t must hold the same pairs; got {a.size} and {b.size} values.")
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    order = stable_order(a)
    values, found = np.unique(b, return_inverse=True)
    codes, starts = found.astype(np.int32)[order], starts_of_ties(a, order)
    none, out = np.zeros(a.size, dtype=np.int32), np.empty(1)
    tau_without(
        codes, none, none, starts, np.array([-1]), np.empty(values.size + 1, dtype=np.int64),
        np.empty_like(codes), np.empty_like(starts), out,
    )  # fmt: skip
    return float(out[0])


def tau_a_ceiling(values: ArrayLike) -> float:
    r"""Return the largest tau-a that anything has with values of which some are tied.

    .. math:: 1 - \sum_g (g^2 - g) / (N^2 - N)

    over groups of g tied values among N.

    Examples
    --------
    >>> from hiertools.measures.correlation import tau_a_ceiling
    >>> round(tau_a_ceiling([2, 3, 3]), 3)
    0.667
    """
    _, group = np.unique(checks.numeric(values, "values", OptionError), return_counts=True)
    g, n = group.astype(np.float64), float(group.sum())
    return float(1.0 - (g * (g - 1)).sum() / (n * (n - 1))) if n > 1 else float("nan")


_ROUNDING = 1e-12


# ---- the parts that `compare` shares with the functions above


def centred_row_ranks(square: Floats, self_pair: bool = False) -> Floats:
    """Rank each row among itself and subtract the mean rank, shape (C, C).

    Without `self_pair` the diagonal takes no part and is 0.
    """
    n = square.shape[0]
    ranks = np.zeros((n, n))
    for i in range(n):
        kept = np.arange(n) if self_pair else np.delete(np.arange(n), i)
        if kept.size:
            ranks[i, kept] = mean_ranks(square[i, kept]) - (kept.size + 1) / 2.0
    return ranks


def centred_unit(values: Floats) -> Floats:
    """Return values less their mean, in a unit of their own; 0 where they are equal up to rounding.

    Pearson's correlation doesn't see the unit, and squares of huge values would overflow.
    """
    largest = float(np.abs(values).max(initial=0.0))
    if np.ptp(values) <= _ROUNDING * largest:
        return np.zeros(values.shape)
    scaled = values / largest
    centred: Floats = scaled - scaled.mean()
    return centred


def compact(ranks: Floats) -> NDArray[Any]:
    """Return ranks as 32-bit numbers where those hold them exactly, half the memory to read."""
    small = ranks.astype(np.float32)
    return small if np.array_equal(small, ranks) else ranks


def row_norms(ranks: Floats) -> Floats:
    """Return the Euclidean norm of each row."""
    norms: Floats = np.sqrt(np.einsum("ij,ij->i", ranks, ranks))
    return norms


def row_correlations(products: Floats, norms_a: Floats, norms_b: Floats) -> Floats:
    """Divide products of centred ranks by their norms; NaN where a row is constant."""
    scale = norms_a * norms_b
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = np.where(scale > 0, products / scale, np.nan)
    # A perfect correlation is 1 exactly: its z is infinite, and rounding must not make it finite.
    return np.where(np.abs(rho) > 1.0 - _ROUNDING, np.sign(rho), rho)


def rho_cap(n_classes: int, self_pair: bool, cap: bool) -> float:
    r"""Return the largest \|rho\| that enters Fisher's mean: 1 without `cap`.

    NaN below three values, whose only correlations are -1 and 1: no mean of them is anything else.
    """
    n = n_classes if self_pair else n_classes - 1
    if not cap:
        return 1.0
    return 1.0 - 6.0 / (n * (n * n - 1.0)) if n > 2 else float("nan")


def fisher_mean(rho: Floats, cap: float) -> float:
    """Average correlations through Fisher's z; NaN ones are left out."""
    return float(fisher_means(np.atleast_2d(rho), cap)[0])


def fisher_means(rho: Floats, cap: float | Floats) -> Floats:
    """Average each row of correlations through Fisher's z, shape (M,); NaN ones are left out."""
    good = ~np.isnan(rho)
    # A perfect 1 has no finite z, and where no cap is wanted the mean is 1 as well (inf -> tanh 1).
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.arctanh(np.clip(np.where(good, rho, 0.0), -cap, cap))
        mean: Floats = np.tanh(np.where(good, z, 0.0).sum(axis=1) / good.sum(axis=1))
        return mean


def _pearson(a: Floats, b: Floats) -> float:
    if a.shape != b.shape:
        raise OptionError(f"d and t must hold the same pairs; got {a.size} and {b.size} values.")
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a @ a) * (b @ b))
    return float(np.clip((a @ b) / scale, -1.0, 1.0)) if scale > 0 else float("nan")


def _square(values: ArrayLike, what: str) -> Floats:
    array = checks.numeric(values, what, OptionError)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise OptionError(f"{what} must be a square matrix of distances; got shape {array.shape}.")
    checks.finite(array, what, OptionError)
    return array


def _condensed(values: ArrayLike, what: str) -> Floats:
    array = checks.numeric(values, what, OptionError)
    if array.ndim == 2:
        array = _square(array, what)[np.triu_indices(array.shape[0], 1)]
    checks.finite(array, what, OptionError)
    if array.size == 0:
        raise OptionError(f"{what} holds no pair of classes; a correlation needs at least two.")
    return array
