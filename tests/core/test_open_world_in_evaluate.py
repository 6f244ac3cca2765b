"""`evaluate` where a model lacks the classes of some labels, against definitions written out."""

import itertools

import numpy as np
import pandas as pd
import pytest
from literal import below, path_name
from ranked_trees import FIELD as TREE
from ranked_trees import RANKS
from scipy import stats

import hiertools as ht
from hiertools import ClassTree, Evaluator, Predictions, evaluate
from hiertools.cli import run
from hiertools.decisions import back_off, open_world

KNOWN = ("a", "c", "d", "f")  # b's genus is known, h's is not, of g not even the order
WAY = {name: path_name(TREE, TREE.class_node[i]) for i, name in enumerate(TREE.classes)}
OF_UNSEEN = {f"{kind}_{what}" for kind in ("seen", "unseen") for what in ("accuracy",)} | {
    "harmonic_accuracy", "seen_balanced_distance", "unseen_balanced_distance",
    "mixed_balanced_distance",
}  # fmt: skip
OPTIONS = {"unknown": "ancestor", "n_bootstrap": 30, "k": (1, 2)}


def drawn(seed, n=60):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(len(KNOWN), 0.5), n)
    return p, rng.choice(list("abcdefgh"), n)


def made(seed, n=60):
    p, labels = drawn(seed, n)
    return Predictions(labels, p, KNOWN, score_kind="probability", unknown="ancestor")


def truth_of(name):
    """The longest beginning of the label's path that a class of the model has, too."""
    parts = WAY[name].split("/")
    ways = ["/".join(parts[:n]) for n in range(len(parts), 0, -1)]
    return next((w for w in ways if any(f"{WAY[c]}/".startswith(w + "/") for c in KNOWN)), "")


def edges(a, b):
    def line(way):
        parts = way.split("/")
        return {"/".join(parts[: n + 1]) for n in range(len(parts))} - {""}

    return len(line(a) ^ line(b))


@pytest.mark.parametrize("answers", ["classes", "nodes"])
@pytest.mark.parametrize("seed", [0, 1])
def test_scores_are_their_definitions(seed, answers):
    p, labels = drawn(seed)
    said = back_off(p, TREE, KNOWN, threshold=0.0 if answers == "classes" else 0.7).paths
    names = [*KNOWN, *sorted({way for way in said if way not in WAY.values()} - {""})]
    names += ["Unassigned"] * ("" in said)
    of_way = {way: name for name, way in WAY.items()} | {"": "Unassigned"}
    ranked = [of_way.get(way, way) for way in said]
    made = Predictions(labels, classes=names, ranked=ranked, unknown="ancestor")
    result = evaluate(made, TREE, intervals=False, **{**OPTIONS, "k": 1})
    for place, rank in enumerate(RANKS):
        right = {True: [], False: []}
        for label, way in zip(labels, said):
            group = WAY[label].split("/")[: place + 1]
            if any(WAY[c].split("/")[: place + 1] == group for c in KNOWN):
                right[label in KNOWN].append(way.split("/")[: place + 1] == group)
        shares = [np.mean(each) if each else np.nan for each in right.values()]
        both = stats.hmean(shares) if min(shares) > 0 else shares[0] * shares[1]
        found = [result.value(f"{kind}_accuracy", level=rank) for kind in ("seen", "unseen")]
        assert found == pytest.approx(shares, nan_ok=True)
        assert result.value("harmonic_accuracy", level=rank) == pytest.approx(both, nan_ok=True)
        table = result.seen_and_unseen()
        assert table["rank"].tolist() == list(RANKS)
        row = table[["seen", "unseen", "harmonic"]].to_numpy()[place]
        assert row.tolist() == pytest.approx([*shares, both], nan_ok=True)
    means = []
    for seen in (True, False):
        by_truth = {}
        for label, way in zip(labels, said):
            if (label in KNOWN) == seen:
                by_truth.setdefault(truth_of(label), []).append(edges(truth_of(label), way))
        means.append(np.mean([np.mean(each) for each in by_truth.values()]))
    means.append(np.mean(means))
    kinds = ("seen", "unseen", "mixed")
    assert [result.value(f"{kind}_balanced_distance") for kind in kinds] == pytest.approx(means)
    lacking = sum(label not in KNOWN for label in labels)
    assert any(
        note == f"{lacking} of 60 samples are of 4 classes that the model lacks ('b', 'e', 'g', "
        "'h'): their truth, in every score, is the deepest ancestor that it knows."
        for note in result.notes
    )


