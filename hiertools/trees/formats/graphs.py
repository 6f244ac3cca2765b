"""networkx graphs and ete3 trees to a tree's columns, and back."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.quiet import no_warnings
from hiertools.errors import OptionError, TreeError
from hiertools.trees.columns import TreeColumns, TreeLike
from hiertools.trees.formats.build import Classes, build
from hiertools.trees.formats.links import Links, MultipleParents, columns_of_links
from hiertools.trees.formats.others import refuse_object

if TYPE_CHECKING:
    import ete3
    import networkx as nx

__all__ = ["networkx_links", "read_ete3", "read_networkx", "to_ete3", "to_networkx"]

LENGTH = "length"
"""The attribute of edges that is looked for unasked."""


def read_networkx(
    graph: nx.DiGraph,
    *,
    classes: Classes | None,
    root: Hashable,
    length: str | None,
    multiple_parents: MultipleParents,
    rank_order: Sequence[str] | None,
) -> TreeColumns:
    """Read a graph whose edges point from parent to child, as `ClassTree.from_networkx` has it."""
    links = networkx_links(graph, root=root, length=length)
    return columns_of_links(
        links,
        classes=classes,
        multiple_parents=multiple_parents,
        rank_order=_rank_order(graph) if rank_order is None else tuple(rank_order),
    )


def _rank_order(graph: nx.DiGraph) -> tuple[str, ...] | None:
    """Return the order of ranks that the graph itself tells, as `to_networkx` writes it."""
    held = graph.graph.get("rank_order")
    if held is None:
        return None
    if not isinstance(held, list | tuple) or not all(isinstance(rank, str) for rank in held):
        raise TreeError(
            "networkx graph: its attribute 'rank_order' must be a list of names of ranks; got "
            f"{held!r}."
        )
    return tuple(held)


def networkx_links(graph: nx.DiGraph, *, root: Hashable, length: str | None) -> Links:
    """Read a graph as links, whatever they make."""
    if not hasattr(graph, "is_directed") or (graph.is_multigraph() and not graph.is_directed()):
        raise TreeError(
            f"from_networkx takes a DiGraph, or a Graph with root=; got {type(graph).__name__}."
        )
    edges = _oriented(graph, root)
    nodes = dict(graph.nodes(data=True))
    lengths = None
    if length is not None:
        values = [data.get(length) for _, _, data in edges]
        missing = values.count(None)
        if values and missing == len(values) and length != LENGTH:
            held = dict.fromkeys(str(name) for _, _, data in edges for name in data)
            raise OptionError(
                f"length={length!r} is an attribute of no edge; there are: "
                f"{checks.name_list(held) or 'none'}. Pass length=None to count edges."
            )
        if values and missing < len(values):
            if missing:
                parent, child, _ = edges[values.index(None)]
                raise TreeError(
                    f"networkx graph: {missing} of {len(values)} edges lack the attribute "
                    f"{length!r}, the first from {parent!r} to {child!r}; give it to all or none, "
                    "or pass length=None."
                )
            lengths = checks.numeric(values, f"the edge attribute {length!r}", TreeError).tolist()
    if len(nodes) > 1:
        linked = {node for edge in edges for node in edge[:2]}
        alone = [node for node in nodes if node not in linked]
        if alone:
            raise TreeError(
                f"networkx graph: {len(alone)} of {len(nodes)} nodes have no edge: "
                f"{checks.name_list(alone)}; link or remove them."
            )
    return Links(
        "networkx graph",
        [parent for parent, _, _ in edges],
        [child for _, child, _ in edges],
        lengths,
        label={n: data["label"] for n, data in nodes.items() if "label" in data},
        classes={n: data["class_name"] for n, data in nodes.items() if "class_name" in data},
        ranks={n: str(data["rank"]) for n, data in nodes.items() if data.get("rank")},
        heights=_heights(nodes),
        alone=next(iter(nodes), None),
    )


def _heights(nodes: dict[Any, dict[str, Any]]) -> dict[Hashable, float]:
    held = {node: data["height"] for node, data in nodes.items() if "height" in data}
    values = checks.numeric(list(held.values()), "the node attribute 'height'", TreeError)
    return dict(zip(held, values.tolist()))


def _oriented(graph: Any, root: Hashable) -> list[tuple[Any, Any, dict[str, Any]]]:
    """Return the edges with their data, each from parent to child."""
    if graph.is_directed():
        if root is not None:
            raise OptionError("root= is for undirected graphs; this one's edges give its root.")
        edges = list(graph.edges(data=True))
        tops = sum(1 for _, degree in graph.in_degree() if degree == 0)
        bottoms = sum(1 for _, degree in graph.out_degree() if degree == 0)
        if edges and bottoms == 1 < tops and all(degree <= 1 for _, degree in graph.out_degree()):
            raise TreeError(
                "networkx graph: the edges point from child to parent; pass graph.reverse()."
            )
        return edges
    if root is None:
        raise TreeError(
            "networkx graph: the graph is undirected; pass root=, or a DiGraph whose edges point "
            "from parent to child."
        )
    if root not in graph:
        raise OptionError(f"root={root!r} is not a node of the graph.")
    edges, seen, stack = [], {root}, [root]
    while stack:
        node = stack.pop()
        for neighbour, data in graph.adj[node].items():
            if neighbour not in seen:
                seen.add(neighbour)
                stack.append(neighbour)
                edges.append((node, neighbour, data))
    if len(edges) != graph.number_of_edges() or len(seen) != graph.number_of_nodes():
        raise TreeError(
            "networkx graph: an undirected tree has one edge fewer than nodes and is in one piece; "
            f"this graph has {graph.number_of_nodes()} nodes, {graph.number_of_edges()} edges and "
            f"{len(seen)} nodes in reach of {root!r}."
        )
    return edges


@door
def to_networkx(tree: TreeLike, /) -> nx.DiGraph:
    """Return a tree as a networkx DiGraph that `from_networkx` reads back.

    Parameters
    ----------
    tree
        The tree.

    Returns
    -------
    networkx.DiGraph
        Nodes are preorder numbers with the attributes ``label``, ``class_name`` (nodes of classes
        only), ``rank`` and ``height`` (where the tree has them); edges point from parent to child
        and carry ``length`` where the tree has lengths.

    Examples
    --------
    >>> from hiertools.readers import from_newick
    >>> graph = to_networkx(from_newick("((lynx:1,puma:2)cat:3,dog:4);"))
    >>> graph.nodes[2], graph.edges[1, 2]
    ({'label': 'lynx', 'class_name': 'lynx'}, {'length': 1.0})
    """
    import networkx as nx

    graph = nx.DiGraph()
    for node, label in enumerate(tree.labels):
        graph.add_node(node, label=label)
        if tree.ranks is not None and tree.ranks[node]:
            graph.nodes[node]["rank"] = tree.ranks[node]
        if tree.heights is not None:
            graph.nodes[node]["height"] = float(tree.heights[node])
    if tree.rank_order is not None:
        graph.graph["rank_order"] = tree.rank_order
    for name, node in zip(tree.classes, tree.class_node.tolist(), strict=True):
        graph.nodes[node]["class_name"] = name
    for node, parent in enumerate(tree.parent.tolist()):
        if node:
            graph.add_edge(parent, node)
            if tree.has_lengths:
                graph.edges[parent, node]["length"] = float(tree.length[node])
    return graph


def read_ete3(tree: ete3.Tree, *, classes: Classes | None, lengths: bool | None) -> TreeColumns:
    """Read an ete3 tree, as `ClassTree.from_ete3` has it."""
    refuse_object(tree)
    if not (hasattr(tree, "children") and hasattr(tree, "dist")):
        raise TreeError(f"from_ete3 takes an ete3.Tree; got {type(tree).__name__}.")
    parent: list[int] = []
    labels: list[str] = []
    dist: list[Any] = []
    nodes: list[Any] = []
    stack: list[tuple[Any, int]] = [(tree, -1)]
    while stack:
        node, up = stack.pop()
        nodes.append(node)
        parent.append(up)
        labels.append("" if node.name is None else str(node.name))
        dist.append(node.dist)
        number = len(parent) - 1
        stack.extend((child, number) for child in reversed(node.children))
    dist = checks.numeric(dist, "the dist of ete3 nodes", TreeError).tolist()
    if lengths is None:
        lengths = any(value != 1.0 for value in dist[1:])
    marked: dict[int, str] = {}
    for number, node in enumerate(nodes):
        is_class = getattr(node, "is_class", None)
        if is_class if is_class is not None else not node.children:
            marked[number] = labels[number]
            labels[number] = getattr(node, "node_label", labels[number])
    known = any(hasattr(node, "is_class") or hasattr(node, "node_label") for node in nodes)
    return build(
        parent,
        labels,
        "ete3 tree",
        classes=classes,
        marked=marked if known else None,
        length=dist if lengths else None,
    )


@door
def to_ete3(tree: TreeLike, /) -> ete3.Tree:
    """Return a tree as an ete3 tree that `from_ete3` reads back.

    Nodes that hold a class carry its name. Features are added where ete3's own fields can't tell:
    ``is_class`` (an inner node with a class, a leaf without) and ``node_label`` (a label that
    differs from the class's name). Merge heights and ranks are not carried; ``dist`` is 1 where the
    tree has no lengths.

    Parameters
    ----------
    tree
        The tree.

    Returns
    -------
    ete3.Tree

    Raises
    ------
    MissingDependencyError
        ete3 is not installed.

    Examples
    --------
    >>> from hiertools.readers import from_newick
    >>> to_ete3(from_newick("((lynx:1,puma:2)cat:3,dog:4);")).write(format=1)
    '((lynx:1,puma:2)cat:3,dog:4);'
    """
    with no_warnings():  # ete3 3.1.3 imports modules that Python has deprecated since
        ete = checks.need("ete3", "ete3", "to_ete3")
    class_of = dict(zip(tree.class_node.tolist(), tree.classes, strict=True))
    nodes: list[Any] = []
    for node, label in enumerate(tree.labels):
        name = class_of.get(node, label)
        made = ete.TreeNode(name=name, dist=float(tree.length[node]))
        if (node in class_of) != (not tree.n_children[node]):
            made.add_feature("is_class", node in class_of)
        if name != label:
            made.add_feature("node_label", label)
        if node:
            # add_child() would check for cycles by walking up, which is slow in a deep tree.
            made.up = nodes[tree.parent[node]]
            made.up.children.append(made)
        nodes.append(made)
    return nodes[0]
