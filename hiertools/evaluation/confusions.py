"""Confusions as tables: the costliest first, and the matrix of classes or of a level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hiertools._core.arrays import Ints
from hiertools._core.keyed import keyed_ranks
from hiertools.measures.branches import node_confusion
from hiertools.measures.confusion import ConfusionCounts, as_counts
from hiertools.measures.graph_pairs import GraphPairs
from hiertools.measures.mistakes import ClassPairs
from hiertools.results.columns import Table
from hiertools.trees.levels import level_groups
from hiertools.trees.operations import node_path
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd


def costliest_first(cells: ConfusionCounts, pairs: ClassPairs, random_state: int = 0) -> Ints:
    """Return the cells that are confusions, by cost, then count, from high to low.

    Between confusions that agree in both an order decides that is drawn by a keyed hash of the
    class names, never the names.
    """
    wrong = np.flatnonzero(cells.label != cells.predicted)
    y, p = cells.label[wrong], cells.predicted[wrong]
    cost = cells.count[wrong] * pairs.distance[y, p]
    rank = keyed_ranks(pairs.classes, random_state)
    drawn = rank[y] * rank.size + rank[p]
    order: Ints = wrong[np.lexsort((drawn, -cells.count[wrong], -cost))]
    return order


def costly_confusions(cells: ConfusionCounts, pairs: ClassPairs, order: Ints) -> Table:
    """Return the confusions by what they cost: how often, times how far.

    Parameters
    ----------
    cells : ConfusionCounts
    pairs : ClassPairs
    order : ndarray of int
        That of ``costliest_first``.

    Returns
    -------
    Table
        ``label``, ``predicted``, ``count``, ``distance`` (tree path), ``cost`` (count x distance),
        ``share`` (of the label's samples), ``common_ancestor`` (path; in a graph the labels of all
        lowest ones), the costliest first.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.measures.confusion import confusion_counts
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> pairs = ClassPairs(tree, ("lynx", "wolf", "newt"))
    >>> cells = confusion_counts([0, 0, 0, 1], [0, 1, 1, 2])
    >>> table = costly_confusions(cells, pairs, costliest_first(cells, pairs)).frame()
    >>> table[["label", "predicted", "count", "distance", "cost", "share"]]
      label predicted  count  distance  cost     share
    0  lynx      wolf      2       2.0   4.0  0.666667
    1  wolf      newt      1       3.0   3.0  1.000000
    >>> table["common_ancestor"].tolist()
    ['mammal', '']
    """
    total = np.bincount(cells.label, weights=cells.count, minlength=len(pairs.classes))
    y, p, count = cells.label[order], cells.predicted[order], cells.count[order]
    distance = pairs.distance[y, p]
    names = np.array(pairs.classes, dtype=object)
    return Table.of(
        {
            "label": names[y],
            "predicted": names[p],
            "count": count,
            "distance": distance,
            "cost": count * distance,
            "share": count / total[y],
            "common_ancestor": _common_ancestors(pairs, y, p),
        }
    )


def _common_ancestors(pairs: ClassPairs, labels: Ints, predicted: Ints) -> list[str]:
    """Return the path of the lowest common ancestor; the labels of all of them in a graph."""
    if isinstance(pairs, GraphPairs):
        tree = pairs.tree
        return [
            " and ".join(tree.labels[node] or f"node {node}" for node in pairs.lowest(y, p))
            for y, p in zip(labels.tolist(), predicted.tolist())
        ]
    common = pairs.lca[labels, predicted]
    path = {node: "/".join(node_path(pairs.tree, node)) for node in np.unique(common).tolist()}
    return [path[node] for node in common.tolist()]


def confusion_matrix(
    cells: ConfusionCounts,
    tree: ClassTree,
    classes: Sequence[str],
    level: int | str | None = None,
) -> pd.DataFrame:
    """Return the confusion matrix in the order of the tree, of classes or of the nodes of a level.

    Rows are labels, columns predictions, both in depth-first order, so that blocks on the diagonal
    are clades. Counts are whole, but where several classes are tied for a sample's first prediction
    each has an equal share of it.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.measures.confusion import confusion_counts
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> cells = confusion_counts([0, 0, 0, 1], [0, 1, 1, 2])
    >>> confusion_matrix(cells, tree, ("lynx", "wolf", "newt"), level=0).to_dict("index")
    {'mammal': {'mammal': 3, 'newt': 1}, 'newt': {'mammal': 0, 'newt': 0}}
    """
    import pandas as pd

    index = tree.class_index
    node = tree.class_node[[index[name] for name in classes]]
    group = node if level is None else level_groups(tree, level, classes)
    heads, place = np.unique(group, return_inverse=True)  # preorder ids: sorted is depth-first
    sums = np.zeros((heads.size, heads.size), dtype=np.float64)
    np.add.at(sums, (place[cells.label], place[cells.predicted]), cells.count)
    matrix = as_counts(sums)
    class_at = dict(zip(node.tolist(), classes))
    if level is None:
        names = [class_at[head] for head in heads.tolist()]
    else:
        names = node_names(tree, heads, class_at)
    return pd.DataFrame(
        matrix, index=pd.Index(names, name="label"), columns=pd.Index(names, name="predicted")
    )


def node_names(tree: ClassTree, nodes: Ints, class_at: dict[int, str] | None = None) -> list[str]:
    """Return a name for each node: its label if that is unique among them, else its path."""
    at = {} if class_at is None else class_at
    short = [tree.labels[node] or at.get(node, "") for node in nodes.tolist()]
    counts: dict[str, int] = {}
    for name in short:
        counts[name] = counts.get(name, 0) + 1
    return [
        name if name and counts[name] == 1 else ("/".join(node_path(tree, node)) or f"node {node}")
        for name, node in zip(short, nodes.tolist())
    ]


def node_confusions(
    cells: ConfusionCounts, tree: ClassTree, classes: Sequence[str]
) -> pd.DataFrame:
    """Return the hierarchical confusion of every node below the root as a table."""
    index = tree.class_index
    found = node_confusion(tree, tree.class_node[[index[name] for name in classes]], cells)
    ids = np.arange(1, tree.n_nodes)
    return Table.of(
        {
            "node": ["/".join(node_path(tree, i)) or f"node {i}" for i in ids.tolist()],
            "level": tree.depth[ids] - 1,
            **{name: counts[ids] for name, counts in found._asdict().items()},
        }
    ).frame()
