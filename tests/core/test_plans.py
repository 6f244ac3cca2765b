"""What would a design find? Beside SciPy's noncentral t, and by simulation."""

import math

import numpy as np
import pytest
from literal import assert_defined
from literal_scores import RANKED, model
from scipy import stats

import hiertools as ht
from hiertools.errors import OptionError
from hiertools.inference.components import class_parts, crossed_components
from hiertools.inference.power import detectable, needed, spread_limit, t_power

NAN = math.nan


@pytest.mark.parametrize("n", [2, 3, 10, 200])
@pytest.mark.parametrize("difference", [0.0, 0.05, -0.3, 2.0])
def test_power_is_that_of_the_noncentral_t(n, difference):
    error = 0.2 / math.sqrt(n)
    critical = stats.t.ppf(0.975, n - 1)
    apart = abs(difference) / error
    with np.errstate(all="ignore"):  # older SciPy divides by zero on its way
        literal = stats.nct.sf(critical, n - 1, apart) + stats.nct.cdf(-critical, n - 1, apart)
    literal = 1.0 if math.isnan(literal) and apart > 30 else literal  # where SciPy's is lost
    assert t_power(difference, error, n - 1) == pytest.approx(literal, abs=1e-6)


def test_power_is_how_often_a_difference_is_found():
    rng = np.random.default_rng(0)
    apart = 0.5 + 0.6 * rng.normal(size=(20_000, 7))
    p = stats.ttest_1samp(apart, 0.0, axis=1).pvalue
    assert t_power(0.5, 0.6 / math.sqrt(7), 6) == pytest.approx((p <= 0.05).mean(), abs=0.01)


def test_what_is_detectable_is_detected_and_what_is_needed_is_the_least():
    least = detectable(0.1, 5, power=0.9, alpha=0.01)
    assert t_power(least, 0.1, 5, alpha=0.01) == pytest.approx(0.9, abs=1e-9)
    for difference in (0.05, 0.3, 5.0):
        n = needed(difference, lambda units: 0.4 / math.sqrt(units), power=0.8)
        assert t_power(difference, 0.4 / math.sqrt(n), n - 1) >= 0.8
        assert n == 2 or t_power(difference, 0.4 / math.sqrt(n - 1), n - 2) < 0.8
    assert needed(5.0, lambda units: 0.4 / math.sqrt(units), least=6) == 6
    assert needed(1e-9, lambda units: 0.4 / math.sqrt(units)) == math.inf
    undefined = (t_power(NAN, 1.0, 3), t_power(1.0, 0.0, 3), detectable(NAN, 3),
                 needed(0.0, lambda units: 1.0 / units), needed(1.0, lambda _: NAN),
                 spread_limit(1.0, 0), spread_limit(0.0, 3))  # fmt: skip
    assert all(map(math.isnan, undefined))


def test_a_spread_is_below_its_limit_as_often_as_told():
    rng = np.random.default_rng(1)
    spreads = rng.normal(size=(20_000, 4)).std(axis=1, ddof=1)
    limits = [spread_limit(s, 3) for s in spreads]
    assert np.mean(np.array(limits) >= 1.0) == pytest.approx(0.8, abs=0.01)
    assert spread_limit(2.0, 3) == pytest.approx(2 * math.sqrt(3 / stats.chi2.ppf(0.2, 3)))


ASKED = ("elementwise_correlation", "precision_at_1", "robinson_foulds")
CASES = {
    "one run each": {"a": 1, "b": 1},
    "as many runs": {"a": 3, "b": 3},
    "other numbers": {"a": 4, "b": 3},
    "one model": {"a": 3},
    "one run of one": {"a": 1, "b": 2},
}


def row_of(design, difference, planned, power, alpha):
    """Return the columns that follow from a spread per unit, and how many units there are."""
    spread, degrees, least, telling = design
    note = f"not tested with fewer than {least} runs of a score of few values"
    found = {"power": 0.0, "detectable": math.inf, "note": note}
    units = planned * telling
    if units >= least:
        error = spread / math.sqrt(units)
        found = {
            "power": t_power(difference, error, units - 1, alpha),
            "detectable": detectable(error, units - 1, power, alpha),
            "note": "",
        }

    def least_units(s):
        return float(math.ceil(
            needed(difference, lambda n: s / math.sqrt(n), power, alpha, least) / telling
        ))  # fmt: skip

    safe = spread * math.sqrt(degrees / stats.chi2.ppf(0.2, degrees))
    return {**found, "needed": least_units(spread), "needed_safe": least_units(safe)}


