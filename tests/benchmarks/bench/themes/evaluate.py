"""`evaluate` beside scikit-learn, sample retrieval beside faiss and pytorch-metric-learning."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

import hiertools as ht
from bench import data
from bench.rows import Row, Side, Theme, Wanted, ours

K = 250
BATCH = 20_000
SKLEARN = "scikit-learn classification_report + top_k_accuracy_score"
FAISS = "faiss flat search alone"
PML = "pytorch-metric-learning"
CLASSES = {10_000: 100, 24_633: 555}
"""Classes of so many embeddings; 24,633 of 555 is the test set of NABirds."""


@cache
def _tree(n_classes: int) -> ht.ClassTree:
    paths = {
        name: (f"order {i // 100}", f"family {i // 10}", name)
        for i, name in enumerate(data.names(n_classes))
    }
    return ht.ClassTree.from_lineages(paths)


def _n_classes(n: int) -> int:
    return 1_000 if n >= 10_000 else 20


def evaluation(intervals: bool) -> Callable[[int], Callable[[], float]]:
    def make(n: int) -> Callable[[], float]:
        labels, scores = data.logits(n, c := _n_classes(n))
        tree, names = data.copy(_tree(c)), data.names(c)

        def work() -> float:
            # Arrays are checked, too, as a caller with bare arrays would have it.
            given = ht.Predictions(labels, scores, names, score_kind="logit")
            return ht.evaluate(given, tree, intervals=intervals).value("top_k_accuracy", k=5)

        return work

    return make


def by_scikit_learn(n: int) -> Callable[[], float]:
    from sklearn.metrics import classification_report, top_k_accuracy_score

    labels, scores = data.logits(n, c := _n_classes(n))

    def work() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            classification_report(labels, scores.argmax(axis=1), digits=4)
            return top_k_accuracy_score(labels, scores, k=5, labels=np.arange(c))

    return work


def streamed(n: int) -> Callable[[], object]:
    """Scores in a memory-mapped file, in batches."""
    c = _n_classes(n)
    path, labels = _file(n, c), np.random.default_rng(1).integers(0, c, n)
    tree, names = data.copy(_tree(c)), data.names(c)

    def work() -> object:
        evaluator = ht.Evaluator(tree)
        scores = np.load(path, mmap_mode="r")
        for start in range(0, n, BATCH):
            rows = slice(start, start + BATCH)
            evaluator.update(labels[rows], scores[rows], names, score_kind="logit")
        return evaluator.result()

    return work


@cache
def _file(n: int, c: int) -> Path:
    """Write scores in batches, so that writing needs no memory either."""
    path = data.folder() / f"scores-{n}-{c}.npy"
    rng = np.random.default_rng(0)
    scores = np.lib.format.open_memmap(path, "w+", np.float32, (n, c))
    for start in range(0, n, BATCH):
        block = scores[start : start + BATCH]
        block[:] = rng.standard_normal(block.shape, dtype=np.float32)
    scores.flush()
    return path


def _embeddings(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return data.embeddings(n, CLASSES.get(n, 5))


def similarity(n: int) -> Callable[[], float]:
    from hiertools.measures.similarity import area_under_similarity, hierarchical_similarity

    vectors, labels, s = _embeddings(n)
    k = min(K, n - 1)
    return lambda: area_under_similarity(hierarchical_similarity(vectors, labels, s, k)).mean()


def faiss_search(n: int) -> Callable[[], object]:
    """Neighbours only: no score is made of them."""
    import faiss

    vectors = _embeddings(n)[0]

    def work() -> object:
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        index = faiss.IndexFlatIP(unit.shape[1])
        index.add(unit)
        return index.search(unit, min(K, n - 1) + 1)

    return work


def retrieval(n: int) -> Callable[[], float]:
    from hiertools.measures.sample_retrieval import sample_retrieval

    vectors, labels, _ = _embeddings(n)
    return lambda: np.nanmean(sample_retrieval(vectors, labels).map_at_r)


def retrieval_by_pml(n: int) -> Callable[[], float]:
    import torch
    from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator

    vectors, labels, _ = _embeddings(n)
    calculator = AccuracyCalculator(
        include=("precision_at_1", "r_precision", "mean_average_precision_at_r"),
        k="max_bin_count",
        device=torch.device("cpu"),
    )

    def work() -> float:
        unit = torch.nn.functional.normalize(torch.tensor(vectors))
        found = calculator.get_accuracy(unit, torch.tensor(labels))
        return found["mean_average_precision_at_r"]

    return work


def scores(copies: float) -> Callable[[int], float]:
    """Return the GB of so many float32 for each sample and class."""
    return lambda n: copies * 4 * n * _n_classes(n) / 1e9 + 0.5


EVALUATE = Theme(
    "evaluate",
    "Evaluating predictions",
    """Seeded logits of a fair classifier over 1,000 classes in a tree of three levels; embeddings
    around class centres, of 128 numbers.""",
    (
        Row(
            "evaluate, without intervals",
            ours(evaluation(False), fresh=True, threads="all cores", memory=scores(3)),
            (Side(SKLEARN, by_scikit_learn, ("sklearn",), memory=scores(8)),),
            sizes=(10_000, 100_000), quick=60, unit="samples", power=1.1, same=1e-9,
            wanted=(Wanted(100_000, ratio=0.35, of=SKLEARN, kept=True),),
            told="Every score and table that `evaluate` gives, beside two calls.",
        ),
        Row(
            "evaluate, with intervals",
            ours(evaluation(True), fresh=True, threads="all cores", memory=scores(3)),
            sizes=(10_000, 100_000), quick=60, unit="samples", power=1.1,
            told="With 1,000 bootstrap sets.",
        ),
        Row(
            "Evaluator, from a memory-mapped file",
            ours(streamed, fresh=True, maps=True, threads="all cores", memory=lambda _n: 2.0),
            sizes=(100_000,), large=(1_000_000,), quick=60, unit="samples", power=1.1,
            wanted=(Wanted(1_000_000, gb=2.0),),
            told=f"Batches of {BATCH:,} from a .npy of float32, intervals included. Memory is that "
            "of the process: the mapped file, 4 GB of a million samples, is not counted.",
        ),
        Row(
            "AHS@250",
            ours(similarity, threads="all cores", memory=lambda n: n * n / 1e9),
            (
                Side(
                    FAISS, faiss_search, ("faiss",), threads="all cores",
                    memory=lambda n: n * n / 1e9,
                ),
            ),
            sizes=(10_000, 24_633), quick=40, unit="embeddings",
            wanted=(
                Wanted(10_000, ratio=0.4, of=FAISS),
                Wanted(24_633, ratio=0.4, of=FAISS),
            ),
            told="Neighbours and scores, beside a search for the neighbours alone.",
        ),
        Row(
            "P@1, R-precision and MAP@R of samples",
            ours(retrieval, threads="all cores", memory=lambda n: n * n / 1e9),
            (
                Side(
                    PML, retrieval_by_pml, ("pytorch_metric_learning", "torch"),
                    threads="all cores", memory=lambda n: 20 * n * n / 1e9,
                ),
            ),
            sizes=(10_000,), quick=40, unit="embeddings", same=1e-4,
            wanted=(Wanted(10_000, ratio=0.44, of=PML, kept=True),),
        ),
    ),
)  # fmt: skip
