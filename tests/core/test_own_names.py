"""Names given beside those that a source has of its own: nothing is renamed without a word."""

import json

import numpy as np
import onnx
import pandas as pd
import pytest
import safetensors.numpy
from onnx import TensorProto, helper, numpy_helper
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import hiertools as ht
from hiertools import DistanceMatrix, HiertoolsError, OptionError, Predictions, PredictionsError
from hiertools._core.own_names import agreed_names
from hiertools.decisions import minimise_risk
from hiertools.producers import (
    from_confusion,
    from_onnx,
    from_safetensors,
    from_sklearn_model,
    from_state_dict,
    from_texts,
    produce,
)

pytestmark = pytest.mark.needs("onnx", "safetensors")

NAMES = ("lynx", "puma", "wolf")
TURNED = ("wolf", "puma", "lynx")
W = np.arange(15.0).reshape(3, 5)
TREE = {"lynx": "cats/lynx", "puma": "cats/puma", "wolf": "dogs/wolf"}
SCORES = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]])
SQUARE = np.array([[0.0, 1.0, 3.0], [1.0, 0.0, 2.0], [3.0, 2.0, 0.0]])
COUNTS = np.array([[8, 2, 0], [4, 5, 1], [0, 1, 9]])


def onnx_file(path, **metadata):
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["y"])],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 5])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(W.T.astype("f4"), "W")],
    )
    model = helper.make_model(graph)
    helper.set_model_props(model, metadata)
    onnx.save(model, path)
    return path


def saved(path, **arrays):
    np.savez(path, **arrays)
    return str(path)


def given(classes):
    return NAMES if classes is None else classes


@pytest.fixture
def sources(tmp_path):
    """Return readers of everything that holds three named vectors: each takes classes=."""
    ht.ClassRepresentatives(W, NAMES).save(tmp_path / "r.csv")
    ht.ClassRepresentatives(W, NAMES).save(tmp_path / "r.npz")
    ht.ClassRepresentatives(W, NAMES).save(tmp_path / "r.parquet")
    frame = pd.DataFrame(COUNTS, NAMES, NAMES)
    frame.to_csv(tmp_path / "c.csv")
    embedded = saved(tmp_path / "e.npz", embeddings=W, labels=[0, 1, 2], classes=NAMES)
    tensors = tmp_path / "t.safetensors"
    safetensors.numpy.save_file({"fc.weight": W}, tensors, {"classes": json.dumps(NAMES)})
    indexed = {str(i): name for i, name in enumerate(NAMES)}
    model = make_pipeline(StandardScaler(), RidgeClassifier()).fit(np.eye(3), list(NAMES))
    means = GaussianNB().fit(np.tile(np.eye(3), (2, 1)), list(NAMES) * 2)
    state = {"fc.weight": W, "hyper_parameters": {"class_names": np.array(NAMES)}}
    return {
        "representatives": lambda c: ht.as_representatives(ht.ClassRepresentatives(W, NAMES), c),
        "mapping": lambda c: ht.as_representatives(dict(zip(NAMES, W)), c),
        "index": lambda c: ht.as_representatives(pd.DataFrame(W, NAMES), c),
        "constructor": lambda c: ht.ClassRepresentatives(pd.DataFrame(W, NAMES), given(c)),
        "npz": lambda c: ht.read_representatives(tmp_path / "r.npz", c),
        "csv": lambda c: produce(tmp_path / "r.csv", classes=c),
        "parquet": lambda c: ht.as_representatives(tmp_path / "r.parquet", c),
        "prototypes": lambda c: produce(f"prototypes:{embedded}", classes=c),
        "state_dict": lambda c: from_state_dict(state, c),
        "safetensors": lambda c: from_safetensors(tensors, classes=c),
        "onnx": lambda c: from_onnx(onnx_file(tmp_path / "m.onnx", names=str(indexed)), classes=c),
        "pipeline": lambda c: from_sklearn_model(model, c),
        "means": lambda c: from_sklearn_model(means, c),
        "confusion frame": lambda c: from_confusion(frame, c),
        "confusion file": lambda c: produce(f"confusion:{tmp_path}/c.csv", classes=c),
        "infer_tree": lambda c: ht.infer_tree(DistanceMatrix(SQUARE, NAMES), classes=c),
        "distance frame": lambda c: DistanceMatrix(pd.DataFrame(SQUARE, NAMES, NAMES), given(c)),
        "compare": lambda c: (
            ht.compare(DistanceMatrix(SQUARE, NAMES), TREE, classes=c, permutations=0).predefined
        ),
        "predictions": lambda c: ht.as_predictions(Predictions([0, 1], SCORES, NAMES), c),
        "prediction frame": lambda c: ht.as_predictions(
            pd.DataFrame(SCORES, columns=NAMES).assign(label=["lynx", "puma"]), c
        ),
        "prediction mapping": lambda c: ht.as_predictions(
            {"labels": [0, 1], "scores": SCORES, "classes": NAMES}, c
        ),
        "prediction file": lambda c: ht.read_predictions(
            saved(tmp_path / "p.npz", labels=[0, 1], scores=SCORES, classes=NAMES), c
        ),
        "score frame": lambda c: Predictions([0, 1], pd.DataFrame(SCORES, columns=NAMES), given(c)),
    }


