"""Inferring a hierarchy from distances beside scipy, in one run.

Run with ``python tests/benchmarks/bench_linkage.py [--classes 1000 5000]``. Time of the processor,
the least of some rounds that take turns, since both are bound by memory: of `infer_tree`, which
ends with a tree, beside scipy's merges. Memory: the peak of a process of its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist

import hiertools as ht
from hiertools.hierarchy.merging import LINKAGES

KINDS = ("continuous", "few values")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=int, nargs="+", default=[1_000, 5_000])
    parser.add_argument("--linkages", nargs="+", default=list(LINKAGES), choices=LINKAGES)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peak-of", choices=("ours", "scipy"), help="print one peak, in MB")
    options = parser.parse_args()
    if options.peak_of:
        print_peak(options.peak_of, options.classes[0], options.linkages[0])
        return
    for linkage in LINKAGES:
        ht.infer_tree(ht.DistanceMatrix([0.1, 0.2, 0.2], list("abc")), linkage)  # compiles
    print(f"{'distances':12}{'linkage':10}{'classes':>8}{'ours s':>9}{'scipy s':>9}{'share':>8}")
    for n in options.classes:
        for kind in options.kinds:
            matrix = distances(kind, n)
            for linkage in options.linkages:
                ours, peer = np.inf, np.inf
                for _ in range(options.rounds):
                    ours = min(ours, seconds(lambda: ht.infer_tree(matrix, linkage)))  # noqa: B023
                    peer = min(
                        peer,
                        seconds(lambda: hierarchy.linkage(matrix.condensed, linkage)),  # noqa: B023
                    )
                line = f"{kind:12}{linkage:10}{n:>8,}{ours:9.4f}{peer:9.4f}{ours / peer:8.2f}"
                print(line, flush=True)
        peaks = {side: peak_of(side, n) for side in ("ours", "scipy")}
        print(f"peak memory with the distances, average, {n:,} classes, MB: {peaks}", flush=True)


def distances(kind: str, n: int) -> ht.DistanceMatrix:
    """Return distances of random points, or random whole numbers up to 4."""
    rng = np.random.default_rng(0)
    if kind == "continuous":
        condensed = pdist(rng.normal(size=(n, 32)))
    else:
        condensed = rng.integers(1, 5, n * (n - 1) // 2).astype(float)
    return ht.DistanceMatrix(condensed, [f"c{i:05d}" for i in range(n)])


def seconds(work: Callable[[], object]) -> float:
    """Return what some work takes of the processor's time."""
    start = time.process_time()
    work()
    return time.process_time() - start


def peak_of(side: str, n: int) -> int:
    """Return the peak of one side in a process of its own."""
    command = [sys.executable, __file__, "--peak-of", side, "--linkages", "average"]
    run = subprocess.run(
        [*command, "--classes", str(n)], capture_output=True, text=True, check=True
    )
    return int(run.stdout)


def print_peak(side: str, n: int, linkage: str) -> None:
    """Print the peak of this process, which does nothing else."""
    small = distances("continuous", 3)
    ht.infer_tree(small, linkage)
    hierarchy.linkage(small.condensed, linkage)
    condensed = np.random.default_rng(0).random(n * (n - 1) // 2)
    matrix = ht.DistanceMatrix(condensed, [f"c{i:05d}" for i in range(n)])
    if side == "ours":
        ht.infer_tree(matrix, linkage)
    else:
        hierarchy.linkage(matrix.condensed, linkage)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


if __name__ == "__main__":
    main()
