"""Do intervals of the area under risk over specificity hold it, and its tests reject in vain?

Run with ``python tests/verification/selective_risk.py`` (a quarter of an hour on one core). It
adds the rows that are missing to ``selective_risk.csv``: of so many draws of samples, ``covered``,
the share of 95 % intervals that hold the area of the whole population; ``rejected``, the share of
5 % tests that find a difference between two models that are equally good, with noise of their own
each; and ``found``, the share that find one which is there, where the second model has more noise.
"""

from __future__ import annotations

import csv
import itertools
import math
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hiertools.decisions import selective_risk

sys.path.insert(0, str(Path(__file__).parent))
from promises import NAMES, TREE

import hiertools as ht

OUT = Path(__file__).with_suffix(".csv")
POPULATION = 40_000


def stated(truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what a model states of samples: neighbours of the truth are probable, with noise."""
    distance = ht.path_distances(TREE, NAMES)[truth]
    logits = -0.6 * distance + 1.3 * rng.standard_normal(distance.shape)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return np.asarray(p)


class Draw(NamedTuple):
    """What is told of one draw of samples."""

    low: float
    high: float
    equal: float
    """p of two models that are equally good."""
    worse: float
    """p of two of which the second has more noise."""


def by_selective_risk(models: dict[str, np.ndarray], labels: np.ndarray, rule: str) -> Draw:
    """Return what the function of its own tells."""
    made = selective_risk(models, labels, TREE, NAMES, rule=rule)
    p = made.differences["p_value"]
    return Draw(made.areas["ci_low"][0], made.areas["ci_high"][0], p[0], p[1])


def by_evaluate(models: dict[str, np.ndarray], labels: np.ndarray, rule: str) -> Draw:
    """Return what `evaluate` tells."""
    given = {
        name: ht.Predictions(labels, p, NAMES, score_kind="probability")
        for name, p in models.items()
    }
    made = ht.evaluate(given, TREE, selective=rule, permutations=399)
    score = made["a"].scores.set_index("score").loc["selective_risk_area"]
    apart = made.differences.set_index(["score", "model_a", "model_b"])["p_value"]
    p = [apart["selective_risk_area", "a", other] for other in ("b", "worse")]
    return Draw(score["ci_low"], score["ci_high"], *p)


ASKED = (
    (by_selective_risk, ("climbing", "confidence"), (50, 200, 1000), 1000),
    (by_evaluate, ("climbing",), (50, 200), 400),
)
"""Who tells, with which rules, of how many samples, in how many draws."""


def main() -> None:
    """Write the rows that are missing, and fail where intervals or tests are not what they say."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, len(NAMES), POPULATION)
    a, b = stated(truth, rng), stated(truth, rng)
    worse = 0.4 * b + 0.6 * rng.dirichlet(np.full(len(NAMES), 0.3), POPULATION)
    labels = np.array(NAMES)[truth]
    known = {tuple(row[:3]) for row in csv.reader(OUT.open(encoding="utf-8"))}
    broken = []
    for tell, rules, sizes, draws in ASKED:
        for rule, n in itertools.product(rules, sizes):
            by = tell.__name__.removeprefix("by_")
            if (by, rule, str(n)) in known:
                continue
            area = selective_risk(a, labels, TREE, NAMES, rule=rule).areas["area"][0]
            drawn = np.random.default_rng([n, len(rule), len(by)])
            told = []
            for _ in range(draws):
                rows = drawn.integers(0, POPULATION, n)
                models = {"a": a[rows], "b": b[rows], "worse": worse[rows]}
                told.append(tell(models, labels[rows], rule))
            covered = float(np.mean([each.low <= area <= each.high for each in told]))
            rejected = float(np.mean([each.equal <= 0.05 for each in told]))
            found = float(np.mean([each.worse <= 0.05 for each in told]))
            row = [by, rule, n, draws, covered, rejected, found]
            with OUT.open("a", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerow(row)
            print(*row, sep="  ", flush=True)
            error = math.sqrt(0.05 * 0.95 / draws)
            if covered < 0.92 - 2 * error or rejected > 0.05 + 2 * error:
                broken.append(row)
    if broken:
        sys.exit(f"{len(broken)} are not what they say: {broken}")


if __name__ == "__main__":
    main()
