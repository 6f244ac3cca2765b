"""Rules that back off, judged by `evaluate`, saved, read, and fitted on the command line."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from ranked_trees import SPECIES as NAMES
from ranked_trees import ranked_tree

import hiertools as ht
from hiertools import ClassTree, Evaluator, Predictions, evaluate
from hiertools.cli import run
from hiertools.decisions import BackOff, ConformalNodes, Temperature, read_rule

TREE = ranked_tree(g="w/u")
BELOW = {"": "abcdef", "v": "abc", "x": "ab", "y": "c", "w": "def", "z": "de", "u": "f"}
OPTIONS = {"n_bootstrap": 30, "k": 1}


def drawn(seed, n=300):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(len(NAMES), 0.4), n)
    return p, np.array([rng.choice(NAMES, p=row) for row in p])


def given(p, labels, **fields):
    return Predictions(labels, p, NAMES, score_kind="probability", **fields)


P, LABELS = drawn(0)
RULES = {
    "accuracy": BackOff(TREE, NAMES, accuracy=0.8).fit(P, LABELS),
    "guarantee": BackOff(TREE, NAMES, accuracy=0.8, guarantee=0.9).fit(P, LABELS),
    "information": BackOff(TREE, NAMES, rule="information", accuracy=0.8).fit(P, LABELS),
    "coverage": ConformalNodes(TREE, NAMES, coverage=0.8).fit(P, LABELS),
    "level": ConformalNodes(TREE, NAMES, coverage=0.8, level="order").fit(P, LABELS),
}


@pytest.mark.parametrize("name", RULES)
def test_scores_are_their_definitions(name):
    p, labels = drawn(1, 100)
    result = evaluate(given(p, labels), TREE, rule=RULES[name], intervals=False, k=1)
    paths = RULES[name].predict(p).paths
    last = [path.rpartition("/")[2] for path in paths]
    held = [BELOW.get(end, end) for end in last]
    kept = [label in classes for label, classes in zip(labels, held)]
    told = [1 - math.log(len(classes)) / math.log(len(NAMES)) for classes in held]
    assert result.value("promise_kept") == pytest.approx(np.mean(kept))
    assert result.value("specificity") == pytest.approx(np.mean(told))
    exact = [label == end for label, end in zip(labels, last)]
    assert result.value("accuracy") == pytest.approx(np.mean(exact))
    assert result.value("accuracy") + result.value("under_classified") == pytest.approx(
        result.value("promise_kept")
    )
    # The same answers by their names.
    ends = [end or "Unassigned" for end in last]
    named = Predictions(labels, classes=sorted({*NAMES, *ends}), ranked=ends)
    again = evaluate(named, TREE, intervals=False, k=1)
    for score in ("average_hierarchical_cost", "hierarchical_f1", "branch_severity"):
        assert result.value(score) == pytest.approx(again.value(score))
    assert result.settings["rule"] == RULES[name].told
    assert f"answers are those of {RULES[name].told}." in result.notes


def test_batches_and_workers_in_any_partition_give_the_same_bits():
    p, labels = drawn(2, 90)
    options = {**OPTIONS, "rule": RULES["coverage"]}
    whole = evaluate(given(p, labels), TREE, **options)
    for seed in range(2):
        rng = np.random.default_rng(seed)
        workers = [Evaluator(TREE, **options) for _ in range(3)]
        for number, rows in enumerate(np.array_split(rng.permutation(90), 7)):
            workers[number % 3].update(labels[rows], p[rows], NAMES, score_kind="probability")
        merged = Evaluator(TREE, **options)
        for worker in rng.permutation(3):
            merged.merge(workers[worker])
        pd.testing.assert_frame_equal(merged.result().scores, whole.scores, check_exact=True)
    other = Evaluator(TREE, **{**options, "rule": RULES["level"]})
    other.update(labels, p, NAMES, score_kind="probability")
    with pytest.raises(ht.OptionError, match="same rule"):
        merged.merge(other)


def test_order_and_names_of_classes_decide_nothing():
    p, labels = drawn(3, 80)
    turned = {name: f"class {9 - i}" for i, name in enumerate("abcdefg")}
    order = [2, 0, 5, 3, 1, 4]
    names = [turned[NAMES[i]] for i in order]
    tree = ht.rename_classes(TREE, turned)
    rule = ConformalNodes(tree, names, coverage=0.8).fit(P[:, order], [turned[x] for x in LABELS])
    renamed = [turned[name] for name in labels]
    other = Predictions(renamed, p[:, order], names, score_kind="probability")
    one = evaluate(given(p, labels), TREE, rule=RULES["coverage"], **OPTIONS).scores
    two = evaluate(other, tree, rule=rule, **OPTIONS).scores
    numbers = ["value", "ci_low", "ci_high"]
    np.testing.assert_allclose(one[numbers], two[numbers], rtol=1e-9, atol=1e-9)


def test_rules_and_models_are_compared_on_the_same_samples():
    p, labels = drawn(4, 120)
    both = {"accuracy": RULES["accuracy"], "coverage": RULES["coverage"]}
    found = evaluate(given(p, labels), TREE, rule=both, permutations=99, levels=0, **OPTIONS)
    assert found.models == ("accuracy", "coverage")
    for name, rule in both.items():
        alone = evaluate(given(p, labels), TREE, rule=rule, intervals=False, k=1)
        for score in ("promise_kept", "specificity", "accuracy"):
            assert found[name].value(score) == pytest.approx(alone.value(score))
    row = found.differences.set_index("score").loc["specificity"]
    wanted = found["accuracy"].value("specificity") - found["coverage"].value("specificity")
    assert row["difference"] == pytest.approx(wanted)
    noisy = 0.5 * p + 0.5 / 6
    models = {"one": given(p, labels), "two": given(noisy, labels)}
    rules = {"one": RULES["coverage"], "two": RULES["level"]}
    two = evaluate(models, TREE, rule=rules, permutations=99, levels=0, **OPTIONS)
    assert two["two"].settings["rule"] == RULES["level"].told
    rows = two.differences.set_index("score")
    assert rows.loc["specificity", "better_model"] == "one"
    assert rows.loc["specificity", "p_value"] < 0.05
    assert evaluate(models, TREE, rule=RULES["level"], intervals=False, levels=0).models == (
        "one",
        "two",
    )


def test_a_model_is_compared_with_and_without_a_rule():
    p, labels = drawn(8, 80)
    both = {"as it is": None, "coverage": RULES["coverage"]}
    found = evaluate(given(p, labels), TREE, rule=both, permutations=99, levels=0, **OPTIONS)
    assert {"promise_kept", "specificity"}.isdisjoint(found.differences["score"])
    alone = [
        evaluate(given(p, labels), TREE, rule=rule, intervals=False, levels=0, k=1)
        for rule in both.values()
    ]
    whole = found.differences[found.differences["level"].isna()].set_index("score")["difference"]
    for score in ("accuracy", "average_hierarchical_cost", "hierarchical_f1"):
        apart = alone[0].value(score) - alone[1].value(score)
        assert whole[score] == pytest.approx(apart)
    other = evaluate(
        {"x": given(p, labels), "y": given(p, labels)}, TREE,
        rule={"x": None, "y": RULES["level"]}, intervals=False, k=1,
    )  # fmt: skip
    assert "rule" not in other["x"].settings
    assert other["y"].settings["rule"] == RULES["level"].told


def test_unseen_classes_are_met_by_answers_that_stop_short():
    p, labels = drawn(5, 100)
    met = np.where(labels == "f", "g", labels)  # a sister of f: its genus is known
    made = given(p, met, unknown="ancestor")
    found = evaluate(made, TREE, rule=RULES["coverage"], unknown="ancestor", **OPTIONS)
    plain = evaluate(made, TREE, unknown="ancestor", **OPTIONS)
    assert found.value("unseen_balanced_distance") != plain.value("unseen_balanced_distance")
    paths = RULES["coverage"].predict(p).paths
    kept = [
        label in BELOW.get(path.rpartition("/")[2], path[-1:])
        for label, path in zip(np.where(met == "g", "f", met), paths)
    ]
    # Of a sample of g, whose truth is its genus, the class f is one step too far.
    too_far = (met == "g") & np.array([path.endswith("/f") for path in paths])
    assert found.value("promise_kept") == pytest.approx(np.mean(kept & ~too_far))


def test_groups_of_the_fit_are_those_of_the_samples():
    p, labels = drawn(6, 60)
    sites = np.array(["north", "south"])[np.arange(300) % 2]
    rule = ConformalNodes(TREE, NAMES, coverage=0.8).fit(P, LABELS, sites)
    own = sites[:60]
    found = evaluate(given(p, labels), TREE, rule=rule, groups=own, intervals=False, k=1)
    right = rule.predict(p, own).right(labels, NAMES)
    assert found.value("promise_kept") == pytest.approx(right.mean())
    with pytest.raises(ht.OptionError, match="the samples have none; give groups="):
        evaluate(given(p, labels), TREE, rule=rule)


# ---- files


@pytest.mark.parametrize("name", RULES)
def test_rules_are_saved_and_read(name, tmp_path):
    rule = RULES[name]
    rule.to_json(tmp_path / "rule.json")
    for read in (
        read_rule(tmp_path / "rule.json"),
        type(rule).from_json(tmp_path / "rule.json"),
        read_rule(rule.to_json()),
    ):
        read.classes = NAMES
        assert read.predict(P[:50]).paths == rule.predict(P[:50]).paths
        assert read.to_json() == rule.to_json()
        assert read.told == rule.told
    if name == "accuracy":
        assert read.plot.curve() is not None
    with pytest.raises(ht.FileFormatError, match=r"read it with hiertools.decisions\."):
        ht.read_result(tmp_path / "rule.json")


def test_what_is_undefined_in_the_curve_of_a_saved_rule():
    """JSON has no NaN; null stands for it."""
    saved = json.loads(RULES["accuracy"].to_json())
    saved["curve"]["hierarchical_precision"][0] = None
    again = read_rule(json.dumps(saved))
    assert math.isnan(again.curve_["hierarchical_precision"][0])
    assert json.loads(again.to_json()) == saved


def test_a_rule_that_always_says_the_root_and_one_by_sites_come_back():
    few = BackOff(TREE, NAMES, accuracy=0.9, guarantee=0.95).fit(P[:9], LABELS[:9])
    assert few.parameter_ == math.inf
    assert json.loads(few.to_json())["parameter"] is None
    again = BackOff.from_json(few.to_json(), NAMES)
    assert set(again.predict(P[:5]).paths) == {""}
    sites = ConformalNodes(TREE, NAMES).fit(P[:20], LABELS[:20], ["s"] * 15 + ["t"] * 5)
    read = ConformalNodes.from_json(sites.to_json(), NAMES)
    assert read.thresholds_["threshold"].tolist()[1] == math.inf
    assert read.predict(P[:2], ["s", "t"]).paths == sites.predict(P[:2], ["s", "t"]).paths


def changed(name, **entries):
    return json.dumps({**json.loads(RULES[name].to_json()), **entries})


def without(name, entry):
    held = json.loads(RULES[name].to_json())
    del held[entry]
    return json.dumps(held)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (without("accuracy", "parameter"), "lacks 'parameter'"),
        (changed("accuracy", parameter="low"), "'parameter' must be a number of at least 0"),
        (changed("accuracy", parameter=-1), "'parameter' must be a number of at least 0"),
        (changed("accuracy", rule="magic"), "is damaged"),
        (changed("accuracy", accuracy=2, guarantee=7), "guarantee must be a number between 0"),
        (changed("accuracy", tree={"format": 1}), "is damaged"),
        (changed("accuracy", tree=[]), "'tree' must be an object, not a list"),
        (changed("accuracy", curve={"accuracy": [1]}), "lacks accuracy or specificity"),
        (changed("accuracy", format=9), "written in format 9"),
        (changed("coverage", answer="oracle"), "is damaged"),
        (changed("coverage", coverage=1.5), "coverage must be a number between 0 and 1"),
        (changed("coverage", thresholds=[]), "of other groups than its tree has"),
        (changed("coverage", thresholds=[{"group": "", "n": 1}]), "lacks 'threshold'"),
        (changed("level", level="kingdom"), "kingdom"),
        (changed("level", by_group=True), "both groups and a level"),
        (changed("level", level=[1]), "'level' must be a level, a rank, or null"),
        ('{"hiertools": "temperature", "format": 1}', "no saved rule but a saved temperature"),
        ("gone.json", "gone.json"),
    ],
)
def test_a_damaged_rule_is_refused(text, message):
    with pytest.raises(ht.HiertoolsError, match=message):
        read_rule(text)


class Verbose:
    """A rule of somebody's own, which answers with texts."""

    told = "verbose"

    def predict(self, probabilities):
        return ["a"] * len(probabilities)

    def to_json(self):
        return "{}"


