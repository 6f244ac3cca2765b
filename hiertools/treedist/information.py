"""Information that the splits of two trees share, in bits (Smith 2020)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.treedist.method import TreeDistance
from hiertools.treedist.splits import (
    entropies,
    log_rooted_trees,
    over_permutations,
    splits,
    total_scorer,
    x_log_x,
)
from hiertools.trees.tree import ClassTree

_SMITH = "Smith 2020, doi:10.1093/bioinformatics/btaa614"


class _Kind(NamedTuple):
    """What information a split has, and what two splits share."""

    number: int
    """Its number in ``_kernels/splits.py``, repeated so that importing this loads no numba."""
    of_splits: Callable[[ClassTree], Floats]
    table: Callable[[int], Floats]
    shared: str
    """What the shared information is called among the counts."""
    equals_first: bool


def _surprise(tree: ClassTree) -> Floats:
    """Return the information in bits of each split among all binary trees, shape (S,)."""
    n, size = tree.n_classes, splits(tree).size
    log_trees = log_rooted_trees(n)
    information: Floats = log_trees[max(n - 1, 0)] - log_trees[size] - log_trees[n - size]
    return information


_CLUSTERING = _Kind(0, entropies, x_log_x, "mutual_information", True)
_PHYLOGENETIC = _Kind(1, _surprise, log_rooted_trees, "shared_information", False)
_MATCHING = _Kind(2, _surprise, log_rooted_trees, "shared_information", False)
KINDS = {"clustering": _CLUSTERING, "phylogenetic": _PHYLOGENETIC, "matching": _MATCHING}


def clustering_information(
    reference: ClassTree, other: ClassTree, *, normalized: bool = True
) -> dict[str, Any]:
    r"""Compare two trees by the information their splits give about each other.

    .. math:: d = H_a + H_b - 2 \, \mathrm{MCI}, \qquad d_\mathrm{norm} = \frac{d}{H_a + H_b}

    A split puts the classes into two groups; :math:`H` sums the entropies of a tree's nontrivial
    splits, and MCI is the largest sum of mutual informations of splits assigned one to one.

    Parameters
    ----------
    reference, other : ClassTree
        With equal `classes`.
    normalized : bool
        Divide by the information of both trees.

    Returns
    -------
    dict
        ``distance``: 0 best, at most 1 where normalised, else in bits; NaN with a ``note`` where
        neither tree has a nontrivial split. ``raw`` in bits; ``normalized``;
        ``mutual_information`` (MCI, bits) and ``similarity``, MCI over the mean of both entropies
        (1 best); ``information_reference``, ``information_other`` in bits.

    Notes
    -----
    A split on which the trees nearly agree counts nearly in full, so one misplaced class does not
    void it as in Robinson-Foulds. The root plays no part. Equal splits are assigned to each other
    first, which loses nothing as variation of information is a metric; the rest is solved as an
    assignment, right to 1e-9 bits.

    References
    ----------
    Smith 2020, doi:10.1093/bioinformatics/btaa614; normalised as R's TreeDist does, whose versions
    2.10.x returned wrong values.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((a,b,c),(d,e,f));")
    >>> other = ht.ClassTree.from_newick("((a,b,d),(c,e,f));")
    >>> counts = ht.tree_distance(tree, other, "clustering_information", details=True)
    >>> round(counts["mutual_information"], 4), round(counts["distance"], 4)
    (0.0817, 0.9183)
    """
    return _compare(_CLUSTERING, reference, other, normalized)


def phylogenetic_information(
    reference: ClassTree, other: ClassTree, *, normalized: bool = True
) -> dict[str, Any]:
    r"""Compare two trees by how many trees their splits rule out together.

    .. math:: d = h_a + h_b - 2 \, \mathrm{SPI}, \qquad d_\mathrm{norm} = \frac{d}{h_a + h_b}

    The information of split X is :math:`h(X) = -\log_2 P(X)`, P the share of binary trees that have
    it; two splits share :math:`h(X) + h(Y) - h(X, Y)` if a tree can have both, else nothing. SPI is
    the largest sum over splits assigned one to one.

    Parameters
    ----------
    reference, other : ClassTree
        With equal `classes`.
    normalized : bool
        Divide by the information of both trees.

    Returns
    -------
    dict
        ``distance``: 0 best, at most 1 where normalised, else in bits; NaN with a ``note`` where
        neither tree has a nontrivial split. ``raw``, ``normalized``, ``similarity`` (SPI over the
        mean information); ``shared_information`` (SPI), ``information_reference`` and
        ``information_other`` in bits.

    Notes
    -----
    Stricter than clustering information: splits that contradict each other share nothing, however
    near. Equal splits are *not* assigned to each other beforehand: two pairs of unequal, nested
    splits can together share more, and the definition asks for the largest sum.

    References
    ----------
    Smith 2020, doi:10.1093/bioinformatics/btaa614 ("different phylogenetic information" there).

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((a,b),(c,d),(e,f));")
    >>> other = ht.ClassTree.from_newick("((a,b),(c,e),(d,f));")
    >>> counts = ht.tree_distance(tree, other, "phylogenetic_information", details=True)
    >>> round(counts["shared_information"], 4)
    2.8074
    """
    return _compare(_PHYLOGENETIC, reference, other, normalized)


def matching_split_information(
    reference: ClassTree, other: ClassTree, *, normalized: bool = True
) -> dict[str, Any]:
    r"""Compare two trees by the splits of some of the classes on which two splits agree.

    .. math:: d = h_a + h_b - 2 \, \mathrm{MSI}, \qquad d_\mathrm{norm} = \frac{d}{h_a + h_b}

    Splits A|B and C|D both imply the split of fewer classes :math:`A \cap C \mid B \cap D`, and
    :math:`A \cap D \mid B \cap C`; they share the information of the more informative one. MSI is
    the largest sum over splits assigned one to one.

    Parameters
    ----------
    reference, other : ClassTree
        With equal `classes`.
    normalized : bool
        Divide by the information of both trees.

    Returns
    -------
    dict
        ``distance``: 0 best, at most 1 where normalised, else in bits; NaN with a ``note`` where
        neither tree has a nontrivial split. ``raw``, ``normalized``, ``similarity``,
        ``shared_information`` (MSI), ``information_reference``, ``information_other``.

    References
    ----------
    Smith 2020, doi:10.1093/bioinformatics/btaa614, after the matching split distance of Bogdanowicz
    and Giaro 2012, doi:10.1109/TCBB.2011.48.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((a,b,c),(d,e,f));")
    >>> other = ht.ClassTree.from_newick("((a,b,d),(c,e,f));")
    >>> round(ht.tree_distance(tree, other, "matching_split_information"), 4)
    0.5528
    """
    return _compare(_MATCHING, reference, other, normalized)


def prepare(
    reference: ClassTree, other: ClassTree, *, kind: str = "clustering", normalized: bool = True
) -> Callable[[Ints], Floats]:
    """Return a function that gives the distance under relabellings of the reference.

    Parameters
    ----------
    reference, other : ClassTree
        With equal `classes`.
    kind : {"clustering", "phylogenetic", "matching"}
    normalized : bool

    Returns
    -------
    callable
        Takes permutations (P, C), gives the distances (P,): class i takes the place in the
        reference of class ``permutations[p, i]``. With 1,000 classes, a taxonomy of 120 splits and
        a binary tree, 2 ms a permutation.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.treedist import information
    >>> tree = ht.ClassTree.from_newick("((a,b),(c,d));")
    >>> information.prepare(tree, tree)([[0, 1, 2, 3], [0, 2, 1, 3]])
    array([0., 1.])
    """
    chosen = KINDS[kind]
    info = _information(chosen, reference) + _information(chosen, other)
    shared = _shared(chosen, reference, other)
    scale = (info or math.nan) if normalized else 1.0

    return over_permutations(
        shared, lambda total: max(info - 2 * total, 0.0) / scale, reference.n_classes
    )


def _compare(
    kind: _Kind, reference: ClassTree, other: ClassTree, normalized: bool
) -> dict[str, Any]:
    info_a, info_b = _information(kind, reference), _information(kind, other)
    shared = _shared(kind, reference, other)(None)
    both = info_a + info_b
    if both - 2 * shared < 1e-12 * both:  # rounding: no two different trees are so close
        shared = both / 2
    raw = both - 2 * shared
    share = raw / both if both else math.nan
    counts: dict[str, Any] = {
        "distance": share if normalized else raw,
        "raw": raw,
        "normalized": share,
        "similarity": 2 * shared / both if both else math.nan,
        kind.shared: shared,
        "information_reference": info_a,
        "information_other": info_b,
    }
    if normalized and not both:
        counts["note"] = "Neither tree has a nontrivial split, so there is no information to share."
    return counts


def _information(kind: _Kind, tree: ClassTree) -> float:
    return float(np.sort(kind.of_splits(tree)).sum())


def _shared(kind: _Kind, reference: ClassTree, other: ClassTree) -> Callable[[Ints | None], float]:
    return total_scorer(
        kind.number,
        reference,
        other,
        table=kind.table(reference.n_classes),
        equals_first=kind.equals_first,
    )


METHODS = (
    TreeDistance(
        name="clustering_information",
        function=clustering_information,
        better="lower",
        symmetric=True,
        rooted=False,
        formula="(H_a + H_b - 2 MCI) / (H_a + H_b), entropies of splits in bits",
        source=_SMITH,
        title="clustering information distance",
        meaning=(
            "information of both trees' splits that best-matched splits don't share, as a share"
        ),
        prepare=partial(prepare, kind="clustering"),
        cost=6.0,
    ),
    TreeDistance(
        name="phylogenetic_information",
        function=phylogenetic_information,
        better="lower",
        symmetric=True,
        rooted=False,
        formula="(h_a + h_b - 2 SPI) / (h_a + h_b), h = -log2 share of trees with the split",
        source=_SMITH,
        title="phylogenetic information distance",
        meaning="what best-matched splits don't share of what each rules out, as a share",
        prepare=partial(prepare, kind="phylogenetic"),
        cost=6.0,
    ),
    TreeDistance(
        name="matching_split_information",
        function=matching_split_information,
        better="lower",
        symmetric=True,
        rooted=False,
        formula="(h_a + h_b - 2 MSI) / (h_a + h_b), MSI information of the split both imply",
        source=_SMITH,
        title="matching split information distance",
        meaning="what best-matched splits don't both imply of their information, as a share",
        prepare=partial(prepare, kind="matching"),
        cost=6.0,
    ),
)
