"""One model against several trees: which does it follow most closely?"""

import itertools
import math
import os

import numpy as np
import pandas as pd
import pytest
from literal import assert_defined
from scipy import stats

import hiertools as ht
from hiertools.cli import run
from hiertools.inference import holm

NAN = math.nan
NAMES = ["bear", "carp", "lynx", "newt", "pike", "toad", "wolf"]
KINDS = ht.ClassTree.from_newick("((lynx,wolf,bear),(newt,toad),(pike,carp));")
PLACES = ht.ClassTree.from_newick("((lynx,toad),((wolf,newt),(bear,pike,carp)));")
SIZES = ht.ClassTree.from_newick("((bear,wolf,lynx,pike),(carp,toad,newt));")
TREES = {"kinds": KINDS, "places": PLACES, "sizes": SIZES}


def model(seed, names=NAMES):
    rng = np.random.default_rng(seed)
    return ht.ClassRepresentatives(rng.normal(size=(len(names), 4)), names)


def spearman(representatives, tree, names):
    """Element-wise correlation over some of the classes, by SciPy."""
    above = np.triu_indices(len(names), 1)
    d = ht.distances(representatives).square()
    at = [sorted(representatives.classes).index(name) for name in names]
    paths = ht.path_distances(tree, names)
    return float(stats.spearmanr(d[np.ix_(at, at)][above], paths[above]).statistic)


def test_the_table_of_differences_is_its_definition():
    reps = model(0)
    result = ht.compare(reps, TREES, scores=["elementwise_correlation"], permutations=0)
    rows = []
    for a, b in itertools.combinations(TREES, 2):
        difference = spearman(reps, TREES[a], NAMES) - spearman(reps, TREES[b], NAMES)
        without = [
            spearman(reps, TREES[a], kept) - spearman(reps, TREES[b], kept)
            for kept in ([name for name in NAMES if name != left] for left in NAMES)
        ]
        n = len(NAMES)
        error = math.sqrt((n - 1) / n * sum((x - np.mean(without)) ** 2 for x in without))
        half = stats.t.ppf(0.975, n - 1) * error
        rows.append(
            {
                "score": "elementwise_correlation",
                "level": None,
                "rank": None,
                "k": None,
                "tree_a": a,
                "tree_b": b,
                "difference": difference,
                "ci_low": difference - half,
                "ci_high": difference + half,
                "p_value": float(2 * stats.t.sf(abs(difference) / error, n - 1)),
                "p_holm": NAN,
                "test": "jackknife over classes",
                "better_tree": a if difference > 0 else b,
                "status": "ok",
                "note": "",
            }
        )
    for row, adjusted in zip(rows, holm([row["p_value"] for row in rows])):
        row["p_holm"] = adjusted
    # Half a width is a quantile of t, which older SciPy has to nine digits.
    assert_defined(result.differences, rows, rel=1e-8)


