"""`ClassTree`: a predefined or inferred hierarchy of classes, as flat read-only arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools.errors import TreeError
from hiertools.trees import preorder

if TYPE_CHECKING:
    import os

    import ete3
    import networkx as nx
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class ClassTree:
    """A rooted tree whose classes each sit on one node.

    The constructor takes nodes in any order, checks them once, and stores them in *preorder*
    (depth first, children in the order given). Node ids are therefore preorder numbers: the
    subtree of node ``v`` is the slice ``v : v + subtree_size[v]``, and its classes are a
    contiguous run of `class_order`. Every algorithm of hiertools rests on that, and none
    recurses, so a tree may be 100,000 levels deep.

    Multifurcations, unequal depths and single-child nodes are legal. A class may sit at an inner
    node; it then counts as a leaf at zero distance below it. A node is identified by its path
    from the root, never by its label alone.

    Most users build a tree with a reader: `from_lineages`, `from_newick`, `from_edges`,
    `from_networkx`, `from_ete3`, `from_folder`, `from_linkage`, `from_sklearn`, `from_json`,
    `from_ranks`, or `hiertools.read_tree` for a file.

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

    def __init__(
        self,
        parent: ArrayLike,
        classes: Sequence[str],
        class_node: ArrayLike,
        *,
        length: ArrayLike | None = None,
        labels: Sequence[str] | None = None,
        heights: ArrayLike | None = None,
        ranks: Sequence[str] | None = None,
        rank_order: Sequence[str] | None = None,
    ) -> None:
        names = checks.class_names(classes, "the tree", TreeError)
        if not names:
            raise TreeError("a tree needs at least one class; got none.")
        parents = preorder.node_ids(parent, "parent")
        n_nodes = parents.size
        of_class = preorder.node_ids(class_node, "class_node")
        order = preorder.preorder(parents)
        preorder.check_class_nodes(of_class, names, n_nodes)
        rank_of = np.empty(n_nodes, dtype=np.int64)  # node as given -> preorder number
        rank_of[order] = np.arange(n_nodes)
        old_parent = parents[order]
        new_parent = np.where(old_parent < 0, -1, rank_of[old_parent])

        edge = np.ones(n_nodes)
        if length is not None:
            edge = checks.numeric(length, "edge lengths", TreeError)
            preorder.per_node(edge.shape, (n_nodes,), "edge lengths")
            edge = edge[order]
        edge[0] = 0.0
        checks.finite(edge, "edge lengths", TreeError)
        text = tuple(str(label) for label in labels) if labels is not None else ("",) * n_nodes
        preorder.per_node((len(text),), (n_nodes,), "labels")
        text = tuple(text[i] for i in order)
        if (edge < 0).any():
            worst = int(edge.argmin())
            raise TreeError(
                f"edge lengths must not be negative, but {int((edge < 0).sum())} of {n_nodes} are, "
                f"the lowest {edge[worst]:g} above {text[worst] or f'node {order[worst]}'!r}; "
                "set them to 0 or leave lengths out."
            )
        if length is not None:
            preorder.check_reach(edge, new_parent, text, order)
        merge = None
        if heights is not None:
            merge = checks.numeric(heights, "merge heights", TreeError)
            preorder.per_node(merge.shape, (n_nodes,), "merge heights")
            merge = merge[order]
            checks.in_range(merge, "merge heights", TreeError)
        named, ranking = preorder.ranks(ranks, rank_order, order)

        fields: dict[str, Any] = {
            "parent": checks.read_only(new_parent),
            "classes": names,
            "class_node": checks.read_only(rank_of[of_class]),
            "length": checks.read_only(edge),
            "labels": text,
            "has_lengths": length is not None,
            "heights": None if merge is None else checks.read_only(merge),
            "ranks": named,
            "rank_order": ranking,
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
        return checks.read_only(preorder.root_distances(self.length, self.parent))

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

    def _relabelled(self, permutation: Ints) -> ClassTree:
        """Return this tree with class i moved to the node of class `permutation[i]`.

        The structure is shared, not checked again: thousands of relabelled trees make a null
        distribution.
        """
        twin = object.__new__(ClassTree)
        shared = {
            name: value
            for name, value in self.__dict__.items()
            if name not in ("class_node", "class_order")
        }
        twin.__dict__.update(shared)
        object.__setattr__(twin, "class_node", checks.read_only(self.class_node[permutation]))
        return twin

    # ---- readers

    @classmethod
    def from_lineages(cls, lineages: Any, **options: Any) -> ClassTree:
        """Build a tree from lineages; see `hiertools.readers.from_lineages`."""
        from hiertools import readers

        return readers.from_lineages(lineages, **options)

    @classmethod
    def from_ranks(cls, table: pd.DataFrame, **options: Any) -> ClassTree:
        """Build a tree from a table with one column a rank; see `hiertools.readers.from_ranks`."""
        from hiertools import readers

        return readers.from_ranks(table, **options)

    @classmethod
    def from_newick(cls, text: str, **options: Any) -> ClassTree:
        """Build a tree from Newick text; see `hiertools.readers.from_newick`."""
        from hiertools import readers

        return readers.from_newick(text, **options)

    @classmethod
    def from_edges(cls, edges: Any, **options: Any) -> ClassTree:
        """Build a tree from (parent, child) pairs; see `hiertools.readers.from_edges`."""
        from hiertools import readers

        return readers.from_edges(edges, **options)

    @classmethod
    def from_json(cls, text: Any, **options: Any) -> ClassTree:
        """Build a tree from nested or columnar JSON; see `hiertools.readers.from_json`."""
        from hiertools import readers

        return readers.from_json(text, **options)

    @classmethod
    def from_networkx(cls, graph: nx.DiGraph, **options: Any) -> ClassTree:
        """Build a tree from a networkx DiGraph; see `hiertools.readers.from_networkx`."""
        from hiertools import readers

        return readers.from_networkx(graph, **options)

    @classmethod
    def from_ete3(cls, tree: ete3.Tree, **options: Any) -> ClassTree:
        """Build a tree from an ete3 tree; see `hiertools.readers.from_ete3`."""
        from hiertools import readers

        return readers.from_ete3(tree, **options)

    @classmethod
    def from_folder(cls, folder: str | os.PathLike[str], **options: Any) -> ClassTree:
        """Build a tree from a folder of folders; see `hiertools.readers.from_folder`."""
        from hiertools import readers

        return readers.from_folder(folder, **options)

    @classmethod
    def from_linkage(cls, matrix: ArrayLike, classes: Sequence[str]) -> ClassTree:
        """Build a tree from a scipy linkage matrix; see `hiertools.readers.from_linkage`."""
        from hiertools import readers

        return readers.from_linkage(matrix, classes)

    @classmethod
    def from_sklearn(cls, model: Any, classes: Sequence[str]) -> ClassTree:
        """Build a tree from AgglomerativeClustering; see `hiertools.readers.from_sklearn`."""
        from hiertools import readers

        return readers.from_sklearn(model, classes)

    # ---- writers

    def to_lineages(self, **options: Any) -> dict[str, tuple[str, ...]]:
        """Return the lineage of each class; see `hiertools.readers.to_lineages`."""
        from hiertools import readers

        return readers.to_lineages(self, **options)

    def to_newick(self, **options: Any) -> str:
        """Return Newick text; see `hiertools.readers.to_newick`."""
        from hiertools import readers

        return readers.to_newick(self, **options)

    def to_edges(self, **options: Any) -> pd.DataFrame:
        """Return a table of edges; see `hiertools.readers.to_edges`."""
        from hiertools import readers

        return readers.to_edges(self, **options)

    def to_json(self, **options: Any) -> str:
        """Return JSON text; see `hiertools.readers.to_json`."""
        from hiertools import readers

        return readers.to_json(self, **options)

    def to_networkx(self, **options: Any) -> nx.DiGraph:
        """Return a networkx DiGraph; see `hiertools.readers.to_networkx`."""
        from hiertools import readers

        return readers.to_networkx(self, **options)

    def to_ete3(self, **options: Any) -> ete3.Tree:
        """Return an ete3 tree; see `hiertools.readers.to_ete3`."""
        from hiertools import readers

        return readers.to_ete3(self, **options)

    def to_linkage(self, **options: Any) -> Floats:
        """Return a scipy linkage matrix; see `hiertools.readers.to_linkage`."""
        from hiertools import readers

        return readers.to_linkage(self, **options)
