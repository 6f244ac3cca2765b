"""What is odd about a tree: things that are legal, and yet often a mistake in the file."""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools.trees.formats.placeholders import Nothing
from hiertools.trees.operations import path_in_words
from hiertools.trees.tree import ClassTree


def oddities(tree: ClassTree) -> list[str]:
    """Return one sentence for each thing about a tree that a reader should know of.

    Reported are single-child nodes, labels on several nodes, classes at inner nodes, inner nodes
    without a class below them, classes of very unequal depth, edges of length zero, names that
    differ only in case or separators, groups beside each other that differ only in blanks or case,
    names of groups that say nothing is known ("NA",
    "unclassified", "g__"), and class names that a slash split into levels.

    Parameters
    ----------
    tree : ClassTree

    Returns
    -------
    list of str
        Empty where nothing is odd.

    Examples
    --------
    >>> tree = ClassTree.from_newick("(((lynx)cat),(wolf,Wolf));")
    >>> for sentence in oddities(tree):
    ...     print(sentence)
    2 nodes have a single child, such as the parent of 'cat': they add to distances, not to groups.
    2 class names differ only in case or separators: 'wolf' and 'Wolf'.
    """
    told = [
        _single_children(tree),
        _repeated_labels(tree),
        _inner_classes(tree),
        _empty_branches(tree),
        _unequal_depths(tree),
        _zero_lengths(tree),
        _alike_names(tree),
        _alike_groups(tree),
        _unknown_groups(tree),
        _split_names(tree),
    ]
    return [sentence for sentence in told if sentence]


_NOTHING = Nothing(None)
_PERHAPS = re.compile(r"\s*(?:n/?a|none|null|misc(?:ellaneous)?|others?|\?+)\s*", re.IGNORECASE)


def _name(tree: ClassTree, node: int) -> str:
    """Return how to call a node: its label, its class, or its relation to a node with a name."""
    if tree.labels[node]:
        return repr(tree.labels[node])
    own = np.flatnonzero(tree.class_node == node)
    if own.size:
        return repr(tree.classes[int(own[0])])
    if node == 0:
        return "the root"
    below = next((i for i in range(node + 1, tree.n_nodes) if tree.labels[i]), None)
    if below is not None and below < node + tree.subtree_size[node]:
        return f"the parent of {tree.labels[below]!r}"
    return f"node {node}"


def _one_of(tree: ClassTree, classes: Ints) -> str:
    """Return the name of a class, and of how many it is one."""
    name = repr(tree.classes[int(classes[0])])
    return name if classes.size == 1 else f"{name}, one of {classes.size}"


def _single_children(tree: ClassTree) -> str:
    nodes = np.flatnonzero(tree.n_children == 1)
    if not nodes.size:
        return ""
    which = "1 node has" if nodes.size == 1 else f"{nodes.size} nodes have"
    add = "it adds" if nodes.size == 1 else "they add"
    return (
        f"{which} a single child, such as {_name(tree, int(nodes[0]))}: "
        f"{add} to distances, not to groups."
    )


def _repeated_labels(tree: ClassTree) -> str:
    twice = checks.repeated(filter(None, tree.labels))
    if not twice:
        return ""
    nodes = [i for i, label in enumerate(tree.labels) if label == twice[0]]
    paths = " and ".join(path_in_words(tree, i) for i in nodes[:2])
    which = "1 label is" if len(twice) == 1 else f"{len(twice)} labels are"
    return f"{which} on several nodes, such as {twice[0]!r} at {paths}: name them by their path."


def _inner_classes(tree: ClassTree) -> str:
    inner = np.flatnonzero(tree.n_children[tree.class_node] > 0)
    if not inner.size:
        return ""
    names = checks.name_list(tree.classes[i] for i in inner.tolist())
    which = "1 class sits" if inner.size == 1 else f"{inner.size} classes sit"
    return f"{which} at an inner node, above other nodes: {names}."


def _empty_branches(tree: ClassTree) -> str:
    empty = np.flatnonzero((tree.n_children == 0) & (tree.clade_stop == tree.clade_start))
    if not empty.size:
        return ""
    names = ", ".join(_name(tree, i) for i in empty[: checks.MOST_NAMED].tolist())
    return f"{empty.size} branch(es) hold no class: {names}."


