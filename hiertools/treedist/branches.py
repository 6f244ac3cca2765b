"""Which branches of a taxonomy an inferred tree recovers, and what goes wrong with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core import checks, memory
from hiertools._core.arrays import Ints
from hiertools._core.doors import door
from hiertools._core.keyed import keyed_ranks
from hiertools.errors import TooLargeError
from hiertools.results.columns import Table
from hiertools.trees.align import AlignedTrees, align
from hiertools.trees.preorder import root_distances
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

KINDS = {
    "node": "int64",
    "path": "text",
    "n_classes": "int64",
    "best_jaccard": "float64",
    "inferred_node": "int64",
    "inferred_tied": "int64",
    "inferred_size": "int64",
    "precision": "float64",
    "recall": "float64",
    "missing": "text",
    "intruding": "text",
}
"""The columns and their types."""


@door
def branches(
    reference: Any,
    other: Any,
    /,
    *,
    most_named: int = 5,
    on_missing: str = "error",
    random_state: int = 0,
) -> pd.DataFrame:
    r"""Hold each branch of one tree against the clade of another that is most like it.

    .. math:: J(A) = \max_B \frac{|A \cap B|}{|A \cup B|}

    Parameters
    ----------
    reference, other : ClassTree or anything `as_tree` takes
        The predefined tree and the inferred one.
    most_named : int
        At most this many classes are listed as missing, and as intruding.
    on_missing : {"error", "drop"}
        What to do about classes that only one tree has.
    random_state : int
        Seed of the order in which one of several clades is taken that match equally well.

    Returns
    -------
    pandas.DataFrame
        One row for each clade of the reference of at least two classes, but not all of them, in
        depth-first order; a chain of nodes with one clade is one row, named by its topmost node.
        ``node`` (id in ``restrict(reference, shared classes)``, which has no branch without a
        class), ``path`` (its name from the root, joined by "/"), ``n_classes``; ``best_jaccard`` in
        (0, 1], 1 where the other tree has the clade; of the matching clade B: ``inferred_node``
        (likewise), ``inferred_tied`` (how many clades match as well and are as small),
        ``inferred_size``, ``precision`` (share of B that belongs to A), ``recall``
        (share of A found in B), ``missing`` (tuple of the first classes of A outside B, by name),
        ``intruding`` (of B outside A).

    Raises
    ------
    TooLargeError
        More than about 16e9 pairs of a branch and a class, which would take minutes.

    Notes
    -----
    Of clades that match equally well, the smallest is taken; of several of these, the one that
    holds the first class in an order which `random_state` draws by a hash of the names. Of the
    numbers only ``inferred_node`` depends on it, and ``missing`` and ``intruding`` do. All clades
    of the other tree take part, single classes and the whole tree included.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_lineages(
    ...     {"lynx": "mammal/lynx", "wolf": "mammal/wolf", "newt": "amphibian/newt",
    ...      "toad": "amphibian/toad"}
    ... )
    >>> other = ht.ClassTree.from_newick("(((lynx,wolf),newt),toad);")
    >>> ht.branches(tree, other)[["path", "best_jaccard", "missing", "intruding"]]
            path  best_jaccard  missing intruding
    0     mammal           1.0       ()        ()
    1  amphibian           0.5  (toad,)        ()
    """
    checks.whole_number(most_named, "most_named")
    seed = checks.whole_number(random_state, "random_state", most=None)
    trees = align(as_tree(reference), as_tree(other), on_missing)
    return branch_table(trees, seed, most_named).frame()


def no_branches() -> Table:
    """Return the table of `branches` without a row."""
    return Table({name: [] for name in KINDS}, KINDS)


def branch_table(trees: AlignedTrees, seed: int, most_named: int = 5) -> Table:
    """Return the table of `branches`."""
    from hiertools._kernels.branches import parted_classes

    first, second = trees[:2]
    nodes = _clades(first)
    _refuse_hours(nodes.size, first.n_classes)
    paths = _paths(first, nodes)
    match, shared, tied = _best(first, second, nodes, seed)
    low, high = first.clade_start[nodes], first.clade_stop[nodes]
    start, stop = second.clade_start[match], second.clade_stop[match]
    inside, matched = high - low, stop - start

    by_name = np.array(sorted(range(first.n_classes), key=first.classes.__getitem__))
    names = [first.classes[i] for i in by_name.tolist()]
    place, place_there = _inverse(first.class_order)[by_name], _inverse(second.class_order)[by_name]
    most = min(most_named, first.n_classes)
    missing: list[tuple[str, ...]] = []
    intruding: list[tuple[str, ...]] = []
    size = max(1, _AT_ONCE // max(1, most))
    for begin in range(0, nodes.size, size):
        part = slice(begin, begin + size)
        apart = np.full((2, nodes[part].size, most), -1)
        parted_classes(place, place_there, low[part], high[part], start[part], stop[part], apart)
        for found, named in zip((missing, intruding), apart.tolist()):
            found += [tuple(names[i] for i in row if i >= 0) for row in named]
    columns = {
        "node": nodes.tolist(),
        "path": [paths[node] for node in nodes.tolist()],
        "n_classes": inside.tolist(),
        "best_jaccard": (shared / (inside + matched - shared)).tolist(),
        "inferred_node": match.tolist(),
        "inferred_tied": tied.tolist(),
        "inferred_size": matched.tolist(),
        "precision": (shared / matched).tolist(),
        "recall": (shared / inside).tolist(),
        "missing": missing,
        "intruding": intruding,
    }
    return Table(columns, KINDS)


_AT_ONCE = 1 << 18
"""So many names are looked up at once."""

_MOST = 16e9
"""So many pairs of a branch and a class take about a minute."""


def _refuse_hours(n_branches: int, n_classes: int) -> None:
    """Refuse what would take much longer than anybody waits for an answer."""
    pairs = float(n_branches) * n_classes
    if pairs > _MOST:
        raise TooLargeError(
            f"branches() looks at every class for each branch: {n_branches:,} branches of "
            f"{n_classes:,} classes would take about {60.0 * pairs / _MOST:,.0f} seconds; cut the "
            "reference to fewer levels, or restrict both trees to fewer classes."
        )


def _inverse(order: Ints) -> Ints:
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return place


def _paths(tree: ClassTree, nodes: Ints) -> dict[int, str]:
    """Return, of nodes in preorder, the labels from the root joined by "/": see `node_path`."""
    sizes = root_distances(np.array([float(len(label) + 1) for label in tree.labels]), tree.parent)
    memory.require(
        float(sizes[nodes].sum()),
        f"names of {nodes.size:,} branches from the root",
        "restrict both trees to fewer classes.",
    )
    found: dict[int, str] = {}
    line: list[tuple[int, str]] = []  # the node just named and those above it
    wanted = set(nodes.tolist())
    inner = np.flatnonzero(tree.n_children).tolist()
    for node in inner:
        while line and line[-1][0] != tree.parent[node]:
            line.pop()
        label = tree.labels[node]
        unnamed_root = len(line) == 1 and not tree.labels[0]
        path = label if not line or unnamed_root else f"{line[-1][1]}/{label}"
        line.append((node, path))
        if node in wanted:
            found[node] = path
    return found


def _clades(tree: ClassTree) -> Ints:
    """Return the nodes of a tree's nontrivial clades, the topmost of each chain."""
    size = tree.clade_stop - tree.clade_start
    above = np.concatenate([[tree.n_classes], size[tree.parent[1:]]])
    return np.flatnonzero((size > 1) & (size < tree.n_classes) & (size < above))


