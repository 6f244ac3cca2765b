"""The door to all tree distances: reading, alignment by name, options, details."""

import itertools
import math

import numpy as np
import pytest

import hiertools as ht
from hiertools import ClassTree
from hiertools.errors import ClassMismatchError, FileFormatError, OptionError
from hiertools.treedist import METHODS, align

TREE = "(((lynx,wolf),bear),((newt,toad),frog));"
OTHER = "((lynx,(wolf,bear)),(newt,(toad,frog)));"


@pytest.mark.parametrize("name", METHODS)
def test_every_method_is_described_and_runs(name):
    method = METHODS[name]
    assert method.name == name
    assert method.better in ("lower", "higher")
    assert method.formula
    assert method.source
    assert method.title
    assert method.meaning
    tree, other = ClassTree.from_newick(TREE), ClassTree.from_newick(OTHER)
    found = ht.tree_distance(tree, other, name, details=True)
    assert found["n_classes"] == 6
    assert isinstance(found["distance"], float)
    assert found["distance"] == ht.tree_distance(tree, other, name)


def test_contradictions_are_counted_for_details_only():
    tree, other = ClassTree.from_newick(TREE), ClassTree.from_newick(OTHER)
    assert ht.tree_distance(tree, other, details=True)["n_contradicted_other"] == 2
    assert "n_contradicted_other" not in ht.tree_distance(
        tree, other, details=True, contradictions=False
    )
    assert ht.tree_distance(tree, other, contradictions=True) == ht.tree_distance(tree, other)


@pytest.mark.parametrize("name", METHODS)
def test_symmetry_is_as_stated(name):
    tree, other = (
        ClassTree.from_newick(TREE),
        ClassTree.from_newick("((lynx,wolf,bear),(newt,toad),frog);"),
    )
    if METHODS[name].symmetric:
        there, back = ht.tree_distance(tree, other, name), ht.tree_distance(other, tree, name)
        assert there == pytest.approx(back, nan_ok=True)


@pytest.mark.parametrize("name", METHODS)
def test_class_order_does_not_matter(name):
    rng = np.random.default_rng(0)
    tree, other = ClassTree.from_newick(TREE), ClassTree.from_newick(OTHER)
    expected = ht.tree_distance(tree, other, name)
    for _ in range(3):
        order = rng.permutation(6)
        again = ClassTree(
            tree.parent,
            [tree.classes[i] for i in order],
            tree.class_node[order],
            labels=tree.labels,
        )
        assert ht.tree_distance(again, other, name) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.prepare])
def test_prepared_values_are_those_of_the_relabelled_tree(name):
    method = METHODS[name]
    rng = np.random.default_rng(1)
    tree, other = align(ClassTree.from_newick(TREE), ClassTree.from_newick(OTHER))[:2]
    orders = np.array([np.arange(6), *(rng.permutation(6) for _ in range(5))])
    for found, order in zip(method.prepare(tree, other)(orders), orders):
        moved = ClassTree(tree.parent, tree.classes, tree.class_node[order])
        assert found == pytest.approx(method.function(moved, other)["distance"])


@pytest.mark.parametrize("name", METHODS)
def test_one_and_two_classes_never_raise(name):
    for text in ("(a);", "(a,b);"):
        tree = ClassTree.from_newick(text)
        found = ht.tree_distance(tree, tree, name, details=True)
        assert math.isnan(found["distance"]) == ("note" in found)


def test_anything_that_is_a_tree_is_read(tmp_path):
    path = tmp_path / "tree.nwk"
    path.write_text(TREE)
    lineages = {"lynx": "m/lynx", "wolf": "m/wolf", "newt": "a/newt", "toad": "a/toad"}
    assert ht.tree_distance(path, ClassTree.from_newick(TREE)) == 0.0
    assert ht.tree_distance(lineages, ClassTree.from_newick("((lynx,wolf),(newt,toad));")) == 0.0
    with pytest.raises(FileFormatError, match="float stands for no tree"):
        ht.tree_distance(3.5, lineages)


def test_unknown_method_and_options_are_refused_with_the_valid_ones():
    tree = ClassTree.from_newick(TREE)
    with pytest.raises(OptionError, match=r"method has no option 'robinson_fould'.*Did you mean"):
        ht.tree_distance(tree, tree, "robinson_fould")
    with pytest.raises(
        OptionError,
        match=r"'branch_score' has no option 'k'; its options: 'rooted'\.",
    ):
        ht.tree_distance(tree, tree, "branch_score", k=3)