ELSEWHERE = ClassTree.from_newick("((a,d)v,(b,e)w,(c,f)x);")
REPS = ht.ClassRepresentatives(np.eye(6), NAMES)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": 0.9}, "must be a fitted BackOff or ConformalNodes of hiertools.decisions; got f"),
        ({"rule": BackOff(TREE)}, "no threshold yet; call fit"),
        ({"rule": ConformalNodes(TREE)}, "no threshold yet; call fit"),
        ({"rule": Verbose()}, "must answer with NodeDecisions or NodeSets .*answers with list"),
        ({"rule": RULES["level"], "restrict": ["v"]}, "restrict= gives it others"),
        ({"rule": RULES["level"], "representatives": REPS}, "representatives= gives it others"),
        (
            {"rule": BackOff(ELSEWHERE, NAMES, accuracy=0.75).fit(P, LABELS)},
            "was fitted with another tree",
        ),
        ({"rule": {}}, "there are no rules: the mapping"),
        ({"rule": {"a": {"b": RULES["level"]}}}, "hiertools.decisions; got dict"),
        ({"rule": BackOff}, "hiertools.decisions; got the class BackOff"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ht.HiertoolsError, match=message):
        evaluate(given(0.02 + 0.88 * P[:9], LABELS[:9]), TREE, **options)


