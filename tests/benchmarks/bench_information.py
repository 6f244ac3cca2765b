"""Split-matching distances beside toytree: clustering information and matching split.

Run with ``python tests/benchmarks/bench_information.py``. Both sides get trees in memory and are
timed in turn within one run, in processor time (both use one core), compilation left out; ours is
the median of several calls on fresh trees, toytree (about 40 s a call at 1,000 classes) runs once.
Larger trees are timed on our side alone.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import toytree

from hiertools import ClassTree, tree_distance

PEERS: dict[str, Callable[..., float]] = {
    "clustering_information": toytree.distance.get_treedist_rfg_mci,
    "matching_split": toytree.distance.get_treedist_rfg_ms,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=int, nargs="*", default=[1000])
    parser.add_argument("--alone", type=int, nargs="*", default=[5000])
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    for method in PEERS:  # compile
        tree_distance(*random_pair(100), method=method)
    print(f"{'method':24}{'classes':>8}{'ours, s':>10}{'toytree, s':>12}{'ratio':>8}  same value")
    for n_classes in (*options.classes, *options.alone):
        for method, peer in PEERS.items():
            pair = random_pair(n_classes)
            ours, value = timed(pair, method, options.repeats if n_classes <= 2000 else 1)
            line = f"{method:24}{n_classes:>8}{ours:>10.4f}"
            if n_classes in options.classes:
                theirs = [toytree.tree(tree.to_newick()).unroot() for tree in pair]
                start = time.process_time()
                reference = peer(*theirs, normalize=False)
                seconds = time.process_time() - start
                same = abs(reference - value) < 1e-6 * max(1.0, reference)
                line += f"{seconds:>12.2f}{'1/' + str(round(seconds / ours)):>8}  {same}"
            print(line, flush=True)


def timed(pair: tuple[ClassTree, ClassTree], method: str, repeats: int) -> tuple[float, float]:
    """Return the median seconds of a call on fresh trees, and the value."""
    seconds = []
    value = float("nan")
    for _ in range(repeats):
        fresh = [ClassTree(tree.parent, tree.classes, tree.class_node) for tree in pair]
        start = time.process_time()
        value = tree_distance(fresh[0], fresh[1], method, normalized=False)
        seconds.append(time.process_time() - start)
    return statistics.median(seconds), value


def random_pair(n_classes: int) -> tuple[ClassTree, ClassTree]:
    """Return two binary trees of random merges."""
    rng = np.random.default_rng(n_classes)
    names = [f"c{i}" for i in range(n_classes)]
    trees = []
    for _ in range(2):
        parent = [-1] * (2 * n_classes - 1)
        alive = list(range(n_classes))
        for new in range(n_classes, 2 * n_classes - 1):
            for _ in range(2):
                parent[alive.pop(rng.integers(len(alive)))] = new
            alive.append(new)
        trees.append(ClassTree(parent, names, list(range(n_classes))))
    return trees[0], trees[1]


if __name__ == "__main__":
    main()