def test_every_other_score_is_that_of_labels_at_the_ancestor():
    p, labels = drawn(3)
    said = [KNOWN[i] for i in p.argmax(axis=1)]
    found = evaluate(
        Predictions(labels, classes=KNOWN, ranked=said, unknown="ancestor"), TREE, **OPTIONS
    ).scores
    truth = [truth_of(name) or "Unassigned" for name in labels]
    of_way = {way: name for name, way in WAY.items()}
    truth = [of_way.get(way, way) for way in truth]
    names = sorted({*KNOWN, *truth})
    wanted = evaluate(
        Predictions(truth, classes=names, ranked=said), TREE, n_bootstrap=30, k=(1, 2)
    ).scores
    found = found[~found["score"].isin(OF_UNSEEN)].reset_index(drop=True)
    columns = ["score", "level", "k", "value", "n_classes", "status"]
    # Below an ancestor the model's classes are counted, and there are more where nodes are some.
    bits = found["score"] == "mistake_lca_information"
    pd.testing.assert_frame_equal(found.loc[~bits, columns], wanted.loc[~bits, columns])
    lost = [bits_of(way, said[i]) for i, way in enumerate(map(truth_of, labels))]
    lost = [x for x in lost if x is not None]
    assert found.loc[bits, "value"].item() == pytest.approx(np.mean(lost))


def bits_of(way, said):
    """The logarithm of the number of classes below the ancestor; None where the answer is right."""
    if way == WAY[said]:
        return None
    ends = zip(way.split("/"), WAY[said].split("/"))
    met = "".join(f"{a}/" for a, _ in itertools.takewhile(lambda x: x[0] == x[1], ends))
    return np.log2(sum(f"{WAY[name]}/".startswith(met) for name in KNOWN))


@pytest.mark.parametrize("variant", ["devise", "paper", "similarity", "ancestors"])
def test_a_sample_is_judged_whoever_else_is_met(variant):
    p, labels = drawn(4)
    seen = np.isin(labels, KNOWN)
    held = {"classes": KNOWN, "score_kind": "probability", "unknown": "ancestor"}
    options = {
        "unknown": "ancestor", "k": (1, 2, 4, 5), "hp_variant": variant, "similarity": "barz",
        "summed": True, "selective": "climbing", "intervals": False,
    }  # fmt: skip
    key = ["score", "level", "k"]
    alone = evaluate(Predictions(labels[seen], p[seen], **held), TREE, **options).scores
    beside = evaluate(Predictions(labels, p, weights=seen, **held), TREE, **options).scores
    both = alone.merge(beside, on=key, suffixes=("", "_beside"), validate="one_to_one")
    both = both[both["score"] != "classwise_calibration_error"]  # which has no weights
    assert len(both) > 60
    np.testing.assert_allclose(both["value"], both["value_beside"], rtol=1e-12)


def shares_interval(value, error, n):
    """Clopper and Pearson's of a share, for as many trials as have the error; see docs."""
    t = stats.t.ppf(0.975, n - 1)
    trials = value * (1 - value) / error**2 * (stats.norm.ppf(0.975) / t) ** 2
    hits = trials * value
    return (
        stats.beta.ppf(0.025, hits, trials - hits + 1),
        stats.beta.ppf(0.975, hits + 1, trials - hits),
    )


@pytest.mark.parametrize("kind", ["seen", "unseen", "mixed"])
def test_the_interval_of_a_balanced_distance_is_its_definition(kind):
    p, labels = drawn(10, 80)
    result = evaluate(made(10, 80), TREE, **OPTIONS)
    far = {}
    for label, i in zip(labels, p.argmax(axis=1)):
        key = (label in KNOWN, truth_of(label))
        far.setdefault(key, []).append(edges(truth_of(label), WAY[KNOWN[i]]))
    if kind != "mixed":
        far = {key: x for key, x in far.items() if key[0] == (kind == "seen")}
    of_kind = {seen: sum(key[0] == seen for key in far) for seen, _ in far}
    w = {key: 1 / len(of_kind) / of_kind[key[0]] for key in far}
    apart = {key: sum((d - np.mean(x)) ** 2 for d in x) for key, x in far.items()}
    within = sum(apart.values()) / sum(len(x) - 1 for x in far.values())
    part = {
        key: w[key] ** 2 * (apart[key] + 2 * within) / (len(x) * (len(x) + 1))
        for key, x in far.items()
    }
    total = sum(part.values())
    freedom = total**2 / sum(part[key] ** 2 / (len(x) + 1) for key, x in far.items())
    informed = 1 / sum(w[key] ** 2 / len(x) for key, x in far.items())
    # As shares of the longest way between classes and true nodes: six edges.
    row = result.scores.set_index("score").loc[f"{kind}_balanced_distance"]
    low, high = shares_interval(row["value"] / 6, total**0.5 / 6, min(informed, freedom + 1))
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((6 * low, 6 * high))


