"""The command line: what it prints, what it writes, and how it refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools.cli import options, run
from hiertools.comparison.scores.registry import SCORES
from hiertools.decisions import BackOff
from hiertools.evaluation.scores import EVALUATION_SCORES

CITATION = Path(__file__).parents[2] / "CITATION.cff"
CLASSES = ("lynx", "wolf", "bear", "newt", "toad", "frog", "pike", "carp")


@pytest.fixture
def files():
    """Write a small set of representatives, two trees and predictions into the test's folder."""
    rng = np.random.default_rng(0)
    group = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    vectors = np.eye(3)[group] + 0.2 * rng.normal(size=(8, 3))
    ht.ClassRepresentatives(vectors, CLASSES, kind="proxy").save("proxies.npz")
    ht.ClassRepresentatives(rng.normal(size=(8, 3)), CLASSES).save("other.npz")
    Path("tree.nwk").write_text(
        "((lynx,wolf,bear)mammal,(newt,(toad,frog)anura)amphibian,(pike,carp)fish);"
    )
    Path("flat.nwk").write_text("((lynx,toad),(wolf,frog,bear),(newt,pike,carp));")
    labels = np.arange(40) % 8
    probabilities = rng.dirichlet(np.ones(8), size=40)
    probabilities[np.arange(40), labels] += 0.8
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    ht.Predictions(labels, probabilities, CLASSES, score_kind="probability").save("predictions.npz")


def refused(capsys, *tokens):
    """Run a command that must fail, and return its sentence."""
    assert run(tokens) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("hiertools: ")
    assert captured.err.count("\n") == 1
    return captured.err


