"""Inferred trees: linkages beside scipy and fastcluster, neighbour joining beside scikit-bio."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

import hiertools as ht
from bench import data
from bench.rows import Row, Side, Theme, Wanted, ours

SCIPY = "scipy linkage"
NJ = "scikit-bio nj"


@cache
def _continuous(n: int) -> np.ndarray:
    return np.array(ht.distances(data.representatives(n)).condensed)


@cache
def _few_values(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(1, 5, n * (n - 1) // 2).astype(float)


def infer(
    method: str, condensed: Callable[[int], np.ndarray] = _continuous
) -> Callable[[int], Callable[[], object]]:
    def make(n: int) -> Callable[[], object]:
        given = ht.DistanceMatrix(condensed(n), data.names(n))
        return lambda: ht.infer_tree(given, method)

    return make


def by_scipy(
    method: str, condensed: Callable[[int], np.ndarray] = _continuous
) -> Callable[[int], Callable[[], object]]:
    def make(n: int) -> Callable[[], object]:
        from scipy.cluster.hierarchy import linkage

        given = condensed(n)
        return lambda: linkage(given, method)

    return make


def by_fastcluster(method: str) -> Callable[[int], Callable[[], object]]:
    def make(n: int) -> Callable[[], object]:
        import fastcluster

        given = _continuous(n)
        return lambda: fastcluster.linkage(given, method)

    return make


def nj(n: int) -> Callable[[], object]:
    given = _clusters(n)
    return lambda: ht.neighbor_joining(given)


def nj_by_skbio(n: int) -> Callable[[], object]:
    from skbio import DistanceMatrix
    from skbio.tree import nj as join

    given = _clusters(n)
    theirs = DistanceMatrix(given.square(), given.classes)
    return lambda: join(theirs)


@cache
def _clusters(n: int) -> ht.DistanceMatrix:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(50, 64))[rng.integers(50, size=n)] + rng.normal(size=(n, 64)) / 2
    return ht.distances(points, classes=data.names(n))


def condensed(copies: float) -> Callable[[int], float]:
    """Return the GB of so many float64 for each two classes."""
    return lambda n: copies * 4 * n * n / 1e9 + 0.3


def _row(method: str, sizes: tuple[int, ...], wanted: tuple[Wanted, ...] = ()) -> Row:
    growth = method == "average"
    return Row(
        f"infer_tree, {method}",
        ours(infer(method), fresh=True, memory=condensed(4)),
        (
            Side(SCIPY, by_scipy(method), memory=condensed(3)),
            Side("fastcluster", by_fastcluster(method), ("fastcluster",), memory=condensed(3)),
        ),
        sizes=sizes, large=(21_841,) if growth else (), wanted=wanted, growth=growth,
        told="A `ClassTree` from a `DistanceMatrix`, and the matrix of merges from the same "
        "distances.",
    )  # fmt: skip


LINKAGE = Theme(
    "linkage",
    "Inferring a tree",
    """From distances that are at hand: of seeded vectors in groups, or whole numbers from 1 to 4,
    which are full of ties (hiertools then goes through 8 orders of what is tied only in `compare`;
    here there is one).""",
    (
        _row(
            "average", (500, 1_000, 2_000, 5_000, 10_000),
            (
                Wanted(1_000, ratio=0.8, of=SCIPY),
                Wanted(5_000, ratio=0.5, of=SCIPY),
                Wanted(10_000, ratio=0.5, of=SCIPY),
            ),
        ),
        *(_row(method, (5_000,)) for method in ("single", "complete", "weighted")),
        Row(
            "infer_tree, average, distances of 4 values",
            ours(infer("average", _few_values), fresh=True, memory=condensed(4)),
            (Side(SCIPY, by_scipy("average", _few_values), memory=condensed(3)),),
            sizes=(1_000, 5_000),
        ),
        Row(
            "neighbour joining",
            ours(nj, fresh=True, memory=condensed(4)),
            (Side(NJ, nj_by_skbio, ("skbio",), memory=condensed(6)),),
            sizes=(1_000, 5_000),
            wanted=(Wanted(5_000, ratio=0.037, of=NJ, kept=True),),
            told="Exact neighbour joining, of 50 clusters.",
        ),
    ),
)  # fmt: skip
