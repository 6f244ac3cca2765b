"""Everything evaluate() reports on 50,000 x 1000 scores, beside two scikit-learn calls on the same.

Run: python tests/benchmarks/bench_evaluate.py

Both in one process, in turn, `ROUNDS` times; shown are the best times. The limit: ours takes no
more time than `classification_report` and `top_k_accuracy_score` together.
"""

from __future__ import annotations

import time
import tracemalloc
import warnings

import numpy as np

import hiertools as ht

N, C = 50_000, 1000
ROUNDS = 3


def data() -> tuple[ht.Predictions, ht.ClassTree]:
    """Return scores of a fair classifier over a three-level tree."""
    rng = np.random.default_rng(0)
    names = [f"class {i:04d}" for i in range(C)]
    tree = ht.ClassTree.from_lineages(
        {name: f"order {i // 100}/family {i // 10}/{name}" for i, name in enumerate(names)}
    )
    labels = rng.integers(0, C, N)
    logits = rng.standard_normal((N, C), dtype=np.float32)
    logits[np.arange(N), labels] += 3.0
    return ht.Predictions(labels, logits, names, score_kind="logit"), tree


def main() -> None:
    """Print the table."""
    from sklearn.metrics import classification_report, top_k_accuracy_score

    predictions, tree = data()
    labels, scores = predictions.labels, predictions.scores
    assert scores is not None
    ht.evaluate(
        ht.Predictions(labels[:50], scores[:50], predictions.classes, score_kind="logit"), tree
    )
    ours, theirs = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        # The arrays are read and checked anew, as a caller with bare arrays would have it.
        again = ht.Predictions(labels, scores, predictions.classes, score_kind="logit")
        result = ht.evaluate(again, tree, intervals=False)
        ours.append(time.perf_counter() - start)
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            classification_report(labels, scores.argmax(axis=1), digits=4)
        top = top_k_accuracy_score(labels, scores, k=5, labels=np.arange(C))
        theirs.append(time.perf_counter() - start)
    assert abs(top - result.value("top_k_accuracy", k=5)) < 1e-12
    tracemalloc.start()
    ht.evaluate(predictions, tree, intervals=False)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    start = time.perf_counter()
    ht.evaluate(predictions, tree)
    with_intervals = time.perf_counter() - start
    ratio = min(ours) / min(theirs)
    print(f"{N:,} x {C:,} logits; {len(result.scores)} numbers, tables per class and node")
    print(f"{'ours, without intervals':36}{min(ours):8.2f} s   {peak:.0f} MiB on top of the scores")
    print(f"{'classification_report + top-5':36}{min(theirs):8.2f} s")
    print(f"{'ratio':36}{ratio:8.2f}     {'holds' if ratio <= 1 else 'MISSED'} (limit 1)")
    print(f"{'ours, with 1000 bootstrap sets':36}{with_intervals:8.2f} s")


if __name__ == "__main__":
    main()
