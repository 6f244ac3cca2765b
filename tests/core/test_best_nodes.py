"""The best decision for a measure is the best of all that there are, looked at one by one."""

from itertools import combinations

import numpy as np
import pytest
from literal import ancestors, path_name

import hiertools as ht
from hiertools import ClassTree
from hiertools.decisions import best_node_sets, best_nodes, node_probabilities
from hiertools.measures.hierarchical_f1 import hierarchical_f1

TREE = ClassTree.from_lineages(
    {"a": "v/x/a", "b": "v/x/b", "c": "v/c", "d": "w/only/d", "e": "w/only/e", "v": "v", "g": "g"}
)
NAMES = TREE.classes
OWN = node_probabilities(np.full((1, len(NAMES)), 1 / len(NAMES)), TREE, NAMES)[1]
LEAF = {name: int(at) for name, at in zip(OWN.classes, OWN.class_node)}
ROOTLESS = {v: set(ancestors(OWN, v)) - {0} for v in range(OWN.n_nodes)}


def f(answer, truth, beta):
    common = len(answer & truth)
    return (1 + beta**2) * common / (len(answer) + beta**2 * len(truth))


def distance(v, c):
    return len(ROOTLESS[v] ^ ROOTLESS[c])


MEASURES = {
    "hierarchical_f": lambda v, c, beta: f(ROOTLESS[v], ROOTLESS[c], beta),
    "jaccard": lambda v, c, beta: len(ROOTLESS[v] & ROOTLESS[c]) / len(ROOTLESS[v] | ROOTLESS[c]),
    "wu_palmer": lambda v, c, beta: (
        2 * (len(ROOTLESS[v] & ROOTLESS[c]) + 1) / (len(ROOTLESS[v]) + len(ROOTLESS[c]) + 2)
    ),
    "distance": lambda v, c, beta: -distance(v, c),
    "exact": lambda v, c, beta: float(v == c),
}


def expected(row, value):
    return sum(p * value(LEAF[name]) for p, name in zip(row, NAMES))


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(("seed", "beta"), [(0, 1.0), (1, 0.5), (2, 2.0)])
def test_no_node_is_better(measure, seed, beta, monkeypatch):
    monkeypatch.setattr("hiertools.decisions.best._AT_ONCE", 40)  # several nodes at a time
    p = np.random.default_rng(seed).dirichlet(np.full(len(NAMES), 0.6), 25)
    made = best_nodes(p, TREE, NAMES, measure=measure, beta=beta)
    for row, node in zip(p, made.nodes.tolist()):
        value = {
            v: expected(row, lambda c, v=v: MEASURES[measure](v, c, beta))
            for v in range(OWN.n_nodes)
        }
        assert value[node] == pytest.approx(max(value.values()), abs=1e-12)
    each = node_probabilities(p, TREE, NAMES)[0]
    assert made.probability == pytest.approx(each[np.arange(25), made.nodes])


CLOSED = [
    frozenset(nodes)
    for size in range(OWN.n_nodes)
    for nodes in combinations(range(1, OWN.n_nodes), size)
    if all(ROOTLESS[v] <= set(nodes) for v in nodes)
]


@pytest.mark.parametrize(("seed", "beta"), [(0, 1.0), (1, 0.5), (2, 2.0)])
def test_no_set_of_nodes_is_better(seed, beta, monkeypatch):
    monkeypatch.setattr("hiertools.decisions.best._AT_ONCE", 40)
    p = np.random.default_rng(seed).dirichlet(np.full(len(NAMES), 0.6), 20)
    made = best_node_sets(p, TREE, NAMES, beta=beta)
    for row, nodes in zip(p, made.nodes):
        value = {s: expected(row, lambda c, s=s: f(s, ROOTLESS[c], beta)) for s in CLOSED}
        whole = frozenset().union(*(ROOTLESS[v] for v in nodes.tolist()))
        assert value[whole] == pytest.approx(max(value.values()), abs=1e-12)
        assert not any(ROOTLESS[v] < ROOTLESS[w] for v in nodes.tolist() for w in nodes.tolist())
    inside = [
        sum(p for p, c in zip(row, NAMES) if any(v in ROOTLESS[LEAF[c]] for v in nodes.tolist()))
        for row, nodes in zip(p, made.nodes)
    ]
    assert made.probability == pytest.approx(inside)


def test_what_is_best_on_average_is_best_for_labels_drawn_from_the_probabilities():
    """The measure of `evaluate` itself: hierarchical F, macro."""
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.full(len(NAMES), 0.5), 4000)
    truth = OWN.class_node[[OWN.class_index[rng.choice(NAMES, p=row)] for row in p]]
    by_measure = {
        name: hierarchical_f1(
            OWN, truth, best_nodes(p, TREE, NAMES, measure=name).nodes, "macro"
        ).f1
        for name in MEASURES
    }
    assert max(by_measure, key=by_measure.get) == "hierarchical_f"


@pytest.mark.parametrize("decide", [best_nodes, best_node_sets])
def test_order_of_columns_and_of_the_tree_decide_nothing(decide):
    rng = np.random.default_rng(4)
    p = rng.multinomial(8, np.full(len(NAMES), 1 / len(NAMES)), 60) / 8  # with ties
    order = rng.permutation(len(NAMES))
    names = [NAMES[i] for i in order]
    paths = {name: path_name(TREE, TREE.class_node[TREE.class_index[name]]) for name in names}
    one = decide(p, TREE, NAMES).paths
    other = decide(p[:, order], ClassTree.from_lineages(paths), names).paths
    if decide is best_nodes:
        assert one == other
    else:
        assert [sorted(x) for x in one] == [sorted(x) for x in other]


def test_a_tree_of_one_class_and_bad_input():
    tree = ClassTree.from_newick("lynx;")
    assert best_nodes([[1.0]], tree, ["lynx"]).nodes.tolist() == [0]
    assert best_node_sets([[1.0]], tree, ["lynx"]).nodes[0].tolist() == [0]
    with pytest.raises(ht.OptionError, match="valid ones"):
        best_nodes([[1.0]], tree, ["lynx"], measure="hope")
    with pytest.raises(ht.OptionError, match="beta must be"):
        best_node_sets([[1.0]], tree, ["lynx"], beta=0.0)
