"""One way in for every kind of tree."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from hiertools._core.doors import door
from hiertools._core.tables import is_frame, is_series
from hiertools._core.text_files import without_mark
from hiertools.errors import FileFormatError, TreeError
from hiertools.trees.files import read_tree, tree_of_table
from hiertools.trees.formats.nexus import is_nexus
from hiertools.trees.formats.others import refuse_object
from hiertools.trees.graph import ClassGraph
from hiertools.trees.table_kinds import kind_of_frame
from hiertools.trees.taxonomies.shipped import SHIPPED
from hiertools.trees.tree import ClassTree

__all__ = ["as_tree"]

# Two letters at least: C:\data is a path.
_SCHEME = re.compile(r"[a-z][\w+.-]+:")


@door
def as_tree(source: Any, /) -> ClassTree:
    """Return whatever stands for a tree as a ClassTree.

    Parameters
    ----------
    source
        A ClassTree; the path of a file or folder (see `read_tree`); Newick or NEXUS text; a
        taxonomy (``"wordnet:..."``); a DataFrame of lineages, edges or ranks; a Series or mapping
        of class to lineage; a nested mapping; a list of lineages as text; a networkx graph; an
        ete3 tree. A tree of another library is refused by the call that gives its Newick.

    Returns
    -------
    ClassTree

    Raises
    ------
    FileFormatError
        What stands for no tree, or for more than one.

    Examples
    --------
    >>> as_tree({"lynx": "cats/lynx", "puma": "cats/puma", "wolf": "dogs/wolf"})
    ClassTree(3 classes, 6 nodes, 2 levels)
    >>> as_tree("((lynx,puma),wolf);")
    ClassTree(3 classes, 5 nodes, 2 levels)
    """
    if isinstance(source, ClassTree):
        return source
    if isinstance(source, os.PathLike):
        return read_tree(source)
    if isinstance(source, str):
        return _from_string(source)
    if is_frame(source):
        return tree_of_table(source, kind_of_frame(source), {})
    if is_series(source):
        return ClassTree.from_lineages(source)
    _refuse(source)
    origin = {kind.__module__.partition(".")[0] for kind in type(source).__mro__}
    if "networkx" in origin:
        return ClassTree.from_networkx(source)
    if "ete3" in origin:
        return ClassTree.from_ete3(source)
    if isinstance(source, Mapping):
        lineages = all(isinstance(value, str | tuple) and value for value in source.values())
        if source and lineages:
            return ClassTree.from_lineages(source)
        return ClassTree.from_json(source)
    listed = isinstance(source, Sequence) or getattr(source, "ndim", 0) == 1
    if listed and len(source) and all(isinstance(item, str) for item in source):
        return ClassTree.from_lineages(source)
    if "sklearn" in origin or hasattr(source, "shape"):
        reader = "from_sklearn" if hasattr(source, "children_") else "from_linkage"
        raise FileFormatError(
            f"{type(source).__name__} says nothing about class names; use "
            f"ClassTree.{reader}(..., classes=[...])."
        )
    if isinstance(source, Sequence):
        raise FileFormatError(
            "a list could hold lineages or edges; say which with ClassTree.from_lineages(...) or "
            "ClassTree.from_edges(...)."
        )
    raise FileFormatError(
        f"{type(source).__name__} stands for no tree; give a ClassTree, a path, Newick text, a "
        "DataFrame, a mapping of class to lineage, a networkx graph or an ete3 tree."
    )


def _refuse(source: Any) -> None:
    if isinstance(source, ClassGraph):
        raise TreeError(
            f"{source!r} is no tree; evaluate() takes it as it is, and its attribute drawn is the "
            "tree in which each node hangs from the parent on the longest way to the root."
        )
    if isinstance(source, bytes | bytearray | memoryview):
        raise FileFormatError(
            f"{type(source).__name__} stands for no tree; give text, which bytes.decode() makes, "
            "or a path."
        )
    refuse_object(source)


def _from_string(source: str) -> ClassTree:
    if os.path.exists(source):
        return read_tree(source)
    source = without_mark(source)
    if is_nexus(source):
        return ClassTree.from_nexus(source)
    # Newick that is cut off is told from a path by its parenthesis, and then says where.
    if source.rstrip().endswith(";") or source.lstrip().startswith("("):
        return ClassTree.from_newick(source)
    if source in SHIPPED:
        raise FileFormatError(
            f"{source!r} is no file or folder here; the tree of that name that comes with "
            f"hiertools is 'shipped:{source}'."
        )
    if _SCHEME.match(source):
        from hiertools.trees.taxonomies.sources import resolve_taxonomy

        return resolve_taxonomy(source)  # or says which schemes there are
    return read_tree(source)
