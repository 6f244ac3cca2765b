"""Trees from what other libraries hold."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Self

from numpy.typing import ArrayLike

from hiertools._core.doors import door
from hiertools._core.own_names import SomeClasses
from hiertools.trees.formats.build import Classes
from hiertools.trees.formats.graphs import read_ete3, read_networkx
from hiertools.trees.formats.linkage import read_linkage, read_sklearn
from hiertools.trees.formats.links import MultipleParents
from hiertools.trees.reading.building import Building

if TYPE_CHECKING:
    import ete3
    import networkx as nx


class ObjectReaders(Building):
    """Readers of networkx, ete3, scipy and scikit-learn."""

    @classmethod
    @door
    def from_networkx(
        cls,
        graph: nx.DiGraph,
        /,
        *,
        classes: Classes | None = None,
        root: Hashable = None,
        length: str | None = "length",
        multiple_parents: MultipleParents = "error",
        rank_order: Sequence[str] | None = None,
    ) -> Self:
        """Build a tree from a networkx graph whose edges point from parent to child.

        Parameters
        ----------
        graph
            The graph. A node's label is its attribute ``label``, or else the node itself as text.
            Leaves that become classes by their label are text or whole numbers, which stand for
            their digits; inner nodes may be anything. Node attributes ``rank`` and
            ``class_name`` (that of the class on the node) are used where present.
        classes
            Which nodes are classes. By default those with a ``class_name``, or else those without
            children. A list names them by label; a mapping gives the label or the path of each
            class.
        root
            The root, for an undirected graph.
        length
            Edge attribute with the lengths. Where no edge has it, every edge counts 1. None:
            ignore.
        multiple_parents, rank_order
            As in `from_edges`.

        Returns
        -------
        ClassTree
            Children in the graph's order.

        Raises
        ------
        TreeError
            A cycle, several roots, several parents, lengths on some edges only, names that occur
            twice, leaves that are neither text nor whole numbers.

        Examples
        --------
        >>> from hiertools import ClassTree
        >>> import networkx as nx
        >>> graph = nx.DiGraph([("root", "cat"), ("cat", "lynx"), ("cat", "puma"), ("root", "dog")])
        >>> ClassTree.from_networkx(graph).classes
        ('lynx', 'puma', 'dog')
        """
        return cls._built(
            read_networkx(
                graph,
                classes=classes,
                root=root,
                length=length,
                multiple_parents=multiple_parents,
                rank_order=rank_order,
            )
        )

    @classmethod
    @door
    def from_ete3(
        cls, tree: ete3.Tree, /, *, classes: Classes | None = None, lengths: bool | None = None
    ) -> Self:
        """Build a tree from an ete3 tree.

        Parameters
        ----------
        tree
            The tree (``ete3.Tree`` or a subclass).
        classes
            Which nodes are classes. By default the leaves, or what `to_ete3` noted. A list names
            them by label; a mapping gives the label or the path below the root of each class name.
        lengths
            Whether to use ``dist``. By default unless all are 1, ete3's value for "none given".

        Returns
        -------
        ClassTree
            Classes in depth-first order.

        Raises
        ------
        TreeError
            Leaves without a name, names that occur twice, negative lengths.

        Examples
        --------
        >>> from hiertools import ClassTree
        >>> tree = ClassTree.from_newick("((lynx:1,puma:2):3,dog:4);").to_ete3()
        >>> ClassTree.from_ete3(tree).length.tolist()
        [0.0, 3.0, 1.0, 2.0, 4.0]
        """
        return cls._built(read_ete3(tree, classes=classes, lengths=lengths))

    @classmethod
    @door
    def from_linkage(cls, matrix: ArrayLike, /, classes: SomeClasses) -> Self:
        """Build a tree from a scipy linkage matrix.

        Parameters
        ----------
        matrix : array_like, shape (C - 1, 4)
            As `scipy.cluster.hierarchy.linkage` returns it.
        classes : sequence of str, length C
            Names of the observations, in their order.

        Returns
        -------
        ClassTree
            With merge ``heights``. An edge's length is half the difference of the heights at its
            ends, so that the path between two classes is as long as the height at which they merge;
            where a merge lies below one of its parts (centroid and median linkage) the length is 0.

        Raises
        ------
        TreeError
            Wrong shape, NaN, negative heights, merges of what doesn't exist or is merged already.

        Examples
        --------
        >>> from hiertools import ClassTree
        >>> from scipy.cluster.hierarchy import linkage
        >>> tree = ClassTree.from_linkage(linkage([[0.0], [1.0], [4.0]], "single"), ["a", "b", "c"])
        >>> tree.to_newick(), tree.heights.tolist()
        ('(c:1.5,(a:0.5,b:0.5):1);', [3.0, 0.0, 1.0, 0.0, 0.0])
        """
        return cls._built(read_linkage(matrix, classes))

    @classmethod
    @door
    def from_sklearn(cls, model: Any, /, classes: SomeClasses) -> Self:
        """Build a tree from a fitted `sklearn.cluster.AgglomerativeClustering`.

        Parameters
        ----------
        model
            The fitted model. Merge heights are there if it was fitted with ``distance_threshold``
            or ``compute_distances=True``.
        classes : sequence of str, length C
            Names of the samples it was fitted to, in their order.

        Returns
        -------
        ClassTree
            As from `from_linkage`; without heights every edge counts 1.

        Raises
        ------
        TreeError
            A model that is not fitted, or that stopped before everything was merged.

        Examples
        --------
        >>> from hiertools import ClassTree
        >>> from sklearn.cluster import AgglomerativeClustering
        >>> model = AgglomerativeClustering(linkage="single", compute_distances=True)
        >>> model = model.fit([[0.0], [1.0], [4.0]])
        >>> ClassTree.from_sklearn(model, ["a", "b", "c"]).heights.tolist()
        [3.0, 0.0, 1.0, 0.0, 0.0]
        """
        return cls._built(read_sklearn(model, classes))
