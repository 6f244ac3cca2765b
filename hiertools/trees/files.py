"""Trees from files of every format, and to files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from hiertools._core import checks
from hiertools._core.doors import accepted, door
from hiertools._core.files import named_path, write_text
from hiertools._core.tables import (
    TABLE_ENDINGS,
    delimiter_of,
    read_table,
    refuse_twice,
    table_text,
)
from hiertools._core.text_files import ending_of, read_text
from hiertools.errors import FileFormatError, TreeError
from hiertools.trees.formats.build import Classes
from hiertools.trees.formats.edges import to_edges
from hiertools.trees.formats.lineages_written import to_frame
from hiertools.trees.formats.links import MultipleParents
from hiertools.trees.formats.nested_json import to_json
from hiertools.trees.formats.newick import to_newick
from hiertools.trees.formats.nexus import is_nexus
from hiertools.trees.formats.others import refuse_xml
from hiertools.trees.table_kinds import headed
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_tree", "write_tree"]

Format = Literal["lineages", "edges", "ranks", "nexus", "newick", "json", "folder"]
FORMATS = ("lineages", "edges", "ranks", "nexus", "newick", "json", "folder")
NEWICK_ENDINGS = (".nwk", ".newick", ".nw", ".tree", ".tre", ".treefile", ".nhx", ".trees")
NEXUS_ENDINGS = (".nex", ".nexus", ".nxs")
CONFIGURATIONS = (".yaml", ".yml", ".toml")
"""Endings of files that are read elsewhere, but hold no tree."""


READERS: Mapping[str, Callable[..., ClassTree]] = {
    "lineages": ClassTree.from_lineages,
    "edges": ClassTree.from_edges,
    "ranks": ClassTree.from_ranks,
    "newick": ClassTree.from_newick,
    "nexus": ClassTree.from_nexus,
    "json": ClassTree.from_json,
    "folder": ClassTree.from_folder,
}
WRITERS: Mapping[str, Callable[..., Any]] = {
    "lineages": to_frame,
    "edges": to_edges,
    "newick": to_newick,
    "json": to_json,
}


class ReadOptions(TypedDict, total=False):
    """What the readers take, for a type checker; which of it a format has is checked on reading."""

    classes: Classes | str | None
    extensions: Sequence[str] | None
    lengths: bool
    missing: Sequence[str] | None
    missing_length: float | None
    multiple_parents: MultipleParents
    names: Literal["name", "path"]
    negative: Literal["error", "zero"]
    rank_order: Sequence[str] | None
    ranks: Sequence[str] | None
    separator: str | None
    tree: int | None


class WriteOptions(TypedDict, total=False):
    """What the writers take, likewise."""

    annotations: bool
    indent: int | None
    inner_classes: Literal["comments", "leaves"]
    lengths: bool | None
    lossy: bool
    nested: bool
    separator: str | None


@door
def read_tree(
    path: str | os.PathLike[str],
    /,
    *,
    format: Format | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    **options: Unpack[ReadOptions],
) -> ClassTree:
    """Read a tree from a file or folder.

    Parameters
    ----------
    path
        A table (CSV or TSV with the columns ``class, lineage``; or ``parent, child`` and perhaps
        ``length``, ``rank``, ``label``; or two and more ranks such as ``family, genus, species``),
        a Newick or NEXUS file, a JSON file, or a folder of folders. Files may be packed (``.gz``,
        ``.bz2``, ``.xz``); text is UTF-8, or UTF-16 and UTF-32 that begin with their mark.
    format
        ``"lineages"``, ``"edges"``, ``"ranks"``, ``"newick"``, ``"nexus"``, ``"json"`` or
        ``"folder"``. By default found by the file's ending and what it begins with.
    header
        Whether the first row of a table names its columns. By default words that are known do, and
        a first row that looks like the others is data.
    delimiter
        What separates the columns of a table, ``" "`` for blanks. By default it is found.
    **options
        What the format's own reader takes, such as ``separator=`` or ``classes=``.

    Returns
    -------
    ClassTree

    Raises
    ------
    FileFormatError
        A file that is missing, empty, binary, damaged, or of no format that is known.
    TreeError
        A file whose content is no tree.
    OptionError
        An option that the format does not have.

    See Also
    --------
    from_lineages, from_edges, from_ranks, from_newick, from_nexus, from_json, from_folder

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tree.nwk"
    >>> _ = path.write_text("((lynx,puma)cats,(wolf)dogs);")
    >>> read_tree(path)
    ClassTree(3 classes, 6 nodes, 2 levels)
    """
    if format is not None:
        checks.option(format, FORMATS, "format")
    path = named_path(path, "the path of the tree")
    of_table = {"header": header, "delimiter": delimiter}
    given = {**options, **{name: value for name, value in of_table.items() if value is not None}}
    if format == "folder" or (format is None and path.is_dir()):
        return _read("folder", path, given)
    if path.is_dir():
        raise FileFormatError(f"{str(path)!r} is a folder, not a file of format {format!r}.")
    text = read_text(path)
    try:
        return _from_text(text, path, format, given)
    except (FileFormatError, TreeError) as error:
        told = error if path.name in str(error) else type(error)(f"{path.name}: {error}")
        told.tree_file = os.fspath(path)
        raise told from None


def _from_text(text: str, path: Path, format: Format | None, options: dict[str, Any]) -> ClassTree:
    kind: str | None = format
    if kind is None:
        kind = _kind_of_text(text, ending_of(path))
    if kind not in ("table", "lineages", "edges", "ranks"):
        return _read(kind, text, options)
    header = options.pop("header", None)
    rows = read_table(text, path.name, options.pop("delimiter", None), path)
    kind, names, below = headed(rows, path.name, None if kind == "table" else kind, header)
    return tree_of_table(frame_of_rows(names, below, path.name), kind, options)


def frame_of_rows(names: Sequence[str], rows: Sequence[Sequence[str]], where: str) -> pd.DataFrame:
    """Return a table of a file as a frame of text, without columns that hold nothing at all.

    Excel writes such columns where cells beside the table were once touched.
    """
    import pandas as pd

    refuse_twice([name for name in names if name], where)
    # dtype=object keeps "NA" and "0295" as they are.
    frame = pd.DataFrame(rows, columns=list(names), dtype=object)
    held = [
        bool(name) or any(cell.strip() for cell in frame.iloc[:, place])
        for place, name in enumerate(names)
    ]
    return frame if all(held) else frame.loc[:, held]


def _kind_by_ending(ending: str) -> str | None:
    if ending in NEWICK_ENDINGS:
        return "newick"
    if ending in NEXUS_ENDINGS:
        return "nexus"
    if ending == ".json":
        return "json"
    return "table" if ending in TABLE_ENDINGS else None


def _kind_of_text(text: str, ending: str) -> str:
    """Tell the format of a file: what its text can only be, what its ending says, or a guess."""
    refuse_xml(text)
    if is_nexus(text):
        return "nexus"
    start = text.lstrip()[:1]
    newick = start in "([" and ";" in text[-200:]
    if ending in CONFIGURATIONS:
        raise FileFormatError(
            f"{ending[1:].upper()} is not read; save what it holds as JSON, such as "
            '{"cats": ["lynx", "puma"]}.'
        )
    named = _kind_by_ending(ending)
    # No header of a table begins and ends as these do.
    ends = text.rstrip()[-1:]
    whole = (newick and ends == ";") or (start, ends) == ("{", "}")
    if named is not None and not (named == "nexus" and newick) and not (named == "table" and whole):
        return named
    if newick:
        return "newick"
    return "json" if start in "{[" else "table"


def tree_of_table(frame: pd.DataFrame, kind: str, options: Mapping[str, Any]) -> ClassTree:
    """Build the tree of a table of this kind."""
    return _read(kind, frame, options)


def _read(kind: str, source: Any, options: Mapping[str, Any]) -> ClassTree:
    """Call the reader of a format; what it does not take is refused as `read_tree`'s own."""
    reader = READERS[kind]
    accepted(options, reader, "read_tree", f" for the format {kind!r}")
    return reader(source, **options)