def test_scores_alone_and_other_names_of_models_are_refused():
    bare = Predictions(LABELS[:5], P[:5], NAMES)
    with pytest.raises(ht.PredictionsError, match="rule= needs probabilities or logits"):
        evaluate(bare, TREE, rule=RULES["level"])
    models = {"one": given(P[:5], LABELS[:5]), "two": given(P[:5], LABELS[:5])}
    with pytest.raises(ht.OptionError, match="must name each model, 'one', 'two', and no other"):
        evaluate(models, TREE, rule={"one": RULES["level"]})


# ---- the command line


def test_what_is_fitted_on_a_share_is_judged_on_the_rest(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    p, labels = drawn(7, 200)
    individual = np.arange(200) // 4
    given(p, labels, groups=individual).save("all.npz")
    (tmp_path / "t.json").write_text(TREE.to_json(), encoding="utf-8")
    tokens = ["fit", "conformal", "all.npz", "t.json", "--coverage", "0.8", "--share", "0.5"]
    assert run([*tokens, "--rest", "rest.npz", "--save", "c.json"]) == 0
    assert "ConformalNodes fitted on 100 samples, promised to hold 0.8" in capsys.readouterr().out
    rest = ht.read_predictions("rest.npz")
    assert rest.n_samples == 100
    assert set(np.unique(rest.groups, return_counts=True)[1]) == {4}  # nobody is on both sides
    tokens = ["fit", "back-off", "all.npz", "t.json", "--accuracy", "0.7", "--save", "b.json"]
    assert run(tokens) == 0
    assert run(["fit", "temperature", "all.npz", "--save", "temperature.json"]) == 0
    assert "log loss" in capsys.readouterr().out
    held = given(p, labels)
    backs_off = BackOff(TREE, accuracy=0.7).fit(held, labels)
    assert read_rule("b.json").to_json() == backs_off.to_json()
    cooler = Temperature().fit(held, labels)
    assert Temperature.from_json("temperature.json").temperature_ == cooler.temperature_
    line = ["evaluate", "rest.npz", "t.json", "--no-intervals", "--rule"]
    limit = ["--fail-under", "promise_kept=0.5"]
    assert run([*line, "c.json", "--save", "r.json", "--html", "r.html", *limit]) == 0
    shown = capsys.readouterr().out
    assert "promise_kept" in shown
    assert "promised to hold 0.8 of labels" in shown
    wanted = evaluate(rest, TREE, rule=read_rule("c.json"), intervals=False)
    assert ht.read_result("r.json").value("promise_kept") == wanted.value("promise_kept")
    assert "Promises kept" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert run([*line, "x=b.json", "--rule", "y=c.json"]) == 0
    assert "x" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (["fit", "temperature", "p.npz", "t.json", "--save", "o.json"], "needs no tree"),
        (["fit", "conformal", "p.npz", "--save", "o.json"], "'conformal' needs a tree"),
        (
            ["fit", "conformal", "p.npz", "t.json", "--save", "o.json", "--accuracy", "0.9"],
            "--accuracy is not of 'conformal'",
        ),
        (
            ["fit", "back-off", "p.npz", "t.json", "--save", "o.json", "--rest", "r.npz"],
            "--rest goes with --share",
        ),
        (
            ["fit", "temperature", "p.npz", "--save", "o.json", "--share", "1.5"],
            "--share must lie between 0 and 1",
        ),
        (
            ["fit", "temperature", "p.npz", "--save", "o.json", "--share", "0.001"],
            "leaves none to fit",
        ),
        (["fit", "temperature", "p.npz", "--save", "p.npz"], "must end in .json"),
        (
            ["fit", "conformal", "p.npz", "t.json", "--save", "o.json", "--coverage", "1.5"],
            "coverage must lie between 0 and 1",
        ),
        (["evaluate", "p.npz", "t.json", "--rule", "t.json"], "t.json"),
        (["evaluate", "p.npz", "t.json", "--rule", "a=x", "--rule", "x"], "--rule takes NAME=FILE"),
        (["evaluate", "p.npz", "t.json", "--fail-under", "promise_kept=1"], "no option"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused(tokens, told, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given(P[:30], LABELS[:30]).save("p.npz")
    (tmp_path / "t.json").write_text(TREE.to_json(), encoding="utf-8")
    assert run(tokens) == 2
    assert told in capsys.readouterr().err
