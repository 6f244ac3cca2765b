"""Answers and labels at any node: which node a name means, and scores of answers that stop short.

An answer "mammal" for a lynx is right as far as it goes. A name that is no class of the tree, but
one of its inner nodes, makes that node a class, and all scores follow; those here tell what lies
above the truth (under-classified), below it (over-classified), and on another branch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools.errors import TreeError
from hiertools.evaluation.samples import Samples
from hiertools.inference.contributions import SHARE, Collector
from hiertools.inference.formulas import Ratio
from hiertools.measures.mistakes import ClassPairs
from hiertools.results.columns import Table, records
from hiertools.results.status import NO_MISTAKES
from hiertools.trees.columns import columns_of
from hiertools.trees.formats.placeholders import Nothing
from hiertools.trees.formats.separators import SEPARATORS
from hiertools.trees.operations import path_in_words
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class NamedNodes:
    """A tree with a class at every inner node that was named, and who is called what in it."""

    tree: ClassTree
    called: Mapping[str, str]
    """The class that a name means, where it is not the name of one."""
    notes: tuple[str, ...] = ()

    def classes(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the class of each name; what means none stays."""
        return tuple(self.called.get(name, name) for name in names) if self.called else (*names,)


def named_nodes(tree: ClassTree, names: Sequence[str]) -> NamedNodes:
    """Make a class of every inner node that is named.

    A name is that of a class; or else the label of one node; or else its path or lineage, with any
    of the separators of lineages between labels, in which placeholders count as nothing. What says
    that nothing is known ("Unassigned") is the root. What is none of these is left for who matches
    classes.

    Examples
    --------
    >>> tree = ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> found = named_nodes(tree, ["lynx", "mammal", "mammal; unclassified", "Unassigned", "yeti"])
    >>> found.tree.classes, found.tree.class_node.tolist()
    (('lynx', 'wolf', 'newt', 'mammal', 'Unassigned'), [2, 3, 4, 1, 0])
    >>> found.classes(["mammal; unclassified", "lynx"])
    ('mammal', 'lynx')
    >>> found.notes
    ("2 of 5 classes of the model are inner nodes of the tree: 'mammal', 'Unassigned'.",)
    """
    index = tree.class_index
    unknown = [name for name in dict.fromkeys(names) if name not in index]
    if not unknown:
        return NamedNodes(tree, {})
    owner = dict(zip(tree.class_node.tolist(), tree.classes))
    meant = _nodes_called(tree, unknown)
    # Of several names of a node it goes by the shortest, whatever the order in which they came.
    new: dict[int, str] = {}
    for name in sorted(meant, key=lambda name: (len(name), name)):
        new.setdefault(meant[name], name)
    inner = {node: name for node, name in new.items() if node not in owner}
    called = {name: owner.get(node, new[node]) for name, node in meant.items()}
    notes = _other_names({name: owner[node] for name, node in meant.items() if node in owner})
    if not inner:
        return NamedNodes(tree, called, notes)
    nodes = [node for name, node in meant.items() if inner.get(node) == name]  # as they came
    wider = ClassTree._built(
        replace(
            columns_of(tree),
            classes=(*tree.classes, *(inner[node] for node in nodes)),
            class_node=np.concatenate([tree.class_node, nodes]),
        )
    )
    are = "is an inner node" if len(nodes) == 1 else "are inner nodes"
    return NamedNodes(
        wider,
        called,
        (
            *notes,
            f"{len(nodes)} of {len(names)} classes of the model {are} of the tree: "
            f"{checks.name_list(inner[node] for node in nodes)}.",
        ),
    )


def _other_names(called: Mapping[str, str]) -> tuple[str, ...]:
    """Say which names were taken for those of classes, by the labels of their nodes."""
    if not called:
        return ()
    name, meant = next(iter(called.items()))
    verb = "name is" if len(called) == 1 else "names are"
    return (
        f"{len(called)} {verb} read as the labels or lineages of classes of the tree, such as "
        f"{name!r} as {meant!r}.",
    )


def _nodes_called(tree: ClassTree, names: Sequence[str]) -> dict[str, int]:
    """Return the node of each name that means one."""
    wanted = set(names)
    labelled: dict[str, list[int]] = {}
    for node, label in enumerate(tree.labels):
        if label in wanted:
            labelled.setdefault(label, []).append(node)
    below = _Below(tree)
    found = {}
    for name in names:
        nodes = labelled.get(name) or below.all_at(name)
        if len(nodes) > 1:
            told = checks.name_list(path_in_words(tree, node) for node in nodes)
            raise TreeError(
                f"{len(nodes)} nodes of the tree are called {name!r}: {told}; name such a node by "
                "its path, with / between labels."
            )
        if nodes:
            found[name] = nodes[0]
    return found


