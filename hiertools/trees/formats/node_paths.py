"""Nodes from the paths that lead to them: what begins alike hangs from the same nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from hiertools.errors import TreeError

__all__ = ["nodes_below_groups", "nodes_of_paths", "refuse_shared"]

Path = tuple[Any, ...]


def nodes_of_paths(paths: Sequence[Path]) -> tuple[list[int], list[Any], list[int]]:
    """Return parent and last component of every node, and the node where each path ends.

    Examples
    --------
    >>> nodes_of_paths([("cat", "lynx"), ("dog",), ("cat", "puma"), ()])
    ([-1, 0, 1, 0, 1], ['', 'cat', 'lynx', 'dog', 'puma'], [2, 3, 4, 0])
    """
    number: dict[Path, int] = {}
    group = [number.setdefault(path[:-1], len(number)) for path in paths if path]
    found = nodes_below_groups(list(number), group, [path[-1] for path in paths if path])
    if len(group) == len(paths):
        return found
    parent, keys, nodes = found
    ends = iter(nodes)
    return parent, keys, [next(ends) if path else 0 for path in paths]  # () is the root


def nodes_below_groups(
    groups: Sequence[Path], group: Sequence[int], last: Sequence[Any]
) -> tuple[list[int], list[Any], list[int]]:
    """Return the same of paths that are given by what stands above their last component.

    Parameters
    ----------
    groups
        What stands above last components.
    group, last
        The place in `groups` of each path, and its last component.
    """
    parent, keys, ends = [-1], [""], []
    child_of: dict[tuple[int, Any], int] = {}
    at = [-1] * len(groups)
    # As a rule, no two paths end alike, and none in what is a group of others: nothing to look up.
    own = len(set(last)) == len(last) and set(chain.from_iterable(groups)).isdisjoint(last)

    def below(node: int, part: Any) -> int:
        child = child_of.setdefault((node, part), len(parent))
        if child == len(parent):
            parent.append(node)
            keys.append(part)
        return child

    def node_of(above: Path) -> int:
        node = 0
        for step in above:
            node = below(node, step)
        return node

    over: dict[Path, int] = {(): 0}  # most groups differ in their last component alone, too
    for number, part in zip(group, last):
        node = at[number]
        if node < 0:
            above = groups[number]
            node = over.get(above[:-1], -1)
            if node < 0:
                node = over[above[:-1]] = node_of(above[:-1])
            for step in above[-1:]:
                node = below(node, step)
            at[number] = node
        if own:
            ends.append(len(parent))
            parent.append(node)
            keys.append(part)
        else:
            ends.append(below(node, part))
    return parent, keys, ends


def refuse_shared(
    names: Sequence[str], ends: Sequence[int], path_of: Callable[[int], Sequence[str]]
) -> None:
    """Refuse two classes on one node; `path_of` tells the path of a row."""
    if len(set(ends)) == len(ends):
        return
    first: dict[int, int] = {}
    for row, node in enumerate(ends):
        if node in first:
            raise TreeError(
                f"classes {names[first[node]]!r} and {names[row]!r} have the same lineage, "
                f"{'/'.join(path_of(row)[-5:])!r}; each class needs one of its own: put its name "
                "behind it, or among the ranks."
            )
        first[node] = row
