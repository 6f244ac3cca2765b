"""Models with one head a rank: literally, and whatever names and order are."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

import hiertools as ht
from hiertools.decisions import HeadAnswers, head_probabilities
from hiertools.errors import OptionError, PredictionsError

TREE = ht.ClassTree.from_newick(
    "(((lynx,puma)felid,(wolf,fox)canid)mammal,((newt,toad)anura)amphibian,coral);"
)
AT = [["mammal", "amphibian", "coral"], ["felid", "canid", "anura", "coral"], list(TREE.classes)]


def drawn(seed, n=60):
    rng = np.random.default_rng(seed)
    return rng.choice(TREE.classes, n), {level: rng.choice(AT[level], n) for level in range(3)}


def path(name, tree=TREE):
    return ht.node_path(tree, ht.find_node(tree, name))


def at(name, level):
    return path(name)[: level + 1]


@pytest.mark.parametrize("seed", range(3))
def test_scores_literally(seed):
    labels, answers = drawn(seed)
    n = len(labels)
    right = [[at(y, k) == path(answers[k][i]) for i, y in enumerate(labels)] for k in range(3)]
    # A way down: each answer is the beginning of the next one's path, or that itself.
    ways = []
    for i in range(n):
        a, b, c = (path(answers[k][i]) for k in range(3))
        ways.append(b[: len(a)] == a and c[: len(b)] == b)
    said = HeadAnswers(answers, TREE)
    assert said.consistent.tolist() == ways
    literal = [
        *(sum(each) for each in right), sum(map(all, zip(*right))), n - sum(ways),
    ]  # fmt: skip
    table = said.scores(labels)
    assert table["value"].tolist() == [count / n for count in literal]
    assert table["score"].tolist() == ["accuracy"] * 3 + ["full_path_accuracy", "inconsistency"]
    assert table["level"].tolist()[:3] == [0, 1, 2]
    for row, count in zip(table.itertuples(), literal):
        exact = binomtest(count, n).proportion_ci(0.95, "exact")
        assert (row.ci_low, row.ci_high) == pytest.approx(tuple(exact), abs=1e-9)


def test_the_combined_answer_goes_as_far_as_heads_agree():
    answers = {
        0: ["mammal", "mammal", "amphibian", "coral"],
        1: ["felid", "felid", "canid", "coral"],
        2: ["puma", "wolf", "wolf", "coral"],
    }
    said = HeadAnswers(answers, TREE)
    assert said.paths == ["mammal/felid/puma", "mammal/felid", "amphibian", "coral"]
    labels = ["lynx", "lynx", "wolf", "coral"]
    names = sorted({*labels, *said.paths})
    result = ht.evaluate(ht.Predictions(labels, classes=names, ranked=said.paths), TREE)
    assert result.value("under_classified") == 0.25
    assert result.value("misclassified") == 0.5


def test_order_of_heads_samples_and_names_decides_nothing():
    labels, answers = drawn(5)
    order = np.random.default_rng(0).permutation(len(labels))
    turned = HeadAnswers({k: answers[k][order] for k in (2, 0, 1)}, TREE)
    said = HeadAnswers(answers, TREE)
    assert turned.levels == said.levels == (0, 1, 2)
    assert turned.scores(labels[order]).equals(said.scores(labels))
    assert [said.paths[i] for i in order] == turned.paths


def test_heads_at_ranks():
    tree = ht.ClassTree.from_lineages(
        {"x": "f__F;g__G;s__x", "y": "f__F;g__H;s__y", "z": "f__E;g__G;s__z"}
    )
    answers = {"genus": ["f__F/g__G", "f__F/g__H"], "family": ["f__F", "f__E"]}
    table = HeadAnswers(answers, tree).scores(["x", "y"])
    assert table["rank"].tolist()[:2] == ["family", "genus"]
    assert table["value"].tolist() == [0.5, 1.0, 0.5, 0.5]
    with pytest.raises(PredictionsError, match="several nodes are called 'g__G'.*paths"):
        HeadAnswers({"genus": ["g__G"]}, tree)


def test_probabilities_literally():
    rng = np.random.default_rng(1)
    heads = {
        level: pd.DataFrame(rng.dirichlet(np.ones(len(names)), 4), columns=names)
        for level, names in enumerate(AT)
    }
    found = head_probabilities(heads, TREE)
    for row in range(4):
        products = []
        for name in TREE.classes:
            way = [path(name)[: level + 1][-1] for level in range(3)]
            products.append(math.prod(heads[k][node][row] for k, node in enumerate(way)))
        literal = np.array(products) / sum(products)
        assert found.iloc[row].to_numpy() == pytest.approx(literal, rel=1e-12)
    turned = {k: heads[k][heads[k].columns[::-1]] for k in (2, 1, 0)}
    assert np.allclose(head_probabilities(turned, TREE), found, rtol=1e-14)
    # One head of classes alone says what it says.
    alone = head_probabilities({2: heads[2]}, TREE)
    assert np.allclose(alone, heads[2][list(TREE.classes)])
    made = ht.Predictions(["lynx"] * 4, found, TREE.classes, score_kind="probability")
    assert ht.evaluate(made, TREE, intervals=False).n_samples == 4


def test_heads_that_exclude_everything_say_nothing():
    heads = {0: [[0.0, 0.0, 1.0]], 1: [[1.0, 0.0, 0.0, 0.0]]}
    found = head_probabilities(heads, TREE, dict(enumerate(AT)))
    assert found.to_numpy() == pytest.approx(1 / TREE.n_classes)


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: HeadAnswers({}, TREE), OptionError, "no heads"),
        (lambda: HeadAnswers({0: ["yeti"]}, TREE), PredictionsError, "0: 'yeti' are no nodes"),
        (
            lambda: HeadAnswers({0: ["mammal"], 1: ["felid", "canid"]}, TREE),
            PredictionsError, "same samples; got 0: 1, 1: 2",
        ),
        (
            lambda: HeadAnswers({0: ["mammal"]}, TREE).scores(["lynx", "wolf"]),
            PredictionsError, "1 answers and 2 labels",
        ),
        (
            lambda: head_probabilities({0: [[0.5, 0.5]]}, TREE, {0: ["mammal", "coral"]}),
            PredictionsError, "no column for 'amphibian'",
        ),
        (
            lambda: head_probabilities({0: [[1.0, 0, 0]], 1: np.eye(4)[:2]}, TREE,
                                       dict(enumerate(AT))),
            PredictionsError, "got 1 and 2",
        ),
    ],
)  # fmt: skip
def test_what_heads_cannot_say(call, error, told):
    with pytest.raises(error, match=told):
        call()
