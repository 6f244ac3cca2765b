"""Strata: classes that may change names with one another, where not all may.

One mechanism for ``within=`` (groups of a level), ``strata=`` (whatever the user gives) and
``given=`` (classes that a tree tells apart by nothing): each names a stratum for every class, and
only classes that share all of these are exchanged.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from hiertools._core import checks
from hiertools._core.tables import is_missing, is_series, read_table, read_text
from hiertools._core.wording import RESTRICTED
from hiertools.errors import ClassMismatchError, OptionError
from hiertools.trees.levels import level_groups
from hiertools.trees.operations import node_path
from hiertools.trees.tree import ClassTree

__all__ = ["restriction_note", "siblings", "strata_of", "stratum_of_each", "within_level"]

Strata = Mapping[str, str]


def stratum_of_each(strata: object) -> dict[str, str] | None:
    """Return the stratum of each class as text, from a mapping, a Series, or a table in a file.

    Examples
    --------
    >>> stratum_of_each({"lynx": 1, "wolf": "rare"})
    {'lynx': '1', 'wolf': 'rare'}
    """
    if strata is None:
        return None
    if isinstance(strata, str | os.PathLike):
        path = Path(strata)
        rows = read_table(read_text(path), path.name, path=path)
        if any(len(row) != 2 for row in rows):
            raise OptionError(
                f"{path.name}: strata are a table of two columns, class and stratum, below a "
                f"header; got {len(rows[0])} columns."
            )
        names = [name for name, _ in rows[1:]]
        twice = [name for name, times in Counter(names).items() if times > 1]
        if twice:
            raise OptionError(f"{path.name}: strata name a class twice: {checks.name_list(twice)}.")
        strata = {row[0]: row[1] for row in rows[1:]}
    if is_series(strata):
        strata = strata.to_dict()  # type: ignore[attr-defined]
    if not isinstance(strata, Mapping) or not strata:
        raise OptionError(
            "strata must say the stratum of each class: a mapping from class name, a Series with "
            "class names as its index, or a file with the columns class and stratum."
        )
    missing = [name for name, stratum in strata.items() if is_missing(stratum)]
    if missing:
        raise OptionError(
            f"strata have no value for {checks.name_list(missing)}; give those a stratum of their "
            "own, such as 'unknown'."
        )
    return {str(name): str(stratum) for name, stratum in strata.items()}


def within_level(tree: ClassTree, level: int | str, classes: Sequence[str]) -> list[str]:
    """Return the group of each class at a level, by its path."""
    nodes = level_groups(tree, level, tuple(classes)).tolist()
    paths = {node: "/".join(node_path(tree, node)) for node in set(nodes)}
    # Nodes may share a path's text; their numbers then tell them apart.
    alike = len(set(paths.values())) < len(paths)
    return [f"{paths[node]} ({node})" if alike else paths[node] for node in nodes]


def siblings(tree: ClassTree, classes: Sequence[str]) -> list[str]:
    """Return what classes share that the tree tells apart by nothing: node above, and edge."""
    place = {name: i for i, name in enumerate(tree.classes)}
    found = []
    for name in classes:
        node = int(tree.class_node[place[name]])
        inner = bool(tree.n_children[node])
        above = node if inner else int(tree.parent[node])
        length = f", {tree.length[node]!r}" if tree.has_lengths else ""
        found.append(f"{above}{' itself' if inner else length}")
    return found


def strata_of(
    classes: Sequence[str], given: Strata | None, *others: Sequence[str] | None
) -> tuple[str, ...] | None:
    """Return the stratum of each class, by all that is asked for; None where nothing is.

    Examples
    --------
    >>> strata_of(["lynx", "newt"], {"newt": "rare", "lynx": "usual"}, ["cat", "newt"])
    ('cat | usual', 'newt | rare')
    """
    parts = [list(other) for other in others if other is not None]
    if given is not None:
        lost = [name for name in classes if name not in given]
        if lost:
            raise ClassMismatchError(
                f"{len(lost)} of {len(classes)} classes have no stratum: "
                f"{checks.name_list(lost)}; strata must name every class."
            )
        parts.append([given[name] for name in classes])
    return tuple(" | ".join(told) for told in zip(*parts)) if parts else None


def restriction_note(strata: Sequence[str] | None, by: Sequence[str]) -> tuple[str, ...]:
    """Tell how the classes were relabelled, where not at random among all.

    `by` says what makes the strata.
    """
    if strata is None:
        return ()
    sizes = np.unique(strata, return_counts=True)[1]
    alone = int((sizes == 1).sum())
    many = f"{sizes.min()} to {sizes.max()}" if np.ptp(sizes) else f"{sizes.min()}"
    noun = "class" if sizes.max() == 1 else "classes"
    still = f"; {alone} of them hold a single class, which keeps its name" if alone else ""
    return (
        f"{RESTRICTED} {' and '.join(by)}: {sizes.size} strata of {many} {noun}{still}. "
        "Chance and p say what is more than these explain.",
    )
