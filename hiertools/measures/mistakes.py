"""How far do predictions fall from the truth in the tree? Costs of single predictions and rankings.

Every function takes a matrix over classes (tree distances, say), the labels, and predictions ranked
from the most to the least likely, and returns one number a sample; a model's score is their mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools.errors import PredictionsError
from hiertools.measures.branches import Relations, relations
from hiertools.measures.hierarchical_f1 import wu_palmer
from hiertools.measures.ties import Ties
from hiertools.trees.operations import node_heights
from hiertools.trees.paths import lca_nodes, path_distances
from hiertools.trees.tree import ClassTree

__all__ = [
    "HP_VARIANTS",
    "ClassPairs",
    "ball_radius",
    "distance_at_k",
    "hierarchical_precision_at_k",
    "hit_at_k",
    "ranking",
    "top_k",
]

HP_VARIANTS = ("devise", "paper", "similarity", "ancestors")


@dataclass(frozen=True, eq=False)
class ClassPairs:
    """What a tree says about every two of some classes, each matrix computed when first needed.

    Parameters
    ----------
    tree : ClassTree
    classes : tuple of str
        Which classes, in which order.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> pairs = ClassPairs(tree, ("lynx", "wolf", "newt"))
    >>> pairs.distance[0]
    array([0., 2., 3.])
    >>> pairs.lca_height[0], pairs.lca_depth[0]
    (array([0, 1, 2]), array([2, 1, 0]))
    """

    tree: ClassTree
    classes: tuple[str, ...]

    @cached_property
    def distance(self) -> Floats:
        """Path distances, shape (C, C)."""
        return path_distances(self.tree, self.classes)

    @cached_property
    def lca(self) -> Ints:
        """Lowest common ancestors, shape (C, C): node ids."""
        return lca_nodes(self.tree, self.classes)

    @cached_property
    def lca_depth(self) -> Ints:
        """Edges from the root to the lowest common ancestor, shape (C, C); higher is nearer."""
        return self.tree.depth[self.lca]

    @cached_property
    def lca_height(self) -> Ints:
        """Largest number of edges from the lowest common ancestor down to a class, shape (C, C).

        0 on the diagonal: a class at an inner node counts as a leaf below it.
        """
        height = self.node_heights[self.lca]
        np.fill_diagonal(height, 0)
        return height

    @cached_property
    def node_heights(self) -> Ints:
        """Largest number of edges from each node down to a class, shape (nodes,)."""
        return node_heights(self.tree)

    @property
    def n_below(self) -> Ints:
        """Number of classes at or below each node, shape (nodes,)."""
        return self.tree.clade_stop - self.tree.clade_start

    @cached_property
    def class_node(self) -> Ints:
        """The node of each class, shape (C,)."""
        index = self.tree.class_index
        return self.tree.class_node[[index[name] for name in self.classes]]

    @cached_property
    def class_depth(self) -> Ints:
        """Edges from the root to each class, shape (C,)."""
        return self.tree.depth[self.class_node]

    @property
    def n_ancestors(self) -> Ints:
        """Number of ancestors of each class, itself included and the root not, shape (C,)."""
        return self.class_depth

    @property
    def n_common(self) -> Ints:
        """Number of ancestors that two classes have in common, counted alike, shape (C, C)."""
        return self.lca_depth

    def wu_palmer(self, labels: NDArray[np.integer], predicted: NDArray[np.integer]) -> Floats:
        """Return Wu and Palmer's similarity of classes, element by element."""
        depth = self.class_depth
        return wu_palmer(self.lca_depth[labels, predicted], depth[predicted], depth[labels])

    def relations(self, labels: Ints, answers: Ints) -> Relations:
        """Return what each answer is to its label, both nodes of the tree."""
        return relations(self.tree, labels, answers)


