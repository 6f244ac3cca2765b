"""Which branches of two trees are assigned to each other where their information is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools._core.doors import door
from hiertools._core.keyed import keyed_ranks
from hiertools.treedist.information import KINDS
from hiertools.treedist.splits import (
    Splits,
    best_pairs,
    pair_scores,
    require_room,
    split_of,
    splits,
)
from hiertools.trees.align import align
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

NOTHING = 1e-9
"""Shared information below it is rounding."""


@door
def matched_splits(
    reference: Any,
    other: Any,
    /,
    *,
    kind: str = "clustering",
    on_missing: str = "error",
    random_state: int = 0,
) -> pd.DataFrame:
    """Return the assignment behind the information that two trees share: which branch is which.

    Parameters
    ----------
    reference, other : ClassTree or anything `as_tree` takes
    kind : {"clustering", "phylogenetic", "matching"}
        What two splits share: as for the distances ``"clustering_information"``,
        ``"phylogenetic_information"`` and ``"matching_split_information"`` of `tree_distance`.
    on_missing : {"error", "drop"}
        What to do about classes that only one tree has.
    random_state : int
        Seed of the order in which splits are taken, drawn by a hash of the names: where several
        assignments share as much, it decides between them, and no order of classes or nodes does.

    Returns
    -------
    pandas.DataFrame
        One row a pair of splits that share something, the most first: ``node`` and ``other_node``,
        whose clades (or what these leave over) are the splits, in the trees over the shared
        classes; ``n_classes`` and ``other_n_classes`` below them; ``shared`` information, in bits;
        ``information`` and ``other_information`` of the two splits; ``share``, the shared part of
        their mean: 1 where they are equal. The sum of ``shared`` is that of `tree_distance`.

    References
    ----------
    Smith 2020, doi:10.1093/bioinformatics/btaa614.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.treedist import matched_splits
    >>> tree = ht.ClassTree.from_newick("(((lynx,wolf),bear),(newt,toad),pike);")
    >>> other = ht.ClassTree.from_newick("((lynx,(wolf,bear)),(newt,toad),pike);")
    >>> matched_splits(tree, other)[["node", "other_node", "n_classes", "share"]].round(2)
       node  other_node  n_classes  share
    0     1           1          3   1.00
    1     6           6          2   1.00
    2     2           3          2   0.05
    """
    import pandas as pd

    chosen = KINDS[checks.option(kind, KINDS, "kind")]
    seed = checks.whole_number(random_state, "random_state", most=None)
    trees = align(as_tree(reference), as_tree(other), on_missing)
    sides = trees[:2]
    held = [_in_order(splits(tree), keyed_ranks(tree.classes, seed)) for tree in sides]
    first, second = (ordered for ordered, _ in held)
    require_room(first, second)
    information = [
        chosen.of_splits(tree)[place] for tree, (_, place) in zip(sides, held, strict=True)
    ]
    scores = pair_scores(chosen.number, first, second, table=chosen.table(sides[0].n_classes))
    pairs = best_pairs(scores, equals_first=chosen.equals_first)
    rows, columns = (np.concatenate([part[side] for part in pairs]) for side in (0, 1))
    shared = scores.value[rows, columns]
    kept = shared > NOTHING
    rows, columns, shared = rows[kept], columns[kept], shared[kept]
    order = np.lexsort([rows, -shared.round(9)])
    rows, columns, shared = rows[order], columns[order], shared[order]
    nodes = [_nodes(tree, ordered) for tree, ordered in zip(sides, (first, second), strict=True)]
    size = [tree.clade_stop - tree.clade_start for tree in sides]
    here, there = nodes[0][rows], nodes[1][columns]
    own, others = information[0][rows], information[1][columns]
    return pd.DataFrame(
        {
            "node": here,
            "other_node": there,
            "n_classes": size[0][here],
            "other_n_classes": size[1][there],
            "shared": shared,
            "information": own,
            "other_information": others,
            "share": np.minimum(2 * shared / (own + others), 1.0),
        }
    )


def _in_order(found: Splits, rank: Ints) -> tuple[Splits, Ints]:
    """Return splits in an order that depends on the names of classes alone, and their places."""
    n = found.order.size
    ranks = rank[found.order]
    before = np.append(n, np.minimum.accumulate(ranks))
    after = np.append(np.minimum.accumulate(ranks[::-1])[::-1], n)
    within = np.array([ranks[a:b].min() for a, b in zip(found.start, found.stop)], dtype=np.int64)
    beyond = np.minimum(before[found.start], after[found.stop])
    # Of the two sides, the one that the first class of all is not on.
    size = np.where(within == 0, n - found.size, found.size)
    place = np.lexsort([size, np.maximum(within, beyond)])
    return Splits(found.order, found.start[place], found.stop[place]), place


def _nodes(tree: ClassTree, found: Splits) -> Ints:
    """Return the node of each split: of a chain the lowest, of two below a root the smaller."""
    n, size = tree.n_classes, tree.clade_stop - tree.clade_start
    nodes = np.flatnonzero((size > 1) & (size < n - 1))
    start, stop = split_of(tree, tree.clade_start[nodes], tree.clade_stop[nodes])
    best: dict[int, tuple[int, int]] = {}
    for key, *standing in zip((start * (n + 1) + stop).tolist(), size[nodes].tolist(), -nodes):
        best[key] = min(best.get(key, (n, 0)), (standing[0], int(standing[1])))
    wanted = (found.start * (n + 1) + found.stop).tolist()
    return np.array([-best[key][1] for key in wanted], dtype=np.int64)
