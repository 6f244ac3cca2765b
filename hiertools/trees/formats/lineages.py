"""Lineages (a class and the groups above it, coarsest first) to a tree's columns, and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core import checks, memory
from hiertools._core.alerts import warn
from hiertools._core.doors import door
from hiertools._core.tables import frame_columns, is_frame, is_missing, is_series, text_column
from hiertools.errors import FileFormatError, OptionError, TreeError
from hiertools.trees.columns import TreeColumns, TreeLike, refuse_loss
from hiertools.trees.formats.build import nfc
from hiertools.trees.formats.placeholders import (
    RANKS,
    Nothing,
    Row,
    cut,
    rank_of,
    ranks_of_prefixes,
    says_nothing,
    without_placeholders,
)
from hiertools.trees.formats.separators import find_separator
from hiertools.trees.preorder import root_distances

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["columns_of_lineages", "read_lineages", "to_frame", "to_lineages"]

CLASS_HEADERS = (
    "class", "classname", "featureid", "otuid", "otu", "asv", "asvid", "accession", "id", "name",
    "label", "seqid", "sequenceid",
)  # fmt: skip
"""Headers of a column of classes beside one of lineages, blanks and the like left out."""

TAXON_HEADERS = ("taxon", "taxonomy", "consensuslineage", "taxonomicpath", "classification")
"""Headers of a column of lineages, beside ``lineage`` itself."""


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
    names, given, of_taxa = _class_and_lineage(lineages, classes)
    if not given:
        raise FileFormatError("lineages: there are none; give at least one class.")
    rows = _split(names, given, separator)
    rows, left_out = without_placeholders(names, rows, Nothing(missing))
    paths = [tuple(filter(None, row)) if "" in row else row for row in rows]
    own = [path[-1] for path in paths] if names is None else names
    own = list(checks.class_names(own, "lineages", TreeError))
    steps: list[tuple[Any, ...]] = paths
    if ranks is not None:
        _check_level_names(ranks, own, rows)
        steps = [tuple(step for step in zip(ranks, row) if step[1]) for row in rows]
    for row, path in enumerate(paths):
        if not path:  # nothing at all is known of it: a class by itself
            paths[row] = (own[row],)
            steps[row] = paths[row] if ranks is None else (("", own[row]),)
    parent, keys, ends = nodes_of_paths(steps)
    apart = False
    if len(set(ends)) < len(ends) and names is not None:
        gaps = left_out or any("" in row for row in rows) or any(map(_ends_empty, given))
        apart = of_taxa or bool(gaps)
        if apart:  # lineages of groups, in which each class is one of several
            last = own if ranks is None else [("", name) for name in own]
            parent, keys, ends = nodes_of_paths([(*step, end) for step, end in zip(steps, last)])
            warn(
                "lineages: several classes have the same one, so each class hangs as a node of its "
                "own below its lineage.",
            )
    refuse_shared(own, ends, paths)
    if ranks is not None:
        held, labels = zip(("", ""), *keys[1:])
        return TreeColumns(parent, own, ends, labels=labels, ranks=held, rank_order=ranks)
    told = ranks_of_prefixes(rows, own)
    if told is None:
        return TreeColumns(parent, own, ends, labels=keys)
    of_nodes = [rank_of(label) or "" for label in keys]
    if apart:
        for node in ends:
            of_nodes[node] = ""
    return TreeColumns(parent, own, ends, labels=keys, ranks=of_nodes, rank_order=told)


def columns_of_lineages(header: Sequence[str]) -> tuple[int, int] | None:
    """Return the columns of classes and of their lineages, None where a table has none such.

    Examples
    --------
    >>> columns_of_lineages(["Lineage", "id", "Class"])
    (2, 0)
    >>> columns_of_lineages(["#OTU ID", "taxonomy"])
    (0, 1)
    """
    words = [re.sub(r"[\s_#-]", "", name).lower() for name in header]
    for headers in (("lineage",), TAXON_HEADERS):
        held = [i for i, word in enumerate(words) if word in headers]
        names = [words.index(word) for word in CLASS_HEADERS if word in words]
        if len(held) == 1 and names:
            return names[0], held[0]
    return None


def _class_and_lineage(
    lineages: Any, classes: Sequence[str] | None
) -> tuple[list[str] | None, list[Any], bool]:
    """Return class names (None: the last components), lineages, and if these name taxa alone."""
    of_taxa = False
    names: list[str] | None
    if is_frame(lineages):
        names, given, of_taxa = _from_frame(lineages)
    elif isinstance(lineages, Mapping) or is_series(lineages):
        pairs = list(lineages.items())
        names, given = [name for name, _ in pairs], [lineage for _, lineage in pairs]
    elif not checks.is_list(lineages):
        raise FileFormatError(
            "lineages must be a mapping, a table or a list, not "
            f"{type(lineages).__name__}; for a file use read_tree(path)."
        )
    else:
        names, given = None, list(lineages)
    if classes is None:
        return names, given, of_taxa
    if names is not None:
        raise OptionError(
            "classes= goes with a list of lineages; these name their classes already."
        )
    if isinstance(classes, str) or len(classes) != len(given):
        raise OptionError(f"{len(given)} lineages but {len(classes)} class names; give each one.")
    return list(classes), given, of_taxa


def _from_frame(lineages: pd.DataFrame) -> tuple[list[str] | None, list[Any], bool]:
    """Return the same of a table."""
    of_taxa = False
    header, columns = frame_columns(lineages, "the table of lineages")
    lower = [name.strip().lower() for name in header]
    found = columns_of_lineages(header)
    indexed = all(isinstance(name, str) for name in lineages.index)
    if lower == ["lineage"] and not indexed:
        return None, columns[0], False
    if lower.count("lineage") == 1 and "class" not in lower and (found is None or indexed):
        # The usual result of set_index("class").
        columns = [lineages.index.tolist(), columns[lower.index("lineage")]]
        first, second = 0, 1
    elif found is not None:
        first, second = found
        of_taxa = lower[second] != "lineage"
    elif len(header) == 2:
        first, second = 0, 1
    else:
        raise FileFormatError(
            "a table of lineages needs the columns 'class' and 'lineage'; it has "
            f"{checks.name_list(header)}. For one column a rank use from_ranks."
        )
    names = text_column(columns[first], "the classes of the table")
    given = columns[second]
    if "" in names:
        raise FileFormatError(
            f"the classes of the table must have names, but row {names.index('')} is empty."
        )
    return names, given, of_taxa


def _split(names: Sequence[str] | None, given: Sequence[Any], separator: str | None) -> list[Row]:
    """Return the components of each lineage at their places, "" for blank ones."""
    texts = [lineage for lineage in given if isinstance(lineage, str)]
    if separator == "":
        raise OptionError("separator must not be empty.")
    if texts and separator is None:
        separator = find_separator(texts)
    whole = _whole_names(names, given, separator) if names is not None and separator else {}
    named = _Named().__getitem__
    groups = _Groups(separator, named)
    bare = separator.strip() or separator if separator else ""
    odd = not bare.isalnum()  # what is letters alone doesn't end with it
    rows: list[Row] = []
    for place, lineage in enumerate(given):
        if isinstance(lineage, str):
            if groups.separator and place not in whole:
                above, found, last = lineage.rpartition(groups.separator)
                plain = odd and last.isascii() and last.isalnum()  # as most are
                name = last if plain else named(last)
                vague = not plain and (last.rstrip().endswith(bare) or says_nothing(last))
                if found and name and not vague:
                    rows.append((*groups[above], name))
                    continue
            row = cut(tuple(map(named, _parts_of(lineage, separator, whole.get(place)))))
            sound = not all(map(says_nothing, row))
        elif is_missing(lineage) or not checks.is_list(lineage):
            what = _called(names, place)
            raise FileFormatError(f"the lineage of {what} must be text; got {lineage!r}.")
        else:
            row = tuple(nfc(part) if isinstance(part, str) else "" for part in lineage)
            sound = bool(row) and "" not in row
        if not sound:
            told = f" (separator {separator!r})" if isinstance(lineage, str) else ""
            raise FileFormatError(
                f"the lineage of {_called(names, place)}, {lineage!r}, has an empty component or "
                f"one that is not text{told}; remove it, or name it."
            )
        rows.append(row)
    # A separator in front of each lineage, as of a path, is no level.
    if texts and not any(row[0] for row in rows):
        first = min(map(_first, rows))
        rows = [row[first:] for row in rows]
    return rows


class _Named(dict[str, str]):
    """Components as they are kept: each is looked at once, however many lineages hold it."""

    def __missing__(self, part: str) -> str:
        """Return its name, "" where it says nothing."""
        if part.isascii() and part.isalnum():  # as most are
            name = part
        else:
            name = nfc(part) if part.strip() else ""
        self[part] = name
        return name


class _Groups(dict[str, Row]):
    """The components of lineages of groups, which classes share: each is split once."""

    def __init__(self, separator: str | None, named: Callable[[str], str]) -> None:
        super().__init__()
        # One that can overlap itself is found elsewhere from the end than from the beginning.
        self.separator = separator if separator and separator[0] not in separator[1:] else None
        self.named = named

    def __missing__(self, above: str) -> Row:
        self[above] = group = tuple(map(self.named, above.split(self.separator)))
        return group


def _first(row: Row) -> int:
    return next(place for place, part in enumerate(row) if part)


def _called(names: Sequence[str] | None, row: int) -> str:
    return f"row {row}" if names is None else f"class {names[row]!r}"


def _parts_of(lineage: str, separator: str | None, name: str | None) -> list[str]:
    if not separator or name == lineage:
        return [lineage]
    if name is None:
        # "Bacteria; Firmicutes;": what ends a lineage may lack the blank behind it.
        bare, text = separator.strip(), lineage.rstrip()
        if bare and text.endswith(bare):
            lineage = text[: -len(bare)].rstrip(" " if separator.startswith(" ") else "")
        return lineage.split(separator)
    above = lineage[: len(lineage) - len(name) - len(separator)]
    return [*above.split(separator), name]


def _whole_names(names: Sequence[str], given: Sequence[Any], separator: str) -> dict[int, str]:
    """Return, by row, class names that hold the separator and end their lineage as they are.

    Where every name is its whole lineage, the names are paths and say nothing.
    """
    if all(name == lineage for name, lineage in zip(names, given)):
        return {}
    bare = separator.strip() or separator
    return {
        row: name
        for row, (name, lineage) in enumerate(zip(names, given))
        if isinstance(name, str)
        and bare in name
        and isinstance(lineage, str)
        and (lineage == name or lineage.endswith(separator + name))
    }


def _ends_empty(lineage: Any) -> bool:
    """Tell whether a lineage goes on behind its last name: with a separator, or a rank alone."""
    return isinstance(lineage, str) and says_nothing(re.split(r"[;/|>]", lineage.rstrip())[-1])


def nodes_of_paths(
    paths: Sequence[tuple[Any, ...]],
) -> tuple[list[int], list[Any], list[int]]:
    """Return parent and last component of every node, and the node where each path ends."""
    parent, last, ends = [-1], [""], []
    child_of: dict[tuple[int, Any], int] = {}
    above: dict[tuple[Any, ...], int] = {(): 0}  # most paths differ in their last component alone
    for path in paths:
        group = path[:-1]
        known = node = above.get(group, 0)
        for part in (path[-1],) if known else path:
            step = (node, part)
            child = child_of.get(step)
            if child is None:
                child = child_of[step] = len(parent)
                parent.append(node)
                last.append(part)
            node = child
        ends.append(node)
        if not known:
            above[group] = parent[node]
    return parent, last, ends


def refuse_shared(
    names: Sequence[str], ends: Sequence[int], paths: Sequence[tuple[str, ...]]
) -> None:
    if len(set(ends)) == len(ends):
        return
    first: dict[int, int] = {}
    for row, node in enumerate(ends):
        if node in first:
            raise TreeError(
                f"classes {names[first[node]]!r} and {names[row]!r} have the same lineage, "
                f"{'/'.join(paths[row][-5:])!r}; each class needs one of its own: put its name "
                "behind it, or among the ranks."
            )
        first[node] = row


def _check_level_names(ranks: Sequence[str], names: Sequence[str], rows: Sequence[Row]) -> None:
    if isinstance(ranks, str):
        raise OptionError(f"ranks must be a list of names; got the text {ranks!r}.")
    deepest = max(range(len(rows)), key=lambda row: len(rows[row]))
    depth = len(rows[deepest])
    if depth > len(ranks):
        raise OptionError(
            f"ranks names {len(ranks)} levels, but class {names[deepest]!r} lies "
            f"{depth} levels deep; name every level."
        )


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
    rows = _split(None, texts, separator)
    return [tuple(filter(None, row)) for row in rows] == list(paths)
