"""`Consensus`: what `consensus` returns. A tree, and how many of the trees hold each clade."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.doors import behind_doors
from hiertools._core.frozen import ReadOnlyArrays
from hiertools._core.own_names import SomeClasses
from hiertools.errors import FileFormatError
from hiertools.results.base import Result
from hiertools.results.files import facts, held_as, texts
from hiertools.results.plots import Plots
from hiertools.results.status import NO_GROUPS, TOO_FEW_CLASSES
from hiertools.results.table import score_table
from hiertools.trees.outline import outline_html
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hiertools.plots.names import Labels
    from hiertools.reporting.parts import Text


@behind_doors
@dataclass(frozen=True, eq=False, repr=False)
class Consensus(ReadOnlyArrays, Result):
    """A consensus tree and how many of the trees hold each of its clades.

    Attributes
    ----------
    tree : ClassTree
        Classes and children in the order of names.
    support : ndarray of float, shape (N,)
        Share of the trees that hold each node's clade; 1 for root and classes.
    n_trees : int
    notes : tuple of str
        What was left out, and why.
    versions : mapping

    Examples
    --------
    >>> import hiertools as ht
    >>> runs = ["((a,b),(c,d));", "((a,b),c,d);", "(((a,b),c),d);"]
    >>> found = ht.consensus([ht.ClassTree.from_newick(run) for run in runs])
    >>> found
    Consensus(4 classes, 3 trees: 1 clade, mean support 1.00)
    >>> found.value("resolution")
    0.5
    """

    kind: ClassVar[str] = "consensus"

    tree: ClassTree
    support: Floats
    n_trees: int
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def scores(self) -> pd.DataFrame:
        """The score table: ``mean_support`` of the clades, and ``resolution``, their number as a
        share of that of a binary tree.
        """
        n = self.tree.n_classes
        support = list(self.clades().values())
        few = {"status": TOO_FEW_CLASSES, "note": f"a tree of {n} classes has no clades to find"}
        none = {"status": NO_GROUPS, "note": "no clade is in enough of the trees"}
        mean = {"value": float(np.mean(support))} if support else few if n < 3 else none
        resolution = {"value": len(support) / (n - 2)} if n > 2 else few
        nothing = {"value": float("nan"), "n_permutations": 0, "better": "higher", "n_classes": n}
        rows = [
            {**nothing, "score": "mean_support", **mean},
            {**nothing, "score": "resolution", **resolution},
        ]
        return score_table(rows).frame()

    @property
    def per_clade(self) -> pd.DataFrame:
        """One row a nontrivial clade, the best supported first: ``n_classes``, ``support``, and
        ``classes``, a tuple of their names.
        """
        import pandas as pd

        rows = [(len(clade), share, tuple(sorted(clade))) for clade, share in self.clades().items()]
        rows.sort(key=lambda row: (-row[1], -row[0], row[2]))
        frame = pd.DataFrame(rows, columns=["n_classes", "support", "classes"])
        return frame.astype({"n_classes": "int64", "support": "float64"})

    def clades(self) -> dict[frozenset[str], float]:
        """Return the support of each nontrivial clade."""
        tree = self.tree
        size = tree.clade_stop - tree.clade_start
        return {
            frozenset(
                tree.classes[i]
                for i in tree.class_order[tree.clade_start[v] : tree.clade_stop[v]].tolist()
            ): float(self.support[v])
            for v in np.flatnonzero((size > 1) & (size < tree.n_classes)).tolist()
        }

    # ---- views

    def __repr__(self) -> str:
        support = list(self.clades().values())
        mean = f", mean support {np.mean(support):.2f}" if support else ""
        return (
            f"Consensus({self.tree.n_classes:,} classes, {self.n_trees:,} "
            f"tree{'s' * (self.n_trees != 1)}: {len(support):,} "
            f"clade{'s' * (len(support) != 1)}{mean})"
        )

    def __rich__(self) -> Text:
        from hiertools.reporting.consensus import consensus_text

        return consensus_text(self)

    def _repr_html_(self) -> str:
        from hiertools.reporting.consensus import consensus_html

        return f"{consensus_html(self)}{outline_html(self.tree)}"

    @property
    def plot(self) -> ConsensusPlots:
        """Plots of this consensus: ``result.plot.tree()``, and so on."""
        return ConsensusPlots(self.tree, self.support)

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write a report, one self-contained HTML file."""
        from hiertools.reporting.consensus import write_consensus

        write_consensus(self, path)

    # ---- saving

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values that JSON can hold."""
        return {
            "tree": json.loads(self.tree.to_json()),
            "support": self.support.tolist(),
            "n_trees": self.n_trees,
            "notes": list(self.notes),
            "versions": dict(self.versions),
        }

    @classmethod
    def _from_dict(cls, held: Mapping[str, Any]) -> Consensus:
        tree = ClassTree.from_json(json.dumps(held_as(held, "tree", dict)))
        support = checks.numeric(held_as(held, "support", list), "support", FileFormatError)
        if support.shape != (tree.n_nodes,) or not ((support >= 0) & (support <= 1)).all():
            raise FileFormatError(f"support must hold a share for each of {tree.n_nodes} nodes")
        return cls(
            tree=tree,
            support=checks.read_only(support),
            n_trees=held_as(held, "n_trees", int),
            notes=texts(held, "notes"),
            versions=facts(held, "versions"),
        )


@behind_doors
class ConsensusPlots(Plots):
    """Plots of a consensus: its tree alone, or face to face with another.

    Examples
    --------
    >>> import hiertools as ht
    >>> runs = ["((a,b),(c,d));", "((a,b),c,d);", "(((a,b),c),d);"]
    >>> found = ht.consensus([ht.ClassTree.from_newick(run) for run in runs])
    >>> taxonomy = ht.ClassTree.from_newick("((a,b)one,(c,d)two);")
    >>> axes = found.plot.tree(taxonomy)
    >>> figure = found.plot.tanglegram(taxonomy)
    """

    def __init__(self, tree: ClassTree, support: Floats) -> None:
        self._tree, self._support = tree, support

    def tree(
        self,
        taxonomy: ClassTree | None = None,
        *,
        level: int | str | None = None,
        most: int | None = None,
        labels: Labels | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw the tree with the support of its clades in percent.

        Coloured by the groups of a taxonomy, where one is given: at `level`, or in a telling cut of
        it. See `hiertools.plots.dendrogram.dendrogram` for the options.
        """
        from hiertools.plots.dendrogram import dendrogram, group_names
        from hiertools.plots.names import class_labels

        groups = None
        if taxonomy is not None:
            names = zip(taxonomy.classes, class_labels(taxonomy, labels), strict=True)
            groups = dict(zip(taxonomy.classes, group_names(taxonomy, level), strict=True))
            labels = {name: label for name, label in names if name in self._tree.class_index}
        return dendrogram(
            self._tree, support=self._support, level=level, groups=groups, most=most,
            labels=labels or None, ax=ax,
        )  # fmt: skip

    def tanglegram(
        self,
        taxonomy: ClassTree,
        *,
        classes: SomeClasses | None = None,
        level: int | str | None = None,
        labels: Labels | None = None,
    ) -> Figure:
        """Draw a taxonomy and the consensus face to face, with the support of its clades.

        See `hiertools.plots.tanglegram.tanglegram` for the options.
        """
        from hiertools.plots.tanglegram import tanglegram

        return tanglegram(
            taxonomy, self._tree, support=self._support, classes=classes, level=level,
            labels=labels, titles=("taxonomy", "consensus"),
        )  # fmt: skip
