"""Lineages (a class and the groups above it, coarsest first) to a tree's columns, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.tables import frame_columns, is_frame, is_missing, is_series, text_column
from hiertools.errors import FileFormatError, OptionError, TreeError
from hiertools.trees.columns import TreeColumns, TreeLike, refuse_loss
from hiertools.trees.formats.build import nfc

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_lineages", "to_frame", "to_lineages"]

SEPARATORS = ("//", "/", "|", ";")
"""Separators that are looked for when none is given."""

# A slash that stands alone; '//' is a separator of its own and never two of these.
_SINGLE_SLASH = re.compile(r"(?<!/)/(?!/)")


def read_lineages(
    lineages: Any,
    *,
    separator: str | None,
    classes: Sequence[str] | None,
    ranks: Sequence[str] | None,
) -> TreeColumns:
    """Read the lineage of each class, as `ClassTree.from_lineages` has it."""
    names, given = _class_and_lineage(lineages, classes)
    if not given:
        raise FileFormatError("lineages: there are none; give at least one class.")
    paths = _split(names, given, separator)
    if names is None:
        names = [path[-1] for path in paths]
    names = list(checks.class_names(names, "lineages", TreeError))
    parent, labels, ends = nodes_of_paths(paths)
    refuse_shared(names, ends, paths)
    fields: dict[str, Any] = {}
    if ranks is not None:
        fields = _level_ranks(ranks, parent, names, paths)
    return TreeColumns(parent, names, ends, labels=labels, **fields)


def _class_and_lineage(
    lineages: Any, classes: Sequence[str] | None
) -> tuple[list[str] | None, list[Any]]:
    """Return class names (None: the last components) and lineages, whatever they came in."""
    if is_frame(lineages):
        header, columns = frame_columns(lineages, "the table of lineages")
        lower = [name.lower() for name in header]
        if "class" in lower and "lineage" in lower:
            first, second = lower.index("class"), lower.index("lineage")
        elif "lineage" in lower and lower.count("lineage") == 1:
            # The usual result of set_index("class").
            columns = [lineages.index.tolist(), columns[lower.index("lineage")]]
            first, second = 0, 1
        elif len(header) == 2:
            first, second = 0, 1
        else:
            raise FileFormatError(
                "a table of lineages needs the columns 'class' and 'lineage'; it has "
                f"{checks.name_list(header)}. For one column a rank use from_ranks."
            )
        names: list[str] | None = text_column(columns[first], "the classes of the table")
        given = columns[second]
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
        return names, given
    if names is not None:
        raise OptionError(
            "classes= goes with a list of lineages; these name their classes already."
        )
    if isinstance(classes, str) or len(classes) != len(given):
        raise OptionError(f"{len(given)} lineages but {len(classes)} class names; give each one.")
    return list(classes), given


def _split(
    names: Sequence[str] | None, given: Sequence[Any], separator: str | None
) -> list[tuple[str, ...]]:
    texts = [lineage for lineage in given if isinstance(lineage, str)]
    if separator == "":
        raise OptionError("separator must not be empty.")
    if texts and separator is None:
        separator = find_separator(texts)
    paths = []
    for row, lineage in enumerate(given):
        what = f"class {names[row]!r}" if names is not None else f"row {row}"
        if isinstance(lineage, str):
            parts: list[str] = lineage.split(separator) if separator else [lineage]
        elif is_missing(lineage) or not checks.is_list(lineage):
            raise FileFormatError(f"the lineage of {what} must be text; got {lineage!r}.")
        else:
            parts = list(lineage)
        path = tuple(nfc(part) if isinstance(part, str) else "" for part in parts)
        if not path or not all(path):
            raise FileFormatError(
                f"the lineage of {what}, {lineage!r}, has an empty component or one that is not "
                f"text{f' (separator {separator!r})' if isinstance(lineage, str) else ''}; remove "
                "it, or give separator=."
            )
        paths.append(path)
    return paths


def find_separator(lineages: Sequence[str]) -> str | None:
    """Return the separator of lineages given as text, None where no lineage holds any.

    It is the only one of `SEPARATORS` that occurs, or else the only one that occurs in every
    lineage.
    """
    rows = {
        sep: sum(
            bool(_SINGLE_SLASH.search(text)) if sep == "/" else sep in text for text in lineages
        )
        for sep in SEPARATORS
    }
    present = [sep for sep, count in rows.items() if count]
    if len(present) > 1:
        present = [sep for sep in present if rows[sep] == len(lineages)]
        if len(present) != 1:
            seen = ", ".join(f"{sep!r} in {n}" for sep, n in rows.items() if n)
            raise FileFormatError(
                f"the separator of the lineages is not clear: of {len(lineages)} lineages there is "
                f"{seen}; say which with separator=."
            )
    if not present:
        return None
    sep = present[0]
    # "a; b" and "a | b": blanks that always stand there belong to the separator.
    places = r"(?<!/)/(?!/)" if sep == "/" else re.escape(sep)
    around = {
        (m.group(1), m.group(2))
        for text in lineages
        for m in re.finditer(rf"( ?){places}( ?)", text)
    }
    if len(around) == 1:
        before, after = around.pop()
        return f"{before}{sep}{after}"
    return sep


def nodes_of_paths(
    paths: Sequence[tuple[Any, ...]],
) -> tuple[list[int], list[Any], list[int]]:
    """Return parent and last component of every node, and the node where each path ends."""
    parent, last, ends = [-1], [""], []
    child_of: dict[tuple[int, Any], int] = {}
    for path in paths:
        node = 0
        for part in path:
            child = child_of.get((node, part))
            if child is None:
                child = child_of[node, part] = len(parent)
                parent.append(node)
                last.append(part)
            node = child
        ends.append(node)
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
                f"{'/'.join(paths[row][-5:])!r}; each class needs one of its own."
            )
        first[node] = row


def _level_ranks(
    ranks: Sequence[str],
    parent: Sequence[int],
    names: Sequence[str],
    paths: Sequence[tuple[str, ...]],
) -> dict[str, Any]:
    if isinstance(ranks, str):
        raise OptionError(f"ranks must be a list of names; got the text {ranks!r}.")
    deepest = max(range(len(paths)), key=lambda row: len(paths[row]))
    if len(paths[deepest]) > len(ranks):
        raise OptionError(
            f"ranks names {len(ranks)} levels, but class {names[deepest]!r} lies "
            f"{len(paths[deepest])} levels deep; name every level."
        )
    depth = [0] * len(parent)
    for node in range(1, len(parent)):
        depth[node] = depth[parent[node]] + 1
    return {"ranks": ["" if d == 0 else ranks[d - 1] for d in depth], "rank_order": tuple(ranks)}


@door
def to_lineages(tree: TreeLike, /, *, lossy: bool = False) -> dict[str, tuple[str, ...]]:
    """Return the lineage of each class: labels from below the root down to the class's node.

    Parameters
    ----------
    tree
        The tree. Nodes below the root need labels, and siblings different ones.
    lossy
        Leave out what lineages don't carry: edge lengths, merge heights, ranks, the root's label,
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
            "ranks": tree.ranks is not None,
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
    lineages = {}
    for name, end in zip(tree.classes, tree.class_node.tolist(), strict=True):
        path = []
        while end:
            path.append(tree.labels[end])
            end = parent[end]
        lineages[name] = tuple(reversed(path))
    return lineages


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

    lineages = to_lineages(tree, lossy=lossy)
    paths = list(lineages.values())
    for candidate in (separator,) if separator is not None else ("/", "//", "|", ";"):
        texts = [candidate.join(path) for path in paths]
        try:
            # Given or not, a reader has to find the same components again.
            if _split(None, texts, separator) == paths:
                return pd.DataFrame({"class": list(lineages), "lineage": texts})
        except FileFormatError:
            continue
    if separator is not None:
        raise OptionError(f"some labels hold the separator {separator!r}; choose another one.")
    raise TreeError(
        "the labels hold every separator there is ('/', '//', '|', ';'); give separator= one that "
        "they don't hold, and give it again when reading."
    )
