"""Tables with one column a rank (kingdom, phylum, ..., species) to a tree's columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hiertools._core import checks
from hiertools._core.tables import frame_columns, is_frame, text_column
from hiertools.errors import FileFormatError, OptionError, TreeError
from hiertools.trees.columns import TreeColumns
from hiertools.trees.formats.build import nfc
from hiertools.trees.formats.lineages import nodes_of_paths, refuse_shared

__all__ = ["KNOWN_RANKS", "read_ranks"]

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


def read_ranks(
    table: Any, *, ranks: Sequence[str] | None, classes: str | Sequence[str] | None
) -> TreeColumns:
    """Read a table with one row a class and one column a rank, as `ClassTree.from_ranks` has it."""
    if is_frame(table):
        header, columns = frame_columns(table, "the table of ranks")
    elif hasattr(table, "items"):
        header = tuple(str(name) for name in table)
        columns = [
            list(values) if checks.is_list(values) else [values] for values in table.values()
        ]
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
    return TreeColumns(
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
    classes = checks.class_names(classes, "the table of ranks", TreeError)
    if len(classes) != len(columns[0]):
        raise OptionError(
            f"the table has {len(columns[0])} rows, but {len(classes)} names are given."
        )
    return list(classes), None
