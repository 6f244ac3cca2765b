"""Tree against tree: clades, triplets, quartets, matched splits, cuts, and their nulls."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from typing import Any

import numpy as np

import hiertools as ht
from bench import data
from bench.rows import Row, Side, Theme, Timed, Wanted, ours
from hiertools import ClassTree

SKBIO = "scikit-bio compare_rfd"
RANDOM = "hiertools, random trees"
NEW = "hiertools, trees not seen before"
Pair = tuple[ClassTree, ClassTree]


def random_pair(n: int) -> Pair:
    return data.copy(data.random_tree(n, 0)), data.copy(data.random_tree(n, 1))


def balanced_pair(n: int) -> Pair:
    return data.copy(data.balanced_tree(n, 0)), data.copy(data.balanced_tree(n, 1))


def coarse_pair(n: int) -> Pair:
    return data.copy(data.random_tree(n, 0, 10)), data.copy(data.random_tree(n, 1))


def caterpillars(n: int) -> Pair:
    return data.copy(data.caterpillar(n, 0)), data.copy(data.caterpillar(n, 1))


def linkage_pair(n: int) -> Pair:
    from scipy.cluster.hierarchy import linkage

    trees = [ClassTree.from_linkage(linkage(p, "average"), data.names(n)) for p in _points(n)]
    return trees[0], trees[1]


def _points(n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(n)
    return [rng.normal(size=(n, 8)) for _ in range(2)]


def distance(
    method: str, pair: Callable[[int], Pair] = random_pair, **options: Any
) -> Callable[[int], Callable[[], object]]:
    def make(n: int) -> Callable[[], object]:
        first, second = pair(n)
        return lambda: ht.tree_distance(first, second, method, **options)

    return make


def rf_by_skbio(n: int) -> Callable[[], float]:
    from skbio import TreeNode

    one, two = (TreeNode.read(io.StringIO(data.newick(tree))) for tree in random_pair(n))
    return lambda: one.compare_rfd(two, rooted=True, proportion=True)


def by_tqdist(
    method: str, pair: Callable[[int], Pair] = random_pair
) -> Callable[[int], Callable[[], float]]:
    def make(n: int) -> Callable[[], float]:
        import tqdist

        function = getattr(tqdist, f"{method}_distance")
        first, second = (data.newick(tree) for tree in pair(n))
        return lambda: float(function(first, second))

    return make


def by_toytree(name: str) -> Callable[[int], Callable[[], float]]:
    def make(n: int) -> Callable[[], float]:
        import toytree

        function = getattr(toytree.distance, name)
        first, second = (toytree.tree(data.newick(tree)).unroot() for tree in random_pair(n))
        return lambda: function(first, second, normalize=False)

    return make


DENDEXTEND = """
suppressPackageStartupMessages(library(dendextend))
folder <- commandArgs(TRUE)[1]
trees <- lapply(c("a", "b"), function(name) {
  points <- as.matrix(read.csv(file.path(folder, paste0(name, ".csv")), header = FALSE))
  rownames(points) <- sprintf("c%05d", seq_len(nrow(points)))
  as.dendrogram(hclust(dist(points), "average"))
})
spent <- system.time(value <- cor_bakers_gamma(trees[[1]], trees[[2]]))
cat(format(c(spent["elapsed"], spent["user.self"] + spent["sys.self"], value), digits = 15),
    sep = "\\n")
