"""The class trees of the five data sets of Kim et al. (2023)."""

from __future__ import annotations

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools.trees.taxonomies.shipped import PAPER_TREES, from_shipped
from hiertools.trees.tree import ClassTree

__all__ = ["PAPER_TREES", "load_paper_tree"]


@door
def load_paper_tree(name: str, /) -> ClassTree:
    """Load the predefined hierarchy of one of the data sets of the paper.

    ============  =======  ==========  ==========================================================
    name          classes  levels      what it is
    ============  =======  ==========  ==========================================================
    ``cifar100``  100      4           CIFAR-100's 20 coarse classes with two levels above them
    ``nabirds``   555      4 to 5      North American birds by age, sex and plumage; classes are
                                       ids ("0295"), node labels are names
    ``micros``    109      3 to 6      small microplankton
    ``microl``    102      2 to 8      large microplankton; the class "Tripos furca" is also the
                                       group of another class
    ``mesoz``     52       3 to 6      mesozooplankton
    ============  =======  ==========  ==========================================================

    Parameters
    ----------
    name : {"cifar100", "nabirds", "micros", "microl", "mesoz"}

    Returns
    -------
    ClassTree
        Classes in the order of the published class lists. Names are those of the data sets: on
        CIFAR-100 ``"aquarium_fish"``, on NABirds ``"0295"``.

    Raises
    ------
    OptionError
        An unknown name.

    References
    ----------
    H. Kim, P. Parviainen, T. Berge and K. Malde (2023), Inspecting class hierarchies in
    classification-based metric learning models, arXiv:2301.11065.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.load_paper_tree("cifar100")
    >>> tree
    ClassTree(100 classes, 131 nodes, 4 levels)
    >>> sorted(set(ht.path_distances(tree, tree.classes)[0].tolist()))
    [0.0, 2.0, 4.0, 6.0, 8.0]
    """
    checks.option(name, PAPER_TREES, "name")
    return from_shipped(name)
