"""Agglomerative linkage beside scipy, in one run.

Run with ``python tests/benchmarks/bench_linkage.py [--classes 1000 5000]``. Time of the processor,
the least of some rounds that take turns, since both are bound by memory.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from scipy.cluster import hierarchy

from hiertools.hierarchy.merging import LINKAGES, merges_in_order


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=int, nargs="+", default=[1_000, 5_000])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    for linkage in LINKAGES:
        merges_in_order(rng.random(3), linkage, np.arange(3))  # compiles
    print(f"{'distances':12}{'linkage':10}{'classes':>8}{'ours s':>9}{'scipy s':>9}{'share':>8}")
    for n in options.classes:
        points = rng.normal(size=(n, 32))
        squares = (points**2).sum(axis=1)
        square = squares[:, None] + squares - 2 * points @ points.T
        kinds = {
            "continuous": np.sqrt(np.maximum(square[np.triu_indices(n, 1)], 0.0)),
            "few values": rng.integers(1, 5, n * (n - 1) // 2).astype(float),
        }
        for kind, condensed in kinds.items():
            for linkage in LINKAGES:
                order = rng.permutation(n)
                ours, peer = np.inf, np.inf
                for _ in range(options.rounds):
                    ours = min(ours, seconds(lambda: merges_in_order(condensed, linkage, order)))  # noqa: B023
                    peer = min(peer, seconds(lambda: hierarchy.linkage(condensed, linkage)))  # noqa: B023
                line = f"{kind:12}{linkage:10}{n:>8,}{ours:9.3f}{peer:9.3f}{ours / peer:8.2f}"
                print(line, flush=True)


def seconds(work: Callable[[], object]) -> float:
    """Return what some work takes of the processor's time."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