KINDS = (
    "representatives", "mapping", "index", "constructor", "npz", "csv", "parquet", "prototypes",
    "state_dict", "safetensors", "onnx", "pipeline", "means", "confusion frame", "confusion file",
    "infer_tree", "distance frame", "compare", "predictions", "prediction frame",
    "prediction mapping", "prediction file", "score frame",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_names_of_a_source_are_its_own(sources, kind):
    read = sources[kind]
    assert sorted(read(None).classes) == sorted(NAMES)
    assert read(list(NAMES)).classes == read(None).classes
    assert read(np.array(NAMES)).classes == read(None).classes
    order = r"names of its own, in another order \(row 0 is 'lynx', not 'wolf'\): 'lynx', 'puma'"
    with pytest.raises(OptionError, match=order):
        read(TURNED)
    with pytest.raises(OptionError, match=r"names of its own, other ones \(row 1 is 'puma', not"):
        read(["lynx", "newt", "wolf"])


def test_the_advice_works():
    reps = ht.ClassRepresentatives(W, NAMES)
    assert reps.take(TURNED).vectors.tolist() == W[::-1].tolist()
    other = {"a": "cats/a", "b": "cats/b", "c": "dogs/c"}
    new = ht.compare(DistanceMatrix(SQUARE, NAMES), other, rename=dict(zip("abc", NAMES)),
                     permutations=0)  # fmt: skip
    assert sorted(new.predefined.classes) == sorted(NAMES)
    named = ht.evaluate(
        Predictions([0, 1], SCORES, NAMES), other, rename=dict(zip("abc", NAMES)), intervals=False
    )
    assert named.n_samples == 2


@pytest.mark.parametrize(
    "own", [["0", "1", "2"], ["LABEL_0", "LABEL_1", "LABEL_2"]], ids=["numbers", "labels"]
)
def test_names_that_only_count_may_be_replaced_but_not_turned(tmp_path, own):
    assert agreed_names(NAMES, own, "the file") == NAMES
    with pytest.raises(OptionError, match="in another order"):
        agreed_names(own[::-1], own, "the file")
    ht.ClassRepresentatives(W, own).save(tmp_path / "r.npz")
    assert ht.as_representatives(tmp_path / "r.npz", NAMES).classes == NAMES
    assert ht.infer_tree(DistanceMatrix(SQUARE, own), classes=NAMES).classes == NAMES
    made = ht.as_predictions(Predictions([0, 1], SCORES, own), NAMES)
    assert made.classes == NAMES


def test_numbers_as_labels_take_names_in_their_order():
    model = RidgeClassifier().fit(np.eye(3), [5, 9, 3])
    found = from_sklearn_model(model, NAMES)
    assert found.classes == NAMES
    assert found.provenance["labels"] == [3, 5, 9]
    # The first name is that of label 3, the smallest, whose samples come last.
    assert np.argmax(found.vectors, axis=1).tolist() == [2, 0, 1]
    digits = RidgeClassifier().fit(np.eye(3), [0, 1, 2])
    with pytest.raises(OptionError, match="in another order"):
        from_sklearn_model(digits, ["2", "1", "0"])
    texts = RidgeClassifier().fit(np.eye(3), np.array(["9", "3", "5"], dtype=object))
    with pytest.raises(OptionError, match="names of its own, other ones"):
        from_sklearn_model(texts, NAMES)


def test_names_of_something_else_in_a_checkpoint_count_for_nothing():
    state = {"fc.weight": W, "classes": ["a", "b", "c", "d"]}
    assert from_state_dict(state, NAMES).classes == NAMES
    with_body = {**state, "body.weight": np.ones((4, 7))}
    with pytest.raises(OptionError, match="the state_dict has class names of its own, other ones"):
        from_state_dict(with_body, NAMES)
    assert from_state_dict(with_body, NAMES, layer="fc").classes == NAMES
    twice = {"fc.weight": W, "classes": ["crane", "crane", "wolf"]}
    assert from_state_dict(twice, NAMES).classes == NAMES


@pytest.mark.parametrize(
    "text", [json.dumps(NAMES), json.dumps({"wolf": 2, "lynx": 0, "puma": 1}), str(list(NAMES))]
)
def test_metadata_hold_names_as_text(tmp_path, text):
    path = tmp_path / "t.safetensors"
    safetensors.numpy.save_file({"fc.weight": W}, path, {"classes": text, "format": "pt"})
    assert from_safetensors(path).classes == NAMES
    assert from_onnx(onnx_file(tmp_path / "m.onnx", classes=text)).classes == NAMES
    for other in ("lynx,puma,wolf", '{"lynx": "a cat"}', "[1, 2, 3]", "", "[", '"lynx"'):
        safetensors.numpy.save_file({"fc.weight": W}, path, {"classes": other})
        with pytest.raises(HiertoolsError, match="carries no class names"):
            from_safetensors(path)
        assert from_safetensors(path, classes=NAMES).classes == NAMES


def test_numbers_as_labels_of_an_onnx_classifier(tmp_path):
    node = helper.make_node(
        "LinearClassifier", ["x"], ["label", "y"], domain="ai.onnx.ml",
        coefficients=W.ravel().tolist(), classlabels_ints=[0, 1, 2],
    )  # fmt: skip
    path = tmp_path / "m.onnx"
    info = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("x", "y")]
    onnx.save(helper.make_model(helper.make_graph([node], "g", info[:1], info[1:])), path)
    assert from_onnx(path, classes=NAMES).vectors.tolist() == W.tolist()
    with pytest.raises(HiertoolsError, match="carries no class names"):
        from_onnx(path)


