"""Neighbour joining beside scikit-bio, in one run.

Run with ``python tests/benchmarks/bench_neighbor_joining.py [--leaves 5000]``. The peer takes about
half a minute at 5,000 leaves.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import hiertools as ht
from hiertools import DistanceMatrix
from hiertools.hierarchy.neighbor_joining import neighbor_joining


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leaves", type=int, nargs="+", default=[1_000, 5_000])
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    neighbor_joining(matrix("directions", 50, rng))  # compiles
    print(f"{'representatives':16}{'leaves':>8}{'ours s':>9}{'peer s':>9}{'share':>8}")
    for n in options.leaves:
        for kind in ("directions", "clusters", "branching"):
            given = matrix(kind, n, rng)
            start = time.perf_counter()
            tree = neighbor_joining(given)
            ours = time.perf_counter() - start
            line = f"{kind:16}{n:>8,}{ours:9.2f}"
            if kind == "clusters" and not options.no_peer:
                from skbio import DistanceMatrix as TheirMatrix
                from skbio.tree import nj

                theirs = TheirMatrix(given.square(), given.classes)
                start = time.perf_counter()
                other = nj(theirs)
                peer = time.perf_counter() - start
                raw = ht.tree_distance(tree, str(other), "robinson_foulds_raw", rooted=False)
                line += f"{peer:9.2f}{ours / peer:8.3f}" + (f"  {raw:g} splits differ" * (raw > 0))
            print(line, flush=True)


def matrix(kind: str, n: int, rng: np.random.Generator) -> DistanceMatrix:
    """Return distances of random directions, of 50 clusters, or of a branching walk."""
    if kind == "directions":
        points = rng.normal(size=(n, 128))
    elif kind == "clusters":
        points = rng.normal(size=(50, 64))[rng.integers(50, size=n)] + rng.normal(size=(n, 64)) / 2
    else:
        points = np.zeros((1, 64))
        while len(points) < n:
            points = np.repeat(points, 2, axis=0) + rng.normal(size=(2 * len(points), 64))
        points = points[:n]
    return ht.distances(points, classes=[f"c{i}" for i in range(n)])


if __name__ == "__main__":
    main()
