"""Path distances as small whole numbers, for whoever only asks which are equal or larger.

Tree distances take few distinct values. Ranks, ties and neighbours need no more than their order,
so a block of rows in one or two bytes a pair does the work of one in eight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools._core.near_ties import join_near_ties
from hiertools._core.own_names import SomeClasses
from hiertools._core.threads import available_threads, thread_map
from hiertools.trees.paths import Line, fill_rows, heights_of, line_of
from hiertools.trees.tree import ClassTree

_MOST = 1 << 20


@dataclass(frozen=True, eq=False)
class PathCodes:
    """Path distances of every two classes of a tree, as codes that rise with them.

    Of a tree without lengths, codes are distances: numbers of edges. Otherwise code k stands for
    the k-th distance, ``values[k]``. Code 0 is distance 0, that of a class from itself.
    """

    values: Floats
    """The distance that each code stands for, rising, shape (K,). Some may not occur."""
    dtype: np.dtype[Any]
    """The smallest type of whole number that holds all codes: int8, int16 or int32."""
    _line: Line
    _height: NDArray[Any]
    _between: NDArray[Any]
    _table: tuple[Ints, NDArray[Any]] | None

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self._line.order.size

    def block(self, rows: slice, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return the codes between the classes of some rows and all classes.

        Parameters
        ----------
        rows : slice
            With a start and a stop within the classes, and no step.
        out : ndarray of `dtype`, shape (rows, C), optional
            Where to write them.

        Returns
        -------
        ndarray of `dtype`, shape (rows, C)
            As many threads write it as are available; inside of a `thread_map` that is one.
        """
        if out is None:
            out = np.empty((rows.stop - rows.start, self.n_classes), dtype=self.dtype)
        fill_rows(self._write, self._line, rows, out)
        return out

    def _write(self, places: Ints, out: NDArray[Any]) -> None:
        from hiertools._kernels import path_rows as kernels

        order = self._line.order
        if self._table is None:
            kernels.path_rows(places, self._between, self._height, order, out)
        else:
            kernels.code_rows(places, self._between, self._height, order, *self._table, out)


def path_codes(
    tree: ClassTree,
    classes: SomeClasses | None = None,
    *,
    kind: str = "length",
    tolerance: float = 0.0,
    most: int = _MOST,
) -> PathCodes | None:
    """Return the path distances of a tree as codes, to be had in blocks of rows.

    Parameters
    ----------
    tree, classes, kind
        As for `hiertools.path_distances`.
    tolerance : float
        Distances that `join_near_ties` makes equal at this tolerance get one code. It looks at
        distances of two different classes, as where all pairs are joined at once.
    most : int
        How many distinct distances there may be.

    Returns
    -------
    PathCodes or None
        None where more than `most` distances differ, as of trees with measured lengths, in which
        nearly every pair has a distance of its own.

    Notes
    -----
    Without lengths nothing is computed beforehand. With lengths all pairs are looked at once,
    without a matrix of them.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx:1,wolf:1):0.5,newt:4.5);")
    >>> codes = path_codes(tree, ["newt", "lynx", "wolf"])
    >>> codes.values, codes.dtype
    (array([0., 2., 6.]), dtype('int8'))
    >>> codes.block(slice(0, 2))
    array([[0, 2, 2],
           [2, 0, 1]], dtype=int8)
    """
    line = line_of(tree, classes)
    if kind == "edges" or not tree.has_lengths:
        depth = tree.depth[line.nodes]
        values = np.arange(2.0 * depth.max() + 1.0)
        edges = depth.astype(np.int32), tree.depth[line.between].astype(np.int32)
        return PathCodes(values, _dtype(values.size), line, *edges, None)
    height, between = heights_of(tree, kind)[line.nodes], heights_of(tree, kind)[line.between]
    found = _distinct(height, between, most)
    if found is None:
        return None
    joined = join_near_ties(found, tolerance)
    values = np.unique(np.append(joined, 0.0))
    dtype = _dtype(values.size)
    code = np.searchsorted(values, joined).astype(dtype)
    return PathCodes(values, dtype, line, height, between, _table(found, code))


def _distinct(height: Floats, between: Floats, most: int) -> Floats | None:
    """Return the distances of two different classes, each once, rising; None if too many."""
    from hiertools._kernels import path_rows as kernels

    step = available_threads()
    pieces = thread_map(
        lambda first: kernels.distinct_distances(first, step, between, height, most), range(step)
    )
    found = np.unique(np.concatenate(pieces).view(np.float64))
    return None if found.size > most else found


def _table(distances: Floats, code: NDArray[Any]) -> tuple[Ints, NDArray[Any]]:
    from hiertools._kernels import path_rows as kernels

    size = 1 << int(2 * distances.size + 2).bit_length()
    keys = np.full(size, kernels.EMPTY, dtype=np.int64)
    codes = np.zeros(size, dtype=code.dtype)  # what is not there is a class's own distance, 0
    kernels.code_table(distances.view(np.int64), code, keys, codes)
    return keys, codes


def _dtype(count: int) -> np.dtype[Any]:
    fitting = (kind for kind in (np.int8, np.int16, np.int32) if count - 1 <= np.iinfo(kind).max)
    return np.dtype(next(fitting))
