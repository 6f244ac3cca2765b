"""Path distances and lowest common ancestors: everything that asks how two nodes meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools._core.own_names import SomeClasses
from hiertools.errors import OptionError, TreeError
from hiertools.trees.tree import ClassTree

_BLOCK_ELEMENTS = 1 << 22  # 32 MB of float64: a block stays in reach of the cache hierarchy


@door
def path_distances(
    tree: ClassTree, /, classes: SomeClasses | None = None, *, kind: str = "length"
) -> Floats:
    r"""Return the path distance between every two classes of a tree.

    .. math:: t(i, j) = h_i + h_j - 2 h_{\mathrm{lca}(i, j)}

    with :math:`h` the distance from the root.

    Parameters
    ----------
    tree : ClassTree
    classes : sequence of str, optional
        Which classes, in which order; default all, in the order of ``tree.classes``.
    kind : {"length", "edges"}
        "length" sums edge lengths (edges count 1 where the tree has none), "edges" counts edges.

    Returns
    -------
    ndarray of float, shape (C, C)
        Symmetric, zero diagonal, at least 0; the unit is that of the edge lengths.

    Notes
    -----
    Node ids are preorder numbers, so the lowest common ancestor of a run of classes is the smallest
    id among the common ancestors of neighbours in it: one running minimum a row, C numpy calls in
    all, and no memory beyond the result. `iter_path_distances` gives blocks of rows for trees whose
    matrix doesn't fit.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> ht.path_distances(tree, ["lynx", "wolf", "newt"])
    array([[0., 2., 3.],
           [2., 0., 3.],
           [3., 3., 0.]])
    """
    classes = None if classes is None else checks.class_names(classes, "classes")
    n = tree.n_classes if classes is None else len(classes)
    matrix = np.empty((n, n))
    for rows, block in iter_path_distances(tree, classes, kind=kind):
        matrix[rows] = block
    return matrix


@door
def iter_path_distances(
    tree: ClassTree,
    /,
    classes: SomeClasses | None = None,
    *,
    kind: str = "length",
    block: int | None = None,
) -> Iterator[tuple[slice, Floats]]:
    """Yield blocks of rows of `path_distances`, each with the slice of rows it stands for.

    Parameters
    ----------
    tree, classes, kind
        As for `path_distances`.
    block : int, optional
        Rows a block; default as many as make about 32 MB.

    Yields
    ------
    (slice, ndarray of float, shape (rows, C))

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> for rows, block in ht.iter_path_distances(tree, block=2):
    ...     print(rows.start, rows.stop, block.shape)
    0 2 (2, 3)
    2 3 (1, 3)
    """
    checks.option(kind, ("length", "edges"), "kind")
    height = tree.root_distance if kind == "length" else tree.depth.astype(np.float64)
    node = nodes_of(tree, classes)
    for rows, distance in _common_blocks(tree, node, height, block):
        distance *= -2.0
        # One sum of both heights, so that (i, j) and (j, i) round alike.
        distance += height[node[rows], None] + height[None, node]
        # Sums of lengths cancel only up to rounding; a class is at 0 from itself, and no distance
        # is below 0.
        np.maximum(distance, 0.0, out=distance)
        distance[np.arange(distance.shape[0]), np.arange(rows.start, rows.stop)] = 0.0
        yield rows, distance


@door
def lca_nodes(tree: ClassTree, /, classes: SomeClasses | None = None) -> Ints:
    """Return the lowest common ancestor (node id) of every two classes, shape (C, C).

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> ht.lca_nodes(tree)
    array([[2, 1, 0],
           [1, 3, 0],
           [0, 0, 4]])
    """
    node = nodes_of(tree, classes)
    common = np.empty((node.size, node.size), dtype=np.int64)
    for rows, block in _common_blocks(tree, node, np.arange(tree.n_nodes)):
        common[rows] = block
    return common


@door
def lca(tree: ClassTree, a: ArrayLike, b: ArrayLike, /) -> Ints:
    """Return the lowest common ancestors of nodes `a` and nodes `b`, element by element.

    Parameters
    ----------
    tree : ClassTree
    a, b : array_like of int
        Node ids, shapes that broadcast.

    Returns
    -------
    ndarray of int

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> ht.lca(tree, [2, 2], [3, 4])
    array([1, 0])
    """
    first, second = np.broadcast_arrays(np.asarray(a), np.asarray(b))
    for ids in (first, second):
        if ids.dtype.kind not in "iu" or ((ids < 0) | (ids >= tree.n_nodes)).any():
            raise TreeError(f"lca needs node ids between 0 and {tree.n_nodes - 1}.")
    low, high = np.minimum(first, second), np.maximum(first, second)
    # In preorder the common ancestor of low < high is the smallest parent among nodes (low, high].
    table = _range_minima(tree.parent)
    span = np.maximum(high - low, 1)
    power = np.floor(np.log2(span)).astype(np.int64)
    left = np.minimum(low + 1, tree.n_nodes - 1)
    found = np.minimum(table[power, left], table[power, high - (1 << power) + 1])
    meeting: Ints = np.where(low == high, low, found)
    return meeting


def meetings(parent: Ints, nodes: Ints) -> Ints:
    """Return the table in which the kernels look up where two nodes meet.

    Parameters
    ----------
    parent : ndarray of int, shape (N,)
        Of nodes in preorder.
    nodes : ndarray of int, shape (C,)
        Those asked for, of rising ids.
    """
    return _range_minima(_between(parent, nodes))


def _between(parent: Ints, nodes: Ints) -> Ints:
    """Return where each of `nodes`, of rising ids, meets the next: see `lca`."""
    if nodes.size < 2:
        return parent[:0]
    return np.minimum.reduceat(parent[: nodes[-1] + 1], nodes[:-1] + 1)


def _range_minima(values: Ints) -> Ints:
    """Sparse table: row k holds the minimum of 2^k values from each on."""
    rows = [values]
    width = 1
    while 2 * width <= values.size:
        last = rows[-1].copy()
        last[:-width] = np.minimum(rows[-1][:-width], rows[-1][width:])
        rows.append(last)
        width *= 2
    return np.stack(rows)


def _common_blocks(
    tree: ClassTree, node: Ints, key: NDArray[Any], block: int | None = None
) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Yield blocks of rows of ``key[lca(i, j)]`` for a key that never falls from parent to child.

    With such a key (node id, distance from the root), the value at the common ancestor of a run of
    classes is the least of the values at the common ancestors of its neighbours.
    """
    order = np.argsort(node)
    position = np.empty_like(order)
    position[order] = np.arange(order.size)
    nodes = node[order]
    n = nodes.size
    between = key[_between(tree.parent, nodes)]
    size = block or max(1, _BLOCK_ELEMENTS // n)
    row = np.empty(n, dtype=key.dtype)
    for start in range(0, n, size):
        rows = slice(start, min(start + size, n))
        common = np.empty((rows.stop - rows.start, n), dtype=key.dtype)
        for out, place in zip(common, position[rows].tolist()):
            row[place] = key[nodes[place]]
            np.minimum.accumulate(between[place:], out=row[place + 1 :])
            np.minimum.accumulate(between[:place][::-1], out=row[:place][::-1])
            np.take(row, position, out=out)
        yield rows, common


def nodes_of(tree: ClassTree, classes: SomeClasses | None) -> Ints:
    """Return the node of each of `classes` (default all), refusing names the tree lacks."""
    if classes is None:
        return tree.class_node
    names = checks.class_names(classes, "classes")
    if not names:
        raise OptionError("classes is empty; name at least one class of the tree.")
    require_classes(tree, names)
    return tree.class_node[[tree.class_index[name] for name in names]]


def require_classes(tree: ClassTree, names: Sequence[str]) -> None:
    """Refuse names that the tree lacks."""
    missing = [name for name in names if name not in tree.class_index]
    if missing:
        raise checks.missing_classes(
            missing, len(names), "the tree", tree.classes, "Name only classes that the tree has."
        )
