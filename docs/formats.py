"""Write ``formats.md``: what is read and written, from the registries themselves.

A test holds the page against them; after a change, run ``python docs/formats.py``.
"""

from __future__ import annotations

import inspect
from itertools import pairwise
from pathlib import Path

from hiertools._core.tables import TABLE_ENDINGS
from hiertools.representatives.producers.registry import BUILT_IN
from hiertools.representatives.producers.registry import ENDINGS as PRODUCER_ENDINGS
from hiertools.trees.files import NEWICK_ENDINGS, NEXUS_ENDINGS, READERS, WRITERS
from hiertools.trees.formats.lineage_tables import CLASS_HEADERS, TAXON_HEADERS
from hiertools.trees.formats.others import OBJECTS, XML
from hiertools.trees.formats.placeholders import NOT_KNOWN, PREFIXES, UNKNOWN
from hiertools.trees.formats.ranks import KNOWN_RANKS
from hiertools.trees.formats.separators import POSSIBLE, SEPARATORS
from hiertools.trees.taxonomies.sources import TAXONOMIES

PAGE = Path(__file__).parent / "formats.md"

ENDINGS = {
    "lineages": TABLE_ENDINGS,
    "edges": TABLE_ENDINGS,
    "ranks": TABLE_ENDINGS,
    "newick": NEWICK_ENDINGS,
    "nexus": NEXUS_ENDINGS,
    "json": (".json",),
    "folder": (),
}


def page() -> str:
    """Return the page as the registries have it now."""
    parts = [
        "# Formats and sources",
        "Written by `docs/formats.py` from the tables that the library itself reads by. Every text "
        "file may be packed (`.gz`, `.bz2`, `.xz`), in UTF-8, or in UTF-16 or UTF-32 that begin "
        "with their mark. Columns are separated by tabs, commas, semicolons or blanks; numbers may "
        "have decimal commas where these can be nothing else. A file that is not read as it should "
        "be: [My file is not read](my-file-is-not-read.md).",
        "## Trees from files",
        _table(
            ("format", "endings", "reader", "what it does", "written by `write_tree`"),
            (
                (
                    f"`{name}`",
                    _listed(ENDINGS.get(name, ())),
                    f"`{reader.__name__}`",
                    _first_line(reader),
                    "yes" if name in WRITERS else "",
                )
                for name, reader in READERS.items()
            ),
        ),
        "Without `format=`, NEXUS is known by its first word, other formats by the ending, and a "
        "file whose ending says nothing by how it begins. A table is one of lineages, edges or "
        "ranks by its header.",
        "- Header of classes beside lineages, blanks and signs left out: "
        f"{_listed(CLASS_HEADERS)}; "
        f"of lineages: `lineage`, {_listed(TAXON_HEADERS)}.",
        f"- Signs that separate lineages: {_listed(SEPARATORS)}. Only if asked for: "
        f"{_listed(POSSIBLE)}.",
        f"- Known ranks, coarsest first: {_listed(KNOWN_RANKS)}.",
        "- Placeholders in lineages and tables of ranks, which are no groups: "
        f"{_listed(NOT_KNOWN)}, empty ones, ranks without a name (`g__`), and names that begin or "
        f"end with {_listed(UNKNOWN)}, hold `incertae sedis` or end with `sp.`; `missing=[]` "
        "reads words as names.",
        "- Prefixes that tell ranks: "
        + ", ".join(f"`{prefix}__` {rank}" for prefix, rank in PREFIXES.items())
        + ".",
        "## Taxonomies by name",
        _table(
            ("source", "what it reads"),
            ((f"`{each.example}`", each.describes) for each in TAXONOMIES.values()),
        ),
        "## Class vectors and distances",
        _table(
            ("source", "what it reads", "endings", "needs"),
            (
                (
                    f"`{entry.example}`",
                    entry.describes,
                    _listed(end for end, scheme in PRODUCER_ENDINGS.items() if scheme == name),
                    f"`hiertools[{entry.extra}]`" if entry.extra else "",
                )
                for name, entry in BUILT_IN.items()
            ),
        ),
        "## Trees of other programs",
        "Not read as they are; the call gives what is.",
        _table(
            ("from", "call"),
            (
                *((f"{library} object", f"`{call}`") for library, call in OBJECTS.values()),
                *((f"{form} file", f"`{call}`") for form, call in XML.values()),
            ),
        ),
    ]
    return _joined(parts)


def _table(head: tuple[str, ...], rows: object) -> str:
    lines = [head, tuple("---" for _ in head), *rows]  # type: ignore[misc]
    cells = ([cell.replace("|", r"\|") for cell in row] for row in lines)
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _listed(names: object) -> str:
    shown = (name.replace("\t", "tab") for name in names)  # type: ignore[attr-defined]
    return ", ".join(f"`{name}`" for name in shown)


def _first_line(reader: object) -> str:
    return (inspect.getdoc(reader) or "").splitlines()[0].rstrip(".")


def _joined(parts: list[str]) -> str:
    text = parts[0]
    for before, part in pairwise(parts):
        text += ("\n" if before.startswith("- ") and part.startswith("- ") else "\n\n") + part
    return text + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
