"""The tables of a study: each number by its definition, and what decides none of them."""

import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hiertools import OptionError
from hiertools.inference.friedman import friedman
from hiertools.inference.paired_runs import hedges_gz
from hiertools_torch.studies.endpoints import read_endpoint
from hiertools_torch.studies.tables import study_table

SEEDS = 5


def rows_of(data, configuration, kind, score, values, seeds=None, **more):
    return [
        {"data": data, "configuration": configuration, "seed": seed, "kind": kind, "score": score,
         "level": np.nan, "value": value, "chance": np.nan, "p_value": np.nan} | more
        for seed, value in zip(seeds or range(len(values)), values, strict=True)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def table():
    """Two data sets, four configurations, three kinds of scores, five seeds that matter."""
    rng = np.random.default_rng(0)
    rows = []
    for data, step in (("drawings", 0.05), ("emoji", 0.0)):
        seed_effect = rng.normal(0, 0.02, SEEDS)
        for place, name in enumerate(("softmax", "normface", "proxydr", "corr")):

            def values(base, sign=1.0, shift=step * place + seed_effect):
                return base + sign * shift + rng.normal(0, 0.004, SEEDS)

            for kind in ("proxy", "prototype"):
                rows += rows_of(data, name, kind, "classwise_correlation", values(0.3),
                                chance=0.01 * place, p_value=0.001 * (1 + place))  # fmt: skip
                rows += rows_of(data, name, kind, "triplet", values(0.5, -1.0))
                for level in (0, 1):
                    rows += rows_of(data, name, kind, "map_at_r", values(0.4), level=level)
            rows += rows_of(data, name, "predictions", "accuracy", values(0.6))
    return pd.DataFrame(rows)


def values_of(table, data, configuration, kind, score, level=None):
    rows = table[(table["data"] == data) & (table["configuration"] == configuration)
                 & (table["kind"] == kind) & (table["score"] == score)]  # fmt: skip
    rows = rows[rows["level"].isna() if level is None else rows["level"] == level]
    return rows.sort_values("seed")["value"].to_numpy()


def cells(frame):
    for row in frame.to_dict("records"):
        yield row, None if pd.isna(row["level"]) else row["level"]


def literal_holm(p_values):
    """Step down: the least p times m, the next times m - 1, never below the one before."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    found, most = {}, 0.0
    for rank, i in enumerate(order):
        most = max(most, min(1.0, (len(p_values) - rank) * p_values[i]))
        found[i] = most
    return [found[i] for i in range(len(p_values))]


def test_the_summary_is_its_definition(table):
    found = study_table(table).summary
    assert len(found) == 2 * 4 * 9
    for row, level in cells(found):
        x = values_of(table, row["data"], row["configuration"], row["kind"], row["score"], level)
        assert row["mean"] == pytest.approx(sum(x) / SEEDS)
        sd = math.sqrt(sum((x - x.mean()) ** 2) / (SEEDS - 1))
        half = stats.t.ppf(0.975, SEEDS - 1) * sd / math.sqrt(SEEDS)
        assert row["sd"] == pytest.approx(sd)
        assert row["margin"] == pytest.approx(half)
        assert [row["ci_low"], row["ci_high"]] == pytest.approx([x.mean() - half, x.mean() + half])
        assert row["n_seeds"] == SEEDS
        assert row["better"] == ("lower" if row["score"] == "triplet" else "higher")
        place = ["softmax", "normface", "proxydr", "corr"].index(row["configuration"])
        known = row["score"] == "classwise_correlation"
        assert row["chance"] == pytest.approx(0.01 * place if known else np.nan, nan_ok=True)
        assert row["p_value"] == pytest.approx(
            0.001 * (1 + place) if known else np.nan, nan_ok=True
        )


def test_intervals_end_where_values_do(table):
    row = study_table(table.assign(value=[0.999, 0.9] * (len(table) // 2))).summary.iloc[0]
    assert row["ci_high"] == 1.0
    assert row["mean"] + row["margin"] > 1.0


def test_marks_are_tests_of_all_pairs(table):
    found = study_table(table).summary
    for (data, kind, score, level), part in found.groupby(
        ["data", "kind", "score", "level"], dropna=False
    ):
        level = None if pd.isna(level) else level
        names = list(part["configuration"])
        x = {name: values_of(table, data, name, kind, score, level) for name in names}
        pairs = list(itertools.combinations(names, 2))
        p = dict(zip(pairs, literal_holm([stats.ttest_rel(x[a], x[b]).pvalue for a, b in pairs])))
        pick = min if score == "triplet" else max
        best = pick(names, key=lambda name: x[name].mean())
        for name, mark in zip(names, part["mark"], strict=True):
            against = p.get((name, best), p.get((best, name)))
            assert mark == ("best" if name == best else "worse" if against <= 0.05 else "tied")
    assert {"best", "tied", "worse"} == set(found["mark"])


def test_comparisons_are_their_definitions(table):
    endpoints = ["proxy/classwise_correlation", "prototype/map_at_r", "predictions/accuracy"]
    found = study_table(table, reference="normface", endpoints=endpoints)
    frame = found.comparisons
    assert len(frame) == 2 * 3 * 9
    assert found.endpoints == (
        "proxy/classwise_correlation", "prototype/map_at_r/0", "prototype/map_at_r/1",
        "predictions/accuracy",
    )  # fmt: skip
    for row, level in cells(frame):
        where = row["data"], row["kind"], row["score"]
        a, b = (values_of(table, where[0], name, *where[1:], level)
                for name in (row["configuration"], "normface"))  # fmt: skip
        test = stats.ttest_rel(a, b)
        assert row["difference"] == pytest.approx((a - b).mean())
        assert row["p_value"] == pytest.approx(test.pvalue)
        ends = test.confidence_interval(0.95)
        assert [row["ci_low"], row["ci_high"]] == pytest.approx([ends.low, ends.high])
        d = a - b
        half = (SEEDS - 1) / 2
        factor = math.gamma(half) / (math.sqrt(half) * math.gamma(half - 0.5))
        assert row["effect_size"] == pytest.approx(factor * d.mean() / d.std(ddof=1))
        assert (row["test"], row["least_p"]) == ("paired t over runs", 0.0)
        name = f"{row['kind']}/{row['score']}"
        assert row["endpoint"] == (name in endpoints)
    family = frame[frame["endpoint"]]
    assert len(family) == 2 * 3 * 4
    assert family["p_holm"].to_list() == pytest.approx(literal_holm(family["p_value"].to_list()))
    assert frame[~frame["endpoint"]]["p_holm"].isna().all()
    for row, _ in cells(frame):
        ahead = row["difference"] * (-1 if row["score"] == "triplet" else 1) > 0
        told = "" if not row["p_holm"] <= 0.05 else "better" if ahead else "worse"
        assert row["is"] == told
    assert {"better", "worse", ""} == set(frame["is"])
    assert any("24 tests: 4 measures x 3 configurations x 2 data sets" in n for n in found.notes)
    assert any(
        note.startswith("30 comparisons of measures that are no endpoint") for note in found.notes
    )


def test_an_endpoint_is_a_measure_before_it_is_all_levels_of_one(table):
    leveled = table[table["score"] == "accuracy"].assign(level=1)
    both = study_table(pd.concat([table, leveled]), endpoints=["predictions/accuracy"])
    assert both.endpoints == ("predictions/accuracy",)


def test_a_name_of_an_endpoint_is_that_of_study_files(table):
    named = study_table(table, endpoints=["prototype/map_at_r/1"])
    assert named.endpoints == ("prototype/map_at_r/1",)
    measure = read_endpoint("prototype/map_at_r/1")
    assert (measure.endpoint, measure.label) == (*named.endpoints, "prototype/map_at_r, level 1")
    assert read_endpoint("predictions/top_k_accuracy@5").endpoint == "predictions/top_k_accuracy@5"
    with pytest.raises(OptionError, match="has no endpoint 'prototype/map_at_r, level 1'"):
        study_table(table, endpoints=["prototype/map_at_r, level 1"])


def test_without_endpoints_all_are_corrected_for(table):
    frame = study_table(table, reference="corr").comparisons
    assert frame["endpoint"].all()
    assert frame["p_holm"].to_list() == pytest.approx(literal_holm(frame["p_value"].to_list()))


def test_few_values_over_few_seeds_say_little_and_say_so():
    """Precision at 1 counts classes: signs are flipped, and five seeds can't reach 0.05."""
    rows = rows_of("d", "a", "proxy", "precision_at_1", [0.1, 0.2, 0.15, 0.1, 0.2], level=0)
    rows += rows_of("d", "b", "proxy", "precision_at_1", [0.8, 0.9, 0.9, 0.85, 0.95], level=0)
    found = study_table(pd.DataFrame(rows), reference="a")
    row = found.comparisons.iloc[0]
    assert (row["test"], row["p_value"], row["least_p"]) == ("sign flips over runs", 2**-4, 2**-4)
    assert row["is"] == ""
    assert list(found.summary["mark"]) == ["tied", "best"]
    assert any("their p is never below 0.0625" in note for note in found.notes)


def test_one_value_with_every_seed_is_no_sign_of_few_values():
    """Proxies fixed by the tree are the same with each seed; the others' spread is what counts."""
    rows = rows_of("d", "mds", "proxy", "classwise_correlation", [0.9] * 5)
    rows += rows_of("d", "b", "proxy", "classwise_correlation", [0.30, 0.31, 0.29, 0.32, 0.28])
    rows += rows_of("d", "mds2", "proxy", "classwise_correlation", [0.9] * 5)
    found = study_table(pd.DataFrame(rows), reference="b")
    assert set(found.comparisons["test"]) == {"paired t over runs"}
    assert list(found.comparisons["is"]) == ["better", "better"]
    marks = found.summary.set_index("configuration")
    assert marks["mark"].to_dict() == {"mds": "best", "b": "worse", "mds2": "best"}
    assert marks["note"]["mds"] == "no interval: all seeds give the same value"


def test_seeds_that_one_lacks_are_left_out_of_the_pairs_and_told(table):
    lacks = (table["configuration"] == "proxydr") & (table["seed"] >= 3)
    lacks &= table["data"] == "emoji"
    found = study_table(table[~lacks], reference="normface")
    row = next(
        row for row, level in cells(found.comparisons)
        if (row["data"], row["configuration"], row["score"]) == ("emoji", "proxydr", "accuracy")
    )  # fmt: skip
    assert row["n_seeds"] == 3
    a, b = (values_of(table, "emoji", name, "predictions", "accuracy")[:3]
            for name in ("proxydr", "normface"))  # fmt: skip
    assert row["p_value"] == pytest.approx(stats.ttest_rel(a, b).pvalue)
    assert (
        "proxydr on emoji lacks the seeds 3, 4: its means are over 3 of 5 seeds, tests over the "
        "seeds that both have." in found.notes
    )


def test_one_seed_has_no_interval_and_no_test(table):
    found = study_table(table[table["seed"] == 2], reference="softmax")
    assert found.summary[["ci_low", "ci_high", "margin", "sd"]].isna().all(axis=None)
    assert set(found.summary["note"]) == {"one seed: no interval"}
    assert set(found.summary["mark"]) == {"best", "untested"}
    assert found.comparisons[["p_value", "p_holm", "effect_size"]].isna().all(axis=None)
    assert set(found.comparisons["status"]) == {"not tested"}
    assert "One seed each: there is no interval, and nothing is tested." in found.notes


def test_undefined_values_are_left_out_and_told(table):
    gone = (table["score"] == "accuracy") & (table["configuration"] == "corr")
    gone &= (table["data"] == "drawings") & (table["seed"] != 0)
    found = study_table(table.assign(value=table["value"].mask(gone)), reference="softmax")
    row = next(row for row, _ in cells(found.summary)
               if (row["data"], row["configuration"], row["score"])
               == ("drawings", "corr", "accuracy"))  # fmt: skip
    assert (row["n_seeds"], row["note"]) == (1, "one seed: no interval")
    told = "predictions/accuracy on drawings: 4 of 20 values are undefined and left out."
    assert told in found.notes
    whole = table.assign(value=table["value"].mask(table["score"] == "accuracy"))
    undefined = study_table(whole, reference="softmax")
    of = undefined.summary[undefined.summary["score"] == "accuracy"]
    assert set(of["note"]) == {"undefined with every seed"}
    assert set(of["mark"]) == {""}
    assert "undefined" in undefined.markdown()


def test_two_seeds_that_are_one_run_are_not_tested(table):
    copied = table.copy()
    mine = copied["configuration"] == "proxydr"
    for seed, other in ((3, 4),):
        values = copied.loc[mine & (copied["seed"] == seed), "value"].to_numpy()
        copied.loc[mine & (copied["seed"] == other), "value"] = values
    found = study_table(copied, reference="softmax")
    of = found.comparisons[found.comparisons["configuration"] == "proxydr"]
    assert of["p_value"].isna().all()
    assert "seeds 3 and 4 are alike in every score" in of["note"].iloc[0]


def test_a_score_that_no_registry_knows_has_no_marks(table):
    more = pd.DataFrame(rows_of("emoji", "corr", "predictions", "sheen", [0.1, 0.2]))
    found = study_table(pd.concat([table, more]))
    row = found.summary[found.summary["score"] == "sheen"].iloc[0]
    assert (row["better"], row["mark"], row["mean"]) == ("", "", pytest.approx(0.15))
    assert any("predictions/sheen: no marks" in note for note in found.notes)


@given(st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=6)
def test_neither_order_nor_names_decide_a_number(table, random):
    order = random.sample(range(len(table)), len(table))
    names = dict(zip(("softmax", "normface", "proxydr", "corr"), random.sample("zyxw", 4)))
    few = table[(table["kind"] != "prototype") & (table["score"] != "triplet")]
    moved = table.iloc[order].replace({"configuration": names})
    moved = moved[(moved["kind"] != "prototype") & (moved["score"] != "triplet")]
    one = study_table(few, reference="normface")
    other = study_table(moved, reference=names["normface"])
    keys = ["data", "kind", "score", "level", "configuration"]
    for a, b in ((one.summary, other.summary), (one.comparisons, other.comparisons)):
        renamed = a.replace({"configuration": names}).sort_values(keys, ignore_index=True)
        if "reference" in renamed:
            renamed["reference"] = names["normface"]
        pd.testing.assert_frame_equal(renamed, b.sort_values(keys, ignore_index=True))


HOSTILE = "a|b_\\c*<script>alert(1)</script>&[x]\n$y^{2}%#~ "


def test_names_are_names_in_every_form(table, tmp_path):
    named = table.replace({"configuration": {"proxydr": HOSTILE}, "data": {"emoji": HOSTILE}})
    found = study_table(named, reference="normface")
    text = found.markdown()
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (3, 6, 9)
        assert not line.startswith("$y")
    assert "<script" not in text + found.html()
    latex = found.latex()
    body = "\n".join(line for line in latex.splitlines() if not line.startswith("%"))
    assert re.search(r"(?<!\\)[#%_^~]", re.sub(r"\\text\w+\{\}", "", body)) is None
    assert latex.count(r"\begin{tabular}") == latex.count(r"\bottomrule")
    for block in re.findall(r"\\begin\{tabular\}\{(\w+)\}(.*?)\\end", latex, re.DOTALL):
        for line in block[1].splitlines():
            if line.endswith(r"\\"):
                assert len(re.findall(r"(?<!\\)&", line)) == len(block[0]) - 1
    found.to_csv(tmp_path / "study.csv")
    again = pd.read_csv(tmp_path / "study.csv", keep_default_na=False, na_values=[""])
    assert set(again["configuration"]) == {"softmax", "normface", HOSTILE, "corr"}
    assert again["mean"].to_numpy() == pytest.approx(found.summary["mean"].to_numpy())


def test_marks_and_directions_stand_in_the_texts(table):
    found = study_table(table)
    line = next(row for row in found.markdown().splitlines() if row.startswith("| corr"))
    assert line.count("**") == 2 * 4  # the best of all four measures of the proxies
    assert "triplet ↓" in found.markdown()
    assert r"triplet $\downarrow$" in found.latex()
    assert r"\textbf{" in found.latex()
    assert r"\underline{" in found.latex()
    assert 'class="n best"' in found.html()
    assert 'class="n tied"' in found.html()


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        (lambda t: t.drop(columns="seed"), {}, "lacks the column.* 'seed'; it has one row a score"),
        (lambda t: t.iloc[:0], {}, "holds no scores: no run is finished yet"),
        (lambda t: pd.concat([t, t.iloc[:1]]), {}, "'proxy/classwise_correlation' of 'softmax' on "
         "'drawings' with seed 0 twice"),
        (lambda t: t.assign(value="x"), {}, "the column 'value' .* must hold numbers"),
        (lambda t: t.assign(value=np.inf), {}, "the column 'value' .* holds infinite numbers"),
        (lambda t: t.assign(kind="pixel"), {}, "kind must be one of .*; got 'pixel'"),
        (lambda t: t.assign(level=0.5), {}, "level must be a whole number .*; got 0.5"),
        (lambda t: t.assign(configuration=None), {}, "a row of a study's table has no 'config"),
        (lambda t: t, {"reference": "norm"}, "reference has no option 'norm'.*mean 'normface'"),
        (lambda t: t, {"endpoints": ["proxy/triplets"]}, "no endpoint 'proxy/triplets'; did you "
         "mean 'proxy/triplet'"),
        (lambda t: t, {"endpoints": []}, "endpoints must be a list of measures"),
    ],
)  # fmt: skip
def test_what_is_no_study_is_said_in_a_sentence(table, change, options, told):
    with pytest.raises(OptionError, match=told):
        study_table(change(table), **options)


