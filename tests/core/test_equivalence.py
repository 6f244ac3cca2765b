"""Two one-sided tests: literally, with the interval that says the same, and where there is none."""

import math

import numpy as np
import pytest
from literal import assert_defined, holm
from literal_scores import RANKED, model, replicates
from scipy import stats

import hiertools as ht
from hiertools.errors import OptionError
from hiertools.inference import t_interval
from hiertools.inference.equivalence import equivalence_p

NAN = math.nan


@pytest.mark.parametrize("difference", [-0.2, -0.05, 0.0, 0.07, 0.3])
@pytest.mark.parametrize("freedom", [2, 4.5, 30])
def test_both_tests_and_the_interval_say_the_same(difference, freedom):
    error, margin = 0.03, 0.12
    below = stats.t.sf((difference + margin) / error, freedom)
    above = stats.t.cdf((difference - margin) / error, freedom)
    p = equivalence_p(difference, error, freedom, margin)
    assert p == pytest.approx(max(below, above), abs=1e-12)
    interval = t_interval(difference, error, freedom, 0.9)
    assert (p <= 0.05) == (-margin <= interval.low and interval.high <= margin)


def test_nothing_is_known_without_an_error():
    assert all(
        math.isnan(equivalence_p(*case, margin=0.1))
        for case in ((0.0, 0.0, 3), (0.0, NAN, 3), (NAN, 1.0, 3), (0.0, 1.0, NAN))
    )


ASKED = ("elementwise_correlation", "classwise_correlation", "precision_at_1", "robinson_foulds")
CASES = {
    "one run each": ({"a": 1, "b": 1}, "jackknife over classes"),
    "as many runs": ({"a": 3, "b": 3}, "paired t over runs"),
    "other numbers": ({"a": 4, "b": 2}, "Hsu's t over runs"),
}


@pytest.mark.parametrize("case", CASES)
def test_every_column_of_the_table(case):
    counts, test = CASES[case]
    sources = {
        name: [model(10 * place + run, 1.0 + place) for run in range(count)]
        for place, (name, count) in enumerate(counts.items())
    }
    found = ht.compare(sources, RANKED, permutations=0, levels=[0], scores=ASKED)
    margins = {"elementwise_correlation": 0.5, "classwise_correlation": 0.8,
               "precision_at_1": 0.9, "robinson_foulds": 0.3}  # fmt: skip
    rows = []
    for difference in found.differences.to_dict("records"):
        score = difference["score"]
        level = 0 if score == "precision_at_1" else None
        x, y = ([run.value(score) for run in found.comparisons[name]] for name in counts)
        few = score in ("precision_at_1", "robinson_foulds")
        error, freedom, note = NAN, NAN, difference["note"]
        if few and test == "paired t over runs":
            note = f"no test of equivalence: {note}"
        elif few and test == "Hsu's t over runs":
            assert note.startswith("no test: 4 and 2 runs of a score of few values")
        elif test == "paired t over runs":
            error, freedom = np.std(np.subtract(x, y), ddof=1) / math.sqrt(3), 2
        elif test == "Hsu's t over runs":
            error = math.sqrt(np.var(x, ddof=1) / 4 + np.var(y, ddof=1) / 2)
            freedom = 1
        elif score == "robinson_foulds":
            assert note == "no test: single runs, and no interval over classes"
        else:
            left = [
                replicates(found[name].distances.square(), RANKED)[score, level] for name in counts
            ]
            without = np.subtract(*left)
            error = np.std(without) * math.sqrt(len(without) - 1)
            freedom = (8 if score == "precision_at_1" else 9) - 1
        centre, margin = difference["difference"], margins[score]
        p = stats.t.cdf((abs(centre) - margin) / error, freedom)
        half = stats.t.ppf(0.95, freedom) * error
        rows.append(
            {
                "score": score, "level": level, "rank": "order" if level == 0 else None, "k": None,
                "model_a": "a", "model_b": "b", "difference": centre, "margin": margin,
                "ci_low": centre - half, "ci_high": centre + half, "p_value": float(p),
                "p_holm": NAN, "test": "" if math.isnan(p) else f"two one-sided, {test}",
                "status": "not tested" if math.isnan(p) else "ok", "note": note,
            }
        )  # fmt: skip
    for row, adjusted in zip(rows, holm([row["p_value"] for row in rows]), strict=True):
        row["p_holm"] = adjusted
    assert_defined(found.equivalence(margins), rows, rel=1e-7)
    assert found.equivalence(margins)["p_value"].notna().sum() == (3 if case == "one run each"
                                                                   else 2)  # fmt: skip


def test_a_number_is_a_margin_of_what_ends_at_1_and_a_loaded_result_is_tested_over_runs():
    sources = {"a": [model(s) for s in range(3)], "b": [model(s) for s in range(3, 6)]}
    found = ht.compare(sources, RANKED, permutations=0)
    table = found.equivalence(0.2)
    assert set(table["margin"]) == {0.2}
    assert "robinson_foulds_raw" not in set(table["score"])
    named = found.equivalence({"robinson_foulds_raw": 3.0})
    assert named[["score", "margin"]].to_numpy().tolist() == [["robinson_foulds_raw", 3.0]]
    loaded = ht.ComparisonSet.from_json(found.to_json()).equivalence(0.2)
    assert loaded.to_csv() == table.to_csv()


def test_bad_margins_are_refused_in_one_sentence():
    found = ht.compare({"a": model(0), "b": model(1)}, RANKED, permutations=0)
    for margin, told in (
        (0.0, "margin must be a positive number; got 0.0."),
        ({"triplets": 0.1}, "score of margin has no option 'triplets'"),
        ({"r_precision": -1}, "margin of r_precision must be a positive number; got -1."),
    ):
        with pytest.raises(OptionError, match=told):
            found.equivalence(margin)
    raw = ht.compare({"a": model(0), "b": model(1)}, RANKED, permutations=0,
                     scores="robinson_foulds_raw")  # fmt: skip
    for tested, size in ((found, {}), (raw, 0.1)):
        told = "names no score: the mapping is empty" if size == {} else (
            "=0.1 is meant in scores on a scale that ends at 1, and there is none; name the score: "
        )  # fmt: skip
        with pytest.raises(OptionError, match=f"margin ?{told}"):
            tested.equivalence(size)
        with pytest.raises(OptionError, match=f"difference ?{told}"):
            tested.plan(size)
    with pytest.raises(OptionError, match="equivalence is between two models"):
        ht.compare({"a": [model(0), model(1)]}, RANKED, permutations=0).equivalence(0.1)


@pytest.mark.parametrize("n", [3, 5])
def test_models_that_are_just_the_margin_apart_are_seldom_called_equivalent(n):
    rng = np.random.default_rng(0)
    margin, count = 0.9, 4000
    apart = margin + 0.3 * rng.normal(size=(count, n))
    errors = apart.std(axis=1, ddof=1) / math.sqrt(n)
    p = [equivalence_p(d, e, n - 1, margin) for d, e in zip(apart.mean(axis=1), errors)]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.014)  # 4 errors
