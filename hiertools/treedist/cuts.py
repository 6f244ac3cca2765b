"""Cutting a tree by height into groups of classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools._core.near_ties import COMPUTED, join_near_ties
from hiertools.errors import OptionError
from hiertools.treedist.pairs import branching, merge_heights
from hiertools.trees.operations import holds_class
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd


@door
def cut(tree: Any, /, *, k: int | None = None, height: float | None = None) -> pd.Series:
    """Part the classes of a tree into groups by cutting it at a height.

    Two classes share a group where they merge at or below the cut. Nodes of one height are parted
    together, so the order of classes decides nothing.

    Parameters
    ----------
    tree : ClassTree or anything `as_tree` takes
    k : int, optional
        Number of groups. A tree with merges at equal heights, a taxonomy for instance, has cuts
        into some numbers only; others are refused.
    height : float, optional
        Where to cut, at least 0. A node's height is that of its merge where the tree was inferred,
        else its largest distance down to a class, in edges where no lengths are given.

    Returns
    -------
    pandas.Series of int
        Named "group", the group of each class, indexed by class name in the order of
        ``tree.classes``; groups are numbered from 0 in the order in which the tree is drawn.

    Raises
    ------
    OptionError
        Neither k nor a height, or both; a k that no cut gives; a negative height.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad),pike);")
    >>> ht.cut(tree, k=3).to_dict()
    {'lynx': 0, 'wolf': 0, 'newt': 1, 'toad': 1, 'pike': 2}
    >>> ht.cut(tree, height=0.5).nunique(), ht.cut(tree, height=2).nunique()
    (5, 1)
    """
    import pandas as pd

    read = as_tree(tree)
    if (k is None) == (height is None):
        raise OptionError("cut() takes one of k= (a number of groups) and height=; give one.")
    if k is not None:
        number = checks.whole_number(k, "k", least=1)
        possible = possible_cuts(read)
        if number not in possible:
            near = sorted(sorted(possible, key=lambda other: abs(other - number))[:5])
            raise OptionError(
                f"no cut by height parts this tree into {number} groups; the nearest numbers are "
                f"{', '.join(map(str, near))}."
            )
        groups = groups_in_cut(read, number)
    else:
        assert height is not None
        if not 0 <= height < np.inf:
            raise OptionError(f"height must be a number of at least 0; got {height!r}.")
        # A merge at this height, up to rounding, lies below the cut.
        parting = _parting_heights(read)
        both = join_near_ties(
            np.append(np.maximum(parting, 0.0), height), COMPUTED * max(float(parting.max()), 0.0)
        )
        groups = _runs(read, np.where(parting < 0, parting, both[:-1]) > both[-1])
    return pd.Series(groups, index=pd.Index(read.classes, name="class"), name="group")


def _nested_heights(tree: ClassTree) -> Floats:
    """Return the height at which each node merges, none below that of a node under it."""
    height = merge_heights(tree).tolist()
    parent = tree.parent.tolist()
    holds = holds_class(tree).tolist()
    for node in range(tree.n_nodes - 1, 0, -1):
        if holds[node]:
            height[parent[node]] = max(height[parent[node]], height[node])
    return np.array(height)


def _at_partings(tree: ClassTree, per_node: NDArray[Any], first: Any) -> NDArray[Any]:
    """Return the value of the node at which each class and the one before it part.

    In depth-first order, in which groups are runs; `first` stands for the first class.
    """
    start, parent = tree.clade_start, tree.parent
    later = np.flatnonzero((start[1:] > start[parent[1:]]) & (tree.clade_stop[1:] > start[1:])) + 1
    found = np.empty(tree.n_classes, dtype=per_node.dtype)
    found[start[later]] = per_node[parent[later]]
    found[0] = first
    return found


def _parting_heights(tree: ClassTree) -> Floats:
    return _at_partings(tree, _nested_heights(tree), -1.0)


def _runs(tree: ClassTree, parts: NDArray[np.bool_]) -> Ints:
    """Return the group of each class, where a new group begins at each class that `parts`."""
    groups = np.empty(tree.n_classes, dtype=np.int64)
    groups[tree.class_order] = np.cumsum(parts)
    return groups


def groups_at_cuts(tree: ClassTree) -> tuple[Ints, Ints]:
    """Return, per node, the number of groups at the lowest cut above and the highest below it.

    Nodes of one height are parted together. Where a node lies above its parent (an inversion), the
    parent is taken to merge where the node does.
    """
    fall = -_nested_heights(tree)
    order = np.argsort(fall, kind="stable")
    parts = np.maximum(branching(tree) - 1, 0)[order]
    groups = 1 + np.concatenate([[0], np.cumsum(parts)])
    falls = fall[order]
    return (
        groups[np.searchsorted(falls, fall, side="left")],
        groups[np.searchsorted(falls, fall, side="right")],
    )


def possible_cuts(tree: ClassTree) -> list[int]:
    """Return the numbers of groups into which cuts by height part a tree, in order.

    Examples
    --------
    >>> import hiertools as ht
    >>> possible_cuts(ht.ClassTree.from_newick("((a,b),(c,d),e);"))
    [1, 3, 5]
    """
    found: list[int] = partings(tree).possible.tolist()
    return found


class Partings(NamedTuple):
    """When the nodes of a tree are parted by cuts ever lower, told by numbers of groups."""

    at: Ints
    """With how many groups each node is parted, shape (N,)."""
    possible: Ints
    """The numbers of groups there are, rising."""


def partings(tree: ClassTree) -> Partings:
    """Return when each node of a tree is parted, and into how many groups cuts can part it."""
    at = groups_at_cuts(tree)[1]
    return Partings(at, np.union1d(1, at[branching(tree) > 1]))


def groups_in_cut(tree: ClassTree, k: int) -> Ints:
    """Return the group of each class when the tree is cut by height into at most k, shape (C,).

    The cut that gives k groups, or where none does, the next smaller number. Groups are numbered
    from 0 in depth-first order.

    Examples
    --------
    >>> import hiertools as ht
    >>> groups_in_cut(ht.ClassTree.from_newick("((a,b),(c,d),e);"), 4)
    array([0, 0, 1, 1, 2])
    """
    (groups,) = cuts(tree, [k])
    return groups


def cuts(tree: ClassTree, numbers: Iterable[int]) -> Iterator[Ints]:
    """Yield `groups_in_cut` for several k."""
    parts_at = _at_partings(tree, groups_at_cuts(tree)[1], np.iinfo(np.int64).max)
    return (_runs(tree, parts_at <= k) for k in numbers)


class CutSums(NamedTuple):
    """What cuts of a tree into at most k groups have, for several k."""

    groups: Ints
    """How many groups there are."""
    pairs: Floats
    """Ordered pairs of classes of one group."""
    triples: Floats
    """Ordered triples of classes of one group."""


def cut_sums(tree: ClassTree, parted: Partings, numbers: Ints) -> CutSums:
    """Count what is together in cuts of a tree, without the cuts.

    A node is a group of the cuts in which its parent is parted and it is not, so its pairs come in
    at one number of groups and go out at another.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((a,b),(c,d),e);")
    >>> sums = cut_sums(tree, partings(tree), np.array([2, 3, 4, 5]))
    >>> sums.groups, sums.pairs, sums.triples
    (array([1, 3, 3, 5]), array([20.,  4.,  4.,  0.]), array([60.,  0.,  0.,  0.]))
    """
    out, possible = parted
    into = np.append(0, out[tree.parent[1:]])
    size = tree.clade_stop - tree.clade_start
    pairs = size * (size - 1)

    def together(held: Ints) -> Floats:
        found = _up_to(numbers, into, held) - _up_to(numbers, out, held)
        return found.astype(np.float64)

    return CutSums(
        possible[np.searchsorted(possible, numbers, side="right") - 1],
        together(pairs),
        together(pairs * (size - 2)),
    )


def _up_to(numbers: Ints, at: Ints, held: Ints) -> Ints:
    """Return, for each number, the sum of what is held at this number or below."""
    order = np.argsort(at)
    total: Ints = np.append(0, np.cumsum(held[order]))  # may run over: the differences don't
    return total[np.searchsorted(at[order], numbers, side="right")]


def pairs_in_both(
    reference: ClassTree, other: ClassTree, parted: Sequence[Partings], numbers: Ints
) -> Floats:
    """Count the ordered pairs of classes that cuts of both trees into at most k keep together.

    Two classes are together until the node at which they meet is parted. Cuts of both trees go up
    together, and each merger adds its pairs: C log^2 C steps.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("(((a,b),c),(d,(e,f)));")
    >>> pairs_in_both(tree, tree, [partings(tree)] * 2, np.array([2, 4, 6]))
    array([12.,  4.,  0.])
    """
    from hiertools._kernels.pairs_together import pairs_together

    first, second = (_joins(tree, each.at) for tree, each in zip((reference, other), parted))
    rising, places = np.unique(numbers, return_inverse=True)
    found = np.empty(rising.size, dtype=np.int64)
    pairs_together(reference.n_classes, *first, *second, rising, found)
    kept: Floats = found[places].astype(np.float64)
    return kept


def _joins(tree: ClassTree, at: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the node above each node and class, and when which of them join it as cuts go up.

    See the kernel; ``at`` is that of `Partings`.
    """
    above = np.append(tree.parent, tree.class_node)
    # What lies below a node has a larger number than it, and is parted no sooner.
    upwards = np.arange(above.size - 1, 0, -1)
    order = upwards[np.argsort(-at[above[upwards]], kind="stable")]
    return above, order, at[above[order]]


def group_sizes(groups: Ints) -> Floats:
    """Return the size of each group, as floats that can be squared without overflow."""
    return np.bincount(groups).astype(np.float64)
