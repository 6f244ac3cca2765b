"""Which classes can be met at all: the checklist of a region, a branch, a catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from hiertools._core import checks
from hiertools._core.own_names import read_names
from hiertools.errors import ClassMismatchError, OptionError
from hiertools.trees.graph import ClassGraph
from hiertools.trees.operations import find_node, node_path
from hiertools.trees.tree import ClassTree

Taxon = str | tuple[str, ...]
"""The name of a class, the label of a node, or the path of a node from the root."""

Taxa = Iterable[str | Sequence[str]] | str | os.PathLike[str]
"""Taxa, or the path of a file with one name a line."""


def listed_taxa(listed: Taxa) -> tuple[Taxon, ...]:
    """Return what a checklist names, each once.

    Examples
    --------
    >>> listed_taxa(["lynx", ["mammal", "wolf"], "lynx"])
    ('lynx', ('mammal', 'wolf'))
    """
    names = read_names(listed, "restrict") if isinstance(listed, str | os.PathLike) else listed
    taxa: dict[Taxon, None] = {}
    for name in names:
        path = (name,) if isinstance(name, str) else name
        told = tuple(normalize("NFC", part) for part in path)
        if any(told):  # an empty line names nothing
            taxa[told[0] if isinstance(name, str) else told] = None
    if not taxa:
        raise OptionError("restrict= names nothing; give the taxa that can be met.")
    return tuple(taxa)


@dataclass(frozen=True)
class Checklist:
    """The classes of a tree that are what a list names, or below it."""

    classes: frozenset[str]
    unknown: tuple[str, ...]
    """What names nothing in the tree."""

    @classmethod
    def of(
        cls, tree: ClassTree, taxa: Sequence[Taxon], graph: ClassGraph | None = None
    ) -> Checklist:
        """Look up every taxon: a class, or else a node; what lies below either is listed, too.

        Below by the graph, where there is one: the tree is then that along which it is drawn.

        Raises
        ------
        TreeError
            A label that several nodes have.
        ClassMismatchError
            The list names nothing that the tree has.

        Examples
        --------
        >>> tree = ClassTree.from_lineages({"lynx": "cat/lynx", "lion": "cat/lion", "fox": "fox"})
        >>> found = Checklist.of(tree, ["cat", "wolf"])
        >>> sorted(found.classes), found.unknown
        (['lion', 'lynx'], ('wolf',))
        """
        labels: dict[str, list[int]] = {}
        for node, label in enumerate(tree.labels):
            labels.setdefault(label, []).append(node)
        held: set[str] = set()
        unknown = []
        for taxon in taxa:
            name, path = (taxon, None) if isinstance(taxon, str) else (taxon[-1], taxon)
            if path is None and name in tree.class_index:
                node = int(tree.class_node[tree.class_index[name]])
            else:
                nodes = [
                    node for node in labels.get(name, [])
                    if path is None or node_path(tree, node) == path
                ]  # fmt: skip
                if not nodes:
                    unknown.append("/".join(path or (name,)))
                    continue
                node = nodes[0] if len(nodes) == 1 else find_node(tree, taxon)  # which refuses it
            run = tree.class_order[tree.clade_start[node] : tree.clade_stop[node]].tolist()
            held.update(tree.classes[i] for i in (graph.classes_below(node) if graph else run))
        if not held:
            raise ClassMismatchError(
                f"restrict= names {len(taxa)} taxa, none of which is in the tree: "
                f"{checks.name_list(unknown)}."
            )
        return cls(frozenset(held), tuple(unknown))

    def note(self, n_left: int, n_before: int) -> str:
        """Say what is left, and what of the list found no place."""
        told = f"restricted to {n_left} of {n_before} classes: the others can't be predicted."
        if self.unknown:
            told += (
                f" Of the list, {len(self.unknown)} are not in the tree: "
                f"{checks.name_list(self.unknown)}."
            )
        return told
