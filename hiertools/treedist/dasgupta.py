"""Dasgupta's cost of an inferred tree, with the taxonomy as the similarity it should respect."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.results.status import CONSTANT
from hiertools.treedist.method import TreeDistance
from hiertools.treedist.pairs import pair_values, pairs_at, products
from hiertools.trees.tree import ClassTree


def dasgupta_cost(
    reference: ClassTree, other: ClassTree, *, normalized: bool = True
) -> dict[str, Any]:
    r"""Tell how early the other tree parts classes that the reference holds together.

    .. math:: \mathrm{cost} = \sum_{i<j} w(i, j) \, |\{l \le \mathrm{lca}_b(i, j)\}|, \qquad
              d = \frac{\mathrm{cost} - \mathrm{best}}{\mathrm{chance} - \mathrm{best}}

    with w(i, j) the depth (edges from the root) of the common ancestor of i and j in the reference,
    and beside it the number of classes below their common ancestor in the other tree.

    Parameters
    ----------
    reference, other : ClassTree
        With equal `classes`.
    normalized : bool
        Give the cost between the best possible and that of a random tree.

    Returns
    -------
    dict
        ``distance``: lower is better; normalised, 0 is the best tree there is and 1 what random
        labels cost on average; NaN with a ``note`` where the reference has no inner node below its
        root. ``raw``; ``normalized``; ``best``; ``chance``, the mean over random relabellings of
        the other tree.

    Notes
    -----
    The weight counts the clades A below the root that hold both i and j, so the cost is a sum over
    them. For each, no tree costs less than :math:`(|A|^3 - |A|)/3`, the cost of any binary tree of
    A alone, and a binary refinement of the reference attains that for all A at once: hence

    .. math:: \mathrm{best} = \sum_A \frac{|A|^3 - |A|}{3}.

    A multifurcation costs more than any binary refinement of it, also that of the reference itself.
    ``chance`` is the mean weight times the sum of clade sizes over pairs; of every binary tree the
    latter is :math:`(C^3 - C)/3`.

    References
    ----------
    Dasgupta 2016, doi:10.1145/2897518.2897527.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> other = ht.ClassTree.from_newick("(((lynx,wolf),newt),toad);")
    >>> counts = ht.tree_distance(tree, other, "dasgupta_cost", details=True)
    >>> counts["raw"], counts["best"], round(counts["chance"], 4), round(counts["distance"], 4)
    (6.0, 4.0, 6.6667, 0.75)
    """
    best, chance, costs = _costs(reference, other)
    raw = float(costs(None)[0])
    share = (raw - best) / (chance - best) if chance > best else math.nan
    counts: dict[str, Any] = {
        "distance": share if normalized else raw,
        "raw": raw,
        "normalized": share,
        "best": best,
        "chance": chance,
    }
    if normalized and math.isnan(share):
        counts["note"] = (
            "The reference holds no classes more closely together than others, so every tree is as "
            "good."
        )
    return counts


def prepare(
    reference: ClassTree, other: ClassTree, *, normalized: bool = True
) -> Callable[[Ints], Floats]:
    """Return a function that gives the cost under relabellings of the reference.

    It takes permutations (P, C) and gives costs (P,); class i takes the place in the reference of
    class ``permutations[p, i]``. 1 ms a permutation of 1,000 classes.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.treedist import dasgupta
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> dasgupta.prepare(tree, tree)([[0, 1, 2, 3], [0, 2, 1, 3]])
    array([0. , 1.5])
    """
    best, chance, costs = _costs(reference, other)
    if not normalized:
        return costs
    scale = chance - best if chance > best else math.nan
    return lambda permutations: (costs(permutations) - best) / scale


def _costs(
    reference: ClassTree, other: ClassTree
) -> tuple[float, float, Callable[[Ints | None], Floats]]:
    n = reference.n_classes
    # A chain of nodes holds one clade: its depth counts clades, not edges.
    size = (reference.clade_stop - reference.clade_start).astype(np.float64)
    below = np.where(size[1:] == size[reference.parent[1:]], 0.0, 1.0)
    depth = np.zeros(reference.n_nodes)
    for node, (above, step) in enumerate(zip(reference.parent[1:].tolist(), below.tolist()), 1):
        depth[node] = depth[above] + step
    cliques = size[1:] * below
    best = float((cliques**3 - cliques).sum() / 3)
    spread = (other.clade_stop - other.clade_start).astype(np.float64)
    pairs = n * (n - 1) / 2
    weight = float(depth @ pairs_at(reference)) / pairs if pairs else 0.0
    chance = weight * float(spread @ pairs_at(other))
    return best, chance, products(pair_values(reference, depth), pair_values(other, spread))


METHODS = (
    TreeDistance(
        name="dasgupta_cost",
        function=dasgupta_cost,
        better="lower",
        symmetric=False,
        rooted=True,
        formula="(cost - best) / (chance - best), cost the sum of depth_a(lca) size_b(lca)",
        source="Dasgupta 2016, doi:10.1145/2897518.2897527",
        title="Dasgupta cost",
        meaning="cost of the inferred tree for the taxonomy's similarities: 0 the least, 1 random",
        prepare=prepare,
        undefined=CONSTANT,
        span=(0.0, float("inf")),
        attains_best=True,
    ),
)
