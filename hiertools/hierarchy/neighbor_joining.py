"""Neighbour joining: an inferred hierarchy that does not assume equal rates of change."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, overload

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools._core.keyed import keyed_order
from hiertools.errors import OptionError
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.trees.tree import ClassTree

__all__ = ["neighbor_joining"]

_ROUNDING = 1e-12
"""How far rounding parts equal paths of a joined tree, as a share of them."""

ROOTINGS = ("midpoint", "last_join")


@overload
def neighbor_joining(
    matrix: DistanceMatrix,
    /,
    *,
    rooting: str = ...,
    details: Literal[False] = ...,
    random_state: int = ...,
) -> ClassTree: ...
@overload
def neighbor_joining(
    matrix: DistanceMatrix,
    /,
    *,
    rooting: str = ...,
    details: Literal[True],
    random_state: int = ...,
) -> tuple[ClassTree, dict[str, Any]]: ...
@door
def neighbor_joining(
    matrix: DistanceMatrix,
    /,
    *,
    rooting: str = "midpoint",
    details: bool = False,
    random_state: int = 0,
) -> ClassTree | tuple[ClassTree, dict[str, Any]]:
    r"""Return the neighbour-joining tree of a distance matrix.

    Of the r nodes left, the two that minimise

    .. math:: q(i, j) = d(i, j) - u_i - u_j, \qquad u_i = \frac{1}{r - 2} \sum_k d(i, k)

    are joined by a new node k with edges :math:`(d(i, j) \pm (u_i - u_j)) / 2`, and
    :math:`d(k, m) = (d(i, m) + d(j, m) - d(i, j)) / 2`, until three nodes are left. Distances that
    are path lengths of a tree give back that tree.

    Parameters
    ----------
    matrix : DistanceMatrix
    rooting : {"midpoint", "last_join"}
        Neighbour joining makes an unrooted tree. "midpoint" roots it half-way between the two
        classes that are farthest apart on it, "last_join" at the node made last.
    details : bool
        Return also what became of negative edges, and the number of ties.
    random_state : int
        Seed of the order in which ties are broken.

    Returns
    -------
    tree : ClassTree
        Binary below a root of two or three children, with lengths in the unit of the distances and
        without heights (nodes of such a tree have none).
    info : dict, with ``details=True``
        ``n_negative``: edges that came out negative; ``most_negative``: the least of them, else 0;
        ``n_tied``: joins before which another pair was as good.

    Raises
    ------
    OptionError
        An unknown rooting.

    Notes
    -----
    The tree is the canonical one: no pair is passed over by a heuristic. Among q that are equal up
    to rounding, the pair first in an order of the classes is joined that `random_state` draws by a
    hash of their names: neither the names themselves nor the order given decide. A negative edge is
    set to 0 and the difference added to its sibling, so that the two stay as far apart (Kuhner and
    Felsenstein 1994).

    About :math:`16 C^2` bytes of memory, and a second or two for 5,000 classes.

    References
    ----------
    Saitou and Nei 1987, doi:10.1093/oxfordjournals.molbev.a040454; Studier and Keppler 1988,
    doi:10.1093/oxfordjournals.molbev.a040527; Kuhner and Felsenstein 1994,
    doi:10.1093/oxfordjournals.molbev.a040126.

    Examples
    --------
    >>> from hiertools import DistanceMatrix
    >>> from hiertools.hierarchy.neighbor_joining import neighbor_joining
    >>> matrix = DistanceMatrix([3, 7, 8, 8, 9, 3], ["lynx", "wolf", "newt", "toad"])
    >>> neighbor_joining(matrix).to_newick()
    '((newt:1,toad:2):2.5,(lynx:1,wolf:2):2.5);'
    """
    checks.option(rooting, ROOTINGS, "rooting")
    if not isinstance(matrix, DistanceMatrix):
        raise OptionError(
            f"neighbor_joining needs a DistanceMatrix; got {type(matrix).__name__}. "
            "hiertools.distances makes one of representatives."
        )
    seed = checks.whole_number(random_state, "random_state", most=None)
    matrix = matrix.take(sorted(matrix.classes))
    tree, info = joined_tree(matrix, keyed_order(matrix.classes, seed), rooting)
    return (tree, info) if details else tree


def joined_tree(
    matrix: DistanceMatrix, order: Ints, rooting: str = "midpoint"
) -> tuple[ClassTree, dict[str, Any]]:
    """Return what `neighbor_joining` does; of equal pairs, the first in `order` is joined."""
    n = matrix.n_classes
    joined = _join(matrix.square(), order)
    if rooting == "midpoint":
        joined = _at_midpoint(joined, order)
    tree = ClassTree(
        joined.parent,
        matrix.classes,
        np.arange(n),
        length=joined.length,
        labels=[*matrix.classes, *[""] * (joined.parent.size - n)],
    )
    return tree, {
        "n_negative": joined.n_negative,
        "most_negative": joined.most_negative,
        "n_tied": joined.n_tied,
    }


class _Joined(NamedTuple):
    """Classes are nodes 0 .. C - 1, and every parent has a larger id than its children."""

    parent: Ints
    length: Floats
    n_negative: int = 0
    most_negative: float = 0.0
    n_tied: int = 0


def _join(square: Floats, order: Ints) -> _Joined:
    """Join all classes; `square`, their distances, is used up."""
    n = square.shape[0]
    if n == 1:
        return _Joined(np.array([-1]), np.zeros(1))
    if n == 2:
        half = float(square[0, 1]) / 2
        return _Joined(np.array([2, 2, -1]), np.array([half, half, 0.0]))
    from hiertools._kernels.neighbor_joining import join_all

    largest = float(square.max())
    pair, edge, last, gap, tied = join_all(square, order)
    center = 2 * n - 3
    parent = np.full(center + 1, -1, dtype=np.int64)
    length = np.zeros(center + 1)
    parent[pair] = np.arange(n, center)[:, None]
    together = np.maximum(edge.sum(axis=1), 0.0)
    first = np.clip(edge[:, 0], 0.0, together)
    length[pair[:, 0]], length[pair[:, 1]] = first, together - first
    star = np.array([gap[0] + gap[1] - gap[2], gap[0] + gap[2] - gap[1], gap[1] + gap[2] - gap[0]])
    star /= 2
    low = min(float(star.min()), 0.0)
    parent[last] = center
    # At most one of the three is negative unless distances between joins are; siblings share it.
    length[last] = np.maximum(np.where(star < 0, 0.0, star + low), 0.0)
    edges = np.concatenate([edge.ravel(), star])
    # Rounding makes an edge of 0 negative now and then; that is not worth counting.
    negative = edges < -1e-12 * largest
    return _Joined(
        parent,
        length,
        int(negative.sum()),
        float(edges[negative].min()) if negative.any() else 0.0,
        int(tied),
    )


def _at_midpoint(joined: _Joined, order: Ints) -> _Joined:
    """Root half-way between the two classes that are farthest apart, the first ones in order."""
    parent, length = joined.parent.tolist(), joined.length.tolist()
    center = len(parent) - 1
    below_root = [0.0] * len(parent)
    for v in range(center - 1, -1, -1):
        below_root[v] = below_root[parent[v]] + length[v]
    end = _farthest(below_root, order)
    away = _distances_from(end, parent, length)
    far = _farthest(away, order)
    total = away[far]
    if total <= 0:
        return joined
    # The midpoint lies on the way up from the deeper of the two.
    climbed, tolerance = 0.0, _ROUNDING * total
    below = end if below_root[end] >= below_root[far] - tolerance else far
    while climbed + length[below] < total / 2 - tolerance:
        climbed += length[below]
        below = parent[below]
    rest = climbed + length[below] - total / 2
    if rest <= tolerance:
        root = parent[below]
    else:  # a new node on the edge
        root = len(parent)
        parent.append(parent[below])
        length.append(rest)
        parent[below], length[below] = root, length[below] - rest
    above, carried, v = -1, 0.0, root
    while v >= 0:  # turn the edges between the new root and the old one
        following, edge = parent[v], length[v]
        parent[v], length[v] = above, carried
        above, carried, v = v, edge, following
    return joined._replace(parent=np.array(parent), length=np.array(length))


def _farthest(away: list[float], order: Ints) -> int:
    """Return the farthest class, the first in order of those that only rounding keeps apart."""
    classes = order.tolist()
    most = max(away[i] for i in classes)
    first: int = next(i for i in classes if away[i] >= most * (1 - _ROUNDING))
    return first


def _distances_from(start: int, parent: list[int], length: list[float]) -> list[float]:
    """Return the path length from `start` to every node."""
    away = [-1.0] * len(parent)
    v, walked = start, 0.0
    while v >= 0:
        away[v] = walked
        walked += length[v]
        v = parent[v]
    for v in range(len(parent) - 2, -1, -1):
        if away[v] < 0:
            away[v] = away[parent[v]] + length[v]
    return away