def test_names_as_mappings_and_sets():
    places = {"wolf": 2, "lynx": 0, "puma": 1}
    assert ht.ClassRepresentatives(W, places).classes == NAMES
    assert DistanceMatrix(SQUARE, places).classes == NAMES
    assert Predictions([0, 1], SCORES, places).classes == NAMES
    assert ht.prototypes(np.eye(3), [0, 1, 2], places).classes == NAMES
    for make in (
        lambda names: ht.ClassRepresentatives(W, names),
        lambda names: DistanceMatrix(SQUARE, names),
        lambda names: Predictions([0, 1], SCORES, names),
        lambda names: ht.prototypes(np.eye(3), [0, 1, 2], names),
        lambda names: from_texts(lambda texts: np.eye(3), names),
    ):
        with pytest.raises(HiertoolsError, match="a set of class names has no order; give a list"):
            make(set(NAMES))
        with pytest.raises(HiertoolsError, match="the rows of 3 classes must be 0 to 2, each once"):
            make({"wolf": 2, "lynx": 0, "puma": 2})


def test_square_tables_are_read_by_name():
    frame = pd.DataFrame(SQUARE, NAMES, NAMES)
    plain = DistanceMatrix(SQUARE, NAMES)
    turned = frame[list(TURNED)]
    assert DistanceMatrix(turned, NAMES).condensed.tolist() == plain.condensed.tolist()
    assert DistanceMatrix(frame.loc[list(TURNED)], TURNED).take(NAMES).square().tolist() == (
        SQUARE.tolist()
    )
    assert DistanceMatrix(pd.DataFrame(SQUARE, NAMES), NAMES).square().tolist() == SQUARE.tolist()
    with pytest.raises(HiertoolsError, match="these differ in 'newt', 'wolf'"):
        DistanceMatrix(frame.rename(columns={"wolf": "newt"}), NAMES)
    costs = pd.DataFrame([[0, 9, 9], [1, 0, 9], [1, 1, 0.0]], NAMES, NAMES)
    sure = [[0.3, 0.3, 0.4]]
    expected = minimise_risk(sure, TREE, NAMES, cost=costs.to_numpy()).tolist()
    assert minimise_risk(sure, TREE, NAMES, cost=costs[list(TURNED)]).tolist() == expected
    with pytest.raises(OptionError, match=r"in another order .* pass cost.loc\[names, names\]"):
        minimise_risk(sure, TREE, NAMES, cost=costs.loc[list(TURNED)])


def test_probabilities_keep_the_names_of_their_columns():
    frame = pd.DataFrame([[0.8, 0.1, 0.1]], columns=NAMES)
    for source in (frame, Predictions([0], frame, NAMES, score_kind="probability")):
        assert minimise_risk(source, TREE, NAMES).tolist() == ["lynx"]
        with pytest.raises(OptionError, match="names of its own, in another order"):
            minimise_risk(source, TREE, TURNED)


