"""Inferred hierarchies: from distances between classes to a `ClassTree`."""

from __future__ import annotations

from typing import Any, cast

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools._core.doors import door
from hiertools._core.own_names import ClassNames, agreed_names
from hiertools._core.units import binary_unit
from hiertools.errors import OptionError
from hiertools.hierarchy.distances import METRICS, distances
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


@door
def infer_tree(
    source: Any,
    /,
    linkage: str = "average",
    *,
    metric: str | None = None,
    center: bool = False,
    classes: ClassNames | None = None,
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

    Returns
    -------
    ClassTree
        With ``heights``, the merge height of each node (not for "nj"). Edge lengths are such that
        two classes are as far apart on the tree as the height at which they merge. "centroid" and
        "median" may merge below an earlier merge; such an inversion gets an edge of length 0, while
        ``heights`` keep the true values.

    Notes
    -----
    Classes are sorted by name first, so that tied distances are broken in the same way whatever
    their order. How much that choice matters is what `hiertools.tie_sensitivity` tells.

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
    known = METRICS.get(matrix.metric)
    euclidean = known is None or known.is_euclidean
    if linkage in EUCLIDEAN_ONLY and not euclidean and matrix.n_classes > 1:
        raise OptionError(
            f"linkage={linkage!r} is defined on Euclidean distances, but metric={matrix.metric!r}; "
            "use metric='euclidean' or 'raw_euclidean', or another linkage."
        )
    return linkage_tree(matrix.take(sorted(matrix.classes)), linkage)


def infer_in_order(matrix: DistanceMatrix, linkage: str, order: Ints) -> ClassTree:
    """Infer a hierarchy, breaking ties as if the classes came in a given order.

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
    """
    tree = linkage_tree(matrix.take([matrix.classes[i] for i in order.tolist()]), linkage)
    place = [tree.class_index[name] for name in matrix.classes]
    return ClassTree(
        tree.parent,
        matrix.classes,
        tree.class_node[place],
        length=tree.length if tree.has_lengths else None,
        heights=tree.heights,
    )


def linkage_tree(matrix: DistanceMatrix, linkage: str) -> ClassTree:
    """Infer a hierarchy; of equal distances, the first in the order of the matrix goes first."""
    if matrix.n_classes == 1:
        return ClassTree([-1], matrix.classes, [0], labels=matrix.classes, heights=[0.0])
    if linkage == "nj":
        return joined_tree(matrix)[0]
    from scipy.cluster import hierarchy

    unit = binary_unit(matrix.condensed)
    merges = hierarchy.linkage(matrix.condensed / unit, method=cast(Any, linkage))
    merges[:, 2] *= unit
    return ClassTree.from_linkage(merges, matrix.classes)


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
    names = agreed_names(classes, source.classes, "the DistanceMatrix")
    if names == source.classes:
        return source
    return DistanceMatrix(source.condensed, names, source.metric, source.unit)
