"""Sets of classes or nodes as answers, in `evaluate`, against their definition, written out."""

import json

import numpy as np
import pandas as pd
import pytest
from literal import ancestors
from ranked_trees import SPECIES as NAMES
from ranked_trees import ranked_tree

import hiertools as ht
from hiertools import ClassTree, Evaluator, Predictions, evaluate
from hiertools.cli import run
from hiertools.decisions import ConformalNodes
from hiertools.evaluation.scores import SETS

TREE = ranked_tree(g="w/t")
UNEVEN = ClassTree.from_lineages(
    {"a": "v/x/a", "b": "v/x/b", "c": "v/c", "d": "w/only/d", "e": "w/only/e", "v": "v", "g": "g"}
)
FAST = {"intervals": False, "k": 1, "hs_k": 1}


def drawn(seed, names, n=40, empty=True):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(len(names), 0.5), n)
    sets = rng.random((n, len(names))) < 0.3
    if not empty:
        sets[np.arange(n), rng.integers(0, len(names), n)] = True
    return p, rng.choice(names, n), sets


def given(p, labels, names, **fields):
    return Predictions(labels, p, names, score_kind="probability", **fields)


def literal(tree, names, labels, sets, levels):
    """Every score by what it says: from paths of nodes, one sample after the other."""
    node = {name: int(tree.class_node[tree.class_index[name]]) for name in names}
    up = {v: ancestors(tree, v) for v in range(tree.n_nodes)}
    held = {v: {c for c in names if v in up[node[c]]} for v in up}
    last = {c for c in names if held[node[c]] == {c}}
    below = {v: held[v] & last for v in held}
    depth = {v: len(up[v]) - 1 for v in up}
    rows = []
    for label, members in zip(labels, sets):
        inside = set().union(*(below[node[c]] for c in members)) if members else set()
        row = {"set_coverage": float(below[node[label]] <= inside)}
        row["set_size"] = len(inside)
        full = [v for v in below if below[v] and below[v] <= inside]
        row["set_nodes"] = len({frozenset(below[v]) for v in full} - {
            frozenset(below[v]) for v in full for o in full if below[v] < below[o]
        })  # fmt: skip
        above = [v for v in below if inside and inside <= below[v]]
        deepest = max(above, key=depth.get, default=None)
        row["set_depth"] = np.nan if deepest is None else depth[deepest]
        row["set_specificity"] = (
            np.nan if deepest is None else 1 - np.log(len(below[deepest])) / np.log(len(last))
        )
        for level in levels:
            # The group of a class: its ancestor of that depth, or itself where it lies above.
            group = {c: next((v for v in up[node[c]] if depth[v] == level + 1), node[c])
                     for c in last}  # fmt: skip
            own = {group[c] for c in below[node[label]]}
            reaches = len(own) == 1 and min(own) in up[node[label]]
            met = {group[c] for c in inside}
            row["set_coverage", level] = float(bool(own & met)) if reaches else np.nan
            row["set_size", level] = len(met)
        rows.append(row)
    return pd.DataFrame(rows).mean()


def assert_literal(result, wanted):
    rows = result.scores[result.scores["score"].isin(SETS)]
    assert len(rows) == len(wanted)
    for key, value in wanted.items():
        score, level = key if isinstance(key, tuple) else (key, None)
        assert result.value(score, level) == pytest.approx(value, nan_ok=True), key


@pytest.mark.parametrize("tree", [TREE, UNEVEN], ids=["even", "uneven"])
@pytest.mark.parametrize("seed", range(3))
def test_every_score_is_its_definition(tree, seed):
    names = NAMES if tree is TREE else tree.classes  # in the latter, v lies above others
    p, labels, sets = drawn(seed, names)
    result = evaluate(given(p, labels, names, sets=sets), tree, **FAST)
    own = ht.restrict(tree, names)
    members = [[c for c, there in zip(names, row) if there] for row in sets]
    wanted = literal(own, names, labels, members, range(len(ht.level_names(own))))
    assert_literal(result, wanted)
    empty = int((~sets.any(axis=1)).sum())
    note = result.scores.set_index("score").loc["set_specificity", "note"]
    assert note == f"over the {40 - empty} of 40 samples whose set is not empty"
    as_array = np.empty(40, dtype=object)
    as_array[:] = members
    for named in (members, [set(each) for each in members], as_array):
        by_names = evaluate(given(p, labels, names, sets=named), tree, **FAST)
        pd.testing.assert_frame_equal(by_names.scores, result.scores)


