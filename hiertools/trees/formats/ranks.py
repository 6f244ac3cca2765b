"""Tables with one column a rank (kingdom, phylum, ..., species) to a tree's columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hiertools._core import checks
from hiertools._core.alerts import warn
from hiertools._core.one_form import nfc
from hiertools._core.tables import frame_columns, is_frame, is_missing, is_unnamed, text_column
from hiertools.errors import FileFormatError, OptionError, TreeError
from hiertools.trees.columns import TreeColumns
from hiertools.trees.formats.node_paths import nodes_of_paths, refuse_shared
from hiertools.trees.formats.placeholders import (
    NOT_KNOWN,
    Nothing,
    says_nothing,
    tell_placeholders,
)

__all__ = ["KNOWN_RANKS", "known_ranks", "read_ranks"]

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


FEWEST = 3
"""Rows from which on a column that differs in each is no accident of homonyms."""


def known_ranks(header: Sequence[str]) -> list[str]:
    """Return the columns that are known ranks, coarsest first.

    Examples
    --------
    >>> known_ranks(["taxonID", "Species", "Genus", "Family"])
    ['Family', 'Genus', 'Species']
    """
    place = {rank: i for i, rank in enumerate(KNOWN_RANKS)}
    found = [name for name in header if name.strip().lower() in place]
    return sorted(found, key=lambda name: place[name.strip().lower()])


def read_ranks(
    table: Any,
    *,
    ranks: Sequence[str] | None,
    classes: str | Sequence[str] | None,
    missing: Sequence[str] | None,
) -> TreeColumns:
    """Read a table with one row a class and one column a rank, as `ClassTree.from_ranks` has it."""
    header, columns = _columns_of(table)
    if not columns or not columns[0]:
        raise FileFormatError("the table of ranks is empty.")
    if len(set(map(len, columns))) > 1:
        sizes = ", ".join(f"{name!r} {len(column)}" for name, column in zip(header, columns))
        raise FileFormatError(
            f"the columns of the table of ranks must have one length; cells there are: {sizes}."
        )
    if ranks is None:
        chosen, classes = _found_ranks(header, columns, classes)
    else:
        chosen = list(ranks) if not isinstance(ranks, str) else [ranks]
        for name in chosen:
            checks.option(name, header, "the table of ranks")
    names = _class_names(header, columns, classes)
    if not chosen:
        raise FileFormatError("the table of ranks has no column of a rank.")
    cells = [
        text_column(columns[header.index(name)], f"the column {name!r}", optional=True)
        for name in chosen
    ]
    cells = _without(missing, cells, names)
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
    refuse_shared(names, ends, paths.__getitem__)
    return TreeColumns(
        parent,
        names,
        ends,
        labels=["", *(label for _, label in keys[1:])],
        ranks=["", *(rank for rank, _ in keys[1:])],
        rank_order=tuple(chosen),
    )


def _found_ranks(
    header: Sequence[str], columns: Sequence[list[Any]], classes: str | Sequence[str] | None
) -> tuple[list[str], str | Sequence[str] | None]:
    """Return the columns that are known ranks, and what names the classes."""
    chosen = known_ranks(header)
    if classes is None:
        held = dict(zip(header, columns))
        classes = _class_column(chosen, held)
        chosen = _with_classes_last(chosen, classes, held)
    elif isinstance(classes, str) and classes.strip().lower() == "class" and chosen[1:]:
        chosen = [name for name in chosen if name != classes]
    _refuse_unknown(header, chosen, classes)
    _refuse_numbering(chosen, dict(zip(header, columns)))
    return chosen, classes


def _refuse_numbering(ranks: Sequence[str], columns: Mapping[str, Sequence[Any]]) -> None:
    """Refuse a rank that differs in each row although rows share a finer one: it is none."""
    for place, name in enumerate(ranks):
        if len(columns[name]) < FEWEST or not _differs_in_each_row(columns[name]):
            continue
        for finer in ranks[place + 1 :]:
            if _is_shared(columns[finer]):
                raise FileFormatError(
                    f"the table of ranks: {name!r} differs in each row, although rows share "
                    f"groups of {finer!r}, a finer rank; if it is no rank, name those that are, "
                    "coarsest first, with ranks=."
                )


def _class_column(ranks: Sequence[str], columns: Mapping[str, Sequence[Any]]) -> str | None:
    """Return the column ``class`` where it holds the names of classes and no Linnaean rank.

    Then each row has one of its own, although rows share groups of finer ranks.
    """
    for place, name in enumerate(ranks):
        if name.strip().lower() == "class":
            own = _differs_in_each_row(columns[name])
            shared = any(_is_shared(columns[finer]) for finer in ranks[place + 1 :])
            return name if own and shared else None
    return None


def _filled(column: Sequence[Any]) -> list[Any]:
    return [value for value in column if not is_missing(value) and value != ""]


def _differs_in_each_row(column: Sequence[Any]) -> bool:
    return len(set(_filled(column))) == len(column)


def _is_shared(column: Sequence[Any]) -> bool:
    """Tell whether several rows hold one value."""
    return len(set(_filled(column))) < len(_filled(column))


def _with_classes_last(
    ranks: Sequence[str], column: str | None, columns: Mapping[str, Sequence[Any]]
) -> list[str]:
    """Return the ranks with that of the classes behind all others, or nowhere if none needs it."""
    groups = [name for name in ranks if name != column]
    if column is None or len(set(zip(*(columns[name] for name in groups)))) == len(columns[column]):
        return groups
    return [*groups, column]


def _refuse_unknown(
    header: Sequence[str], chosen: Sequence[str], classes: str | Sequence[str] | None
) -> None:
    """Ask for the ranks where none are known, and say which columns are none."""
    others = [
        name
        for name in header
        if name not in chosen and name != classes and not is_unnamed(name)  # a frame's own index
    ]
    if others and not chosen:
        raise FileFormatError(
            f"the table of ranks: none of the columns {checks.name_list(others)} is a rank that is "
            "known, such as 'family'; name those that are, coarsest first, with ranks=."
        )
    if others:
        warn(
            f"the table of ranks: {len(others)} column(s) name no rank that is known and are left "
            f"out: {checks.name_list(others)}; name all ranks, coarsest first, with ranks=, or the "
            "column with the names of the classes with classes=.",
        )


def _without(
    missing: Sequence[str] | None, cells: list[list[str]], names: Sequence[str] | None
) -> list[list[str]]:
    """Return the columns with "" for what only says that nothing is known, and tell of it.

    What a class is called stays as its own node, unless it is what programs write for nothing.
    """
    nothing = Nothing(missing)
    known: dict[str, bool] = {}
    clean = [list(column) for column in cells]
    found = []
    for row, texts in enumerate(zip(*cells)):
        behind = True  # no finer rank has a name
        for column in range(len(cells) - 1, -1, -1):
            text = texts[column]
            if not text.strip():
                clean[column][row] = ""
                continue
            if text not in known:
                known[text] = nothing(text)
            own = behind and (names is None or names[row] == text)
            if known[text] and not (own and _can_name(text, missing)):
                clean[column][row] = ""
                found.append(text)
            else:
                behind = False
    tell_placeholders(found, "the table of ranks", "cell")
    return clean


def _can_name(text: str, missing: Sequence[str] | None) -> bool:
    """Tell whether a cell that stands for no group can be what a class is called."""
    words = NOT_KNOWN if missing is None else missing
    return not says_nothing(text) and text.strip() not in {*words}


def _columns_of(table: Any) -> tuple[Sequence[str], list[list[Any]]]:
    """Return the header and the columns of a table."""
    if is_frame(table):
        return frame_columns(table, "the table of ranks")
    if not isinstance(table, Mapping):
        raise FileFormatError(
            f"a table of ranks must be a DataFrame or a mapping, not {type(table).__name__}; for a "
            "file use read_tree(path)."
        )
    unordered = [name for name, cells in table.items() if isinstance(cells, set | frozenset)]
    if unordered:
        raise FileFormatError(
            f"the columns {checks.name_list(unordered)} of the table of ranks are sets, which "
            "have no order, so no cell has a row; give lists."
        )
    columns = [list(cells) if checks.is_list(cells) else [cells] for cells in table.values()]
    return tuple(map(str, table)), columns


def _class_names(
    header: Sequence[str], columns: Sequence[list[Any]], classes: str | Sequence[str] | None
) -> list[str] | None:
    """Return the class names, where given."""
    if classes is None:
        return None
    if isinstance(classes, str):
        checks.option(classes, header, "the table of ranks")
        column = columns[list(header).index(classes)]
        return text_column(column, f"the column {classes!r}")
    classes = checks.class_names(classes, "the table of ranks", TreeError)
    if len(classes) != len(columns[0]):
        raise OptionError(
            f"the table has {len(columns[0])} rows, but {len(classes)} names are given."
        )
    return list(classes)
