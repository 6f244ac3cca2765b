"""Trees from tables: a row a class or an edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.own_names import SomeClasses
from hiertools.errors import TreeError
from hiertools.trees.formats.build import Classes
from hiertools.trees.formats.edges import read_edges
from hiertools.trees.formats.lineages import read_lineages
from hiertools.trees.formats.links import MultipleParents
from hiertools.trees.formats.ranks import read_ranks
from hiertools.trees.reading.building import Building


class TableReaders(Building):
    """Readers of lineages, ranks and edges."""

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