def test_different_classes_are_an_error_that_names_near_ones():
    tree = ClassTree.from_newick("((aquarium_fish,shark),maple);")
    other = ClassTree.from_newick("(('aquarium fish',shark),maple);")
    with pytest.raises(ClassMismatchError) as caught:
        ht.tree_distance(tree, other)
    assert str(caught.value) == (
        "1 of 3 classes have no place in the other tree: 'aquarium_fish'. Closest names there: "
        "'aquarium fish'. Rename them, or pass on_missing=\"drop\" to compare the shared classes "
        "only."
    )
    with pytest.raises(ClassMismatchError, match="no place in the reference tree: 'oak'"):
        ht.tree_distance(tree, ClassTree.from_newick("((aquarium_fish,shark),maple,oak);"))


def test_missing_classes_can_be_dropped_and_are_counted():
    tree = ClassTree.from_newick("(((lynx,wolf),puma),(newt,toad));")
    other = ClassTree.from_newick("((toad,newt),((lynx,wolf),eel),crab);")
    found = ht.tree_distance(tree, other, details=True, on_missing="drop")
    assert (found["n_classes"], found["n_dropped_reference"], found["n_dropped_other"]) == (4, 1, 2)
    assert found["distance"] == 0.0
    with pytest.raises(ClassMismatchError, match="the trees share no class"):
        ht.tree_distance(tree, ClassTree.from_newick("(x,y);"), on_missing="drop")
    with pytest.raises(OptionError, match="on_missing has no option 'ignore'"):
        ht.tree_distance(tree, other, on_missing="ignore")


def test_align_shares_one_class_order():
    tree, other = ClassTree.from_newick(TREE), ClassTree.from_newick(OTHER)
    shuffled = ht.sort_classes(other)
    pair = align(tree, shuffled)
    assert pair.other.classes == tree.classes
    named = {name: shuffled.class_node[i] for i, name in enumerate(shuffled.classes)}
    assert [named[name] for name in tree.classes] == pair.other.class_node.tolist()
    # What the tree had computed of its classes must not be carried over in the old order.
    assert (pair.other.class_order == np.argsort(pair.other.class_node)).all()
    assert pair.other.class_index == {name: i for i, name in enumerate(tree.classes)}


def test_two_trees_are_aligned_once_and_others_anew():
    tree, again = ClassTree.from_newick(TREE), ClassTree.from_newick(TREE)
    shuffled = ht.sort_classes(ClassTree.from_newick(OTHER))
    twin = align(tree, shuffled).other
    assert align(tree, shuffled).other is twin
    assert align(tree, twin).other is twin
    assert align(again, shuffled).other is not twin
    elsewhere = ht.sort_classes(tree)
    assert align(elsewhere, shuffled).other is shuffled
    for reference in (tree, elsewhere, tree):
        assert align(reference, shuffled).other.classes == reference.classes
    bare = ClassTree([-1, 0, 0, 0], ["lynx", "wolf"], [1, 2])  # its third branch holds no class
    pair = ClassTree([-1, 0, 0], ["wolf", "lynx"], [1, 2])
    for reference, other in ((bare, pair), (pair, bare)) * 2:
        assert [each.n_nodes for each in align(reference, other)[:2]] == [3, 3]


THREE = {
    "a": ht.ClassTree.from_newick("((lynx,wolf),(newt,toad),pike);"),
    "b": ht.ClassTree.from_newick("(((lynx,wolf),newt),toad,pike);"),
    "c": ht.ClassTree.from_newick("((lynx,newt),(wolf,toad),pike);"),
}


@pytest.mark.parametrize("method", METHODS)
def test_several_trees_give_every_pair_once_or_both_ways(method):
    pairs = itertools.combinations if METHODS[method].symmetric else itertools.permutations
    for trees in (THREE, list(THREE.values())):
        named = trees if isinstance(trees, dict) else dict(enumerate(trees))
        found = ht.tree_distance(trees, method=method)
        assert list(found.columns) == ["reference", "other", "distance"]
        assert list(zip(found["reference"], found["other"])) == list(pairs(named, 2))
        for row in found.itertuples():
            alone = ht.tree_distance(named[row.reference], named[row.other], method)
            np.testing.assert_equal(row.distance, alone)


def test_details_of_several_trees_are_columns():
    found = ht.tree_distance(THREE, method="robinson_foulds", details=True, rooted=True)
    alone = ht.tree_distance(THREE["a"], THREE["b"], details=True)
    assert found.iloc[0].drop(["reference", "other"]).to_dict() == pytest.approx(alone)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ht.tree_distance(THREE["a"]), "two trees, or a list or a mapping of several"),
        (lambda: ht.tree_distance([THREE["a"]]), "at least two trees; got 1"),
        (lambda: ht.tree_distance({}), "at least two trees; got 0"),
        (lambda: ht.tree_distance({1: THREE["a"], "1": THREE["b"]}), "called '1'"),
        (lambda: ht.tree_distance(THREE, "triplet"), "method='triplet'"),
        (lambda: ht.tree_distance(THREE, on_missing="no"), "on_missing has no option"),
    ],
)
def test_what_is_not_several_trees_is_refused(call, message):
    with pytest.raises(ht.OptionError, match=message):
        call()
