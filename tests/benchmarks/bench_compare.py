"""Time of `compare`: all its scores, its permutation null beside scikit-bio's Mantel, its import.

Run with ``python tests/benchmarks/bench_compare.py``. Everything is measured in one run, on one
thread unless ``--threads`` says more (the peer uses one), with warm kernels. Seconds are of wall
clock and, in brackets, of the processor: on a busy machine only the latter can be compared.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import squareform

import hiertools as ht
from hiertools.comparison.problem import Problem
from hiertools.comparison.scoring import score_problem
from hiertools.settings import SETTINGS


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=int, default=1_000)
    parser.add_argument("--permutations", type=int, default=999)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=("scores", "mantel", "import"), nargs="+")
    options = parser.parse_args()
    parts = {"scores": time_scores, "mantel": time_mantel, "import": time_import}
    print(f"{options.classes} classes of {DIMENSIONS} dimensions, {options.threads} thread(s)")
    print(f"{'work':60}{'s':>8}{'(CPU)':>9}{'peer s':>8}{'(CPU)':>9}{'ratio of CPU':>14}")
    for name in options.only or parts:
        parts[name](options)


def time_scores(options: argparse.Namespace) -> None:
    """Time `compare` with and without permutations and intervals."""
    reps, tree = classes_in_groups(options.classes)
    small = classes_in_groups(60)
    ht.compare(*small, scores="all", permutations=9)  # loads the kernels
    for scores, permutations, intervals in itertools.product(
        ("core", "all"), (0, options.permutations), (False, True)
    ):
        call = functools.partial(
            ht.compare,
            reps,
            tree,
            scores=scores,
            permutations=permutations,
            intervals=intervals,
            threads=options.threads,
        )
        what = f'compare(scores="{scores}"), {permutations} permutations'
        row(what + (", intervals" if intervals else ""), seconds(call))


def time_mantel(options: argparse.Namespace) -> None:
    """Time the null of the element-wise correlation beside scikit-bio's, of the same distances."""
    from skbio import DistanceMatrix
    from skbio.stats.distance import mantel

    reps, tree = classes_in_groups(options.classes)
    model = DistanceMatrix(squareform(ht.distances(reps).condensed), reps.classes)
    taxonomy = DistanceMatrix(ht.path_distances(tree, reps.classes), reps.classes)
    m = options.permutations

    # As for the peer, both distance matrices are at hand; statistic, null and p-value remain.
    distances = ht.distances(reps)
    problem = Problem(
        classes=tree.classes,
        distances=distances,
        tree=tree,
        inferred=ht.infer_tree(distances),
        levels=(),
        settings=SETTINGS["default"],
        seed=0,
    )

    def ours() -> object:
        return score_problem(
            problem,
            ["elementwise_correlation"],
            permutations=m,
            intervals=False,
            threads=options.threads,
        )

    ours()
    row(
        f"element-wise correlation, {m} permutations (skbio mantel)",
        seconds(ours),
        seconds(lambda: mantel(model, taxonomy, method="spearman", permutations=m)),
    )


def time_import(options: argparse.Namespace) -> None:
    """Time ``import hiertools`` in a new process, the start of the interpreter left out."""
    code = (
        "import time; t, c = time.perf_counter(), time.process_time(); import hiertools; "
        "print(time.perf_counter() - t, time.process_time() - c)"
    )
    found = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        wall, cpu = map(float, done.stdout.split())
        found.append((wall, cpu))
    row("import hiertools, in a new process, best of 3", min(found))


DIMENSIONS = 1_280


def classes_in_groups(n: int) -> tuple[ht.ClassRepresentatives, ht.ClassTree]:
    """Return vectors of the size of an ImageNet head's that show three levels of groups."""
    rng = np.random.default_rng(0)
    names = [f"c{i:05d}" for i in range(n)]
    levels = [np.arange(n) % k for k in (5, 25, 125)]
    vectors = rng.normal(size=(n, DIMENSIONS))
    for level in levels:
        vectors += 0.5 * rng.normal(size=(level.max() + 1, DIMENSIONS))[level]
    paths = {name: "/".join(f"{l[i]}" for l in levels) + f"/{name}" for i, name in enumerate(names)}
    return ht.ClassRepresentatives(vectors, names), ht.ClassTree.from_lineages(paths)


def seconds(call: Callable[[], object]) -> tuple[float, float]:
    """Return the time of a call in seconds, of wall clock and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def row(what: str, ours: tuple[float, float], peer: tuple[float, float] | None = None) -> None:
    """Print a row of the table."""
    beside = f"{peer[0]:8.2f} ({peer[1]:6.2f}){ours[1] / peer[1]:14.3f}" if peer else ""
    print(f"{what:60}{ours[0]:8.3f} ({ours[1]:6.3f}){beside}", flush=True)


if __name__ == "__main__":
    main()
