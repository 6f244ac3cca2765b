"""A tree to the lineages of its classes: the reverse of `lineages`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hiertools._core import checks, memory
from hiertools._core.doors import door
from hiertools.errors import FileFormatError, OptionError, TreeError
from hiertools.trees.columns import TreeLike, refuse_loss
from hiertools.trees.formats.placeholders import RANKS, Nothing, rank_of, says_nothing
from hiertools.trees.formats.split_lineages import split_lineages
from hiertools.trees.preorder import root_distances

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["to_frame", "to_lineages"]


@door
def to_lineages(tree: TreeLike, /, *, lossy: bool = False) -> dict[str, tuple[str, ...]]:
    """Return the lineage of each class: labels from below the root down to the class's node.

    Parameters
    ----------
    tree
        The tree. Nodes below the root need labels, and siblings different ones.
    lossy
        Leave out what lineages don't carry: edge lengths, merge heights, ranks (but those that
        prefixes of labels tell), groups whose name says that nothing is known, the root's label,
        leaves that are no class. By default that is an error.

    Returns
    -------
    dict
        Class name to tuple of labels, in the order of ``tree.classes``.

    Examples
    --------
    >>> from hiertools.readers import from_lineages
    >>> to_lineages(from_lineages(["cat/lynx", "cat/puma", "dog"]))
    {'lynx': ('cat', 'lynx'), 'puma': ('cat', 'puma'), 'dog': ('dog',)}
    """
    occupied = tree.clade_stop > tree.clade_start
    refuse_loss(
        tree,
        "Lineages",
        {
            "edge lengths": tree.has_lengths,
            "merge heights": tree.heights is not None,
            "ranks": not _ranks_in_labels(tree, occupied.tolist()),
            **_lost_groups(tree, occupied.tolist()),
            f"the root's name {tree.labels[0]!r}": bool(tree.labels[0]),
            "leaves that are no class": not bool(occupied.all()),
        },
        lossy,
    )
    parent = tree.parent.tolist()
    seen: set[tuple[int, str]] = set()
    for node in range(1, tree.n_nodes):
        if not occupied[node]:
            continue
        label = tree.labels[node]
        if not label or (parent[node], label) in seen:
            raise TreeError(
                "lineages name every node below the root by its label, but "
                + (f"two siblings are called {label!r}" if label else "some have none")
                + "; use Newick, edges or JSON."
            )
        seen.add((parent[node], label))
    if 0 in tree.class_node:
        raise TreeError(
            f"class {tree.classes[int((tree.class_node == 0).argmax())]!r} sits at the root, which "
            "has no place in a lineage; use Newick, edges or JSON."
        )
    depth = root_distances(np.ones(tree.n_nodes), tree.parent)
    memory.require(
        8.0 * float(depth[tree.class_node].sum()),
        f"lineages of {tree.n_classes:,} classes, up to {depth.max():,.0f} groups deep,",
        "use Newick, edges or JSON for trees as deep as that.",
    )
    lineages = {}
    for name, end in zip(tree.classes, tree.class_node.tolist(), strict=True):
        path = []
        while end:
            path.append(tree.labels[end])
            end = parent[end]
        lineages[name] = tuple(reversed(path))
    return lineages


def _ranks_in_labels(tree: TreeLike, occupied: Sequence[bool]) -> bool:
    """Tell whether the prefixes of labels tell all ranks, so that a reader finds them again."""
    if tree.ranks is None:
        return True
    places = [RANKS.index(rank) for rank in tree.rank_order or () if rank in RANKS]
    classes = {
        node for name, node in zip(tree.classes, tree.class_node.tolist())
        if tree.labels[node] == name
    }  # fmt: skip
    return places == sorted(places) and all(
        (rank_of(tree.labels[node]) or "") == tree.ranks[node]
        and (tree.ranks[node] != "" or node in classes)
        for node in range(1, tree.n_nodes)
        if occupied[node]
    )


def _lost_groups(tree: TreeLike, occupied: Sequence[bool]) -> dict[str, bool]:
    """Return the groups that a reader would take for placeholders, the first for all of them."""
    nothing, own = Nothing(None), dict(zip(tree.class_node.tolist(), tree.classes))
    inner = {above for node, above in enumerate(tree.parent.tolist()) if occupied[node]}
    for node in range(1, tree.n_nodes):
        label = tree.labels[node]
        stays = own.get(node) == label and node not in inner and not says_nothing(label)
        if occupied[node] and label and not stays and nothing(label):
            return {f"groups named as if nothing were known, such as {label!r},": True}
    return {}


@door
def to_frame(
    tree: TreeLike, /, *, separator: str | None = None, lossy: bool = False
) -> pd.DataFrame:
    """Return a ``class, lineage`` table with lineages as text.

    Parameters
    ----------
    tree
        The tree; see `to_lineages` for what lineages can carry.
    separator
        What to put between components. By default ``/``, or else the first of ``//``, ``|`` and
        ``;`` with which `from_lineages` reads back what was written.
    lossy
        As in `to_lineages`.

    Returns
    -------
    pandas.DataFrame
        One row a class, in the order of ``tree.classes``.

    Examples
    --------
    >>> from hiertools.readers import from_lineages
    >>> print(to_frame(from_lineages(["cat/lynx", "cat/puma", "dog"])).to_string(index=False))
    class  lineage
     lynx cat/lynx
     puma cat/puma
      dog      dog
    """
    import pandas as pd

    if separator is not None:
        checks.writable([separator], "separator", OptionError)
    lineages = to_lineages(tree, lossy=lossy)
    paths = list(lineages.values())
    for candidate in (separator,) if separator is not None else ("/", "//", "|", ";"):
        texts = [candidate.join(path) for path in paths]
        try:
            # Given or not, a reader has to find the same components again.
            if _reads_back(texts, separator, paths):
                return pd.DataFrame({"class": list(lineages), "lineage": texts})
        except FileFormatError:
            continue
    if separator is not None:
        raise OptionError(f"some labels hold the separator {separator!r}; choose another one.")
    raise TreeError(
        "the labels hold every separator there is ('/', '//', '|', ';'), or would be taken to hold "
        "another one; give separator= one that they don't hold, and give it again when reading."
    )


def _reads_back(
    texts: Sequence[str], separator: str | None, paths: Sequence[tuple[str, ...]]
) -> bool:
    rows = split_lineages(None, texts, separator).rows()
    return [tuple(filter(None, row)) for row in rows] == list(paths)