@pytest.mark.parametrize("tree", [TREE, UNEVEN], ids=["even", "uneven"])
def test_sets_of_a_rule_are_those_that_it_gives(tree):
    names = NAMES if tree is TREE else [c for c in tree.classes if c != "v"]
    p, labels, _ = drawn(3, names, 120)
    rule = ConformalNodes(tree, names, coverage=0.8, answer="set").fit(p[:60], labels[:60])
    result = evaluate(given(p[60:], labels[60:], names), tree, rule=rule, **FAST)
    made = rule.predict(p[60:])
    assert result.value("set_coverage") == made.right(labels[60:], names).mean()
    assert result.value("set_size") == made.n_classes.mean()
    assert result.value("set_nodes") == made.n_nodes.mean()
    own = made.tree
    masks = [
        [c for c in names if any(v in ancestors(own, own.class_node[own.class_index[c]])
                                 for v in nodes.tolist())]
        for nodes in made.nodes
    ]  # fmt: skip
    by_hand = evaluate(given(p[60:], labels[60:], names, sets=masks), tree, **FAST)
    pd.testing.assert_frame_equal(by_hand.scores, result.scores)
    plain = evaluate(given(p[60:], labels[60:], names), tree, **FAST)
    assert result.value("accuracy") == plain.value("accuracy")  # of first predictions
    told = "sets of answers are those of ConformalNodes fitted on 60 samples"
    assert any(note.startswith(told) for note in result.notes)


def test_inner_nodes_stand_for_what_is_below_them():
    tree = ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);")
    names = [*tree.classes, "mammal"]
    made = Predictions(
        ["lynx", "newt", "mammal"], classes=names, ranked=["lynx", "lynx", "lynx"],
        sets=[["mammal"], ["mammal", "newt"], ["lynx"]],
    )  # fmt: skip
    found = evaluate(made, tree, **FAST)
    assert found.value("set_coverage") == pytest.approx(2 / 3)  # "some mammal" is no lynx
    assert found.value("set_size") == pytest.approx((2 + 3 + 1) / 3)
    assert found.value("set_nodes") == pytest.approx((1 + 2 + 1) / 3)
    assert found.value("set_coverage", level=0) == 1.0
    # The label "mammal" says nothing at the level of species.
    row = found.scores[(found.scores["score"] == "set_coverage") & (found.scores["level"] == 1)]
    assert row["note"].item() == "over the 2 of 3 samples whose label does not lie above the level"


def test_unknown_labels_are_held_where_all_that_could_be_known_is():
    p, labels, sets = drawn(4, NAMES)
    met = np.where(labels == "f", "g", labels)  # the model knows the order of g, w, alone
    made = given(p, met, NAMES, sets=sets, unknown="ancestor")
    found = evaluate(made, TREE, unknown="ancestor", **FAST)
    order = np.isin(NAMES, ["d", "e", "f"])
    held = sets[np.arange(40), [NAMES.index(c) if c != "g" else 0 for c in met]]
    held = np.where(met == "g", sets[:, order].all(axis=1), held)
    assert found.value("set_coverage") == pytest.approx(held.mean())


def test_checklists_and_dropped_samples_leave_sets_of_the_others():
    p, labels, sets = drawn(5, NAMES)
    here = np.isin(labels, ["a", "b", "d"])
    columns = np.isin(NAMES, ["a", "b", "d"])
    options = {**FAST, "restrict": ["a", "b", "d"]}
    one = evaluate(given(p, labels, NAMES, sets=sets), TREE, on_missing="drop", **options)
    members = [[c for c, yes in zip("abd", row) if yes] for row in sets[here][:, columns]]
    own = ht.restrict(TREE, ("a", "b", "d"))
    assert_literal(one, literal(own, tuple("abd"), labels[here], members, range(3)))


def test_batches_and_workers_in_any_partition_give_the_same_bits(tmp_path):
    p, labels, sets = drawn(6, NAMES, 90)
    options = {"k": 1, "n_bootstrap": 30}
    whole = evaluate(given(p, labels, NAMES, sets=sets), TREE, **options)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        workers = [Evaluator(TREE, **options) for _ in range(3)]
        for number, rows in enumerate(np.array_split(rng.permutation(90), 7)):
            workers[number % 3].update(
                labels[rows], p[rows], NAMES, score_kind="probability", sets=sets[rows]
            )
        merged = Evaluator(TREE, **options)
        for worker in rng.permutation(3):
            merged.merge(workers[worker])
        pd.testing.assert_frame_equal(merged.result().scores, whole.scores, check_exact=True)
    made = given(p, labels, NAMES, sets=sets)
    made.save(tmp_path / "p.npz")
    again = ht.read_predictions(tmp_path / "p.npz")
    assert np.array_equal(again.sets, sets)
    assert repr(again).endswith("probabilities, sets)")
    read = evaluate(tmp_path / "p.npz", TREE, **options)
    pd.testing.assert_frame_equal(read.scores, whole.scores, check_exact=True)
    both = Evaluator(TREE, **options)
    both.update(made)
    both.update(given(p, labels, NAMES))
    with pytest.raises(ht.PredictionsError, match="1 of 2 batches have sets, the others have none"):
        both.result()


