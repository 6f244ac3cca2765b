"""Quartet distance: how two trees resolve every quartet of classes."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from hiertools._core.arrays import Ints
from hiertools.treedist import resolution
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
    return resolution.compare(QUARTETS, reference, other, denominator)


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


QUARTETS = resolution.Subsets("quartet", 4, _kernel)

prepare = partial(resolution.null, QUARTETS)
"""What `resolution.null` returns, of two trees."""

METHODS = (
    resolution.described(
        QUARTETS,
        quartet,
        prepare=prepare,
        rooted=False,
        source="Estabrook, McMorris and Meacham 1985, doi:10.2307/sysbio/34.2.193",
        cost=2.0,
    ),
)
