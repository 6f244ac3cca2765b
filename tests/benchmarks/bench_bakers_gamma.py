"""Baker's gamma beside R's dendextend, on the same two linkages.

Run with ``python tests/benchmarks/bench_bakers_gamma.py``. It needs ``Rscript`` with the package
dendextend (Debian: r-cran-dendextend), whose time is taken inside R. Both are processor time, and
both use one core. Ours is the median of several calls on fresh trees, compilation left out.
dendextend takes more than a minute at 1,000 classes.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist

from hiertools import ClassTree, tree_distance

SCRIPT = """
suppressPackageStartupMessages(library(dendextend))
folder <- commandArgs(TRUE)[1]
trees <- lapply(c("a", "b"), function(name) {
  points <- as.matrix(read.csv(file.path(folder, paste0(name, ".csv")), header = FALSE))
  rownames(points) <- sprintf("c%05d", seq_len(nrow(points)))
  as.dendrogram(hclust(dist(points), "average"))
})
spent <- system.time(value <- cor_bakers_gamma(trees[[1]], trees[[2]]))
cat(format(c(spent["user.self"] + spent["sys.self"], value), digits = 15), sep = "\\n")
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    print(f"{'classes':>8}{'ours, s':>10}{'dendextend, s':>15}{'ratio':>8}  same value")
    for n_classes in options.classes:
        rng = np.random.default_rng(n_classes)
        points = [rng.normal(size=(n_classes, 8)) for _ in range(2)]
        ours, value = timed(points, options.repeats)
        theirs, reference = dendextend(points)
        print(
            f"{n_classes:>8}{ours:>10.4f}{theirs:>15.2f}{'1/' + str(round(theirs / ours)):>8}"
            f"  {abs(value - reference) < 1e-9}",
            flush=True,
        )


def timed(points: list[np.ndarray], repeats: int) -> tuple[float, float]:
    """Return the median seconds of a call on fresh trees, and the value."""
    names = [f"c{i:05d}" for i in range(len(points[0]))]
    linkages = [hierarchy.linkage(pdist(p), "average") for p in points]
    seconds = []
    value = float("nan")
    for _ in range(repeats + 1):
        trees = [ClassTree.from_linkage(matrix, names) for matrix in linkages]
        start = time.process_time()
        value = tree_distance(trees[0], trees[1], "bakers_gamma")
        seconds.append(time.process_time() - start)
    return statistics.median(seconds[1:]), value


def dendextend(points: list[np.ndarray]) -> tuple[float, float]:
    """Return dendextend's seconds and value."""
    with tempfile.TemporaryDirectory() as folder:
        for name, values in zip("ab", points):
            np.savetxt(Path(folder, f"{name}.csv"), values, delimiter=",", fmt="%.17g")
        done = subprocess.run(
            ["Rscript", "-e", SCRIPT, folder], check=True, capture_output=True, text=True
        )
    seconds, value = (float(line) for line in done.stdout.split())
    return seconds, value


if __name__ == "__main__":
    main()
