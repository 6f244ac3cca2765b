"""Are a class's nearest classes its relatives? Retrieval among class representatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools.errors import OptionError
from hiertools.measures.nested_levels import NestedLevels, nested_levels
from hiertools.measures.ties import TIES


class Neighbours(NamedTuple):
    """The other classes of each class, nearest first, as many as count."""

    order: NDArray[np.int32]
    """Shape (C, depth)."""
    ends: NDArray[np.int32]
    """One past the last place of the run of equal distances that each place lies in: rows of those
    classes alone among whose neighbours some are tied."""
    tied: NDArray[np.int32]
    """Which row of `ends` is each class's, shape (C,); -1 where nothing is tied."""

    @classmethod
    def of_blocks(cls, parts: Sequence[Neighbours]) -> Neighbours:
        """Put the neighbours of some classes, as many of each, behind those of others."""
        before = np.cumsum([0, *(len(part.ends) for part in parts)]).tolist()
        tied = [np.where(part.tied < 0, -1, part.tied + n) for part, n in zip(parts, before)]
        order, ends, _ = map(np.concatenate, zip(*parts))
        return cls(order, ends, np.concatenate(tied).astype(np.int32))


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
    (nested,) = nested_levels([labels])
    per_class = retrieval_per_class(nearest_first(square, exclude_self, ties), nested)[..., 0].T
    good = ~np.isnan(per_class[:, 0])
    means = per_class[good].mean(axis=0) if good.any() else np.full(3, np.nan)
    return dict(zip(RETRIEVAL_SCORES, map(float, means)))


FEW, AT_ALL_LEVELS = 1 << 15, 1 << 21
"""So many neighbours, and so many of all levels, are looked at as arrays: nothing is compiled."""

RETRIEVAL_SCORES = ("precision_at_1", "r_precision", "map_at_r")


def nearest_first(
    square: Floats, exclude_self: str = "identity", ties: str = "expected"
) -> Neighbours:
    """Return the other classes of each class, nearest first, and which of them are tied."""
    checks.option(exclude_self, ("identity", "position"), "exclude_self")
    checks.option(ties, TIES, "ties")
    distance = square.copy()
    np.fill_diagonal(distance, 0.0)
    order = np.argsort(distance, axis=1, kind="stable")
    return nearest_in_rows(distance, order, 0, len(square) - 1, exclude_self, ties)


def nearest_in_rows(
    distance: Floats, order: Ints, start: int, depth: int, exclude_self: str, ties: str
) -> Neighbours:
    """Return at least the `depth` nearest others of some classes, with all that tie with the last.

    Parameters
    ----------
    distance, order : ndarray, shape (rows, C)
        Of classes `start` and following, to all; and what sorts each row.
    depth : int
    exclude_self, ties
        As of `retrieval_scores`.
    """
    from hiertools._kernels.rows import fill_nearest

    rows, n = distance.shape
    while True:
        nearest, ends = np.empty((2, rows, depth), dtype=np.int32)
        by_position, tied = exclude_self == "position", ties == "expected"
        deepest = fill_nearest(distance, order, start, by_position, tied, nearest, ends)
        if deepest <= depth:
            break
        depth = n - 1  # a run goes beyond
    some = (ends != np.arange(1, depth + 1, dtype=np.int32)).any(axis=1)
    which = np.where(some, np.cumsum(some) - 1, -1)
    return Neighbours(nearest, ends[some], which.astype(np.int32))


def retrieval_per_class(neighbours: Neighbours, nested: NestedLevels, start: int = 0) -> Floats:
    """Return P@1, R-precision and MAP@R of classes, shape (3, rows, levels); NaN without company.

    `neighbours` are those of class `start` and those that follow.
    """
    from hiertools._kernels import machine_code
    from hiertools._kernels import nested_retrieval as kernels

    out = np.empty((3, len(neighbours.order), nested.places.size))
    size = neighbours.order.size
    few = 0 < size <= FEW and size * nested.places.size <= AT_ALL_LEVELS
    if few and not machine_code.asked_for() and (neighbours.tied < 0).all():
        for level in range(nested.places.size):
            out[..., level] = _by_definition(neighbours.order, nested.group_of(level), start)
        return out
    kernels.retrieval_per_class(
        *neighbours, nested.order, nested.alike, nested.place_of, start, out
    )
    return out


def _by_definition(near: NDArray[np.int32], group: Ints, start: int) -> Floats:
    """Return the scores of some classes in groups, shape (3, rows); sums in the order of places."""
    own = group[start : start + len(near), None]
    company = np.bincount(group)[own] - 1
    scores = np.full((3, len(near)), np.nan)
    some = np.flatnonzero(company > 0)
    if some.size:
        own, company = own[some], company[some]
        place = np.arange(company.max())
        hit = (group[near[some, : place.size]] == own) & (place < company)
        hits = hit.cumsum(axis=1)
        precision = np.where(hit, hits / (place + 1), 0.0).cumsum(axis=1)
        scores[:, some] = hit[:, 0], hits[:, -1] / company[:, 0], precision[:, -1] / company[:, 0]
    return scores
