"""Correlation of the heights at which pairs of classes merge in two trees."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from hiertools._core.arrays import Floats, Ints
from hiertools.results.status import CONSTANT
from hiertools.treedist.method import TreeDistance
from hiertools.treedist.pairs import constant_note, correlation, merge_heights
from hiertools.trees.tree import ClassTree


def cophenetic_correlation(reference: ClassTree, other: ClassTree) -> dict[str, Any]:
    r"""Correlate the merge heights of two trees over all pairs of classes.

    .. math:: r = \mathrm{Pearson}_{i<j}(h_a(i, j), \; h_b(i, j))

    with h(i, j) the height of the lowest common ancestor of classes i and j. A node's height is its
    merge height in an inferred tree; elsewhere the largest distance down to a class, in edges where
    no lengths are given.

    Parameters
    ----------
    reference, other : ClassTree
        With equal `classes`.

    Returns
    -------
    dict
        ``distance``: the correlation itself, in [-1, 1], 1 best; NaN with a ``note`` where one tree
        merges all classes at one height.

    Notes
    -----
    The one score here that sees *how* far apart merges are, so a monotone change of the distances
    changes it; `bakers_gamma` sees their order only.

    References
    ----------
    Sokal and Rohlf 1962, doi:10.2307/1217208.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> other = ht.ClassTree.from_newick("(((lynx,wolf),newt),toad);")
    >>> round(ht.tree_distance(tree, other, "cophenetic_correlation"), 4)
    0.3162
    """
    first, second = merge_heights(reference), merge_heights(other)
    value = float(correlation(reference, other, first, second)(None)[0])
    counts: dict[str, Any] = {"distance": value}
    if math.isnan(value):
        counts["note"] = constant_note(reference, first, "merge heights")
    return counts


def prepare(reference: ClassTree, other: ClassTree) -> Callable[[Ints], Floats]:
    """Return a function that gives the correlation under relabellings of the reference.

    It takes permutations (P, C) and gives correlations (P,); class i takes the place in the
    reference of class ``permutations[p, i]``. 1 ms a permutation of 1,000 classes.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.treedist import cophenetic
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> cophenetic.prepare(tree, tree)([[0, 1, 2, 3], [0, 2, 1, 3]]).round(4)
    array([ 1. , -0.5])
    """
    return correlation(reference, other, merge_heights(reference), merge_heights(other))


METHODS = (
    TreeDistance(
        name="cophenetic_correlation",
        function=cophenetic_correlation,
        better="higher",
        symmetric=True,
        rooted=True,
        formula="Pearson correlation of merge heights over pairs of classes",
        source="Sokal and Rohlf 1962, doi:10.2307/1217208",
        title="cophenetic correlation",
        meaning="Pearson correlation of the heights at which pairs of classes merge",
        prepare=prepare,
        undefined=CONSTANT,
        span=(-1.0, 1.0),
        attains_best=True,
    ),
)
