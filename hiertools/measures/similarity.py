"""HS@k and AHS@K: are the test samples near each other the ones near each other in the tree?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.own_names import SomeClasses
from hiertools.errors import OptionError, PredictionsError
from hiertools.measures.graph_pairs import GraphPairs
from hiertools.measures.neighbours import LabelledNeighbours, iter_labelled_neighbours
from hiertools.trees.graph import ClassGraph
from hiertools.trees.operations import node_heights
from hiertools.trees.paths import lca_nodes, path_distances, require_classes
from hiertools.trees.tree import ClassTree

__all__ = [
    "area_under_similarity",
    "area_weights",
    "best_similarities",
    "best_similarity_sums",
    "class_similarity",
    "hierarchical_similarity",
    "similarity_curve",
    "similarity_from_neighbours",
]

SIMILARITIES = ("kim", "barz")
FORMS = ("euclidean", "angular")


def class_similarity(
    tree: ClassTree | ClassGraph,
    classes: SomeClasses | None = None,
    *,
    similarity: str = "kim",
    beta: float = 1.0,
    form: str = "euclidean",
) -> Floats:
    r"""Return how similar every two classes are by the tree.

    Parameters
    ----------
    tree : ClassTree or ClassGraph
    classes : sequence of str, optional
        Which classes, in which order; default ``tree.classes``.
    similarity : {"kim", "barz"}
        "kim": path distances t are squeezed into the range of distances between unit vectors,
        :math:`T = \sqrt2\, t / (\beta + t)`, and :math:`s = 1 - T^2 / 2`; with ``form="angular"``
        :math:`T = \frac{\pi}{2} t / (\beta + t)` and :math:`s = \cos T`. "barz":
        :math:`s = 1 - h(\mathrm{lca}) / h(\mathrm{root})`, h the largest number of edges down to a
        class.
    beta : float
        For "kim": the path distance at which T reaches half its limit, above 0.
    form : {"euclidean", "angular"}
        For "kim": form of T.

    Returns
    -------
    ndarray of float, shape (C, C)
        In [0, 1], 1 on the diagonal; higher is more similar.

    References
    ----------
    "barz": B. Barz and J. Denzler (2019), Hierarchy-based image embeddings for semantic image
    retrieval, WACV, eq. 1 and 2, doi:10.1109/WACV.2019.00073. "kim": arXiv:2301.11065.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> class_similarity(tree, similarity="barz")
    array([[1. , 0.5, 0. ],
           [0.5, 1. , 0. ],
           [0. , 0. , 1. ]])
    >>> class_similarity(tree).round(3)
    array([[1.   , 0.556, 0.438],
           [0.556, 1.   , 0.438],
           [0.438, 0.438, 1.   ]])
    """
    checks.option(similarity, SIMILARITIES, "similarity")
    checks.option(form, FORMS, "form")
    checks.number_between(beta, "beta", 0)
    if isinstance(tree, ClassGraph):
        named = tree.classes if classes is None else checks.class_names(classes, "classes")
        require_classes(tree.drawn, named)
        pairs = GraphPairs.of(tree, named)
        height, heights = pairs.node_heights, pairs.lca_height
        squeezed = pairs.distance
    elif similarity == "barz":
        height = node_heights(tree)
        heights = height[lca_nodes(tree, classes)]
    else:
        squeezed = path_distances(tree, classes)
    if similarity == "barz":
        s = 1.0 - heights / max(int(height[0]), 1)
        np.fill_diagonal(s, 1.0)
        return s
    squeezed /= beta + squeezed
    return 1.0 - squeezed**2 if form == "euclidean" else np.cos((np.pi / 2) * squeezed)


def best_similarity_sums(similarity: ArrayLike, counts: ArrayLike, k: int) -> Floats:
    """Return the best attainable sum of similarities over the first 1..k neighbours, by class.

    The best neighbours of a sample are the other samples of its class, then those of the most
    similar class, and so on: that depends on the class alone.

    Parameters
    ----------
    similarity : array_like of float, shape (C, C)
        See `class_similarity`.
    counts : array_like of int, shape (C,)
        Test samples of each class.
    k : int
        At most the number of samples minus 1.

    Returns
    -------
    ndarray of float, shape (C, k)
        NaN for a class without samples.

    Examples
    --------
    >>> best_similarity_sums([[1.0, 0.5], [0.5, 1.0]], [2, 1], 2)
    array([[1. , 1.5],
           [0.5, 1. ]])
    """
    return np.cumsum(best_similarities(np.asarray(similarity), np.asarray(counts), k), axis=1)


def best_similarities(similarity: NDArray[np.floating], counts: Ints, k: int) -> Floats:
    """Return the similarities of the best k neighbours there are, by class, as sums are made of.

    At most the number of samples minus 1; shape (C, k), NaN for a class without samples.
    """
    s, count = similarity.astype(np.float64, copy=False), counts.astype(np.int64, copy=False)
    best = np.full((count.size, k), np.nan)
    for label in np.flatnonzero(count):
        others = count.copy()
        others[label] -= 1
        order = np.argsort(-s[label], kind="stable")
        enough = np.searchsorted(np.cumsum(others[order]), k) + 1
        order = order[:enough]
        best[label] = np.repeat(s[label, order], others[order])[:k]
    return best


def similarity_from_neighbours(
    neighbours: ArrayLike, labels: ArrayLike, similarity: ArrayLike, best: ArrayLike
) -> Floats:
    """Return HS@1..k of samples whose ordered neighbours are known.

    Parameters
    ----------
    neighbours : array_like of int, shape (n, k)
        Class of each sample's neighbours, most similar first.
    labels : array_like of int, shape (n,)
        Class of each sample.
    similarity : array_like of float, shape (C, C)
    best : array_like of float, shape (C, k)
        See `best_similarity_sums`.

    Returns
    -------
    ndarray of float, shape (n, k)
        NaN where even the best neighbours have no similarity at all.

    Examples
    --------
    >>> s = [[1.0, 0.5], [0.5, 1.0]]
    >>> similarity_from_neighbours([[1, 0]], [0], s, [[1.0, 1.5], [0.5, 1.0]])
    array([[0.5, 1. ]])
    """
    near = np.ascontiguousarray(neighbours)
    s = np.ascontiguousarray(similarity, dtype=np.float64)
    sums = np.ascontiguousarray(best, dtype=np.float64)
    own = checked_labels(labels, len(s))
    if s.shape != (len(s), len(s)):
        raise OptionError(f"similarity must be a square matrix over classes; got {s.shape}.")
    if near.ndim != 2 or len(near) != own.size or near.dtype.kind not in "iu":
        raise PredictionsError(
            f"neighbours must hold classes of shape ({own.size}, k), whole numbers; got "
            f"{near.dtype} of shape {near.shape}."
        )
    if near.size and not (int(near.min()) >= 0 and int(near.max()) < len(s)):
        raise PredictionsError(
            f"neighbours must be classes from 0 to {len(s) - 1}; got {near.min()} to {near.max()}."
        )
    if sums.ndim != 2 or len(sums) != len(s) or sums.shape[1] < near.shape[1]:
        raise OptionError(
            f"best must have shape ({len(s)}, {near.shape[1]}): see best_similarity_sums; got "
            f"{sums.shape}."
        )
    return similarity_curve(LabelledNeighbours.untied(own, near), s, sums, near.shape[1])


def similarity_curve(found: LabelledNeighbours, similarity: Floats, best: Floats, k: int) -> Floats:
    """Return HS@1..k of samples whose neighbours, some of them tied, are known, shape (n, k).

    Each place of a run of tied neighbours has the run's mean similarity: the mean over its orders.
    """
    from hiertools._kernels import selection

    curve = np.empty((found.own.size, k))
    selection.similarity_curves(
        found.near,
        found.ends,
        found.k,
        found.spill,
        found.own.astype(np.int64),
        similarity,
        best,
        curve,
    )
    return curve


def hierarchical_similarity(
    embeddings: ArrayLike,
    labels: ArrayLike,
    similarity: ArrayLike,
    k: int = 250,
    *,
    exclude_self: str = "identity",
    dtype: str = "float32",
    ties: str = "expected",
) -> Floats:
    r"""Return HS@1..k of every test sample.

    .. math:: \mathrm{HS@}k(i) = \frac{\sum_{j=1}^{k} s(y_i, y_{(j)})}
              {\max_\pi \sum_{j=1}^{k} s(y_i, y_{\pi(j)})}

    with (1), (2), ... the other samples from the most to the least similar by cosine. Its mean over
    samples is HS@k; called hierarchical precision by its authors.

    Parameters
    ----------
    embeddings : array_like of float, shape (N, D)
        Of any length but zero.
    labels : array_like of int, shape (N,)
        Class of each sample, an index into `similarity`.
    similarity : array_like of float, shape (C, C)
        See `class_similarity`.
    k : int
        At most N - 1.
    exclude_self, dtype
        See `hiertools.measures.neighbours.iter_neighbours`.
    ties : {"expected", "position"}
        What to do about equally similar samples: the mean over all orders, or class order, then
        position.

    Returns
    -------
    ndarray of float, shape (N, k)
        In [0, 1]; higher is better. NaN where even the best neighbours have no similarity.

    Raises
    ------
    PredictionsError
        An embedding of length zero, labels out of range, fewer than k + 1 samples.

    Notes
    -----
    Memory grows with N k; no N x N matrix is held. Of embeddings equally similar to a sample, the
    mean over all their orders is taken (McSherry and Najork 2008,
    doi:10.1007/978-3-540-78646-7_38): the result depends neither on class order nor on the order
    of the samples.

    References
    ----------
    Barz and Denzler (2019), eq. 6, doi:10.1109/WACV.2019.00073.

    Examples
    --------
    >>> s = [[1.0, 0.25], [0.25, 1.0]]
    >>> hierarchical_similarity([[1, 0], [0, 1], [1, 1]], [0, 0, 1], s, k=2)
    array([[0.25, 1.  ],
           [0.25, 1.  ],
           [1.  , 1.  ]])
    """
    s = np.asarray(similarity, dtype=np.float64)
    own = checked_labels(labels, len(s))
    rows = checks.real_array(embeddings, "embeddings", PredictionsError)
    if len(rows) != own.size:
        raise PredictionsError(f"{len(rows)} embeddings and {own.size} labels; give one a sample.")
    k = checks.whole_number(k, "k", least=1)
    best = best_similarity_sums(s, np.bincount(own, minlength=len(s)), min(k, own.size - 1))
    curves = np.empty((own.size, k))
    for block in iter_labelled_neighbours(
        rows, own, k, exclude_self=exclude_self, dtype=dtype, ties=ties
    ):
        curves[block.samples] = similarity_curve(block, s, best, k)
    return curves


def area_under_similarity(curve: ArrayLike) -> Floats:
    """Return AHS@K: the area under HS@1..K, by the trapezoid rule with steps of 1 / (K - 1).

    Parameters
    ----------
    curve : array_like of float, shape (..., K)

    Returns
    -------
    ndarray of float, shape (...)
        In [0, 1]; higher is better. For K = 1 it is HS@1.

    References
    ----------
    Barz and Denzler (2019), section 4.2, doi:10.1109/WACV.2019.00073.

    Examples
    --------
    >>> float(area_under_similarity([0.5, 1.0, 1.0]))
    0.875
    """
    values = np.asarray(curve, dtype=np.float64)
    k = values.shape[-1]
    if k == 1:
        return values[..., 0]
    ends = (values[..., 0] + values[..., -1]) / 2.0
    area: Floats = (values.sum(axis=-1) - ends) / (k - 1)
    return area


def area_weights(k: int) -> Floats:
    """Return what HS@1..K count in the area under them.

    Examples
    --------
    >>> area_weights(3)
    array([0.25, 0.5 , 0.25])
    """
    weights = np.full(k, 1.0 / max(k - 1, 1))
    if k > 1:
        weights[[0, -1]] /= 2.0
    return weights


def checked_labels(labels: ArrayLike, n_classes: int) -> Ints:
    """Return labels as indices below `n_classes`, or say which are not."""
    own: NDArray[np.int64] = checks.unmasked(labels, "labels", PredictionsError)
    if own.ndim != 1 or own.dtype.kind not in "iu":
        raise PredictionsError(
            f"labels must be whole numbers of shape (N,); got {own.dtype} of shape {own.shape}."
        )
    bad = np.flatnonzero((own < 0) | (own >= n_classes))
    if bad.size:
        raise PredictionsError(
            f"labels must lie between 0 and {n_classes - 1}, but {bad.size} of {own.size} don't, "
            f"first {own[bad[0]]} at row {bad[0]}."
        )
    return own.astype(np.int64, copy=False)
