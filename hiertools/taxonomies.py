"""Class trees from the taxonomies of others, one source a file, found by scheme.

``"wordnet:cat,dog,newt"`` or ``"nabirds:/data/nabirds"`` stand for a tree wherever hiertools takes
one; `TAXONOMIES` lists the schemes.
"""

from hiertools.trees.taxonomies.inaturalist import from_inaturalist
from hiertools.trees.taxonomies.nabirds import from_nabirds
from hiertools.trees.taxonomies.ncbi import from_ncbi
from hiertools.trees.taxonomies.sources import TAXONOMIES, TaxonomySource, resolve_taxonomy
from hiertools.trees.taxonomies.wordnet import from_wordnet, wordnet_graph

__all__ = [
    "TAXONOMIES",
    "TaxonomySource",
    "from_inaturalist",
    "from_nabirds",
    "from_ncbi",
    "from_wordnet",
    "resolve_taxonomy",
    "wordnet_graph",
]
