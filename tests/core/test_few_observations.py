"""No p-value and no interval from a handful of observations."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import hiertools as ht
from hiertools.comparison.differences import Run, differences
from hiertools.comparison.scores.correlations import ELEMENTWISE
from hiertools.comparison.scoring import _add_intervals, score_problem, with_company
from hiertools.inference import (
    beyond_rounding,
    jackknife_interval,
    permutations,
    relabellings,
    runs_interval,
    share_interval,
    sign_flip_p,
    summarise_null,
)
from hiertools.results.table import Key

pytestmark = pytest.mark.arithmetic()

NAN = math.nan
E, C, P, T = (
    Key("elementwise_correlation"), Key("clustering_information"), Key("precision_at_1", 0),
    Key("triplet"),
)  # fmt: skip


def outcome(a, b, key=C, **more):
    """The test of models whose runs gave these values, and others of a second score."""
    rng = np.random.default_rng(0)
    models = {
        name: [Run({key: x, E: rng.random()}, {}, {key: 20}, **more) for x in values]
        for name, values in (("a", a), ("b", b))
    }
    frame = differences(models)
    return frame[frame["score"] == key.score].iloc[0]


# ---- several runs


def literal_sign_flips(apart):
    sums = [abs(np.dot(signs, apart)) for signs in itertools.product((1, -1), repeat=len(apart))]
    return sum(x >= abs(sum(apart)) - 1e-12 for x in sums) / len(sums)


@pytest.mark.parametrize("n", range(1, 8))
def test_sign_flips_are_their_definition(n):
    rng = np.random.default_rng(n)
    for apart in (rng.normal(size=n), rng.integers(-2, 3, n) / 10, np.full(n, 0.1)):
        assert sign_flip_p(apart) == literal_sign_flips(apart)
    assert sign_flip_p(np.full(n, -0.3)) == 2.0 ** (1 - n)
    # Sums in another order differ in the last digits only: 0.1 + 0.2 - 0.3 is not 0.
    assert sign_flip_p([0.1, 0.2, -0.3]) == sign_flip_p([0.3, -0.1, -0.2]) == 1.0


@pytest.mark.parametrize("n", [2, 3, 5])
def test_few_runs_of_a_score_of_few_values_are_turned_round(n):
    a, b = np.array([0.9, 0.8, 0.95, 0.9, 0.85])[:n], np.array([0.1, 0.05, 0.1, 0.0, 0.05])[:n]
    for name in (
        "precision_at_1", "r_precision", "robinson_foulds", "robinson_foulds_raw",
        "robinson_foulds_unrooted", "matching_split", "fowlkes_mallows",
    ):  # fmt: skip
        row = outcome(a, b, Key(name))
        assert row["p_value"] == 2.0 ** (1 - n) > 0.05
        assert row["test"] == "sign flips over runs"
        assert row["status"] == "ok"
        assert row["note"] == (
            f"over {n} runs of a score of few values, p is never below {2.0 ** (1 - n):g}, and "
            "there is no 95 % interval"
        )
        assert np.isnan([row["ci_low"], row["ci_high"]]).all()
    distinct = outcome(a + np.arange(n) / 1000, b + np.arange(n) ** 2 / 3000)
    assert distinct["test"] == "paired t over runs"
    assert distinct["note"] == ""


def test_from_six_runs_on_it_is_students_t():
    a, b = np.array([0.9, 0.8, 0.9, 0.9, 0.85, 0.9]), np.array([0.7, 0.8, 0.8, 0.7, 0.75, 0.8])
    row = outcome(a, b, P)
    told = stats.ttest_rel(a, b)
    assert row["test"] == "paired t over runs"
    assert row["p_value"] == pytest.approx(told.pvalue)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(tuple(told.confidence_interval()))


def test_a_score_that_repeats_takes_few_values():
    row = outcome([0.5, 0.5, 0.7], [0.1, 0.2, 0.15])
    assert (row["test"], row["p_value"]) == ("sign flips over runs", 0.25)
    assert outcome([0.1, 0.2, 0.15], [0.5, 0.7, 0.5])["test"] == "sign flips over runs"
    apart, together = 0.5 + 1.1e-6 * 0.7, 0.5 + 0.9e-6 * 0.7
    assert outcome([0.5, 0.7, apart], [0.1, 0.2, 0.15])["test"] == "paired t over runs"
    assert outcome([0.5, 0.7, together], [0.1, 0.2, 0.15])["test"] == "sign flips over runs"


def test_other_numbers_of_runs():
    a, b = [0.5, 0.62, 0.55, 0.57], [0.31, 0.38]
    row = outcome(a, b)
    assert row["test"] == "Hsu's t over runs"
    told = stats.ttest_ind(a, b, equal_var=False)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(told.statistic), 1))
    ten = [*a, 0.6, 0.4, 0.45, 0.52, 0.41, 0.49]
    assert outcome(ten, ten[2:7])["test"] == "Hsu's t over runs"
    assert outcome(ten, ten[2:8])["test"] == "Welch's t over runs"
    few = outcome(a, b, P)
    assert np.isnan(few["p_value"])
    assert few["note"] == "no test: 4 and 2 runs of a score of few values; give both as many"
    assert outcome(b, a, P)["note"].startswith("no test: 2 and 4 runs")
    assert outcome([0.5, 0.5, 0.55], b)["note"].startswith("no test: 3 and 2 runs")
    assert outcome(b, [0.5, 0.5, 0.55])["note"].startswith("no test: 2 and 3 runs")
    six = [0.31, 0.38, 0.33, 0.36, 0.35, 0.32]
    assert outcome([*a, 0.6, 0.4, 0.45], six, P)["test"] == "Welch's t over runs"
    assert outcome(six[:5], [*a, 0.6, 0.4, 0.45], P)["note"].startswith("no test: 5 and 7 runs")


def test_runs_that_differ_by_rounding_are_alike():
    # To what single precision keeps: the same seed on other hardware is not another seed.
    assert beyond_rounding(1.1e-6, 1.0, share=1e-6) == 1.1e-6
    assert beyond_rounding(0.9e-6, 1.0, share=1e-6) == 0
    assert math.isnan(runs_interval([0.5, 0.5 + 0.9e-6]).low)
    assert runs_interval([0.5, 0.5 + 1.1e-6]).low < 0.5
    row = outcome([0.5, 0.7], [0.4, 0.6 + 0.9e-6])
    assert np.isnan([row["p_value"], row["ci_low"]]).all()
    assert row["note"] == (
        "no test: the difference is the same in all pairs of runs, so its spread is unknown"
    )
    assert outcome([0.5, 0.7], [0.4, 0.6 + 1.5e-6])["p_value"] < 1e-3
    alike = outcome([0.5, 0.5, 0.5 + 2e-7], [0.4, 0.4 + 1e-7])
    assert alike["note"].startswith("no test: all runs of each model give the same value")
    assert outcome([0.5, 0.6], [0.4])["note"] == "no test: one of the models has a single run"
    assert outcome([0.5], [0.4, 0.3])["note"] == "no test: one of the models has a single run"
    undefined = outcome([0.5, NAN], [0.4, 0.3])
    assert undefined["note"] == "no test: undefined for one of the two"
    assert undefined["better_model"] == ""


def test_a_run_given_twice_is_one_run():
    def of(*runs):
        return [Run({E: x, C: y, P: 0.5}, {}, {}) for x, y in runs]

    once = of((0.1, 0.2), (0.3, 0.5), (0.2, 0.4))
    twice = of((0.4, 0.6), (0.45, 0.8), (0.4, 0.6 + 1e-8))
    for models in ({"m": once, "n": twice}, {"n": twice, "m": once}):
        found = differences(models)
        assert found["p_value"].isna().all()
        assert (found["status"] == "not tested").all()
        assert set(found["note"]) == {
            "no test: runs 1 and 3 of n are alike in every score, as one run is"
        }
    # Alike in one score, or where all scores take few values, they may well be two.
    half = of((0.4, 0.6), (0.45, 0.8), (0.4, 0.7))
    assert differences({"m": once, "n": half})["p_value"].notna().sum() == 2
    few = [Run({P: x}, {}, {}) for x in (0.5, 0.5, 0.75)]
    other = [Run({P: x}, {}, {}) for x in (0.25, 0.5, 0.25)]
    assert differences({"m": few, "n": other})["p_value"].tolist() == [0.5]
    undefined = [Run({C: NAN, P: x}, {}, {}) for x in (0.5, 0.5, 0.75)]
    assert "alike" not in "".join(differences({"m": undefined, "n": undefined})["note"])


def test_runs_of_few_classes_may_be_alike_in_every_score_and_are_told_by_their_distances():
    def of(*runs):
        return [Run({E: x}, {}, {}, np.array(d)) for x, d in runs]

    three = of((0.5, [1.0, 2.0, 3.0]), (0.5, [1.0, 2.5, 3.0]), (-0.5, [3.0, 2.0, 1.0]))
    other = of((0.5, [1.1, 2.0, 3.0]), (-0.5, [2.0, 1.5, 1.0]), (-0.5, [3.0, 2.1, 1.0]))
    (row,) = differences({"m": three, "n": other}).to_dict("records")
    assert (row["test"], row["p_value"]) == ("sign flips over runs", 1.0)
    # One run, read in other digits: alike in its distances, also where no score tells it.
    again = of((0.5, [1.0, 2.0, 3.0]), (-0.5, [3.0, 2.0, 1.0]), (0.5, [1.0, 2.0 + 1e-7, 3.0]))
    by_few = [[run._replace(values={P: 0.5}) for run in runs] for runs in (again, other)]
    for models in (again, other), by_few:
        (row,) = differences(dict(zip("mn", models))).to_dict("records")
        assert row["note"] == "no test: runs 1 and 3 of m are alike in every score, as one run is"
    tree = ht.as_tree({"a": "g/a", "b": "g/b", "c": "c"})
    sources = {
        name: [ht.ClassRepresentatives(np.random.default_rng(10 * i + j).normal(size=(3, 2)),
                                       list("abc")) for j in range(4)]
        for i, name in enumerate("mn")
    }  # fmt: skip
    found = ht.compare(sources, tree, permutations=0, scores="elementwise_correlation")
    assert found.differences["note"].str.contains("sign flips|never below").all()


def test_equally_good_models_of_two_runs_are_not_told_apart_by_clades():
    # Clades found by chance, 19 of 40 or so, made Student's t reject in 16 %.
    rng = np.random.default_rng(0)
    p = []
    for _ in range(200):
        a, b = rng.binomial(40, 0.5, (2, 2)) / 40
        p.append(outcome(a, b, Key("robinson_foulds"))["p_value"])
    assert np.nanmin(p) == 0.5


# ---- one run each


def single(n_classes, informing, apart=0.3, key=P):
    """Two models whose difference varies with the class left out."""
    rng = np.random.default_rng(1)
    left_out = apart + 0.01 * rng.normal(size=n_classes)
    runs = (
        Run({key: 0.4 + apart}, {key: 0.4 + left_out}, {key: informing}),
        Run({key: 0.4}, {key: np.full(n_classes, 0.4)}, {key: informing + 1}),
    )
    row = differences({"a": runs[:1], "b": runs[1:]}).iloc[0]
    error = math.sqrt((n_classes - 1) / n_classes * ((left_out - left_out.mean()) ** 2).sum())
    return row, error


def test_degrees_of_freedom_are_those_of_the_classes_that_inform():
    for n, informing in ((40, 6), (40, 12), (8, 30)):
        row, error = single(n, informing)
        freedom = min(n, informing) - 1
        assert row["p_value"] == pytest.approx(2 * stats.t.sf(0.3 / error, freedom))
        half = stats.t.ppf(0.975, freedom) * error
        assert (row["ci_low"], row["ci_high"]) == pytest.approx((0.3 - half, 0.3 + half))
        assert row["test"] == "jackknife over classes"
    row, _ = single(40, 5)
    assert np.isnan(row["p_value"])
    assert row["note"] == "no test: fewer than six classes inform it"
    nothing = Run({P: 0.4}, {P: np.full(40, NAN)}, {P: 40})
    assert differences({"a": [nothing], "b": [nothing]})["note"].tolist() == [
        "no test: fewer than six classes inform it"
    ]
    flat, level = (Run({P: x}, {P: np.full(40, x)}, {P: 40}) for x in (0.4, 0.7))
    row = differences({"a": [flat], "b": [level]}).iloc[0]
    assert row["note"] == (
        "no test: it stays the same whichever class is left out, so its spread is unknown"
    )
    bare = Run({P: 0.5}, {}, {P: 40})
    for pair in ((bare, flat), (flat, bare)):
        row = differences({"a": pair[:1], "b": pair[1:]}).iloc[0]
        assert row["note"] == "no test: single runs, and no interval over classes"


def test_one_pair_with_company_tells_nothing():
    # It was "near better than far by 1.000, p < 0.0001".
    tree = ht.ClassTree.from_newick("((a,b),c,d,e,f,g,h,i,j);")
    rng = np.random.default_rng(0)
    vectors = dict(zip("abcdefghij", rng.normal(size=(10, 6))))
    near = {**vectors, "a": vectors["b"] + 0.1}
    result = ht.compare(
        {"near": near, "far": vectors}, tree, permutations=0,
        scores=["precision_at_1", "r_precision", "map_at_r", "triplet", "quartet"],
    )  # fmt: skip
    assert (result.differences["difference"].abs() > 0.5).any()
    assert result.differences["p_value"].isna().all()
    assert set(result.differences["note"]) == {"no test: fewer than six classes inform it"}
    scores = result.scores
    assert scores[["ci_low", "ci_high"]].isna().all(axis=None)
    assert set(scores["note"]) == {"no interval: 2 classes inform it, and three are the fewest"}


@pytest.mark.parametrize(
    ("newick", "n"),
    [
        ("((a,b),c,d);", 2),
        ("(a,b,c,d);", 0),
        ("((a,b),(c,d));", 4),
        ("(((a,b),c),d);", 3),
        ("((((a,b),c),d),e);", 4),
        ("(d,((b,(a,c)),(e)));", 4),
        ("((a,b,c,d));", 0),
        ("(((a,b),(c,d)),(e,f),(g),h);", 6),
        ("(h,(g),(e,f),((a,b),(c,d)));", 6),
    ],
)
def test_classes_with_company(newick, n):
    tree = ht.ClassTree.from_newick(newick)
    assert with_company(tree) == n
    everyone = len(tree.classes)
    told = {name for clade in ht.clades(tree) if 1 < len(clade) < everyone for name in clade}
    assert len(told) == n


# ---- intervals


def test_a_share_never_claims_more_than_its_classes():
    # Expected retrieval: every class has 0.3, whichever is left out.
    flat = share_interval(0.3, [0.3] * 20, 20)
    t = stats.t.ppf(0.975, 19)
    for end in (flat.low, flat.high):
        assert abs(0.3 - end) == pytest.approx(t * math.sqrt(end * (1 - end) / 20))
    # Nor where they hardly vary; nor more than their error allows.
    steady = share_interval(0.3, 0.3 + 1e-4 * np.tile([-1, 1], 10), 20)
    assert (steady.low, steady.high) == pytest.approx((flat.low, flat.high))
    loose = share_interval(0.3, 0.3 + 0.05 * np.tile([-1, 1], 10), 20)
    n = 0.21 / loose.standard_error**2
    assert n < 20
    for end in (loose.low, loose.high):
        assert abs(0.3 - end) == pytest.approx(t * math.sqrt(end * (1 - end) / n))
    few = share_interval(0.3, [0.3] * 20, 4)
    assert few.degrees_of_freedom == 3
    assert math.isnan(share_interval(0.3, [0.3] * 20, 2).low)
    assert share_interval(0.3, [0.3] * 20, 3).low > 0


def test_the_jackknife_counts_the_units_that_inform():
    replicates = [0.1, 0.5, 0.3, 0.4]
    for n_classes, freedom in ((3, 2), (4, 3), (5, 3)):
        found = jackknife_interval(0.3, replicates, n_classes=n_classes)
        half = stats.t.ppf(0.975, freedom) * found.standard_error
        assert (found.low, found.high) == pytest.approx((0.3 - half, 0.3 + half))
        assert found.degrees_of_freedom == freedom
    assert math.isnan(jackknife_interval(0.3, replicates, n_classes=2).standard_error)


def compared(newick, noise=0.0, **options):
    """A model that follows a tree, with noise."""
    tree = ht.ClassTree.from_newick(newick)
    paths = ht.path_distances(tree, tree.classes)[np.triu_indices(tree.n_classes, 1)]
    d = paths + noise * np.random.default_rng(0).random(paths.size)
    reps = ht.DistanceMatrix(d, tree.classes)
    frame = ht.compare(reps, tree, **{"permutations": 0, "scores": "all", **options}).scores
    return frame.set_index("score")


AT_BEST = "no interval: at the best attainable value, leaving out classes tells nothing"


def test_no_interval_passes_a_ceiling():
    for noise in (0.0, 0.01, 0.9, 2.0, 4.0):
        frame = compared("(((a,b,c),(d,e)),((f,g,h),(i,j)));", noise)
        known = frame.dropna(subset=["ceiling", "ci_high"])
        assert ((known["ci_high"] <= known["ceiling"]) | (known["better"] == "lower")).all()
        # Pearson's, unlike ranks, sees noise that changes no order: its interval is as short.
        ranked = frame.drop(index="pearson_correlation") if noise == 0.01 else frame
        assert (ranked["ci_high"] - ranked["ci_low"]).dropna().gt(0.01).all()
        if noise <= 2.0:
            for name in ("elementwise_correlation", "classwise_correlation"):
                assert np.isnan(frame.loc[name, "ci_high"])
                assert frame.loc[name, "note"] == AT_BEST
        else:
            assert frame.loc["elementwise_correlation", "ci_high"] > 0
    assert frame["note"].str.contains("no interval: at").sum() == 0


def test_no_interval_over_runs_passes_what_is_possible():
    tree = ht.ClassTree.from_newick("(((a,b,c),(d,e)),((f,g,h),(i,j)));")
    most = {name: score.best for name, score in ht.SCORES.items()}
    seen = set()
    for seed in range(6):
        rng = np.random.default_rng(seed)
        place = rng.normal(size=(4, 3))[[0, 0, 0, 1, 1, 2, 2, 2, 3, 3]]
        runs = [
            ht.ClassRepresentatives(place + size * rng.normal(size=(10, 3)), tree.classes)
            for size in (0.3 + 0.1 * seed, 2.0)
        ]
        result = ht.compare({"m": runs}, tree, permutations=0, intervals=False, scores="all")
        for row in result.scores.dropna(subset=["ci_low"]).to_dict("records"):
            name, low, high = row["score"], row["ci_low"], row["ci_high"]
            which = {key: row[key] for key in ("level", "k") if not pd.isna(row[key])}
            values = [run.value(name, **which) for run in result.comparisons["m"]]
            half = stats.t.ppf(0.975, 1) * abs(values[0] - values[1]) / 2
            mean = np.mean(values)
            best = most[name] if math.isnan(row["ceiling"]) else row["ceiling"]
            signed = name.endswith("correlation") or name in ("bakers_gamma", "kendall_tau_a")
            if row["better"] == "higher":
                least, top = (-1.0 if signed else 0.0), max(mean, best)
            else:
                unbound = name in (
                    "robinson_foulds_raw", "matching_split", "path_difference", "dasgupta_cost",
                )  # fmt: skip
                least, top = min(mean, best), math.inf if unbound else 1.0
            assert (low, high) == pytest.approx((max(least, mean - half), min(top, mean + half)))
            if mean - half < least:
                seen.add((name, "low"))
            if mean + half > top:
                seen.add((name, "high"))
    for name in ("elementwise_correlation", "bakers_gamma", "map_at_r"):
        assert {(name, "low"), (name, "high")} <= seen
    for name in ("robinson_foulds", "clustering_information", "triplet", "quartet"):
        assert (name, "high") in seen


def test_where_there_is_no_interval_it_says_why():
    for newick in ("((a,b),c);", "((a,b),(c,d));", "((a,b),(c,d,e));", "(((a,b),c),(d,e),f);"):
        for noise in (0.0, 0.1, 3.0):
            frame = compared(newick, noise)
            without = frame[frame["ci_low"].isna()]
            assert (without["note"] != "").all()
            defined = without[without["value"].notna()]
            assert defined["note"].str.contains("no interval").all()
    frame = compared("((a,b),(c,d,e));")
    for name in ("triplet", "quartet"):
        assert frame.loc[name, "note"].endswith(
            "no interval: with some of the classes left out, it is undefined"
        )
    none = compared("((a,b),(c,d,e));", intervals=False)
    assert not none["note"].str.contains("no interval").any()
    assert none["ci_low"].isna().all()


def test_a_value_that_no_class_left_out_changes_has_no_interval():
    for replicates, n, why in (
        ([0.4] * 9, 9, "the value stays the same whichever class is left out"),
        ([0.4] * 9, 2, "2 classes inform it, and three are the fewest"),
        ([0.4, 0.5, NAN], 3, "with some of the classes left out, it is undefined"),
        ([0.3, 0.4, 0.5], 3, ""),
    ):
        row = {"score": E.score, "value": 0.4, "ceiling": 0.9, "note": "told", "ci_low": NAN}
        _add_intervals([row], ELEMENTWISE, np.array([replicates]), [n])
        assert row["note"] == (f"told; no interval: {why}" if why else "told")
        assert math.isnan(row["ci_low"]) == bool(why)
    # With no ceiling known, 1 is the most.
    row = {"score": E.score, "value": 0.4, "ceiling": NAN, "note": ""}
    _add_intervals([row], ELEMENTWISE, np.array([[0.1, 0.9, 0.4]]), [3])
    assert (row["ci_low"], row["ci_high"], row["note"]) == (-1.0, 1.0, "")


def test_a_class_and_two_others_have_no_correlation():
    # It was 0.000 whatever the model: the cap at two values.
    row = compared("((a,b),c);", 0.1).loc["classwise_correlation"]
    assert math.isnan(row["value"])
    assert row["status"] == "undefined: too few classes"
    assert row["note"] == "undefined: the correlation of a class with two others is always -1 or 1"
    assert compared("((a,b),(c,d));", 0.1).loc["classwise_correlation", "value"] == 0.75
    paper = compared("((a,b),c);", 0.1, settings="paper")
    assert not math.isnan(paper.loc["classwise_correlation", "value"])


# ---- chance


def test_all_relabellings_where_there_are_few():
    for n, count in ((3, 6), (4, 24), (6, 999)):
        drawn, exact = relabellings(n, count, 0)
        assert exact
        assert {tuple(row) for row in drawn.tolist()} == set(itertools.permutations(range(n)))
        assert len(drawn) == math.factorial(n)
    # In a random order, that the first of them stand for all where a score is dear.
    assert drawn[:5].tolist() != relabellings(6, 999, 1)[0][:5].tolist()
    for n, count in ((3, 5), (4, 23), (7, 999), (3, 0), (200, 9)):
        drawn, exact = relabellings(n, count, 0)
        assert not exact
        assert drawn.tolist() == permutations(n, count, 0).tolist()
    assert summarise_null(2, [0, 1, 2, 2], exact=True).p_value == 0.5
    assert summarise_null(2, [0, 1, 2, 2]).p_value == 0.6
    assert summarise_null(3, [0, 1, 2, 2], exact=True).p_value == 0.25


def test_p_is_exact_for_few_classes():
    row = compared("((a,b),c);", 0.1, permutations=999).loc["elementwise_correlation"]
    assert row["p_value"] == pytest.approx(1 / 3)  # of six relabellings, two leave the tree
    assert row["n_permutations"] == 6
    frame = compared("(((a,b),c),(d,e));", 0.1, permutations=999)
    assert frame.loc["elementwise_correlation", "p_value"] == pytest.approx(4 / 120)
    assert compared("((a,b),c);", 0.1, permutations=5)["n_permutations"].max() == 5


def test_a_null_cut_by_the_budget_is_not_all_there_is(monkeypatch):
    from hiertools.comparison import scoring

    monkeypatch.setattr(scoring, "BUDGET", 1.0)
    found = compared("(((a,b),c),(d,e));", 0.1, permutations=999).loc["elementwise_correlation"]
    assert found["n_permutations"] == 99
    assert found["p_value"] * 100 == pytest.approx(round(found["p_value"] * 100))


def test_budgeted_relabellings_keep_their_level(monkeypatch):
    from hiertools.comparison import scoring

    monkeypatch.setattr(scoring, "BUDGET", 1.0)
    tree = ht.sort_classes(ht.ClassTree.from_newick("((a,b,c),(d,e,f),(g,h,i));"))
    p = []
    for seed in range(100):
        reps = ht.ClassRepresentatives(
            np.random.default_rng(seed).normal(size=(9, 4)), tree.classes
        )
        frame = ht.compare(
            reps, tree, scores="elementwise_correlation", intervals=False, random_state=seed
        ).scores
        assert frame["n_permutations"].tolist() == [99]
        p.append(frame["p_value"].iloc[0])
    assert min(p) >= 0.01
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.11
    assert 0.4 < np.mean(p) < 0.6


def test_scored_tells_how_many_classes_inform():
    from test_compare import problem

    given = problem()
    names = ["elementwise_correlation", "classwise_correlation", "precision_at_1", "triplet"]
    scored = score_problem(given, names, permutations=0, intervals=False)
    assert scored.informing == {
        E: 14, Key("classwise_correlation"): 14, P: 13, Key("precision_at_1", 1): 12, T: 13
    }  # fmt: skip
    assert scored.replicates == {}


# ---- what is told of two models


def test_single_runs_differ_by_the_jackknife_of_their_difference():
    rng = np.random.default_rng(2)
    without = rng.normal(0.5, 0.01, (2, 9)) + rng.normal(0, 0.05, 9)
    a, b = ([Run({C: x}, {C: left}, {C: 9})] for x, left in zip((0.6, 0.5), without))
    row = differences({"a": a, "b": b}).iloc[0]
    apart = without[0] - without[1]
    error = np.sqrt(8 / 9 * ((apart - apart.mean()) ** 2).sum())
    ends = stats.t.interval(0.95, 8, 0.1, error)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(ends)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(0.1 / error, 8))
    assert row["test"] == "jackknife over classes"


def test_models_as_good_as_each_other_have_no_better_one():
    assert outcome([0.4, 0.6], [0.5, 0.5], P)["better_model"] == ""
    assert outcome([0.4, 0.6], [0.5, 0.4], P)["better_model"] == "a"
    assert outcome([2.5, 3.5], [1.0, 3.0])["difference"] == 1.0
    assert outcome([2.5, 3.5], [1.0, 3.0], P)["better_model"] == "a"
    assert outcome([1.0, 3.0], [2.5, 3.5], P)["better_model"] == "b"


def test_values_of_0_repeat_and_small_ones_are_held_to_their_size():
    assert outcome([0.0, 0.0, -1.0], [-0.1, -0.2, -0.15])["test"] == "sign flips over runs"
    assert outcome([0.0, 0.0, 0.0], [0.1, 0.2, 0.15])["test"] == "sign flips over runs"
    for values, twice in (((0.0, 0.0), True), ((1e-3, 1.0001e-3), False), ((1e3, 1e3), True)):
        a, b = ([Run({E: x}, {}, {E: 20}) for x in v] for v in (values, (0.3, 0.7)))
        note = differences({"a": a, "b": b}).iloc[0]["note"]
        assert ("runs 1 and 2 of a are alike" in note) == twice
