"""Levels as numbers: each level of a tree has one, and where it is a rank, that rank's name."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hiertools.errors import OptionError
from hiertools.trees.levels import level_groups
from hiertools.trees.tree import ClassTree


def level_number(tree: ClassTree, level: int | str) -> int:
    """Return a level as a number: a rank's place in the tree's order of ranks.

    Examples
    --------
    >>> lineages = {"a": ("X", "x"), "b": ("Y", "y")}
    >>> tree = ClassTree.from_lineages(lineages, ranks=("family", "genus"))
    >>> level_number(tree, "genus"), level_number(tree, 0)
    (1, 0)
    """
    if isinstance(level, str):
        if tree.rank_order is None:
            raise OptionError(f"level {level!r} names a rank, but the tree has no ranks.")
        return tree.rank_order.index(level)
    return int(level)


def level_rank(tree: ClassTree, level: int | str) -> str | None:
    """Return the rank that a level stands for, None where it stands for none.

    A number stands for the rank at its place only if both group the classes alike: in a tree with
    gaps, the nodes one edge below the root need not all be families.
    """
    if isinstance(level, str):
        return level
    ranks = tree.rank_order or ()
    if not 0 <= level < len(ranks) or level >= tree.n_levels:
        return None
    same = _alike(tree, level, ranks[level])
    return ranks[level] if same else None


def distinct_levels(tree: ClassTree, levels: Iterable[int | str]) -> tuple[int | str, ...]:
    """Return levels, each once: a rank and its number are one level, named by the rank.

    Raises
    ------
    OptionError
        What is no level of the tree; a rank and a number of one place that group differently.

    Examples
    --------
    >>> lineages = {"a": ("X", "x"), "b": ("Y", "y")}
    >>> tree = ClassTree.from_lineages(lineages, ranks=("family", "genus"))
    >>> distinct_levels(tree, [0, "family", 1])
    ('family', 1)
    """
    found: dict[int, int | str] = {}
    for level in levels:
        level_groups(tree, level)  # refuses what is no level
        number = level_number(tree, level)
        there = found.setdefault(number, level)
        if there == level:
            continue
        if not _alike(tree, there, level):
            rank, depth = (there, level) if isinstance(there, str) else (level, there)
            raise OptionError(
                f"levels {depth} and {rank!r} bear the same number, {number}, but group the "
                "classes differently; ask for one of them at a time."
            )
        found[number] = there if isinstance(there, str) else level
    return tuple(found.values())


def _alike(tree: ClassTree, one: int | str, other: int | str) -> bool:
    """Tell whether two levels put the same classes together."""
    first, second = (np.unique(level_groups(tree, x), return_inverse=True) for x in (one, other))
    pairs = np.unique(np.stack([first[1], second[1]]), axis=1).shape[1]
    return bool(pairs == first[0].size == second[0].size)
