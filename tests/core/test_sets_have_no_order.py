"""Where order says what is what, sets are refused; where some are chosen, they are fine."""

import os
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage

import hiertools as ht
import hiertools.decisions
from hiertools import FileFormatError, HiertoolsError, OptionError
from hiertools.measures.similarity import class_similarity

TREE = ht.ClassTree.from_newick("((a,b),(c,d));")
NAMES = ("a", "b", "c", "d")
SET = {*NAMES}
SHARES = np.eye(4)
RANKS = {"family": ["x", "y"], "species": ["a", "b"]}


@pytest.mark.parametrize(
    "call",
    [
        lambda: ht.ClassRepresentatives(SHARES, SET),
        lambda: ht.as_representatives(SHARES, classes=frozenset(SET)),
        lambda: ht.compare(SHARES, TREE, classes=SET),
        lambda: ht.infer_tree(SHARES, classes=SET),
        lambda: ht.prototypes(SHARES, [0, 1, 2, 3], classes=SET),
        lambda: ht.DistanceMatrix(1 - SHARES, SET),
        lambda: ht.Predictions([0], SHARES[:1], SET),
        lambda: ht.Evaluator(TREE).update([0], SHARES[:1], SET),
        lambda: ht.decisions.best_nodes(SHARES, TREE, classes=SET),
        lambda: ht.ClassTree([-1, 0, 0], {"a", "b"}, [1, 2]),
        lambda: ht.ClassTree.from_linkage(linkage(SHARES), SET),
        lambda: ht.ClassTree.from_lineages(["x/a", "y/b"], classes={"A", "B"}),
        lambda: ht.ClassTree.from_ranks(RANKS, classes={"A", "B"}),
        lambda: ht.path_distances(TREE, SET),
        lambda: ht.lca_nodes(TREE, SET),
        lambda: ht.level_groups(TREE, 0, SET),
        lambda: class_similarity(TREE, classes=SET),
    ],
)  # fmt: skip
def test_names_of_rows(call):
    with pytest.raises(HiertoolsError, match="a set of class names has no order; give a list"):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ht.ClassTree.from_lineages({"x/a", "y/b"}, classes=["A", "B"]),
         "a set of lineages has no order for classes= to follow"),
        (lambda: ht.ClassTree.from_lineages({"a": {"x", "y"}}), "class 'a', .*, is a set"),
        (lambda: ht.ClassTree.from_lineages([{"x", "a"}]), "row 0, .*, is a set, which has"),
        (lambda: ht.ClassTree.from_edges([{"r", "a"}, {"r", "b"}]), "does not say what is the"),
        (lambda: ht.ClassTree.from_ranks(RANKS | {"family": {"x", "y"}}),
         "columns 'family' of the table of ranks are sets"),
    ],
)  # fmt: skip
def test_what_a_place_says(call, message):
    with pytest.raises((FileFormatError, OptionError), match=message):
        call()


def test_what_holds_no_vectors_is_told():
    for model in ({1, 2}, 5, None, object()):
        with pytest.raises(HiertoolsError, match="holds no vectors of classes; give a matrix with"):
            ht.compare(model, TREE)


CHOSEN = """
import hiertools as ht
tree = ht.ClassTree.from_newick("((ant,bee)x,(cat,dog)y,eel);")
print(ht.restrict(tree, {"ant", "eel", "dog"}).to_newick())
print(ht.ClassTree.from_lineages({"x/ant", "x/bee", "y/cat"}).to_newick())
print(ht.ClassTree.from_edges({("r", "ant"), ("r", "bee"), ("bee", "wasp")}).to_newick())
print(ht.ClassTree.from_newick("((ant,bee)x,(cat,dog)y);", classes={"y", "ant", "bee"}).classes)
reps = ht.ClassRepresentatives([[0, 1], [1, 0], [1, 1]], ["ant", "bee", "cat"])
print(reps.take({"cat", "bee"}).classes)
print(ht.ClassGraph.from_children({"r": {"b", "a"}, "a": {"c"}, "b": {"d", "c"}}).classes)
print(ht.compare(reps, tree, scores={"triplet", "quartet"}, on_missing="drop",
                 permutations=0).scores["score"].tolist())
"""


def test_a_choice_may_be_a_set_and_is_the_same_in_every_process():
    told = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", CHOSEN], capture_output=True, text=True,
            check=True, env={**os.environ, "PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in range(3)
    }  # fmt: skip
    assert len(told) == 1
    assert told.pop().splitlines()[0] == "((ant)x,(dog)y,eel);"


def test_ranks_of_a_graph_are_a_list():
    graph = nx.DiGraph([("r", "a"), ("r", "b")])
    graph.graph["rank_order"] = {"family", "genus"}
    with pytest.raises(HiertoolsError, match="'rank_order' must be a list of names of ranks"):
        ht.ClassTree.from_networkx(graph)


def test_iterators_are_looked_at_once():
    drawn = {"r": iter(["a", "b"]), "a": (name for name in ["c"])}
    assert ht.ClassGraph.from_children(drawn).classes == ("c", "b")
    newick = "((a,b)x,(a,c)y);"
    tree = ht.ClassTree.from_newick(
        newick, classes={"one": iter(["x", "a"]), "two": iter(["y", "a"])}
    )
    assert tree == ht.ClassTree.from_newick(newick, classes={"one": ("x", "a"), "two": ("y", "a")})
