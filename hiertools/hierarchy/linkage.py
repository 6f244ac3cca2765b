"""Inferred hierarchies: from distances between classes to a `ClassTree`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools._core.doors import door
from hiertools._core.keyed import keyed_order
from hiertools._core.own_names import ClassNames, agreed_names
from hiertools._core.threads import thread_map
from hiertools.errors import OptionError
from hiertools.hierarchy.distances import METRICS, distances
from hiertools.hierarchy.merging import merges_by_position, merges_in_order
from hiertools.hierarchy.neighbor_joining import joined_tree
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.trees.tree import ClassTree

LINKAGES: dict[str, str] = {
    "single": "nearest neighbours of two groups",
    "complete": "farthest neighbours of two groups",
    "average": "mean distance of two groups (UPGMA)",
    "weighted": "mean of the two merged groups' distances (WPGMA)",
    "centroid": "distance of centroids (UPGMC); Euclidean distances only",
    "median": "distance of midpoints (WPGMC); Euclidean distances only",
    "ward": "growth of the within-group variance; Euclidean distances only",
    "nj": "neighbour joining (Saitou and Nei 1987), rooted at the midpoint",
}
"""Every way to infer a hierarchy, with its meaning."""

EUCLIDEAN_ONLY = ("centroid", "median", "ward")
"""Linkages that mean nothing on other distances."""

FEW = 2000
"""Hierarchies of so many classes are inferred by several threads at once: 16 MB each."""


@door
def infer_tree(
    source: Any,
    /,
    linkage: str = "average",
    *,
    metric: str | None = None,
    center: bool = False,
    classes: ClassNames | None = None,
    random_state: int = 0,
) -> ClassTree:
    """Infer a hierarchy of classes from their representatives or distances.

    Parameters
    ----------
    source : ClassRepresentatives, DistanceMatrix, or anything `as_representatives` takes
    linkage : {"average", "single", "complete", "weighted", "centroid", "median", "ward", "nj"}
        "average" is UPGMA, "weighted" WPGMA. "centroid", "median" and "ward" are defined on
        Euclidean distances and refused with any other metric.
    metric : str, optional
        Distance between representatives, default "euclidean"; refused with a `DistanceMatrix`.
    center : bool
        Subtract the mean vector first; refused with a `DistanceMatrix`.
    classes : sequence of str, optional
        Row names, for a bare array.
    random_state : int
        Seed of the order in which ties are broken.

    Returns
    -------
    ClassTree
        Of classes sorted by name, with ``heights``, the merge height of each node (not for "nj").
        Edge lengths are such that two classes are as far apart on the tree as the height at which
        they merge. "centroid" and "median" may merge below an earlier merge; such an inversion gets
        an edge of length 0, while ``heights`` keep the true values.

    Notes
    -----
    Of groups that are equally near, up to rounding, the one is merged that holds the first class in
    an order which `random_state` draws by a hash of the names: neither the names themselves nor the
    order of the input decide. Where nothing is tied, it is one tree for all `random_state`. Heights
    that rounding alone keeps apart are equal. `compare` takes the mean over several such orders;
    what they change tells `hiertools.tie_sensitivity`.

    Examples
    --------
    >>> import hiertools as ht
    >>> reps = {"newt": [0.0, 1.0], "lynx": [1.0, 0.1], "wolf": [1.0, 0.2]}
    >>> tree = ht.infer_tree(reps)
    >>> [sorted(clade) for clade in ht.clades(tree)]
    [['lynx', 'wolf']]
    """
    checks.option(linkage, LINKAGES, "linkage")
    matrix = as_distances(source, metric, center=center, classes=classes)
    seed = checks.whole_number(random_state, "random_state", most=None)
    return inferred_trees(matrix, linkage, seed, orders=1).trees[0]


@dataclass(frozen=True)
class InferredTrees:
    """The hierarchies that one set of distances implies: several where merges are tied."""

    trees: tuple[ClassTree, ...]
    """Of classes sorted by name, one for each order in which ties are broken."""
    n_tied: int
    """Merges of the first one before which others were as near."""
    n_merges: int


def inferred_trees(
    matrix: DistanceMatrix, linkage: str, seed: int, *, orders: int, ties: str = "expected"
) -> InferredTrees:
    """Infer a hierarchy under several orders of its ties, or once where nothing is tied.

    Parameters
    ----------
    matrix : DistanceMatrix
    linkage : str
    seed : int
        What draws the orders, by a hash of the names: see `keyed_order`.
    orders : int
        How many, at most.
    ties : {"expected", "position"}
        "position" instead breaks ties by the sorted names, and where rounding parts them by that,
        as scipy does.

    Raises
    ------
    OptionError
        A linkage of Euclidean distances, and others.
    """
    known = METRICS.get(matrix.metric)
    euclidean = known is None or known.is_euclidean
    if linkage in EUCLIDEAN_ONLY and not euclidean and matrix.n_classes > 1:
        raise OptionError(
            f"linkage={linkage!r} is defined on Euclidean distances, but metric={matrix.metric!r}; "
            "use metric='euclidean' or 'raw_euclidean', or another linkage."
        )
    matrix = matrix.take(sorted(matrix.classes))
    merges = max(matrix.n_classes - (3 if linkage == "nj" else 1), 0)
    if ties == "position":
        return InferredTrees((tree_by_position(matrix, linkage),), 0, merges)
    first, tied = tree_in_order(matrix, linkage, keyed_order(matrix.classes, seed))

    def another(number: int) -> ClassTree:
        return tree_in_order(matrix, linkage, keyed_order(matrix.classes, seed, number))[0]

    further = range(1, orders if tied else 1)
    # Each takes a copy of the distances: of many classes, one after the other.
    few = matrix.n_classes <= FEW
    trees = thread_map(another, further) if few else [another(number) for number in further]
    return InferredTrees((first, *trees), tied, merges)


def tree_in_order(matrix: DistanceMatrix, linkage: str, order: Ints) -> tuple[ClassTree, int]:
    """Infer a hierarchy; of what is tied, the first in an order of the classes goes first.

    Parameters
    ----------
    matrix : DistanceMatrix
    linkage : str
    order : ndarray of int, shape (C,)
        Positions of the classes, first to last.

    Returns
    -------
    ClassTree
        With the classes in the order of `matrix`.
    int
        How many merges were tied.
    """
    if matrix.n_classes == 1:
        return ClassTree([-1], matrix.classes, [0], labels=matrix.classes, heights=[0.0]), 0
    if linkage == "nj":
        tree, info = joined_tree(matrix, order)
        return tree, info["n_tied"]
    merges, tied = merges_in_order(matrix.condensed, linkage, order)
    return ClassTree.from_linkage(merges, matrix.classes), tied


def tree_by_position(matrix: DistanceMatrix, linkage: str) -> ClassTree:
    """Infer a hierarchy as scipy does: of equal distances, the first in the matrix goes first."""
    if matrix.n_classes == 1 or linkage == "nj":
        return tree_in_order(matrix, linkage, np.arange(matrix.n_classes))[0]
    return ClassTree.from_linkage(merges_by_position(matrix.condensed, linkage), matrix.classes)


def as_distances(
    source: Any,
    metric: str | None = None,
    *,
    center: bool = False,
    classes: ClassNames | None = None,
) -> DistanceMatrix:
    """Return `source` as distances: a DistanceMatrix as it is, anything else through `metric`."""
    if not isinstance(source, DistanceMatrix):
        return distances(source, metric or "euclidean", center=center, classes=classes)
    for name, given in (("metric", metric), ("center", center)):
        if given:
            raise OptionError(
                f"{name}={given!r} can't be applied to a DistanceMatrix, which has no vectors; "
                "leave it out or give the representatives."
            )
    return named_distances(source, classes)


def named_distances(source: DistanceMatrix, classes: ClassNames | None) -> DistanceMatrix:
    """Return distances under names that were given beside them, if these are no others."""
    if classes is None:
        return source
    names = agreed_names(classes, source.classes, "the DistanceMatrix")
    if names == source.classes:
        return source
    return DistanceMatrix(source.condensed, names, source.metric, source.unit)
