"""Do intervals of the area under risk over specificity hold it, and its tests reject in vain?

Run with ``python tests/verification/selective_risk.py`` (about three minutes on one core). It
writes ``selective_risk.csv``: of 1000 draws of samples, ``covered``, the share of 95 % intervals
that hold the area of the whole population; ``rejected``, the share of 5 % tests that find a
difference between two models that are equally good, with noise of their own each; and ``found``,
the share that find one which is there, where the second model has more noise.
"""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path

import numpy as np

from hiertools.decisions import selective_risk

sys.path.insert(0, str(Path(__file__).parent))
from promises import NAMES, TREE

import hiertools as ht

OUT = Path(__file__).with_suffix(".csv")
DRAWS = 1000
POPULATION = 40_000


def stated(truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what a model states of samples: neighbours of the truth are probable, with noise."""
    distance = ht.path_distances(TREE, NAMES)[truth]
    logits = -0.6 * distance + 1.3 * rng.standard_normal(distance.shape)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return np.asarray(p)


def main() -> None:
    """Write the rows, and fail where intervals or tests are not what they say."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, len(NAMES), POPULATION)
    a, b = stated(truth, rng), stated(truth, rng)
    worse = 0.4 * b + 0.6 * rng.dirichlet(np.full(len(NAMES), 0.3), POPULATION)
    labels = np.array(NAMES)[truth]
    broken = []
    with OUT.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["rule", "samples", "draws", "covered", "rejected", "found"])
        for rule in ("climbing", "confidence"):
            area = selective_risk(a, labels, TREE, NAMES, rule=rule).areas["area"][0]
            for n in (50, 200, 1000):
                covered = rejected = found = 0
                for _ in range(DRAWS):
                    rows = rng.integers(0, POPULATION, n)
                    models = {"a": a[rows], "b": b[rows], "worse": worse[rows]}
                    made = selective_risk(models, labels[rows], TREE, NAMES, rule=rule)
                    covered += made.areas["ci_low"][0] <= area <= made.areas["ci_high"][0]
                    rejected += made.differences["p_value"][0] <= 0.05
                    found += made.differences["p_value"][1] <= 0.05
                row = [rule, n, DRAWS, covered / DRAWS, rejected / DRAWS, found / DRAWS]
                writer.writerow(row)
                file.flush()
                print(*row, sep="  ", flush=True)
                error = math.sqrt(0.05 * 0.95 / DRAWS)
                if covered / DRAWS < 0.92 - 2 * error or rejected / DRAWS > 0.05 + 2 * error:
                    broken.append(row)
    if broken:
        sys.exit(f"{len(broken)} are not what they say: {broken}")


if __name__ == "__main__":
    main()
