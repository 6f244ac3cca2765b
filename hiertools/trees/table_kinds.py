"""What a table holds (lineages, edges or ranks), and whether its first row is its header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hiertools._core import checks
from hiertools._core.alerts import warn
from hiertools._core.tables import frame_header
from hiertools.errors import FileFormatError
from hiertools.trees.formats.edges import links_in
from hiertools.trees.formats.lineage_tables import columns_of_lineages
from hiertools.trees.formats.ranks import known_ranks
from hiertools.trees.formats.separators import find_separator

__all__ = ["headed", "kind_of_frame", "kind_of_table"]

Rows = Sequence[tuple[str, ...]]

HEADERS = {
    "lineages": (("class", "lineage"), ("lineage",)),
    "edges": (("parent", "child"), ("parent", "child", "length")),
}
"""Headers of tables that have none, by the number of their columns."""


SAYS_TYPES = ("#q2:types", "#q2:type")
"""What a row of QIIME begins with that says the types of columns."""


def kind_of_table(header: Sequence[str], where: str) -> str:
    """Tell by its columns whether the table of a file holds lineages, edges or ranks."""
    kind = _known_kind(header)
    if kind is None:
        advice = (
            "Put such a header in front, or say which with format='lineages', 'edges' or 'ranks'."
        )
        if len(header) == 1 and (sign := re.search(r"[|:]", header[0])):
            advice = f"If {sign.group()!r} separates columns, say delimiter={sign.group()!r}."
        raise _none_known(header, where, advice)
    return kind


def kind_of_frame(frame: Any) -> str:
    """Tell the same of a DataFrame."""
    header = frame_header(frame)
    if not header:
        raise FileFormatError("the table has no columns.")
    kind = _known_kind(header)
    if kind is None:
        raise _none_known(
            header,
            "the table",
            "Rename them, or say which with ClassTree.from_lineages, from_edges or from_ranks.",
        )
    return kind


def _none_known(header: Sequence[str], where: str, advice: str) -> FileFormatError:
    return FileFormatError(
        f"{where}: the columns {checks.name_list(header)} are none that are known; expected "
        "'class' and 'lineage', or 'parent' and 'child', or ranks such as 'family' and 'genus'. "
        f"{advice}"
    )


def _known_kind(header: Sequence[str]) -> str | None:
    if columns_of_lineages(header) or "lineage" in [name.lower() for name in header]:
        return "lineages"
    if links_in(header) is not None:
        return "edges"
    return "ranks" if len(known_ranks(header)) >= 2 else None


def headed(
    rows: Rows, where: str, kind: str | None, header: bool | None
) -> tuple[str, tuple[str, ...], Rows]:
    """Return the kind of a table, its header, and the rows below it.

    Parameters
    ----------
    rows
        All rows, of one length.
    where
        The table, for messages.
    kind
        What it is said to hold; None to find out.
    header
        Whether the first row is a header. None to find out: words that are known make one; else
        the first row is data where it looks like the rows below.
    """
    rows = [row for row in rows if row[0] not in SAYS_TYPES]
    first = tuple(name.strip() for name in rows[0])
    if header is False:
        if kind is None:
            raise FileFormatError(
                f"{where}: without a header nothing says what the columns are; say "
                "format='lineages' or 'edges'."
            )
        return kind, _made_header(kind, len(first), where), rows
    if header is None and (kind is None or kind in HEADERS) and _is_data(rows, kind, where):
        kind = kind or "lineages"
        warn(
            f"{where}: the table has no header: its first row ({checks.name_list(first)}) is read "
            "as data, like the others.",
        )
        return kind, _made_header(kind, len(first), where), rows
    if len(rows) < 2:
        raise FileFormatError(f"{where} has no rows below its header.")
    return kind or kind_of_table(first, where), first, rows[1:]


def _made_header(kind: str, width: int, where: str) -> tuple[str, ...]:
    for names in HEADERS.get(kind, ()):
        if len(names) == width:
            return names
    raise FileFormatError(
        f"{where}: the table has no header and {width} column(s), so nothing says what they hold; "
        "put a header in front, such as class,lineage or parent,child or family,genus,species."
    )


def _is_data(rows: Rows, kind: str | None, where: str) -> bool:
    """Tell whether the first row is no header but looks like the rows below it."""
    first, below = rows[0], rows[1:]
    if kind == "edges":
        # In a tree every edge shares a node with another one; the words of a header are no nodes.
        nodes = {cell for row in below for cell in row[:2]}
        return links_in(first) is None and not nodes.isdisjoint(first[:2])
    if _known_kind([name.strip() for name in first]) is not None or len(first) > 2:
        return False
    if not below:
        return False
    try:
        separator = find_separator([row[-1] for row in below])
    except FileFormatError:
        return False  # said where the lineages are read
    if separator is None:
        if kind is None:
            return False
        raise FileFormatError(
            f"{where}: the first row, {checks.name_list(first)}, may be a header or a class with "
            "its lineage; say which with header=True or header=False, or put class,lineage in "
            "front."
        )
    parts = first[-1].split(separator.strip())
    return len(parts) > 1 and not all(re.fullmatch(r"\s*", p) or known_ranks([p]) for p in parts)
