"""Decisions with the tree against their definitions."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools import ClassTree, Predictions
from hiertools.decisions import (
    BackOff,
    RiskMinimiser,
    accuracy_specificity_curve,
    back_off,
    expected_cost,
    minimise_risk,
    node_probabilities,
)

NAMES = tuple("abcdefgh")
TREE = ClassTree.from_newick("(((a,b)x,(c,d)y)v,((e,f)z,g)w,h);")
T = ht.path_distances(TREE, NAMES)


def probabilities(seed, n=20, sharp=1.5):
    rng = np.random.default_rng(seed)
    p = np.exp(sharp * rng.standard_normal((n, 8)))
    return p / p.sum(axis=1, keepdims=True)


def classes_below(tree, node):
    return {
        name
        for name, at in zip(tree.classes, tree.class_node)
        if node <= at < node + tree.subtree_size[node]
    }


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_minimal_risk_is_its_definition(seed):
    p = probabilities(seed)
    risk = [[sum(row[j] * T[c, j] for j in range(8)) for c in range(8)] for row in p]
    np.testing.assert_allclose(expected_cost(p, TREE, NAMES), risk, rtol=1e-12)
    expected = [NAMES[int(np.argmin(row))] for row in risk]
    assert minimise_risk(p, TREE, NAMES).tolist() == expected
    assert RiskMinimiser(TREE, NAMES).fit().predict(p).tolist() == expected


def test_minimal_risk_lowers_the_expected_cost_of_calibrated_probabilities():
    rng = np.random.default_rng(0)
    p = probabilities(0, 4000, sharp=1.0)
    labels = np.array([rng.choice(8, p=row) for row in p])
    plain = Predictions(labels, p, NAMES)
    decided = Predictions(labels, classes=NAMES, ranked=minimise_risk(p, TREE, NAMES))
    ranked = Predictions(labels, -expected_cost(p, TREE, NAMES), NAMES)
    cost = [
        ht.evaluate(x, TREE, intervals=False).value("average_hierarchical_cost")
        for x in (plain, decided, ranked)
    ]
    assert cost[1] == cost[2] < cost[0]


def test_an_inferred_tree_and_a_cost_matrix_serve_as_well():
    reps = ht.ClassRepresentatives(np.random.default_rng(0).standard_normal((8, 3)), NAMES)
    inferred = ht.infer_tree(reps)
    p = probabilities(1)
    np.testing.assert_allclose(
        expected_cost(p, inferred, NAMES), p @ ht.path_distances(inferred, NAMES)
    )
    plain = 1.0 - np.eye(8)
    best = [NAMES[i] for i in p.argmax(axis=1)]
    assert minimise_risk(p, TREE, NAMES, cost=plain).tolist() == best


def test_ties_of_risk_go_to_the_probable_class():
    tree = ClassTree.from_newick("((lynx,wolf),newt);")
    # All three risks are 1.8.
    assert minimise_risk([[0.3, 0.3, 0.4]], tree, ["lynx", "wolf", "newt"]).tolist() == ["newt"]


@pytest.mark.parametrize("seed", range(4))
def test_tied_decisions_belong_to_no_order(seed):
    rng = np.random.default_rng(seed)
    p = rng.integers(0, 3, (60, 8)) + 0.25
    p[:5] = 1.0
    p /= p.sum(axis=1, keepdims=True)
    order = rng.permutation(8)
    names = [NAMES[i] for i in order]
    turned = ClassTree.from_newick("((g,(f,e)z)w,h,((d,c)y,(b,a)x)v);")
    first = minimise_risk(p, TREE, NAMES)
    assert (minimise_risk(p[:, order], turned, names) == first).all()
    rules = [{"threshold": x} for x in (0.0, 0.3, 0.6)] + [{"rule": "information"}]
    for rule in rules:
        a, b = back_off(p, TREE, NAMES, **rule), back_off(p[:, order], turned, names, **rule)
        assert a.paths == b.paths
    # Each of the classes of least risk, the most probable of these, is decided for by some key.
    risk = np.round(expected_cost(p, TREE, NAMES), 9)
    found = np.array([minimise_risk(p, TREE, NAMES, random_state=key) for key in range(60)]).T
    for row, decided in enumerate(found):
        least = [c for c in range(8) if risk[row, c] == risk[row].min()]
        best = {NAMES[c] for c in least if p[row, c] == p[row, least].max()}
        assert set(decided.tolist()) == best


def test_backing_off_takes_equally_probable_classes_by_key():
    p = np.full((1, 8), 1 / 8)
    found = [
        back_off(p, TREE, NAMES, threshold=0.0, random_state=key).paths[0] for key in range(80)
    ]
    assert {path.split("/")[-1] for path in found} == set("abcdef")  # g and h are not as deep
    one = BackOff(TREE, NAMES, accuracy=0.01, random_state=3).fit(np.repeat(p, 9, 0), ["a"] * 9)
    decided = back_off(p, TREE, NAMES, threshold=one.parameter_, random_state=3)
    assert one.predict(p).paths == decided.paths
    rule = RiskMinimiser(TREE, NAMES, random_state=5)
    assert rule.predict(p) == minimise_risk(p, TREE, NAMES, random_state=5)


def test_column_order_does_not_matter():
    p = probabilities(2)
    order = np.random.default_rng(0).permutation(8)
    names = [NAMES[i] for i in order]
    assert (minimise_risk(p[:, order], TREE, names) == minimise_risk(p, TREE, NAMES)).all()
    frame = pd.DataFrame(p[:, order], columns=names)
    assert (minimise_risk(frame, TREE) == minimise_risk(p, TREE, NAMES)).all()
    a, b = back_off(frame, TREE), back_off(p, TREE, NAMES)
    assert a.paths == b.paths


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=25)
def test_node_probabilities_are_sums_over_their_classes(seed):
    p = probabilities(seed)
    found, tree = node_probabilities(p, TREE, NAMES)
    for node in range(tree.n_nodes):
        columns = [NAMES.index(name) for name in classes_below(tree, node)]
        np.testing.assert_allclose(found[:, node], p[:, columns].sum(axis=1), atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 1.0))
@settings(deadline=None, max_examples=40)
def test_confidence_backs_off_to_the_most_specific_node_that_is_sure_enough(seed, threshold):
    p = probabilities(seed)
    made = back_off(p, TREE, NAMES, threshold=threshold)
    each, tree = node_probabilities(p, TREE, NAMES)
    for row, node in zip(each, made.nodes):
        enough = [v for v in range(tree.n_nodes) if row[v] >= threshold - 1e-12] or [0]
        fewest = min(len(classes_below(tree, v)) for v in enough)
        assert len(classes_below(tree, node)) == fewest
        assert row[node] == max(row[v] for v in enough if len(classes_below(tree, v)) == fewest)
        if threshold > 0.5:  # the nodes that reach it lie on one path
            assert tree.depth[node] == max(tree.depth[v] for v in enough)
    np.testing.assert_allclose(made.probability, each[np.arange(20), made.nodes])


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 20.0))
@settings(deadline=None, max_examples=40)
def test_information_maximises_its_reward(seed, caution):
    p = probabilities(seed)
    made = back_off(p, TREE, NAMES, rule="information", caution=caution)
    each, tree = node_probabilities(p, TREE, NAMES)
    reward = np.array(
        [np.log2(8 / len(classes_below(tree, v))) + caution for v in range(tree.n_nodes)]
    )
    value = each * reward
    np.testing.assert_allclose(value[np.arange(20), made.nodes], value.max(axis=1), rtol=1e-9)


def test_specificity_runs_from_the_root_to_the_classes():
    p = probabilities(0)
    sure = back_off(p, TREE, NAMES, threshold=0.0)
    best = [sure.tree.class_node[sure.tree.class_index[NAMES[i]]] for i in p.argmax(axis=1)]
    assert sure.nodes.tolist() == best
    assert (sure.specificity == 1).all()
    assert sure.is_class.all()
    root = back_off(p, TREE, NAMES, rule="information", caution=1e9)
    assert (root.nodes == 0).all()
    assert (root.specificity == 0).all()
    assert root.right(np.arange(8).repeat(3)[:20], NAMES).all()


@pytest.mark.parametrize("rule", ["confidence", "information"])
def test_the_curve_trades_specificity_for_accuracy(rule):
    rng = np.random.default_rng(0)
    p = probabilities(0, 2000)
    labels = np.array([rng.choice(8, p=row) for row in p])
    curve = accuracy_specificity_curve(p, labels, TREE, NAMES, rule=rule)
    assert curve["specificity"].is_monotonic_decreasing
    assert curve["accuracy"].iloc[-1] >= 0.99
    assert curve["share_of_classes"].between(0, 1).all()
    row = curve.iloc[60]
    options = {"threshold": row.iloc[0]} if rule == "confidence" else {"caution": row.iloc[0]}
    made = back_off(p, TREE, NAMES, rule=rule, **options)
    assert made.right(labels, NAMES).mean() == row["accuracy"]
    fitted = BackOff(TREE, NAMES, rule=rule, accuracy=0.9).fit(p[:1000], labels[:1000])
    reached = fitted.predict(p[1000:]).right(labels[1000:], NAMES).mean()
    assert reached >= 0.85
    assert fitted.predict(p).specificity.mean() > 0.2


def test_an_unreachable_accuracy_decides_for_the_root():
    p = np.eye(8)[[0, 0]]
    fitted = BackOff(TREE, NAMES, accuracy=1.0).fit(p, ["b", "h"])
    assert fitted.parameter_ == np.inf
    assert (fitted.predict(p).nodes == 0).all()


def test_a_class_at_an_inner_node_gets_a_leaf_of_its_own():
    tree = ClassTree(
        [-1, 0, 1, 0], ["felid", "lynx", "newt"], [1, 2, 3], labels=["", "F", "l", "n"]
    )
    names = ["felid", "lynx", "newt"]
    unsure = back_off([[0.5, 0.45, 0.05]], tree, names, threshold=0.9)
    assert unsure.paths == ["F"]
    assert not unsure.is_class[0]
    sure = back_off([[0.95, 0.03, 0.02]], tree, names, threshold=0.9)
    assert sure.paths == ["F/felid"]
    assert sure.is_class[0]
    assert unsure.right(["lynx"]).all()
    assert not sure.right(["lynx"]).any()


def test_predictions_carry_names_and_kinds():
    rng = np.random.default_rng(0)
    logits = rng.standard_normal((5, 8))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    held = Predictions(np.zeros(5, int), logits, NAMES, score_kind="logit")
    assert (minimise_risk(held, TREE) == minimise_risk(p, TREE, NAMES)).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: minimise_risk([[0.5, 0.5]], TREE), ht.PredictionsError, "pass classes="),
        (lambda: minimise_risk([[0.5, 0.6]], TREE, list("ab")), ht.PredictionsError, "sums to 1.1"),
        (
            lambda: minimise_risk([0.5, 0.5], TREE, list("ab")),
            ht.PredictionsError,
            "must have shape",
        ),
        (lambda: minimise_risk([[1.0]], TREE, ["stone"]), ht.ClassMismatchError, "no place in"),
        (
            lambda: minimise_risk([[0.5, 0.5]], TREE, list("ab"), cost=np.eye(3)),
            ht.OptionError,
            "matrix of 2 x 2",
        ),
        (
            lambda: minimise_risk(Predictions([0], [[1.0]], ["a"]), TREE),
            ht.PredictionsError,
            "decisions need probabilities or logits",
        ),
        (lambda: back_off([[1.0]], TREE, ["a"], rule="hope"), ht.OptionError, "valid ones"),
        (lambda: back_off([[1.0]], TREE, ["a"], threshold=-1), ht.OptionError, "threshold"),
        (
            lambda: back_off([[1.0]], TREE, ["a"], rule="information", caution=-1),
            ht.OptionError,
            "caution must be at least 0",
        ),
        (lambda: BackOff(TREE, ["a"]).predict([[1.0]]), ht.OptionError, "call fit"),
        (
            lambda: BackOff(TREE, ["a"], accuracy=2).fit([[1.0]], ["a"]),
            ht.OptionError,
            "\\(0, 1\\]",
        ),
        (
            lambda: back_off([[1.0]], TREE, ["a"]).right(["a", "a"]),
            ht.PredictionsError,
            "1 decisions and 2 labels",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
