"""Answers that back off at every threshold, in `evaluate`, against the definition."""

import json

import numpy as np
import pandas as pd
import pytest
from test_selective_risk import NAMES, TREE, area_of, curve, influence, samples

import hiertools as ht
from hiertools import Evaluator, Predictions, evaluate
from hiertools.cli import run
from hiertools.decisions import BackOff, Temperature, selective_risk

AREA = "selective_risk_area"
RULES = ("climbing", "confidence")


def given(p, labels, **fields):
    return Predictions(labels, p, NAMES, score_kind="probability", **fields)


def row_of(result):
    return result.scores.set_index("score").loc[AREA]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(3))
def test_area_and_curve_are_their_definition(rule, seed):
    p, labels = samples(seed, 30)
    points = curve(p, labels, rule)
    result = evaluate(given(p, labels), TREE, selective=rule, intervals=False)
    assert result.value(AREA) == pytest.approx(area_of(points))
    same = selective_risk(p, labels, TREE, NAMES, rule=rule).curves[""]
    told = result.selective_curve
    assert list(told) == ["threshold", "accuracy", "specificity"]
    np.testing.assert_allclose(told.iloc[:-1], same.iloc[:-1])
    np.testing.assert_allclose(told.iloc[-1, 1:], same.iloc[-1, 1:])
    assert np.isnan(told["threshold"].iloc[-1])  # every answer is the root
    assert result.settings["selective"] == rule


def test_intervals_come_from_what_each_sample_adds():
    p, labels = samples(0, 60)
    row = row_of(evaluate(given(p, labels), TREE, selective="climbing", n_bootstrap=4000))
    error = influence(p, labels, "climbing").std() / np.sqrt(60)
    # An interval between bounds is not even; its width is that of 4 standard errors, about.
    assert row["ci_high"] - row["ci_low"] == pytest.approx(2 * 2.0 * error, rel=0.05)
    assert row["ci_low"] < row["value"] < row["ci_high"]


def test_weights_are_numbers_of_samples():
    p, labels = samples(1, 40)
    often = np.arange(40) % 3  # 0 leaves a sample out
    options = {"selective": "confidence", "intervals": False}
    one = evaluate(given(p, labels, weights=often), TREE, **options)
    rows = np.repeat(np.arange(40), often)
    two = evaluate(given(p[rows], labels[rows]), TREE, **options)
    assert one.value(AREA) == pytest.approx(two.value(AREA))
    names, n = np.unique(labels, return_counts=True)
    share = (
        1 / dict(zip(names, n))[labels[0]] if n.size == 1 else 1 / n[np.searchsorted(names, labels)]
    )
    balanced = evaluate(given(p, labels), TREE, balanced=True, **options)
    weighted = evaluate(given(p, labels, weights=share), TREE, **options)
    assert balanced.value(AREA) == pytest.approx(weighted.value(AREA))
    assert balanced.value(AREA) != pytest.approx(one.value(AREA))


@pytest.mark.parametrize("weigh", [False, True])
def test_batches_and_workers_in_any_partition_give_the_same_bits(weigh):
    p, labels = samples(4, 90)
    rng = np.random.default_rng(9)
    weights = rng.random(90) if weigh else np.ones(90)
    options = {"selective": "climbing", "temperature": 1.7, "balanced": weigh, "n_bootstrap": 30}
    whole = evaluate(given(p, labels, weights=weights), TREE, **options)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        workers = [Evaluator(TREE, **options) for _ in range(3)]
        for number, rows in enumerate(np.array_split(rng.permutation(90), 7)):
            workers[number % 3].update(given(p[rows], labels[rows], weights=weights[rows]))
        merged = Evaluator(TREE, **options)
        for worker in rng.permutation(3):
            merged.merge(workers[worker])
        found = merged.result()
        pd.testing.assert_frame_equal(found.scores, whole.scores, check_exact=True)
        pd.testing.assert_frame_equal(found.selective_curve, whole.selective_curve)


def test_order_and_names_of_classes_decide_nothing():
    rng = np.random.default_rng(5)
    p = rng.dirichlet(np.full(len(NAMES), 0.6), 50)
    labels = rng.choice(NAMES, 50)
    turned = {name: f"class {9 - i}" for i, name in enumerate(NAMES)}
    order = rng.permutation(len(NAMES))
    other = Predictions(
        [turned[name] for name in labels], p[:, order], [turned[NAMES[i]] for i in order],
        score_kind="probability",
    )  # fmt: skip
    options = {"selective": "climbing", "n_bootstrap": 50}
    one = evaluate(given(p, labels), TREE, **options).scores
    two = evaluate(other, ht.rename_classes(TREE, turned), **options).scores
    numbers = ["value", "ci_low", "ci_high"]
    np.testing.assert_allclose(one[numbers], two[numbers], rtol=1e-9, atol=1e-9)


