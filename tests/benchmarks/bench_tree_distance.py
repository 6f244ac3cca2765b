"""Robinson-Foulds, triplet and quartet distances beside scikit-bio and tqdist, in one run.

Run with ``python tests/benchmarks/bench_tree_distance.py``. Trees are in memory as each library
wants them (tqdist reads Newick text, so its time includes reading; that is a small part). "cold"
is the first call on trees that nothing was computed on, classes in different orders; "warm" the
fastest of several. Compiled code is warmed up before, on other trees.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import hiertools as ht
from hiertools import ClassTree
from hiertools.treedist import quartets, triplets
from hiertools.treedist.robinson_foulds import shared_clades_null


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leaves", type=int, default=10_000)
    parser.add_argument("--classes", type=int, default=1_000, help="for nulls")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    for method in ("robinson_foulds", "triplet", "quartet"):
        small = [tree(30, "random", rng) for _ in range(2)]
        ht.tree_distance(*small, method)
        ht.tree_distance(*[tree(30, "degree 4", rng) for _ in range(2)], method)
    print(f"{'two trees of':28}{'method':18}{'cold ms':>9}{'warm ms':>9}{'peer ms':>9}{'share':>8}")
    for shape in ("random", "caterpillar", "degree 4", "star"):
        report(shape, options.leaves, options.repeats, rng)
    print(f"\n{options.classes} classes, taxonomy of degree 10 against a binary tree")
    many(options.classes, rng)


def report(shape: str, n: int, repeats: int, rng: np.random.Generator) -> None:
    """Time one pair of trees with every method."""
    a, b = tree(n, shape, rng), tree(n, shape, rng)
    for method in ("robinson_foulds", "triplet", "quartet"):
        cold, value = timed(partial(ht.tree_distance, copy(a), copy(b), method))
        warm = min(timed(partial(ht.tree_distance, a, b, method))[0] for _ in range(repeats))
        line = f"{n:>7,} leaves, {shape:12} {method:18}{1e3 * cold:9.2f}{1e3 * warm:9.2f}"
        theirs = peer(method, shape, a, b)
        if theirs is not None:
            timings = [timed(theirs) for _ in range(repeats)]
            peer_time = min(seconds for seconds, _ in timings)
            same = np.isclose(timings[0][1], value)
            line += f"{1e3 * peer_time:9.1f}{warm / peer_time:8.3f}"
            line += "" if same else "  VALUES DIFFER"
        print(line, flush=True)


def peer(method: str, shape: str, a: ClassTree, b: ClassTree) -> Callable[[], float] | None:
    """Return the same distance by another library, where one has it for such trees."""
    first, second = a.to_newick(), b.to_newick()
    if method == "robinson_foulds":
        if shape == "star":  # no clades: undefined here, 0 there
            return None
        from skbio import TreeNode

        one, two = (TreeNode.read(io.StringIO(text)) for text in (first, second))
        return lambda: one.compare_rfd(two, rooted=True, proportion=True)
    if shape not in ("random", "caterpillar"):
        return None
    import tqdist

    function = tqdist.triplet_distance if method == "triplet" else tqdist.quartet_distance
    return lambda: float(function(first, second))


def many(n: int, rng: np.random.Generator) -> None:
    """Time a null distribution of 999."""
    a, b = tree(n, "degree 10", rng), tree(n, "random", rng)
    permutations = np.array([rng.permutation(n) for _ in range(999)])
    jobs: dict[str, Callable[[], Any]] = {
        "999 x Robinson-Foulds": lambda: shared_clades_null(a, b, permutations),
        "999 x unrooted": lambda: shared_clades_null(a, b, permutations, rooted=False),
        "999 x triplet": lambda: triplets.prepare(a, b)(permutations),
        "999 x quartet": lambda: quartets.prepare(a, b)(permutations),
    }
    for name, job in jobs.items():
        job()
        print(f"{name:24}{timed(job)[0]:8.2f} s")


def timed(job: Callable[[], Any]) -> tuple[float, Any]:
    """Return seconds and result."""
    start = time.perf_counter()
    result = job()
    return time.perf_counter() - start, result


def copy(of: ClassTree) -> ClassTree:
    """Return the tree without anything that was computed on it."""
    return ClassTree(of.parent, of.classes, of.class_node)


def tree(n: int, shape: str, rng: np.random.Generator) -> ClassTree:
    """Return a tree of n classes: random joins of so many nodes, a caterpillar, or a star."""
    names = [f"c{i}" for i in rng.permutation(n)]
    if shape == "star":
        return ClassTree([-1] + [0] * n, names, range(1, n + 1))
    if shape == "caterpillar":
        inner = np.arange(n - 1)
        return ClassTree(
            np.concatenate([inner - 1, inner, [n - 2]]), names, inner.size + np.arange(n)
        )
    degree = 2 if shape == "random" else int(shape.removeprefix("degree "))
    parent, alive = [-1] * n, list(range(n))
    while len(alive) > 1:
        for _ in range(min(degree, len(alive))):
            at = int(rng.integers(len(alive)))
            alive[at], alive[-1] = alive[-1], alive[at]
            parent[alive.pop()] = len(parent)
        alive.append(len(parent))
        parent.append(-1)
    return ClassTree(parent, names, range(n))


if __name__ == "__main__":
    main()
