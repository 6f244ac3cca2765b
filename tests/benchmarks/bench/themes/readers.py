"""Reading and writing trees, beside ete3 and scikit-bio."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

from bench import data
from bench.rows import Row, Side, Theme, Wanted, ours
from hiertools import ClassTree
from hiertools.readers import from_json, from_newick, read_tree, to_newick, write_tree

TAXONOMY = "scikit-bio from_taxonomy"
NEWICK = "scikit-bio TreeNode.read"


@cache
def _tree(n: int) -> ClassTree:
    return from_newick(data.balanced_newick(n))


@cache
def _lineages(n: int) -> Path:
    """Write a table of six ranks: each group has four in the next finer rank."""
    path = data.folder() / "lineages.csv"
    lines = ["class,lineage"]
    for i in range(n):
        ranks = "/".join(f"{name}{i // 4 ** (6 - at)}" for at, name in enumerate("kpcofg"))
        lines.append(f"s{i},{ranks}/s{i}")
    path.write_text("\n".join(lines) + "\n")
    return path


def read_lineages(n: int) -> Callable[[], float]:
    path = _lineages(n)
    return lambda: read_tree(path).n_nodes


def lineages_by_skbio(n: int) -> Callable[[], float]:
    """Pandas reads the file, as it must be read."""
    import pandas as pd
    from skbio import TreeNode

    path = _lineages(n)

    def work() -> float:
        table = pd.read_csv(path, dtype=str)
        paths = dict(zip(table["class"], table["lineage"].str.split("/")))
        # Its tips are the classes, which would else appear as ranks as well.
        return TreeNode.from_taxonomy({name: p[:-1] for name, p in paths.items()}).count()

    return work


def read_newick(n: int) -> Callable[[], float]:
    text = data.balanced_newick(n)
    return lambda: from_newick(text).n_nodes


def newick_by_skbio(n: int) -> Callable[[], float]:
    from skbio import TreeNode

    text = data.balanced_newick(n)
    return lambda: TreeNode.read(io.StringIO(text), format="newick").count()


def newick_by_ete3(n: int) -> Callable[[], float]:
    ete3, text = _ete3(), data.balanced_newick(n)
    return lambda: sum(1 for _ in ete3.Tree(text, format=1).traverse())


def _ete3() -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ete3
    return ete3


def written(n: int) -> Callable[[], object]:
    tree = _tree(n)
    return lambda: to_newick(tree)


def written_by_ete3(n: int) -> Callable[[], object]:
    tree = _ete3().Tree(data.balanced_newick(n), format=1)
    return lambda: tree.write(format=1)


def read_edges(n: int) -> Callable[[], object]:
    path = data.folder() / "edges.csv"
    write_tree(_tree(n), path, format="edges")
    return lambda: read_tree(path)


def read_json(n: int) -> Callable[[], object]:
    text = _tree(n).to_json()
    return lambda: from_json(text)


def read_deep(n: int) -> Callable[[], object]:
    text = "(" * n + "a" + ")" * n + ";"
    return lambda: from_newick(text)


ETE3 = ("ete3",)
SIZES = (100_000,)

READERS = Theme(
    "readers",
    "Reading trees",
    "A balanced binary tree with lengths and labels of inner nodes, unless it is said otherwise.",
    (
        Row(
            "lineage CSV",
            ours(read_lineages),
            (Side(TAXONOMY, lineages_by_skbio, ("skbio",)),),
            sizes=SIZES, unit="rows",
            wanted=(Wanted(100_000, ratio=0.3, of=TAXONOMY),),
            told="Seven ranks, to a checked `ClassTree`; for scikit-bio, pandas reads the file.",
        ),
        Row(
            "read Newick",
            ours(read_newick),
            (Side("ete3", newick_by_ete3, ETE3), Side(NEWICK, newick_by_skbio, ("skbio",))),
            sizes=SIZES, unit="leaves", same=0.0,
        ),
        Row(
            "write Newick",
            ours(written),
            (Side("ete3", written_by_ete3, ETE3),),
            sizes=SIZES, unit="leaves",
        ),
        Row("read CSV of edges", ours(read_edges), sizes=SIZES, unit="leaves"),
        Row("read JSON", ours(read_json), sizes=SIZES, unit="leaves"),
        Row("read Newick of as many levels", ours(read_deep), sizes=SIZES, unit="levels"),
    ),
)  # fmt: skip