def test_each_tree_has_the_comparison_that_it_has_alone():
    reps = model(1)
    result = ht.compare(reps, TREES, permutations=99)
    assert result.trees == tuple(result) == tuple(TREES)
    assert len(result) == 3
    for name, tree in TREES.items():
        alone = ht.compare(reps, tree, permutations=99)
        pd.testing.assert_frame_equal(result[name].scores, alone.scores)
        own = result.scores[result.scores["tree"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(own[alone.scores.columns], alone.scores)
        assert result.value("classwise_correlation", tree=name) == alone.value(
            "classwise_correlation"
        )
    assert list(result.table.columns[4:]) == list(TREES)


def test_only_scores_with_one_chance_level_are_compared():
    result = ht.compare(model(2), TREES, scores="all", permutations=0, intervals=False)
    assert set(result.differences["score"]) == {
        "elementwise_correlation", "classwise_correlation", "pearson_correlation", "kendall_tau_a",
    }  # fmt: skip
    assert result.differences["level"].isna().all()


def test_several_runs_are_paired():
    runs = [model(seed) for seed in range(4)]
    scores = ["elementwise_correlation"]
    pair = {"kinds": KINDS, "places": PLACES}
    result = ht.compare({"net": runs}, pair, scores=scores, permutations=0)
    x, y = ([spearman(reps, tree, NAMES) for reps in runs] for tree in (KINDS, PLACES))
    assert result.differences["p_value"].tolist() == pytest.approx([stats.ttest_rel(x, y).pvalue])
    assert result.differences["test"].tolist() == ["paired t over runs"]
    assert "means over 4 runs" in str(result)
    assert set(result.runs["run"]) == {0, 1, 2, 3}


def test_a_tree_against_itself_is_not_tested():
    result = ht.compare(model(3), {"one": KINDS, "again": KINDS}, permutations=0)
    assert result.differences["p_value"].isna().all()
    assert (result.differences["difference"] == 0).all()


def test_a_model_made_by_one_tree_follows_it_most_closely():
    groups = {f"c{i:02d}": (i % 4, i // 4 % 4) for i in range(32)}
    kinds, places = (
        ht.as_tree({name: f"g{group[side]}/{name}" for name, group in groups.items()})
        for side in (0, 1)
    )
    rng = np.random.default_rng(0)
    vectors = np.eye(4)[[kind for kind, _ in groups.values()]] + 0.3 * rng.normal(size=(32, 4))
    reps = ht.ClassRepresentatives(vectors, list(groups))
    result = ht.compare(reps, {"places": places, "kinds": kinds}, permutations=19)
    assert (result.differences["better_tree"] == "kinds").all()
    assert result.differences["p_holm"].max() < 1e-6
    assert "the two trees" not in str(result)


def test_classes_that_a_tree_lacks():
    fewer = ht.restrict(PLACES, [name for name in NAMES if name != "newt"])
    trees = {"kinds": KINDS, "fewer": fewer}
    with pytest.raises(ht.ClassMismatchError, match="no place in the tree 'fewer': 'newt'"):
        ht.compare(model(4), trees)
    dropped = ht.compare(model(4), trees, permutations=0, on_missing="drop")
    assert dropped["kinds"].n_classes == dropped["fewer"].n_classes == 6
    assert "1 of 7 classes of the model is not in all trees and was left out: 'newt'." in (
        dropped.notes
    )
    strangers = ht.ClassTree.from_newick("((a,b),c);")
    with pytest.raises(ht.ClassMismatchError, match="share no class"):
        ht.compare(model(4), {"kinds": KINDS, "x": strangers}, on_missing="drop")


def test_what_is_one_tree_stays_one(tmp_path, monkeypatch):
    lineages = {name: f"{'wet' if name in ('pike', 'carp') else 'dry'}/{name}" for name in NAMES}
    monkeypatch.chdir(tmp_path)
    for lineage in lineages.values():  # that files of such names exist changes nothing
        os.makedirs(lineage)
    assert isinstance(ht.compare(model(5), lineages, permutations=0), ht.Comparison)
    nested = {"wet": ["pike", "carp"], "dry": ["bear", "lynx", "newt", "toad", "wolf"]}
    assert isinstance(ht.compare(model(5), nested, permutations=0), ht.Comparison)
    ht.write_tree(KINDS, "kinds.nwk")
    path = tmp_path / "kinds.nwk"
    read = ht.compare(model(5), {"file": path, "tree": KINDS}, permutations=0)
    assert read.value("robinson_foulds", tree="file") == read.value("robinson_foulds", tree="tree")


def test_what_can_not_be_asked():
    with pytest.raises(ht.OptionError, match="two questions at once"):
        ht.compare({"a": model(0), "b": model(1)}, TREES)
    with pytest.raises(ht.OptionError, match="'places' is str"):
        ht.compare(model(0), {"kinds": KINDS, "places": "places.nwk"})
    result = ht.compare(model(0), TREES, permutations=0)
    with pytest.raises(ht.OptionError, match="holds 3 trees; name one, as in tree='kinds'"):
        result.value("robinson_foulds")
    with pytest.raises(ht.OptionError, match="unknown trees 'kind'|trees"):
        result["kind"]


def test_texts_pages_and_files(tmp_path):
    result = ht.compare(model(6), TREES, permutations=19)
    told = str(result)
    assert repr(result) == "TreeComparisonSet(7 classes; kinds, places, sizes)"
    assert "No difference between trees holds among 6 tests (Holm)." in told
    assert "precision_at_1" not in told
    again = ht.read_result(result.to_json())
    assert isinstance(again, ht.TreeComparisonSet)
    pd.testing.assert_frame_equal(again.differences, result.differences)
    pd.testing.assert_frame_equal(again.scores, result.scores)
    assert str(again) == told
    result.to_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "against kinds, places, sizes: 7 classes" in page
    assert "Of three trees, " in page
    assert page.count("the two trees") >= 3
    assert "TreeComparisonSet(7 classes" in result._repr_html_()


def test_plots_show_trees():
    result = ht.compare(model(6), TREES, permutations=19)
    assert [ax.get_title() for ax in result.plot.scores().axes] == list(TREES)
    faces = result.plot.tanglegram("kinds", "sizes")
    assert {"kinds", "sizes"} <= {text.get_text() for ax in faces.axes for text in ax.texts} | {
        ax.get_title() for ax in faces.axes
    } | {ax.get_title(loc) for ax in faces.axes for loc in ("left", "right")}


def test_names_are_data(tmp_path):
    trees = {"<b>&": KINDS, "score": PLACES}
    result = ht.compare(model(7), trees, permutations=0)
    result.to_html(tmp_path / "page.html")
    assert "<b>&</" not in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "model score" in str(result)


def test_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    model(8).save("proxies.npz")
    ht.write_tree(KINDS, "kinds.nwk")
    ht.write_tree(PLACES, "b.nwk")
    tokens = ["compare", "proxies.npz", "--tree", "kinds.nwk", "--tree", "places=b.nwk"]
    few = ["--permutations", "9"]
    assert run([*tokens, *few, "--json"]) == 0
    printed = ht.read_result(capsys.readouterr().out)
    direct = ht.compare(
        ht.read_representatives("proxies.npz"),
        {"kinds": KINDS, "places": PLACES},
        permutations=9,
    )
    pd.testing.assert_frame_equal(printed.differences, direct.differences)
    assert run([*tokens, *few, "--fail-under", "elementwise_correlation=0.99"]) == 1
    assert "limit broken: kinds: elementwise_correlation" in capsys.readouterr().err
    for wrong, told in (
        (["compare", "--tree", "kinds.nwk"], "needs representatives beside --tree"),
        ([*tokens, "--tree", "kinds=b.nwk"], "two of --tree are called 'kinds'"),
        (["compare", "a=proxies.npz", "b=proxies.npz", *tokens[2:]], "two questions at once"),
    ):
        assert run(wrong) == 2
        assert told in capsys.readouterr().err
