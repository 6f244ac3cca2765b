"""100,000 classes: what takes their square is refused with the number of gigabytes, not tried.

The two extremes of shape go through the rest: nothing recurses.
"""

import copy
import pickle

import numpy as np
import pytest

import hiertools as ht
from hiertools._core import memory
from hiertools.cli.show import _groups_by_level
from hiertools.trees.oddities import oddities
from hiertools.trees.outline import outline

N = 100_000
NAMES = [f"c{i:06d}" for i in range(N)]


@pytest.fixture(scope="module")
def star():
    return ht.ClassTree([-1] + [0] * N, NAMES, range(1, N + 1))


@pytest.fixture(scope="module")
def caterpillar():
    parent = [*range(-1, N - 2), *(min(i, N - 2) for i in range(N))]
    return ht.ClassTree(parent, NAMES, np.arange(N - 1, 2 * N - 1))


@pytest.fixture(scope="module")
def vectors():
    return ht.ClassRepresentatives(np.random.default_rng(0).normal(size=(N, 2)), NAMES)


@pytest.fixture
def small_machine(monkeypatch):
    """8 GB, so that nothing is tried on machines where it would fit."""
    monkeypatch.setattr(memory, "available", lambda: 8e9)


@pytest.mark.parametrize("shape", ["star", "caterpillar"])
def test_trees_are_copied_sent_compared_and_shown(shape, request):
    tree = request.getfixturevalue(shape)
    assert pickle.loads(pickle.dumps(tree)) == tree
    assert copy.deepcopy(tree) == tree
    assert repr(tree).startswith("ClassTree(100,000 classes")
    assert hash(tree) == hash(copy.copy(tree))
    assert ht.ClassTree.from_json(tree.to_json()) == tree


@pytest.mark.parametrize("shape", ["star", "caterpillar"])
def test_oddities_and_nodes_are_found_in_one_pass(shape, request):
    """One that took the path of every class would take hours for a caterpillar."""
    tree = request.getfixturevalue(shape)
    labels = [label or "n" for label in tree.labels[:-1]] + ["last"]
    named = ht.ClassTree(tree.parent, NAMES, tree.class_node, labels=labels)
    told = " ".join(oddities(named))
    assert len(told) < 1000
    assert "on several nodes" in told
    last = tree.n_nodes - 1
    assert ht.find_node(named, ht.node_path(named, last)) == last
    with pytest.raises(ht.TreeError, match=r"^\d+ nodes have the label 'n': .{1,200} \(\d+ more\)"):
        ht.find_node(named, "n")


REFUSED = {
    "infer_tree": lambda vectors, tree: ht.infer_tree(vectors),
    "distances": lambda vectors, tree: ht.distances(vectors),
    "compare": lambda vectors, tree: ht.compare(vectors, tree, scores=["precision_at_1"]),
    "sweep": lambda vectors, tree: ht.sweep(vectors, tree),
    "tie_sensitivity": lambda vectors, tree: ht.tie_sensitivity(vectors, tree),
    "path_distances": lambda vectors, tree: ht.path_distances(tree),
    "lca_nodes": lambda vectors, tree: ht.lca_nodes(tree),
    "clades": lambda vectors, tree: ht.clades(tree),
    "consensus": lambda vectors, tree: ht.consensus([tree, tree]),
    "evaluate": lambda vectors, tree: ht.evaluate(
        ht.Predictions([NAMES[0]], np.ones((1, N)), NAMES), tree
    ),
    "from_confusion": lambda vectors, tree: ht.producers.from_confusion(
        np.broadcast_to(1, (N, N)), NAMES
    ),
    "outline": lambda vectors, tree: outline(tree, depth=N),
    "minimise_risk": lambda vectors, tree: ht.decisions.minimise_risk(
        ht.Predictions([NAMES[0]], np.full((1, N), 1 / N), NAMES, score_kind="probability"), tree
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_takes_the_square_is_refused_in_one_sentence(
    name, vectors, caterpillar, small_machine
):
    sentence = r"^[^\n]* would take [\d,.]+ GB of memory, but 8.0 GB are free; [^\n]*\.$"
    with pytest.raises(ht.TooLargeError, match=sentence):
        REFUSED[name](vectors, caterpillar)


@pytest.mark.parametrize("newick", ["((a,b)x,(c,(d,e)y)z,f);", "((a)b,(c,(d)e)f,g);", "(a,b);"])
def test_show_counts_what_level_groups_tells(newick):
    tree = ht.ClassTree.from_newick(newick)
    expected = {
        str(level): len(set(ht.level_groups(tree, level).tolist()))
        for level in ht.level_names(tree)
    }
    assert _groups_by_level(tree) == expected
    inner = ht.ClassTree([-1, 0, 1, 1, 0, 4], ["p", "q", "r", "s"], [1, 2, 3, 5])
    counts = [len(set(ht.level_groups(inner, level).tolist())) for level in (0, 1)]
    assert list(_groups_by_level(inner).values()) == counts