@door
def write_tree(
    tree: ClassTree,
    path: str | os.PathLike[str],
    /,
    *,
    format: Literal["lineages", "edges", "newick", "json"] | None = None,
    **options: Unpack[WriteOptions],
) -> None:
    """Write a tree to a file, whole or not at all.

    Parameters
    ----------
    tree
        The tree.
    path
        The file. ``.nwk`` (and the like) is Newick, ``.json`` JSON, ``.csv`` and ``.tsv`` lineages.
    format
        ``"lineages"``, ``"edges"``, ``"newick"`` or ``"json"``, where the ending does not say what
        is meant.
    **options
        What the format's own writer takes: see `to_frame`, `to_edges`, `to_newick`, `to_json`.

    Raises
    ------
    FileFormatError
        An ending that says nothing about the format.
    TreeError
        A tree that the format can't carry.
    OptionError
        An option that the format does not have.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tree.json"
    >>> tree = ClassTree.from_newick("((lynx:1,puma:2)cat:3,dog:4);")
    >>> write_tree(tree, path)
    >>> read_tree(path) == tree
    True
    """
    path = named_path(path)
    kind: str | None = format
    if kind is None:
        kind = _kind_by_ending(path.suffix.lower())
        if kind is None:
            raise FileFormatError(
                f"the ending of {path.name!r} names no format; use .csv, .nwk or .json, or say "
                "format='lineages', 'edges', 'newick' or 'json'."
            )
        kind = "lineages" if kind == "table" else kind
    checks.option(kind, WRITERS, "format")
    writer = WRITERS[kind]
    accepted(options, writer, "write_tree", f" for the format {kind!r}")
    written = writer(tree, **options)
    if isinstance(written, str):
        text = written + "\n"
    else:
        rows = written.itertuples(index=False, name=None)
        text = table_text(list(written.columns), rows, delimiter_of(path) or ",")
    write_text(path, text)
