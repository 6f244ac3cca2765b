"""Triplet distance: how two trees resolve every triplet of classes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike

from hiertools._core.arrays import Floats, Ints
from hiertools.treedist import _resolution
from hiertools.treedist._method import TreeDistance
from hiertools.trees.tree import ClassTree


def triplet(
    reference: ClassTree, other: ClassTree, *, denominator: str = "reference"
) -> dict[str, Any]:
    r"""Compare how two trees resolve every triplet of classes.

    A rooted tree resolves a triplet where two of its classes meet below the third:
    :math:`ij|k`. Of a triplet that both trees resolve, they agree on the odd one out or not.

    .. math:: d = \frac{\text{contradicted} + \text{only reference}}
                       {\text{agree} + \text{contradicted} + \text{only reference}}

    Parameters
    ----------
    reference, other : ClassTree
        With the same classes; nodes of any degree.
    denominator : {"reference", "all", "both", "none"}
        "reference" (default): the share of those the reference resolves that the other tree does
        not reproduce. "all": the share of all that the trees don't treat alike, the classical
        normalised distance. "both": of those that both resolve, the share resolved differently.
        "none": the number that the trees don't treat alike, the classical distance.

    Returns
    -------
    dict
        ``distance``: 0 best, at most 1 but for "none"; NaN with a ``note`` where there is nothing
        to take a share of. ``n_agree``, ``n_contradicted`` (resolved by both, alike or not),
        ``n_only_reference``, ``n_only_other`` (resolved by one tree only), ``n_neither``,
        ``n_total``. ``chance``: the distance at the mean counts under random relabelling, which is
        its mean, but for "both" (2/3 for a binary other tree and the default denominator).

    Notes
    -----
    Exact, in :math:`O(n \log n)` time for two trees of any degree. Counts fit 64 bits up to
    3,810,779 classes; more are refused.

    References
    ----------
    Dobson 1975, doi:10.1007/BFb0069548 (triplets); Sand et al. 2014,
    doi:10.1093/bioinformatics/btu157 (the five counts); the algorithm is after Brodal and
    Mampentzidis 2017, doi:10.4230/LIPIcs.ESA.2017.21.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf,bear),(newt,toad));")
    >>> other = ht.ClassTree.from_newick("(((lynx,wolf),newt),(bear,toad));")
    >>> counts = ht.tree_distance(tree, other, "triplet", details=True)
    >>> counts["n_agree"], counts["n_contradicted"], counts["n_only_other"]
    (2, 7, 1)
    >>> round(counts["distance"], 4)
    0.7778
    """
    return _resolution.compare(_kernel, reference, other, 3, "triplet", denominator)


def prepare(
    reference: ClassTree, other: ClassTree, denominator: str = "reference"
) -> Callable[[Ints], Floats]:
    """Return the function from permutations (M, C) to distances (M,) under relabelling.

    In row m, class i of `other` goes by the name of class ``permutation[m, i]``.
    """
    return _resolution.null(_kernel, reference, other, 3, denominator)


def triplet_counts_per_class(reference: ClassTree, other: ClassTree) -> Ints:
    """Return, for each class, the counts of the triplet of classess that it is part of.

    Returns
    -------
    ndarray of int, shape (C, 5)
        In the order of ``reference.classes``; columns agree, contradicted, only reference, only
        other, neither. Each column sums to 3 times the count of the two trees.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.treedist.triplets import triplet_counts_per_class
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> triplet_counts_per_class(tree, tree).tolist()
    [[3, 0, 0, 0, 0], [3, 0, 0, 0, 0], [3, 0, 0, 0, 0], [3, 0, 0, 0, 0]]
    """
    return _resolution.per_class(_kernel, reference, other, 3)


def without(
    reference: ClassTree,
    other: ClassTree,
    group_of: ArrayLike,
    groups: ArrayLike,
    *,
    denominator: str = "reference",
) -> Floats:
    """Return the distance without the classes of each of `groups`, shape (G,).

    Parameters
    ----------
    group_of : array_like of int, shape (C,)
        Group of each class, in the order of ``reference.classes``; ``range(C)`` leaves out one
        class at a time.
    groups : array_like of int, shape (G,)
    """
    counts = _resolution.without(_kernel, reference, other, 3, group_of, groups)
    return _resolution.values(counts, denominator)


def _kernel(ref_parent: Ints, ref_node: Ints, parent: Ints, node: Ints) -> Any:
    from hiertools._kernels import triplets as kernels

    every = math.comb(int((node >= 0).sum()), 3)
    agree, neither = kernels.compare(ref_parent, ref_node, parent, node, every)
    in_reference = kernels.resolved(ref_parent, ref_node)
    return in_reference, kernels.resolved(parent, node), agree, neither


METHODS = (
    TreeDistance(
        "triplet", triplet, "lower", False, True,
        "(contradicted + only reference) / (agree + contradicted + only reference)",
        "Dobson 1975; Sand et al. 2014, doi:10.1093/bioinformatics/btu157",
    ),
)  # fmt: skip