def test_order_and_names_of_classes_decide_nothing():
    p, labels, sets = drawn(7, NAMES)
    turned = {name: f"class {9 - i}" for i, name in enumerate("abcdefg")}
    order = [2, 0, 5, 3, 1, 4]
    other = given(
        p[:, order], [turned[c] for c in labels], [turned[NAMES[i]] for i in order],
        sets=sets[:, order],
    )  # fmt: skip
    options = {"k": 1, "n_bootstrap": 50}
    one = evaluate(given(p, labels, NAMES, sets=sets), TREE, **options).scores
    two = evaluate(other, ht.rename_classes(TREE, turned), **options).scores
    numbers = ["value", "ci_low", "ci_high"]
    np.testing.assert_allclose(one[numbers], two[numbers], rtol=1e-9, atol=1e-9)


def test_weights_intervals_and_bounds():
    p, labels, sets = drawn(8, NAMES)
    twice = np.arange(40) % 3
    rows = np.repeat(np.arange(40), twice)
    one = evaluate(given(p, labels, NAMES, sets=sets, weights=twice), TREE, **FAST)
    two = evaluate(given(p[rows], labels[rows], NAMES, sets=sets[rows]), TREE, **FAST)
    for score in SETS:
        assert one.value(score) == pytest.approx(two.value(score))
    everything = evaluate(given(p, labels, NAMES, sets=np.ones_like(sets)), TREE, k=1)
    rows = everything.scores.set_index("score")
    assert rows.loc["set_specificity", "value"] == rows.loc["set_depth", "value"] == 0
    assert rows.loc["set_nodes", "value"] == 1
    size = rows.loc["set_size"].iloc[0]
    assert size["value"] == size["ci_high"] == 6
    assert size["ci_low"] < 6


def test_models_are_compared_where_all_have_sets():
    p, labels, sets = drawn(9, NAMES, 200, empty=False)
    wider = sets | (np.random.default_rng(0).random(sets.shape) < 0.3)
    models = {"a": given(p, labels, NAMES, sets=sets), "b": given(p, labels, NAMES, sets=wider)}
    found = evaluate(models, TREE, permutations=199, n_bootstrap=50, k=1).differences
    row = found[(found["score"] == "set_size") & found["level"].isna()].iloc[0]
    difference = sets.sum(axis=1).mean() - wider.sum(axis=1).mean()
    assert row["difference"] == pytest.approx(difference)
    assert (row["better_model"], row["p_value"] < 0.05) == ("a", True)
    models["b"] = given(p, labels, NAMES)
    found = evaluate(models, TREE, permutations=19, n_bootstrap=20, k=1).differences
    assert not set(found["score"]) & {*SETS}
    rules = {
        share: ConformalNodes(TREE, NAMES, coverage=float(share), answer="set").fit(p, labels)
        for share in ("0.5", "0.9")
    }
    found = evaluate(given(p, labels, NAMES), TREE, rule=rules, permutations=99, k=1)
    row = found.differences.set_index("score").loc["set_coverage"].iloc[0]
    assert (row["better_model"], row["p_value"] < 0.05) == ("0.9", True)


def test_one_class_and_empty_sets():
    one = Predictions(["x"] * 2, np.ones((2, 1)), ["x"], sets=[["x"], []])
    found = evaluate(one, ClassTree.from_lineages({"x": "x"}))
    assert found.value("set_coverage") == found.value("set_size") == 0.5
    assert found.value("set_specificity") == 1.0
    nothing = Predictions(["a", "b"], np.eye(6)[:2], NAMES, sets=[[], []])
    found = evaluate(nothing, TREE, **FAST)
    assert found.value("set_coverage") == found.value("set_size") == 0.0
    row = found.scores.set_index("score").loc["set_depth"]
    assert np.isnan(row["value"])
    assert row["note"] == "no sample whose set is not empty"


def graph():
    return ht.as_graph([("top", "a"), ("top", "b"), ("b", "c"), ("top", "c")])


