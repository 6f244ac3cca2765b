"""A tree in the place of a model: its distances are path lengths, and it is its own hierarchy."""

import itertools

import numpy as np
import pandas as pd
import pytest

import hiertools as ht

A = ht.ClassTree.from_newick("((lynx,wolf,bear)m,(newt,toad)a);")
B = ht.ClassTree.from_newick("(((lynx,wolf),newt),(bear,toad));")
DISTANCES = ("robinson_foulds", "triplet", "quartet", "clustering_information", "matching_split")


def renamed(tree, order):
    """The tree with the names of its classes dealt out anew."""
    return ht.rename_classes(tree, dict(zip(tree.classes, [tree.classes[i] for i in order])))


def test_distance_chance_and_p_are_those_of_all_relabellings():
    frame = ht.compare(B, A, scores=DISTANCES, intervals=False).scores.set_index("score")
    for score in DISTANCES:
        null = [
            ht.tree_distance(A, renamed(B, order), score)
            for order in itertools.permutations(range(5))
        ]
        row, value = frame.loc[score], ht.tree_distance(A, B, score)
        assert row["value"] == pytest.approx(value)
        assert row["n_permutations"] == 120
        assert row["chance"] == pytest.approx(np.mean(null))
        assert row["p_value"] == pytest.approx(np.mean(np.array(null) <= value + 1e-9))
        assert row["adjusted"] == pytest.approx((value - np.mean(null)) / (0 - np.mean(null)))


def test_a_tree_is_like_itself():
    result = ht.compare(A, A, scores="all")
    frame = result.scores
    assert frame["adjusted"][frame["score"] != "dasgupta_cost"].tolist() == pytest.approx(
        [1.0] * (len(frame) - 1)
    )
    assert result.inferred.to_newick() == ht.sort_classes(A).to_newick()
    assert "The model is a tree" in result.notes[0]
    assert np.mean(result.null("triplet")) == pytest.approx(
        frame.set_index("score")["chance"]["triplet"]
    )
    assert ht.Comparison.from_json(result.to_json()).settings["own_tree"] is True


def test_correlations_are_of_path_lengths():
    lengths = ht.ClassTree.from_newick("((lynx:1,wolf:.2,bear:.3)m:.1,(newt:2,toad:.5)a:.7);")
    result = ht.compare(lengths, A, scores="elementwise_correlation", permutations=0)
    names = sorted(A.classes)
    d, t = (ht.path_distances(tree, names)[np.triu_indices(5, 1)] for tree in (lengths, A))
    assert result.value("elementwise_correlation") == pytest.approx(
        pd.Series(d).corr(pd.Series(t), method="spearman")
    )


def test_trees_go_where_models_go():
    both = ht.compare({"a": A, "b": B}, A, permutations=0, scores=["triplet"])
    assert both.value("triplet", model="a") == 0
    assert both.value("triplet", model="b") == pytest.approx(ht.tree_distance(A, B, "triplet"))
    pair = ht.compare_models(B, A, permutations=0, scores=["triplet"])
    assert pair.value("triplet") == both.value("triplet", model="b")
    fewer = ht.restrict(B, ["lynx", "wolf", "newt", "toad"])
    part = ht.compare({"a": A, "b": fewer}, A, permutations=0, on_missing="drop")
    assert part["a"].n_classes == 4
    with pytest.raises(ht.OptionError, match="metric='angular' can't be applied"):
        ht.compare(A, B, metric="angular")
