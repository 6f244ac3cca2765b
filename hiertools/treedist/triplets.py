"""Triplet distance: how two trees resolve every triplet of classes."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from hiertools._core.arrays import Ints
from hiertools.treedist import resolution
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
    return resolution.compare(TRIPLETS, reference, other, denominator)


def _kernel(ref_parent: Ints, ref_node: Ints, parent: Ints, node: Ints) -> Any:
    from hiertools._kernels import triplets as kernels

    every = math.comb(int((node >= 0).sum()), 3)
    agree, neither = kernels.compare(ref_parent, ref_node, parent, node, every)
    in_reference = kernels.resolved(ref_parent, ref_node)
    return in_reference, kernels.resolved(parent, node), agree, neither


TRIPLETS = resolution.Subsets("triplet", 3, _kernel)

prepare = partial(resolution.null, TRIPLETS)
"""What `resolution.null` returns, of two trees."""

METHODS = (
    resolution.described(
        TRIPLETS,
        triplet,
        prepare=prepare,
        rooted=True,
        source="Dobson 1975; Sand et al. 2014, doi:10.1093/bioinformatics/btu157",
    ),
)
