"""Relabellings within strata: who changes names with whom, and what that says of chance."""

import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import hiertools as ht
from hiertools.inference import relabellings
from hiertools.reporting.comparison_report import _settings

NAMES = [f"c{i}" for i in range(6)]
TREE = ht.ClassTree.from_lineages(
    {name: (f"g{i // 3}", f"h{i // 2 if i < 2 else 9 + i // 4}", name)
     for i, name in enumerate(NAMES)}
)  # fmt: skip
MODEL = ht.ClassRepresentatives(np.random.default_rng(0).normal(size=(6, 3)), NAMES)
SCORES = ("elementwise_correlation", "classwise_correlation", "precision_at_1", "map_at_r",
          "robinson_foulds", "triplet", "quartet", "dendrogram_purity")  # fmt: skip


def permitted(strata):
    """Every permutation that leaves each class in its stratum, by going through all."""
    return [
        order
        for order in itertools.permutations(range(len(strata)))
        if all(strata[i] == strata[j] for i, j in enumerate(order))
    ]


@pytest.mark.parametrize("strata", [[0, 0, 0, 1, 1, 1], [0, 1, 0, 1, 2, 0], [0, 1, 2], [0, 0]])
def test_all_relabellings_within_strata(strata):
    drawn, exact = relabellings(len(strata), 999, 0, strata)
    assert exact
    assert sorted(map(tuple, drawn.tolist())) == permitted(strata)


def test_drawn_relabellings_within_strata():
    strata = [3, 1, 3, 1, 3, 2]
    drawn, exact = relabellings(6, 11, 1, strata)
    assert not exact
    assert {tuple(row) for row in drawn.tolist()} <= set(permitted(strata))
    many = relabellings(9, 12000, 2, [0, 0, 0, 1, 1, 1, 1, 1, 1])[0]
    counts = pd.Series([tuple(row[:3]) for row in many.tolist()]).value_counts()
    assert len(counts) == 6
    assert stats.chisquare(counts).pvalue > 0.001
    # Where all may change places, they are those without strata.
    assert (relabellings(9, 99, 3, [7] * 9)[0] == relabellings(9, 99, 3)[0]).all()
    with pytest.raises(ht.OptionError, match="strata must have a number for each of 6"):
        relabellings(6, 9, 0, [0, 1])


def literal_null(result, strata):
    """The scores of the model under every permitted relabelling, each compared anew."""
    d = result.distances.square()
    found = []
    for order in permitted(strata):
        moved = ht.DistanceMatrix(d[np.ix_(order, order)], NAMES)
        again = ht.compare(moved, TREE, scores=SCORES, permutations=0, intervals=False)
        found.append(again.scores["value"].to_numpy())
    return np.array(found).T


@pytest.mark.parametrize("options", [
    {"within": 0},
    {"within": 1},
    {"strata": dict(zip(NAMES, "xyxyxy"))},
    {"within": 0, "strata": pd.Series([1, 2, 2, 2, 1, 1], NAMES)},
])  # fmt: skip
def test_chance_and_p_within_strata(options):
    groups = {0: [0, 0, 0, 1, 1, 1], 1: [0, 0, 1, 2, 3, 3]}.get(options.get("within"), [0] * 6)
    given = options.get("strata", dict.fromkeys(NAMES))
    strata = list(zip(groups, (given[name] for name in NAMES)))
    result = ht.compare(MODEL, TREE, scores=SCORES, intervals=False, **options)
    null = literal_null(result, strata)
    for row, drawn in zip(result.scores.to_dict("records"), null, strict=True):
        where = f"{row['score']} {row['level']}"
        assert row["n_permutations"] == (len(drawn) if row["status"] == "ok" else 0), where
        if row["status"] != "ok":
            continue
        good = drawn if row["better"] == "higher" else -drawn
        if np.ptp(drawn) < 1e-9:
            assert math.isnan(row["p_value"]), where
            assert math.isnan(row["chance"]), where
            assert "the same under every relabelling within the strata" in row["note"], where
            continue
        value = row["value"] if row["better"] == "higher" else -row["value"]
        assert row["chance"] == pytest.approx(drawn.mean()), where
        assert row["p_value"] == pytest.approx((good >= value - 1e-9).mean()), where
        assert row["p_adjusted"] >= row["p_value"]
    drawn = result.null("elementwise_correlation")
    assert np.sort(drawn) == pytest.approx(np.sort(null[0]))
    assert result.p_errors()["exact"].all()


def test_what_cannot_vary_within_a_level():
    result = ht.compare(MODEL, TREE, within=0, scores=SCORES)
    frame = result.scores.set_index(["score", "level"])
    for score in ("precision_at_1", "map_at_r", "dendrogram_purity"):
        assert math.isnan(frame.loc[(score, 0), "p_value"])
        assert not math.isnan(frame.loc[(score, 0), "value"])
    alone = ht.compare(MODEL, TREE, strata={name: name for name in NAMES})
    assert alone.scores["p_value"].isna().all()
    assert "6 strata of 1 class; 6 of them hold a single class" in " ".join(alone.notes)