class Answering:
    """A rule that backs off at one threshold."""

    told = "back_off at a threshold"

    def __init__(self, threshold):
        self.threshold = threshold

    def predict(self, probabilities):
        return back_off(probabilities, TREE, threshold=self.threshold)

    def to_json(self):
        return str(self.threshold)


@pytest.mark.parametrize("threshold", [None, 0.0, 0.5, 0.8, 0.95])
def test_open_world_of_decisions_says_the_same(threshold):
    p, labels = drawn(4, 200)
    rule = None if threshold is None else Answering(threshold)
    made = Predictions(labels, p, KNOWN, score_kind="probability", unknown="ancestor")
    result = evaluate(made, TREE, intervals=False, rule=rule, **OPTIONS)
    decided = back_off(p, TREE, KNOWN, threshold=threshold or 0.0)
    found = open_world(decided, labels, TREE, unknown="ancestor")
    for row in found.scores.to_dict("records"):
        level = None if pd.isna(row["level"]) else int(row["level"])
        assert result.value(row["score"], level) == pytest.approx(row["value"], nan_ok=True)


def test_batches_and_workers_in_any_partition_give_the_same_bits():
    p, labels = drawn(5, 90)
    whole = evaluate(made(5, 90), TREE, **OPTIONS)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        # Known labels first, so that a worker may see none that the model lacks.
        order = rng.permutation(90) if seed else np.argsort([x not in KNOWN for x in labels])
        workers = [Evaluator(TREE, **OPTIONS) for _ in range(3)]
        for number, rows in enumerate(np.array_split(order, 7)):
            workers[number % 3].update(labels[rows], p[rows], KNOWN, score_kind="probability")
        merged = Evaluator(TREE, **OPTIONS)
        for worker in rng.permutation(3):
            merged.merge(workers[worker])
        again = merged.result()
        pd.testing.assert_frame_equal(again.scores, whole.scores, check_exact=True)
        pd.testing.assert_frame_equal(again.per_node, whole.per_node)
        assert again.notes == whole.notes
        assert again.predefined == whole.predefined


def test_order_and_names_of_classes_decide_nothing():
    p, labels = drawn(6)
    turned = {name: f"class {8 - i}" for i, name in enumerate("abcdefgh")}
    order = [2, 0, 3, 1]
    other = Predictions(
        [turned[name] for name in labels], p[:, order], [turned[KNOWN[i]] for i in order],
        score_kind="probability", unknown="ancestor",
    )  # fmt: skip
    one = evaluate(made(6), TREE, **OPTIONS).scores
    two = evaluate(other, ht.rename_classes(TREE, turned), **OPTIONS).scores
    numbers = ["value", "ci_low", "ci_high"]
    np.testing.assert_allclose(one[numbers], two[numbers], rtol=1e-9)


def test_models_are_compared_on_what_they_never_saw():
    p, labels = drawn(7, 200)
    better = 0.5 * p
    for row, name in enumerate(labels):
        near = [i for i, c in enumerate(KNOWN) if WAY[c].split("/")[0] == WAY[name].split("/")[0]]
        better[row, near or [0]] += 0.5 / len(near or [0])
    given = {
        name: Predictions(labels, q, KNOWN, score_kind="probability", unknown="ancestor")
        for name, q in (("one", p), ("two", better))
    }
    found = evaluate(given, TREE, unknown="ancestor", k=1, permutations=199, n_bootstrap=30)
    rows = found.differences.set_index(["score", "level"])
    assert rows.loc[("unseen_accuracy", 0), "better_model"] == "two"
    assert rows.loc[("unseen_accuracy", 0), "p_value"] < 0.05
    of_distance = rows.loc["mixed_balanced_distance"].iloc[0]
    assert of_distance["better_model"] == "two"
    assert of_distance["p_value"] < 0.05
    assert of_distance["ci_low"] > 0
    assert rows.loc[("harmonic_accuracy", 0), "note"].startswith("no test: the two accuracies")
    grouped = evaluate(
        given, TREE, unknown="ancestor", k=1, permutations=99, n_bootstrap=30,
        groups=np.arange(200) // 5,
    )  # fmt: skip
    rows = grouped.differences.set_index("score")
    assert rows.loc["mixed_balanced_distance", "p_value"] < 0.05
    inner = grouped["one"].scores.set_index("score").loc["mixed_balanced_distance"]
    assert inner["ci_low"] < inner["value"] < inner["ci_high"]


