"""Every column of sweeps, series and changes is its definition, written out literally."""

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from literal import assert_defined, clades
from literal_scores import GAPPED, NAMES, RANKED, TREE, correlations_and_retrieval, model

import hiertools as ht
from hiertools import DistanceMatrix
from hiertools._core.keyed import keyed_order
from hiertools.hierarchy.linkage import tree_in_order
from hiertools.producers import checkpoint_series
from hiertools.results.changes import changes

NAN = math.nan
CORE = {"permutations": 0, "intervals": False}


def records(result):
    return result.scores.to_dict("records")


@pytest.mark.parametrize("tree", [TREE, RANKED, GAPPED])
def test_sweep(tree):
    reps, levels = model(0), [0, 1]
    found = ht.sweep(
        reps, tree, levels=levels, linkages=["single", "ward"], metrics=["euclidean", "cosine"]
    )
    rows = []
    for metric, linkage in product(["euclidean", "cosine"], ["single", "ward"]):
        if (metric, linkage) != ("cosine", "ward"):
            scores = records(
                ht.compare(reps, tree, metric=metric, linkage=linkage, levels=levels, **CORE)
            )
        else:  # a linkage that the metric does not suit: the same rows, and why they are empty
            kept = {"score", "level", "rank", "k", "better"}
            note = "undefined: linkage 'ward' needs Euclidean distances, not 'cosine'"
            scores = [
                {key: row[key] if key in kept else NAN for key in row}
                | {"status": "needs Euclidean distances", "note": note}
                for row in scores
            ]
        rows += [{"metric": metric, "linkage": linkage, **row} for row in scores]
    assert_defined(found, rows)
    named = {TREE: set(), RANKED: {"order", "family"}, GAPPED: {"family"}}[tree]
    assert set(found["rank"].dropna()) == named


def unshared(tree, inferred):
    mine, theirs = ({c for c in clades(x) if 1 < len(c) < len(NAMES)} for x in (tree, inferred))
    return len(mine ^ theirs) / (len(mine) + len(theirs))


@pytest.mark.parametrize("seed", [1, 2, 6])
def test_tie_sensitivity(seed):
    whole = np.random.default_rng(seed).integers(1, 3, len(NAMES) * (len(NAMES) - 1) // 2)
    matrix = DistanceMatrix(whole.astype(float), NAMES)
    asked = ["elementwise_correlation", "robinson_foulds"]
    found = ht.tie_sensitivity(matrix, TREE, orders=9, scores=asked, random_state=seed)
    drawn = [
        unshared(TREE, tree_in_order(matrix, "average", keyed_order(NAMES, seed, number))[0])
        for number in range(9)
    ]
    same = correlations_and_retrieval(matrix.square(), TREE, ())["elementwise_correlation", None][0]
    rows = []
    for score, each in zip(asked, ([same] * 9, drawn)):
        middle = sum(each) / 9
        rows.append(
            {
                "score": score,
                "level": None,
                "rank": None,
                "k": None,
                "value": sum(each[:8]) / 8,
                "mean": middle,
                "sd": math.sqrt(sum((x - middle) ** 2 for x in each) / 9),
                "low": min(each),
                "high": max(each),
                "n_distinct": len({round(x, 9) for x in each}),
                "n_orders": 9,
            }
        )
    assert_defined(found, rows)
    assert found["sd"].iloc[1] > 0


def test_series():
    steps = {1: model(1), "last": model(2)}
    found = ht.compare_series(steps, TREE, permutations=9)
    rows = [
        {"step": step, **row}
        for step, reps in steps.items()
        for row in records(ht.compare(reps, TREE, permutations=9))
    ]
    assert_defined(found, rows)


@pytest.mark.parametrize(
    "names", [["run_2.npz", "run_10.npz", "run_1.npz"], ["b.npz", "c.npz", "a.npz"]]
)
def test_checkpoint_series(names):
    for place, name in enumerate(names):
        model(place).save(name)
    rows = []
    numbers = [int("".join(ch for ch in name if ch.isdigit()) or -1) for name in names]
    # By the last number of the name; by the name itself, and its position, where there is none.
    order = sorted(range(3), key=lambda i: (numbers[i], names[i]))
    for position, place in enumerate(order):
        epoch = numbers[place] if numbers[place] >= 0 else position
        for row in records(ht.compare(model(place), TREE, **CORE)):
            rows.append({"epoch": epoch, "checkpoint": names[place], **row})
    assert_defined(checkpoint_series("*.npz", TREE), rows)


def table(rows, ranks):
    frame = pd.DataFrame(rows, columns=["score", "level", "k", "value", "better"])
    frame = frame.astype({"level": "Int64", "k": "Int64"})
    return frame.assign(rank=frame["level"].map(ranks).astype("string")) if ranks else frame


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("ranks", [{}, {0: "family"}])
def test_changes(seed, ranks):
    rng = np.random.default_rng(seed)
    keys = [(score, level, k) for score in "ab" for level in (None, 0) for k in (None, 1, 5)]
    values = [0.25, 0.5, 0.5 + 1e-13, 0.5 + 1e-11, NAN]
    before, now = (
        {key: values[rng.integers(5)] for key in keys if rng.random() < 0.8} for _ in range(2)
    )
    better = {"a": "higher", "b": "lower"}
    found = changes(
        *(table([(*key, x, better[key[0]]) for key, x in d.items()], ranks) for d in (before, now))
    )
    rows = []
    for key in [*now, *(key for key in before if key not in now)]:
        was, value = before.get(key, NAN), now.get(key, NAN)
        change = value - was
        if key not in before:
            verdict = "new"
        elif key not in now:
            verdict = "gone"
        elif math.isnan(was) or math.isnan(value):
            verdict = "same" if math.isnan(was) and math.isnan(value) else "undefined"
        elif abs(change) <= 1e-12:
            verdict = "same"
        else:
            verdict = "better" if (change > 0) == (key[0] == "a") else "worse"
        score, level, k = key
        rows.append(
            {
                "score": score,
                "level": level,
                "rank": ranks.get(level),
                "k": k,
                "before": was,
                "now": value,
                "change": change,
                "verdict": verdict,
            }
        )
    assert_defined(found, rows)
