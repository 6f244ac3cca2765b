"""Trees from text that nests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from hiertools._core.doors import door
from hiertools.trees.formats.build import Classes
from hiertools.trees.formats.nested_json import read_json
from hiertools.trees.formats.newick import Negative, read_newick
from hiertools.trees.formats.nexus import read_nexus
from hiertools.trees.reading.building import Building


class TextReaders(Building):
    """Readers of Newick, NEXUS and JSON."""

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
