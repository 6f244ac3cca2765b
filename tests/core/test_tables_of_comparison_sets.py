"""Every column of a `ComparisonSet`'s tables is its definition, written out literally."""

import itertools
import math

import numpy as np
import pytest
from literal import assert_defined, holm
from literal_scores import RANKED, model, replicates
from scipy import stats

import hiertools as ht

pytestmark = pytest.mark.arithmetic()

NAN = math.nan


def over_classes(a, b, informing):
    """The jackknife of a difference, class by class: its error, and its degrees of freedom."""
    without = [x - y for x, y in zip(a, b)]
    error = (len(without) - 1) * np.std(without) / math.sqrt(len(without) - 1)
    return error, min(len(without), informing) - 1


def sign_flips(apart):
    """The share of all ways to turn differences round whose sum is at least as large."""
    sums = [abs(np.dot(signs, apart)) for signs in itertools.product((1, -1), repeat=len(apart))]
    return sum(x >= abs(sum(apart)) - 1e-10 for x in sums) / len(sums)


CASES = {
    "one run each": ({"a": 1, "b": 1, "c": 1}, "jackknife over classes"),
    "as many runs": ({"a": 3, "b": 3}, "paired t over runs"),
    "other numbers": ({"a": 4, "b": 2}, "Hsu's t over runs"),
    "one run and two": ({"a": 1, "b": 2}, ""),
}
ASKED = ("elementwise_correlation", "classwise_correlation", "precision_at_1", "robinson_foulds")


def models(counts):
    return {
        name: [model(10 * place + run, 1.0 + place) for run in range(count)]
        for place, (name, count) in enumerate(counts.items())
    }


@pytest.mark.parametrize("case", CASES)
def test_differences(case):
    counts, test = CASES[case]
    found = ht.compare(models(counts), RANKED, permutations=0, levels=[0], scores=ASKED)
    names = list(counts)
    rows = []
    for a, b in ((a, b) for i, a in enumerate(names) for b in names[i + 1 :]):
        runs = {m: found.comparisons[m] for m in (a, b)}
        for score, level in ((name, 0 if name == "precision_at_1" else None) for name in ASKED):
            x, y = ([run.value(score) for run in runs[m]] for m in (a, b))
            difference = float(np.mean(x) - np.mean(y))
            low, high, p, used, note = NAN, NAN, NAN, test, ""
            few = score in ("precision_at_1", "robinson_foulds")
            if few and test == "paired t over runs":
                told, p, used = None, sign_flips(np.subtract(x, y)), "sign flips over runs"
                note = (
                    "over 3 runs of a score of few values, p is never below 0.25, and there is no "
                    "95 % interval"
                )
            elif few and test == "Hsu's t over runs":
                told, used = None, ""
                note = "no test: 4 and 2 runs of a score of few values; give both as many"
            elif test == "paired t over runs":
                told = stats.ttest_rel(x, y)
            elif test == "Hsu's t over runs":
                told = None
                error = math.sqrt(np.var(x, ddof=1) / len(x) + np.var(y, ddof=1) / len(y))
                freedom = min(len(x), len(y)) - 1
                p = float(2 * stats.t.sf(abs(difference) / error, freedom))
                half = stats.t.ppf(0.975, freedom) * error
                low, high = difference - half, difference + half
            elif not test:
                told, note = None, "no test: one of the models has a single run"
            elif score == "robinson_foulds":
                told, used = None, ""
                note = "no test: single runs, and no interval over classes"
            else:
                told = None
                left = (
                    replicates(runs[m][0].distances.square(), RANKED)[score, level] for m in runs
                )
                # One of the nine classes has no company in its order.
                error, freedom = over_classes(*left, 8 if score == "precision_at_1" else 9)
                p = float(2 * stats.t.sf(abs(difference) / error, freedom))
                half = stats.t.ppf(0.975, freedom) * error
                low, high = difference - half, difference + half
            if told is not None:
                p = float(told.pvalue)
                low, high = map(float, told.confidence_interval())
            ahead = a if (difference > 0) == (score != "robinson_foulds") else b
            rows.append(
                {
                    "score": score,
                    "level": level,
                    "rank": None if level is None else "order",
                    "k": None,
                    "model_a": a,
                    "model_b": b,
                    "difference": difference,
                    "ci_low": low,
                    "ci_high": high,
                    "p_value": p,
                    "p_holm": NAN,
                    "test": used,
                    "better_model": "" if difference == 0 else ahead,
                    "status": "not tested" if math.isnan(p) else "ok",
                    "note": note,
                }
            )
    order = {score: i for i, score in enumerate(found.differences["score"].unique())}
    rows.sort(key=lambda row: (row["model_a"], row["model_b"], order[row["score"]]))
    for row, adjusted in zip(rows, holm([row["p_value"] for row in rows])):
        row["p_holm"] = adjusted
    assert_defined(found.differences, rows)
    assert (found.differences["p_value"].notna()).any() == bool(test)


def test_runs_scores_and_table_of_a_set():
    found = ht.compare(models({"a": 3, "b": 1}), RANKED, permutations=9, levels=[0], scores=ASKED)
    single = {m: [run.scores.to_dict("records") for run in found.comparisons[m]] for m in "ab"}
    rows = [
        {"model": m, "run": number, **row}
        for m in "ab"
        for number, run in enumerate(single[m])
        for row in run
    ]
    assert_defined(found.runs, rows)
    rows, table = [], []
    for m in "ab":
        for same in zip(*single[m]):
            row = {"model": m, **same[0], "n_runs": len(same)}
            if len(same) > 1:
                for column in ("value", "chance", "adjusted"):
                    row[column] = sum(run[column] for run in same) / len(same)
                row |= dict.fromkeys(("z", "p_value", "p_adjusted", "p_least"), NAN)
                values = [run["value"] for run in same]
                row["ci_low"] = row["ci_high"] = NAN
                row["note"] = f"mean of {len(same)} runs; no interval: all runs give the same value"
                if len(set(values)) > 1:
                    low, high = stats.t.interval(
                        0.95, len(same) - 1, np.mean(values), stats.sem(values)
                    )
                    if row["better"] == "higher":
                        least = -1.0 if row["score"].endswith("correlation") else 0.0
                        low, high = max(low, least), min(high, row["ceiling"])
                    else:
                        low, high = max(low, row["ceiling"]), min(high, 1.0)
                    row["ci_low"], row["ci_high"] = low, high
                    row["note"] = f"mean of {len(same)} runs"
            rows.append(row)
    assert_defined(found.scores, rows)
    for row in rows[: len(rows) // 2]:
        other = next(r for r in rows if r["model"] == "b" and r["score"] == row["score"])
        keys = {key: row[key] for key in ("score", "level", "rank", "k")}
        table.append({**keys, "a": row["value"], "b": other["value"]})
    table.sort(key=lambda row: list(found.table["score"]).index(row["score"]))
    assert_defined(found.table, table)
