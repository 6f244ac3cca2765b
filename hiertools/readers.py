"""Trees from and to what people keep them in."""

from hiertools.trees.files import read_tree, write_tree
from hiertools.trees.formats.edges import to_edges
from hiertools.trees.formats.graphs import to_ete3, to_networkx
from hiertools.trees.formats.lineages_written import to_frame, to_lineages
from hiertools.trees.formats.linkage import to_linkage
from hiertools.trees.formats.nested_json import to_dict, to_json
from hiertools.trees.formats.newick import to_newick
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

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
    "from_nexus",
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

from_edges = ClassTree.from_edges
from_ete3 = ClassTree.from_ete3
from_folder = ClassTree.from_folder
from_json = ClassTree.from_json
from_lineages = ClassTree.from_lineages
from_linkage = ClassTree.from_linkage
from_networkx = ClassTree.from_networkx
from_newick = ClassTree.from_newick
from_nexus = ClassTree.from_nexus
from_ranks = ClassTree.from_ranks
from_sklearn = ClassTree.from_sklearn