def test_ties_are_told():
    p, labels = np.full((4, len(NAMES)), 1 / len(NAMES)), NAMES[:4]
    notes = evaluate(given(p, labels), TREE, selective="climbing", intervals=False).notes
    assert "start from one of the tied classes, drawn by random_state=" in notes[0]


def test_models_are_compared():
    rng = np.random.default_rng(7)
    p = rng.dirichlet(np.full(len(NAMES), 0.4), 300)
    labels = np.array([rng.choice(NAMES, p=row) for row in p])
    noisy = 0.5 * p + 0.5 * rng.dirichlet(np.full(len(NAMES), 0.4), 300)
    models = {"honest": given(p, labels), "noisy": given(noisy, labels)}
    found = evaluate(models, TREE, selective="climbing", permutations=199, n_bootstrap=50)
    row = found.differences.set_index("score").loc[AREA]
    areas = selective_risk({"a": p, "b": noisy}, labels, TREE, NAMES)
    assert row["difference"] == pytest.approx(areas.differences["difference"][0])
    assert (row["better_model"], row["p_value"] < 0.05) == ("honest", True)
    ax = found.plot.backing_off()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["honest", "noisy"]


def test_labels_above_classes_and_unknown_ones_are_right_as_far_as_they_go():
    """Of an unseen class, whoever says its known ancestor is right; who says more is not."""
    tree = ht.ClassTree.from_newick("((lynx,wolf,bear)mammal,newt);")
    names = ["lynx", "wolf", "newt"]
    p = np.array([[0.5, 0.4, 0.1], [0.2, 0.1, 0.7]])
    made = Predictions(["bear", "newt"], p, names, score_kind="probability", unknown="ancestor")
    result = evaluate(made, tree, unknown="ancestor", selective="climbing", intervals=False)
    s = 1 - np.log(2) / np.log(3)
    # Thresholds 0.9 (mammal), 0.7 (newt), 0.5 (lynx, for a bear).
    wanted = [(1, 1, 0), (0.9, 1, s / 2), (0.7, 1, (s + 1) / 2), (0.5, 0.5, 1)]
    np.testing.assert_allclose(result.selective_curve.iloc[:-1][::-1], wanted)
    assert result.value(AREA) == pytest.approx(0.25 * (1 - (s + 1) / 2))
    # Of a label above classes, too; here as a column of its own, which is a class like others.
    wider = np.c_[p, np.zeros(2)]
    inner = Predictions(["mammal", "newt"], wider, [*names, "mammal"], score_kind="probability")
    same = evaluate(inner, tree, selective="climbing", intervals=False)
    assert same.value(AREA) == pytest.approx(0.25 * (1 - (1 - np.log(3) / np.log(4) + 1) / 2))


def test_a_checklist_shares_out_anew():
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.ones(len(NAMES)), 40)
    local = ["a", "b", "g"]
    labels = rng.choice(local, 40)
    left = p[:, np.isin(NAMES, local)]
    left /= left.sum(axis=1, keepdims=True)
    options = {"selective": "confidence", "intervals": False}
    one = evaluate(given(p, labels), TREE, restrict=local, **options)
    kept = [name for name in NAMES if name in local]
    two = Predictions(labels, left, kept, score_kind="probability")
    assert one.value(AREA) == pytest.approx(evaluate(two, TREE, **options).value(AREA))


def test_a_temperature_is_that_of_the_decisions():
    p, labels = samples(8, 80)
    fitted = Temperature(NAMES).fit(0.9 * p + 0.1 / len(NAMES), labels)
    made = given(0.9 * p + 0.1 / len(NAMES), labels)
    result = evaluate(made, TREE, selective="climbing", temperature=fitted, intervals=False)
    wanted = selective_risk(fitted.transform(0.9 * p + 0.1 / len(NAMES)), labels, TREE, NAMES)
    assert result.value(AREA) == pytest.approx(wanted.areas["area"][0])


def test_one_class_and_sure_models():
    one = Predictions(["x"] * 3, np.ones((3, 1)), ["x"], score_kind="probability")
    found = evaluate(one, ht.ClassTree.from_lineages({"x": "x"}), selective="climbing")
    row = row_of(found)
    assert row["value"] == 0.0
    assert np.isnan(row["ci_high"])
    assert row["note"] == "no interval: there is no other value in this tree"
    sure = given(np.eye(len(NAMES)), NAMES)
    row = row_of(evaluate(sure, TREE, selective="confidence"))
    assert (row["value"], row["ci_low"]) == (0.0, 0.0)
    assert 0 < row["ci_high"] < 0.6