def _best(first: ClassTree, second: ClassTree, nodes: Ints, seed: int) -> tuple[Ints, Ints, Ints]:
    """Return the node of the second tree that matches each clade best, the overlap, and ties."""
    from hiertools._kernels.branches import best_clades

    n = first.n_classes
    size = second.clade_stop - second.clade_start
    topmost = np.concatenate([[True], size[1:] < size[second.parent[1:]]])
    candidates = np.flatnonzero(topmost & (size > 0))
    start, stop = second.clade_start[candidates], second.clade_stop[candidates]
    # Prefer small clades, then those that hold the first class of a keyed order: sort so once, and
    # the first maximum is the one wanted.
    rank = keyed_ranks(first.classes, seed)
    earliest = np.minimum.reduceat(
        np.append(rank[second.class_order], n), np.stack([start, stop], 1).ravel()
    )[::2]
    order = np.lexsort([earliest, stop - start])
    candidates, start, stop = candidates[order], start[order], stop[order]

    place = _inverse(first.class_order)[second.class_order]
    match, shared, tied = (np.empty_like(nodes) for _ in range(3))
    low, high = first.clade_start[nodes], first.clade_stop[nodes]
    best_clades(place, start, stop, low, high, match, shared, tied)
    return candidates[match], shared, tied
