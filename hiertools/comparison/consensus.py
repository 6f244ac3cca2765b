"""Consensus of several trees of the same classes, with the support of each clade."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks, memory
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools._core.keyed import keyed_number
from hiertools._core.versions import VERSIONS
from hiertools.comparison.consensus_result import Consensus
from hiertools.errors import OptionError
from hiertools.trees import preorder
from hiertools.trees.align import align
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree


@door
def consensus(
    trees: Iterable[Any],
    /,
    threshold: float = 0.5,
    *,
    greedy: bool = False,
    on_missing: str = "error",
    random_state: int = 0,
) -> Consensus:
    """Return the clades that several trees agree on, as a tree.

    Parameters
    ----------
    trees : iterable of ClassTree or anything `as_tree` takes
        Trees of the same classes: one a run, seed or checkpoint.
    threshold : float in [0.5, 1]
        A clade is kept where *more* than this share of the trees hold it; 1 keeps those that all
        hold (strict consensus).
    greedy : bool
        Then add less frequent clades, the most frequent first, each unless it contradicts one
        already there (the extended majority rule); of equally frequent ones the larger first. Of
        those that are as large, too, the first in an order that `random_state` draws by a hash of
        their classes' names; a note tells how many were left out by that alone.
    on_missing : {"error", "drop"}
        What to do about classes that some tree lacks.
    random_state : int
        Seed of that order.

    Returns
    -------
    Consensus
        ``tree``, a multifurcating ClassTree; ``support``, the share of the trees that hold each
        node's clade; ``n_trees``; scores, plots and saving as every result has them. Clades are
        rooted; single-child nodes don't count twice. Classes and children are in the order of
        names.

    Raises
    ------
    OptionError
        No tree, or a threshold outside [0.5, 1].
    ClassMismatchError
        Different classes, with ``on_missing="error"``.

    Notes
    -----
    Clades that more than half of the trees hold never contradict each other. They are recognised by
    two sums of random 64-bit numbers, one per class: two different clades are taken for one with a
    chance below 1e-25 even among millions.

    References
    ----------
    Margush and McMorris 1981, doi:10.1007/BF02459446.

    Examples
    --------
    >>> import hiertools as ht
    >>> runs = ["((a,b),(c,d));", "((a,b),c,d);", "(((a,b),c),d);"]
    >>> found = ht.consensus([ht.ClassTree.from_newick(run) for run in runs])
    >>> found.tree.to_newick(), found.support.tolist()
    ('((a,b),c,d);', [1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    """
    if isinstance(trees, str | ClassTree):
        raise OptionError("a consensus takes several trees: give a list of them.")
    listed = [as_tree(tree) for tree in trees]
    if not listed:
        raise OptionError("a consensus needs at least one tree; got none.")
    if isinstance(threshold, bool) or not 0.5 <= threshold <= 1:
        raise OptionError(f"threshold must be between 0.5 and 1; got {threshold!r}.")
    seed = checks.whole_number(random_state, "random_state", most=None)
    runs = _same_classes(listed, on_missing)
    notes = _dropped(listed, runs[0])
    classes = runs[0].classes
    table = _count(runs)
    # In whole trees: a share of exactly the threshold is not more than it; all trees always are.
    kept = (table.count > threshold * len(runs)) | (table.count == len(runs))
    accepted = _members(runs, table, np.flatnonzero(kept))
    counts = table.count[kept]
    if greedy:
        rest = np.flatnonzero(~kept)
        accepted, counts, tied = _add_compatible(runs, table, rest, accepted, counts, seed)
        notes = (*notes, *_tied_note(tied))
    return _build(classes, accepted, counts / len(runs), len(runs), notes)


def _same_classes(trees: list[ClassTree], on_missing: str) -> list[ClassTree]:
    """Return the trees over their shared classes, each with its classes in the order of names."""
    checks.option(on_missing, ("error", "drop"), "on_missing")
    first = trees[0]
    for tree in trees[1:]:
        first = align(first, tree, on_missing).reference
    named = ClassTree(
        [-1] + [0] * first.n_classes, sorted(first.classes), range(1, first.n_classes + 1)
    )
    return [align(named, tree, on_missing).other for tree in trees]


def _dropped(trees: list[ClassTree], kept: ClassTree) -> tuple[str, ...]:
    """Say which classes were left out, since some tree lacks them."""
    every = {name for tree in trees for name in tree.classes}
    left = sorted(every - set(kept.classes))
    if not left:
        return ()
    return (
        f"{len(left)} of {len(every)} classes are not in every tree and were left out: "
        f"{checks.name_list(left)}.",
    )


@dataclass(frozen=True, eq=False)
class _Table:
    """Distinct nontrivial clades: in how many trees, and where one of each can be found."""

    count: Ints
    run: Ints
    start: Ints
    stop: Ints


def _count(runs: list[ClassTree]) -> _Table:
    n = runs[0].n_classes
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 2**64, size=(2, n), dtype=np.uint64, endpoint=False)
    parts: list[tuple[NDArray[np.uint64], Ints, Ints, Ints]] = []
    for number, tree in enumerate(runs):
        size = tree.clade_stop - tree.clade_start
        kept = (size > 1) & (size < n)
        runs_of = np.unique(tree.clade_start[kept] * (n + 1) + tree.clade_stop[kept])
        start, stop = runs_of // (n + 1), runs_of % (n + 1)
        total = np.zeros((2, n + 1), dtype=np.uint64)
        np.cumsum(numbers[:, tree.class_order], axis=1, out=total[:, 1:])
        parts.append((total[:, stop] - total[:, start], np.full(start.size, number), start, stop))
    keys = np.concatenate([part[0] for part in parts], axis=1)
    where, start, stop = (np.concatenate([part[i] for part in parts]) for i in (1, 2, 3))
    order = np.lexsort(keys)
    keys = keys[:, order]
    new = np.ones(order.size, dtype=bool)
    new[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    first = np.flatnonzero(new)
    count = np.diff(np.append(first, order.size))
    chosen = order[first]
    return _Table(count, where[chosen], start[chosen], stop[chosen])


def _members(runs: list[ClassTree], table: _Table, which: Ints) -> list[Ints]:
    """Return the classes of some of the clades, each in order of class names."""
    memory.require(
        8.0 * float((table.stop[which] - table.start[which]).sum()),
        f"the classes of {which.size:,} clades for their consensus",
        "take trees of fewer classes: restrict(...) gives them.",
    )
    return [
        np.sort(runs[table.run[i]].class_order[table.start[i] : table.stop[i]])
        for i in which.tolist()
    ]


def _tied_note(tied: int) -> tuple[str, ...]:
    if not tied:
        return ()
    return (
        f"{tied} clade{'s' * (tied != 1)} as frequent and as large as those of the consensus that "
        f"contradict {'them' if tied != 1 else 'it'} {'were' if tied != 1 else 'was'} left out: "
        "which were kept is drawn by a hash of the names; another random_state may keep others.",
    )


def _add_compatible(
    runs: list[ClassTree], table: _Table, rest: Ints, accepted: list[Ints], counts: Ints, seed: int
) -> tuple[list[Ints], Ints, int]:
    """Return the clades with those that contradict none; and how many a tie alone left out."""
    n, classes = runs[0].n_classes, runs[0].classes
    members = _members(runs, table, rest)

    def standing(i: int) -> tuple[int, int, bytes]:
        names = [classes[j] for j in members[i].tolist()]
        return -int(table.count[rest[i]]), -members[i].size, keyed_number(names, seed)

    order = sorted(range(rest.size), key=standing)
    # Two clades are compatible if they share no class, or all those of the smaller one.
    if rest.size:
        memory.require(
            4.0 * n * n,
            f"a consensus of {n:,} classes with all compatible clades",
            "take trees of fewer classes: restrict(...) gives them.",
        )
    inside = np.zeros((max(n - 2, 0), n), dtype=np.int32)
    size = np.zeros(max(n - 2, 0), dtype=np.int64)
    found, taken, tied = len(accepted), counts.tolist(), 0
    for place, clade in enumerate(accepted):
        inside[place, clade] = 1
        size[place] = clade.size
    standings = set()  # of those added: only others of the same can have been left out by a tie
    for i in order:
        clade, rank = members[i], standing(i)[:2]
        if found == n - 2 and rank not in standings:
            continue
        shared = inside[:found, clade].sum(axis=1)
        against = (shared > 0) & (shared < size[:found]) & (shared < clade.size)
        if against.any():
            alike = (size[:found] == clade.size) & (np.array(taken) == table.count[rest[i]])
            tied += bool(alike[against].all())
            continue
        inside[found, clade] = 1
        size[found] = clade.size
        found += 1
        accepted.append(clade)
        taken.append(int(table.count[rest[i]]))
        standings.add(rank)
    return accepted, np.array(taken, dtype=np.int64), tied


def _build(
    classes: tuple[str, ...],
    clades: list[Ints],
    share: Floats,
    n_trees: int,
    notes: tuple[str, ...],
) -> Consensus:
    n = len(classes)
    order = sorted(range(len(clades)), key=lambda i: (-clades[i].size, clades[i][0]))
    owner = np.zeros(n, dtype=np.int64)  # the smallest clade so far that holds each class
    parent, first, support = [-1], [0], [1.0]
    for i in order:
        parent.append(int(owner[clades[i][0]]))
        owner[clades[i]] = len(parent) - 1
        first.append(int(clades[i][0]))
        support.append(float(share[i]))
    inner = len(parent)
    nodes = np.argsort(
        [*first, *range(n)], kind="stable"
    )  # children in the order of their first class
    number = np.empty_like(nodes)
    number[nodes] = np.arange(nodes.size)
    above = np.append(parent, owner)[nodes]
    tree = ClassTree(
        parents := np.where(above < 0, -1, number[above]),
        classes,
        number[inner:],
        labels=[classes[v - inner] if v >= inner else "" for v in nodes.tolist()],
    )
    in_order = np.append(support, np.ones(n))[nodes][preorder.preorder(parents)]
    return Consensus(tree, checks.read_only(in_order), n_trees, notes, versions=VERSIONS)
