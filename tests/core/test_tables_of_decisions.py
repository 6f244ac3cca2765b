"""Every field and column of decisions is its definition, written out literally."""

import dataclasses
import math

import numpy as np
import pytest
from literal import ancestors, assert_defined, below, meeting, path_name

from hiertools import ClassTree
from hiertools._core.keyed import keyed_number
from hiertools.decisions import (
    NodeDecisions,
    accuracy_specificity_curve,
    back_off,
    expected_cost,
    minimise_risk,
    node_probabilities,
)
from hiertools.decisions.back_off import default_values

# A chain of one clade, a class at an inner node, and unequal depths.
TREE = ClassTree.from_lineages(
    {
        "a": "v/x/a", "b": "v/x/b", "c": "v/c", "d": "w/only/d", "e": "w/only/e", "v": "v",
        "f": "w/f", "g": "g",
    }
)  # fmt: skip
NAMES = TREE.classes
CLASSES = range(len(NAMES))


def probabilities(seed, n=12):
    """Counts over 16: sums meet thresholds exactly, and nodes tie."""
    rng = np.random.default_rng(seed)
    centre = rng.dirichlet(np.full(len(NAMES), 0.4), n)
    return np.array([rng.multinomial(16, row) for row in centre]) / 16


def sums(p, tree):
    """The probability of each node: the sum over its classes."""
    return [[sum(row[NAMES.index(c)] for c in below(tree, v)) for v in nodes(tree)] for row in p]


def nodes(tree):
    return range(tree.n_nodes)


def depth(tree, node):
    return len(ancestors(tree, node)) - 1


def specificity(tree, node):
    return 1 - math.log(len(below(tree, node))) / math.log(len(NAMES))


def drawn(tree, node):
    """What decides between nodes that are equal in all else: the first of their classes' hashes."""
    return min(keyed_number([name], 0) for name in below(tree, node))


def confident(tree, row, threshold):
    """Fewest classes of what reaches the threshold, then the most probable, then the deepest."""
    enough = [v for v in nodes(tree) if row[v] >= threshold - 1e-12 or v == 0]
    return min(
        enough, key=lambda v: (len(below(tree, v)), -row[v], -depth(tree, v), drawn(tree, v))
    )


def informed(tree, row, caution):
    """The largest (information + caution) times probability; the deepest of equal ones."""
    value = [(math.log2(len(NAMES) / len(below(tree, v))) + caution) * row[v] for v in nodes(tree)]
    best = max(value)
    near = [v for v in nodes(tree) if value[v] >= best - 1e-12 * max(1, best)]
    return min(near, key=lambda v: (-depth(tree, v), drawn(tree, v)))


def climbed(tree, row, threshold):
    """From the most probable class (the deepest of tied ones) up to where the threshold is met."""
    at = min(tree.class_node.tolist(), key=lambda v: (-row[v], -depth(tree, v), drawn(tree, v)))
    path = [v for v in ancestors(tree, at) if row[v] >= threshold - 1e-12 or v == 0]
    return max(path, key=lambda v: depth(tree, v))


RULES = {
    "confidence": ("threshold", confident),
    "information": ("caution", informed),
    "climbing": ("threshold", climbed),
}
CASES = [(rule, x) for rule in ("confidence", "climbing") for x in (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)]
CASES += [("information", x) for x in (0.0, 0.5, 3.0, 50.0)]


@pytest.mark.parametrize(("rule", "parameter"), CASES)
@pytest.mark.parametrize("seed", [0, 1])
def test_every_field_of_node_decisions(rule, parameter, seed):
    p = probabilities(seed)
    name, decide = RULES[rule]
    made = back_off(p, TREE, NAMES, rule=rule, **{name: parameter})
    tree, each = made.tree, sums(p, made.tree)
    # The class at an inner node has a leaf of its own below it.
    assert all(below(tree, at) == {c} for c, at in zip(tree.classes, tree.class_node))
    assert tree.n_nodes == TREE.n_nodes + 1
    decided = [decide(tree, row, parameter) for row in each]
    labels = np.random.default_rng(seed).integers(0, len(NAMES), len(p))
    at = [int(tree.class_node[tree.class_index[NAMES[c]]]) for c in labels]
    defined = {
        "nodes": decided,
        "probability": pytest.approx([row[v] for row, v in zip(each, decided)]),
        "tree": tree,
        "is_class": [len(below(tree, v)) == 1 for v in decided],
        "specificity": pytest.approx([specificity(tree, v) for v in decided]),
        "paths": [path_name(tree, v) for v in decided],
    }
    public = {name for name in vars(NodeDecisions) if not name.startswith("_")} - {"right"}
    assert {field.name for field in dataclasses.fields(made)} | public == set(defined)
    for field, value in defined.items():
        found = getattr(made, field)
        assert (found.tolist() if isinstance(found, np.ndarray) else found) == value, field
    right = [v in ancestors(tree, label) for v, label in zip(decided, at)]
    assert made.right(labels, NAMES).tolist() == right


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(3))
def test_accuracy_specificity_curve(rule, seed):
    p = probabilities(seed)
    labels = np.random.default_rng(seed).integers(0, len(NAMES), len(p))
    name, decide = RULES[rule]
    values = [0.0, 0.3, 0.5, 0.8, 1.0, 7.0]
    found = accuracy_specificity_curve(p, labels, TREE, NAMES, rule=rule, values=values)
    tree = node_probabilities(p, TREE, NAMES)[1]
    at = [int(tree.class_node[tree.class_index[NAMES[c]]]) for c in labels]
    rows = []
    for value in values:
        decided = [decide(tree, row, value) for row in sums(p, tree)]
        shared = sum(depth(tree, meeting(tree, v, label)) for v, label in zip(decided, at))
        of_decisions = sum(depth(tree, v) for v in decided)
        of_labels = sum(depth(tree, label) for label in at)
        right = [v in ancestors(tree, label) for v, label in zip(decided, at)]
        rows.append(
            {
                name: value,
                "accuracy": sum(right) / len(p),
                "specificity": sum(specificity(tree, v) for v in decided) / len(p),
                "share_of_classes": sum(len(below(tree, v)) == 1 for v in decided) / len(p),
                "hierarchical_precision": shared / of_decisions if of_decisions else 1.0,
                "hierarchical_recall": shared / of_labels,
                "hierarchical_f1": 2 * shared / (of_decisions + of_labels),
            }
        )
    assert_defined(found, rows)
    tried = accuracy_specificity_curve(p, labels, TREE, NAMES, rule=rule)
    assert tried[name].tolist() == default_values(rule).tolist()


@pytest.mark.parametrize("seed", range(3))
def test_costs_and_risk(seed):
    p = probabilities(seed)
    cost = np.random.default_rng(seed).integers(0, 5, (len(NAMES), len(NAMES))).astype(float)
    risk = [[sum(row[j] * cost[c, j] for j in CLASSES) for c in CLASSES] for row in p]
    np.testing.assert_allclose(expected_cost(p, TREE, NAMES, cost=cost), risk, atol=1e-12)
    # The least risk; of equal ones the more probable class, then the first by name.
    decided = [
        min(CLASSES, key=lambda c: (round(risks[c], 9), -row[c], NAMES[c]))
        for row, risks in zip(p, risk)
    ]
    assert minimise_risk(p, TREE, NAMES, cost=cost).tolist() == [NAMES[c] for c in decided]
