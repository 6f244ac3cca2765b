"""Model against model, and a series of checkpoints."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import hiertools as ht
from hiertools import ClassMismatchError, OptionError

NAMES = [f"c{i:02d}" for i in range(12)]


def model(seed, dim):
    rng = np.random.default_rng(seed)
    return ht.ClassRepresentatives(rng.normal(size=(12, dim)), NAMES)


def test_correlations_are_those_of_the_two_models_distances():
    a, b = model(0, 5), model(1, 9)
    result = ht.compare_models(a, b, permutations=19)
    x, y = ht.distances(a).condensed, ht.distances(b).condensed
    expected = stats.spearmanr(x, y).statistic
    assert result.value("elementwise_correlation") == pytest.approx(expected)
    trees = ht.infer_tree(b), ht.infer_tree(a)
    assert result.value("robinson_foulds") == ht.tree_distance(*trees)
    assert result.predefined == trees[0]
    assert result.inferred == trees[1]
    assert result.scores["level"].isna().all()


def test_a_model_with_itself_and_its_rotation_is_perfect():
    a = model(0, 4)
    rotation, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(4, 4)))
    result = ht.compare_models(
        a, ht.ClassRepresentatives(a.vectors @ rotation, NAMES), scores="all", permutations=99
    )
    for score in ("elementwise_correlation", "bakers_gamma"):
        assert result.value(score) == pytest.approx(1.0)
    for score in ("robinson_foulds", "clustering_information", "path_difference"):
        assert result.value(score) == pytest.approx(0.0, abs=1e-9)
    assert result.scores["p_value"].max() < 0.05


def test_two_models_swapped_correlate_alike():
    a, b = model(3, 5), model(4, 5)
    there, back = (ht.compare_models(*pair, permutations=0) for pair in ((a, b), (b, a)))
    for score in ("elementwise_correlation", "classwise_correlation", "robinson_foulds"):
        assert there.value(score) == pytest.approx(back.value(score))


def test_models_need_shared_classes_and_have_no_levels():
    a, b = model(0, 3), model(1, 3).take(NAMES[:-1])
    with pytest.raises(ClassMismatchError, match="but 'c11' is in one of the first model and the"):
        ht.compare_models(a, b)
    assert ht.compare_models(a, b, on_missing="drop", permutations=0).n_classes == 11
    with pytest.raises(OptionError, match="precision_at_1 needs the levels of a taxonomy"):
        ht.compare_models(a, a, scores=["precision_at_1"])


def test_a_series_is_the_comparisons_one_by_one():
    tree = ht.ClassTree.from_lineages({name: f"g{i % 3}/{name}" for i, name in enumerate(NAMES)})
    steps = {epoch: model(epoch, 4) for epoch in (1, 5, 9)}
    frame = ht.compare_series(steps, tree, permutations=9)
    assert frame["step"].unique().tolist() == [1, 5, 9]
    for epoch, reps in steps.items():
        single = ht.compare(reps, tree, permutations=9).scores
        part = frame[frame["step"] == epoch].drop(columns="step").reset_index(drop=True)
        pd.testing.assert_frame_equal(part, single)
    with pytest.raises(OptionError, match="at least one step"):
        ht.compare_series({}, tree)
    with pytest.raises(OptionError, match="step 1 holds several models"):
        ht.compare_series({1: {"a": model(0, 2), "b": model(1, 2)}}, tree, permutations=0)
