"""`ClassTree`: a predefined or inferred hierarchy of classes, as flat read-only arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools._core.frozen import ReadOnlyArrays
from hiertools._core.own_names import SomeClasses
from hiertools.trees.columns import TreeColumns
from hiertools.trees.formats.edges import to_edges
from hiertools.trees.formats.graphs import to_ete3, to_networkx
from hiertools.trees.formats.lineages_written import to_lineages
from hiertools.trees.formats.linkage import to_linkage
from hiertools.trees.formats.nested_json import to_json
from hiertools.trees.formats.newick import to_newick
from hiertools.trees.preorder import OrderedColumns, in_preorder, root_distances
from hiertools.trees.reading.readers import Readers

if TYPE_CHECKING:
    import ete3
    import networkx as nx
    import pandas as pd

ALIGNED = "aligned"
"""Where a tree keeps what `align` learned of it and its last reference; never copied or pickled."""


@dataclass(frozen=True, eq=False, repr=False)
class ClassTree(ReadOnlyArrays, Readers):
    """A rooted tree whose classes each sit on one node.

    The constructor takes nodes in any order, checks them once, and stores them in *preorder*
    (depth first, children in the order given). Node ids are therefore preorder numbers: the
    subtree of node ``v`` is the slice ``v : v + subtree_size[v]``, and its classes are a
    contiguous run of `class_order`. Every algorithm of hiertools rests on that, and none
    recurses, so a tree may be 100,000 levels deep.

    Multifurcations, unequal depths and single-child nodes are legal. A class may sit at an inner
    node; it then counts as a leaf at zero distance below it. A node is identified by its path
    from the root, never by its label alone.

    Most users build a tree with a reader: `from_lineages`, `from_newick`, `from_nexus`,
    `from_edges`, `from_networkx`, `from_ete3`, `from_folder`, `from_linkage`, `from_sklearn`,
    `from_json`, `from_ranks`, or `hiertools.read_tree` for a file.

    Parameters
    ----------
    parent : array_like of int, shape (N,)
        Parent of each node; -1 at the root.
    classes : sequence of str, length C
        Class names: unique, not empty.
    class_node : array_like of int, shape (C,)
        The node of each class; no node holds two classes.
    length : array_like of float, shape (N,), optional
        Length of the edge above each node, at least 0; the root's is ignored. Where none are given,
        every edge counts 1.
    labels : sequence of str, length N, optional
        Node labels, "" for a node without a name.
    heights : array_like of float, shape (N,), optional
        Merge heights of an inferred tree.
    ranks : sequence of str, length N, optional
        Rank of each node ("family"), "" for none.
    rank_order : sequence of str, optional
        Ranks from the coarsest to the finest. Needed with `ranks`.

    Raises
    ------
    TreeError
        A cycle, no root or several, a class on two nodes or two classes on one, a negative length,
        lengths that add up to more than 1e100.

    Examples
    --------
    >>> from hiertools import ClassTree
    >>> tree = ClassTree([-1, 0, 0, 1, 1], ["lynx", "wolf", "newt"], [3, 4, 2])
    >>> tree
    ClassTree(3 classes, 5 nodes, 2 levels)
    >>> tree.parent
    array([-1,  0,  1,  1,  0])
    >>> tree.class_node
    array([2, 3, 4])
    """

    parent: Ints
    classes: tuple[str, ...]
    class_node: Ints
    length: Floats
    labels: tuple[str, ...]
    has_lengths: bool
    heights: Floats | None
    ranks: tuple[str, ...] | None
    rank_order: tuple[str, ...] | None

    @door
    def __init__(
        self,
        parent: ArrayLike,
        classes: SomeClasses,
        class_node: ArrayLike,
        *,
        length: ArrayLike | None = None,
        labels: Sequence[str] | None = None,
        heights: ArrayLike | None = None,
        ranks: Sequence[str] | None = None,
        rank_order: Sequence[str] | None = None,
    ) -> None:
        columns = TreeColumns(
            parent, cast(Any, classes), class_node, length, labels, heights, ranks, rank_order
        )
        self._hold(in_preorder(columns))

    @classmethod
    def _built(cls, columns: TreeColumns) -> Self:
        tree = object.__new__(cls)
        tree._hold(in_preorder(columns))
        return tree

    def _hold(self, columns: OrderedColumns) -> None:
        edge = columns.length
        if edge is None:
            edge = np.ones(columns.parent.size)
            edge[0] = 0.0
        fields: dict[str, Any] = {
            "parent": checks.read_only(columns.parent),
            "classes": columns.classes,
            "class_node": checks.read_only(columns.class_node),
            "length": checks.read_only(edge),
            "labels": columns.labels,
            "has_lengths": columns.length is not None,
            "heights": None if columns.heights is None else checks.read_only(columns.heights),
            "ranks": columns.ranks,
            "rank_order": columns.rank_order,
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    # ---- what the arrays imply, computed when first asked for

    @property
    def n_nodes(self) -> int:
        """Number of nodes, root and leaves included."""
        return self.parent.size

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    @cached_property
    def depth(self) -> Ints:
        """Edges from the root to each node, shape (N,)."""
        depth = [0] * self.n_nodes
        parent = self.parent.tolist()
        for node in range(1, self.n_nodes):
            depth[node] = depth[parent[node]] + 1
        return checks.read_only(np.array(depth, dtype=np.int64))

    @cached_property
    def root_distance(self) -> Floats:
        """Sum of edge lengths from the root to each node, shape (N,)."""
        if not self.has_lengths:
            return checks.read_only(self.depth.astype(np.float64))
        return checks.read_only(root_distances(self.length, self.parent))

    @cached_property
    def subtree_size(self) -> Ints:
        """Nodes at and below each node, shape (N,)."""
        size = [1] * self.n_nodes
        parent = self.parent.tolist()
        for node in range(self.n_nodes - 1, 0, -1):
            size[parent[node]] += size[node]
        return checks.read_only(np.array(size, dtype=np.int64))

    @cached_property
    def n_children(self) -> Ints:
        """Number of children of each node, shape (N,)."""
        return checks.read_only(np.bincount(self.parent[1:], minlength=self.n_nodes))

    @property
    def n_levels(self) -> int:
        """Number of levels: the largest depth of a class (level 0 lies just below the root)."""
        return int(self.depth[self.class_node].max())

    @cached_property
    def class_order(self) -> Ints:
        """Indices of the classes in depth-first order, shape (C,)."""
        return checks.read_only(np.argsort(self.class_node))

    @cached_property
    def clade_start(self) -> Ints:
        """First position in `class_order` of the classes at or below each node, shape (N,)."""
        nodes = self.class_node[self.class_order]
        return checks.read_only(np.searchsorted(nodes, np.arange(self.n_nodes)))

    @cached_property
    def clade_stop(self) -> Ints:
        """One past the last position in `class_order` of each node's classes, shape (N,)."""
        nodes = self.class_node[self.class_order]
        return checks.read_only(np.searchsorted(nodes, np.arange(self.n_nodes) + self.subtree_size))

    @cached_property
    def class_index(self) -> Mapping[str, int]:
        """Position of each class name in `classes`."""
        return {name: i for i, name in enumerate(self.classes)}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != ALIGNED}

    # ---- identity

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ClassTree):
            return NotImplemented
        return (
            self.classes == other.classes
            and self.labels == other.labels
            and self.ranks == other.ranks
            and self.rank_order == other.rank_order
            and self.has_lengths == other.has_lengths
            and np.array_equal(self.parent, other.parent)
            and np.array_equal(self.class_node, other.class_node)
            and np.array_equal(self.length, other.length)
            and (self.heights is None) == (other.heights is None)
            and (
                self.heights is None
                or other.heights is None
                or np.array_equal(self.heights, other.heights)
            )
        )

    def __hash__(self) -> int:
        return hash((self.classes, self.labels, self.parent.tobytes(), self.class_node.tobytes()))

    def __repr__(self) -> str:
        def count(n: int, what: str, plural: str) -> str:
            return f"{n:,} {what if n == 1 else plural}"

        parts = [
            count(self.n_classes, "class", "classes"),
            count(self.n_nodes, "node", "nodes"),
            count(self.n_levels, "level", "levels"),
        ]
        return f"ClassTree({', '.join(parts)})"

    def _repr_html_(self) -> str:
        from hiertools.trees.outline import outline_html

        return outline_html(self)

    # ---- writers; the readers are inherited

    @door
    def to_lineages(self, *, lossy: bool = False) -> dict[str, tuple[str, ...]]:
        """Return the lineage of each class; see `hiertools.readers.to_lineages`."""
        return to_lineages(self, lossy=lossy)

    @door
    def to_newick(
        self,
        *,
        lengths: bool | None = None,
        annotations: bool = True,
        inner_classes: Literal["comments", "leaves"] = "comments",
    ) -> str:
        """Return Newick text; see `hiertools.readers.to_newick`."""
        return to_newick(
            self, lengths=lengths, annotations=annotations, inner_classes=inner_classes
        )

    @door
    def to_edges(self) -> pd.DataFrame:
        """Return a table of edges; see `hiertools.readers.to_edges`."""
        return to_edges(self)

    @door
    def to_json(
        self, *, nested: bool = False, indent: int | None = None, lossy: bool = False
    ) -> str:
        """Return JSON text; see `hiertools.readers.to_json`."""
        return to_json(self, nested=nested, indent=indent, lossy=lossy)

    @door
    def to_networkx(self) -> nx.DiGraph:
        """Return a networkx DiGraph; see `hiertools.readers.to_networkx`."""
        return to_networkx(self)

    @door
    def to_ete3(self) -> ete3.Tree:
        """Return an ete3 tree; see `hiertools.readers.to_ete3`."""
        return to_ete3(self)

    @door
    def to_linkage(self) -> Floats:
        """Return a scipy linkage matrix; see `hiertools.readers.to_linkage`."""
        return to_linkage(self)
