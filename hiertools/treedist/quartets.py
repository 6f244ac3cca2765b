"""Quartet distance: how two trees resolve every quartet of classes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike

from hiertools._core.arrays import Floats, Ints
from hiertools.treedist import _resolution
from hiertools.treedist._method import TreeDistance
from hiertools.trees.tree import ClassTree


def quartet(
    reference: ClassTree, other: ClassTree, *, denominator: str = "reference"
) -> dict[str, Any]:
    r"""Compare how two trees resolve every quartet of classes.

    A tree resolves a quartet where a split parts it into two pairs: :math:`ij|kl`. The place of the
    root does not matter. Of a quartet that both trees resolve, they agree on the pairs or not.

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
    Exact, in :math:`O(n \log n)` time for two trees of any degree, unless both are deep and have
    large polytomies: to find the quartets that neither resolves then takes up to the square. Counts
    fit 64 bits up to 121,977 classes; more are refused.

    References
    ----------
    Estabrook, McMorris and Meacham 1985, doi:10.2307/sysbio/34.2.193 (the five counts); Sand et
    al. 2014, doi:10.1093/bioinformatics/btu157.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf,bear),(newt,toad));")
    >>> other = ht.ClassTree.from_newick("(((lynx,wolf),newt),(bear,toad));")
    >>> counts = ht.tree_distance(tree, other, "quartet", details=True)
    >>> counts["n_agree"], counts["n_contradicted"], counts["n_only_other"]
    (1, 2, 2)
    >>> round(counts["distance"], 4)
    0.6667
    """
    return _resolution.compare(_kernel, reference, other, 4, "quartet", denominator)


def prepare(
    reference: ClassTree, other: ClassTree, denominator: str = "reference"
) -> Callable[[Ints], Floats]:
    """Return the function from permutations (M, C) to distances (M,) under relabelling.

    In row m, class i of `other` goes by the name of class ``permutation[m, i]``.
    """
    return _resolution.null(_kernel, reference, other, 4, denominator)


def quartet_counts_per_class(reference: ClassTree, other: ClassTree) -> Ints:
    """Return, for each class, the counts of the quartet of classess that it is part of.

    Returns
    -------
    ndarray of int, shape (C, 5)
        In the order of ``reference.classes``; columns agree, contradicted, only reference, only
        other, neither. Each column sums to 4 times the count of the two trees.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.treedist.quartets import quartet_counts_per_class
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> quartet_counts_per_class(tree, tree).tolist()
    [[1, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0]]
    """
    return _resolution.per_class(_kernel, reference, other, 4)


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
    counts = _resolution.without(_kernel, reference, other, 4, group_of, groups)
    return _resolution.values(counts, denominator)


def _kernel(ref_parent: Ints, ref_node: Ints, parent: Ints, node: Ints) -> Any:
    from hiertools._kernels import quartets as kernels
    from hiertools._kernels.stars import openness

    in_reference = kernels.resolved(ref_parent, ref_node)
    in_other = kernels.resolved(parent, node)
    if in_reference == 0 or in_other == 0:
        every = math.comb(int((node >= 0).sum()), 4)
        return in_reference, in_other, 0, every - in_reference - in_other
    ref_open, other_open = openness(ref_parent, ref_node), openness(parent, node)
    first, second = (ref_parent, ref_node), (parent, node)
    if ref_open > other_open:  # both counts are symmetric, their cost is not
        first, second = second, first
    agree, neither = kernels.compare(*first, *second, min(ref_open, other_open) > 0)
    return in_reference, in_other, agree, neither


METHODS = (
    TreeDistance(
        "quartet", quartet, "lower", False, False,
        "(contradicted + only reference) / (agree + contradicted + only reference)",
        "Estabrook, McMorris and Meacham 1985, doi:10.2307/sysbio/34.2.193",
    ),
)  # fmt: skip