"""


def by_dendextend(n: int) -> Callable[[], Timed]:
    """Time inside R, reading left out."""
    for name, values in zip("ab", _points(n)):
        np.savetxt(data.folder() / f"{name}.csv", values, delimiter=",", fmt="%.17g")

    def work() -> Timed:
        command = ["Rscript", "-e", DENDEXTEND, str(data.folder())]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        wall, cpu, value = (float(line) for line in done.stdout.split())
        return Timed(wall, cpu, float("nan"), value)

    return work


def curve(n: int) -> Callable[[], float]:
    from hiertools.treedist.fowlkes_mallows import fowlkes_mallows_curve

    first, second = linkage_pair(n)
    return lambda: fowlkes_mallows_curve(first, second)["value"].mean()


def curve_by_scikit_learn(n: int) -> Callable[[], float]:
    from scipy.cluster.hierarchy import cut_tree, linkage
    from sklearn.metrics import fowlkes_mallows_score

    cuts = [cut_tree(linkage(points, "average"), range(2, n)) for points in _points(n)]

    def work() -> float:
        found = [fowlkes_mallows_score(a, b) for a, b in zip(cuts[0].T, cuts[1].T)]
        return float(np.mean(found))

    return work


def null(score: str) -> Callable[[int], Callable[[], object]]:
    """999 relabellings of a taxonomy of degree 10 against an inferred tree."""

    def make(n: int) -> Callable[[], object]:
        tree, given = data.copy(data.random_tree(n, 0, 10)), ht.distances(data.representatives(n))
        return lambda: ht.compare(given, tree, scores=(score,), intervals=False)

    return make


def _unseen(method: str) -> Side:
    return Side(NEW, distance(method), fresh=True)


def _toytree(method: str, name: str) -> Row:
    return Row(
        f"{method.replace('_', ' ')}, random trees",
        ours(distance(method, normalized=False), fresh=True),
        (Side("toytree", by_toytree(name), ("toytree",), fresh=True),),
        sizes=(1_000,), same=1e-6,
    )  # fmt: skip


def _tqdist(method: str, share: float) -> Row:
    return Row(
        f"{method}s",
        ours(distance(method)),
        (Side("tqDist", by_tqdist(method), ("tqdist",)), _unseen(method)),
        sizes=(1_000, 10_000), same=1e-9,
        wanted=(Wanted(10_000, ratio=share, of="tqDist", kept=True),),
        told="Two random binary trees, compared again and again: ours keep what was learned of "
        "them. tqDist reads Newick text, a small part of its time.",
    )  # fmt: skip


def _shapes(method: str) -> tuple[Row, Row]:
    """Return rows of trees that are deeper, and coarser, than random ones."""
    return (
        Row(
            f"{method}s of caterpillars",
            ours(distance(method, caterpillars), fresh=True),
            (Side("tqDist", by_tqdist(method, caterpillars), ("tqdist",)),),
            sizes=(10_000,), same=1e-9,
        ),
        Row(
            f"{method}s, a taxonomy of degree 10",
            ours(distance(method, coarse_pair), fresh=True),
            sizes=(10_000,),
            told="Beside a random binary tree.",
        ),
    )  # fmt: skip


TREE_DISTANCES = Theme(
    "tree_distances",
    "Tree distances",
    """Trees are in memory as each library wants them; ours are new objects in every call unless it
    is said otherwise. tqDist
    states no licence and builds from source, and dendextend is R's: where they aren't installed,
    their figures of an earlier run are shown, marked *stored*.""",
    (
        Row(
            "Robinson-Foulds",
            ours(distance("robinson_foulds")),
            (Side(SKBIO, rf_by_skbio, ("skbio",)), _unseen("robinson_foulds")),
            sizes=(1_000, 10_000), same=1e-9,
            wanted=(Wanted(10_000, ratio=0.01, of=SKBIO, kept=True),),
            told="Two random binary trees, rooted, compared again and again: ours keep what was "
            "learned of them.",
        ),
        _tqdist("triplet", 0.017),
        _tqdist("quartet", 0.057),
        *_shapes("triplet"),
        *_shapes("quartet"),
        Row(
            "Baker's gamma",
            ours(distance("bakers_gamma", linkage_pair), fresh=True),
            (Side("dendextend", by_dendextend, ("R:dendextend",), cold=True, quick=False),),
            sizes=(200, 1_000), same=1e-9,
            wanted=(Wanted(1_000, ratio=1 / 2_000, of="dendextend", kept=True),),
            told="Two average linkages of random points.",
        ),
        Row(
            "clustering information, balanced trees",
            ours(
                distance("clustering_information", balanced_pair), fresh=True,
                memory=lambda n: 24 * n * n / 1e9,
            ),
            (
                Side(
                    RANDOM, distance("clustering_information"), fresh=True,
                    memory=lambda n: 24 * n * n / 1e9,
                ),
            ),
            sizes=(1_024, 4_096), quick=16,
            wanted=(Wanted(4_096, ratio=2.0, of=RANDOM),),
            told="Balanced binary trees with random names, whose splits are hard to match, beside "
            "random binary trees of as many classes.",
        ),
        _toytree("clustering_information", "get_treedist_rfg_mci"),
        _toytree("matching_split", "get_treedist_rfg_ms"),
        Row(
            "Fowlkes-Mallows at every number of groups",
            ours(curve, fresh=True),
            (Side("scikit-learn fowlkes_mallows_score", curve_by_scikit_learn, ("sklearn",)),),
            sizes=(1_000,), same=1e-9,
            wanted=(Wanted(1_000, seconds=0.2),),
            told="Two average linkages; scikit-learn gets the groups for nothing.",
        ),
        *(
            Row(
                f"{score.replace('_', ' ')} with its null",
                ours(null(score), fresh=True, threads="all cores"),
                sizes=(1_000,),
                told="`compare` of this score alone, with as many permutations as it takes by "
                "default.",
            )
            for score in ("robinson_foulds", "triplet", "quartet")
        ),
    ),
)  # fmt: skip
