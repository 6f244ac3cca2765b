"""Triplet and quartet distances of random binary trees by tqDist, stored for the tests.

    pip install tqdist==1.0      # builds from source: needs a C++ compiler
    python tests/verification/tqdist/figures.py

tqDist (Sand et al. 2014, doi:10.1093/bioinformatics/btu157) states no licence, so it is neither a
dependency nor installed for the tests; its figures are facts, kept in `figures.csv` beside this.
"""

import csv
from pathlib import Path

import numpy as np
import tqdist


def newick(n: int, rng: np.random.Generator) -> str:
    """Join two random subtrees until one is left."""
    parts = [f"c{i}" for i in range(n)]
    while len(parts) > 1:
        i, j = sorted(rng.choice(len(parts), 2, replace=False))
        right = parts.pop(j)
        parts[i] = f"({parts[i]},{right})"
    return parts[0] + ";"


def main() -> None:
    """Write the table."""
    rng = np.random.default_rng(4)
    rows = []
    for n in (6, 10, 25, 60, 200):
        a, b = newick(n, rng), newick(n, rng)
        rows.append([n, tqdist.triplet_distance(a, b), tqdist.quartet_distance(a, b), a, b])
    with open(Path(__file__).with_name("figures.csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["classes", "triplet", "quartet", "reference", "other"])
        writer.writerows(rows)


if __name__ == "__main__":
    main()
