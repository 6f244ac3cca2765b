"""Distances between two trees of the same classes, one idea a file.

`tree_distance` is the door: it reads both trees, aligns their classes by name and calls the
function that `METHODS` lists under a name. Each of those is a pure function of two aligned trees.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

from hiertools._core import checks
from hiertools._core.doors import door
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
from hiertools.treedist.matching import matched_splits
from hiertools.treedist.method import TreeDistance
from hiertools.trees.align import AlignedTrees, align
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "METHODS",
    "AlignedTrees",
    "TreeDistance",
    "align",
    "matched_splits",
    "tree_distance",
]

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
    other: None = None,
    /,
    method: str = "robinson_foulds",
    *,
    details: bool = False,
    on_missing: str = "error",
    **options: Any,
) -> pd.DataFrame: ...
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
@door
def tree_distance(
    reference: Any,
    other: Any = None,
    /,
    method: str = "robinson_foulds",
    *,
    details: bool = False,
    on_missing: str = "error",
    **options: Any,  # each method has its own; their names are checked below
) -> float | dict[str, Any] | pd.DataFrame:
    """Return the distance of two trees of the same classes, or of every two of several trees.

    Parameters
    ----------
    reference, other : ClassTree or anything `as_tree` takes
        The predefined tree and the tree to hold against it. Multifurcations, unequal depths and
        single-child nodes are legal; a class at an inner node counts as a leaf at zero distance
        below it. Without `other`, a list of trees or a mapping of name to tree: every two of them.
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
    float, dict, or pandas.DataFrame
        Of several trees, one row a pair: ``reference``, ``other`` (names, or places in the list)
        and ``distance``, and with ``details=True`` everything else that was counted. Each pair
        comes once, in the given order, and also the other way round where `method` is not
        symmetric.

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
    >>> ht.tree_distance({"drawn": tree, "inferred": other, "again": tree})
      reference     other  distance
    0     drawn  inferred       0.5
    1     drawn     again       0.0
    2  inferred     again       0.5
    """
    from hiertools.trees.sources import as_tree

    chosen = METHODS[checks.option(method, METHODS, "method")]
    unknown = [name for name in options if name not in chosen.options]
    if unknown:
        valid = ", ".join(repr(name) for name in chosen.options) or "none"
        raise OptionError(
            f"tree_distance(): method {method!r} has no option {checks.name_list(unknown)}; "
            f"its options: {valid}."
        )
    checks.option(on_missing, ("error", "drop"), "on_missing")
    if other is None:
        named = _several(reference)
        pairs = (
            itertools.combinations(named, 2)
            if chosen.symmetric
            else itertools.permutations(named, 2)
        )
        return _all_pairs(named, list(pairs), chosen, details, on_missing, options)
    if isinstance(other, str) and other in METHODS and _holds_trees(reference):
        raise OptionError(f"of several trees the method is named: method={other!r}.")
    counts = _counted(as_tree(reference), as_tree(other), chosen, details, on_missing, options)
    distance: float = counts["distance"]
    return counts if details else distance


def _counted(
    reference: ClassTree,
    other: ClassTree,
    chosen: TreeDistance,
    details: bool,
    on_missing: str,
    options: dict[str, Any],
) -> dict[str, Any]:
    trees = align(reference, other, on_missing)
    if not details and "contradictions" in chosen.options:
        options = {"contradictions": False, **options}
    counts = chosen.function(trees.reference, trees.other, **options)
    if not details:
        return {"distance": counts["distance"]}
    return {
        **counts,
        "n_classes": trees.reference.n_classes,
        "n_dropped_reference": trees.dropped_reference,
        "n_dropped_other": trees.dropped_other,
    }


def _holds_trees(source: Any) -> bool:
    return isinstance(source, list | tuple | Mapping)


def _several(source: Any) -> dict[Any, ClassTree]:
    """Return trees by name, or by place in a list."""
    from hiertools.trees.sources import as_tree

    if not _holds_trees(source):
        raise OptionError(
            "tree_distance() needs two trees, or a list or a mapping of several; got one "
            f"{type(source).__name__}."
        )
    listed: Mapping[Any, Any] = (
        checks.text_keys(source, "trees")
        if isinstance(source, Mapping)
        else dict(enumerate(source))
    )
    if len(listed) < 2:
        raise OptionError(f"distances need at least two trees; got {len(listed)}.")
    return {name: as_tree(tree) for name, tree in listed.items()}


def _all_pairs(
    named: Mapping[Any, ClassTree],
    pairs: list[tuple[Any, Any]],
    chosen: TreeDistance,
    details: bool,
    on_missing: str,
    options: dict[str, Any],
) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for a, b in pairs:
        counts = _counted(named[a], named[b], chosen, details, on_missing, options)
        rows.append({"reference": a, "other": b, "distance": counts["distance"], **counts})
    return pd.DataFrame(rows)
