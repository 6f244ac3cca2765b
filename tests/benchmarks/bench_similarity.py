"""AHS@250 and sample retrieval beside the naive way, faiss-cpu and pytorch-metric-learning.

Run: python tests/benchmarks/bench_similarity.py

Each way runs in a process of its own, one after the other, `ROUNDS` times in turn; shown are the
best time, the processor time of all threads then, the rise of the process's peak memory during the
work, and the share of the other's time that ours takes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np

K = 250
ROUNDS = 3


def data(n: int, n_classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return embeddings around class centres, labels, and class similarities of a random tree."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, n_classes, n)
    centres = rng.standard_normal((n_classes, 128))
    embeddings = centres[labels] + 1.5 * rng.standard_normal((n, 128))
    family = np.arange(n_classes) // 5
    t = np.where(family[:, None] == family, 2.0, 4.0)
    np.fill_diagonal(t, 0.0)
    return embeddings.astype(np.float32), labels, 1.0 - (t / (1.0 + t)) ** 2


def ours(n: int, n_classes: int, embeddings, labels, s) -> float:
    """Return AHS@250 by hiertools."""
    from hiertools.measures.similarity import area_under_similarity, hierarchical_similarity

    curve = hierarchical_similarity(embeddings, labels, s, K)
    return float(area_under_similarity(curve).mean())


def scored(neighbours, labels, s, counts) -> float:
    """Return AHS@250 from neighbours in plain numpy, the best sums once a class."""
    best = np.empty((len(counts), K))
    for label in np.flatnonzero(counts):
        others = counts.copy()
        others[label] -= 1
        order = np.argsort(-s[label], kind="stable")
        best[label] = np.cumsum(np.repeat(s[label, order], others[order])[:K])
    curve = np.cumsum(s[labels[:, None], labels[neighbours]], axis=1) / best[labels]
    mean = curve.mean(axis=0)
    return float((mean.sum() - (mean[0] + mean[-1]) / 2) / (K - 1))


def faiss(n: int, n_classes: int, embeddings, labels, s) -> float:
    """Return AHS@250 by faiss-cpu's flat search and the same scoring."""
    import faiss as library

    library.omp_set_num_threads(2)
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    index = library.IndexFlatIP(unit.shape[1])
    index.add(unit)
    _, near = index.search(unit, K + 1)
    own = near == np.arange(n)[:, None]
    own[~own.any(axis=1), -1] = True  # self fell out of the list among near-duplicates
    near = near[~own].reshape(n, K)
    return scored(near, labels, s, np.bincount(labels, minlength=n_classes))


def naive(n: int, n_classes: int, embeddings, labels, s) -> float:
    """Return AHS@250 by sorting whole n x n matrices, as published code does."""
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    near = np.argsort(-(unit @ unit.T), axis=-1)[:, 1 : K + 1]
    pairs = s[labels][:, labels]
    ideal = np.argsort(-pairs, axis=-1)[:, 1 : K + 1]
    got = np.cumsum(s[labels[:, None], labels[near]], axis=1)
    best = np.cumsum(s[labels[:, None], labels[ideal]], axis=1)
    curve = (got / best).mean(axis=0)
    return float((curve.sum() - (curve[0] + curve[-1]) / 2) / (K - 1))


def retrieval(n: int, n_classes: int, embeddings, labels, s) -> float:
    """Return MAP@R of samples by hiertools, with P@1 and R-precision beside it."""
    from hiertools.measures.sample_retrieval import sample_retrieval

    return float(np.nanmean(sample_retrieval(embeddings, labels).map_at_r))


def metric_learning(n: int, n_classes: int, embeddings, labels, s) -> float:
    """Return MAP@R of samples by pytorch-metric-learning, with P@1 and R-precision beside it."""
    import torch
    from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator

    torch.set_num_threads(2)
    unit = torch.nn.functional.normalize(torch.tensor(embeddings))
    calculator = AccuracyCalculator(
        include=("precision_at_1", "r_precision", "mean_average_precision_at_r"),
        k="max_bin_count",
        device=torch.device("cpu"),
    )
    found = calculator.get_accuracy(unit, torch.tensor(labels))
    return float(found["mean_average_precision_at_r"])


WAYS = {f.__name__: f for f in (ours, faiss, naive, retrieval, metric_learning)}


def peak_mib() -> float:
    """Return the largest resident size of this process so far."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def child(name: str, n: int, n_classes: int) -> None:
    """Run one way once and print what it took."""
    embeddings, labels, s = data(n, n_classes)
    small = data(2 * K, 5)
    WAYS[name](2 * K, 5, *small)  # imports and compiled kernels come from disk
    before = peak_mib()
    start, used = time.perf_counter(), time.process_time()
    value = WAYS[name](n, n_classes, embeddings, labels, s)
    seconds, processor = time.perf_counter() - start, time.process_time() - used
    print(json.dumps({"seconds": seconds, "processor": processor, "rise": peak_mib() - before,
                      "peak": peak_mib(), "value": value}))  # fmt: skip


def measured(name: str, n: int, n_classes: int) -> dict[str, float]:
    """Run one way in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", name, str(n), str(n_classes)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def table(title: str, first: str, others: dict[str, float], n: int, n_classes: int) -> None:
    """Print ours beside the others, and whether the limits hold."""
    names = [first, *others]
    best: dict[str, dict[str, float]] = {}
    for round_ in range(ROUNDS):
        for name in names:
            if name == "naive" and round_:
                continue
            found = measured(name, n, n_classes)
            if name not in best or found["seconds"] < best[name]["seconds"]:
                best[name] = found
    print(f"\n{title}")
    print(
        f"{'':16}{'seconds':>9}{'processor':>10}{'rise MiB':>10}{'peak MiB':>10}{'value':>11}"
        "  ours takes   limit"
    )
    mine = best[first]["seconds"]
    for name in names:
        found = best[name]
        line = f"{name:16}{found['seconds']:9.2f}{found['processor']:10.2f}"
        line += f"{found['rise']:10.0f}{found['peak']:10.0f}"
        line += f"{found['value']:11.6f}"
        if name != first:
            share, limit = mine / found["seconds"], others[name]
            line += f"{share:11.3f} {limit:7.3f}  {'holds' if share <= limit else 'MISSED'}"
        print(line)


def main() -> None:
    """Print all tables."""
    table("AHS@250, 10,000 x 128, 100 classes", "ours", {"faiss": 1 / 3, "naive": 1 / 20},
          10_000, 100)  # fmt: skip
    table("AHS@250, 24,633 x 128, 555 classes", "ours", {"faiss": 2 / 3}, 24_633, 555)
    table("P@1, R-precision, MAP@R, 10,000 x 128, 100 classes", "retrieval",
          {"metric_learning": 1 / 2}, 10_000, 100)  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
