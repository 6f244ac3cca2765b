"""Models are compared over the same classes: others are an error, or left out of all."""

import numpy as np
import pytest

import hiertools as ht
from hiertools import ClassMismatchError
from hiertools.producers import checkpoint_series

TREE = ht.ClassTree.from_newick("((a,b,c)x,(d,e,f)y,(g,h)z);")
FEW = {"permutations": 0, "intervals": False, "scores": ["elementwise_correlation", "map_at_r"]}


def model(names, seed=0):
    """A vector a class that is the same whatever other classes there are."""
    return ht.ClassRepresentatives(
        [np.random.default_rng([seed, ord(name)]).normal(size=4) for name in names], list(names)
    )


def assert_same_scores(found, wanted):
    assert found.scores["value"].tolist() == pytest.approx(wanted.scores["value"].tolist())


ADVICE = r'.*only; give both the same classes, or pass on_missing="drop"'


def test_models_of_different_classes_are_refused():
    models = {"big": model("abcdefgh"), "small": model("abdegh")}
    with pytest.raises(
        ClassMismatchError, match="but 'c', 'f' are in one of 'big' and 'small'" + ADVICE
    ):
        ht.compare(models, TREE, **FEW)
    with pytest.raises(ClassMismatchError, match="'h' is in one of 'model' and 'baseline'"):
        ht.compare(model("abcdefgh"), TREE, baseline=model("abcdefg"), **FEW)
    runs = [model("abcdefgh"), model("abcdefgh", 1), model("abcdefg", 2)]
    with pytest.raises(ClassMismatchError, match="'h' is in one of run 1 of 'm' and run 3 of 'm'"):
        ht.compare({"m": runs}, TREE, **FEW)
    with pytest.raises(ClassMismatchError, match="'h' is in one of run 1 of 'm' and 'n' only"):
        ht.compare({"m": runs[:2], "n": runs[2]}, TREE, **FEW)


def test_what_not_all_models_have_is_left_out_of_all():
    models = {"big": [model("hgfedcba"), model("abcdefgh", 1)], "small": model("abdegh", 2)}
    found = ht.compare(models, TREE, on_missing="drop", **FEW)
    for name, run, seed in (("big", 0, 0), ("big", 1, 1), ("small", 0, 2)):
        alone = ht.compare(model("abdegh", seed), TREE, **FEW)
        assert_same_scores(found.comparisons[name][run], alone)
    note = "2 of 8 classes are not in all models and were left out of all: 'c', 'f'."
    assert found.notes[0] == note
    assert all(run.notes[0] == note for runs in found.comparisons.values() for run in runs)
    one = ht.compare({"a": model("abcde"), "b": model("abcd")}, TREE, on_missing="drop", **FEW)
    assert "1 of 5 classes is not in all models and was left out of all: 'e'." in one.notes
    with pytest.raises(ClassMismatchError, match="the 2 models share no class; give all of them"):
        ht.compare({"m": model("abc"), "n": model("defg")}, TREE, on_missing="drop", **FEW)


def test_classes_that_the_tree_lacks_are_dropped_too():
    models = {"m": model("abcdeX"), "n": model("abcdX")}
    found = ht.compare(models, TREE, on_missing="drop", **FEW)
    assert found["m"].classes == found["n"].classes == tuple("abcd")
    assert any("'X'" in note for note in found.notes)


def test_two_models_without_a_tree():
    a, b = model("abcdefgh"), model("abcdeg", 1)
    with pytest.raises(ClassMismatchError, match="'f', 'h' are in one of the first model and the"):
        ht.compare_models(a, b, permutations=0)
    with pytest.raises(ClassMismatchError, match="'f', 'h' are in one of the first model and the"):
        ht.compare_models(b, a, permutations=0)
    dropped = ht.compare_models(b, a, permutations=0, on_missing="drop")
    alone = ht.compare_models(b, model("geabcd"), permutations=0)
    assert_same_scores(dropped, alone)
    assert dropped.notes[0].startswith("2 of 8 classes are not in all models")
    assert not any("not in all" in note for note in alone.notes)


def test_steps_of_a_series(tmp_path):
    steps = {1: model("abcdefgh"), 2: model("abcdefgh", 1), 5: model("abdegh", 2)}
    with pytest.raises(ClassMismatchError, match="'c', 'f' are in one of step 1 and step 5"):
        ht.compare_series(steps, TREE, **FEW)
    found = ht.compare_series(steps, TREE, on_missing="drop", **FEW)
    for seed, step in enumerate(steps):
        alone = ht.compare(model("abdegh", seed), TREE, **FEW)
        rows = found[found["step"] == step]
        assert rows["value"].tolist() == pytest.approx(alone.scores["value"].tolist())
    told = "2 of 8 classes are not in all models and were left out of all: 'c', 'f'."
    assert found["note"].str.startswith(told).all()
    assert not ht.compare_series({1: steps[1]}, TREE, **FEW)["note"].str.contains("not in").any()
    for step, reps in steps.items():
        reps.save(tmp_path / f"epoch_{step}.npz")
    pattern = str(tmp_path / "epoch_*.npz")
    with pytest.raises(ClassMismatchError, match="in one of step 1 and step 5 only"):
        checkpoint_series(pattern, TREE)
    series = checkpoint_series(pattern, TREE, compare_options={**FEW, "on_missing": "drop"})
    assert series["value"].tolist() == pytest.approx(found["value"].tolist())
    arrays = {step: reps.vectors for step, reps in list(steps.items())[:2]}
    named = ht.compare_series(arrays, TREE, classes=list("abcdefgh"), **FEW)
    alone = ht.compare_series({1: steps[1], 2: steps[2]}, TREE, **FEW)
    assert named["value"].tolist() == pytest.approx(alone["value"].tolist())


def test_several_runs_of_model_and_baseline():
    runs = [model("abcdefgh", seed) for seed in range(5)]
    several = ht.compare(runs[0], TREE, baseline=runs[1:], **FEW)
    assert [len(several.comparisons[name]) for name in ("model", "baseline")] == [1, 4]
    both = ht.compare({"m": runs[:2]}, TREE, baseline=tuple(runs[2:]), **FEW)
    assert repr(both) == "ComparisonSet(8 classes; m x 2 runs, baseline x 3 runs)"
    assert_same_scores(both.comparisons["baseline"][2], ht.compare(runs[4], TREE, **FEW))
    bare = ht.compare(
        runs[0].vectors, TREE, baseline=[runs[1].vectors, runs[2]], classes=list("abcdefgh"), **FEW
    )
    assert_same_scores(bare.comparisons["baseline"][0], ht.compare(runs[1], TREE, **FEW))
    vectors = ht.compare(
        runs[0].vectors, TREE, baseline=runs[1].vectors.tolist(), classes=list("abcdefgh"), **FEW
    )
    assert len(vectors.comparisons["baseline"]) == 1
    with pytest.raises(ht.OptionError, match="model 'baseline' has no runs"):
        ht.compare(runs[0], TREE, baseline=[], **FEW)
