"""`compare`: its core scores, its default call, and single scores."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import hiertools as ht
from bench import data
from bench.rows import Row, Side, Theme, Wanted, ours

LINKAGE_ALONE = "scipy pdist + average linkage"
LOOP = "scipy pdist + linkage + loop of spearmanr"
GLUE = "scipy + scikit-bio + pytorch-metric-learning"
SIZES = (500, 1_000, 2_000, 5_000, 10_000)
CLASSWISE = ("classwise_correlation",)
WITHOUT_LINKAGE = ("classwise_correlation", "precision_at_1", "r_precision", "map_at_r")


def comparison(length: int = 0, **options: Any) -> Callable[[int], Callable[[], object]]:
    """Return what prepares a call of `compare`."""

    def make(n: int) -> Callable[[], object]:
        reps, tree = data.representatives(n, length), data.taxonomy(n)
        return lambda: ht.compare(reps, tree, **options)

    return make


def without_linkage(n: int) -> Callable[[], object]:
    """Vectors as models hold them: of float32."""
    vectors, tree = data.group_vectors(n, 128).astype(np.float32), data.taxonomy(n)
    reps = ht.ClassRepresentatives(vectors, data.names(n))
    return lambda: ht.compare(reps, tree, scores=WITHOUT_LINKAGE, permutations=0, intervals=False)


def unit_rows(n: int) -> np.ndarray:
    """Return class vectors of length 1, whose Euclidean distances are ours."""
    vectors = data.group_vectors(n)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def linkage_alone(n: int) -> Callable[[], object]:
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist

    vectors = data.group_vectors(n)

    def work() -> None:
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        linkage(pdist(unit), "average")

    return work


def loop_of_spearmanr(n: int) -> Callable[[], float]:
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist, squareform

    unit, t = unit_rows(n), ht.path_distances(data.taxonomy(n), data.names(n))

    def work() -> float:
        condensed = pdist(unit)
        linkage(condensed, "average")
        return classwise(squareform(condensed), t)

    return work


def classwise(d: np.ndarray, t: np.ndarray) -> float:
    """Return the class-wise correlation by one call of scipy a class."""
    from scipy.stats import spearmanr

    n = len(d)
    found = [spearmanr(np.delete(d[i], i), np.delete(t[i], i)).statistic for i in range(n)]
    return float(np.tanh(np.mean(np.arctanh(found))))


def glue(n: int) -> Callable[[], float]:
    """All core scores, each by the library that has it; only the taxonomy is read beforehand."""
    import torch
    from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist, squareform
    from scipy.stats import spearmanr
    from skbio import TreeNode

    unit, names = unit_rows(n), data.names(n)
    taxonomy = TreeNode.from_taxonomy({name: path[:-1] for name, path in data.lineages(n).items()})
    groups = data.group_numbers(n)
    calculator = AccuracyCalculator(
        include=("precision_at_1", "r_precision", "mean_average_precision_at_r"),
        k="max_bin_count",
        device=torch.device("cpu"),
    )

    def work() -> float:
        condensed = pdist(unit)
        merges = linkage(condensed, "average")
        inferred = TreeNode.from_linkage_matrix(merges, names)
        paths = taxonomy.cophenet(names, use_length=False)
        t = np.asarray(paths.filter(names).data)
        spearmanr(condensed, squareform(t, checks=False))
        inferred.compare_rfd(taxonomy, proportion=True, rooted=True)
        inferred.compare_rfd(taxonomy, proportion=True, rooted=False)
        vectors = torch.tensor(unit)
        for labels in groups:
            calculator.get_accuracy(vectors, torch.tensor(labels))
        return classwise(squareform(condensed), t)

    return work


def classwise_alone(n: int) -> Callable[[], float]:
    tree, given = data.taxonomy(n), ht.distances(data.representatives(n))

    def work() -> float:
        found = ht.compare(given, tree, scores=CLASSWISE, permutations=0, intervals=False)
        return found.value("classwise_correlation")

    return work


def spearmanr_alone(n: int) -> Callable[[], float]:
    from scipy.spatial.distance import squareform

    d = squareform(ht.distances(data.representatives(n)).condensed)
    t = ht.path_distances(data.taxonomy(n), data.names(n))
    return lambda: classwise(d, t)


def permutations_of_elementwise(n: int) -> Callable[[], float]:
    tree, given = data.taxonomy(n), ht.distances(data.representatives(n))

    def work() -> float:
        found = ht.compare(given, tree, scores=("elementwise_correlation",), intervals=False)
        return found.value("elementwise_correlation")

    return work


def mantel(n: int) -> Callable[[], float]:
    from scipy.spatial.distance import squareform
    from skbio import DistanceMatrix
    from skbio.stats.distance import mantel as test

    reps = data.representatives(n)
    model = DistanceMatrix(squareform(ht.distances(reps).condensed), reps.classes)
    paths = DistanceMatrix(ht.path_distances(data.taxonomy(n), reps.classes), reps.classes)
    return lambda: test(model, paths, method="spearman", permutations=999)[0]


def retrieval_peer(n: int) -> Callable[[], None]:
    """P@1, R-precision and MAP@R at every level."""
    import torch
    from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator

    vectors = torch.tensor(unit_rows(n))
    groups = [torch.tensor(labels) for labels in data.group_numbers(n)]
    calculator = AccuracyCalculator(
        include=("precision_at_1", "r_precision", "mean_average_precision_at_r"),
        k="max_bin_count",
        device=torch.device("cpu"),
    )

    def work() -> None:
        for labels in groups:
            calculator.get_accuracy(vectors, labels)

    return work


@functools.cache
def _imagenet() -> tuple[ht.ClassRepresentatives, ht.ClassTree]:
    return ht.load_imagenet_head(), ht.load_imagenet_tree()


def imagenet(_n: int) -> Callable[[], object]:
    """The default call on what ships: EfficientNet-Lite0's last layer and WordNet."""
    head, tree = _imagenet()
    tree = data.copy(tree)
    return lambda: ht.compare(head, tree)


