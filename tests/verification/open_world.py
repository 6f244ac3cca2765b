"""Do intervals of scores of seen and unseen classes hold them, and their tests reject in vain?

Run with ``python tests/verification/open_world.py`` (about ten minutes on one core). It writes
``open_world.csv``: of 500 draws of samples from a population whose scores are known, the share of
95 % intervals of `hiertools.evaluate` that hold the score (``covered``; a balanced distance is that
of the classes which the samples have), and the share of 5 % tests that find a difference between
two models that are equally good (``rejected``). Classes are of very
unequal frequency; a model answers with classes (``answers=classes``), or stops at a group where it
is unsure (``nodes``).
"""

from __future__ import annotations

import csv
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, diags_array

import hiertools as ht
from hiertools import ClassTree, Evaluator, Predictions
from hiertools.decisions import back_off
from hiertools.evaluation.node_classes import nodes_met, with_node_classes
from hiertools.evaluation.open_world import open_world_scores
from hiertools.inference.bootstrap import bootstrap, score_interval
from hiertools.inference.contributions import Collector, Contributions
from hiertools.inference.formulas import GroupMean
from hiertools.inference.swaps import paired_test

OUT = Path(__file__).with_suffix(".csv")
DRAWS, BOOTSTRAP, SWAPS = 500, 300, 299
POPULATION = 40_000
WAYS = [
    (f"o{order}", f"o{order}g{genus}", f"o{order}g{genus}s{species}")
    for order in range(4)
    for genus in range(3)
    for species in range(3)
]
TREE = ClassTree.from_lineages({way[-1]: way for way in WAYS}, ranks=("order", "genus", "species"))
KNOWN = [way[-1] for way in WAYS if way[0] != "o3" and way[1] != "o0g2" and way[2][-1] != "2"]


def stated(names: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what a model states of samples: neighbours of the truth are probable, with noise."""
    far = ht.path_distances(TREE, TREE.classes)
    column = [TREE.class_index[name] for name in KNOWN]
    own = np.array([TREE.class_index[name] for name in names])
    logits = -0.6 * far[own][:, column] + 1.3 * rng.standard_normal((names.size, len(KNOWN)))
    p = np.exp(logits)
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def said(p: np.ndarray, answers: str) -> list[str]:
    """Return classes, or nodes where the model is unsure of the class."""
    paths = back_off(p, TREE, KNOWN, threshold=0.0 if answers == "classes" else 0.5).paths
    return ["Unassigned" if path == "" else path.rpartition("/")[2] for path in paths]


def whole_of(models: Contributions, whole: np.ndarray, found: Contributions) -> np.ndarray:
    """Return the population's scores; of means over classes, over those that samples have."""
    truth, totals = whole.copy(), models.totals
    for place, statistic in enumerate(found.statistics):
        formula = statistic.formula
        if isinstance(formula, GroupMean):
            met = totals.copy()
            met[formula.labelled] *= found.totals[formula.labelled] > 0
            truth[place] = formula(models.numbers, met[:, None])[0]
    return truth


def exchanged(
    a: Contributions, b: Contributions, rng: np.random.Generator
) -> tuple[Contributions, Contributions]:
    """Return two models that are equally good: who says what is drawn for each sample."""
    swap = rng.random(a.n) < 0.5
    choose = diags_array(swap.astype(float)), diags_array(1.0 - swap)
    found = []
    for one, other in ((a, b), (b, a)):
        kinds = csr_matrix(choose[0] @ other.kinds + choose[1] @ one.kinds)
        numbers = np.where(swap[:, None], other.numbers, one.numbers)
        found.append(replace(one, numbers=numbers, kinds=kinds))
    return found[0], found[1]


def main() -> None:
    """Write the rows, and fail where intervals or tests are not what they say."""
    rng = np.random.default_rng(0)
    often = 1.0 / np.arange(1, len(WAYS) + 1)
    often = rng.permutation(often / often.sum())
    names = rng.choice([way[-1] for way in WAYS], POPULATION, p=often)
    broken = []
    with OUT.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["answers", "samples", "score", "level", "draws", "covered", "rejected"])
        for answers in ("classes", "nodes"):
            both = [said(stated(names, rng), answers) for _ in range(2)]
            classes = sorted({*KNOWN, *both[0], *both[1]})
            models = []
            for ranked in both:
                made = Predictions(names, classes=classes, ranked=ranked, unknown="ancestor")
                evaluator = Evaluator(TREE, unknown="ancestor", levels=["order", "genus"])
                evaluator.update(made)
                assert evaluator._matching is not None
                base, samples = evaluator._matching.problem, evaluator._batches[0].samples
                met = nodes_met(samples, len(base.classes))
                samples, problem = with_node_classes(samples, base, met)
                collect = Collector(samples.n)
                open_world_scores(collect, samples, problem)
                models.append(collect.finish())
            whole = models[0].values()
            for n in (50, 200, 1000):
                hits = np.zeros((2, whole.size))
                counted = np.zeros((2, whole.size))
                for draw in range(DRAWS):
                    rows = rng.integers(0, POPULATION, n)
                    a, b = (
                        replace(each, numbers=each.numbers[rows], kinds=each.kinds[rows])
                        for each in models
                    )
                    truth = whole_of(models[0], whole, a)
                    values, drawn = a.values(), bootstrap(a, BOOTSTRAP, draw)
                    for place, statistic in enumerate(a.statistics):
                        low, high = score_interval(a, statistic, values[place], drawn[place], 0.95)
                        if not math.isnan(low):
                            counted[0, place] += 1
                            hits[0, place] += low <= truth[place] <= high
                    a, b = exchanged(a, b, rng)
                    p_value = paired_test(a, b, SWAPS, draw).p_value
                    counted[1] += ~np.isnan(p_value)
                    hits[1] += p_value <= 0.05
                share = hits / np.maximum(counted, 1)
                for place, statistic in enumerate(models[0].statistics):
                    level = "" if statistic.level is None else ("order", "genus")[statistic.level]
                    tested = f"{share[1, place]:.3f}" if counted[1, place] else ""
                    row = [answers, n, statistic.score, level, DRAWS,
                           f"{share[0, place]:.3f}", tested]  # fmt: skip
                    writer.writerow(row)
                    print(*row, sep="  ", flush=True)
                    error = math.sqrt(0.05 * 0.95 / DRAWS)
                    rejected = share[1, place] if counted[1, place] else 0.0
                    if share[0, place] < 0.92 - 2 * error or rejected > 0.05 + 2 * error:
                        broken.append(row)
                file.flush()
    if broken:
        sys.exit(f"{len(broken)} are not what they say: {broken}")


if __name__ == "__main__":
    main()
