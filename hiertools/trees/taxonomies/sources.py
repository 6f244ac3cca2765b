"""The table of taxonomy sources, and the way from ``"scheme:rest"`` to a tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hiertools._core.doors import behind_doors, door
from hiertools._core.schemes import call_source, unknown_scheme
from hiertools.trees.files import read_tree
from hiertools.trees.taxonomies.file_options import from_file
from hiertools.trees.taxonomies.inaturalist import from_inaturalist
from hiertools.trees.taxonomies.nabirds import from_nabirds
from hiertools.trees.taxonomies.ncbi import from_ncbi
from hiertools.trees.taxonomies.shipped import from_shipped
from hiertools.trees.taxonomies.wordnet import from_wordnet
from hiertools.trees.tree import ClassTree

__all__ = ["TAXONOMIES", "TaxonomySource", "resolve_taxonomy"]


@behind_doors
@dataclass(frozen=True)
class TaxonomySource:
    """One taxonomy that can be named by a scheme.

    Attributes
    ----------
    scheme : str
        What stands before the colon.
    read : callable
        Takes what follows the colon, and keyword options; returns a `ClassTree`.
    describes : str
        What it reads, in a few words.
    example : str
        A source as it would be written.
    """

    scheme: str
    read: Callable[..., ClassTree]
    describes: str
    example: str


def _from_rank_table(
    path: str, *, ranks: str | None = None, classes: str | None = None
) -> ClassTree:
    """Read a table with one column a rank; `ranks` is a comma-separated list."""
    options: dict[str, Any] = {"classes": classes} if classes else {}
    if ranks is not None:
        options["ranks"] = ranks.split(",")
    return read_tree(path, format="ranks", **options)


TAXONOMIES: dict[str, TaxonomySource] = {
    source.scheme: source
    for source in (
        TaxonomySource(
            "wordnet",
            from_wordnet,
            "nouns of WordNet (words, dog.n.01, n02084071), by their hypernyms",
            "wordnet:lynx,wolf,newt",
        ),
        TaxonomySource(
            "ncbi",
            from_ncbi,
            "species and groups of the NCBI taxonomy (its taxdump folder)",
            "ncbi:taxdump?classes=species.txt",
        ),
        TaxonomySource(
            "nabirds",
            from_nabirds,
            "hierarchy.txt of the NABirds data set",
            "nabirds:/data/nabirds",
        ),
        TaxonomySource(
            "inaturalist",
            from_inaturalist,
            "categories of an iNaturalist challenge, as JSON",
            "inaturalist:categories.json",
        ),
        TaxonomySource(
            "ranks",
            _from_rank_table,
            "a table with one column a rank",
            "ranks:species.csv?classes=species",
        ),
        TaxonomySource(
            "shipped",
            from_shipped,
            "the trees that come with hiertools: imagenet, quickdraw, emoji, cifar100, nabirds, "
            "micros, microl, mesoz",
            "shipped:imagenet",
        ),
        TaxonomySource(
            "folder", ClassTree.from_folder, "a folder of folders", "folder:/data/plankton"
        ),
        TaxonomySource(
            "file",
            from_file,
            "a file of any format, with options of read_tree (format, separator, tree, ...)",
            "file:two.nwk?tree=0",
        ),
    )
}
"""Every taxonomy source, by scheme."""


@door
def resolve_taxonomy(
    source: str,
    /,
    **options: Any,  # each taxonomy has its own; `call_source` checks the names
) -> ClassTree:
    """Return the tree that ``"scheme:rest"`` names.

    Parameters
    ----------
    source : str
        A scheme of `TAXONOMIES`, a colon, and what the source reads: a path or a list of classes.
        Options of the source may follow as in a web address:
        ``"ncbi:taxdump?classes=species.txt&ranks=order,family,genus"``.
    **options
        The same options as arguments; they take precedence.

    Returns
    -------
    ClassTree

    Raises
    ------
    OptionError
        No scheme or an unknown one, an unknown option, nothing after the colon.
    FileFormatError, TreeError
        As the source has it.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> for name in ("cats/lynx", "cats/puma", "dogs/wolf"):
    ...     (folder / name).mkdir(parents=True)
    >>> resolve_taxonomy(f"folder:{folder}")
    ClassTree(3 classes, 6 nodes, 2 levels)
    """
    scheme, colon, rest = source.partition(":")
    if not colon or scheme not in TAXONOMIES:
        raise unknown_scheme(source, scheme if colon else "", TAXONOMIES, "taxonomy")
    entry = TAXONOMIES[scheme]
    hint = f"; it reads {entry.describes}, for instance {entry.example!r}"
    what = f"the taxonomy {scheme!r}"
    tree: ClassTree = call_source(entry.read, rest, source, options, what=what, hint=hint)
    return tree