def test_numbers_in_a_frame_of_predictions_name_classes():
    labels = list(range(12))  # as text, "10" comes before "2"
    frame = pd.DataFrame({"label": labels, "prediction": labels})
    made = ht.as_predictions(frame)
    assert (made.labels == made.ranked[:, 0]).all()
    assert [made.classes[i] for i in made.labels] == [str(i) for i in labels]
    with pytest.raises(HiertoolsError, match="Whole numbers are names in a table"):
        ht.as_predictions(frame, [f"class {i}" for i in labels])
    turned = pd.DataFrame({"label": [0, 1], 1: [0.2, 0.9], 0: [0.8, 0.1]})
    scored = ht.as_predictions(turned)
    assert (scored.labels == scored.scores.argmax(1)).all()


@pytest.mark.parametrize("kind", ["frame", "file", "mapping", "npz"])
def test_labels_are_read_by_the_names_that_others_replace(tmp_path, kind):
    def read(labels, names):
        frame = pd.DataFrame(SCORES[:, :2], columns=[0, 1]).assign(label=labels)
        held = {"labels": labels, "scores": SCORES[:, :2], "classes": ["0", "1"]}
        if kind == "frame":
            return ht.as_predictions(frame, names)
        if kind == "mapping":
            return ht.as_predictions(held, names)
        path = tmp_path / ("p.npz" if kind == "npz" else "p.csv")
        if kind == "npz":
            np.savez(path, **held)
        else:
            frame.to_csv(path, index=False)
        return ht.read_predictions(path, names)

    for names in (["lynx", "puma"], ["1", "2"]):
        for labels in (["1", "0"], names[::-1]):
            found = read(labels, names)
            assert (found.classes, found.labels.tolist()) == (tuple(names), [1, 0])
    with pytest.raises(PredictionsError, match="'1' could be the class of that name in"):
        read(["1", "1"], ["1", "2"])
    with pytest.raises(PredictionsError, match="has 2 classes, but 3 names are given"):
        read(["1", "0"], NAMES)


def test_labels_of_prototypes_are_read_by_the_names_that_others_replace(tmp_path):
    held = {"embeddings": np.eye(2), "labels": ["1", "0"], "classes": ["0", "1"]}
    path = saved(tmp_path / "e.npz", **held)
    found = produce(f"prototypes:{path}", classes=["lynx", "puma"])
    assert found.classes == ("lynx", "puma")
    assert found.vectors.tolist() == [[0, 1], [1, 0]]
    with pytest.raises(OptionError, match="'indices' is for labels that are whole numbers, but"):
        produce(f"prototypes:{path}?classes=indices")
    path = saved(tmp_path / "e.npz", **{**held, "labels": ["1", "1"]})
    with pytest.raises(PredictionsError, match="could be the class of that name in classes= or"):
        produce(f"prototypes:{path}", classes=["1", "2"])


def test_a_mapping_names_the_rows_of_a_table_without_names(tmp_path):
    places = {"wolf": 2, "lynx": 0, "puma": 1}
    path = tmp_path / "bare.csv"
    pd.DataFrame(W).add_prefix("d").to_csv(path, index=False)
    for source in (pd.DataFrame(W), path):
        assert ht.as_representatives(source, places).classes == NAMES
        with pytest.raises(HiertoolsError, match="a set of class names has no order"):
            ht.as_representatives(source, set(NAMES))


def test_an_empty_cell_is_no_name():
    frame = pd.DataFrame({"class": ["lynx", None], "d0": [1.0, 2.0]})
    for names in (None, ["lynx", "None"], ["lynx", "nan"]):
        with pytest.raises(HiertoolsError, match="class names must be text, but 1 of 2 are not"):
            ht.as_representatives(frame, names)


def test_a_bare_baseline_has_the_names_of_the_model():
    tree = {**TREE, "newt": "newt"}
    vectors = np.random.default_rng(0).normal(size=(4, 5))
    result = ht.compare(vectors, tree, classes=list(tree), baseline=vectors[::-1], permutations=0)
    assert list(result.comparisons) == ["model", "baseline"]
    named = ht.ClassRepresentatives(vectors, list(tree)[::-1])
    again = ht.compare(vectors, tree, classes=list(tree), baseline=named, permutations=0)
    assert again.comparisons["baseline"][0].scores.equals(
        ht.compare(named, tree, permutations=0).scores
    )
