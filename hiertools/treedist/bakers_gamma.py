"""Baker's gamma: rank correlation of the order in which pairs of classes merge."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.results.status import CONSTANT
from hiertools.treedist.cuts import groups_at_cuts
from hiertools.treedist.method import TreeDistance
from hiertools.treedist.pairs import constant_note, correlation, pairs_at
from hiertools.trees.tree import ClassTree


def bakers_gamma(reference: ClassTree, other: ClassTree) -> dict[str, Any]:
    r"""Correlate, by rank, how late pairs of classes part when two trees are cut ever lower.

    .. math:: \gamma = \mathrm{Spearman}_{i<j}(k_a(i, j), \; k_b(i, j))

    with k(i, j) the largest number of groups into which a cut at some height parts the tree and
    still leaves i and j together.

    Parameters
    ----------
    reference, other : ClassTree
        With equal `classes`.

    Returns
    -------
    dict
        ``distance``: gamma itself, in [-1, 1], 1 best; NaN with a ``note`` where one tree merges
        all classes at once.

    Notes
    -----
    Only the order of merge heights counts, not their size. Nodes of one height are parted by the
    same cut: a taxonomy is cut by height (largest number of edges down to a class), and a
    multifurcation parts at once into as many groups as it has children. For binary trees without
    ties this equals ``cor_bakers_gamma`` of R's dendextend, which breaks ties by merge order.

    References
    ----------
    Baker 1974, doi:10.1080/01621459.1974.10482971; Galili 2015, doi:10.1093/bioinformatics/btv428.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> other = ht.ClassTree.from_newick("(((lynx,wolf),newt),toad);")
    >>> round(ht.tree_distance(tree, other, "bakers_gamma"), 4)
    0.2236
    """
    first, second = _ranks(reference), _ranks(other)
    value = float(correlation(reference, other, first, second)(None)[0])
    counts: dict[str, Any] = {"distance": value}
    if math.isnan(value):
        counts["note"] = constant_note(reference, first, "numbers of groups")
    return counts


def prepare(reference: ClassTree, other: ClassTree) -> Callable[[Ints], Floats]:
    """Return a function that gives gamma under relabellings of the reference.

    It takes permutations (P, C) and gives values (P,); class i takes the place in the reference of
    class ``permutations[p, i]``. 1 ms a permutation of 1,000 classes.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.treedist import bakers_gamma
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> bakers_gamma.prepare(tree, tree)([[0, 1, 2, 3], [0, 2, 1, 3]]).round(4)
    array([ 1. , -0.5])
    """
    return correlation(reference, other, _ranks(reference), _ranks(other))


def _ranks(tree: ClassTree) -> Floats:
    """Return the average rank, among all pairs of classes, of each node's number of groups."""
    values, code = np.unique(groups_at_cuts(tree)[0], return_inverse=True)
    count = np.bincount(code, weights=pairs_at(tree), minlength=values.size)
    return (np.cumsum(count) - count + (count + 1) / 2)[code]


METHODS = (
    TreeDistance(
        name="bakers_gamma",
        function=bakers_gamma,
        better="higher",
        symmetric=True,
        rooted=True,
        formula="Spearman correlation, over pairs, of the most groups that keep the pair together",
        source="Baker 1974, doi:10.1080/01621459.1974.10482971",
        title="Baker's gamma",
        meaning=(
            "Spearman correlation of how finely the trees can be cut with a pair still together"
        ),
        prepare=prepare,
        undefined=CONSTANT,
        span=(-1.0, 1.0),
    ),
)