def test_compare_prints_verdict_scores_and_classes(files, capsys):
    assert run(["compare", "proxies.npz", "tree.nwk", "--permutations", "19"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("The model's arrangement of 8 classes")
    assert "classwise_correlation" in out
    assert "Best-fitting classes" in out


def test_compare_equals_the_library(files, capsys):
    assert run(["compare", "proxies.npz", "tree.nwk", "--permutations", "9", "--json"]) == 0
    printed = ht.Comparison.from_json(capsys.readouterr().out)
    direct = ht.compare("proxies.npz", "tree.nwk", permutations=9)
    assert printed.scores.equals(ht.Comparison.from_json(direct.to_json()).scores)


def test_compare_draws_chance_within_strata(files, capsys):
    names = ht.read_tree("tree.nwk").classes
    rows = "".join(f"{name},{i % 2}\n" for i, name in enumerate(names))
    Path("strata.csv").write_text(f"class,bin\n{rows}", encoding="utf-8")
    few = ["--permutations", "9", "--no-intervals", "--json"]
    asked = ["--within", "0", "--strata", "strata.csv"]
    assert run(["compare", "proxies.npz", "tree.nwk", *few, *asked]) == 0
    printed = ht.Comparison.from_json(capsys.readouterr().out)
    direct = ht.compare(
        "proxies.npz", "tree.nwk", permutations=9, intervals=False, within=0, strata="strata.csv"
    )
    assert printed.settings["strata"] == direct.settings["strata"]
    assert printed.scores.equals(ht.Comparison.from_json(direct.to_json()).scores)


def test_compare_several_models_and_runs(files, capsys):
    tokens = ["a=proxies.npz", "b=other.npz", "b=proxies.npz", "tree.nwk", "--permutations", "0"]
    assert run(["compare", *tokens, "--save", "set.json", "--html", "set.html"]) == 0
    assert "means over runs: a 1, b 2" in capsys.readouterr().out
    assert run(["show", "set.json"]) == 0
    assert "means over runs: a 1, b 2" in capsys.readouterr().out
    assert "<!DOCTYPE html>" in Path("set.html").read_text(encoding="utf-8")


def test_options_from_a_file_give_way_to_the_command_line(files, capsys):
    Path("options.toml").write_text('metric = "cosine"\nlinkage = "single"\npermutations = 0\n')
    tokens = ["compare", "proxies.npz", "tree.nwk", "--config", "options.toml", "--json"]
    assert run([*tokens, "--linkage", "ward", "--metric", "euclidean"]) == 0
    settings = json.loads(capsys.readouterr().out)["settings"]
    assert (settings["metric"], settings["linkage"]) == ("euclidean", "ward")
    assert run(tokens) == 0
    settings = json.loads(capsys.readouterr().out)["settings"]
    assert (settings["metric"], settings["linkage"], settings["permutations"]) == (
        "cosine",
        "single",
        0,
    )


def test_level_and_scores_can_be_repeated(files, capsys):
    tokens = ["compare", "proxies.npz", "tree.nwk", "--permutations", "0", "--json"]
    chosen = ["--scores", "r_precision", "--scores", "robinson_foulds", "--level", "0"]
    assert run([*tokens, *chosen]) == 0
    columns = json.loads(capsys.readouterr().out)["scores"]["columns"]
    assert columns["score"] == ["r_precision", "robinson_foulds"]
    assert columns["level"] == [0, None]


def test_infer_writes_a_tree_that_reads_back(files, capsys):
    assert run(["infer", "proxies.npz", "--linkage", "nj", "--out", "inferred.nwk"]) == 0
    assert sorted(ht.read_tree("inferred.nwk").classes) == sorted(CLASSES)
    assert run(["infer", "proxies.npz"]) == 0
    assert capsys.readouterr().out.rstrip().endswith(";")


def test_infer_breaks_ties_in_the_order_of_a_seed(files, capsys):
    square = ht.ClassRepresentatives([[1, 0], [0, 1], [-1, 0], [0, -1]], list("abcd"))
    square.save("square.npz")
    found = set()
    for seed in range(6):
        for option in ("--seed", "--random-state"):
            assert run(["infer", "square.npz", option, str(seed)]) == 0
            told = capsys.readouterr().out.strip()
            assert told == ht.infer_tree(square, random_state=seed).to_newick()
            found.add(told)
    assert len(found) > 1


def test_distance_equals_the_library(files, capsys):
    assert run(["distance", "tree.nwk", "flat.nwk", "--json", "--method", "all"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["robinson_foulds"] == ht.tree_distance("tree.nwk", "flat.nwk", "robinson_foulds")
    assert run(["distance", "tree.nwk", "tree.nwk"]) == 0
    assert capsys.readouterr().out == "robinson_foulds  0  (lower is closer)\n"


def test_compare_trees_equals_the_library(files, capsys):
    tokens = ["compare-trees", "kinds=tree.nwk", "flat.nwk", "--permutations", "19", "--seed", "3"]
    assert run([*tokens, "--json"]) == 0
    trees = {"kinds": ht.read_tree("tree.nwk"), "flat": ht.read_tree("flat.nwk")}
    wanted = ht.compare_trees(trees, permutations=19, random_state=3)
    found = json.loads(capsys.readouterr().out)
    assert [row["p_adjusted"] for row in found] == wanted["p_adjusted"].tolist()
    assert [*found[0]] == list(wanted.columns)
    assert run([*tokens, "--table", "pairs.csv", "--method", "triplet"]) == 0
    out, err = capsys.readouterr()
    head, first, *_ = out.splitlines()
    assert head.split() == ["reference", "other", "distance", "chance", "p", "p", "(all", "pairs)",
                            "classes"]  # fmt: skip
    assert first.split()[:2] == ["kinds", "flat"]
    assert "triplet: lower is closer." in out
    assert err == "Wrote pairs.csv.\n"
    assert pd.read_csv("pairs.csv")["reference"].tolist() == ["kinds", "flat"]


def test_tree_likeness_equals_the_library(files, capsys):
    assert run(["tree-likeness", "proxies.npz", "--json", "--metric", "cosine"]) == 0
    found = json.loads(capsys.readouterr().out)
    wanted = ht.tree_likeness("proxies.npz", metric="cosine")
    assert found["delta"] == wanted.delta
    assert found["relative_hyperbolicity"] == wanted.relative_hyperbolicity
    assert [row["delta"] for row in found["per_class"]] == wanted.class_delta.tolist()
    assert run(["tree-likeness", "proxies.npz", "--quartets", "5", "--per-class", "d.csv"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Mean delta of ")
    assert " +- " in out
    assert "Classes that fit a tree least" in out
    assert err == "Wrote d.csv.\n"
    assert pd.read_csv("d.csv")["class"].tolist() == list(wanted.classes)


def test_several_runs_tell_how_good_it_can_get(files, capsys):
    runs = ht.read_representatives("proxies.npz")
    for seed in (0, 1):
        noise = 0.1 * np.random.default_rng(seed).normal(size=runs.vectors.shape)
        ht.ClassRepresentatives(runs.vectors + noise, runs.classes).save(f"{seed}.npz")
    few = ["tree.nwk", "--permutations", "0", "--no-intervals"]
    assert run(["compare", "a=0.npz", "a=1.npz", *few]) == 0
    told = capsys.readouterr().out.partition("How good can it get?")[2]
    bounds = ht.compare({"a": ["0.npz", "1.npz"]}, "tree.nwk", permutations=0).noise_ceilings()
    for row in bounds.to_dict("records"):
        assert f"{row['lower']:.3f}  " in told
        assert f"{row['upper']:.3f}  " in told
    assert run(["compare", "a=0.npz", "b=1.npz", *few]) == 0
    assert "How good" not in capsys.readouterr().out


def test_show_tells_what_is_odd(capsys):
    Path("tree.nwk").write_text("(((lynx)cat,wolf)mammal,newt);")
    assert run(["show", "tree.nwk"]) == 0
    out = capsys.readouterr().out
    assert "mammal (2)" in out
    assert "odd: 1 node has a single child, such as 'cat'" in out
    assert run(["show", "tree.nwk", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["groups by level"] == {"0": 2, "1": 3, "2": 3}


def test_show_representatives(files, capsys):
    assert run(["show", "proxies.npz"]) == 0
    assert "kind: proxy\nclasses: 8\ndimensions: 3\n" in capsys.readouterr().out


def test_evaluate_holds_limits(files, capsys):
    tokens = ["evaluate", "predictions.npz", "tree.nwk", "--no-intervals"]
    assert run([*tokens, "--save", "last.json", "--fail-under", "accuracy=0.5"]) == 0
    limits = ["--fail-under", "accuracy=1.1", "--fail-under", "average_hierarchical_cost=-1"]
    assert run([*tokens, *limits]) == 1
    err = capsys.readouterr().err
    assert "limit broken: accuracy is" in err
    assert "below its limit 1.1" in err
    assert "above its limit -1" in err


def test_compare_and_show_hold_limits_of_each_model(files, capsys):
    few = ["tree.nwk", "--permutations", "0", "--no-intervals"]
    limits = ["--fail-under", "robinson_foulds=-1", "--fail-under", "map_at_r@0=0"]
    assert run(["compare", "proxies.npz", *few, "--save", "one.json", *limits[2:]]) == 0
    assert run(["compare", "proxies.npz", *few, *limits]) == 1
    assert "broken: robinson_foulds is" in capsys.readouterr().err
    two = ["a=proxies.npz", "b=proxies.npz"]
    assert run(["compare", *two, *few, "--save", "two.json", *limits]) == 1
    err = capsys.readouterr().err
    assert "broken: a: robinson_foulds is" in err
    assert "broken: b: robinson_foulds is" in err
    assert run(["show", "one.json", *limits[2:]]) == 0
    assert run(["show", "two.json", *limits]) == 1
    assert capsys.readouterr().err.count("limit broken") == 2


@pytest.mark.parametrize("listed", [["mammal", "newt"], ["list.txt"]])
def test_evaluate_takes_a_checklist(files, capsys, listed):
    Path("list.txt").write_text("mammal\nnewt\n", encoding="utf-8")
    tokens = ["evaluate", "predictions.npz", "tree.nwk", "--no-intervals", "--on-missing", "drop"]
    names = [token for name in listed for token in ("--restrict", name)]
    assert run([*tokens, *names]) == 0
    assert "restricted to" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (["compare", "robinson_foulds=x"], "a limit reads NAME=VALUE"),
        (["compare", "robinson_fould=1"], "Did you mean 'robinson_foulds'?"),
        (["compare", "dasgupta_cost=1"], "limit has no option 'dasgupta_cost'"),
        (["compare", "robinson_foulds@1=1"], "robinson_foulds has neither level nor k"),
        (["compare", "map_at_r=1"], "map_at_r has a level, as in map_at_r@1; got the limit"),
        (["compare", "map_at_r@7=1"], "names a level that is not scored; scored: '0', '1', '2'"),
        (["compare", "map_at_r@0=1", "--level", "1"], "names a level that is not scored; scored"),
        (["evaluate", "accurcy=1"], "Did you mean 'accuracy'?"),
        (["evaluate", "accuracy,level=family=1"], "names a level that is not scored"),
        (["evaluate", "accuracy,k=1=1"], "accuracy has no level or a level"),
        (["evaluate", "top_k_accuracy@3=1"], "names a k that is not computed; computed: '1', '5'"),
        (["evaluate", "hierarchical_similarity_at_k@3=1", "--hs-k", "2"], "computed: '2'."),
    ],
)
def test_a_limit_that_does_not_fit_is_refused_before_any_work(files, capsys, tokens, told):
    verb, limit, *more = tokens
    assert run([verb, "gone.npz", "tree.nwk", "--fail-under", limit, *more]) == 2
    assert told in capsys.readouterr().err


def test_show_takes_limits_of_results_only(files, capsys):
    assert run(["show", "tree.nwk", "--fail-under", "robinson_foulds=1"]) == 2
    assert "--fail-under is of saved results" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["compare", "evaluate"])
def test_the_rows_of_a_score_are_where_its_facts_say(files, verb):
    known = SCORES if verb == "compare" else EVALUATION_SCORES
    options = {"intervals": False}
    if verb == "compare":
        found = ht.compare("proxies.npz", "tree.nwk", scores="all", permutations=0, **options)
        rows = found.scores.to_dict("records")
    else:
        names = ["lynx", "cat"]
        coarse = ht.Predictions(["wolf"], classes=names, ranked=["cat"], unknown="ancestor")
        tree = {"lynx": "cat/lynx", "wolf": "dog/wolf"}
        inner = ht.evaluate(coarse, tree, unknown="ancestor", **options)
        more = {"summed": True, "selective": "climbing"}
        found = ht.evaluate("predictions.npz", "tree.nwk", **more, **options)
        held = ht.read_predictions("predictions.npz")
        rule = BackOff(ht.read_tree("tree.nwk")).fit(held, held.label_names)
        ruled = ht.evaluate(held, "tree.nwk", rule=rule, **options)
        sets = [["lynx"]] * held.n_samples
        some = ht.Predictions(held.label_names, held.scores, held.classes, sets=sets)
        answered = ht.evaluate(some, "tree.nwk", **options)
        every = (found, inner, ruled, answered)
        rows = [row for each in every for row in each.scores.to_dict("records")]
    places = {name: set() for name in known}
    for row in rows:
        named = [place for place in ("level", "k") if not pd.isna(row[place])]
        places[row["score"]].add(", ".join(named))
    assert places == {name: set(score.at) for name, score in known.items()}


def test_evaluate_shows_changes(files, capsys):
    tokens = ["evaluate", "predictions.npz", "tree.nwk", "--no-intervals"]
    assert run([*tokens, "--save", "last.json"]) == 0
    assert run([*tokens, "--against", "last.json"]) == 0
    assert "Changed since last.json: nothing." in capsys.readouterr().out
    held = ht.read_predictions("predictions.npz")
    worse = ht.Predictions(held.labels[::-1], held.scores, CLASSES, score_kind="probability")
    worse.save("predictions.npz")
    assert run([*tokens, "--against", "last.json"]) == 0
    out = capsys.readouterr().out
    assert "accuracy" in out.partition("Changed since last.json:")[2]
    assert "worse" in out


def test_changes_tell_what_else_is_not_as_it_was(files, capsys):
    tokens = ["evaluate", "predictions.npz", "tree.nwk", "--no-intervals"]
    assert run([*tokens, "--save", "last.json"]) == 0
    assert run([*tokens, "--k", "2", "--against", "last.json"]) == 0
    assert "Not as in" not in capsys.readouterr().out
    held = ht.read_predictions("predictions.npz")
    few = ht.Predictions(held.labels[:24], held.scores[:24], CLASSES, score_kind="probability")
    few.save("few.npz")
    tokens = ["evaluate", "few.npz", "flat.nwk", "--no-intervals", "--similarity", "barz"]
    assert run([*tokens, "--against", "last.json"]) == 0
    told = capsys.readouterr().out.partition("Not as in last.json: ")[2].partition(";")[0]
    assert told == "the tree, the number of samples (40 before, 24 now), the option similarity"


def test_results_without_a_common_model_are_refused_before_anything_is_written(files, capsys):
    one = ["evaluate", "predictions.npz", "tree.nwk", "--no-intervals"]
    two = ["evaluate", "a=predictions.npz", "b=predictions.npz", "tree.nwk", "--no-intervals"]
    assert run([*one, "--save", "one.json"]) == 0
    assert run([*two, "--save", "two.json"]) == 0
    capsys.readouterr()
    writing = ["--save", "new.json", "--html", "new.html"]
    for tokens, earlier, holds in (
        (one, "two.json", "holds the models 'a', 'b', and this is one model without a name"),
        (two, "one.json", "holds one model without a name, and this is the models 'a', 'b'"),
    ):
        assert holds in refused(capsys, *tokens, "--against", earlier, *writing)
    assert not list(Path().glob("new.*"))
    renamed = ["c=predictions.npz" if word.startswith("a=") else word for word in two]
    assert run([*renamed, "--against", "two.json"]) == 0
    out = capsys.readouterr().out
    assert "Changed since two.json, b: nothing." in out
    assert "c: not in two.json." in out
    assert "a: only in two.json." in out


def test_fit_writes_both_files_before_it_prints(files, monkeypatch):
    def left(*_):
        raise BrokenPipeError

    monkeypatch.setattr("hiertools.cli.fit.say", left)
    tokens = ["fit", "back-off", "predictions.npz", "tree.nwk", "--share", "0.5"]
    assert run([*tokens, "--save", "t.json", "--rest", "rest.npz"]) == 141
    assert ht.read_predictions("rest.npz").n_samples == 20


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "proxies.npz", "tree.nwk", "--permutations"),
        ("compare", "proxies.npz", "tree.nwk", "--seed"),
        ("compare", "proxies.npz", "tree.nwk", "--threads"),
        ("evaluate", "predictions.npz", "tree.nwk", "--k"),
        ("evaluate", "predictions.npz", "tree.nwk", "--hs-k"),
        ("show", "tree.nwk", "--depth"),
        ("tree-likeness", "proxies.npz", "--quartets"),
    ],
)
def test_a_whole_number_is_not_rounded(files, capsys, words):
    assert "2.5" in refused(capsys, *words, "2.5")
    assert words[-1] in refused(capsys, *words, ".")
    assert run([*words, "2.0"]) == 0


def test_show_tells_of_predictions(files, capsys):
    assert run(["show", "predictions.npz", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "samples": 40, "classes": 8, "scores": "probability", "first classes": list(CLASSES[:5]),
    }  # fmt: skip
    ranked = ht.Predictions(
        ["lynx", "wolf", "yeti"], classes=CLASSES, ranked=[["lynx", "wolf"]] * 3,
        embeddings=np.eye(3, 5), groups=["a", "a", "b"], unknown="ancestor",
    )  # fmt: skip
    ranked.save("ranked.npz")
    assert run(["show", "ranked.npz"]) == 0
    told = capsys.readouterr().out
    for fact in ("ranked classes: 2", "dimensions of embeddings: 5", "groups: 2",
                 "labels that are no class: yeti"):  # fmt: skip
        assert fact in told


def test_a_saved_result_is_no_tree(files, capsys):
    assert (
        run(["compare", "proxies.npz", "tree.nwk", "--permutations", "0", "--save", "r.json"]) == 0
    )
    capsys.readouterr()
    Path("r.txt").write_bytes(Path("r.json").read_bytes())
    for tokens in (
        ("show", "r.txt"),
        ("compare", "proxies.npz", "r.json"),
        ("distance", "tree.nwk", "r.json"),
    ):
        assert "is a saved comparison, not a tree" in refused(capsys, *tokens)


def test_an_option_that_would_say_nothing_is_refused(files, capsys):
    for option in ("--depth", "--most"):
        for words in (("proxies.npz",), ("predictions.npz",), ("tree.nwk", "--json")):
            assert f"{option} says how much" in refused(capsys, "show", *words, option, "2")
    assert "at least 1" in refused(capsys, "show", "tree.nwk", "--most", "0")
    assert "at least 0" in refused(capsys, "show", "tree.nwk", "--depth", "-1")


@pytest.mark.parametrize(
    "limit", ["accuracy,level=0,level=1=0.1", "top_k_accuracy,k=1,k=5=0.1", "accuracy=0_9"]
)
def test_a_limit_says_each_thing_once(files, capsys, limit):
    tokens = ("evaluate", "predictions.npz", "tree.nwk", "--fail-under", limit)
    assert "a limit reads NAME=VALUE" in refused(capsys, *tokens)


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (["compare"], "got 0 argument(s)"),
        (["infer", "proxies.npz", "other.npz"], "Too many arguments: 'other.npz'."),
        (["demo", "--permutations", "-1"], "permutations must be"),
        (["demo", "--threads", "0"], "threads must be"),
        (
            ["search", "predictions.npz", "tree.nwk", "--gallery", "x=predictions.npz"],
            "has one --gallery, without a name",
        ),
        (["compare", "proxies.npz"], "got 1 argument(s)"),
        (["compare", "gone.npz", "tree.nwk"], "there is no such file"),
        (["compare", "proxies.npz", "gone.nwk"], "gone.nwk"),
        (["compare", "proxies.npz", "tree.nwk", "--metric", "manhattan"], "Choose from"),
        (["compare", "proxies.npz", "tree.nwk", "--permutations", "-1"], "permutations"),
        (["compare", "proxies.npz", "tree.nwk", "--permutations", "many"], "permutations"),
        (["compare", "proxies.npz", "tree.nwk", "--scores", "r_precison"], "r_precision"),
        (["compare", "proxies.npz", "tree.nwk", "--level", "9"], "levels 0 to 2"),
        (["compare", "proxies.npz", "tree.nwk", "--nonsense"], "--nonsense"),
        (["compare", "proxies.npz", "tree.nwk", "--config", "gone.toml"], "gone.toml"),
        (["compare", "proxies.npz", "tree.nwk", "--config", "tree.nwk"], "must end in .toml"),
        (["compare", "proxies.npz", "tree.nwk", "--config", "broken.toml"], "is not valid TOML"),
        (["compare", "proxies.npz", "tree.nwk", "--config", "odd.toml"], "metrc"),
        (["compare", "proxies.npz", "tree.nwk", "--html", "tree.nwk/a.html"], "takes no files"),
        (["evaluate", "predictions.npz", "tree.nwk", "--save", "."], "is a folder"),
        (["compare", "tree.nwk", "tree.nwk"], "tree.nwk"),
        (["compare", "proxies.npz", "broken.nwk"], "broken.nwk"),
        (["compare", "proxies.npz", "few.nwk"], "no place in the tree"),
        (["infer", "proxies.npz", "--linkage", "centroid", "--metric", "cosine"], "Euclidean"),
        (["distance", "tree.nwk", "few.nwk"], "no place in the other tree"),
        (["compare-trees", "tree.nwk"], "compare-trees needs at least two trees; got 1."),
        (["compare-trees", "tree.nwk", "tree.nwk"], "two of the trees are called 'tree'; give"),
        (["compare-trees", "tree.nwk", "few.nwk"], "trees can be compared only over the same"),
        (["compare-trees", "tree.nwk", "flat.nwk", "--method", "robinson_foulds"], "no chance"),
        (["tree-likeness", "proxies.npz", "--quartets", "1"], "quartets must be a whole number"),
        (["distance", "tree.nwk", "flat.nwk", "--method", "robinson"], "robinson_foulds"),
        (["show", "gone.csv"], "gone.csv"),
        (["evaluate", "predictions.npz", "tree.nwk", "--fail-under", "accuracy"], "NAME=VALUE"),
        (["evaluate", "predictions.npz", "tree.nwk", "--fail-under", "accurcy=1"], "accuracy"),
        (["evaluate", "predictions.npz", "tree.nwk", "--against", "tree.nwk"], "--save"),
        (["demonstrate"], "demo"),
    ],
)
def test_bad_input_is_one_sentence(files, capsys, tokens, told):
    Path("broken.toml").write_text("metric = [")
    Path("odd.toml").write_text('metrc = "cosine"')
    Path("broken.nwk").write_text("((lynx,wolf")
    Path("few.nwk").write_text("((lynx,wolf),bear);")
    assert told in refused(capsys, *tokens)


def test_choices_are_those_of_the_library():
    from hiertools.hierarchy.distances import METRICS
    from hiertools.hierarchy.linkage import LINKAGES
    from hiertools.settings import SETTINGS

    assert get_args(options.Metric) == tuple(METRICS)
    assert get_args(options.Linkage) == tuple(LINKAGES)
    assert get_args(options.SettingsName) == tuple(SETTINGS)


def test_producers_lists_what_is_installed(capsys):
    assert run(["producers"]) == 0
    assert "timm:resnet50" in capsys.readouterr().out
    assert run(["producers", "--json"]) == 0
    assert {"npz", "csv"} <= {info["scheme"] for info in json.loads(capsys.readouterr().out)}


def test_cite_says_what_the_citation_file_says(capsys):
    assert run(["cite"]) == 0
    told = capsys.readouterr().out
    assert run(["cite", "--json"]) == 0
    assert "\n\n".join(json.loads(capsys.readouterr().out).values()) == told.strip()
    text = CITATION.read_text(encoding="utf-8")
    names = ("title", "given-names", "family-names", "year", "doi", "url", "license", "version")
    for field in names:
        values = re.findall(rf"^ *(?:- )?{field}: \"?(.+?)\"?$", text, flags=re.MULTILINE)
        assert values, field
        for value in values:
            assert value in told, f"{field}: {value} is not cited"


def test_help_of_every_command_has_examples(capsys):
    shown = (
        "demo", "compare", "evaluate", "fit", "search", "infer", "distance", "compare-trees",
        "tree-likeness", "show", "report", "warmup", "cite",
    )  # fmt: skip
    for command in shown:
        assert run([command, "--help"]) == 0
        assert f"hiertools {command}" in capsys.readouterr().out.partition("\n")[2]


def test_demo_runs_as_a_program():
    done = subprocess.run(
        [sys.executable, "-m", "hiertools", "demo", "--permutations", "19", "--out", "demo.html"],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert "arrangement of 1000 classes moderately follows the tree" in " ".join(
        done.stdout.split()
    )
    assert "Worst-fitting classes" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr, "colours and progress are for terminals"
    assert Path("demo.html").stat().st_size > 100_000
