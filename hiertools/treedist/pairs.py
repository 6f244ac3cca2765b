"""Numbers that a tree gives to every pair of classes, and their products under relabelling."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.near_ties import COMPUTED, join_near_ties
from hiertools._core.units import binary_unit
from hiertools.trees.operations import node_heights
from hiertools.trees.paths import meeting_values
from hiertools.trees.tree import ClassTree


def merge_heights(tree: ClassTree) -> Floats:
    """Return the height at which each node's classes merge, shape (N,).

    The tree's ``heights`` where it has them (an inferred tree); else the largest distance down to a
    class, in edges where no lengths are given (a taxonomy). Heights that rounding alone keeps apart
    are equal: a tree written out and read back, or in another unit, has the same order of merges.
    """
    if tree.heights is None and not tree.has_lengths:
        return node_heights(tree).astype(np.float64)
    heights = _reaches(tree) if tree.heights is None else tree.heights
    return join_near_ties(heights, COMPUTED * float(np.abs(heights).max(initial=0.0)))


def _reaches(tree: ClassTree) -> Floats:
    """Return the largest distance from each node down to a class, by lengths."""
    reach = np.full(tree.n_nodes, -np.inf)
    reach[tree.class_node] = tree.root_distance[tree.class_node]
    for node, parent in zip(range(tree.n_nodes - 1, 0, -1), tree.parent[:0:-1].tolist()):
        reach[parent] = max(reach[parent], reach[node])
    return np.maximum(reach - tree.root_distance, 0.0)


def pair_values(tree: ClassTree, per_node: NDArray[np.float64]) -> Floats:
    """Return the value of the lowest common ancestor of every two classes, shape (C, C).

    Symmetric; the diagonal is 0.
    """
    values = meeting_values(tree, per_node)
    np.fill_diagonal(values, 0.0)
    return values


def branching(tree: ClassTree) -> Ints:
    """Return into how many groups of classes each node parts its own, shape (N,).

    Its children that hold classes, and itself if a class sits on it and there are any.
    """
    size = tree.clade_stop - tree.clade_start
    groups = np.zeros(tree.n_nodes, dtype=np.int64)
    np.add.at(groups, tree.parent[1:][size[1:] > 0], 1)
    groups[tree.class_node] += 1
    return groups


def pairs_at(tree: ClassTree) -> Floats:
    """Return of how many pairs of classes each node is the lowest common ancestor, shape (N,)."""
    size = (tree.clade_stop - tree.clade_start).astype(np.float64)
    pairs = size * (size - 1) / 2
    own = pairs.copy()
    np.subtract.at(own, tree.parent[1:], pairs[1:])
    return own


def centred(tree: ClassTree, per_node: Floats) -> tuple[Floats, float]:
    """Return pair values less their mean, zero diagonal (C, C), and their norm over pairs i < j.

    In a unit of their own, as correlations don't see it.
    """
    weight = pairs_at(tree)
    meet = weight > 0  # no pair meets at the other nodes, so their values say nothing
    weight, values = weight[meet], per_node[meet]
    n_pairs = max(float(weight.sum()), 1.0)
    values = values / binary_unit(values)
    off = np.zeros(tree.n_nodes)
    off[meet] = values - weight @ values / n_pairs
    norm = float(np.sqrt(weight @ off[meet] ** 2))
    scale = float(np.abs(values).max(initial=0.0)) * np.sqrt(n_pairs)
    return pair_values(tree, off), norm if norm > 1e-12 * scale else 0.0


def products(first: Floats, second: Floats) -> Callable[[Ints | None], Floats]:
    """Return a function: permutations (P, C) -> sum over i < j of ``second[i, j] first[p_i, p_j]``.

    `None` stands for the classes as they are, one value.
    """

    def sums(permutations: Ints | None) -> Floats:
        if permutations is None:
            return np.array([np.einsum("ij,ij->", first, second) / 2])
        from hiertools._core.threads import available_threads, thread_map
        from hiertools._kernels.spearman import permuted_row_products

        rows = checks.permutations(permutations, len(first))
        out = np.empty(rows.shape)
        pieces = np.array_split(np.arange(len(rows)), min(available_threads(), max(len(rows), 1)))

        def work(piece: Ints) -> None:
            if piece.size:
                part = slice(int(piece[0]), int(piece[-1]) + 1)
                permuted_row_products(second, first, rows[part], True, out[part])

        thread_map(work, pieces)
        sums: Floats = out.sum(axis=1)
        return sums

    return sums


def correlation(
    reference: ClassTree, other: ClassTree, first: Floats, second: Floats
) -> Callable[[Ints | None], Floats]:
    """Return a function: permutations (or None) -> Pearson correlation of two values per node."""
    a, norm_a = centred(reference, first)
    b, norm_b = centred(other, second)
    sums = products(a, b)

    def values(permutations: Ints | None) -> Floats:
        total = sums(permutations)
        if norm_a == 0 or norm_b == 0:
            return np.full(total.shape, np.nan)
        return np.clip(total / (norm_a * norm_b), -1.0, 1.0)

    return values


def constant_note(reference: ClassTree, first: Floats, what: str) -> str:
    """Say which of two trees has all values equal, so that nothing can be correlated."""
    constant = centred(reference, first)[1] == 0
    which = "reference" if constant else "other tree"
    return f"All pairs of classes have equal {what} in the {which}, so there is no correlation."