@pytest.mark.parametrize("classes", [None, 18])
@pytest.mark.parametrize("case", CASES)
def test_every_column_of_the_table(case, classes):
    counts = CASES[case]
    sources = {
        name: [model(10 * place + run, 1.0 + place) for run in range(count)]
        for place, (name, count) in enumerate(counts.items())
    }
    found = ht.compare(sources, RANKED, permutations=0, levels=[0], scores=ASKED)
    rows = []
    for first in found["a"].scores.to_dict("records"):
        score, level = first["score"], 0 if first["score"] == "precision_at_1" else None
        x, *rest = (
            np.array([run.value(score) for run in found.comparisons[name]]) for name in counts
        )
        y = rest[0] if rest else x
        few = score in ("precision_at_1", "robinson_foulds")
        told = {
            "score": score, "level": level, "rank": "order" if level == 0 else None, "k": None,
            "model_a": "a", "model_b": "b" if rest else "", "difference": 0.2, "over": "",
            "planned": None, "spread": NAN, "power": NAN, "detectable": NAN, "needed": NAN,
            "needed_safe": NAN, "status": "not tested", "note": "",
        }  # fmt: skip
        left = {
            name: [run.replicates.get(key) for run in runs for key in run.replicates
                   if (key.score, key.level) == (score, level)]
            for name, runs in found.evidence.items()
        }  # fmt: skip
        if case == "one run of one":
            told["note"] = "no plan: how far runs differ is unknown where a model has only one"
        elif case == "one run each":
            if score == "robinson_foulds":
                told["note"] = "no plan: single runs, and no interval over classes"
            else:
                m = 8 if level == 0 else 9
                without = np.subtract(left["a"][0], left["b"][0])
                spread = np.std(without) * math.sqrt(len(without) - 1) * math.sqrt(m)
                planned = classes or 9
                told |= {"over": "classes", "planned": planned, "spread": spread, "status": "ok",
                         **row_of((spread, m - 1, 6, m / 9), 0.2, planned, 0.7, 0.1)}  # fmt: skip
        else:
            paired = case == "as many runs"
            series = [(x - y, "ab")] if paired else [(x, "a"), (y, "b" if rest else "a")]
            spread = math.sqrt(sum(np.var(values, ddof=1) for values, _ in series))
            if few and case == "other numbers":
                told["note"] = "no plan: 4 and 3 runs of a score of few values; give both as many"
            elif spread == 0:
                told["note"] = "no plan: runs do not differ, so their spread is unknown"
            elif classes and score == "robinson_foulds":
                told["note"] = "no plan: how it varies with the number of classes is unknown"
            else:
                if classes:
                    parts = []
                    for values, names in series:
                        without = np.array(left[names[0]])
                        if paired:
                            without = without - left["b"]
                        whole = np.var(values, ddof=1)
                        both = crossed_components(class_parts(values, without)).both
                        both = min(max(both, 0.0), whole)
                        parts.append(whole - both + both * 9 / classes)
                    spread = math.sqrt(sum(parts))
                told |= {"over": "runs", "planned": 4, "spread": spread, "status": "ok",
                         **row_of((spread, 2, 6 if few else 2, 1.0), 0.2, 4, 0.7, 0.1)}  # fmt: skip
        rows.append(told)
    planned = None if case == "one run each" else 4
    table = found.plan(0.2, runs=planned, classes=classes, power=0.7, alpha=0.1)
    assert_defined(table, rows, rel=1e-6)


def test_what_can_not_be_planned_says_why():
    twice = ht.compare({"a": [model(0), model(0)]}, RANKED, permutations=0)
    (note,) = twice.plan({"classwise_correlation": 0.1})["note"]
    assert note == "no plan: runs 1 and 2 of a are alike in every score, as one run is"
    single = ht.compare({"a": model(0), "b": model(1)}, RANKED, permutations=0)
    (note,) = single.plan({"classwise_correlation": 0.1}, runs=5)["note"]
    assert note == "no plan: how far runs differ is unknown where a model has only one"
    for options, told in (
        ({"runs": 1}, "runs must be a whole number of at least 2"),
        ({"power": 1.0}, "power must be a number between 0 and 1"),
        ({"classes": 2}, "classes must be a whole number of at least 3"),
    ):
        with pytest.raises(OptionError, match=told):
            single.plan(0.1, **options)


def test_few_runs_that_sign_flips_can_tell_apart_have_no_known_power():
    models = {name: [model(3 * i + s) for s in range(3)] for i, name in enumerate("ab")}
    found = ht.compare(models, RANKED, permutations=0, scores="precision_at_1", levels=0)
    for runs, alpha in ((5, 0.0625), (5, 0.06)):
        (row,) = found.plan(0.2, runs=runs, alpha=alpha).to_dict("records")
        flips = "fewer than 6 runs of a score of few values are tested by sign flips: power unknown"
        if alpha < 2.0 ** (1 - runs):
            assert (row["power"], row["note"].startswith("not tested with fewer")) == (0.0, True)
        else:
            assert (math.isnan(row["power"]), row["note"]) == (True, flips)
        assert row["needed"] >= 6


def test_a_level_at_which_nothing_is_found_has_no_power():
    assert t_power(1e9, 0.3, 1, alpha=1e-310) == 0.0
    assert detectable(0.3, 1, alpha=1e-310) == math.inf
