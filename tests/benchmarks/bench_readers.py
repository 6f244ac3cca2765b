"""Seconds to read and write large trees, beside ete3 and scikit-bio.

python tests/benchmarks/bench_readers.py [classes]
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hiertools import ClassTree
from hiertools.readers import from_json, from_newick, read_tree, to_newick, write_tree


def seconds(function: Callable[[], Any]) -> float:
    """Return the best of three runs."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


def balanced(n: int) -> str:
    """Return a binary Newick tree of `n` leaves with lengths and inner labels."""
    parts = [f"leaf {i}:0.{i}" for i in range(n)]
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        odd = [parts[-1]] if len(parts) % 2 else []
        parts = [f"({a},{b})n{i}:1e-2" for i, (a, b) in enumerate(pairs)] + odd
    return parts[0] + ";"


def read_ete3(text: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ete3
    return ete3.Tree(text, format=1)


def read_skbio(text: str) -> Any:
    from skbio import TreeNode

    return TreeNode.read(io.StringIO(text.replace("leaf ", "leaf_")), format="newick")


def row(what: str, ours: float, peer: float | None = None, name: str = "") -> None:
    compared = f"{peer:9.2f} {ours / peer:7.2f}  {name}" if peer is not None else ""
    print(f"{what:40s} {ours:7.2f} {compared}")


def main(n: int) -> None:
    text = balanced(n)
    tree = from_newick(text)
    folder = Path(tempfile.mkdtemp())
    print(f"{n:,} classes, {tree.n_nodes:,} nodes\n")
    print(f"{'':40s} {'ours, s':>7s} {'peer, s':>9s} {'ratio':>7s}")
    ours = seconds(lambda: from_newick(text))
    read_ete3("(a,b);")
    row("read Newick", ours, seconds(lambda: read_ete3(text)), "ete3")
    row("read Newick", ours, seconds(lambda: read_skbio(text)), "scikit-bio")
    twin = read_ete3(text)
    row("write Newick", seconds(lambda: to_newick(tree)), seconds(lambda: twin.write()), "ete3")
    row("write JSON", seconds(tree.to_json))
    document = tree.to_json()
    row("read JSON", seconds(lambda: from_json(document)))
    write_tree(tree, folder / "edges.csv", format="edges")
    row("read CSV of edges", seconds(lambda: read_tree(folder / "edges.csv")))
    lineages = ClassTree.from_lineages(tree.to_lineages(lossy=True))
    write_tree(lineages, folder / "lineages.csv")
    row("read CSV of lineages", seconds(lambda: read_tree(folder / "lineages.csv")))
    deep = "(" * n + "a" + ")" * n + ";"
    row(f"read Newick {n:,} levels deep", seconds(lambda: from_newick(deep)))
    deep_tree = from_newick(deep)
    row(f"write Newick {n:,} levels deep", seconds(lambda: to_newick(deep_tree)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
