"""How closely could any distances be followed? Literally, beside rsatoolbox, and as a bound."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from literal import assert_defined
from literal_scores import RANKED, ceiling_of, fisher, model, spearman
from scipy import stats

import hiertools as ht
from hiertools.errors import OptionError
from hiertools.measures import noise_ceilings
from hiertools.measures.noise_ceilings import (
    classwise_ceiling,
    elementwise_ceiling,
    pearson_ceiling,
)
from hiertools.reporting.comparison_report import set_page
from hiertools.reporting.how_good import known_bounds

FIGURES = Path(__file__).parents[1] / "verification" / "peers" / "noise_ceilings.csv"
with open(FIGURES, newline="", encoding="utf-8") as held:
    CASES = list(csv.DictReader(held))
OURS = {"spearman": elementwise_ceiling, "corr": pearson_ceiling}


def runs_in(case):
    return [np.array(text.split(), dtype=float) for text in case["runs"].split(";")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['case']}, {case['method']}")
def test_bounds_are_those_of_rsatoolbox(case):
    """But for its upper one of ranks, which it ranks again: no run is followed as closely."""
    found = OURS[case["method"]](runs_in(case))
    assert found.lower == pytest.approx(float(case["lower"]), abs=1e-12)
    upper = float(case["upper"])
    if case["method"] == "corr":
        assert found.upper == pytest.approx(upper, abs=1e-12)
    else:
        assert upper - 1e-12 <= found.upper < upper + 0.1
        ranks = [stats.rankdata(run) for run in runs_in(case)]
        again = np.mean([spearman(run, np.mean(ranks, axis=0)) for run in runs_in(case)])
        assert again == pytest.approx(upper, abs=1e-12)


def test_a_tree_can_pass_the_upper_bound_that_ranks_the_mean_again_and_not_ours():
    (case,) = (x for x in CASES if "groups" in x["case"] and x["method"] == "spearman")
    first, second = np.triu_indices(8, 1)
    tree = np.where(first // 4 == second // 4, 2.0, 4.0)
    value = np.mean([spearman(run, tree) for run in runs_in(case)])
    assert float(case["upper"]) < value <= elementwise_ceiling(runs_in(case)).upper


def test_no_distances_pass_the_upper_bound():
    rng = np.random.default_rng(1)
    runs = [rng.random(15) + np.arange(15) / 5 for _ in range(3)]
    for scores, found in (
        (spearman, elementwise_ceiling(runs)),
        (lambda x, y: np.corrcoef(x, y)[0, 1], pearson_ceiling(runs)),
    ):
        tried = [rng.random(15) * rng.integers(0, 2) + np.arange(15) / 5 for _ in range(200)]
        tried += [*runs, np.mean(runs, axis=0), np.round(np.mean(runs, axis=0))]
        assert max(np.mean([scores(run, each) for run in runs]) for each in tried) <= found.upper


def classwise(runs, n, upper):
    """One run, class and pair after the other."""
    squares = [ht.DistanceMatrix(run, [f"c{i:02d}" for i in range(n)]).square() for run in runs]
    rows = [[np.delete(square[i], i) for i in range(n)] for square in squares]
    of_runs = []
    for r, own in enumerate(rows):
        rho = []
        for i in range(n):
            ranks = [stats.rankdata(each[i]) for each in rows]
            if upper:
                units = [(x - x.mean()) / np.sqrt(((x - x.mean()) ** 2).sum()) for x in ranks]
                rho.append(float(np.corrcoef(ranks[r], sum(units))[0, 1]))
            else:
                others = [x for q, x in enumerate(ranks) if q != r]
                rho.append(spearman(own[i], np.mean(others, axis=0)))
        of_runs.append(fisher(rho, n - 1))
    return np.mean(of_runs)


@pytest.mark.parametrize("at_once", [1 << 18, 20])
@pytest.mark.parametrize("digits", [1, 8])
def test_class_by_class(digits, at_once, monkeypatch):
    monkeypatch.setattr(noise_ceilings, "BLOCK_ELEMENTS", at_once)
    rng = np.random.default_rng(2)
    true = rng.random(36)
    runs = [np.round(true + 0.5 * rng.random(36), digits) for _ in range(3)]
    found = classwise_ceiling(runs, 9)
    assert found.lower == pytest.approx(classwise(runs, 9, upper=False), abs=1e-12)
    assert found.upper == pytest.approx(classwise(runs, 9, upper=True), abs=1e-12)


def test_two_runs_are_held_against_each_other():
    names = [f"c{i}" for i in range(9)]
    rng = np.random.default_rng(3)
    a, b = (ht.DistanceMatrix(rng.random(36), names) for _ in range(2))
    each = ht.compare_models(a, b, permutations=0, intervals=False)
    runs = [a.condensed, b.condensed]
    assert elementwise_ceiling(runs).lower == pytest.approx(each.value("elementwise_correlation"))
    assert classwise_ceiling(runs, 9).lower == pytest.approx(each.value("classwise_correlation"))
    with_self = classwise_ceiling(runs, 9, self_pair=True, cap=False)
    paper = ht.compare_models(a, b, permutations=0, intervals=False, settings="paper")
    assert with_self.lower == pytest.approx(paper.value("classwise_correlation"))


ASKED = ("elementwise_correlation", "classwise_correlation", "pearson_correlation", "triplet")


def test_every_column_of_the_table():
    sources = {"three": [model(seed) for seed in range(3)], "one": [model(5)]}
    found = ht.compare(sources, RANKED, permutations=0, scores=ASKED, intervals=False)
    rows = []
    paths = ht.path_distances(RANKED, sorted(RANKED.classes))
    i, j = np.triu_indices(9, 1)
    tops = {
        "elementwise_correlation": ceiling_of(paths[i, j]),
        "classwise_correlation": fisher([ceiling_of(np.delete(r, k)) for k, r in enumerate(paths)],
                                        8),
        "pearson_correlation": math.nan,
    }  # fmt: skip
    for name in sources:
        runs = found.comparisons[name]
        distances = [run.distances.condensed for run in runs]
        bounds = {
            "elementwise_correlation": elementwise_ceiling(distances),
            "classwise_correlation": classwise_ceiling(distances, 9),
            "pearson_correlation": pearson_ceiling(distances),
        }
        rows += [
            {
                "model": name,
                "score": score,
                "value": float(np.mean([run.value(score) for run in runs])),
                "lower": bounds[score].lower,
                "upper": bounds[score].upper,
                "ceiling": tops[score],
                "n_runs": len(runs),
                "n_classes": 9,
                "status": "ok" if len(runs) > 1 else "undefined",
                "note": "" if len(runs) > 1
                else "one run: how far runs of this model differ is unknown",
            }
            for score in ("elementwise_correlation", "classwise_correlation",
                          "pearson_correlation")
        ]  # fmt: skip
    table = found.noise_ceilings()
    order = list(dict.fromkeys(table["score"]))
    rows.sort(key=lambda row: (list(sources).index(row["model"]), order.index(row["score"])))
    assert_defined(table, rows)


def test_what_has_no_bounds_says_why():
    twice = ht.compare({"a": [model(0), model(0), model(1)]}, RANKED, permutations=0)
    told = twice.noise_ceilings()
    assert told["lower"].isna().all()
    assert told["note"].unique().tolist() == [
        "no bounds: runs 1 and 2 of a are alike in every score, as one run is"
    ]
    loaded = ht.ComparisonSet.from_json(twice.to_json())
    with pytest.raises(OptionError, match="noise ceilings need the distances of all runs"):
        ht.ComparisonSet.from_json(
            ht.compare({"a": [model(0), model(1)]}, RANKED, permutations=0).to_json()
        ).noise_ceilings()
    assert loaded.noise_ceilings()["note"].iloc[0].startswith("no bounds: runs 1 and 2")
    other = ht.compare({"a": [model(0), model(1)]}, RANKED, permutations=0, scores="triplet")
    with pytest.raises(OptionError, match="noise ceilings are those of correlations of distances"):
        other.noise_ceilings()
    few = ht.as_tree({"a": "g/a", "b": "g/b", "c": "c"})
    three = [ht.ClassRepresentatives(np.random.default_rng(s).normal(size=(3, 2)), list("abc"))
             for s in (0, 1)]  # fmt: skip
    table = ht.compare({"x": three}, few, permutations=0).noise_ceilings().set_index("score")
    assert table["note"]["classwise_correlation"] == (
        "undefined: the correlation of a class with two others is always -1 or 1"
    )
    against = [ht.DistanceMatrix(ranks, list("abc")) for ranks in ([1, 2, 3], [3, 2, 1], [2, 3, 1])]
    table = ht.compare({"x": against}, few, permutations=0).noise_ceilings().set_index("score")
    row = table.loc["elementwise_correlation"]  # the first two have a flat mean
    assert np.isnan(row["lower"])
    assert np.isnan(row["upper"])
    assert row["note"] == (
        "no bounds: runs cancel out, their mean distances are the same for all pairs"
    )


def test_a_report_of_several_runs_tells_how_good_it_can_get():
    made = {"scores": "classwise_correlation", "permutations": 0}
    found = ht.compare({"<i>net": [model(0), model(1)]}, RANKED, **made)
    page = set_page(found)
    told = page.partition("<h2")[2].partition("How good can it get?</h2>")[2].partition("<h2")[0]
    assert "&lt;i&gt;net" in told
    assert "<i>" not in told
    row = found.noise_ceilings().iloc[0]
    split = found.variance_split().iloc[0]
    for text in (f"{row['lower']:.3f}", f"{row['upper']:.3f}", f"{100 * split['classes']:.0f} %"):
        assert f'<td class="n">{text}</td>' in told
    for without in (
        ht.ComparisonSet.from_json(found.to_json()),
        ht.compare({"a": model(0), "b": model(1)}, RANKED, **made),
    ):
        assert known_bounds(without) is None