class _Below:
    """Nodes by the labels on the way down to them."""

    def __init__(self, tree: ClassTree) -> None:
        self.tree = tree
        self.nothing = Nothing(None)

    @cached_property
    def child(self) -> dict[tuple[int, str], list[int]]:
        """The children of each node by their labels."""
        found: dict[tuple[int, str], list[int]] = {}
        parents = self.tree.parent.tolist()
        for node in range(1, self.tree.n_nodes):
            key = parents[node], self.tree.labels[node].strip()
            found.setdefault(key, []).append(node)
        return found

    def all_at(self, name: str) -> list[int]:
        """Return the nodes whose path or lineage a name is: none, one, or what it leaves open."""
        ways = [*(name.split(sign) for sign in SEPARATORS if sign in name), [name]]
        for way in ways:
            told = [part.strip() for part in way]
            parts = [part for part in told if not self.nothing(part)]
            if not parts:
                return [0]
            # A path that is there to the letter holds no placeholder, whatever a node is called.
            nodes = self._at(told) or self._at(parts)
            if nodes:
                return nodes
        return []

    def _at(self, parts: list[str]) -> list[int]:
        if self.tree.labels[0] and parts[0] == self.tree.labels[0].strip():
            parts = parts[1:]
        nodes = [0]
        for part in parts:
            nodes = [below for node in nodes for below in self.child.get((node, part), ())]
        return nodes


def is_nested(pairs: ClassPairs) -> bool:
    """Tell whether a class sits above another one, so that an answer can stop short."""
    return bool((pairs.n_below[pairs.class_node] > 1).any())


def branch_scores(
    collect: Collector, samples: Samples, pairs: ClassPairs, levels: Mapping[int, Ints]
) -> None:
    """Define the scores of answers above, below and beside the truth.

    `levels` has the node of each class at each level.
    """
    y, first = samples.labels, samples.firsts
    p, own = first.predicted, first.own
    later = []
    for number, heads in ((None, pairs.class_node), *levels.items()):
        occurring = np.unique(heads[y]).size
        found = pairs.relations(heads[own], heads[p])
        for name, where in (
            ("under_classified", found.under),
            ("over_classified", found.over),
            ("misclassified", found.wrong),
        ):
            later.append((name, first.mean(where), number, occurring))
        match, answered = first.mean(found.match), first.mean(~found.under)
        # F = 2PR / (P + R), with P = match / answered and R = match / all.
        twice, both = collect.column(2 * match), collect.column(answered + 1.0)
        right = Ratio(collect.column(match), collect.column(answered), empty=0.0)
        collect.add("node_precision", occurring, right, level=number, bounds=SHARE)
        collect.add("node_f1", occurring, Ratio(twice, both), level=number, bounds=SHARE)
    for name, values, number, occurring in later:
        collect.add_mean(name, occurring, values, level=number, bounds=SHARE)
    wrong = pairs.relations(pairs.class_node[own], pairs.class_node[p]).wrong
    far = pairs.distance[own, p]
    formula = Ratio(
        collect.column(first.mean(np.where(wrong, far, 0.0))),
        collect.column(first.mean(wrong)),
        few=True,
    )
    note = "" if wrong.any() else "no answer is on another branch than its label"
    n_classes = np.unique(y).size
    limits = (0.0, float(pairs.distance.max()))
    collect.add("branch_severity", n_classes, formula, bounds=limits, status=NO_MISTAKES, note=note)


SHARES = {
    "match": "accuracy",
    "under_classified": "under_classified",
    "over_classified": "over_classified",
    "misclassified": "misclassified",
    "precision": "node_precision",
    "recall": "accuracy",
    "f1": "node_f1",
}
"""The columns of the table by rank, and the scores that they hold."""


def rank_table(scores: pd.DataFrame | Table) -> Table:
    """Return one row a level, coarsest first, and a last one of whole answers."""
    rows = [row for row in records(scores) if row["score"] in SHARES.values()]
    levels = [row for row in rows if row["score"] == "accuracy"]
    by_key = {(row["score"], _level(row)): row for row in rows}
    levels = sorted(levels, key=lambda row: (_level(row) is None, _level(row) or 0))
    told = any(not np.isnan(row["ci_low"]) for row in rows)
    columns: dict[str, list[Any]] = {
        "level": [_level(row) for row in levels],
        "rank": [row["rank"] if isinstance(row["rank"], str) else None for row in levels],
    }
    for name, score in SHARES.items():
        cells = [_cell(by_key, score, _level(row)) for row in levels]
        columns[name] = [cell[0] for cell in cells]
        if told:
            columns[f"{name}_low"] = [cell[1] for cell in cells]
            columns[f"{name}_high"] = [cell[2] for cell in cells]
    kinds = {"level": "Int64", "rank": "string"}
    return Table(columns, {name: kinds.get(name, "float64") for name in columns})


def _level(row: dict[str, object]) -> int | None:
    level = row["level"]
    if level is None or not isinstance(level, int | np.integer):
        return None
    return int(level)


def _cell(
    rows: dict[tuple[str, int | None], dict[str, float]], score: str, level: int | None
) -> tuple[float, float, float]:
    """Return value and interval; where no answer can stop short, those that follow from it."""
    row = rows.get((score, level))
    if row is not None:
        return row["value"], row["ci_low"], row["ci_high"]
    accuracy = rows["accuracy", level]
    value, low, high = accuracy["value"], accuracy["ci_low"], accuracy["ci_high"]
    if score == "misclassified":
        return 1.0 - value, 1.0 - high, 1.0 - low
    if score in ("under_classified", "over_classified"):
        return 0.0, np.nan, np.nan
    return value, low, high
