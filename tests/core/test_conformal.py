"""Conformal answers and guaranteed back-off against their definitions, and what they promise."""

import math

import numpy as np
import pytest
from literal import ancestors, below, path_name

import hiertools as ht
from hiertools import ClassTree
from hiertools._core.keyed import keyed_number
from hiertools.decisions import BackOff, ConformalNodes, node_probabilities

# A chain of one clade, a class at an inner node, and unequal depths.
TREE = ClassTree.from_lineages(
    {
        "a": "v/x/a", "b": "v/x/b", "c": "v/c", "d": "w/only/d", "e": "w/only/e", "v": "v",
        "f": "w/f", "g": "g",
    }
)  # fmt: skip
NAMES = TREE.classes
SIZE = len(NAMES)
OWN = node_probabilities(np.full((1, SIZE), 1 / SIZE), TREE, NAMES)[1]
LEAF = {name: int(at) for name, at in zip(OWN.classes, OWN.class_node)}


def samples(seed, n, ties=True):
    """Probabilities and labels; of some with ties they are counts over 16."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(SIZE, 0.6), n)
    labels = np.array([rng.choice(NAMES, p=row) for row in p])
    if ties:
        p = np.array([rng.multinomial(16, row) for row in p]) / 16
    return p, labels


def mass(row, names):
    return sum(row[NAMES.index(name)] for name in names)


def first_class(row):
    """The most probable class; of tied ones the deepest, then the first of their hashes."""
    depth = {name: len(ancestors(OWN, LEAF[name])) for name in NAMES}
    return min(
        NAMES,
        key=lambda c: (-row[NAMES.index(c)], -depth[c], keyed_number([c], 0)),
    )


def path_answers(row):
    """The classes below each node from the most probable class up to the root."""
    path = sorted(ancestors(OWN, LEAF[first_class(row)]), reverse=True)
    return [below(OWN, node) for node in path]


def set_answers(row):
    """The most probable class, the two most probable ones, and so on."""
    left, found = list(NAMES), [frozenset()]
    depth = {name: len(ancestors(OWN, LEAF[name])) for name in NAMES}
    while left:
        best = min(left, key=lambda c: (-row[NAMES.index(c)], -depth[c], keyed_number([c], 0)))
        left.remove(best)
        found.append(found[-1] | {best})
    return found[1:]


ROWS = {"node": path_answers, "set": set_answers}


def score(row, label, answers):
    """The probability of the last answer that lacks the label."""
    return max((mass(row, each) for each in answers(row) if label not in each), default=0.0)


def threshold(scores, coverage):
    k = math.ceil((len(scores) + 1) * coverage - 1e-9)
    return sorted(scores)[k - 1] if k <= len(scores) else math.inf


def held_classes(found, place):
    nodes = [found.nodes[place]] if isinstance(found.nodes, np.ndarray) else found.nodes[place]
    return frozenset().union(*(below(found.tree, node) for node in nodes))


@pytest.mark.parametrize("answer", ROWS)
@pytest.mark.parametrize(("seed", "ties"), [(0, True), (1, True), (2, False)])
@pytest.mark.parametrize("coverage", [0.6, 0.8, 0.99])
def test_answers_are_the_first_above_the_threshold(answer, seed, ties, coverage):
    p, labels = samples(seed, 40, ties)
    new = samples(seed + 100, 30, ties)[0]
    rule = ConformalNodes(TREE, NAMES, coverage, answer).fit(p, labels)
    limit = threshold([score(row, y, ROWS[answer]) for row, y in zip(p, labels)], coverage)
    assert rule.thresholds_.to_dict("list") == {
        "group": [""], "n": [40], "threshold": [pytest.approx(limit)]
    }  # fmt: skip
    found = rule.predict(new)
    for place, row in enumerate(new):
        above = [each for each in ROWS[answer](row) if mass(row, each) > limit + 1e-9]
        wanted = above[0] if above else frozenset(NAMES)
        assert held_classes(found, place) == wanted
        assert found.probability[place] == pytest.approx(mass(row, wanted))


@pytest.mark.parametrize("answer", ROWS)
def test_a_level_has_a_threshold_for_each_of_its_nodes(answer):
    p, labels = samples(3, 120)
    new = samples(103, 30)[0]
    rule = ConformalNodes(TREE, NAMES, 0.8, answer, level=0).fit(p, labels)
    head = {name: path_name(TREE, TREE.class_node[i]).split("/")[0] for i, name in enumerate(NAMES)}
    limits = {}
    for group in sorted(set(head.values())):
        mine = [score(r, y, ROWS[answer]) for r, y in zip(p, labels) if head[y] == group]
        limits[group] = threshold(mine, 0.8)
    told = rule.thresholds_.set_index("group")
    assert told["threshold"].to_dict() == pytest.approx(limits)
    assert told["n"].to_dict() == {g: sum(head[y] == g for y in labels) for g in limits}
    found = rule.predict(new)
    for place, row in enumerate(new):
        inside = {c for c in NAMES if score(row, c, ROWS[answer]) <= limits[head[c]] + 1e-9}
        held = held_classes(found, place)
        if answer == "set":
            assert held == inside
        else:
            assert held == min((each for each in path_answers(row) if inside <= each), key=len)


def test_groups_have_thresholds_of_their_own():
    p, labels = samples(4, 90)
    site = np.array(["north", "south", "west"])[np.arange(90) % 3]
    rule = ConformalNodes(TREE, NAMES, 0.7).fit(p, labels, groups=site)
    new = samples(104, 6)[0]
    there = ["west", "north", "south", "north", "west", "south"]
    found = rule.predict(new, groups=there)
    for place, group in enumerate(there):
        alone = ConformalNodes(TREE, NAMES, 0.7).fit(p[site == group], labels[site == group])
        assert alone.predict(new[place : place + 1]).nodes[0] == found.nodes[place]
    assert rule.thresholds_["n"].tolist() == [30, 30, 30]


@pytest.mark.parametrize("answer", ROWS)
@pytest.mark.parametrize("coverage", [0.5, 0.75, 0.9])
def test_of_n_plus_1_samples_each_held_out_in_turn_k_are_right(answer, coverage):
    """The promise itself: whichever of them is the new one, all are equally likely to be."""
    for seed in range(3):
        p, labels = samples(seed, 21, ties=False)
        scores = [score(row, y, ROWS[answer]) for row, y in zip(p, labels)]
        right = 0
        for new in range(21):
            rest = np.delete(np.arange(21), new)
            rule = ConformalNodes(TREE, NAMES, coverage, answer).fit(p[rest], labels[rest])
            right += bool(rule.predict(p[new : new + 1]).right(labels[new : new + 1], NAMES)[0])
        least = math.ceil(21 * coverage)
        ties = scores.count(sorted(scores)[least - 1]) - 1
        assert least <= right <= least + ties


@pytest.mark.parametrize("answer", ROWS)
def test_order_of_columns_and_of_the_tree_decide_nothing(answer):
    p, labels = samples(5, 60)
    order = np.random.default_rng(0).permutation(SIZE)
    names = [NAMES[i] for i in order]
    lineages = {name: path_name(TREE, TREE.class_node[TREE.class_index[name]]) for name in names}
    turned = ClassTree.from_lineages(lineages)
    a = ConformalNodes(TREE, NAMES, 0.8, answer, level=0).fit(p, labels)
    b = ConformalNodes(turned, names, 0.8, answer, level=0).fit(p[:, order], labels)
    one, other = a.predict(p), b.predict(p[:, order])
    if answer == "node":
        assert one.paths == other.paths
    else:
        assert [sorted(x) for x in one.paths] == [sorted(x) for x in other.paths]


def test_a_set_of_all_classes_of_a_node_is_that_node():
    tree = ClassTree.from_newick("(((lynx)felid,wolf)mammal,(newt,toad)amphibian);")
    names = ["lynx", "wolf", "newt", "toad"]
    p = np.array([[0.4, 0.1, 0.3, 0.2], [0.05, 0.75, 0.12, 0.08]])
    rule = ConformalNodes(tree, names, 0.5, "set").fit(p[[0, 0, 0]], ["toad"] * 3)
    assert rule.thresholds_["threshold"][0] == pytest.approx(0.7)
    made = rule.predict(p)
    assert made.paths == [["mammal/felid/lynx", "amphibian"], ["mammal/wolf"]]
    assert made.n_nodes.tolist() == [2, 1]
    assert made.n_classes.tolist() == [3, 1]
    assert made.right(["toad", "newt"], names).tolist() == [True, False]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ConformalNodes(TREE, NAMES, 1.0).fit(*samples(0, 5)), "between 0 and 1"),
        (lambda: ConformalNodes(TREE, NAMES, answer="x").fit(*samples(0, 5)), "valid ones"),
        (lambda: ConformalNodes(TREE, NAMES).predict(samples(0, 5)[0]), "call fit"),
        (
            lambda: ConformalNodes(TREE, NAMES, level=0).fit(*samples(0, 2), groups=["a", "b"]),
            "give one of them",
        ),
        (
            lambda: ConformalNodes(TREE, NAMES).fit(*samples(0, 2)).predict(
                samples(0, 1)[0], groups=["a"]
            ),
            "fitted without groups",
        ),
        (
            lambda: ConformalNodes(TREE, NAMES).fit(*samples(0, 2), groups=["a", "b"]).predict(
                samples(0, 1)[0], groups=["c"]
            ),
            "no samples in fit: 'c'",
        ),
        (
            lambda: ConformalNodes(TREE, NAMES).fit(*samples(0, 3), groups=["a", "b"]),
            "3 samples and 2 groups",
        ),
        (
            lambda: BackOff(TREE, NAMES, guarantee=1.0).fit(*samples(0, 5)),
            "guarantee must be a probability",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, message):
    with pytest.raises(ht.HiertoolsError, match=message):
        call()


def binomial(n, k, p):
    """The probability of at most k of n."""
    return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))


@pytest.mark.parametrize("rule", ["confidence", "information", "climbing"])
@pytest.mark.parametrize(("n", "accuracy"), [(60, 0.7), (150, 0.9), (25, 0.9)])
def test_a_guarantee_takes_the_last_threshold_before_a_test_fails(rule, n, accuracy):
    p, labels = samples(7, n)
    fitted = BackOff(TREE, NAMES, rule, accuracy, guarantee=0.9).fit(p, labels)
    chosen = math.inf
    for row in reversed(fitted.curve_.to_dict("records")):
        wrong = round(n * (1 - row["accuracy"]))
        assert row["p_value"] == pytest.approx(binomial(n, wrong, 1 - accuracy))
        if row["p_value"] > 0.1:
            break
        chosen = next(iter(row.values()))
    else:
        raise AssertionError("no threshold failed")
    assert fitted.parameter_ == chosen
    plain = BackOff(TREE, NAMES, rule, accuracy).fit(p, labels)
    assert plain.parameter_ <= fitted.parameter_
    assert "p_value" not in plain.curve_
    if n == 25:  # 0.9 ** 25 > 0.05: nothing but the root can be guaranteed
        fitted = BackOff(TREE, NAMES, rule, accuracy, guarantee=0.95).fit(p, labels)
        assert fitted.parameter_ == math.inf
        assert (fitted.predict(p).nodes == 0).all()
