"""Merges of the agglomerative linkages, numbered as scipy does, with ties broken by an order."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools._core.near_ties import COMPUTED, GAP, join_near_ties
from hiertools._core.units import binary_unit

LINKAGES = ("single", "complete", "average", "weighted", "ward", "centroid", "median")
"""In the order of the kernel's constants."""


def merges_in_order(
    condensed: Floats, linkage: str, order: Ints, *, used_up: bool = False
) -> tuple[Floats, int]:
    """Return the merges of a linkage, and how many of them were tied.

    Of groups that are equally near up to rounding, the one whose first class comes first in order
    is merged. Heights that rounding alone keeps apart are made equal.

    Parameters
    ----------
    condensed : ndarray of float, shape (C (C - 1) / 2,)
    linkage : str
        One of `LINKAGES`.
    order : ndarray of int, shape (C,)
        Positions of the classes, first to last.
    used_up : bool
        Work in the array of the distances, which are lost, instead of in a copy of it.

    Returns
    -------
    merges : ndarray of float, shape (C - 1, 4)
        As ``scipy.cluster.hierarchy.linkage`` returns them. Of merges at one height the smaller
        comes first, then the one that holds the first class; those of "centroid" and "median",
        which may go down again, come as they are made.
    tied : int
        Merges before which one of the two groups had others as near.

    Examples
    --------
    >>> merges, tied = merges_in_order(np.array([1.0, 1.0, 1.0]), "average", np.array([2, 0, 1]))
    >>> merges[:, :2].tolist(), tied
    ([[0.0, 2.0], [1.0, 3.0]], 1)
    """
    from hiertools._kernels import linkage as kernel

    n = order.size
    method = LINKAGES.index(linkage)
    squared, falls = method >= kernel.WARD, method >= kernel.CENTROID
    most = condensed.max(initial=0.0)
    unit = binary_unit(np.array([most]))
    largest = float(most) / unit
    d = condensed if used_up else np.empty_like(condensed)
    _scale(condensed, 1.0 / unit, squared, d)
    found = _untied_single(d, n, largest) if method == kernel.SINGLE else None
    if found is None:
        merge = kernel.merge_nearest if falls else kernel.merge_chain
        found = merge(d, largest, order, method)
    joined, height, tied = found
    if squared:
        height = np.sqrt(height)
    height = join_near_ties(height, COMPUTED * max(largest, float(height.max(initial=0.0))))
    size, foremost, nested = kernel.followed(joined, height)
    kept = np.arange(n - 1)
    if not falls:
        # A part is no higher than the whole, whatever rounding says.
        height = nested
        kept = np.lexsort((foremost, size, height))
    number = np.arange(2 * n - 1)
    number[n + kept] = n + np.arange(n - 1)
    merges = np.empty((n - 1, 4))
    merges[:, :2] = np.sort(number[joined[kept]], axis=1)
    merges[:, 2], merges[:, 3] = height[kept] * unit, size[kept]
    return merges, int(tied)


_BLOCK = 1 << 16
"""So many numbers stay in the cache from one operation to the next."""


def _scale(condensed: Floats, scale: float, squared: bool, d: Floats) -> None:
    """Fill `d` with distances times a scale, squared if asked for; it may be where they lie."""
    for start in range(0, d.size, _BLOCK):
        block = d[start : start + _BLOCK]
        np.multiply(condensed[start : start + _BLOCK], scale, out=block)
        block += 0.0  # a negative zero is one like others
        if squared:
            np.square(block, out=block)


def _untied_single(d: Floats, n: int, largest: float) -> tuple[Ints, Floats, int] | None:
    """Return the merges of single linkage if no order can change them: their heights are apart.

    Two groups as near to a third one merge with it at one height.
    """
    from hiertools._kernels import single_linkage as kernel

    to, height = kernel.pointers(d, n)
    by_height = np.argsort(height)[:-1]
    height = height[by_height]
    if (np.diff(height) <= 2.0 * GAP * COMPUTED * largest).any():
        return None
    return kernel.joined_by(to, by_height), height, 0


def merges_by_position(condensed: Floats, linkage: str) -> Floats:
    """Return scipy's merges of the distances as they are: ties by position, or by rounding."""
    from scipy.cluster import hierarchy

    unit = binary_unit(condensed)
    merges: Floats = hierarchy.linkage(condensed / unit, method=cast(Any, linkage))
    merges[:, 2] *= unit
    return merges
