"""Several right answers a sample: judged by the nearest, whatever their order and names."""

from __future__ import annotations

import numpy as np
import pytest

import hiertools as ht
from hiertools.errors import PredictionsError

TREE = ht.ClassTree.from_newick("(((lynx,puma)felid,(wolf,fox)canid)mammal,(newt,toad)frog,coral);")
NODES = [name for name in TREE.labels if name]


def drawn(seed, n=80):
    rng = np.random.default_rng(seed)
    sets = [rng.choice(NODES, rng.integers(1, 4), replace=False).tolist() for _ in range(n)]
    return sets, rng.choice(NODES, n).tolist()


def far(a, b):
    x, y = (ht.node_path(TREE, ht.find_node(TREE, name)) for name in (a, b))
    common = sum(p == q for p, q in zip(x, y))
    return len(x) + len(y) - 2 * common


@pytest.mark.parametrize("seed", range(3))
def test_literally_the_nearest(seed):
    sets, answers = drawn(seed)
    chosen = ht.nearest_labels(sets, answers, TREE)
    for name, each, answer in zip(chosen, sets, answers):
        assert name in each
        assert far(name, answer) == min(far(other, answer) for other in each)
    names = sorted({*chosen, *answers})
    result = ht.evaluate(ht.Predictions(chosen, classes=names, ranked=answers), TREE)
    assert result.value("accuracy") == np.mean([a in each for a, each in zip(answers, sets)])
    cost = np.mean([min(far(y, a) for y in each) for a, each in zip(answers, sets)])
    assert result.value("average_hierarchical_cost") == pytest.approx(cost)


def test_order_decides_nothing_and_a_key_draws():
    sets, answers = drawn(4)
    chosen = ht.nearest_labels(sets, answers, TREE)
    assert ht.nearest_labels([each[::-1] for each in sets], answers, TREE) == chosen
    tied = [["lynx", "puma"]] * 8
    one = {ht.nearest_labels(tied, ["wolf"] * 8, TREE, random_state=k)[0] for k in range(20)}
    assert one == {"lynx", "puma"}


def test_a_single_label_stays():
    assert ht.nearest_labels(["lynx", ["puma"]], ["newt", "mammal"], TREE) == ["lynx", "puma"]


@pytest.mark.parametrize(
    ("sets", "answers", "told"),
    [
        ([["lynx"], []], ["lynx", "wolf"], "1 samples have no label, the first at row 1"),
        ([["lynx"]], ["lynx", "wolf"], "1 sets of labels and 2 answers"),
        ([["yeti"]], ["lynx"], "1 names are no class or node of the tree: 'yeti'"),
    ],
)
def test_what_is_refused(sets, answers, told):
    with pytest.raises(PredictionsError, match=told):
        ht.nearest_labels(sets, answers, TREE)
