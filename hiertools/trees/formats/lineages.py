"""Lineages (a class and the groups above it, coarsest first) to a tree's columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hiertools._core import checks
from hiertools._core.alerts import warn
from hiertools.errors import FileFormatError, OptionError, TreeError
from hiertools.trees.columns import TreeColumns
from hiertools.trees.formats.components import Components, Row
from hiertools.trees.formats.lineage_tables import classes_and_lineages
from hiertools.trees.formats.node_paths import nodes_below_groups, nodes_of_paths, refuse_shared
from hiertools.trees.formats.placeholders import (
    Nothing,
    rank_of,
    ranks_of_prefixes,
    says_nothing,
    without_placeholders,
)
from hiertools.trees.formats.split_lineages import split_lineages

__all__ = ["read_lineages"]


def read_lineages(
    lineages: Any,
    *,
    separator: str | None,
    classes: Sequence[str] | None,
    ranks: Sequence[str] | None,
    missing: Sequence[str] | None,
) -> TreeColumns:
    """Read the lineage of each class, as `ClassTree.from_lineages` has it."""
    ranks = ranks if ranks is None or isinstance(ranks, str) else tuple(ranks)
    names, given, of_taxa = classes_and_lineages(lineages, classes)
    if not given:
        raise FileFormatError("lineages: there are none; give at least one class.")
    held = split_lineages(names, given, separator)
    held, left_out = without_placeholders(names, held, Nothing(missing))
    if names is None:
        _refuse_nameless(held, given)
    own = held.last if names is None else names
    own = list(checks.class_names(own, "lineages", TreeError))
    if ranks is not None:
        _check_level_names(ranks, own, held)
    groups, last = _steps(held, own, ranks)
    parent, keys, ends = nodes_below_groups(groups, held.group, last)
    shared, apart = len(set(ends)) < len(ends), False
    if shared and names is not None:
        gaps = left_out or any("" in above for above in held.groups) or any(map(_ends_empty, given))
        apart = of_taxa or bool(gaps)
    if apart:  # lineages of groups, in which each class is one of several
        below = own if ranks is None else [("", name) for name in own]
        parent, keys, ends = nodes_of_paths(
            [(*groups[above], *step) for above, *step in zip(held.group, last, below)]
        )
        warn(
            "lineages: several classes have the same one, so each class hangs as a node of its "
            "own below its lineage.",
        )
    refuse_shared(own, ends, lambda row: list(filter(None, held.row(row))) or [own[row]])
    if ranks is not None:
        ranked, labels = zip(("", ""), *keys[1:])
        return TreeColumns(parent, own, ends, labels=labels, ranks=ranked, rank_order=ranks)
    told = ranks_of_prefixes(held, own)
    if told is None:
        return TreeColumns(parent, own, ends, labels=keys)
    of_nodes = [rank_of(label) or "" for label in keys]
    if apart:
        for node in ends:
            of_nodes[node] = ""
    return TreeColumns(parent, own, ends, labels=keys, ranks=of_nodes, rank_order=told)


def _steps(
    held: Components, own: Sequence[str], ranks: Sequence[str] | None
) -> tuple[list[tuple[Any, ...]], list[Any]]:
    """Return what tells nodes apart, of groups and last components: labels, with ranks if given.

    A class of which nothing at all is known is one by itself.
    """
    last = held.last
    if ranks is None:
        groups: list[Any] = [tuple(filter(None, above)) for above in held.groups]
        return groups, last if all(last) else [part or name for part, name in zip(last, own)]

    def ranked(above: Row) -> tuple[tuple[str, str], ...]:
        return tuple(step for step in zip(ranks, above) if step[1])

    places = [len(held.groups[group]) for group in held.group]
    steps = [
        (ranks[place], part) if part else ("", name) for place, part, name in zip(places, last, own)
    ]
    return list(map(ranked, held.groups)), steps


def _refuse_nameless(held: Components, given: Sequence[Any]) -> None:
    """Refuse lineages that should name their class, and are all placeholders."""
    if not all(held.last):
        row = held.last.index("")
        raise FileFormatError(
            f"the lineage of row {row}, {given[row]!r}, says nothing but that no group is known, "
            "so nothing names its class; name the classes, or take it out."
        )


def _ends_empty(lineage: Any) -> bool:
    """Tell whether a lineage goes on behind its last name: with a separator, or a rank alone."""
    return isinstance(lineage, str) and says_nothing(re.split(r"[;/|>]", lineage.rstrip())[-1])


def _check_level_names(ranks: Sequence[str], names: Sequence[str], held: Components) -> None:
    if isinstance(ranks, str):
        raise OptionError(f"ranks must be a list of names; got the text {ranks!r}.")
    depths = list(map(len, held.rows()))
    depth = max(depths)
    if depth > len(ranks):
        raise OptionError(
            f"ranks names {len(ranks)} levels, but class {names[depths.index(depth)]!r} lies "
            f"{depth} levels deep; name every level."
        )