def test_files_reports_and_the_command_line_take_it(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = made(8)
    given.save("p.npz")
    (tmp_path / "t.json").write_text(TREE.to_json(), encoding="utf-8")
    held = {"label": given.label_names, **dict(zip(KNOWN, given.scores.T))}
    pd.DataFrame(held).to_csv("p.csv", index=False)
    whole = evaluate(given, "t.json", **OPTIONS)
    for source in ("p.npz", "p.csv"):
        read = ht.read_predictions(source, score_kind="probability", unknown="ancestor")
        assert read.lacking == tuple("begh")
        assert read.label_names.tolist() == given.label_names.tolist()
        again = evaluate(source, "t.json", score_kind="probability", **OPTIONS)
        np.testing.assert_allclose(again.scores["value"], whole.scores["value"])
        with pytest.raises(ht.ClassMismatchError, match="4 of 8 classes have no place"):
            ht.read_predictions(source)
    tokens = ["evaluate", "p.npz", "t.json", "--unknown", "ancestor", "--no-intervals"]
    assert run([*tokens, "--html", "r.html", "--save", "r.json"]) == 0
    shown = capsys.readouterr().out
    assert "unseen_accuracy" in shown
    assert "classes that the model lacks" in shown
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Seen and unseen classes" in page
    assert "harmonic mean" in page
    back = ht.read_result("r.json")
    assert back.settings["unknown"] == "ancestor"
    wanted = evaluate(given, TREE, intervals=False, unknown="ancestor")
    pd.testing.assert_frame_equal(back.seen_and_unseen(), wanted.seen_and_unseen())
    assert run(["evaluate", "p.npz", "t.json"]) == 2


def test_a_checklist_rules_over_what_is_true():
    p, labels = drawn(9)
    rows = np.isin(labels, list("cdefh"))
    local = Predictions(
        labels[rows], p[rows], KNOWN, score_kind="probability", unknown="ancestor"
    )  # fmt: skip
    found = evaluate(local, TREE, restrict=["y", "u", "h", "e"], on_missing="drop", **OPTIONS)
    # d is off the list, so nothing of z can be predicted: e's truth is w.
    assert {"w"} < set(found.per_class["class"])
    assert not {"d", "z"} & set(found.per_class["class"])
    of_e = (labels[rows] == "e").sum() + (labels[rows] == "h").sum()
    assert found.per_class.set_index("class").loc["w", "n"] == of_e


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evaluate(made(0), TREE), "4 classes that the model lacks .* pass unknown="),
        (
            lambda: evaluate(made(0), ht.restrict(TREE, list("abcdf")), unknown="ancestor"),
            "3 labels have no place in the tree: 'e', 'g', 'h'",
        ),
        (
            lambda: evaluate(
                Predictions(["a", "zebra"], np.eye(4)[:2], KNOWN, unknown="ancestor"), TREE,
                unknown="ancestor",
            ),
            "1 labels have no place in the tree: 'zebra'",
        ),
        (lambda: Predictions(["b"], np.eye(4)[:1], KNOWN), "1 of 1 class has no place"),
        (lambda: evaluate(made(0), TREE, unknown="parent"), "valid ones: 'error', 'ancestor'"),
        (
            lambda: ht.as_predictions(
                pd.DataFrame({"label": ["a", "b"], "prediction": ["a", "c"]}), unknown="ancestor"
            ),
            "don't tell which classes the model knows",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, message):
    with pytest.raises(ht.HiertoolsError, match=message):
        call()


def test_without_unseen_samples_nothing_is_made_up():
    p, _ = drawn(0, 20)
    known = Predictions([KNOWN[i % 4] for i in range(20)], p, KNOWN, unknown="ancestor")
    found = evaluate(known, TREE, **OPTIONS)
    assert "no sample is of a class that the model lacks." in found.notes
    assert np.isnan(found.value("unseen_balanced_distance"))
    assert np.isnan(found.value("harmonic_accuracy", level=0))
    assert found.value("seen_accuracy", level="species") == found.value("accuracy")
    row = found.scores.set_index("score").loc["mixed_balanced_distance"]
    assert (row["status"], row["note"]) == (
        "undefined: too few samples", "no sample is of one of the kinds of classes"
    )  # fmt: skip


def test_nodes_go_by_what_nobody_else_is_called():
    tree = ClassTree.from_newick("((((a,b),c),(d,e)mammal),((f,g)mammal)bird);")
    made = Predictions(
        ["b", "c", "e", "g", "a"], np.eye(3)[[0, 0, 1, 2, 0]], ["a", "d", "f"], unknown="ancestor"
    )
    found = evaluate(made, tree, unknown="ancestor", intervals=False)
    own = found.predefined
    node = int(own.class_node[own.class_index["bird/mammal"]])
    assert path_name(own, node) == "bird/mammal"
    assert below(own, node) == {"bird/mammal", "f"}
    assert sum(name.startswith("node ") for name in found.classes) == 3