def test_strata_are_recorded_and_saved(tmp_path):
    table = tmp_path / "strata.csv"
    table.write_text("class,how often\n" + "".join(f"{n},{'ab'[i % 2]}\n"
                                                   for i, n in enumerate(NAMES)))  # fmt: skip
    result = ht.compare(MODEL, TREE, within=0, strata=table)
    assert result.settings["within"] == 0
    assert result.settings["strata"] == [f"g{i // 3} | {'ab'[i % 2]}" for i in range(6)]
    (note,) = [note for note in result.notes if note.startswith("Classes change names only")]
    assert "within groups of level 0 and within the given strata: 4 strata" in note
    again = ht.Comparison.from_json(result.to_json())
    assert again.settings["strata"] == result.settings["strata"]
    assert again.p_errors()["exact"].all()
    assert "Classes change names only within groups of level 0" in result._repr_html_()
    assert "4, see the notes" in _settings(result)


def test_strata_go_wherever_chance_is_drawn(tmp_path):
    strata = dict(zip(NAMES, "aaabbb"))
    single = ht.compare(MODEL, TREE, strata=strata).scores
    other = ht.ClassRepresentatives(np.random.default_rng(1).normal(size=(6, 3)), NAMES)
    both = ht.compare({"one": MODEL, "two": other}, TREE, strata=strata)
    assert both["one"].scores["p_value"].equals(single["p_value"])
    series = ht.compare_series({1: MODEL}, TREE, strata=strata)
    assert series["p_value"].tolist() == pytest.approx(single["p_value"].tolist(), nan_ok=True)
    swept = ht.sweep(MODEL, TREE, linkages="average", metrics="euclidean", permutations=999,
                     within=0)  # fmt: skip
    within = ht.compare(MODEL, TREE, within=0).scores
    assert swept["p_value"].tolist() == pytest.approx(within["p_value"].tolist(), nan_ok=True)


def test_what_strata_can_not_be():
    for strata, message in (
        ({"c0": 1}, "5 of 6 classes have no stratum: 'c1', 'c2'"),
        ({**dict.fromkeys(NAMES, 1), "c3": math.nan}, "no value for 'c3'"),
        ({}, "must say the stratum of each class"),
    ):
        with pytest.raises(ht.HiertoolsError, match=message):
            ht.compare(MODEL, TREE, strata=strata)
    with pytest.raises(ht.OptionError, match="levels 0 to 2; got level 7"):
        ht.compare(MODEL, TREE, within=7)
    with pytest.raises(ht.OptionError, match="within= is a level of a tree"):
        ht.compare_models(MODEL, MODEL, within=0)


def test_a_table_of_strata_is_checked(tmp_path):
    table = tmp_path / "strata.csv"
    table.write_text("class,a,b\nc0,1,2\n")
    with pytest.raises(ht.OptionError, match="two columns, class and stratum"):
        ht.compare(MODEL, TREE, strata=table)
    table.write_text("class,a\nc0,1\nc0,2\n")
    with pytest.raises(ht.OptionError, match="name a class twice: 'c0'"):
        ht.compare(MODEL, TREE, strata=table)


def test_two_models_that_share_only_a_tree():
    other = ht.ClassRepresentatives(np.random.default_rng(1).normal(size=(6, 3)), NAMES)
    strata = [0, 0, 1, 2, 3, 3]  # what hangs on one node
    scores = ("elementwise_correlation", "triplet")
    result = ht.compare_models(MODEL, other, given=TREE, scores=scores)
    null = []
    for order in permitted(strata):
        moved = ht.DistanceMatrix(ht.distances(MODEL).square()[np.ix_(order, order)], NAMES)
        again = ht.compare_models(moved, other, permutations=0, scores=scores, intervals=False)
        null.append(again.scores["value"].to_numpy())
    for row, drawn in zip(result.scores.to_dict("records"), np.array(null).T, strict=True):
        assert row["n_permutations"] == 4
        good = drawn if row["better"] == "higher" else -drawn
        value = row["value"] if row["better"] == "higher" else -row["value"]
        if np.ptp(drawn) > 1e-9:
            assert row["p_value"] == pytest.approx((good >= value - 1e-9).mean())
    assert "below the same node of the given tree: 4 strata of 1 to 2" in result.notes[-1]
    coarse = ht.compare_models(MODEL, other, given=TREE, within=0)
    assert coarse.settings["within"] == 0
    assert coarse.scores["n_permutations"].max() == 36
    assert json.loads(coarse.to_json())["settings"]["strata"][0] == "g0"


def test_classes_at_edges_of_other_lengths_or_at_inner_nodes_are_no_siblings():
    from hiertools.comparison.restriction import siblings

    tree = ht.ClassTree.from_newick("((a:1,b:1,c:2)x:1,d:1);")
    a, b, c, d = siblings(tree, "abcd")
    assert a == b
    assert len({a, c, d}) == 3
    inner = ht.ClassTree([-1, 0, 1, 1, 0], ["i", "a", "b", "d"], [1, 2, 3, 4])
    i, a, b, d = siblings(inner, ["i", "a", "b", "d"])
    assert a == b
    assert len({i, a, d}) == 3
