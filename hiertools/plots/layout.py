"""Where the leaves and nodes of a drawn tree go, and how few links cross between two trees."""

from __future__ import annotations

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.trees import operations
from hiertools.trees.tree import ClassTree


def leaf_order(tree: ClassTree, key: Floats) -> Ints:
    """Return the classes in a drawing order of the tree: siblings sorted by their mean `key`.

    Parameters
    ----------
    tree : ClassTree
    key : ndarray of float, shape (C,)
        A wanted position for each class.

    Returns
    -------
    ndarray of int, shape (C,)
        Indices into ``tree.classes``; each subtree keeps to a contiguous run.
    """
    parent = tree.parent.tolist()
    counts = (tree.clade_stop - tree.clade_start).astype(np.int64)
    running = np.concatenate([[0.0], np.cumsum(key[tree.class_order])])
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (running[tree.clade_stop] - running[tree.clade_start]) / counts
    mean = np.where(counts > 0, mean, np.inf)
    # A class at an inner node is drawn before the node's children.
    own = np.zeros(tree.n_nodes, dtype=np.int64)
    own[tree.class_node] = 1
    start = [0] * tree.n_nodes
    free = own.tolist()  # how much of a node's run is taken so far
    size = counts.tolist()
    # Parents come before children when sorted by depth; siblings by their mean key.
    for node in np.lexsort((np.arange(tree.n_nodes), mean, tree.depth)).tolist():
        if parent[node] >= 0:
            above = parent[node]
            start[node] = start[above] + free[above]
            free[above] += size[node]
    order = np.empty(tree.n_classes, dtype=np.int64)
    order[np.array(start)[tree.class_node]] = np.arange(tree.n_classes)
    return order


def crossings(positions: Ints) -> int:
    """Return how many pairs of links cross, given the right-hand position of each left-hand leaf.

    Examples
    --------
    >>> crossings(np.array([0, 2, 1, 3])), crossings(np.array([3, 2, 1, 0]))
    (1, 6)
    """
    # Inversions by merging halves: each pass counts, for blocks of doubling size.
    size = 1 << max(len(positions) - 1, 0).bit_length()
    values = np.arange(size)
    values[: len(positions)] = positions
    total, width = 0, 1
    while width < size:
        halves = values.reshape(-1, 2, width)
        # All blocks at once: apart, so that none reaches into the next.
        apart = np.arange(len(halves))[:, None]
        left, right = (halves[:, side] + size * apart for side in (0, 1))
        smaller = np.searchsorted(left.ravel(), right.ravel()).reshape(right.shape) - width * apart
        total += int((width - smaller).sum())
        width *= 2
        values = np.sort(values.reshape(-1, width), axis=1)
    return total


def entanglement(positions: Ints) -> float:
    """Return how far links run from level, given the right-hand position of each left-hand leaf.

    The sum of their rises, each to the power of 1.5, as a share of that of a right-hand side upside
    down (Galili 2015; the power is dendextend's default).

    Examples
    --------
    >>> entanglement(np.array([0, 1, 2])), entanglement(np.array([2, 1, 0]))
    (0.0, 1.0)
    """
    level = np.arange(len(positions))
    rises, worst = (
        float((np.abs(places - level) ** 1.5).sum()) for places in (positions, level[::-1])
    )
    return rises / worst if worst else 0.0


def untangle(left: ClassTree, right: ClassTree, rounds: int = 12) -> tuple[Ints, Ints]:
    """Order the leaves of two trees over the same classes so that few links cross.

    Siblings of one tree are sorted by the mean position of their classes in the other, in turn,
    until that no longer helps; the best arrangement seen is returned. Not proven minimal.

    Parameters
    ----------
    left, right : ClassTree
        Trees with the same ``classes`` in the same order.
    rounds : int
        Passes over both trees, at most.

    Returns
    -------
    ndarray of int, shape (C,)
        Classes from top to bottom in the left tree.
    ndarray of int, shape (C,)
        Classes from top to bottom in the right tree.
    """
    left_order = left.class_order
    best: tuple[int, Ints, Ints] | None = None
    for _ in range(rounds):
        right_order = leaf_order(right, rank(left_order).astype(float))
        left_order = leaf_order(left, rank(right_order).astype(float))
        count = crossings(rank(right_order)[left_order])
        if best is not None and count >= best[0]:
            break
        best = count, left_order, right_order
    assert best is not None
    return best[1], best[2]


def rank(order: Ints) -> Ints:
    """Return the position of each class in an order.

    Examples
    --------
    >>> rank(np.array([2, 0, 1]))
    array([1, 2, 0])
    """
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    return position


def node_positions(tree: ClassTree, order: Ints) -> Floats:
    """Return the position along the leaves of each node: the middle of its outermost children.

    Nodes without classes below them get NaN.
    """
    position = np.full(tree.n_nodes, np.nan)
    position[tree.class_node] = rank(order)
    low, high = position.copy(), position.copy()
    middle = position.tolist()
    lows, highs, parent = low.tolist(), high.tolist(), tree.parent.tolist()
    for node in range(tree.n_nodes - 1, -1, -1):
        if lows[node] == lows[node]:
            middle[node] = (lows[node] + highs[node]) / 2
            above = parent[node]
            if above >= 0:
                if not lows[above] <= middle[node]:
                    lows[above] = middle[node]
                if not highs[above] >= middle[node]:
                    highs[above] = middle[node]
    return np.array(middle)


def node_heights(tree: ClassTree, scale: str = "auto") -> tuple[Floats, list[tuple[float, str]]]:
    """Return how far from the leaves each node is drawn, and the ticks of an axis of heights.

    ``"auto"`` takes merge heights where the tree has them, else levels: all leaves at 0, each inner
    node one step above its highest child. ``"rank"`` spaces the merges evenly, which keeps a
    dendrogram readable whose merges crowd near the root.

    Class vectors in many dimensions are nearly equally far apart. Merge heights are therefore drawn
    from a little below the lowest merge on, not from 0; the ticks tell.

    Returns
    -------
    ndarray of float, shape (N,)
        Between 0 (leaves) and 1 (root).
    list of (float, str)
        Position and text of the ticks; none where the positions are not merge heights.
    """
    parent = tree.parent.tolist()
    height = operations.node_heights(tree).astype(float)
    if tree.heights is None:
        return height / max(height.max(), 1.0), []
    # Centroid and median linkage may merge below a child; draw the parent above it still.
    holds = operations.holds_class(tree)
    values = np.where(holds, np.maximum(tree.heights, 0.0), 0.0).tolist()
    for node in range(tree.n_nodes - 1, 0, -1):
        values[parent[node]] = max(values[parent[node]], values[node])
    merges = np.array(values)
    inner = height > 0
    if not inner.any() or scale == "rank" or merges.max() <= 0:
        ranks = np.zeros(tree.n_nodes)
        ranks[holds] = np.unique(merges[holds], return_inverse=True)[1]
        return ranks / max(ranks.max(), 1.0), []
    low, high = merges[inner].min(), merges[inner].max()
    floor = max(0.0, low - 0.12 * (high - low)) if high > low else 0.0
    drawn = np.where(inner, np.maximum(merges - floor, 0.0), 0.0) / (high - floor)
    ticks = [(float((t - floor) / (high - floor)), f"{t:.3g}") for t in np.linspace(low, high, 4)]
    return drawn, ticks
