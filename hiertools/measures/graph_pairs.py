"""What a graph says about every two classes: which of several common ancestors counts, and why.

In a tree two classes have one lowest common ancestor. In a graph they may have several: common
ancestors above no other common one. Each measure takes the one that is best for it: the least
height, the greatest depth, the most information (Resnik), the shortest way over it. Any of these is
a lowest one, since all of them grow along every edge.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools.measures.branches import Relations
from hiertools.measures.mistakes import ClassPairs
from hiertools.trees.graph import ClassGraph

__all__ = ["GraphPairs"]


class _Below(NamedTuple):
    """The classes at or below one node."""

    node: int
    classes: Ints
    length: Floats
    """The shortest way up from each, in lengths of edges."""
    edges: Ints
    """The same in numbers of edges."""


@dataclass(frozen=True, eq=False)
class GraphPairs(ClassPairs):
    r"""What a graph says about every two of some classes, as `ClassPairs` has it for trees.

    With :math:`A(i)` a class and all that lies above it, :math:`u(i, a)` the shortest way up from
    class i to its ancestor a, depth the longest way down from the root, and height the longest way
    down to a class:

    .. math::
        t(i, j) &= \min_{a \in A(i) \cap A(j)} u(i, a) + u(j, a) \\
        \mathrm{wp}(i, j) &= \max_{a \in A(i) \cap A(j)} \frac{2 (\mathrm{depth}(a) + 1)}
        {u(i, a) + u(j, a) + 2 (\mathrm{depth}(a) + 1)}

    with numbers of edges in the second. A way leads up and then down: two classes are not near
    because some class lies below both of their groups.

    Parameters
    ----------
    tree : ClassTree
        The tree along which the graph is drawn.
    classes : tuple of str
    graph : ClassGraph

    References
    ----------
    Which common ancestor counts: P. Resnik (1995), arXiv:cmp-lg/9511007 (information); Z. Wu and
    M. Palmer (1994), doi:10.3115/981732.981751 (depth); J. Deng et al. (2010),
    doi:10.1007/978-3-642-15555-0_6 (height). Sets of ancestors in graphs: A. Kosmopoulos et al.
    (2015), doi:10.1007/s10618-014-0382-x.

    Examples
    --------
    >>> graph = ClassGraph.from_children({"animal": ["canine", "pet"], "canine": ["dog", "wolf"],
    ...                                   "pet": ["dog", "hamster"]})
    >>> pairs = GraphPairs.of(graph, ("dog", "wolf", "hamster"))
    >>> pairs.distance
    array([[0., 2., 2.],
           [2., 0., 4.],
           [2., 4., 0.]])
    >>> pairs.n_ancestors, pairs.n_common
    (array([3, 2, 2]), array([[3, 1, 1],
           [1, 2, 0],
           [1, 0, 2]]))
    """

    graph: ClassGraph

    @classmethod
    def of(cls, graph: ClassGraph, classes: tuple[str, ...]) -> GraphPairs:
        """Return the pairs of some classes of a graph."""
        return cls(graph.drawn, classes, graph)

    @cached_property
    def below(self) -> tuple[_Below, ...]:
        """The classes below each node that has any."""
        at: dict[int, list[tuple[int, float, int]]] = {}
        for place, node in enumerate(self.class_node.tolist()):
            edges = _ways_up(self.graph, node, unit=True)
            lengths = _ways_up(self.graph, node, unit=False) if self.graph.has_lengths else edges
            for above, far in lengths.items():
                at.setdefault(above, []).append((place, far, int(edges[above])))
        return tuple(
            _Below(node, *(np.array(column) for column in zip(*rows))) for node, rows in at.items()
        )

    @cached_property
    def members(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Classes and their ancestors, themselves included, as two columns, class by class."""
        classes = np.concatenate([below.classes for below in self.below])
        nodes = np.concatenate([np.full(below.classes.size, below.node) for below in self.below])
        order = np.lexsort((nodes, classes))
        return classes[order], nodes[order]

    @cached_property
    def distance(self) -> Floats:
        """Shortest ways over a common ancestor, shape (C, C)."""
        found = np.full((len(self.classes),) * 2, np.inf)
        for below, block in self._blocks(found):
            u = below.length.astype(np.float64)
            block.write(np.minimum(block.read(), u[:, None] + u))
        return found

    @cached_property
    def lca(self) -> Ints:
        """The common ancestor that has the most information: the fewest classes below.

        Of those the deepest; of these the one that comes first where the graph is drawn. Shape
        (C, C).
        """
        worth = np.lexsort((-np.arange(self.graph.n_nodes), self.tree.depth, -self.n_below))
        return self._painted(np.argsort(worth), np.arange(self.graph.n_nodes))

    @cached_property
    def lca_depth(self) -> Ints:
        """Greatest depth of a common ancestor, shape (C, C)."""
        return self._painted(self.tree.depth, self.tree.depth)

    @cached_property
    def lca_height(self) -> Ints:
        """Least height of a common ancestor, shape (C, C); 0 on the diagonal."""
        found = self._painted(-self.graph.height, self.graph.height)
        np.fill_diagonal(found, 0)
        return found

    @property
    def n_below(self) -> Ints:
        """Number of classes at or below each node, shape (N,)."""
        return self.graph.n_below

    @property
    def node_heights(self) -> Ints:
        """Largest number of edges from each node down to a class, shape (N,)."""
        return self.graph.height

    @cached_property
    def n_ancestors(self) -> Ints:
        """Number of ancestors of each class, itself included and the root not, shape (C,)."""
        count: Ints = np.bincount(self.members[0], minlength=len(self.classes)) - 1
        return count

    @cached_property
    def n_common(self) -> Ints:
        """Number of ancestors that two classes have in common, counted alike, shape (C, C)."""
        found = np.full((len(self.classes),) * 2, -1, dtype=np.int64)
        for _, block in self._blocks(found):
            block.write(block.read() + 1)
        return found

    @cached_property
    def _wu_palmer(self) -> Floats:
        found = np.zeros((len(self.classes),) * 2)
        for below, block in self._blocks(found):
            deep, u = 2.0 * (self.tree.depth[below.node] + 1), below.edges
            block.write(np.maximum(block.read(), deep / (u[:, None] + u + deep)))
        return found

    def wu_palmer(self, labels: NDArray[np.integer], predicted: NDArray[np.integer]) -> Floats:
        """Return Wu and Palmer's similarity of classes, element by element."""
        found: Floats = self._wu_palmer[labels, predicted]
        return found

    def relations(self, labels: Ints, answers: Ints) -> Relations:
        """Return what each answer is to its label, both nodes of classes."""
        under, over = self._above(answers, labels), self._above(labels, answers)
        match = labels == answers
        return Relations(match, under & ~match, over & ~match, ~(under | over))

    def _above(self, nodes: Ints, others: Ints) -> NDArray[np.bool_]:
        """Tell whether each of some nodes is another one, that of a class, or above it."""
        size = self.graph.n_nodes
        class_at = np.full(size, -1)
        class_at[self.class_node] = np.arange(self.class_node.size)
        classes, above = self.members
        found: NDArray[np.bool_] = np.isin(class_at[others] * size + nodes, classes * size + above)
        return found

    def lowest(self, label: int, predicted: int) -> list[int]:
        """Return the lowest common ancestors of two classes: all that lie above no other one."""
        ways = [self.graph.ancestors(int(self.class_node[place])) for place in (label, predicted)]
        common = ways[0] & ways[1]
        higher = {up for node in common for up in self.graph.parents[node]}
        return sorted(common - higher)

    def _painted(self, worth: Ints, value: Ints) -> Ints:
        """Return the value of the common ancestor of the greatest worth, shape (C, C)."""
        found = np.zeros((len(self.classes),) * 2, dtype=np.int64)
        for below, block in self._blocks(found, worth):  # what is worth more is painted later
            block.write(value[below.node])
        return found

    def _blocks(
        self, matrix: NDArray[Any], worth: Ints | None = None
    ) -> Iterator[tuple[_Below, _Block]]:
        """Yield, for each node, its classes, and their part of a matrix; by rising worth."""
        nodes = self.below
        if worth is not None:
            nodes = tuple(sorted(nodes, key=lambda below: int(worth[below.node])))
        for below in nodes:
            yield below, _Block(matrix, below.classes)


@dataclass(frozen=True, eq=False)
class _Block:
    """Rows and columns of some classes in a matrix over all."""

    matrix: NDArray[Any]
    classes: Ints

    def read(self) -> NDArray[Any]:
        """Return the part."""
        if self.classes.size == len(self.matrix):  # all of them, in order
            return self.matrix
        return self.matrix[np.ix_(self.classes, self.classes)]

    def write(self, values: object) -> None:
        """Set the part."""
        if self.classes.size == len(self.matrix):
            self.matrix[...] = values
        else:
            self.matrix[np.ix_(self.classes, self.classes)] = values


def _ways_up(graph: ClassGraph, node: int, unit: bool) -> dict[int, float]:
    """Return the shortest way from a node up to each of its ancestors, in lengths or in edges."""
    depth, above = graph.drawn.depth, graph.above
    best = {node: 0.0}
    queue = [(-int(depth[node]), node)]
    while queue:  # the deepest first: all ways to a node come from below it
        _, here = heapq.heappop(queue)
        for up, length in above[here]:
            far = best[here] + (1.0 if unit else length)
            if up not in best:
                heapq.heappush(queue, (-int(depth[up]), up))
            best[up] = min(best.get(up, far), far)
    return best