def top_k(
    scores: ArrayLike, k: int, order: Sequence[int] | Ints | None = None
) -> NDArray[np.int32]:
    """Return the k best classes of each sample, best first.

    Parameters
    ----------
    scores : array_like of float, shape (N, C)
        Higher is better.
    k : int
        At most C.
    order : sequence of int, length C, optional
        Order in which columns are seen: the result holds places in this order, and equal scores go
        to the earlier place. Default the order of the columns.

    Returns
    -------
    ndarray of int32, shape (N, k)

    Examples
    --------
    >>> top_k([[0.2, 0.5, 0.5, 0.1]], 3)
    array([[1, 2, 0]], dtype=int32)
    """
    array, columns, k = _checked(scores, k, order)
    return _selected(array, columns, k)[0]


def ranking(
    scores: ArrayLike, k: int, order: Sequence[int] | Ints | None = None
) -> tuple[NDArray[np.int32], Ties | None]:
    """Return the k best classes of each sample, and which of them are tied (None: none is).

    As `top_k`, but whatever takes the ties beside the ranking does not depend on the order in
    which columns are seen.

    Examples
    --------
    >>> ranked, ties = ranking([[0.2, 0.5, 0.5, 0.1], [0.1, 0.2, 0.3, 0.4]], 3)
    >>> ranked.tolist(), ties.rows.tolist()
    ([[1, 2, 0], [3, 2, 1]], [0])
    """
    array, columns, k = _checked(scores, k, order)
    ranked, ends = _selected(array, columns, k)
    rows = np.flatnonzero((ends != np.arange(1, k + 1, dtype=np.int32)).any(axis=1))
    if rows.size == 0:
        return ranked, None
    members = np.zeros((rows.size, -(-columns.size // 8)), dtype=np.uint8)
    far = np.flatnonzero(ends[rows, -1] > k)
    size = max(1, (1 << 21) // columns.size)
    for first in range(0, far.size, size):
        part = far[first : first + size]
        seen = array[rows[part]][:, columns]
        least = seen[np.arange(part.size), ranked[rows[part], -1]]
        members[part] = np.packbits(seen == least[:, None], axis=1)
    return ranked, Ties(rows, ranked[rows], ends[rows], members, columns.size)


def _checked(
    scores: ArrayLike, k: int, order: Sequence[int] | Ints | None
) -> tuple[NDArray[np.floating], Ints, int]:
    array = checks.real_array(scores, "scores", PredictionsError)
    if array.ndim != 2:
        raise PredictionsError(f"scores must have shape (samples, classes); got {array.shape}.")
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float32 if array.dtype == np.float16 else np.float64)
    n_classes = array.shape[1]
    k = checks.whole_number(k, "k", least=1)
    rows = max(1, (1 << 21) // max(1, n_classes))
    missing = sum(
        int(np.isnan(array[start : start + rows]).sum()) for start in range(0, len(array), rows)
    )
    if missing:
        raise PredictionsError(f"scores must not be NaN, but {missing} of {array.size} are.")
    columns = np.arange(n_classes) if order is None else np.asarray(order, dtype=np.int64)
    if columns.size and not (int(columns.min()) >= 0 and int(columns.max()) < n_classes):
        raise PredictionsError(f"order must name columns from 0 to {n_classes - 1}.")
    if k > columns.size:
        raise PredictionsError(f"the top {k} of {columns.size} classes don't exist; lower k.")
    return array, columns, k


def _selected(
    array: NDArray[np.floating], columns: Ints, k: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    from hiertools._core.threads import thread_map
    from hiertools._kernels import selection

    n = len(array)
    ranked, ends = np.empty((n, k), dtype=np.int32), np.empty((n, k), dtype=np.int32)
    thread_map(
        lambda start: selection.top_k(array, columns, k, ranked, ends, start, min(start + 4096, n)),
        range(0, n, 4096),
    )
    return ranked, ends


def hit_at_k(labels: ArrayLike, ranked: ArrayLike, k: int, ties: Ties | None = None) -> Floats:
    """Return whether the label is among the first k predictions, shape (N,): 1.0 or 0.0.

    Its mean is the top-k accuracy, in [0, 1]; higher is better. With `ties`, the probability that
    it is, all orders of tied predictions being equally likely.

    Examples
    --------
    >>> hit_at_k([0, 2], [[1, 0], [1, 0]], 2)
    array([1., 0.])
    """
    first = np.asarray(ranked)[:, :k]
    hit: Floats = (first == np.asarray(labels)[:, None]).any(axis=1).astype(np.float64)
    if ties is not None:
        hit[ties.rows] = ties.hit(np.asarray(labels)[ties.rows], k)
    return hit


def _mean_of_first(
    values: NDArray[np.generic], labels: Ints, first: NDArray[Any], k: int, ties: Ties | None
) -> Floats:
    """Return the mean of ``values[label, class]`` over the first k; expected, where tied."""
    mean: Floats = values[labels[:, None], first].mean(axis=1, dtype=np.float64)
    if ties is not None:
        mean[ties.rows] = ties.mean(values, labels[ties.rows], k)
    return mean


def distance_at_k(
    distance: ArrayLike,
    labels: ArrayLike,
    ranked: ArrayLike,
    k: int,
    ties: Ties | None = None,
) -> Floats:
    r"""Return the mean tree distance from the label to the first k predictions, shape (N,).

    .. math:: \mathrm{AHD@}k = \frac1N \sum_i \frac1k \sum_{j \le k} t(y_i, \hat y_{i(j)})

    is its mean over samples; for k = 1 the average hierarchical cost. At least 0; lower is better.
    With `ties`, see `ranking`, the expectation over all orders of tied predictions.

    References
    ----------
    L. Bertinetto et al. (2020), Making better mistakes, section 4,
    doi:10.1109/CVPR42600.2020.01252.

    Examples
    --------
    >>> distance_at_k([[0, 2, 4], [2, 0, 4], [4, 4, 0]], [0, 2], [[1, 0], [0, 2]], 2)
    array([1., 2.])
    """
    first = np.asarray(ranked)[:, :k]
    return _mean_of_first(np.asarray(distance), np.asarray(labels), first, k, ties)


def ball_radius(
    distance: ArrayLike, k: int, variant: str = "devise", counted: ArrayLike | None = None
) -> Floats:
    """Return the radius of the ball of correct classes around each class, shape (C,).

    "devise": the smallest radius whose ball holds at least k classes, the class itself included
    (sorted distances, index k - 1). "paper": index k + 1. Others than the class itself count where
    `counted`, (C,), says so; default everywhere.

    Examples
    --------
    >>> ball_radius([[0, 2, 4], [2, 0, 4], [4, 4, 0]], 2)
    array([2., 2., 4.])
    """
    checks.option(variant, ("devise", "paper"), "variant")
    place = k - 1 if variant == "devise" else k + 1
    t = _where_counted(np.asarray(distance, dtype=np.float64), counted, np.inf)
    known = len(t) if counted is None else np.count_nonzero(counted)
    if place >= known:
        raise PredictionsError(
            f"hierarchical precision at {k} ({variant}) needs at least {place + 1} classes; "
            f"got {known}."
        )
    return np.partition(t, place, axis=1)[:, place]


def _where_counted(matrix: Floats, counted: ArrayLike | None, other: float) -> Floats:
    """Return a matrix (C, C) with `other` in the columns that don't count, but on its diagonal."""
    if counted is None:
        return matrix
    found = np.where(np.asarray(counted, dtype=bool), matrix, other)
    np.fill_diagonal(found, np.diagonal(matrix))
    return found


def hierarchical_precision_at_k(
    pairs: ClassPairs,
    labels: ArrayLike,
    ranked: ArrayLike,
    k: int,
    variant: str = "devise",
    similarity: ArrayLike | None = None,
    ties: Ties | None = None,
    counted: ArrayLike | None = None,
) -> Floats:
    r"""Return the hierarchical precision of the first k predictions of each sample, shape (N,).

    Several incompatible things bear this name; `variant` says which one is meant.

    Parameters
    ----------
    pairs : ClassPairs
    labels : array_like of int, shape (N,)
    ranked : array_like of int, shape (N, K)
        Predictions, best first; K at least k.
    k : int
    variant : {"devise", "paper", "similarity", "ancestors"}
        "devise": share of the k that lie in the smallest ball around the label that holds at
        least k classes, label included (Frome et al. 2013, appendix). "paper": the same with a
        radius two places further out, as the paper's published code has it. "similarity": sum of
        the similarities of the k to the label, divided by the largest sum that k classes can have
        (Deng et al. 2011, there over images). "ancestors": mean share of each prediction's
        ancestors, itself included and the root not, that are also the label's (after Kiritchenko
        et al. 2005).
    similarity : array_like of float, shape (C, C), optional
        For "similarity"; see `hiertools.measures.similarity.class_similarity`.
    ties : Ties, optional
        Of the ranking, see `ranking`: the expectation over all orders of tied predictions is
        taken. None: predictions come in the order given.
    counted : array_like of bool, shape (C,), optional
        Which classes can be predicted: balls and largest sums are of these and the label. Default
        all.

    Returns
    -------
    ndarray of float, shape (N,)
        In [0, 1]; higher is better. Its mean is the score.

    Raises
    ------
    PredictionsError
        Fewer classes, or fewer predictions, than the variant needs.

    References
    ----------
    A. Frome et al. (2013), DeViSE: a deep visual-semantic embedding model, NeurIPS.
    J. Deng, A. Berg, L. Fei-Fei (2011), Hierarchical semantic indexing for large scale image
    retrieval, doi:10.1109/CVPR.2011.5995516. S. Kiritchenko, S. Matwin, F. Famili (2005),
    Functional annotation of genes using hierarchical text categorization.

    Examples
    --------
    >>> import hiertools as ht
    >>> names = ("lynx", "wolf", "newt", "toad")
    >>> pairs = ClassPairs(ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));"), names)
    >>> hierarchical_precision_at_k(pairs, [0, 0], [[1, 0], [1, 2]], k=2)
    array([1. , 0.5])
    >>> hierarchical_precision_at_k(pairs, [0, 0], [[1, 0], [1, 2]], k=2, variant="ancestors")
    array([0.75, 0.25])
    """
    checks.option(variant, HP_VARIANTS, "variant")
    own = np.asarray(labels)
    first = np.asarray(ranked)[:, :k]
    if first.shape[1] < k:
        raise PredictionsError(
            f"hierarchical precision at {k} needs {k} ranked predictions a sample; "
            f"got {first.shape[1]}."
        )
    if variant in ("devise", "paper"):
        inside = pairs.distance <= ball_radius(pairs.distance, k, variant, counted)[:, None]
        return _mean_of_first(inside, own, first, k, ties)
    if variant == "ancestors":
        size = pairs.n_ancestors.astype(np.float64)
        # A class at the root has no ancestor but the root: it is right where it is the label.
        share = np.where(size > 0, pairs.n_common / np.maximum(size, 1.0), 0.0)
        np.fill_diagonal(share, 1.0)
        return _mean_of_first(share, own, first, k, ties)
    if similarity is None:
        raise PredictionsError(
            "variant='similarity' needs a matrix of class similarities; pass "
            "similarity=class_similarity(tree, classes)."
        )
    s = np.asarray(similarity, dtype=np.float64)
    best = -np.sort(-_where_counted(s, counted, -np.inf), axis=1)[:, :k].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        attained: Floats = _mean_of_first(s, own, first, k, ties) * k / best[own]
    return attained
