"""Probabilities summed at each level in `evaluate`, and temperatures, against definitions."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from ranked_trees import SPECIES as NAMES
from ranked_trees import ranked_tree

import hiertools as ht
from hiertools import Evaluator, Predictions, evaluate
from hiertools.cli import run
from hiertools.decisions import Temperature, calibration_by_level

TREE = ranked_tree(g="w/t")
GROUPS = {
    "order": dict(zip("abcdefg", "vvvwwww")),
    "genus": dict(zip("abcdefg", "xxyzzut")),
    "species": dict(zip("abcdefg", "abcdefg")),
    None: dict(zip("abcdefg", "abcdefg")),
}
CALIBRATION = (
    "brier_score", "log_loss", "adaptive_calibration_error", "classwise_calibration_error",
    "expected_calibration_error",
)  # fmt: skip
OPTIONS = {"summed": True, "k": (1, 2), "n_bootstrap": 30}


def drawn(seed, n=60, ties=True):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(len(NAMES), 0.6), n)
    labels = np.array([rng.choice(NAMES, p=row) for row in p])
    return (np.array([rng.multinomial(16, row) for row in p]) / 16 if ties else p), labels


def given(p, labels, **fields):
    return Predictions(labels, p, NAMES, score_kind="probability", **fields)


def binned(pairs, n, n_bins):
    """The mean gap of (probability, truth) pairs over equal bins, 1.0 in the last."""
    total = 0.0
    for b in range(n_bins):
        inside = [(p, t) for p, t in pairs if min(int(p * n_bins + 1e-9), n_bins - 1) == b]
        total += abs(sum(t - p for p, t in inside)) / n
    return total


def written_out(p, labels, rank, n_bins, known=NAMES):
    """Every score at one level, by its definition. A label of an unknown group is no group's."""
    of = GROUPS[rank]
    groups = sorted({of[name] for name in known})
    q = [{g: sum(x for x, c in zip(row, NAMES) if of[c] == g) for g in groups} for row in p]
    y = [of[label] for label in labels]
    n = len(y)
    best = [max(r.values()) for r in q]
    right = []
    for r, t, top in zip(q, y, best):
        tied = [g for g in groups if r[g] >= top - 1e-12]
        right.append((t in tied) / len(tied))
    adaptive = {}
    for top, t in zip(best, right):
        place = sum(x < top - 1e-9 for x in best) + sum(abs(x - top) <= 1e-9 for x in best) / 2
        adaptive.setdefault(int(place * n_bins / n + 1e-9), []).append(t - top)
    there = [(r, t) for r, t in zip(q, y) if t in groups]
    found = {
        "brier_score": np.mean([sum((r[g] - (g == t)) ** 2 for g in groups) for r, t in there]),
        "log_loss": np.mean([-math.log(max(min(r[t], 1.0), 2.0**-52)) for r, t in there]),
        "expected_calibration_error": binned([*zip(best, right)], n, n_bins),
        "adaptive_calibration_error": sum(abs(sum(gaps)) for gaps in adaptive.values()) / n,
        "classwise_calibration_error": np.mean(
            [binned([(r[g], t == g) for r, t in zip(q, y)], n, n_bins) for g in groups]
        ),
    }
    for k in (1, 2):
        hits = []
        for r, t in zip(q, y):
            above = sum(x > r.get(t, 2) + 1e-12 for x in r.values())
            tied = sum(abs(x - r.get(t, 2)) <= 1e-12 for x in r.values())
            hits.append(min(max((k - above) / tied, 0.0), 1.0) if t in groups else 0.0)
        found["summed_top_k_accuracy", k] = np.mean(hits)
    return found


def assert_written_out(result, wanted, rank):
    for key, value in wanted.items():
        if isinstance(key, tuple):
            if rank is not None:
                assert result.value(key[0], rank, key[1]) == pytest.approx(value)
        else:
            level = None if rank is None else rank
            assert result.value(key, level) == pytest.approx(value, abs=1e-9), (rank, key)


@pytest.mark.parametrize(("seed", "ties", "n_bins"), [(0, True, 4), (1, False, 15)])
def test_every_score_is_its_definition(seed, ties, n_bins):
    p, labels = drawn(seed, ties=ties)
    result = evaluate(given(p, labels), TREE, intervals=False, n_bins=n_bins, **OPTIONS)
    for rank in GROUPS:
        assert_written_out(result, written_out(p, labels, rank, n_bins), rank)
    plain = evaluate(given(p, labels), TREE, intervals=False, k=(1, 2))
    for k in (1, 2):  # where groups are classes
        same = result.value("summed_top_k_accuracy", "species", k)
        assert same == pytest.approx(plain.value("top_k_accuracy", k=k))
    assert set(plain.scores["score"]) < set(result.scores["score"])


def test_decisions_tell_the_same_calibration():
    p, labels = drawn(2)
    result = evaluate(given(p, labels), TREE, intervals=False, **OPTIONS)
    for row in calibration_by_level(p, labels, TREE, NAMES).to_dict("records"):
        level = None if pd.isna(row["level"]) else int(row["level"])
        assert result.value(row["score"], level) == pytest.approx(row["value"], abs=1e-9)


