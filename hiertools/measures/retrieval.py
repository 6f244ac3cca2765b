"""Are a class's nearest classes its relatives? Retrieval among class representatives."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools.errors import OptionError


def retrieval_scores(
    d: ArrayLike, groups: ArrayLike, *, exclude_self: str = "identity"
) -> dict[str, float]:
    r"""Precision at 1, R-precision and MAP@R of retrieving classes of the same group.

    For class i with :math:`R_i` other classes in its group, and :math:`r_{ik}` telling whether the
    k-th nearest other class is one of them:

    .. math::
        \mathrm{P@1} = r_{i1}, \quad
        \mathrm{RP} = \frac{1}{R_i} \sum_{k=1}^{R_i} r_{ik}, \quad
        \mathrm{MAP@R} = \frac{1}{R_i} \sum_{k=1}^{R_i} r_{ik} \frac{1}{k} \sum_{l=1}^{k} r_{il}

    averaged over the classes with company (:math:`R_i > 0`).

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

    Returns
    -------
    dict of str to float
        ``precision_at_1``, ``r_precision``, ``map_at_r``, in [0, 1], higher is better; NaN where no
        class has company.

    Notes
    -----
    Musgrave, Belongie and Lim 2020, "A metric learning reality check", arXiv:2003.08505, section
    3.2. Tied distances are broken by position, so callers sort classes by name first.

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
    per_class = retrieval_per_class(nearest_first(square, exclude_self), labels)
    good = ~np.isnan(per_class[:, 0])
    means = per_class[good].mean(axis=0) if good.any() else np.full(3, np.nan)
    return dict(zip(RETRIEVAL_SCORES, map(float, means)))


RETRIEVAL_SCORES = ("precision_at_1", "r_precision", "map_at_r")


def nearest_first(square: Floats, exclude_self: str = "identity") -> NDArray[np.int32]:
    """Return the other classes of each class, nearest first, shape (C, C - 1)."""
    checks.option(exclude_self, ("identity", "position"), "exclude_self")
    n = square.shape[0]
    order = np.empty((n, n - 1), dtype=np.int32)
    block = max(1, (1 << 22) // n)
    for start in range(0, n, block):
        rows = np.arange(start, min(start + block, n))
        distance = square[rows].copy()
        if exclude_self == "identity":
            distance[np.arange(rows.size), rows] = -np.inf  # itself sorts first, and goes
        order[rows] = np.argsort(distance, axis=1, kind="stable")[:, 1:]
    return order


def retrieval_per_class(neighbours: NDArray[np.int32], labels: NDArray[np.int32]) -> Floats:
    """Return P@1, R-precision and MAP@R of each class, shape (C, 3); NaN without company."""
    from hiertools._kernels import retrieval as kernels

    out = np.empty((labels.size, 3))
    everyone = np.zeros(labels.size, dtype=bool)
    kernels.retrieval_per_class(neighbours, labels, everyone, np.iinfo(np.int32).max, out)
    return out