def test_ranks_are_compared_as_in_demsars_paper():
    """His example: four classifiers on 14 data sets differ by ranks 1.25 apart."""
    values = np.random.default_rng(0).integers(0, 6, (14, 4)) + np.array([2.0, 0, 1, 0])
    found = friedman(values, reference=0)
    assert found.critical_difference == pytest.approx(1.25, abs=5e-3)
    n, k = values.shape
    assert found.mean_ranks == pytest.approx(stats.rankdata(values, axis=1).mean(axis=0))
    square = stats.friedmanchisquare(*values.T).statistic
    ratio = (n - 1) * square / (n * (k - 1) - square)
    assert found.p_value == pytest.approx(stats.f.sf(ratio, k - 1, (k - 1) * (n - 1)))
    z = (found.mean_ranks - found.mean_ranks[0]) / math.sqrt(k * (k + 1) / (6 * n))
    assert found.against[1:] == pytest.approx(2 * stats.norm.sf(np.abs(z[1:])))
    assert found.corrected[1:] == pytest.approx(literal_holm(list(found.against[1:])))


def test_ranks_that_are_all_the_same_or_all_tied():
    always = friedman(np.tile([1.0, 2.0, 3.0], (6, 1)))
    assert always.p_value == pytest.approx(6.0**-5)
    assert friedman(np.zeros((6, 3))).p_value == 1.0