def test_unknown_groups_are_left_out_and_checklists_share_out_anew():
    p, labels = drawn(3)
    met = np.where(labels == "f", "g", labels)  # genus and species of g are unknown
    options = {**OPTIONS, "intervals": False}
    made = given(p, met, unknown="ancestor")
    result = evaluate(made, TREE, unknown="ancestor", **options)
    for rank in GROUPS:
        assert_written_out(result, written_out(p, met, rank, 15), rank)
    losses = result.scores[result.scores["score"] == "log_loss"].set_index("rank")
    left_out = (met == "g").sum()
    assert losses.loc["genus", "note"] == f"undefined for {left_out} of 60 samples, left out"
    here = np.isin(labels, ["a", "b", "d"])
    left = p * np.isin(NAMES, ["a", "b", "d"])
    total = left.sum(axis=1, keepdims=True)
    left = np.where(
        total > 0, left / np.where(total > 0, total, 1), np.isin(NAMES, list("abd")) / 3
    )
    local = evaluate(given(p[here], labels[here]), TREE, restrict=["x", "d"], **options)
    for rank in GROUPS:
        wanted = written_out(left[here], labels[here], rank, 15, known="abd")
        del wanted["summed_top_k_accuracy", 2]
        assert_written_out(local, wanted, rank)


def test_batches_and_workers_in_any_partition_give_the_same_bits():
    p, labels = drawn(4, 90, ties=False)
    options = {**OPTIONS, "temperature": 1.7}
    whole = evaluate(given(p, labels), TREE, **options)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        workers = [Evaluator(TREE, **options) for _ in range(3)]
        for number, rows in enumerate(np.array_split(rng.permutation(90), 7)):
            workers[number % 3].update(labels[rows], p[rows], NAMES, score_kind="probability")
        merged = Evaluator(TREE, **options)
        for worker in rng.permutation(3):
            merged.merge(workers[worker])
        pd.testing.assert_frame_equal(merged.result().scores, whole.scores, check_exact=True)


def test_order_and_names_of_classes_decide_nothing():
    p, labels = drawn(5, ties=False)
    turned = {name: f"class {9 - i}" for i, name in enumerate("abcdefg")}
    order = [2, 0, 5, 3, 1, 4]
    other = Predictions(
        [turned[name] for name in labels], p[:, order], [turned[NAMES[i]] for i in order],
        score_kind="probability",
    )  # fmt: skip
    one = evaluate(given(p, labels), TREE, **OPTIONS).scores
    two = evaluate(other, ht.rename_classes(TREE, turned), **OPTIONS).scores
    numbers = ["value", "ci_low", "ci_high"]
    np.testing.assert_allclose(one[numbers], two[numbers], rtol=1e-9, atol=1e-9)


def test_weights_count_where_they_can():
    p, labels = drawn(6)
    twice = np.arange(60) % 4
    often = np.repeat(np.arange(60), twice)
    options = {**OPTIONS, "intervals": False}
    one = evaluate(given(p, labels, weights=twice), TREE, **options)
    two = evaluate(given(p[often], labels[often]), TREE, **options)
    for score in (
        "brier_score", "log_loss", "expected_calibration_error", "adaptive_calibration_error"
    ):  # fmt: skip
        assert one.value(score, "genus") == pytest.approx(two.value(score, "genus"))
    row = one.scores.set_index("score").loc["classwise_calibration_error"].iloc[0]
    assert (row["status"], row["note"]) == (
        "undefined", "it is summed over all samples alike, and these count unlike"
    )  # fmt: skip


def test_models_are_compared_at_each_level():
    p, labels = drawn(7, 200, ties=False)
    sure = p**4 / (p**4).sum(axis=1, keepdims=True)
    found = evaluate(
        {"honest": given(p, labels), "sure": given(sure, labels)}, TREE, permutations=99, **OPTIONS
    )
    rows = found.differences[found.differences["level"] == 1].set_index("score")
    assert rows.loc["log_loss", "better_model"] == "honest"
    assert rows.loc["log_loss", "p_value"] < 0.05
    assert rows.loc["classwise_calibration_error", "note"].startswith("no test: only sums")
    assert rows.loc["adaptive_calibration_error", "note"].startswith("no test: its bias")


# ---- temperatures