def fitted(answer):
    p, labels, _ = drawn(0, NAMES)
    return ConformalNodes(TREE, NAMES, answer=answer).fit(p, labels)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sets": np.ones((3, 6))}, r"which classes it holds, \(2, 6\).* got \(3, 6\)"),
        ({"sets": np.full((2, 6), 0.5)}, "that of sample 0 has 0.5 for 'a'"),
        ({"sets": np.full((2, 6), np.nan)}, "that of sample 0 has nan for 'a'"),
        ({"sets": np.array(3)}, r"got \(\)"),
        ({"sets": [["a"]]}, "1 sets and 2 labels; give one a sample"),
        ({"sets": [["a"], ["yeti"]]}, "the set of sample 1 names no class .*: 'yeti'"),
        ({"sets": ["a", "b"]}, "that of sample 0 is 'a'; write a set of one class as a list"),
        ({"sets": [["a"], 3]}, "that of sample 1 is 3"),
        ({"sets": np.array(["a", "b"])}, "that of sample 0 is .*'a'"),
        ({"sets": np.array("a")}, "1 sets and 2 labels"),
        ({"sets": [["a"], [1.5]]}, "names no class of the predictions: '1.5'"),
    ],
)
def test_bad_sets_are_named(fields, message):
    with pytest.raises(ht.PredictionsError, match=message):
        Predictions(["a", "b"], np.eye(6)[:2], NAMES, **fields)


def test_frames_of_sets_keep_the_order_of_classes():
    frame = pd.DataFrame(np.eye(6, dtype=bool)[:2], columns=list(NAMES))
    made = Predictions(["a", "b"], np.eye(6)[:2], NAMES, sets=frame)
    assert np.array_equal(made.sets, frame.to_numpy())
    with pytest.raises(ht.OptionError, match="in another order .*; pass frame"):
        Predictions(["a", "b"], np.eye(6)[:2], NAMES, sets=frame[list("bacdef")])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda made: evaluate(made, TREE, rule=fitted("set")),
            "rule= makes the answers, and these predictions bring sets",
        ),
        (
            lambda made: evaluate(
                Predictions(["a"], np.eye(2)[:1], ["a", "c"], sets=[["a"]]), graph()
            ),
            "sets of answers are scored by a tree",
        ),
        (
            lambda made: evaluate(
                given(*drawn(0, NAMES)[:2], NAMES), TREE,
                rule={"node": fitted("node"), "set": fitted("set")},
            ),
            "some of the rules answer with one node a sample and others with sets",
        ),
        (
            lambda made: evaluate(
                given(*drawn(0, NAMES)[:2], NAMES), ClassTree.from_newick("((a,b,c,d),(e,f));"),
                rule=fitted("set"),
            ),
            "rule= was fitted with another tree",
        ),
    ],
)  # fmt: skip
def test_contradictions_are_refused(call, message):
    p, labels, sets = drawn(0, NAMES)
    with pytest.raises(ht.HiertoolsError, match=message):
        call(given(p, labels, NAMES, sets=sets))


def test_results_are_saved_reported_and_reached_from_the_command_line(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    p, labels, sets = drawn(9, NAMES, 60)
    given(p, labels, NAMES, sets=sets).save("sets.npz")
    given(p, labels, NAMES).save("p.npz")
    (tmp_path / "t.json").write_text(TREE.to_json(), encoding="utf-8")
    fit = ["fit", "conformal", "p.npz", "t.json", "--coverage", "0.8", "--save", "rule.json"]
    assert run([*fit, "--answer", "set"]) == 0
    assert run(["fit", "back-off", *fit[2:4], "--save", "b.json", "--answer", "set"]) == 2
    assert "--answer is not of 'back-off'" in capsys.readouterr().err
    line = ["evaluate", "p.npz", "t.json", "--rule", "rule.json", "--no-intervals", "--k", "1"]
    files = ["--save", "r.json", "--html", "r.html"]
    assert run([*line, *files, "--fail-under", "set_coverage=1.0"]) == 1
    told = capsys.readouterr()
    assert "set_coverage is" in told.err
    assert "set_specificity" in told.out
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.count("<h2>Sets of answers</h2>") == 1
    assert "Sets are those of ConformalNodes fitted on 60 samples" in page
    result = ht.read_result("r.json")
    assert json.loads(result.to_json()) == json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert run([*line, "--fail-under", "promise_kept=0.5"]) == 2
    assert "no option 'promise_kept'" in capsys.readouterr().err
    assert run(["evaluate", "sets.npz", "t.json", "--no-intervals", "--k", "1", *files]) == 0
    assert ht.read_result("r.json").value("set_size") == sets.sum(axis=1).mean()
    assert run(["evaluate", "sets.npz", "t.json", "--rule", "rule.json"]) == 2
    assert "bring sets of answers of their own" in capsys.readouterr().err


def test_fitting_on_a_share_keeps_sets_of_the_rest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    p, labels, sets = drawn(9, NAMES, 60)
    given(p, labels, NAMES, sets=sets).save("sets.npz")
    rest = ["--share", "0.5", "--rest", "rest.npz", "--save", "t.json"]
    assert run(["fit", "temperature", "sets.npz", *rest]) == 0
    held = ht.read_predictions("rest.npz")
    rows = [int(np.flatnonzero((p == row).all(axis=1))[0]) for row in held.scores]
    assert np.array_equal(held.sets, sets[rows])
