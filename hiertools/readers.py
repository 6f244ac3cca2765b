"""Trees from and to what people keep them in."""

from hiertools.trees.formats.edges import from_edges, to_edges
from hiertools.trees.formats.folders import from_folder
from hiertools.trees.formats.graphs import from_ete3, from_networkx, to_ete3, to_networkx
from hiertools.trees.formats.lineages import from_lineages, to_frame, to_lineages
from hiertools.trees.formats.linkage import from_linkage, from_sklearn, to_linkage
from hiertools.trees.formats.nested_json import from_json, to_dict, to_json
from hiertools.trees.formats.newick import from_newick, to_newick
from hiertools.trees.formats.ranks import from_ranks
from hiertools.trees.sources import as_tree, read_tree, write_tree

__all__ = [
    "as_tree",
    "from_edges",
    "from_ete3",
    "from_folder",
    "from_json",
    "from_lineages",
    "from_linkage",
    "from_networkx",
    "from_newick",
    "from_ranks",
    "from_sklearn",
    "read_tree",
    "to_dict",
    "to_edges",
    "to_ete3",
    "to_frame",
    "to_json",
    "to_lineages",
    "to_linkage",
    "to_networkx",
    "to_newick",
    "write_tree",
]