def _unequal_depths(tree: ClassTree) -> str:
    depth = tree.depth[tree.class_node]
    low, high = int(depth.min()), int(depth.max())
    if high < 2 * low or high - low < 3:
        return ""
    first, last = (_one_of(tree, np.flatnonzero(depth == extreme)) for extreme in (low, high))
    return (
        f"classes lie {low} to {high} edges below the root ({first} and {last}): "
        "path distances weigh the deep branches more."
    )


def _zero_lengths(tree: ClassTree) -> str:
    zero = int((tree.length[1:] == 0).sum()) if tree.has_lengths else 0
    return f"{zero} edge(s) have length 0: what they part lies at no distance." if zero else ""


def _alike_names(tree: ClassTree) -> str:
    groups = defaultdict(list)
    for name in tree.classes:
        groups["".join(ch for ch in name.casefold() if ch.isalnum()) or name].append(name)
    alike = [names for names in groups.values() if len(names) > 1]
    if not alike:
        return ""
    shown = "; ".join(" and ".join(map(repr, names)) for names in alike[: checks.MOST_NAMED])
    count = sum(map(len, alike))
    return f"{count} class names differ only in case or separators: {shown}."


def _alike_groups(tree: ClassTree) -> str:
    """Tell groups below one node that are one but for blanks and case: "Cats" and "Cats "."""
    found = defaultdict(list)
    for node in np.flatnonzero(tree.n_children > 0).tolist():
        if node and tree.labels[node]:
            key = " ".join(tree.labels[node].casefold().split())
            found[tree.parent[node], key].append(tree.labels[node])
    alike = [labels for labels in found.values() if len(labels) > 1]
    if not alike:
        return ""
    shown = "; ".join(" and ".join(map(repr, labels)) for labels in alike[: checks.MOST_NAMED])
    return f"groups beside each other differ only in blanks or case, or not at all: {shown}."


def _unknown_groups(tree: ClassTree) -> str:
    """Tell names of groups, and of classes, that stand for what nobody knows."""
    below = (tree.clade_stop - tree.clade_start).tolist()
    inner = (tree.n_children > 0).tolist()
    odd = [
        node
        for node, label in enumerate(tree.labels)
        if label.strip()
        and (
            _PERHAPS.fullmatch(label) or (_NOTHING(label) and (inner[node] or not _a_taxon(label)))
        )
    ]
    if not odd:
        return ""
    shown = sorted(odd, key=lambda node: -below[node])[: checks.MOST_NAMED]
    names = ", ".join(
        f"{tree.labels[node]!r} ({below[node]} class{'es' * (below[node] != 1)})" for node in shown
    )
    which = "1 node is" if len(odd) == 1 else f"{len(odd)} nodes are"
    return (
        f"{which} named as if nothing were known: {names}; classes below such a node need not "
        "belong together."
    )


def _a_taxon(label: str) -> bool:
    """Tell a name such as "Lynx sp.", which is that of a class like others."""
    return re.search(r"[ _]s?sp(?:p|ec)?\.?$", label, re.IGNORECASE) is not None


def _split_names(tree: ClassTree) -> str:
    """Tell class names that are the path of their node, where others are not."""
    split = [
        name
        for name, node in zip(tree.classes, tree.class_node.tolist())
        if "/" in name and tree.labels[node] != name and _ends_path(tree, node, name)
    ]
    if not split or len(split) == tree.n_classes:
        return ""
    return (
        f"{len(split)} class name(s) hold a slash that makes a level: {checks.name_list(split)}; "
        "if it belongs to the name, use another separator."
    )


def _ends_path(tree: ClassTree, node: int, name: str) -> bool:
    """Return whether the path of a node ends with a name; go up no further than the name."""
    rest = name
    while node or tree.labels[0]:
        label = tree.labels[node]
        if f"/{label}".endswith(f"/{rest}"):
            return True
        if node == 0 or not rest.endswith(f"/{label}"):
            return False
        rest = rest[: -len(label) - 1]
        node = int(tree.parent[node])
    return False