def test_a_long_curve_is_thinned_and_saved():
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(len(NAMES)), 800)
    labels = rng.choice(NAMES, 800)
    result = evaluate(given(p, labels), TREE, selective="climbing", intervals=False)
    told, whole = result.selective_curve, selective_risk(p, labels, TREE, NAMES).curves[""]
    assert 400 < len(told) <= 502 < len(whole)
    np.testing.assert_allclose(told.iloc[[0, -1], 1:], whole.iloc[[0, -1], 1:])
    assert {*told["threshold"].iloc[:-1]} <= {*whole["threshold"]}
    again = ht.Evaluation.from_json(result.to_json())
    pd.testing.assert_frame_equal(again.selective_curve, told)
    older = json.loads(result.to_json())
    del older["selective_curve"]
    assert ht.Evaluation.from_json(json.dumps(older)).selective_curve.empty
    older["selective_curve"] = {"columns": {"threshold": ["x"]}, "dtypes": {"threshold": "object"}}
    with pytest.raises(ht.FileFormatError, match="'selective_curve' lacks"):
        ht.Evaluation.from_json(json.dumps(older))


REPS = ht.ClassRepresentatives(np.eye(len(NAMES)), NAMES)


def graph():
    return ht.as_graph([("top", "a"), ("top", "b"), ("b", "c"), ("top", "c")])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda made: evaluate(made, TREE, selective="information"), "valid ones: 'climbing'"),
        (lambda made: evaluate(made, TREE, selective=True), "selective"),
        (
            lambda made: evaluate(
                made, TREE, selective="climbing",
                rule=BackOff(TREE, NAMES).fit(made, made.label_names),
            ),
            "rule= answers at one threshold, and selective= at all of them",
        ),
        (
            lambda made: evaluate(made, TREE, selective="climbing", representatives=REPS),
            "selective= is of the probabilities of a model",
        ),
        (
            lambda made: evaluate(
                Predictions(["a"], np.eye(7)[:1], NAMES), TREE, selective="climbing"
            ),
            "selective= needs probabilities or logits",
        ),
        (
            lambda made: evaluate(
                Predictions(["a"], classes=NAMES, ranked=["a"]), TREE, selective="climbing"
            ),
            "selective= needs probabilities or logits",
        ),
        (
            lambda made: evaluate(
                Predictions(["a"], np.eye(2)[:1], ["a", "c"], score_kind="probability"),
                graph(), selective="climbing",
            ),
            "selective= is of trees",
        ),
        (
            lambda made: evaluate(made, TREE, intervals=False).plot.backing_off(),
            "evaluate with selective='climbing'",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, message):
    with pytest.raises(ht.HiertoolsError, match=message):
        call(given(*samples(0, 5)))


def test_the_command_line_takes_it(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    p, labels = samples(9, 60)
    given(p, labels).save("p.npz")
    (tmp_path / "t.json").write_text(TREE.to_json(), encoding="utf-8")
    tokens = ["evaluate", "p.npz", "t.json", "--selective"]
    outputs = ["--save", "r.json", "--html", "r.html", "--no-intervals"]
    assert run([*tokens, "climbing", *outputs, "--fail-under", f"{AREA}=0.0001"]) == 1
    told = capsys.readouterr()
    assert AREA in told.out
    assert AREA in told.err
    assert ht.read_result("r.json").value(AREA) > 0.0001
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.count("<h2>Backing off</h2>") == 1
    assert run([*tokens, "information"]) == 2
    assert "information" in capsys.readouterr().err
    assert run(["evaluate", "p.npz", "t.json", "--fail-under", f"{AREA}=1"]) == 2
    assert f"no option '{AREA}'" in capsys.readouterr().err


@pytest.mark.parametrize("more", [{"selective": rule} for rule in RULES] + [{"summed": True}])
def test_a_batch_of_which_no_sample_is_left_changes_nothing(more):
    p, labels = samples(3, 30)
    kept = sorted(set(labels))[:3]
    inside = np.isin(labels, kept)
    options = {"restrict": kept, "on_missing": "drop"} | more
    whole = evaluate(given(p[inside], labels[inside]), TREE, **options)
    evaluator = Evaluator(TREE, **options)
    for rows in (~inside, inside):
        evaluator.update(given(p[rows], labels[rows]))
    assert evaluator.result().scores.equals(whole.scores)