@pytest.mark.parametrize("kind", ["probability", "logit"])
def test_a_temperature_is_that_of_the_decisions(kind, tmp_path):
    p, labels = drawn(8, 200, ties=False)
    sure = p**3 / (p**3).sum(axis=1, keepdims=True)
    fitted = Temperature(NAMES).fit(sure[:100], labels[:100])
    fitted.to_json(tmp_path / "t.json")
    scores = sure if kind == "probability" else np.log(sure) + 7.0
    held = Predictions(labels[100:], scores[100:], NAMES, score_kind=kind)
    options = {**OPTIONS, "n_bootstrap": 10}
    wanted = evaluate(given(fitted.transform(sure[100:]), labels[100:]), TREE, **options).scores
    for temperature in (fitted, tmp_path / "t.json", fitted.temperature_):
        result = evaluate(held, TREE, temperature=temperature, **options)
        np.testing.assert_allclose(result.scores["value"], wanted["value"], rtol=1e-9, atol=1e-9)
        assert result.settings["temperature"] == fitted.temperature_
    before = evaluate(held, TREE, intervals=False)
    assert before.value("accuracy") == result.value("accuracy")
    error = "expected_calibration_error"
    assert result.value(error) < before.value(error)
    # Restriction comes to the same before and after.
    local = np.isin(labels[100:], list("abc"))
    part = Predictions(labels[100:][local], scores[100:][local], NAMES, score_kind=kind)
    q = fitted.transform(sure[100:][local])[:, :3]
    alone = Predictions(
        labels[100:][local], q / q.sum(axis=1, keepdims=True), NAMES[:3], score_kind="probability"
    )
    one = evaluate(part, TREE, restrict=["v"], temperature=fitted, intervals=False, **SHORT)
    two = evaluate(alone, TREE, intervals=False, **SHORT)
    np.testing.assert_allclose(one.scores["value"], two.scores["value"], rtol=1e-9, atol=1e-9)


SHORT = {"summed": True, "k": (1, 2)}


def test_a_certain_model_stays_one_at_any_temperature():
    made = Predictions(["a", "b"], np.eye(6)[:2], NAMES, score_kind="probability")
    found = evaluate(made, TREE, temperature=5.0, intervals=False, **SHORT)
    assert found.value("brier_score") == found.value("log_loss", "order") == 0.0


REPS = ht.ClassRepresentatives(np.eye(6), NAMES)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda made: evaluate(made, TREE, temperature=0.0), "temperature must be a positive"),
        (lambda made: evaluate(made, TREE, temperature=Temperature()), "has not been fitted"),
        (lambda made: evaluate(made, TREE, temperature="gone.json"), "gone.json"),
        (
            lambda made: evaluate(
                made, TREE, temperature='{"hiertools": "comparison", "format": 1}'
            ),
            "not a saved temperature but a saved comparison",
        ),
        (
            lambda made: evaluate(
                made, TREE, temperature='{"hiertools": "temperature", "format": 1}'
            ),
            "lacks 'temperature'",
        ),
        (
            lambda made: evaluate(Predictions(["a"], np.eye(6)[:1], NAMES), TREE, temperature=2),
            "temperature= needs probabilities or logits",
        ),
        (
            lambda made: evaluate(Predictions(["a"], np.eye(6)[:1], NAMES), TREE, summed=True),
            "summed= needs probabilities or logits",
        ),
        (
            lambda made: evaluate(
                Predictions(["a"], classes=NAMES, ranked=["a"]), TREE, summed=True
            ),
            "summed= needs probabilities or logits",
        ),
        (
            lambda made: evaluate(made, TREE, representatives=REPS, summed=True),
            "summed= is of the probabilities of a model",
        ),
        (
            lambda made: evaluate(made, TREE, representatives=REPS, temperature=2.0),
            "temperature= is of the probabilities of a model",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ht.HiertoolsError, match=message):
        call(given(*drawn(0, 5)))


def test_the_command_line_takes_both(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    p, labels = drawn(9, ties=False)
    given(p, labels).save("p.npz")
    (tmp_path / "t.json").write_text(TREE.to_json(), encoding="utf-8")
    Temperature(NAMES).fit(p, labels).to_json("cool.json")
    tokens = ["evaluate", "p.npz", "t.json", "--summed", "--temperature"]
    limits = ["--fail-under", "log_loss@order=0.0001", "--fail-under",
              "summed_top_k_accuracy,level=order,k=1=0.1"]  # fmt: skip
    assert run([*tokens, "cool.json", "--no-intervals", "--save", "r.json", *limits]) == 1
    told = capsys.readouterr()
    assert "summed_top_k_accuracy, k=1" in told.out
    assert "log_loss@order is" in told.err or "log_loss, level order" in told.err
    assert "summed_top_k" not in told.err
    held = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert held["settings"]["summed"] is True
    assert ht.read_result("r.json").value("summed_top_k_accuracy", "order", 1) > 0.1
    for line, sentence in (
        ([*tokens, "gone.json"], "gone.json"),
        ([*tokens, "-1"], "temperature must be a positive number"),
        (["evaluate", "p.npz", "t.json", "--fail-under", "log_loss=1"], "no option 'log_loss'"),
        (
            [*tokens[:4], "--fail-under", "summed_top_k_accuracy,k=1=1"],
            "has a level and a k, as in summed_top_k_accuracy,level=0,k=1",
        ),
        (
            [*tokens[:4], "--fail-under", "summed_top_k_accuracy,level=0,k=3=1"],
            "names a k that is not computed",
        ),
        (
            [*tokens[:4], "--fail-under", "summed_top_k_accuracy,level=9,k=1=1"],
            "names a level that is not scored",
        ),
    ):
        assert run(line) == 2
        assert sentence in capsys.readouterr().err
