"""Hierarchical precision, recall and F1: how many of the predicted ancestors are right?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools.errors import PredictionsError
from hiertools.trees.paths import lca
from hiertools.trees.tree import ClassTree

__all__ = ["HierarchicalScores", "hierarchical_f1", "jaccard", "scores_from_sizes", "wu_palmer"]

AVERAGES = ("micro", "macro")


class HierarchicalScores(NamedTuple):
    """Hierarchical precision, recall and F1, each in [0, 1]; higher is better."""

    precision: float
    recall: float
    f1: float


def scores_from_sizes(
    common: ArrayLike, predicted: ArrayLike, label: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Return precision, recall and F1 from the sizes of ancestor sets, element by element.

    An empty set says nothing wrong and misses nothing: precision is 1 where nothing is predicted,
    recall 1 where there is nothing to find.

    Examples
    --------
    >>> scores_from_sizes([1.0], [2.0], [1.0])
    (array([0.5]), array([1.]), array([0.66666667]))
    """
    both, p, y = (np.asarray(x, dtype=np.float64) for x in (common, predicted, label))
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(p > 0, both / p, 1.0)
        recall = np.where(y > 0, both / y, 1.0)
        f1 = np.where(p + y > 0, 2.0 * both / (p + y), 1.0)
    return precision, recall, f1


def jaccard(common: ArrayLike, predicted: ArrayLike, label: ArrayLike) -> Floats:
    """Return the share of the ancestors of either that are ancestors of both, element by element.

    In [0, 1]; higher is better; 1 where neither has any.

    Examples
    --------
    >>> jaccard([1.0, 0.0], [2.0, 0.0], [2.0, 0.0])
    array([0.33333333, 1.        ])
    """
    both, p, y = (np.asarray(x, dtype=np.float64) for x in (common, predicted, label))
    either = p + y - both
    found: Floats = np.where(either > 0, both / np.where(either > 0, either, 1.0), 1.0)
    return found


def wu_palmer(common: ArrayLike, predicted: ArrayLike, label: ArrayLike) -> Floats:
    """Return Wu and Palmer's similarity from depths in edges, element by element.

    Twice the depth of the lowest common ancestor over the sum of the depths of both nodes, depths
    counted in nodes, the root's being 1. In (0, 1]; higher is better.

    References
    ----------
    Z. Wu, M. Palmer (1994), Verb semantics and lexical selection, doi:10.3115/981732.981751.

    Examples
    --------
    >>> wu_palmer([0.0, 1.0], [2.0, 2.0], [2.0, 2.0])
    array([0.33333333, 0.66666667])
    """
    both, p, y = (np.asarray(x, dtype=np.float64) for x in (common, predicted, label))
    found: Floats = 2.0 * (both + 1.0) / (p + y + 2.0)
    return found


def hierarchical_f1(
    tree: ClassTree, labels: ArrayLike, predicted: ArrayLike, average: str = "micro"
) -> HierarchicalScores:
    r"""Return hierarchical precision, recall and F1 of predicted nodes.

    With :math:`\hat Y_i` the predicted node and its ancestors, :math:`Y_i` the true node and its
    ancestors, the root in neither:

    .. math:: hP = \frac{\sum_i |Y_i \cap \hat Y_i|}{\sum_i |\hat Y_i|}, \quad
              hR = \frac{\sum_i |Y_i \cap \hat Y_i|}{\sum_i |Y_i|}, \quad
              hF_1 = \frac{2\, hP\, hR}{hP + hR}

    Parameters
    ----------
    tree : ClassTree
    labels, predicted : array_like of int, shape (N,)
        Nodes; of classes (``tree.class_node``) or inner ones, as `hiertools.decisions.back_off`
        gives them.
    average : {"micro", "macro"}
        "micro": ratios of sums, as above. "macro": each ratio for every sample, then the mean.

    Returns
    -------
    HierarchicalScores
        NaN without samples.

    References
    ----------
    S. Kiritchenko, S. Matwin, F. Famili (2005), Functional annotation of genes using hierarchical
    text categorization; C. Silla and A. Freitas (2011), doi:10.1007/s10618-010-0175-9, section 5.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> lynx, wolf, newt, toad = tree.class_node
    >>> hierarchical_f1(tree, [lynx, newt], [wolf, newt])
    HierarchicalScores(precision=0.75, recall=0.75, f1=0.75)
    """
    checks.option(average, AVERAGES, "average")
    y, p = np.atleast_1d(np.asarray(labels)), np.atleast_1d(np.asarray(predicted))
    if y.shape != p.shape:
        raise PredictionsError(f"{y.size} labels and {p.size} predictions; give one a sample.")
    if y.size == 0:
        return HierarchicalScores(np.nan, np.nan, np.nan)
    sizes = (tree.depth[lca(tree, y, p)], tree.depth[p], tree.depth[y])
    if average == "micro":
        found = scores_from_sizes(*(size.sum() for size in sizes))
    else:
        found = scores_from_sizes(*sizes)
    return HierarchicalScores(*(float(np.mean(values)) for values in found))
