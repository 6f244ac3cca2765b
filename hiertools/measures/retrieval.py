"""Are a class's nearest classes its relatives? Retrieval among class representatives."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools.errors import OptionError
from hiertools.measures.ties import TIES


class Neighbours(NamedTuple):
    """The other classes of each class, nearest first."""

    order: NDArray[np.int32]
    """Shape (C, C - 1)."""
    ends: NDArray[np.int32]
    """One past the last place of the run of equal distances that each place lies in."""


def retrieval_scores(
    d: ArrayLike, groups: ArrayLike, *, exclude_self: str = "identity", ties: str = "expected"
) -> dict[str, float]:
    r"""Precision at 1, R-precision and MAP@R of retrieving classes of the same group.

    For class i with :math:`R_i` other classes in its group, and :math:`r_{ik}` telling whether the
    k-th nearest other class is one of them:

    .. math::
        \mathrm{P@1} = r_{i1}, \quad
        \mathrm{RP} = \frac{1}{R_i} \sum_{k=1}^{R_i} r_{ik}, \quad
        \mathrm{MAP@R} = \frac{1}{R_i} \sum_{k=1}^{R_i} r_{ik} \frac{1}{k} \sum_{l=1}^{k} r_{il}

    averaged over the classes with company (:math:`R_i > 0`). Where distances are equal, the mean
    over all orders of the tied classes is taken: neither names nor positions decide. In a run of s
    tied classes, r of them relevant, that begins behind p classes with h relevant ones, place
    p + j holds a relevant one with probability r / s, and then

    .. math::
        E\Big[r_{i,p+j} \sum_{l \le p+j} r_{il}\Big] =
        \frac{r}{s} \Big(h + 1 + (j - 1) \frac{r - 1}{s - 1}\Big)

    Parameters
    ----------
    d : array_like of float, shape (C, C)
        Distances between representatives.
    groups : array_like of int, shape (C,)
        The group of each class at some level of the tree.
    exclude_self : {"identity", "position"}
        A class never retrieves itself. "identity" leaves out i in row i; "position" leaves out
        whatever sorts first, as the paper's published code does, which is another class where two
        representatives coincide.
    ties : {"expected", "position"}
        What to do about equal distances: the mean over all orders, or the order of the classes, as
        the published code has it.

    Returns
    -------
    dict of str to float
        ``precision_at_1``, ``r_precision``, ``map_at_r``, in [0, 1], higher is better; NaN where no
        class has company.

    Notes
    -----
    Musgrave, Belongie and Lim 2020, "A metric learning reality check", arXiv:2003.08505, section
    3.2; ties: McSherry and Najork 2008, "Computing information retrieval performance measures
    efficiently in the presence of tied scores", doi:10.1007/978-3-540-78646-7_38.

    Examples
    --------
    >>> import numpy as np
    >>> from hiertools.measures.retrieval import retrieval_scores
    >>> d = np.array([[0, 1, 4, 5], [1, 0, 3, 6], [4, 3, 0, 2], [5, 6, 2, 0.0]])
    >>> retrieval_scores(d, [0, 0, 1, 1])
    {'precision_at_1': 1.0, 'r_precision': 1.0, 'map_at_r': 1.0}
    """
    square = checks.numeric(d, "d", OptionError)
    labels = np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.int32)
    if square.shape != (labels.size, labels.size):
        raise OptionError(
            f"d must be ({labels.size}, {labels.size}) for {labels.size} groups; "
            f"got {square.shape}."
        )
    if labels.size == 0:
        raise OptionError("retrieval needs at least one class; got none.")
    checks.finite(square, "d", OptionError)
    per_class = retrieval_per_class(nearest_first(square, exclude_self, ties), labels)
    good = ~np.isnan(per_class[:, 0])
    means = per_class[good].mean(axis=0) if good.any() else np.full(3, np.nan)
    return dict(zip(RETRIEVAL_SCORES, map(float, means)))


RETRIEVAL_SCORES = ("precision_at_1", "r_precision", "map_at_r")


def nearest_first(
    square: Floats, exclude_self: str = "identity", ties: str = "expected"
) -> Neighbours:
    """Return the other classes of each class, nearest first, and which of them are tied."""
    checks.option(exclude_self, ("identity", "position"), "exclude_self")
    checks.option(ties, TIES, "ties")
    n = square.shape[0]
    order = np.empty((n, n - 1), dtype=np.int32)
    ends = np.empty((n, n - 1), dtype=np.int32)
    places = np.arange(1, n, dtype=np.int32)
    ends[:] = places
    block = max(1, (1 << 22) // n)
    for start in range(0, n, block):
        rows = np.arange(start, min(start + block, n))
        distance = square[rows].copy()
        if exclude_self == "identity":
            distance[np.arange(rows.size), rows] = -np.inf  # itself sorts first, and goes
        found = np.argsort(distance, axis=1, kind="stable")[:, 1:]
        order[rows] = found
        if ties == "expected" and n > 2:
            sorted_ = np.take_along_axis(distance, found, axis=1)
            # A place that the next one is tied with has the end of the next one.
            last = np.where(sorted_[:, 1:] != sorted_[:, :-1], places[:-1], n - 1)
            ends[rows, :-1] = np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1]
    return Neighbours(order, ends)


def retrieval_per_class(neighbours: Neighbours, labels: NDArray[np.int32]) -> Floats:
    """Return P@1, R-precision and MAP@R of each class, shape (C, 3); NaN without company."""
    from hiertools._kernels import retrieval as kernels

    out = np.empty((labels.size, 3))
    everyone = np.zeros(labels.size, dtype=bool)
    kernels.retrieval_per_class(*neighbours, labels, everyone, np.iinfo(np.int32).max, out)
    return out
