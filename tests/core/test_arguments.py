"""What a public function does not have, or can't take, is one sentence that names the function."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from public_calls import FEW, MADE, MATRIX, NAMES, PROBABILITIES, REPS, TREE, write_files

import hiertools as ht
from hiertools import decisions


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ht.compare(REPS, TREE, metric=["euclidean"]), r"compare\(\): metric must be text"),
        (lambda: ht.compare(REPS, TREE, scores=None), r"compare\(\): scores must be text or a li"),
        (lambda: ht.compare(REPS, TREE, rename=["x"]), r"compare\(\): rename must be a mapping"),
        (lambda: ht.evaluate(MADE, TREE, rename=["x"]), r"evaluate\(\): rename must be a mapping"),
        (lambda: ht.evaluate(MADE, TREE, beta="x"), r"evaluate\(\): beta must be a number or No"),
        (
            lambda: ht.evaluate(MADE, TREE, confidence_level="x"),
            r"evaluate\(\): confidence_level must be a number; got 'x'",
        ),
        (lambda: ht.find_node(TREE, 1.5), r"find_node\(\): node must be .*; got 1.5"),
        (lambda: ht.sweep(REPS, TREE, metric="cosine"), r"sweep\(\) has no argument 'metric'; did"),
        (lambda: ht.Evaluator(TREE, bta=1), r"Evaluator\(\) has no argument 'bta'.*'beta'"),
        (lambda: ht.read_tree("t.nwk", unknown=1), r"read_tree\(\) has no argument 'unknown'"),
        (lambda: ht.write_tree(TREE, "t.nwk", unknown=1), r"write_tree\(\) has no argument 'unk"),
        (lambda: ht.compare(REPS, TREE, classes="abc"), "classes='abc': there is no such file"),
        (lambda: ht.restrict(TREE, "abc"), "classes='abc': there is no such file"),
        (lambda: REPS.take("abc"), "classes='abc': there is no such file"),
        (lambda: ht.compare(REPS, TREE, levels=[1.5]), r"levels must be .*got \[1.5\]"),
        (lambda: ht.evaluate(MADE, TREE, levels=[1.5]), r"levels must be .*got \[1.5\]"),
        (lambda: ht.compare(REPS, TREE, random_state=None), r"random_state must be a whole"),
        (lambda: ht.Settings(reference="x"), "reference has no option 'x'"),
        (lambda: ht.Settings(beta=-1.0), "beta must be a positive number"),
    ],
)  # fmt: skip
def test_the_sentence_says_what_and_where(call, message):
    with pytest.raises(ht.OptionError, match=message):
        call()


def named_by_file(path):
    """Every door that takes names of classes, with a file of them."""
    square = MATRIX.square()
    tree_of = ht.ClassTree.from_lineages
    return {
        "ClassRepresentatives": ht.ClassRepresentatives(REPS.vectors, path).classes,
        "as_representatives": ht.as_representatives(REPS.vectors, path).classes,
        "DistanceMatrix": ht.DistanceMatrix(square, path).classes,
        "Predictions": ht.Predictions([0], np.eye(4)[:1], path).classes,
        "as_predictions": ht.as_predictions(([0], np.eye(4)[:1]), path).classes,
        "compare": ht.compare(REPS.vectors, TREE, classes=path, **FEW).distances.classes,
        "compare_models": ht.compare_models(
            REPS.vectors, REPS.vectors, classes=path, **FEW
        ).distances.classes,
        "evaluate": ht.evaluate(([0], np.eye(4)[:1]), TREE, classes=path, intervals=False).classes,
        "distances": ht.distances(REPS.vectors, classes=path).classes,
        "infer_tree": ht.infer_tree(REPS.vectors, classes=path).classes,
        "take": REPS.take(path).classes,
        "restrict": ht.restrict(TREE, path).classes,
        "from_lineages": tree_of(["m/a", "m/b", "n/c", "n/d"], classes=path).classes,
        "PrototypeAccumulator": ht.PrototypeAccumulator(path).classes,
        "prototypes": ht.prototypes(np.eye(4), [0, 1, 2, 3], path).classes,
    }


@pytest.mark.parametrize("kind", [str, Path])
def test_classes_may_be_a_file_of_names_at_every_door(kind):
    Path("names.txt").write_text("\n".join(NAMES) + "\n", encoding="utf-8")
    for door, classes in named_by_file(kind("names.txt")).items():
        assert sorted(classes) == sorted(NAMES), door
    found = decisions.minimise_risk(PROBABILITIES, TREE, kind("names.txt"))
    assert np.asarray(found.labels if hasattr(found, "labels") else found).size == 3
    assert ht.path_distances(TREE, kind("names.txt")).shape == (4, 4)
    evaluator = ht.Evaluator(TREE, intervals=False)
    evaluator.update(["lynx"], np.eye(4)[:1], kind("names.txt"))
    assert evaluator.n_samples == 1


def test_one_manner_for_both_verbs():
    mine = ht.Settings(name="mine", metric="raw_euclidean", k=2, hs_k=[2, 1], hp_variant="paper")
    judged = ht.evaluate(MADE, TREE, settings=mine, representatives=ht.ClassRepresentatives(
        np.eye(4)[:, :3] + 0.1, NAMES), intervals=False)  # fmt: skip
    assert judged.settings["settings"] == "mine"
    assert judged.settings["metric"] == "raw_euclidean"
    assert judged.settings["k"] == [2]
    assert ht.compare(REPS, TREE, settings=mine, **FEW).settings["metric"] == "raw_euclidean"
    for levels in (0, [0], (0, 0)):
        assert ht.compare(REPS, TREE, levels=levels, **FEW).settings["levels"] == [0]
        assert ht.evaluate(MADE, TREE, levels=levels, intervals=False).settings["levels"] == [0]
    ranked = ht.ClassTree.from_ranks(
        pd.DataFrame({"family": ["m", "m", "a", "a"], "species": NAMES})
    )
    for verb, given in ((ht.compare, REPS), (ht.evaluate, MADE)):
        found = verb(given, ranked, levels="family", intervals=False, permutations=0)
        assert found.settings["levels"] == ["family"]
        renamed = ht.rename_classes(TREE, {"lynx": "Lynx lynx"})
        same = verb(given, renamed, rename={"Lynx lynx": "lynx"}, intervals=False, permutations=0)
        plain = verb(given, TREE, intervals=False, permutations=0)
        assert same.scores["value"].equals(plain.scores["value"])


def test_no_swaps_between_models_give_no_p_value():
    other = ht.Predictions([0, 1, 2], np.eye(4)[[1, 1, 2]], NAMES)
    bare = ht.Predictions([0, 1, 2], PROBABILITIES, NAMES)
    found = ht.evaluate({"a": bare, "b": other}, TREE, permutations=0, n_bootstrap=9).differences
    assert found["p_value"].isna().all()
    notes = found.set_index("score")["note"]
    assert notes["average_hierarchical_cost"] == "no test: permutations=0"
    assert notes["mistake_severity"] == "no test: fewer than 5 predictions of a model are wrong"
    assert notes.str.startswith("no test: ").all()
    assert (found["test"] == "").all()


@pytest.mark.parametrize("metric", ["angular", "cosine"])
def test_directions_alone_decide_what_is_nearest(metric):
    vectors = ht.ClassRepresentatives(np.eye(4)[:, :3] * 3 + 0.1, NAMES)
    options = {"representatives": vectors, "intervals": False}
    by_metric = ht.evaluate(MADE, TREE, metric=metric, **options).scores
    assert by_metric.equals(ht.evaluate(MADE, TREE, **options).scores)


def frame_of(**columns):
    return pd.DataFrame({"label": ["lynx", "newt"], **columns})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ht.compare({1: REPS, "1": REPS}, TREE, **FEW), "two of the models are called '1'"),
        (lambda: ht.evaluate({1: MADE, "1": MADE}, TREE), "two of the models are called '1'"),
        (
            lambda: ht.evaluate(MADE, TREE, representatives={1: "r.npz", "1": "r.npz"}),
            "two of the sets of representatives are called '1'",
        ),
        (lambda: ht.compare(MATRIX, TREE, metric="cosine"), "can't be applied to a DistanceMatrix"),
        (lambda: ht.compare(MATRIX, TREE, center=True), "can't be applied to a DistanceMatrix"),
        (
            lambda: ht.compare_models(MATRIX, REPS, metric="cosine"),
            "can't be applied to a DistanceMatrix",
        ),
        (lambda: ht.evaluate(MADE, TREE, metric="angular"), "there are no representatives"),
        (lambda: ht.evaluate(MADE, TREE, similarity="barz", beta=2.0), "beta is of similarity='ki"),
        (
            lambda: ht.evaluate(MADE, TREE, similarity="barz", similarity_form="angular"),
            "similarity_form is of similarity='kim'",
        ),
        (lambda: ht.evaluate(MADE, TREE, classes={"lynx": "cat"}), "rename={'cat': 'lynx'}"),
        (
            lambda: ht.as_predictions(frame_of(prediction=["lynx", "newt"]), score_kind="logit"),
            "score_kind='logit' says what scores are, and there are none",
        ),
        (
            lambda: ht.Predictions(
                ["lynx"], classes=NAMES, ranked=["lynx"], score_kind="probability"
            ),
            "says what scores are, and there are none",
        ),
        (
            lambda: ht.as_predictions(
                frame_of(prediction=["lynx", "newt"], lynx=[0.9, 0.2], newt=[0.1, 0.8])
            ),
            "has predicted classes .* and other columns",
        ),
        (
            lambda: ht.as_predictions(frame_of(lynx=[0.9, 0.2], newt=[0.1, 0.8]), ["a", "b"]),
            "has class names of its own",
        ),
        (lambda: ht.read_predictions("p.npz", NAMES[::-1]), "has class names of its own"),
        (
            lambda: ht.Evaluator(TREE).update(["lynx"], np.eye(4)[:1], NAMES, odd=1),
            r"update\(\) has no argument 'odd'",
        ),
    ],
)
def test_nothing_that_is_given_is_ignored(call, message):
    with pytest.raises(ht.HiertoolsError, match=message):
        call()


def test_representatives_may_be_paths_by_name():
    made = ht.Predictions([0, 1, 2], PROBABILITIES, NAMES, embeddings=np.eye(3)[:, :2] + 0.1)
    given = {"text": "r.npz", "path": Path("r.npz")}
    found = ht.evaluate(made, TREE, representatives=given, n_bootstrap=9)
    assert found["path"].scores.equals(found["text"].scores)
    assert list(found) == ["text", "path"]


def test_the_command_lines_take_synonyms(capsys):
    from hiertools.cli import run

    ht.write_tree(ht.rename_classes(TREE, {"lynx": "cat"}), "other.nwk")
    for verb, source in (("compare", "r.npz"), ("evaluate", "p.npz")):
        assert run([verb, source, "other.nwk", "--rename", "cat=lynx", "--json"]) == 0
        assert '"lynx"' in capsys.readouterr().out
        assert run([verb, source, "other.nwk", "--rename", "cat"]) == 2
        assert "TREE=MODEL" in capsys.readouterr().err
