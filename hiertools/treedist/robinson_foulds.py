"""Robinson-Foulds distances: which clades (rooted) or splits (unrooted) two trees share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks, few
from hiertools._core.arrays import Floats, Ints
from hiertools._core.units import binary_unit
from hiertools.treedist.method import TreeDistance
from hiertools.trees.align import align
from hiertools.trees.paths import meetings
from hiertools.trees.tree import ClassTree


def robinson_foulds(
    reference: ClassTree,
    other: ClassTree,
    *,
    rooted: bool = True,
    normalized: bool = True,
    contradictions: bool = True,
) -> dict[str, Any]:
    r"""Compare the nontrivial clades (or splits) of two trees.

    .. math:: d = |A \triangle B|, \qquad d_\mathrm{norm} = \frac{|A \triangle B|}{|A| + |B|}

    with A and B the sets of clades of at least two classes, but not all of them; unrooted: of
    splits with at least two classes on either side. A chain of nodes with one clade counts once.

    Parameters
    ----------
    reference, other : ClassTree
        With the same classes.
    rooted : bool
        Compare clades, or splits.
    normalized : bool
        Divide by the number of clades of both trees.
    contradictions : bool
        Count the clades that contradict, too, which takes most of the time (`tree_distance` leaves
        it out where no details are asked for).

    Returns
    -------
    dict
        ``distance`` (0 best; at most 1 where normalised; NaN with a ``note`` where neither tree has
        a clade); ``raw``; ``normalized``; ``n_clades_reference``, ``n_clades_other``;
        ``n_shared``: clades of the reference that the other tree recovers;
        ``n_contradicted_reference``, ``n_contradicted_other``: clades incompatible with one of the
        other tree's, that is, which no tree can hold together; ``n_unresolved_reference``: clades
        of the reference that the other tree neither has nor contradicts; ``n_refining_other``:
        clades of the other tree that only resolve further what the reference leaves open;
        ``floor``: the least normalised distance that a fully binary other tree can have.

    Notes
    -----
    A binary tree has C - 2 clades (C - 3 splits), a coarse taxonomy few, so the normalised distance
    stays well above 0 even where every clade of the taxonomy is recovered: compare it with
    ``floor``, or read ``n_shared`` and ``n_contradicted_other``.

    References
    ----------
    Robinson and Foulds 1981, doi:10.1016/0025-5564(81)90043-2; the algorithm is that of Day 1985,
    doi:10.1007/BF01908061, exact and linear.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> other = ht.ClassTree.from_newick("(((lynx,wolf),newt),toad);")
    >>> counts = ht.tree_distance(tree, other, "robinson_foulds", details=True)
    >>> counts["distance"], counts["n_shared"], counts["n_contradicted_other"]
    (0.5, 1, 1)
    """
    from hiertools._kernels import robinson_foulds as kernels

    reference, other, *_ = align(reference, other)
    first, second = _arrays(reference, rooted), _arrays(other, rooted)
    order, start, stop = kernels.spans(*first)
    other_order, other_start, other_stop = kernels.spans(*second)
    by_start, by_stop, n_ref = kernels.day_table(first[0], start, stop, order.size)
    position = kernels.positions(order, reference.n_classes)
    match = kernels.match_clades(
        *second, other_start, other_stop, position, order.size, start, stop, by_start, by_stop
    )
    n_other, shared = int((match >= -1).sum()), int((match >= 0).sum())
    raw = n_ref + n_other - 2 * shared
    share = raw / (n_ref + n_other) if n_ref + n_other else math.nan
    binary = max(reference.n_classes - (2 if rooted else 3), 0)
    counts: dict[str, Any] = {
        "distance": share if normalized else float(raw),
        "raw": raw,
        "normalized": share,
        "n_clades_reference": n_ref,
        "n_clades_other": n_other,
        "n_shared": shared,
        "floor": (binary - n_ref) / (binary + n_ref) if binary else math.nan,
    }
    if contradictions:
        clash_ref = clash_other = 0
        if shared < min(n_ref, n_other):  # else one tree refines the other
            (parent, node), (other_parent, other_node) = first, second
            one = (*first, order, start, stop, meetings(parent, node[order]))
            meet = meetings(other_parent, other_node[other_order])
            two = (*second, other_order, other_start, other_stop, meet)
            clash_ref = kernels.contradicted(*one, *two)
            clash_other = kernels.contradicted(*two, *one)
        counts |= {
            "n_contradicted_reference": clash_ref,
            "n_contradicted_other": clash_other,
            "n_unresolved_reference": n_ref - shared - clash_ref,
            "n_refining_other": n_other - shared - clash_other,
        }
    if normalized and math.isnan(share):
        what = "clade" if rooted else "split"
        counts["note"] = f"Neither tree has a nontrivial {what}, so no share of them can be taken."
    return counts


def _raw(
    reference: ClassTree, other: ClassTree, *, rooted: bool = True, contradictions: bool = True
) -> dict[str, Any]:
    return robinson_foulds(
        reference, other, rooted=rooted, normalized=False, contradictions=contradictions
    )


def _unrooted(
    reference: ClassTree, other: ClassTree, *, normalized: bool = True, contradictions: bool = True
) -> dict[str, Any]:
    return robinson_foulds(
        reference, other, rooted=False, normalized=normalized, contradictions=contradictions
    )


def branch_score(
    reference: ClassTree, other: ClassTree, *, rooted: bool = True, squared: bool = True
) -> dict[str, Any]:
    r"""Compare the lengths that two trees give to each clade (or split), single classes included.

    .. math:: d = \sqrt{\sum_X (a_X - b_X)^2} \quad\text{or}\quad \sum_X |a_X - b_X|

    with :math:`a_X` the length of the edges above clade X in the one tree, 0 where it lacks X.
    Rooted, the clade of all classes is left out; unrooted, the two edges at a root of two children
    are one.

    Parameters
    ----------
    reference, other : ClassTree
        With the same classes. Trees without lengths have edges of length 1.
    rooted : bool
        Compare clades, or splits.
    squared : bool
        The branch score, or the sum of absolute differences (weighted Robinson-Foulds).

    Returns
    -------
    dict
        ``distance`` in the unit of the lengths, at least 0, lower is closer; ``absolute`` and
        ``branch_score``, the two sums.

    References
    ----------
    Kuhner and Felsenstein 1994, doi:10.1093/oxfordjournals.molbev.a040126; Robinson and Foulds
    1979, doi:10.1007/BFb0102690.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx:1,wolf:1):2,newt:1);")
    >>> other = ht.ClassTree.from_newick("((lynx:1,newt:1):2,wolf:1);")
    >>> ht.tree_distance(tree, other, "weighted_robinson_foulds")
    4.0
    """
    from hiertools._kernels import robinson_foulds as kernels

    reference, other, *_ = align(reference, other)
    ref, own = _with_lengths(reference, rooted), _with_lengths(other, rooted)
    unit = binary_unit(ref[1], own[1])
    for _, length, _ in (ref, own):
        length /= unit
    absolute, squares, ref_full, own_full = kernels.compare_lengths(*ref, *own)
    if not rooted and reference.n_classes > 1:  # the edge to the class both were rooted at
        absolute += abs(ref_full - own_full)
        squares += (ref_full - own_full) ** 2
    absolute, root = unit * absolute, unit * math.sqrt(squares)
    return {"distance": root if squared else absolute, "absolute": absolute, "branch_score": root}


def _weighted(reference: ClassTree, other: ClassTree, *, rooted: bool = True) -> dict[str, Any]:
    return branch_score(reference, other, rooted=rooted, squared=False)


def _branch_score(reference: ClassTree, other: ClassTree, *, rooted: bool = True) -> dict[str, Any]:
    return branch_score(reference, other, rooted=rooted)


def shared_clades_null(
    reference: ClassTree, other: ClassTree, permutations: ArrayLike, *, rooted: bool = True
) -> Ints:
    """Return the number of shared clades (splits) under relabelling of `other`.

    Parameters
    ----------
    reference, other : ClassTree
        With the same classes.
    permutations : array_like of int, shape (P, C)
        In row p, class i of `other` goes by the name of class ``permutations[p, i]``.
    rooted : bool
        Count clades, or splits.

    Returns
    -------
    ndarray of int, shape (P,)
        Raw Robinson-Foulds is the number of clades of both trees less twice this.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.treedist.robinson_foulds import shared_clades_null
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> shared_clades_null(tree, tree, [[0, 1, 2, 3], [2, 3, 0, 1], [0, 2, 1, 3]])
    array([2, 2, 0])
    """
    from hiertools._core.threads import available_threads, thread_map
    from hiertools._kernels import robinson_foulds as kernels

    reference, other, *_ = align(reference, other)
    rows = checks.permutations(permutations, reference.n_classes)
    if reference.n_classes <= few.CLASSES:
        return _shared_by_few(_members(reference, rooted), _members(other, rooted), rows, rooted)
    (ref_parent, ref_node), (parent, node) = _arrays(reference, rooted), _arrays(other)
    pieces = np.array_split(rows, max(1, min(available_threads(), rows.size // 100_000)))
    found = thread_map(
        lambda piece: kernels.shared_null(ref_parent, ref_node, parent, node, piece, rooted), pieces
    )
    return np.concatenate(found)


Members = NDArray[np.bool_]
"""Clades as rows, classes as columns."""


def _members(tree: ClassTree, rooted: bool) -> Members:
    """Return the classes of each nontrivial clade, or of the side of each split without class 0.

    Shape (clades, C), each clade once.
    """
    place = np.empty(tree.n_classes, dtype=np.int64)
    place[tree.class_order] = np.arange(tree.n_classes)
    inside = (place >= tree.clade_start[:, None]) & (place < tree.clade_stop[:, None])
    if not rooted:
        inside ^= inside[:, :1]
    size, outside = inside.sum(axis=1), tree.n_classes - inside.sum(axis=1)
    kept = inside[(size > 1) & (outside > (0 if rooted else 1))]
    once: Members = kept[list({row.tobytes(): place for place, row in enumerate(kept)}.values())]
    return once


def _shared_by_few(reference: Members, other: Members, permutations: Ints, rooted: bool) -> Ints:
    """Count shared clades by their definition: each is a number with a bit for every class."""
    bits = 1 << np.arange(permutations.shape[1])
    named = bits[permutations] @ other.T
    if not rooted:
        named = np.where(named & 1, bits.sum() ^ named, named)
    shared: Ints = np.isin(named, reference @ bits).sum(axis=1)
    return shared


def _arrays(tree: ClassTree, rooted: bool = True) -> tuple[Ints, Ints]:
    """Return parents and the node of each class, of the tree or of its splits."""
    parent, _, class_node = _with_lengths(tree, rooted)
    return parent, class_node


def _with_lengths(tree: ClassTree, rooted: bool) -> tuple[Ints, Floats, Ints]:
    """Return the same with the length of each edge between them."""
    from hiertools._kernels import robinson_foulds as kernels

    # Copies: the kernels are compiled for writable arrays only, and copying takes microseconds.
    parent, class_node, length = tree.parent.copy(), tree.class_node.copy(), tree.length.copy()
    if not rooted:
        parent, length, class_node = kernels.reroot(parent, length, class_node, 0)
    return parent, length, class_node


_SOURCE = "Robinson and Foulds 1981, doi:10.1016/0025-5564(81)90043-2"
_SPLITS = "A, B: sets of nontrivial clades (rooted) or splits (rooted=False)"

METHODS = (
    TreeDistance(
        name="robinson_foulds",
        function=robinson_foulds,
        better="lower",
        symmetric=True,
        rooted=True,
        formula=f"|A xor B| / (|A| + |B|); {_SPLITS}",
        source=_SOURCE,
        title="Robinson-Foulds (normalised)",
        meaning="share of the clades of both trees that only one of them has",
    ),
    TreeDistance(
        name="robinson_foulds_raw",
        function=_raw,
        better="lower",
        symmetric=True,
        rooted=True,
        formula=f"|A xor B|; {_SPLITS}",
        source=_SOURCE,
        title="Robinson-Foulds (clades)",
        meaning="number of clades that only one of the trees has",
        span=(0.0, float("inf")),
    ),
    TreeDistance(
        name="robinson_foulds_unrooted",
        function=_unrooted,
        better="lower",
        symmetric=True,
        rooted=False,
        formula="|A xor B| / (|A| + |B|); A, B: sets of nontrivial splits",
        source=_SOURCE,
        title="Robinson-Foulds (unrooted)",
        meaning="share of the splits of both trees that only one of them has",
    ),
    TreeDistance(
        name="weighted_robinson_foulds",
        function=_weighted,
        better="lower",
        symmetric=True,
        rooted=True,
        formula="sum of |a_X - b_X| over clades X; a_X: length above X",
        source="Robinson and Foulds 1979",
        title="weighted Robinson-Foulds",
        meaning="sum of the differences between the lengths that the trees give to each clade",
        span=(0.0, float("inf")),
    ),
    TreeDistance(
        name="branch_score",
        function=_branch_score,
        better="lower",
        symmetric=True,
        rooted=True,
        formula="root of the sum of (a_X - b_X)^2 over clades X; a_X: length above X",
        source="Kuhner and Felsenstein 1994",
        title="branch score",
        meaning="Euclidean distance of the lengths that the trees give to each clade",
        span=(0.0, float("inf")),
    ),
)
