"""What a tree tells by itself, and trees of unusual shape."""

from __future__ import annotations

from collections.abc import Callable

import hiertools as ht
from bench import data
from bench.rows import Row, Side, Theme, Wanted, ours
from bench.themes.compare import pairs

SKBIO = "scikit-bio cophenet"
BALANCED = "hiertools, a balanced tree"


def paths(n: int) -> Callable[[], float]:
    tree = data.copy(data.random_tree(n))
    return lambda: ht.path_distances(tree)[0].sum()


def paths_by_skbio(n: int) -> Callable[[], float]:
    import io

    from skbio import TreeNode

    tree = data.random_tree(n)
    theirs = TreeNode.read(io.StringIO(data.newick(tree)))
    first = tree.classes[0]

    def work() -> float:
        found = theirs.cophenet(use_length=False)
        return float(found.data[found.index(first)].sum())

    return work


def paths_by_phylodm(n: int) -> Callable[[], float]:
    import warnings

    from phylodm import PhyloDM

    tree = data.random_tree(n)
    edges = [1.0] * tree.n_nodes  # it takes none for 0
    tree = ht.ClassTree(
        tree.parent, tree.classes, tree.class_node, length=edges, labels=tree.labels
    )
    path = data.folder() / "tree.nwk"
    path.write_text(data.newick(tree))
    theirs = PhyloDM.load_from_newick_path(str(path))
    first = tree.classes[0]

    def work() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = theirs.dm(norm=False)
        return float(found[list(theirs.taxa()).index(first)].sum())

    return work


def deep(n: int) -> Callable[[], object]:
    return _compared(n, data.caterpillar(n))


def balanced(n: int) -> Callable[[], object]:
    return _compared(n, data.balanced_tree(n))


def _compared(n: int, tree: ht.ClassTree) -> Callable[[], object]:
    reps, tree = data.representatives(n), data.copy(tree)
    return lambda: ht.compare(reps, tree)


TREES = Theme(
    "trees",
    "Trees",
    "Seeded random trees; objects on which nothing was computed yet.",
    (
        Row(
            "path distances",
            ours(paths, fresh=True, memory=pairs(1.5)),
            (
                Side(SKBIO, paths_by_skbio, ("skbio",), fresh=True, memory=pairs(2.5)),
                Side("phylodm", paths_by_phylodm, ("phylodm",), fresh=True, memory=pairs(3)),
            ),
            sizes=(1_000, 10_000), same=1e-6,
            wanted=(Wanted(10_000, ratio=0.5, of=SKBIO),),
            told="Between all leaves of a random binary tree, as a square matrix.",
            unit="leaves",
        ),
        Row(
            "default call, caterpillar",
            ours(deep, fresh=True, threads="all cores"),
            (Side(BALANCED, balanced, fresh=True, threads="all cores"),),
            sizes=(120, 1_500), quick=12,
            wanted=(Wanted(120, ratio=1.5, of=BALANCED), Wanted(1_500, seconds=10)),
            told="`compare` with a tree that has a level for each class, beside itself with as "
            "many classes in a balanced binary tree.",
        ),
    ),
)  # fmt: skip
