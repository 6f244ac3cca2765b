"""What of a score varies from run to run, and what from class to class?"""

import math

import numpy as np
import pytest
from literal import assert_defined
from literal_scores import RANKED, model, replicates

import hiertools as ht
from hiertools.inference import jackknife_interval
from hiertools.inference.components import Components, class_parts, crossed_components

NAN = math.nan


def sums_of_squares(x):
    """The analysis of variance, cell by cell: variances of a row's mean."""
    n_runs, n_classes = len(x), len(x[0])
    grand = sum(map(sum, x)) / (n_runs * n_classes)
    rows = [sum(row) / n_classes for row in x]
    columns = [sum(column) / n_runs for column in zip(*x)]
    of_runs = n_classes * sum((row - grand) ** 2 for row in rows) / (n_runs - 1)
    of_classes = n_runs * sum((column - grand) ** 2 for column in columns) / (n_classes - 1)
    rest = sum(
        (x[r][g] - rows[r] - columns[g] + grand) ** 2
        for r in range(n_runs)
        for g in range(n_classes)
    ) / ((n_runs - 1) * (n_classes - 1))
    runs, classes = (of_runs - rest) / n_classes, (of_classes - rest) / n_runs
    return runs, classes / n_classes, rest / n_classes


@pytest.mark.parametrize("shape", [(2, 3), (5, 12)])
def test_components_are_those_of_the_sums_of_squares(shape):
    x = np.random.default_rng(0).normal(size=shape)
    assert crossed_components(x) == pytest.approx(sums_of_squares(x.tolist()), abs=1e-12)


def test_known_components_are_found_on_average():
    """And with them the variance of a mean over new runs and new classes."""
    n_runs, n_classes, sd = 5, 12, (0.5, 1.0, 2.0)
    rng = np.random.default_rng(1)
    size = (6000, n_runs, n_classes)
    a, b, e = (
        s * rng.normal(size=shape)
        for s, shape in zip(sd, (size[:2], (size[0], n_classes), size), strict=True)
    )
    tables = a[:, :, None] + b[:, None] + e
    found = np.array([crossed_components(table) for table in tables])
    true = Components(sd[0] ** 2, sd[1] ** 2 / n_classes, sd[2] ** 2 / n_classes)
    errors = found.std(axis=0) / math.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - true) < 4 * errors).all()
    assert tables.mean(axis=(1, 2)).var() == pytest.approx(true.of_mean(n_runs), rel=0.08)
    half = tables[:, 0, : n_classes // 2].mean(axis=1)
    assert half.var() == pytest.approx(true.runs + (true.classes + true.both) / 0.5, rel=0.08)


def test_parts_of_classes_have_the_error_of_the_jackknife():
    rng = np.random.default_rng(2)
    values, without = rng.random(3), rng.random((3, 10))
    parts = class_parts(values, without)
    assert parts.mean(axis=1) == pytest.approx(values)
    for value, own, left_out in zip(values, parts, without, strict=True):
        error = jackknife_interval(value, left_out).standard_error
        assert math.sqrt(own.var(ddof=1) / own.size) == pytest.approx(error)


ASKED = ("elementwise_correlation", "classwise_correlation", "precision_at_1", "robinson_foulds")


def test_every_column_of_the_table():
    sources = {"three": [model(seed) for seed in range(3)], "one": [model(5)]}
    found = ht.compare(sources, RANKED, permutations=0, levels=[0], scores=ASKED)
    rows = []
    for name in sources:
        runs = found.comparisons[name]
        for row in runs[0].scores.to_dict("records"):
            score, level = row["score"], 0 if row["score"] == "precision_at_1" else None
            values = [run.value(score) for run in runs]
            told = {
                "model": name, "score": score, "level": level,
                "rank": None if level is None else "order", "k": None,
                "value": float(np.mean(values)), "sd": NAN, "runs": NAN, "classes": NAN,
                "both": NAN, "error": NAN, "n_runs": len(runs),
                "n_classes": 8 if level == 0 else 9, "status": "undefined",
                "note": "one run: how far runs of this model differ is unknown",
            }  # fmt: skip
            if len(runs) > 1 and score == "robinson_foulds":
                told["note"] = (
                    "no split: what it is without each class is unknown (no jackknife is valid for "
                    "it, or none was made, or the result was loaded from JSON)"
                )
            elif len(runs) > 1:
                left = [replicates(run.distances.square(), RANKED)[score, level] for run in runs]
                x = [
                    [value - (len(out) - 1) * (each - np.mean(out)) for each in out]
                    for value, out in zip(values, left, strict=True)
                ]
                of_runs, of_classes, both = (max(part, 0.0) for part in sums_of_squares(x))
                total = of_runs + of_classes + both
                told |= {
                    "sd": math.sqrt(total), "runs": of_runs / total,
                    "classes": of_classes / total, "both": both / total,
                    "error": math.sqrt(of_runs / 3 + of_classes + both / 3),
                    "status": "ok", "note": "",
                }  # fmt: skip
            rows.append(told)
    assert_defined(found.variance_split(), rows, rel=1e-7)


def test_what_is_not_split_says_why():
    def notes(sources, **options):
        made = {"scores": "classwise_correlation", "permutations": 0, **options}
        return ht.compare({"a": sources}, RANKED, **made).variance_split()["note"].unique().tolist()

    runs = [model(0), model(1)]
    assert notes(runs, intervals=False)[0].startswith("no split: what it is without each class")
    assert notes([model(0), model(0)]) == [
        "no split: runs 1 and 2 of a are alike in every score, as one run is"
    ]
    saved = ht.compare({"a": runs}, RANKED, permutations=0).to_json()
    (note,) = ht.ComparisonSet.from_json(saved).variance_split()["note"].unique()
    assert note.endswith("or the result was loaded from JSON)")
