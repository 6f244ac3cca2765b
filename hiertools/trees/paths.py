"""Path distances and lowest common ancestors: everything that asks how two nodes meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks, memory
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools._core.own_names import SomeClasses
from hiertools._core.threads import available_threads, thread_map
from hiertools.errors import OptionError, TreeError
from hiertools.trees.tree import ClassTree

_BLOCK_ELEMENTS = 1 << 22
"""Pairs a block: 32 MB of float64."""

_FEW = 256
"""Up to so many classes numpy is quick enough, and nothing has to be compiled."""

_TO_A_THREAD = 1 << 18
"""Pairs for which another thread pays."""


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
    id among the common ancestors of neighbours in it: one running minimum a row, and no memory
    beyond the result. Rows are shared among threads. `iter_path_distances` gives blocks of rows for
    trees whose matrix doesn't fit.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> ht.path_distances(tree, ["lynx", "wolf", "newt"])
    array([[0., 2., 3.],
           [2., 0., 3.],
           [3., 3., 0.]])
    """
    line = line_of(tree, classes)
    write = _path_writer(tree, line, kind)
    advice = "take fewer classes, or blocks of rows by iter_path_distances."
    return _whole(write, line, "path distances", advice)


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
    line = line_of(tree, classes)
    yield from _in_blocks(_path_writer(tree, line, kind), line, np.float64, block)


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
    line = line_of(tree, classes)
    write = _value_writer(tree, line, np.arange(tree.n_nodes))
    return _whole(write, line, "common ancestors", "give fewer classes.", np.int64)


def meeting_values(tree: ClassTree, value: Floats) -> Floats:
    """Return the value of the lowest common ancestor of every two classes, shape (C, C)."""
    line = line_of(tree, None)
    write = _value_writer(tree, line, value)
    return _whole(write, line, "values at common ancestors", "restrict both trees to fewer.")


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
    first, second = (checks.unmasked(ids, "lca's node ids", TreeError) for ids in (a, b))
    try:
        first, second = np.broadcast_arrays(first, second)
    except ValueError:
        raise TreeError(
            f"lca needs two arrays of node ids whose shapes go together; got {first.shape} and "
            f"{second.shape}."
        ) from None
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


class Line(NamedTuple):
    """Classes in depth-first order: what lies between two of them tells where they meet."""

    order: Ints
    """Which classes they are, by their places among those asked for."""
    place: Ints
    """Where in the line each class is."""
    nodes: Ints
    """Their nodes, of rising ids."""
    between: Ints
    """The node at which each meets the next."""


def line_of(tree: ClassTree, classes: SomeClasses | None) -> Line:
    """Return the line of some classes of a tree, or of all."""
    node = nodes_of(tree, classes)
    order = np.argsort(node)
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return Line(order, place, node[order], _between(tree.parent, node[order]))


def heights_of(tree: ClassTree, kind: str) -> Floats:
    """Return the distance of each node from the root, in lengths or in edges."""
    checks.option(kind, ("length", "edges"), "kind")
    return tree.root_distance if kind == "length" else tree.depth.astype(np.float64)


Writer = Callable[[Ints, NDArray[Any]], None]
"""Fills rows: those of classes at some places in the line."""


def _path_writer(tree: ClassTree, line: Line, kind: str) -> Writer:
    height = heights_of(tree, kind)
    own, between = height[line.nodes], height[line.between]

    def write(places: Ints, out: NDArray[Any]) -> None:
        if line.order.size > _FEW:
            from hiertools._kernels.path_rows import path_rows

            path_rows(places, between, own, line.order, out)
            return
        meet = lca(tree, line.nodes[places, None], line.nodes)
        found = (own[places, None] + own) - 2.0 * height[meet]
        # Sums of lengths cancel only up to rounding; a class is at 0 from itself, and no distance
        # is below 0.
        found[np.arange(places.size), places] = 0.0
        out[:, line.order] = np.maximum(found, 0.0)

    return write


def edge_counts(tree: ClassTree, classes: SomeClasses | None) -> NDArray[Any]:
    """Return how many edges lie between every two classes, shape (C, C): bytes if these do."""
    line = line_of(tree, classes)
    dtype = np.uint8 if 2 * int(tree.depth.max()) <= PathRows.MOST else np.int32
    write = _path_writer(tree, line, "edges")
    return _whole(write, line, "path distances", "take fewer classes.", dtype)


class PathRows:
    """Numbers of edges between classes, as rows that are made when they are asked for.

    Trees alone without lengths, in which no two classes are farther apart than `MOST`.
    """

    MOST = 255
    """What a byte holds."""

    def __init__(self, tree: ClassTree, classes: SomeClasses | None) -> None:
        self._line = line_of(tree, classes)
        self._write = _path_writer(tree, self._line, "edges")
        self.values = np.arange(2.0 * int(tree.depth.max()) + 1.0)

    @classmethod
    def fit(cls, tree: ClassTree) -> bool:
        """Tell whether a tree's distances are of this kind."""
        return not tree.has_lengths and 2 * int(tree.depth.max()) <= cls.MOST

    def rows(self, rows: slice) -> NDArray[np.uint8]:
        """Return some rows, shape (rows, C); the n-th lowest of `values` is n."""
        places = self._line.place[rows]
        found = np.empty((places.size, self._line.order.size), dtype=np.uint8)
        self._write(places, found)
        return found


def _value_writer(tree: ClassTree, line: Line, value: NDArray[Any]) -> Writer:
    def write(places: Ints, out: NDArray[Any]) -> None:
        if line.order.size > _FEW:
            from hiertools._kernels.path_rows import value_rows

            value_rows(places, line.between, line.nodes, value, line.order, out)
        else:
            out[:, line.order] = value[lca(tree, line.nodes[places, None], line.nodes)]

    return write


def _whole(
    write: Writer, line: Line, what: str, advice: str, dtype: type[Any] = np.float64
) -> NDArray[Any]:
    """Return the matrix that a writer fills, if it fits in memory."""
    n = line.order.size
    memory.require(np.dtype(dtype).itemsize * float(n) * n, f"{what} of {n:,} classes", advice)
    matrix = np.empty((n, n), dtype=dtype)
    fill_rows(write, line, slice(0, n), matrix)
    return matrix


def _in_blocks(
    write: Writer, line: Line, dtype: Any, block: int | None = None
) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Yield the matrix that a writer fills in blocks of rows, and which rows they are."""
    n = line.order.size
    size = block or max(1, _BLOCK_ELEMENTS // n)
    for start in range(0, n, size):
        rows = slice(start, min(start + size, n))
        part = np.empty((rows.stop - start, n), dtype=dtype)
        fill_rows(write, line, rows, part)
        yield rows, part


def fill_rows(write: Writer, line: Line, rows: slice, out: NDArray[Any]) -> None:
    """Fill the rows of some classes, in several threads where these pay."""
    places = line.place[rows]
    number = min(available_threads(), 1 + out.size // _TO_A_THREAD, places.size)
    pieces = zip(np.array_split(places, number), np.array_split(out, number))
    thread_map(lambda piece: write(*piece), pieces)


def nodes_of(tree: ClassTree, classes: SomeClasses | None) -> Ints:
    """Return the node of each of `classes` (default all), refusing names the tree lacks."""
    if classes is None or (isinstance(classes, tuple) and classes == tree.classes):
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
