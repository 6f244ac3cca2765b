"""`ClassGraph`: a hierarchy in which a class, or a group, may have several parents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import behind_doors
from hiertools._core.frozen import ReadOnlyArrays
from hiertools.errors import OptionError, TreeError
from hiertools.trees.columns import chosen_classes, chosen_nodes, columns_of, in_order
from hiertools.trees.formats.build import Classes
from hiertools.trees.formats.edges import node_ids
from hiertools.trees.formats.links import Links
from hiertools.trees.formats.several_parents import GraphColumns, graph_of_links
from hiertools.trees.graph_readers import GraphReaders
from hiertools.trees.paths import require_classes
from hiertools.trees.preorder import node_ids as ids_of
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ClassGraph"]


@behind_doors
@dataclass(frozen=True, eq=False, repr=False)
class ClassGraph(ReadOnlyArrays, GraphReaders):
    """A rooted directed graph without circles whose classes each sit on one node.

    A node may have several parents: a dog is a canine and a pet. `hiertools.evaluate` judges
    mistakes by such a graph as it is; nothing is cut. Whatever draws needs one place for each
    node, that in `drawn`.

    Parameters
    ----------
    parents : sequence of sequences of int, length N
        The parents of each node; none of the root.
    classes : sequence of str, length C
        Class names: unique, not empty. A class may sit at an inner node.
    class_node : sequence of int, length C
        The node of each class; no node holds two classes.
    length : sequence of sequences of float, optional
        The length of the edge to each of these parents, at least 0; default 1.
    labels : sequence of str, length N, optional
        What nodes are called.

    Attributes
    ----------
    drawn : ClassTree
        The tree of the same nodes and classes in which each node hangs from the parent on the
        longest way to the root (of equals the first that is named). Its node ids are those of the
        graph, and its depths are the longest ways.
    edges : ndarray of int, shape (E, 2)
        Parent and child.
    length : ndarray of float, shape (E,)
        1 where none were given.
    has_lengths : bool

    Raises
    ------
    TreeError
        A circle, by the names on it; several roots; what a tree's constructor refuses.

    Examples
    --------
    >>> from hiertools import ClassGraph
    >>> graph = ClassGraph([[], [0], [0], [1, 2], [1]], ["dog", "wolf"], [3, 4],
    ...                    labels=["animal", "canine", "pet", "dog", "wolf"])
    >>> graph
    ClassGraph(2 classes, 5 nodes, 5 edges, 1 node with several parents)
    >>> graph.drawn.to_newick()
    '((dog,wolf)canine,pet[&hiertools:class=])animal;'
    """

    drawn: ClassTree
    edges: Ints
    length: Floats
    has_lengths: bool

    def __init__(
        self,
        parents: Sequence[Sequence[int]],
        classes: Sequence[str],
        class_node: Sequence[int],
        *,
        length: Sequence[Sequence[float]] | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        named = checks.class_names(classes, "classes", TreeError)
        nodes = ids_of(_listed(class_node, "class_node"), "class_node").tolist()
        above = [
            ids_of(_listed(up, "the parents of each node"), "parents").tolist()
            for up in _listed(parents, "parents")
        ]
        size = len(above)
        texts = [""] * size if labels is None else list(map(str, _listed(labels, "labels")))
        if len(texts) != size:
            raise TreeError(f"labels name {len(texts)} nodes, and there are {size}.")
        if len(nodes) != len(named) or len(set(nodes)) < len(nodes):
            raise TreeError(
                f"class_node must give each of {len(named)} classes a node of its own; got "
                f"{checks.name_list(map(str, nodes))}."
            )
        linked = [(up, node) for node, ups in enumerate(above) for up in ups]
        odd = [node for node in (*nodes, *(up for up, _ in linked)) if not 0 <= node < size]
        if odd:
            raise TreeError(f"nodes are numbered from 0 to {size - 1}; got {odd[0]}.")
        tops = [node for node, ups in enumerate(above) if not ups]
        if len(tops) > 1:
            raise TreeError(
                f"a graph of classes has one root, but {len(tops)} nodes have no parent: "
                f"{checks.name_list(map(str, tops))}; join them under one node."
            )
        lengths = None
        if length is not None:
            given = [_listed(each, "length") for each in _listed(length, "length")]
            if list(map(len, given)) != list(map(len, above)):
                raise TreeError("length must have one number for each parent of each node.")
            flat = [value for each in given for value in each]
            lengths = checks.numeric(flat, "length", TreeError).tolist()
        links = Links(
            "the graph",
            [up for up, _ in linked],
            [node for _, node in linked],
            lengths,
            label=dict(enumerate(texts)),
            classes=dict(zip(nodes, named)),
            alone=tops[0] if tops else None,
        )
        columns = graph_of_links(links, None)
        self._hold(replace(columns, drawn=in_order(columns.drawn, named)))

    @classmethod
    def _built(cls, columns: GraphColumns) -> Self:
        graph = object.__new__(cls)
        graph._hold(columns)
        return graph

    def _hold(self, columns: GraphColumns) -> None:
        length = columns.length
        fields: dict[str, Any] = {
            "drawn": ClassTree._built(columns.drawn),
            "edges": checks.read_only(columns.edges),
            "length": checks.read_only(np.ones(len(columns.edges)) if length is None else length),
            "has_lengths": length is not None,
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @classmethod
    def _of(cls, links: Links, classes: Classes | None) -> Self:
        graph = cls._built(graph_of_links(links, classes))
        return graph if classes is None else graph.restrict(graph.classes)

    # ---- what it holds

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.drawn.classes

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self.drawn.n_classes

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return self.drawn.n_nodes

    @cached_property
    def parents(self) -> tuple[tuple[int, ...], ...]:
        """The parents of each node."""
        return tuple(tuple(up for up, _ in above) for above in self.above)

    @cached_property
    def above(self) -> tuple[tuple[tuple[int, float], ...], ...]:
        """The parents of each node, each with the length of the edge to it."""
        found: list[list[tuple[int, float]]] = [[] for _ in range(self.n_nodes)]
        for (up, node), length in zip(self.edges.tolist(), self.length.tolist()):
            found[node].append((up, length))
        return tuple(map(tuple, found))

    @property
    def n_parents(self) -> Ints:
        """Number of parents of each node, shape (N,)."""
        return np.bincount(self.edges[:, 1], minlength=self.n_nodes)

    def classes_below(self, node: int) -> list[int]:
        """Return the classes at or below a node, by their places in `classes`."""
        nodes = self.drawn.class_node.tolist()
        return [place for place, own in enumerate(nodes) if node in self.ancestors(own)]

    @cached_property
    def n_below(self) -> Ints:
        """Number of classes at or below each node, shape (N,); each counts once."""
        found = np.zeros(self.n_nodes, dtype=np.int64)
        for node in self.drawn.class_node.tolist():
            found[list(self.ancestors(node))] += 1
        return checks.read_only(found)

    @cached_property
    def height(self) -> Ints:
        """Largest number of edges from each node down to a class, shape (N,); 0 above none."""
        height = np.zeros(self.n_nodes, dtype=np.int64)
        held = self.n_below > 0
        for node in np.argsort(-self.drawn.depth, kind="stable").tolist():
            for up in self.parents[node] if held[node] else ():
                height[up] = max(height[up], height[node] + 1)
        return checks.read_only(height)

    def ancestors(self, node: int) -> frozenset[int]:
        """Return a node and all nodes above it."""
        if not 0 <= node < self.n_nodes:
            raise TreeError(f"the graph has nodes 0 to {self.n_nodes - 1}; got {node}.")
        found, stack = {int(node)}, [int(node)]
        while stack:
            for up in self.parents[stack.pop()]:
                if up not in found:
                    found.add(up)
                    stack.append(up)
        return frozenset(found)

    # ---- graphs from this one

    def restrict(self, classes: Sequence[str]) -> Self:
        """Return the graph of some of its classes: these, and all that lies above them.

        Distances, depths and ancestors stay as they are.
        """
        wanted = set(checks.class_names(classes, "classes", any_order=True))
        if not wanted:
            raise OptionError("restrict needs at least one class to keep; got none.")
        require_classes(self.drawn, sorted(wanted))
        keep = [i for i, name in enumerate(self.classes) if name in wanted]
        stays = np.zeros(self.n_nodes, dtype=bool)
        for node in self.drawn.class_node[keep].tolist():
            stays[list(self.ancestors(node))] = True
        number = np.cumsum(stays) - 1
        kept = stays[self.edges].all(axis=1)
        drawn = chosen_nodes(chosen_classes(columns_of(self.drawn), keep), stays)
        length = self.length[kept] if self.has_lengths else None
        return type(self)._built(GraphColumns(drawn, number[self.edges[kept]], length))

    # ---- writing

    def to_edges(self) -> pd.DataFrame:
        """Return a table of edges that `from_edges` reads back: a child stands once a parent."""
        import pandas as pd

        ids = node_ids(self.drawn)
        up, down = self.edges.T.tolist()
        columns: dict[str, list[Any]] = {
            "parent": ["", *(ids[node] for node in up)],
            "child": [ids[0], *(ids[node] for node in down)],
        }
        if self.has_lengths:
            columns["length"] = [0.0, *self.length.tolist()]
        own = dict(zip(self.drawn.class_node.tolist(), self.classes))
        nodes = [0, *down]
        columns["label"] = [self.drawn.labels[node] for node in nodes]
        columns["class"] = [own.get(node, "") for node in nodes]
        return pd.DataFrame(columns)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values that JSON can hold; `from_dict` reads it."""
        return {
            "drawn": json.loads(self.drawn.to_json()),
            "edges": self.edges.tolist(),
            "length": self.length.tolist() if self.has_lengths else None,
        }

    # ---- identity

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ClassGraph):
            return NotImplemented
        return (
            self.drawn == other.drawn
            and self.has_lengths == other.has_lengths
            and np.array_equal(self.edges, other.edges)
            and np.array_equal(self.length, other.length)
        )

    def __hash__(self) -> int:
        return hash((self.drawn, self.edges.tobytes()))

    def __repr__(self) -> str:
        several = int((self.n_parents > 1).sum())
        classes = f"{self.n_classes:,} class{'es' * (self.n_classes != 1)}"
        nodes = f"{several:,} node{'s' * (several != 1)} with several parents"
        return f"ClassGraph({classes}, {self.n_nodes:,} nodes, {len(self.edges):,} edges, {nodes})"


def _listed(values: Any, what: str) -> list[Any]:
    if isinstance(values, str) or not checks.is_list(values):
        raise TreeError(f"{what} must be a list; got {type(values).__name__}.")
    return list(values)
