"""How a `ClassTree` is made of what people keep trees in: its ``from_`` methods."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.own_names import SomeClasses
from hiertools.errors import TreeError
from hiertools.trees.columns import TreeColumns
from hiertools.trees.formats.build import Classes
from hiertools.trees.formats.edges import read_edges
from hiertools.trees.formats.folders import read_folder
from hiertools.trees.formats.graphs import read_ete3, read_networkx
from hiertools.trees.formats.lineages import read_lineages
from hiertools.trees.formats.linkage import read_linkage, read_sklearn
from hiertools.trees.formats.links import MultipleParents
from hiertools.trees.formats.nested_json import read_json
from hiertools.trees.formats.newick import Negative, read_newick
from hiertools.trees.formats.nexus import read_nexus
from hiertools.trees.formats.ranks import read_ranks

if TYPE_CHECKING:
    import ete3
    import networkx as nx


class Readers:
    """The readers that `ClassTree` inherits, one a format.

    A reader of `hiertools.trees.formats` turns text or an object into columns; here they become a
    tree. `hiertools.readers` has the same readers as functions.
    """

    @classmethod
    def _built(cls, columns: TreeColumns) -> Self:
        """Build the tree of these columns."""
        raise NotImplementedError

    @classmethod
    @door
    def from_lineages(
        cls,
        lineages: Any,
        /,
        *,
        separator: str | None = None,
        classes: SomeClasses | None = None,
        ranks: Sequence[str] | None = None,
        missing: Sequence[str] | None = None,
    ) -> Self:
        """Build a tree from the lineage of each class.

        An unnamed root stands above the first components, so level l is component l. The last
        component *is* the class's node, whatever its label. A lineage that is the beginning of
        another puts its class at an inner node. Names are kept verbatim, blanks included: a class
        name that holds the separator and ends its lineage is one component.

        Placeholders are no groups: empty components, ranks without a name (``g__``), and words such
        as "unclassified", "uncultured bacterium", "Incertae sedis" or "Lynx sp."; two classes have
        nothing in common by them, and what is below hangs from the group above. A warning tells how
        many there are. What a class is called stays as its own node, whatever it says.

        In a table of taxa (``Feature ID, Taxon`` of QIIME), or where lineages end empty, several
        classes may have one lineage; each class then hangs as a node of its own below it. Where all
        components bear the prefix of a rank (``d__``, ``p__``, ..., ``D_0__``), levels go by these
        ranks.

        Parameters
        ----------
        lineages
            A mapping or pandas Series of class name to lineage; a DataFrame with the columns
            ``class`` and ``lineage`` (or just two columns, in this order); or a list of lineages,
            whose last components name the classes unless `classes` does. A lineage is a text with
            separators or a sequence of components.
        separator
            What separates components, for lineages given as text. By default it is found among
            ``//``, ``/``, ``|``, ``;``, ``>``, ``->``, ``::`` and the like (with the blanks that
            always go with it); where more than one could be meant, or only one that names hold as
            well (``.``, ``,``), that is an error.
        classes
            Class names for a list of lineages.
        ranks
            Name of each level, coarsest first: ``("phylum", "class", "order")``. Levels then go by
            these names too. By default those that prefixes tell.
        missing
            Words that are no group, beside empty components and ranks without a name: by default
            all placeholders that are known, and what R, pandas and Excel write. Pass ``[]`` where
            they are names.

        Returns
        -------
        ClassTree
            Classes in the order given.

        Raises
        ------
        FileFormatError
            Several possible separators, lineages without a name, cells that are not text.
        TreeError
            Two classes with one lineage, a class twice.

        See Also
        --------
        from_ranks : tables with one column a rank.
        to_lineages, to_frame : the reverse.

        Examples
        --------
        >>> from hiertools import ClassTree
        >>> tree = ClassTree.from_lineages(
        ...     {"0295": "Birds//Ducks, Geese//Eider", "0301": "Birds//Loons/Divers"})
        >>> tree.classes, tree.labels
        (('0295', '0301'), ('', 'Birds', 'Ducks, Geese', 'Eider', 'Loons/Divers'))
        >>> ClassTree.from_lineages(["cat; lynx", "cat; puma", "dog"]).classes
        ('lynx', 'puma', 'dog')
        >>> tree = ClassTree.from_lineages({"a": "f__Felidae;g__Lynx", "b": "f__Canidae;g__Canis"})
        >>> tree.rank_order
        ('family', 'genus')
        """
        names = None if classes is None else checks.class_names(classes, "classes", TreeError)
        columns = read_lineages(
            lineages, separator=separator, classes=names, ranks=ranks, missing=missing
        )
        return cls._built(columns)

    @classmethod
    @door
    def from_ranks(
        cls,
        table: Any,
        /,
        *,
        ranks: Sequence[str] | None = None,
        classes: str | Sequence[str] | None = None,
        missing: Sequence[str] | None = None,
    ) -> Self:
        """Build a tree from a table with one row a class and one column a rank.

        An empty cell means that a class has no group of that rank: its node hangs from the nearest
        rank above. Groups are told apart by all that stands above them, so one name may occur at
        several ranks, or twice at one rank under different groups.

        Parameters
        ----------
        table
            A DataFrame (or a mapping of rank to values). Cells are text; None, NaN and "" are
            empty.
        ranks
            The columns that are ranks, coarsest first. By default those whose names are known ranks
            (kingdom, ..., species), in their own order whatever that of the columns; a warning
            names the others. Where no rank is known they must be given.
        classes
            The column with the class names, or the names themselves. By default the last rank that
            a row has; or the column ``class`` where it is no rank: each row has one of its own,
            though rows share groups of finer ranks.
        missing
            Cells of ranks that mean no group, beside empty ones and ranks without a name: by
            default what R, pandas and Excel write, and the placeholders of `from_lineages`. A
            warning tells how many there are. Pass ``[]`` where they are names.

        Returns
        -------
        ClassTree
            With ``ranks``, so that levels go by their names; classes in the order of rows.

        Raises
        ------
        FileFormatError
            Unknown columns, cells that are not text, rows without any rank.
        TreeError
            A class name twice, two classes with the same ranks.

        Examples
        --------
        >>> from hiertools import ClassTree
        >>> import pandas as pd
        >>> table = pd.DataFrame({"family": ["Felidae", "Felidae", "Canidae"],
        ...                       "genus": ["Lynx", None, "Canis"],
        ...                       "species": ["Lynx lynx", "Puma concolor", "Canis lupus"]})
        >>> tree = ClassTree.from_ranks(table)
        >>> tree, tree.rank_order
        (ClassTree(3 classes, 8 nodes, 3 levels), ('family', 'genus', 'species'))
        """
        return cls._built(read_ranks(table, ranks=ranks, classes=classes, missing=missing))

    @classmethod
    @door
    def from_newick(
        cls,
        text: str,
        /,
        *,
        classes: Classes | None = None,
        lengths: bool = True,
        missing_length: float | None = None,
        negative: Negative = "error",
        tree: int | None = None,
    ) -> Self:
        """Read one tree from Newick text.

        Labels are kept verbatim: a bare underscore stays an underscore. Bare labels may hold
        blanks, and apostrophes behind a letter; quoted ones (``'...'`` or ``"..."``, a doubled
        quote standing for one) may hold anything. Comments in square brackets, nested or not, are
        skipped. The root's own length has no meaning here and is skipped too.

        Parameters
        ----------
        text
            The tree, with its final ``;``.
        classes
            Which nodes are classes. By default every leaf. A list names them by label, inner nodes
            included; a mapping gives the label or the path below the root of each class name. What
            lies above or below none of the classes named is left out.
        lengths
            False: ignore edge lengths, so that every edge counts 1.
        missing_length
            Length of edges that have none where others have one. By default that is an error.
        negative
            What to do about negative lengths, which neighbor joining makes: ``"error"``, or take
            them for ``"zero"``.
        tree
            Which tree of a text that holds several: 0 for the first, -1 for the last. By default
            there must be one.

        Returns
        -------
        ClassTree
            Classes in depth-first order (or in the order of `classes`).

        Raises
        ------
        FileFormatError
            What is no Newick tree, with line and column.
        TreeError
            Leaves without a name, names that occur twice, negative lengths.

        See Also
        --------
        to_newick : the reverse.

        References
        ----------
        Felsenstein et al. (1986), https://phylipweb.github.io/phylip/newicktree.html

        Examples
        --------
        >>> from hiertools import ClassTree
        >>> tree = ClassTree.from_newick(
        ...     "((lynx:1, wolf:1.5)mammals:2, 'smooth newt':3)[a comment];")
        >>> tree.classes, tree.labels
        (('lynx', 'wolf', 'smooth newt'), ('', 'mammals', 'lynx', 'wolf', 'smooth newt'))
        >>> tree.length.tolist()
        [0.0, 2.0, 1.0, 1.5, 3.0]
        """
        return cls._built(
            read_newick(
                text,
                classes=classes,
                lengths=lengths,
                missing_length=missing_length,
                negative=negative,
                tree=tree,
            )
        )

    @classmethod
    @door
    def from_nexus(
        cls,
        text: str,
        /,
        *,
        classes: Classes | None = None,
        lengths: bool = True,
        missing_length: float | None = None,
        negative: Negative = "error",
        tree: int | None = None,
    ) -> Self:
        """Read one tree from NEXUS text, as BEAST, TreeAnnotator, MrBayes and FigTree write it.

        Keys of the ``translate`` command, and numbers of the taxa block, are leaves' names.
        Comments such as ``[&rate=1]`` are skipped; other blocks say nothing of a tree.

        Parameters
        ----------
        text
            The content of the file, beginning with ``#NEXUS``.
        classes, lengths, missing_length, negative
            As in `from_newick`.
        tree
            Which tree of several: 0 for the first, -1 for the last. By default there must be one.

        Returns
        -------
        ClassTree
            Classes in depth-first order (or in the order of `classes`).

        Raises
        ------
        FileFormatError
            No NEXUS, no tree in it, several trees, or a tree that is no Newick.

        Examples
        --------
        >>> from hiertools import ClassTree
        >>> text = '''#NEXUS
        ... begin trees;
        ...   translate 1 lynx, 2 puma, 3 'grey wolf';
        ...   tree best = [&R] ((1[&rate=0.5]:1,2:1):1,3:2);
        ... end;'''
        >>> ClassTree.from_nexus(text).classes
        ('lynx', 'puma', 'grey wolf')
        """
        return cls._built(
            read_nexus(
                text,
                classes=classes,
                lengths=lengths,
                missing_length=missing_length,
                negative=negative,
                tree=tree,
            )
        )

    @classmethod
    @door
    def from_edges(
        cls,
        edges: Any,
        /,
        *,
        classes: Classes | None = None,
        multiple_parents: MultipleParents = "error",
        rank_order: Sequence[str] | None = None,
    ) -> Self:
        """Build a tree from its edges.

        A node is known by its id, the text that stands for it in ``parent`` and ``child``; that is
        also its label unless there is a column ``label``.

        Parameters
        ----------
        edges
            Pairs ``(parent, child)`` or triples ``(parent, child, length)``; or a DataFrame with
            the columns ``parent``, ``child`` and, optionally, ``length``, ``rank``, ``label``,
            ``height`` (all of the child) and ``class`` (name of the class that sits on the child,
            empty for none). One row may have an empty parent: its child is the root. Or a table
            of ids and their parents' (``id, parent`` and perhaps ``name``; Darwin Core's
            ``taxonID, parentNameUsageID, scientificName, taxonRank``), in which several may have
            none: they then hang from a root without a name.
        classes
            Which nodes are classes. By default those with a ``class``, or else the leaves. A list
            names them by label; a mapping gives the label or the path below the root of each class
            name.
        multiple_parents
            What to do about nodes with several parents: ``"error"``, or keep the ``"first"`` parent
            listed, or the one on the ``"shortest"`` or ``"longest"`` way to the root (in edges; of
            equal ones the first listed). Groups that lose all their children are left out.
        rank_order
            Order of the ranks, coarsest first. By default as they stand above each other.

        Returns
        -------
        ClassTree
            Children in the order of their rows; classes depth first.

        Raises
        ------
        TreeError
            A cycle, several roots, several parents, negative lengths, names that occur twice.
        FileFormatError
            What is no table of edges.

        Examples
        --------
        >>> from hiertools import ClassTree
        >>> pairs = [("root", "cat"), ("cat", "lynx"), ("cat", "puma"), ("root", "dog")]
        >>> ClassTree.from_edges(pairs)
        ClassTree(3 classes, 5 nodes, 2 levels)
        """
        return cls._built(
            read_edges(
                edges, classes=classes, multiple_parents=multiple_parents, rank_order=rank_order
            )
        )

    @classmethod
    @door
    def from_json(
        cls, source: str | Mapping[str, Any] | Sequence[Any], /, *, classes: Classes | None = None
    ) -> Self:
        """Build a tree from JSON, as text or already parsed.

        Four forms are told apart:

        - what `to_json` writes (it has the key ``"format"``): nothing is lost;
        - objects with ``"name"`` and ``"children"``, as d3 reads them, the outermost being the
          root; ``"length"``, ``"rank"`` and ``"class"`` (name of the class on the node) are used
          too;
        - nested objects, ``{"Animals": {"fish": ["shark", "ray"]}}``, below an unnamed root; null,
          an empty list or object is a leaf;
        - lineages: one text a class, ``{"shark": "Animals/fish/shark"}``; or a list that ends with
          the class's own name, ``{"shark": ["Animals", "fish", "shark"]}``; or a list of texts.

        Parameters
        ----------
        source
            JSON text, or the object it stands for.
        classes
            Which nodes are classes. By default the leaves (or what the file says). A list names
            them by label; a mapping gives the label or the path below the root of each class name.

        Returns
        -------
        ClassTree

        Raises
        ------
        FileFormatError
            What is no JSON (with its place), a key twice in one object, values of other kinds.

        Examples
        --------
        >>> from hiertools import ClassTree
        >>> text = '{"name": "", "children": [{"name": "cat"}, {"name": "dog"}]}'
        >>> ClassTree.from_json(text).classes
        ('cat', 'dog')
        >>> ClassTree.from_json({"Animals": {"fish": ["shark", "ray"], "newt": None}}).to_newick()
        '(((shark,ray)fish,newt)Animals);'
        """
        return cls._built(read_json(source, classes=classes))

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
    def from_folder(
        cls,
        folder: str | os.PathLike[str],
        /,
        *,
        names: Literal["name", "path"] = "name",
        extensions: Sequence[str] | None = None,
    ) -> Self:
        """Build a tree from nested folders.

        The folder itself is the unnamed root. Folders without subfolders are classes, and so are
        those that hold files directly beside subfolders (classes at inner nodes). Names that start
        with a dot are skipped, and what systems leave in folders (``__MACOSX``, ``@eaDir``,
        ``Thumbs.db``, ``desktop.ini``, ...); links to folders are followed.

        Parameters
        ----------
        folder
            The folder. Files directly in it do not matter.
        names
            Class names: the folder's own ``"name"``, or its ``"path"`` below the root with ``/``.
        extensions
            Count only files that end so (``(".png", ".jpg")``, case ignored) as a class's files.
            Stray text files beside subfolders then make no class.

        Returns
        -------
        ClassTree
            Folders in alphabetical order; classes depth first.

        Raises
        ------
        FileFormatError
            No such folder, no folders in it, a link that leads back up.
        TreeError
            Two classes of the same name.

        Examples
        --------
        >>> from hiertools import ClassTree
        >>> import tempfile, pathlib
        >>> root = pathlib.Path(tempfile.mkdtemp())
        >>> for name in ("cat/lynx", "cat/puma", "dog"):
        ...     (root / name).mkdir(parents=True)
        >>> ClassTree.from_folder(root).classes
        ('lynx', 'puma', 'dog')
        """
        return cls._built(read_folder(folder, names=names, extensions=extensions))

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