def pairs(copies: float, more: float = 0.4) -> Callable[[int], float]:
    """Return the GB of so many float64 for each two classes, in both orders."""
    return lambda n: copies * 8 * n * n / 1e9 + more


TABLES = "all cores"
BLAS = "1, matrix products on all cores"

COMPARE = Theme(
    "compare",
    "Comparing a model with a taxonomy",
    """Classes in three levels of groups (5, 25 and 125) with seeded vectors of 128 numbers, 256 at
    21,841 classes. hiertools is called as everybody does, from vectors to the table of scores, and
    uses as many threads as it likes; peers get path distances and reading of the tree for nothing
    unless it is said otherwise.""",
    (
        Row(
            "core scores, no permutations",
            ours(
                comparison(permutations=0, intervals=False),
                fresh=True, threads=TABLES, memory=pairs(2),
            ),
            (
                Side(LINKAGE_ALONE, linkage_alone, memory=pairs(1.3)),
                Side(LOOP, loop_of_spearmanr, upto=10_000, memory=pairs(4)),
                Side(
                    GLUE, glue, ("skbio", "pytorch_metric_learning", "torch"), upto=10_000,
                    memory=pairs(8), threads=BLAS,
                ),
            ),
            sizes=SIZES, large=(21_841,), quick=130, growth=True,
            wanted=(
                Wanted(1_000, ratio=1 / 8, of=LOOP),
                Wanted(10_000, ratio=1.5, of=LINKAGE_ALONE, gb=1.5),
                Wanted(21_841, ratio=1.5, of=LINKAGE_ALONE, gb=4.2),
            ),
            told="All scores that `compare` gives by default, from the vectors. Linkage alone "
            "makes the inferred tree and no score; the loop makes one score of it; the third makes "
            "all of them by the libraries that have them.",

        ),
        Row(
            "default call",
            ours(comparison(), fresh=True, threads=TABLES, memory=pairs(2)),
            sizes=(500, 1_000, 2_000, 5_000), large=(10_000, 21_841), quick=20, growth=True,
            wanted=(Wanted(1_000, seconds=0.8),),
            told="999 permutations, intervals by the jackknife, per-class table.",
        ),
        Row(
            "default call, vectors of 1,024",
            ours(comparison(1_024), fresh=True, threads=TABLES, memory=pairs(4)),
            sizes=(6_421,), quick=20,
            wanted=(Wanted(6_421, seconds=25, gb=1.5),),
            told="The size of BirdNET's last layer.",
        ),
        Row(
            "default call, ImageNet's classes and WordNet",
            ours(imagenet, fresh=True, threads=TABLES, quick=False),
            sizes=(1_000,),
            told="EfficientNet-Lite0's last layer, 1,000 x 1,280, which ships with the package.",
        ),
        Row(
            "class-wise correlation",
            ours(classwise_alone, fresh=True, threads=TABLES, memory=pairs(3)),
            (Side("loop of spearmanr", spearmanr_alone, memory=pairs(3)),),
            sizes=(1_000, 5_000), quick=40, same=1e-9,
            wanted=(Wanted(1_000, ratio=1 / 8, of="loop of spearmanr"),),
            told="From distances; here hiertools alone computes path distances, and makes a table.",
        ),
        Row(
            "element-wise correlation with 999 permutations",
            ours(permutations_of_elementwise, fresh=True, threads=TABLES, memory=pairs(3)),
            (Side("scikit-bio mantel", mantel, ("skbio",), memory=pairs(4)),),
            sizes=(1_000,), quick=20, same=1e-9,
            wanted=(Wanted(1_000, ratio=1 / 3, of="scikit-bio mantel"),),
            told="From distances; here hiertools alone computes path distances, and makes a table.",
        ),
        Row(
            "scores without linkage",
            ours(without_linkage, fresh=True, threads=TABLES, memory=lambda _n: 4.0),
            (
                Side(
                    "pytorch-metric-learning", retrieval_peer,
                    ("pytorch_metric_learning", "torch"), upto=10_000, memory=pairs(3),
                    threads="all cores",
                ),
            ),
            sizes=(10_000,), large=(100_000,), quick=130,
            wanted=(Wanted(100_000, gb=4.0),),
            told="Class-wise correlation, P@1, R-precision and MAP@R at three levels, of vectors "
            "of 128 float32; pytorch-metric-learning has the latter three. Where distances between "
            "all classes don't fit in memory, hiertools computes them row by row.",
        ),
        Row(
            "all scores, 999 permutations, intervals",
            ours(
                comparison(scores="all"), fresh=True, threads=TABLES, memory=pairs(4), quick=False
            ),
            sizes=(1_000,),
            told="Every score that there is, where the default call has the core ones.",
        ),
    ),
)  # fmt: skip
