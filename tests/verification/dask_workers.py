"""Evaluate a test set on a local Dask cluster, kill a worker meanwhile, and compare the result.

Run: python tests/verification/dask_workers.py    (pip install distributed)

Each worker evaluates shards of the test set with an `Evaluator` of its own and sends it back; the
evaluators are merged in whatever order they come. The shards of the killed worker are evaluated
again by another one. The result must be that of all samples at once, to the last bit. What it said
last: ``dask_workers.txt``.
"""

from __future__ import annotations

import os
import signal
import sys
import time

import numpy as np
import pandas as pd

import hiertools as ht

N, CLASSES, SHARDS = 20_000, 100, 40


def tree() -> ht.ClassTree:
    return ht.ClassTree.from_lineages(
        {f"c{i:03d}": f"order {i // 25}/family {i // 5}/c{i:03d}" for i in range(CLASSES)}
    )


def predictions(shard: int) -> ht.Predictions:
    """Stand for what a worker reads or computes: the predictions of one shard."""
    rng = np.random.default_rng([0, shard])
    labels = rng.integers(0, CLASSES, N // SHARDS)
    scores = rng.integers(-2, 3, (labels.size, CLASSES)) + 3.0 * np.eye(CLASSES)[labels]
    return ht.Predictions(labels, scores, tree().classes, score_kind="logit")


def evaluated(shard: int, pause: float = 0.0) -> ht.Evaluator:
    """Return the evaluation of one shard."""
    time.sleep(pause)
    evaluator = ht.Evaluator(tree(), n_bootstrap=200)
    evaluator.update(predictions(shard))
    return evaluator


def merged(evaluators) -> ht.Evaluation:
    whole = ht.Evaluator(tree(), n_bootstrap=200)
    for evaluator in evaluators:
        whole.merge(evaluator)
    return whole.result()


def main() -> None:
    import distributed

    at_once = merged(map(evaluated, range(SHARDS)))
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        futures = client.map(evaluated, range(SHARDS), pause=0.05)
        coming = distributed.as_completed(futures)
        first = [next(coming).result() for _ in range(5)]
        name, killed = next(iter(client.run(os.getpid).items()))
        held = sum(name in where for where in client.who_has(futures).values())
        os.kill(killed, signal.SIGKILL)
        rest = [future.result() for future in coming]
        survivors = sum(pid != killed for pid in client.run(os.getpid).values())
    result = merged([*first, *rest])
    for table in ("scores", "per_class", "per_node", "confusions", "reliability"):
        pd.testing.assert_frame_equal(
            getattr(result, table), getattr(at_once, table), check_exact=True
        )
    print(f"Python {sys.version.split()[0]}, distributed {distributed.__version__}")
    print(f"{SHARDS} shards on 2 workers; after 5 came back, one was killed that held {held}")
    print(f"workers at the end: {survivors}, none of them the killed one")
    print(f"{len(first) + len(rest)} evaluators merged: {result!r}")
    print(f"{len(result.scores)} scores with intervals and five tables: equal to the last bit")


if __name__ == "__main__":
    main()
