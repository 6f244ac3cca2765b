"""Distances between two trees of the same classes, one idea a file.

`tree_distance` is the door: it reads both trees, aligns their classes by name and calls the
function that `METHODS` lists under a name. Each of those is a pure function of two aligned trees.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from hiertools._core import checks
from hiertools.errors import OptionError
from hiertools.treedist import (
    bakers_gamma,
    cophenetic,
    dasgupta,
    dendrogram_purity,
    fowlkes_mallows,
    information,
    jaccard_robinson_foulds,
    kendall_colijn,
    matching_split,
    path_difference,
    quartets,
    robinson_foulds,
    triplets,
)
from hiertools.treedist.method import TreeDistance
from hiertools.trees.align import AlignedTrees, align

__all__ = ["METHODS", "AlignedTrees", "TreeDistance", "align", "tree_distance"]

METHODS: dict[str, TreeDistance] = {
    method.name: method
    for module in (
        robinson_foulds,
        triplets,
        quartets,
        information,
        matching_split,
        jaccard_robinson_foulds,
        path_difference,
        kendall_colijn,
        cophenetic,
        bakers_gamma,
        fowlkes_mallows,
        dendrogram_purity,
        dasgupta,
    )
    for method in module.METHODS
}
"""Every tree distance by name."""


@overload
def tree_distance(
    reference: Any,
    other: Any,
    /,
    method: str = "robinson_foulds",
    *,
    details: Literal[False] = False,
    on_missing: str = "error",
    **options: Any,
) -> float: ...
@overload
def tree_distance(
    reference: Any,
    other: Any,
    /,
    method: str = "robinson_foulds",
    *,
    details: Literal[True],
    on_missing: str = "error",
    **options: Any,
) -> dict[str, Any]: ...
@overload
def tree_distance(
    reference: Any,
    other: Any,
    /,
    method: str = "robinson_foulds",
    *,
    details: bool = False,
    on_missing: str = "error",
    **options: Any,
) -> float | dict[str, Any]: ...
def tree_distance(
    reference: Any,
    other: Any,
    /,
    method: str = "robinson_foulds",
    *,
    details: bool = False,
    on_missing: str = "error",
    **options: Any,  # each method has its own; their names are checked below
) -> float | dict[str, Any]:
    """Return the distance of two trees of the same classes.

    Parameters
    ----------
    reference, other : ClassTree or anything `as_tree` takes
        The predefined tree and the tree to hold against it. Multifurcations, unequal depths and
        single-child nodes are legal; a class at an inner node counts as a leaf at zero distance
        below it.
    method : str
        A name of ``hiertools.treedist.METHODS``: see there for formula, source and direction.
    details : bool
        Return a dict of everything that was counted, with "distance" and "n_classes" among it,
        instead of the distance alone.
    on_missing : {"error", "drop"}
        What to do about classes that only one tree has: refuse, or compare the shared ones (the
        details then tell how many were left out).
    **options
        Options of the method, ``rooted=False`` say.

    Returns
    -------
    float or dict

    Raises
    ------
    OptionError
        An unknown method, or an option that the method does not have.
    ClassMismatchError
        Different classes, with ``on_missing="error"``.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> other = ht.ClassTree.from_newick("(((lynx,wolf),newt),toad);")
    >>> ht.tree_distance(tree, other, "robinson_foulds")
    0.5
    """
    from hiertools.trees.sources import as_tree

    chosen = METHODS[checks.option(method, METHODS, "method")]
    unknown = [name for name in options if name not in chosen.options]
    if unknown:
        valid = ", ".join(repr(name) for name in chosen.options) or "none"
        raise OptionError(
            f"method {method!r} has no option {checks.name_list(unknown)}; its options: {valid}."
        )
    trees = align(as_tree(reference), as_tree(other), on_missing)
    if not details and "contradictions" in chosen.options:
        options = {"contradictions": False, **options}
    counts = chosen.function(trees.reference, trees.other, **options)
    if not details:
        distance: float = counts["distance"]
        return distance
    return {
        **counts,
        "n_classes": trees.reference.n_classes,
        "n_dropped_reference": trees.dropped_reference,
        "n_dropped_other": trees.dropped_other,
    }
