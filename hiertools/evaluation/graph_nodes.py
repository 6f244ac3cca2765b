"""What an evaluation by a graph tells of each node: its samples, and the worst way out of it."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from hiertools._core.arrays import Floats, Ints
from hiertools.measures.confusion import ConfusionCounts, as_counts
from hiertools.measures.graph_pairs import GraphPairs
from hiertools.measures.mistakes import ClassPairs


def first_alike(pairs: ClassPairs, cells: ConfusionCounts, order: Ints) -> Ints:
    """Return, for each place of `order`, the first one whose cell is as costly and as frequent."""
    count = cells.count[order]
    cost = count * pairs.distance[cells.label[order], cells.predicted[order]]
    places = np.arange(order.size)
    again = (cost[1:] == cost[:-1]) & (count[1:] == count[:-1])
    head: Ints = np.maximum.accumulate(np.where(np.append(False, again)[: order.size], 0, places))
    return head


def nodes_of_graph(
    pairs: GraphPairs, cells: ConfusionCounts, order: Ints
) -> tuple[Ints | Floats, Ints | Floats, Ints | Floats, Ints, Ints]:
    """Return samples below each node, predictions, both, the worst way out, and how many like it.

    The way out is a cell whose label lies below the node and whose prediction does not, -1 where
    there is none; `order` is that of ``costliest_first``.
    """
    n_nodes = pairs.graph.n_nodes
    classes, nodes = pairs.members
    shape = (len(pairs.classes), n_nodes)
    held = sparse.csr_matrix((np.ones(classes.size), (classes, nodes)), shape=shape)
    count = cells.count.astype(np.float64)
    labelled, predicted = held[cells.label], held[cells.predicted]
    n, n_predicted, both = (
        as_counts(np.asarray(each.T @ count))
        for each in (labelled, predicted, labelled.multiply(predicted))
    )
    label, other = held[cells.label[order]], held[cells.predicted[order]]
    out = (label - label.multiply(other)).tocoo()
    place, node = out.row[out.data > 0], out.col[out.data > 0]
    best = np.full(n_nodes, order.size)
    np.minimum.at(best, node, place)
    head = first_alike(pairs, cells, order)
    tied = np.bincount(node[head[place] == head[best[node]]], minlength=n_nodes)
    worst: Ints = np.append(order, -1)[best]
    return n, n_predicted, both, worst, tied
