"""Tables with one column a rank (kingdom, phylum, ..., species) to tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hiertools._core import checks
from hiertools._core.tables import frame_columns, is_frame, text_column
from hiertools.errors import FileFormatError, OptionError, TreeError
from hiertools.trees.formats.columns import nfc
from hiertools.trees.formats.lineages import nodes_of_paths, refuse_shared
from hiertools.trees.tree import ClassTree

__all__ = ["KNOWN_RANKS", "from_ranks"]

KNOWN_RANKS = (
    "domain",
    "superkingdom",
    "kingdom",
    "subkingdom",
    "infrakingdom",
    "superphylum",
    "phylum",
    "division",
    "subphylum",
    "infraphylum",
    "superclass",
    "class",
    "subclass",
    "infraclass",
    "superorder",
    "order",
    "suborder",
    "infraorder",
    "parvorder",
    "superfamily",
    "family",
    "subfamily",
    "tribe",
    "subtribe",
    "genus",
    "subgenus",
    "section",
    "species",
    "subspecies",
    "variety",
    "form",
)
"""Ranks of Linnaean taxonomy, coarsest first, by which a file is known as a table of ranks."""


def from_ranks(
    table: Any,
    *,
    ranks: Sequence[str] | None = None,
    classes: str | Sequence[str] | None = None,
) -> ClassTree:
    """Build a tree from a table with one row a class and one column a rank.

    An empty cell means that a class has no group of that rank: its node hangs from the nearest rank
    above. Groups are told apart by all that stands above them, so one name may occur at several
    ranks, or twice at one rank under different groups.

    Parameters
    ----------
    table
        A DataFrame (or a mapping of rank to values). Cells are text; None, NaN and "" are empty.
    ranks
        The columns that are ranks, coarsest first. By default all but the one named by `classes`,
        in the table's order.
    classes
        The column with the class names, or the names themselves. By default the last rank that a
        row has.

    Returns
    -------
    ClassTree
        With ``ranks``, so that levels go by their names; classes in the order of rows.

    Raises
    ------
    FileFormatError
        Unknown columns, cells that are not text, rows without any rank.
    TreeError
        A class name twice, two classes with the same ranks.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"family": ["Felidae", "Felidae", "Canidae"],
    ...                       "genus": ["Lynx", None, "Canis"],
    ...                       "species": ["Lynx lynx", "Puma concolor", "Canis lupus"]})
    >>> tree = from_ranks(table)
    >>> tree, tree.rank_order
    (ClassTree(3 classes, 8 nodes, 3 levels), ('family', 'genus', 'species'))
    """
    if is_frame(table):
        header, columns = frame_columns(table, "the table of ranks")
    elif hasattr(table, "items"):
        header = tuple(str(name) for name in table)
        columns = [list(values) for values in table.values()]
    else:
        raise FileFormatError(
            f"a table of ranks must be a DataFrame or a mapping, not {type(table).__name__}; for a "
            "file use read_tree(path)."
        )
    if not columns or not columns[0]:
        raise FileFormatError("the table of ranks is empty.")
    names, class_column = _class_names(header, columns, classes)
    if ranks is None:
        chosen = [name for name in header if name != class_column]
    else:
        chosen = list(ranks) if not isinstance(ranks, str) else [ranks]
        for name in chosen:
            checks.option(name, header, "the table of ranks")
    if not chosen:
        raise FileFormatError("the table of ranks has no column of a rank.")
    cells = [
        text_column(columns[header.index(name)], f"the column {name!r}", optional=True)
        for name in chosen
    ]
    paths, path_ranks = [], []
    for row in range(len(columns[0])):
        present = [(nfc(column[row]), name) for column, name in zip(cells, chosen) if column[row]]
        if not present:
            raise FileFormatError(f"the table of ranks: row {row} has no rank at all; give one.")
        paths.append(tuple(label for label, _ in present))
        path_ranks.append([name for _, name in present])
    if names is None:
        names = [path[-1] for path in paths]
    names = list(checks.class_names(names, "the table of ranks", TreeError))
    # The same label under the same group at two ranks is two nodes.
    steps = [tuple(zip(rank, path)) for rank, path in zip(path_ranks, paths)]
    parent, keys, ends = nodes_of_paths(steps)
    refuse_shared(names, ends, paths)
    return ClassTree(
        parent,
        names,
        ends,
        labels=["", *(label for _, label in keys[1:])],
        ranks=["", *(rank for rank, _ in keys[1:])],
        rank_order=tuple(chosen),
    )


def _class_names(
    header: Sequence[str], columns: Sequence[list[Any]], classes: str | Sequence[str] | None
) -> tuple[list[str] | None, str | None]:
    """Return the class names, where given, and the column they were taken from."""
    if classes is None:
        return None, None
    if isinstance(classes, str):
        checks.option(classes, header, "the table of ranks")
        column = columns[list(header).index(classes)]
        return text_column(column, f"the column {classes!r}"), classes
    if len(classes) != len(columns[0]):
        raise OptionError(
            f"the table has {len(columns[0])} rows, but {len(classes)} names are given."
        )
    return list(classes), None
