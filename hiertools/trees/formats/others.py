"""Trees that other programs hold: refused by the sentence that says how to get their Newick."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hiertools.errors import FileFormatError

__all__ = ["OBJECTS", "XML", "refuse_object", "refuse_xml"]

OBJECTS: Mapping[str, tuple[str, str]] = {
    "dendropy": ("DendroPy", "tree.as_string(schema='newick')"),
    "skbio": ("scikit-bio", "str(tree)"),
    "toytree": ("toytree", "tree.write(internal_labels='name')"),
    "Bio": ("Bio.Phylo", "tree.format('newick')"),
    "ete4": ("ete4", "tree.write(parser=1)"),
    "treeswift": ("TreeSwift", "tree.newick()"),
}
"""Library of an object by its package, and the call that gives its Newick text."""

XML: Mapping[str, tuple[str, str]] = {
    "phyloxml": ("phyloXML", "Bio.Phylo.convert(path, 'phyloxml', 'tree.nwk', 'newick')"),
    "nexml": (
        "NeXML",
        "dendropy.Tree.get(path=path, schema='nexml').write(path='tree.nwk', schema='newick')",
    ),
}
"""Formats of XML by their outermost element, and the call that makes Newick of a file."""

_ROOT_ELEMENT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")


def refuse_object(source: Any) -> None:
    """Refuse a tree of another library by the call that gives its Newick."""
    for kind in type(source).__mro__:
        package = kind.__module__.partition(".")[0]
        if package in OBJECTS:
            library, call = OBJECTS[package]
            raise FileFormatError(
                f"a {type(source).__name__} of {library} is not read as it is; give its Newick "
                f"text: ClassTree.from_newick({call})."
            )


def refuse_xml(text: str) -> None:
    """Refuse XML by the call that makes Newick of it."""
    if text.lstrip()[:1] != "<":
        return
    found = _ROOT_ELEMENT.search(text)
    name = found.group(1) if found else ""
    if name.lower() in XML:
        form, call = XML[name.lower()]
        raise FileFormatError(f"{form} is not read; make Newick of it: {call}.")
    raise FileFormatError(f"the text is XML or HTML (<{name}>), which holds no tree that is read.")
