"""Splits of unrooted trees, what every two of them share, and their best assignment."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks, memory
from hiertools._core.arrays import Floats, Ints
from hiertools.trees.tree import ClassTree

_BITS = 20
"""Bits to which the auction finds prices, from which the shortest-path assignment starts."""

_BIDS = 150
"""Bids a row after which prices are good enough: ties among unlike scores make finer ones dear."""

_FEW = 0.85
"""Shape below which the shortest-path assignment beats the auction (many columns stay free)."""


class Splits(NamedTuple):
    """The nontrivial splits of a tree, each once, as runs of its depth-first class order."""

    order: Ints
    start: Ints
    stop: Ints

    @property
    def size(self) -> Ints:
        """Classes on the side that the run names, shape (S,)."""
        return self.stop - self.start


def split_of(tree: ClassTree, start: Ints, stop: Ints) -> tuple[Ints, Ints]:
    """Return the run that names the split of each clade: itself, or what it leaves over."""
    # A run that ends with the last class has a complement that is a run, too: name that one.
    last = stop == tree.n_classes
    return np.where(last, 0, start), np.where(last, start, stop)


def splits(tree: ClassTree) -> Splits:
    """Return the splits of a tree that have two classes or more on either side.

    Single-child nodes repeat a clade and the two branches below a binary root are one split; both
    are counted once.

    Examples
    --------
    >>> import hiertools as ht
    >>> found = splits(ht.ClassTree.from_newick("((a,b),((c,d),e));"))
    >>> found.start.tolist(), found.stop.tolist()
    ([0, 2], [2, 4])
    """
    n = tree.n_classes
    start, stop = tree.clade_start, tree.clade_stop
    size = stop - start
    kept = (size > 1) & (size < n - 1)
    start, stop = split_of(tree, start[kept], stop[kept])
    key = np.unique(start * (n + 1) + stop)
    return Splits(tree.class_order, key // (n + 1), key % (n + 1))


class PairScores(NamedTuple):
    """Scores of split i of one tree and j of the other; ``same[i]`` is equal to i, or -1."""

    value: Floats
    same: Ints


def pair_scores(
    kind: int,
    first: Splits,
    second: Splits,
    *,
    table: Floats,
    exponent: float = 1.0,
    relabel: Ints | None = None,
) -> PairScores:
    """Score every split of `first` against every split of `second`.

    `relabel` moves class i of the first tree to the place of class ``relabel[i]``.
    """
    from hiertools._kernels import splits as kernels

    place = np.empty(first.order.size, dtype=np.int64)
    place[first.order] = np.arange(first.order.size)
    if relabel is not None:
        place = place[relabel]
    value = np.empty((first.start.size, second.start.size))
    same = np.full(first.start.size, -1, dtype=np.int64)
    kernels.pair_scores(
        kind,
        np.ascontiguousarray(first.start),
        np.ascontiguousarray(first.stop),
        place,
        np.ascontiguousarray(second.start),
        np.ascontiguousarray(second.stop),
        np.ascontiguousarray(second.order),
        table,
        float(exponent),
        value,
        same,
    )
    return PairScores(value, same)


def best_total(scores: PairScores, *, equals_first: bool, whole: bool = False) -> float:
    """Return the largest sum of scores over one-to-one assignments of splits to splits."""
    total = 0.0
    for rows, columns in best_pairs(scores, equals_first=equals_first, whole=whole):
        total += _sum(scores.value[rows, columns])
    return total


def best_pairs(
    scores: PairScores, *, equals_first: bool, whole: bool = False
) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
    """Return splits assigned one to one so that the sum of their scores is largest.

    Two parts, each the splits of one tree and those of the other: equal ones, where these come
    first, and the rest.

    `equals_first` assigns equal splits to each other before anything else. That loses nothing where
    what two splits do *not* share is a metric (triangle inequality: a detour over the equal split
    never pays), as for mutual information, for symmetric differences and for the Jaccard index. It
    is not so for shared phylogenetic information.
    """
    value, same = scores
    equal = np.flatnonzero(same >= 0) if equals_first else np.empty(0, dtype=np.int64)
    if not equal.size:
        return (equal, equal), best_assignment(value, whole=whole)
    left = np.delete(np.arange(value.shape[0]), equal)
    right = np.delete(np.arange(value.shape[1]), same[equal])
    rows, columns = best_assignment(value[np.ix_(left, right)], whole=whole)
    return (equal, same[equal]), (left[rows], right[columns])


def best_assignment(value: Floats, *, whole: bool = False) -> tuple[Ints, Ints]:
    """Return rows and columns of a largest-sum assignment of a matrix of scores >= 0.

    The sum is the largest, but for rounding. An auction finds prices of columns; whole numbers
    (`whole`) it solves on its own. Otherwise shortest paths finish what it began: they start from
    the scores less prices, and then few of them are long.
    """
    from scipy.optimize import linear_sum_assignment

    short, long = sorted(value.shape)
    if short == 0 or long < 64 or short < _FEW * long:
        return linear_sum_assignment(value, maximize=True)
    top = float(value.max())
    if top <= 0:
        return np.arange(short), np.arange(short)
    scale = long + 1 if whole else 2.0**_BITS / top
    price, mate = _auctioned(value, scale, None if whole else _BIDS * long)
    if not whole:
        cost = np.broadcast_to(price / scale, (long, long)).copy()
        cost[: value.shape[0], : value.shape[1]] -= value
        cost -= cost.min(axis=1)[:, None]
        mate = linear_sum_assignment(cost)[1]
    rows = np.arange(value.shape[0])
    columns = mate[: value.shape[0]]
    kept = columns < value.shape[1]
    return rows[kept], columns[kept]


def _auctioned(value: Floats, scale: float, most: int | None) -> tuple[Ints, Ints]:
    """Return the price of each column, and the column of each row, of a matrix made square.

    In units of 1 / `scale`; with `most`, the last step of prices is the one that takes the bids
    above so many.
    """
    from hiertools._kernels.splits import auction

    long = max(value.shape)
    # What a bid takes is the time to fetch a row from memory.
    narrow = float(value.max()) * scale < np.iinfo(np.int32).max
    padded = np.zeros((long, long), dtype=np.int32 if narrow else np.int64)
    for low in range(0, value.shape[0], 256):  # in blocks: the matrix may fill much of the memory
        block = value[low : low + 256]
        padded[low : low + len(block), : value.shape[1]] = np.rint(block * scale)
    price, mate = np.zeros(long, dtype=np.int64), np.empty(long, dtype=np.int64)
    most = np.iinfo(np.int64).max if most is None else most
    auction(padded, max(int(padded.max()) // 8, 1), most, price, mate)
    return price, mate


def _sum(values: Floats) -> float:
    """Sum in the order of size: the same whatever the order of classes and nodes."""
    return float(np.sort(values).sum())


def require_room(first: Splits, second: Splits) -> None:
    """Refuse splits whose pairs would not fit the memory."""
    short, long = sorted((first.start.size, second.start.size))
    # Scores of all pairs; beside them costs, and for the auction a square of whole numbers.
    pairs = 3 * long**2 if short >= _FEW * long else 2 * short * long
    memory.require(
        8.0 * pairs,
        f"scores of {short:,} by {long:,} splits",
        "restrict both trees to fewer classes, or take robinson_foulds, triplet or quartet.",
    )


def total_scorer(
    kind: int,
    reference: ClassTree,
    other: ClassTree,
    *,
    table: Floats,
    exponent: float = 1.0,
    equals_first: bool,
    whole: bool = False,
) -> Callable[[Ints | None], float]:
    """Return a function: a permutation of the reference's classes (or None) -> best total score.

    Splits are found once; each call scores all pairs anew and assigns them.
    """
    first, second = splits(reference), splits(other)
    require_room(first, second)

    def total(permutation: Ints | None = None) -> float:
        scores = pair_scores(
            kind, first, second, table=table, exponent=exponent, relabel=permutation
        )
        return best_total(scores, equals_first=equals_first, whole=whole)

    return total


def over_permutations(
    total: Callable[[Ints | None], float], distance: Callable[[float], float], n_classes: int
) -> Callable[[Ints], Floats]:
    """Return a function: permutations (P, C) -> the distance under each of them, shape (P,)."""

    def values(permutations: Ints) -> Floats:
        rows = checks.permutations(permutations, n_classes)
        return np.array([distance(total(row)) for row in rows])

    return values


def entropies(tree: ClassTree) -> Floats:
    """Return the entropy in bits of each split as a partition into two, shape (S,)."""
    n = tree.n_classes
    share = splits(tree).size / n
    return -share * np.log2(share) - (1 - share) * np.log2(1 - share)


def x_log_x(n: int) -> Floats:
    """Return x log2 x for x = 0 ... n."""
    x = np.arange(n + 1, dtype=np.float64)
    x[1:] *= np.log2(x[1:])
    return x


def log_rooted_trees(n: int) -> Floats:
    """Return log2 of the number (2x - 3)!! of rooted binary trees of x leaves, x = 0 ... n."""
    steps: NDArray[np.float64] = np.log2(np.maximum(2.0 * np.arange(n + 1) - 3.0, 1.0))
    return np.cumsum(steps)