def test_from_six_data_sets_on_configurations_are_ranked():
    rng = np.random.default_rng(3)
    rows = []
    for data in "abcdef":
        for place, name in enumerate(("one", "two", "three")):
            values = rng.normal(0.4 + 0.1 * place, 0.01, 3)
            rows += rows_of(data, name, "proxy", "triplet", values)
    frame = pd.DataFrame(rows)
    found = study_table(frame, reference="one")
    assert found.ranks["mean_rank"].to_list() == [1.0, 2.0, 3.0]
    assert set(found.ranks["n_data"]) == {6}
    expected = friedman(np.tile([1.0, 2.0, 3.0], (6, 1)), 0)
    assert set(found.ranks["p_friedman"]) == {expected.p_value}
    assert found.ranks["p_corrected"].to_list() == pytest.approx(
        expected.corrected.tolist(), nan_ok=True
    )
    five = study_table(frame[frame["data"] != "f"])
    assert five.ranks.empty
    assert (
        "No test over data sets: 5 of them have all configurations, and ranks of fewer than 6 say "
        "too little." in five.notes
    )


def test_an_effect_is_measured_in_spreads_of_the_differences():
    assert math.isnan(hedges_gz(np.array([0.1, 0.2])))
    assert math.isnan(hedges_gz(np.array([0.1, 0.1, 0.1])))
    rng = np.random.default_rng(0)
    for n in (3, 5):
        drawn = [hedges_gz(rng.normal(0.8, 1.0, n)) for _ in range(4000)]
        error = np.std(drawn) / math.sqrt(4000)
        assert np.mean(drawn) == pytest.approx(0.8, abs=4 * error)
