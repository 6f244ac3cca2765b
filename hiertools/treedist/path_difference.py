"""Path difference: how differently far apart two trees put each pair of classes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.units import binary_unit
from hiertools.errors import OptionError
from hiertools.results.status import TOO_FEW_CLASSES
from hiertools.treedist.method import TreeDistance
from hiertools.treedist.pairs import products
from hiertools.trees.operations import collapse_unary
from hiertools.trees.paths import path_distances
from hiertools.trees.tree import ClassTree


def path_difference(
    reference: ClassTree,
    other: ClassTree,
    *,
    kind: str = "edges",
    rooted: bool = True,
    normalized: bool = False,
) -> dict[str, Any]:
    r"""Compare the path distances of two trees.

    .. math:: d = \sqrt{\sum_{i<j} \bigl(t_a(i, j) - t_b(i, j)\bigr)^2}, \qquad
              d_\mathrm{norm} = d / \sqrt{C(C-1)/2}

    Parameters
    ----------
    reference, other : ClassTree
        With equal `classes`.
    kind : {"edges", "length"}
        Count edges, as the source does, or sum their lengths.
    rooted : bool
        False takes the root of two branches, and nodes with one child, out first: the distance of
        the unrooted trees. Only with ``kind="edges"``: lengths don't see them.
    normalized : bool
        The root mean square over pairs instead of the norm.

    Returns
    -------
    dict
        ``distance``: 0 best, without upper bound, in edges (or the unit of the lengths); ``raw``,
        ``normalized``.

    Notes
    -----
    A metric on unrooted trees. Large paths dominate, so it tells more about the shapes of two trees
    than about which groups they share; a binary tree is deep and a taxonomy shallow, so between the
    two it is never near 0.

    References
    ----------
    Steel and Penny 1993, doi:10.1093/sysbio/42.2.126.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> other = ht.ClassTree.from_newick("(((lynx,wolf),newt),toad);")
    >>> ht.tree_distance(tree, other, "path_difference")
    1.7320508075688772
    """
    raw = float(_norms(reference, other, kind, rooted)(None)[0])
    pairs = reference.n_classes * (reference.n_classes - 1) / 2
    mean = raw / math.sqrt(pairs) if pairs else math.nan
    counts = {"distance": mean if normalized else raw, "raw": raw, "normalized": mean}
    if math.isnan(counts["distance"]):
        return {**counts, "note": "A tree of one class has no pairs of classes."}
    return counts


def prepare(
    reference: ClassTree,
    other: ClassTree,
    *,
    kind: str = "edges",
    rooted: bool = True,
    normalized: bool = False,
) -> Callable[[Ints], Floats]:
    """Return a function that gives the distance under relabellings of the reference.

    It takes permutations (P, C) and gives distances (P,); class i takes the place in the reference
    of class ``permutations[p, i]``. 1 ms a permutation of 1,000 classes.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.treedist import path_difference
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> path_difference.prepare(tree, tree)([[0, 1, 2, 3], [0, 2, 1, 3]])
    array([0., 4.])
    """
    norms = _norms(reference, other, kind, rooted)
    pairs = reference.n_classes * (reference.n_classes - 1) / 2
    scale = math.sqrt(pairs) if normalized else 1.0
    return lambda permutations: norms(permutations) / scale


def _norms(
    reference: ClassTree, other: ClassTree, kind: str, rooted: bool
) -> Callable[[Ints | None], Floats]:
    checks.option(kind, ("edges", "length"), "kind")
    if kind == "length" and not rooted:
        raise OptionError('rooted=False concerns edges; with kind="length" leave it out.')
    first, second = (_paths(tree, kind, rooted) for tree in (reference, other))
    unit = binary_unit(first, second) if kind == "length" else 1.0
    if unit != 1.0:
        first, second = first / unit, second / unit
    fixed = (np.einsum("ij,ij->", first, first) + np.einsum("ij,ij->", second, second)) / 2
    sums = products(first, second)

    def norms(permutations: Ints | None) -> Floats:
        if kind == "length" and permutations is None:  # digits would be lost in the difference
            apart = first - second
            squares = np.array([np.einsum("ij,ij->", apart, apart) / 2])
        else:
            squares = np.maximum(fixed - 2 * sums(permutations), 0.0)
        values: Floats = unit * np.sqrt(squares)
        return values

    return norms


def _paths(tree: ClassTree, kind: str, rooted: bool) -> Floats:
    if rooted:
        return path_distances(tree, kind=kind)
    slim = collapse_unary(tree)  # branches without a class go, too
    paths = path_distances(slim, tree.classes, kind="edges")
    if slim.n_children[0] == 2 and slim.class_node.min() > 0:
        branch = slim.class_node >= np.flatnonzero(slim.parent == 0)[1]
        paths -= branch[:, None] != branch[None, :]
    return paths


METHODS = (
    TreeDistance(
        name="path_difference",
        function=path_difference,
        better="lower",
        symmetric=True,
        rooted=True,
        formula="sqrt(sum over pairs of (t_a - t_b)^2), t in edges",
        source="Steel and Penny 1993, doi:10.1093/sysbio/42.2.126",
        title="path difference",
        meaning="Euclidean distance of the two trees' path lengths, in edges",
        prepare=prepare,
        undefined=TOO_FEW_CLASSES,
        span=(0.0, float("inf")),
    ),
)
