"""Where class names and lineages stand in what people keep them in: tables, mappings, lists."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hiertools._core import checks
from hiertools._core.tables import frame_columns, is_frame, is_series, text_column
from hiertools.errors import FileFormatError, OptionError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CLASS_HEADERS", "TAXON_HEADERS", "classes_and_lineages", "columns_of_lineages"]

CLASS_HEADERS = (
    "class", "classname", "featureid", "otuid", "otu", "asv", "asvid", "accession", "id", "name",
    "label", "seqid", "sequenceid",
)  # fmt: skip
"""Headers of a column of classes beside one of lineages, blanks and the like left out."""

TAXON_HEADERS = ("taxon", "taxonomy", "consensuslineage", "taxonomicpath", "classification")
"""Headers of a column of lineages, beside ``lineage`` itself."""


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


def classes_and_lineages(
    lineages: Any, classes: Sequence[str] | None
) -> tuple[list[str] | None, list[Any], bool]:
    """Return class names (None: the last components), lineages, and if these name taxa alone."""
    of_taxa = False
    names: list[str] | None
    if isinstance(lineages, set | frozenset) and classes is not None:
        raise OptionError(
            "a set of lineages has no order for classes= to follow; give a list, or a mapping of "
            "each class to its lineage."
        )
    lineages = checks.in_order(lineages)
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
    # Names in an index that has none itself; one with a name is among the columns.
    indexed = indexed and lineages.index.names == [None]
    if lower.count("lineage") == 1 and "class" not in lower and indexed:
        # The usual result of set_index("class").
        columns = [lineages.index.tolist(), columns[lower.index("lineage")]]
        first, second = 0, 1
    elif found is not None:
        first, second = found
        of_taxa = lower[second] != "lineage"
    elif len(header) == 2:
        first, second = 0, 1
    elif lower.count("lineage") == 1:
        raise FileFormatError(
            f"nothing says which of the columns {checks.name_list(header)} names the classes of "
            "the lineages; call it 'class'."
        )
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
