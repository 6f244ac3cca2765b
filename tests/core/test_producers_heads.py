"""Heads among named tensors: safetensors files, ONNX graphs, scikit-learn models."""

import json
import re
import sys
import warnings

import numpy as np
import onnx
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import RFE
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import (
    BernoulliNB,
    CategoricalNB,
    ComplementNB,
    GaussianNB,
    MultinomialNB,
)
from sklearn.neighbors import NearestCentroid
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC, LinearSVC

import hiertools as ht
from hiertools import FileFormatError, HiertoolsError, RepresentativesError
from hiertools.errors import MissingDependencyError
from hiertools.producers import (
    from_onnx,
    from_safetensors,
    from_sklearn_model,
    from_state_dict,
    produce,
)
from hiertools.representatives.producers.safetensors_file import StoredTensor, load_safetensors

pytestmark = pytest.mark.needs("onnx", "safetensors")

NAMES = ("lynx", "puma", "wolf")
W = np.arange(15.0).reshape(3, 5)


# ---- which matrix, which way round


def test_rows_or_columns_by_the_number_of_classes():
    assert np.array_equal(from_state_dict({"fc.weight": W}, NAMES).vectors, W)
    turned = from_state_dict({"W": W.T}, NAMES)
    assert np.array_equal(turned.vectors, W)
    assert turned.provenance["classes_on"] == "columns"
    assert turned.provenance["layer"] == "W"
    assert turned.kind == "weights"


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 6), st.integers(1, 6), st.booleans())
def test_orientation_is_found_or_refused(n, d, turned):
    values = np.arange(float(n * d)).reshape(n, d)
    state = {"proxies": values.T if turned else values}
    names = [f"c{i}" for i in range(n)]
    if n == d and n > 0:
        with pytest.raises(RepresentativesError, match="fit its rows and its columns; say which"):
            from_state_dict(state, names)
        found = from_state_dict(state, names, orientation="columns" if turned else "rows")
    else:
        found = from_state_dict(state, names)
    assert np.array_equal(found.vectors, values)


def test_a_linear_layer_goes_before_other_matrices():
    state = {"positions": np.ones((3, 9)), "fc.weight": W, "fc.bias": np.ones(3)}
    assert from_state_dict(state, NAMES).provenance["layer"] == "fc.weight"
    named = from_state_dict(state, NAMES, layer="positions")
    assert named.vectors.shape == (3, 9)
    assert from_state_dict(state, NAMES, layer="fc").vectors.shape == (3, 5)


def test_a_one_by_one_convolution_is_a_head_where_nothing_else_is():
    state = {"features.weight": np.ones((8, 3, 3, 3)), "classifier.weight": W[:, :, None, None]}
    assert np.array_equal(from_state_dict(state, NAMES).vectors, W)


def test_containers_names_and_averaged_copies():
    weights = {"body.weight": np.ones((5, 7)), "fc.weight": W}
    state = {
        "epoch": 3,
        "optimizer": {"state": {0: {"exp_avg": W}}},
        "state_dict": weights,
        "state_dict_ema": {"fc.weight": W + 1},
        "class_to_idx": {"wolf": 2, "lynx": 0, "puma": 1},
    }
    found = from_state_dict(state)
    assert found.classes == NAMES
    assert np.array_equal(found.vectors, W)
    averaged = from_state_dict(state, layer="state_dict_ema.fc")
    assert np.array_equal(averaged.vectors, W + 1)
    assert from_state_dict(state, NAMES).classes == NAMES
    lightning = {"state_dict": weights, "hyper_parameters": {"classes": list(NAMES)}}
    assert from_state_dict(lightning).classes == NAMES


def test_indices_only_where_asked_for_and_where_one_matrix_fits():
    state = {"fc.weight": W}
    with pytest.raises(
        RepresentativesError,
        match=r"carries no class names; pass classes=.* or classes='indices' with "
        "orientation='rows' or 'columns' to call them",
    ):
        from_state_dict(state)
    found = from_state_dict(state, "indices", orientation="rows")
    assert found.classes == ("0", "1", "2")
    with pytest.raises(RepresentativesError, match="'fc.weight' is 3 x 5, and nothing says which"):
        from_state_dict(state, "indices")
    with_bias = {"fc.weight": W, "fc.bias": np.ones(3)}
    assert from_state_dict(with_bias, "indices") == found
    with pytest.raises(RepresentativesError, match="or classes='indices' to call them"):
        from_state_dict(with_bias)
    several = {"a.weight": np.ones((7, 5)), "a.bias": np.ones(7), **with_bias}
    with pytest.raises(
        RepresentativesError,
        match=r"2 matrices could be the head: 'a.weight' \(7 x 5\), 'fc.weight' \(3 x 5\), and "
        "nothing says which; name it with layer=, such as layer='fc.weight'",
    ):
        from_state_dict(several, "indices")
    with pytest.raises(RepresentativesError, match=r"'indices' with layer= \(one of 'a.weight', "):
        from_state_dict(several)
    assert from_state_dict(several, "indices", layer="fc") == found


def test_a_bias_tells_where_the_outputs_lie():
    assert np.array_equal(
        from_state_dict({"score.weight": W.T, "score.bias": np.ones(3)}, NAMES).vectors, W
    )
    state = {"body.weight": np.ones((7, 3)), "body.bias": np.ones(7), "fc.weight": W}
    assert from_state_dict(state, NAMES).provenance["layer"] == "fc.weight"
    with pytest.raises(RepresentativesError, match=r"body.weight' \(7 x 3, outputs on its rows\)"):
        from_state_dict({k: v for k, v in state.items() if k != "fc.weight"}, NAMES)


@pytest.mark.parametrize(
    ("state", "options", "message"),
    [
        ({}, {}, "has no linear layer, so there is no head"),
        ({"conv.weight": np.ones((3, 3, 3, 3))}, {}, "has no linear layer"),
        (
            {"fc.weight": np.ones((4, 5))},
            {},
            r"3 class names, but no matrix has 3 rows or columns.*\(4 x 5\)",
        ),
        ({"fc.weight": W}, {"orientation": "columns"}, "no matrix has 3 columns"),
        ({"fc.weight": W}, {"orientation": "both"}, "orientation has no option 'both'"),
        (
            {"a.weight": W, "b.weight": W},
            {},
            "2 matrices fit 3 classes: 'a.weight', 'b.weight'; say",
        ),
        ({"W": np.ones((3, 6))}, {}, "fit on its rows, or with 2 centres each on its columns"),
        (
            {"fc.weight": W},
            {"layer": "fc.weigth"},
            "has no matrix 'fc.weigth'.*Did you mean 'fc.weight'",
        ),
        ({"fc.weight": W * np.nan}, {}, "hold NaN"),
    ],
)
def test_bad_states(state, options, message):
    with pytest.raises(HiertoolsError, match=message):
        from_state_dict(state, NAMES, **options)


# ---- safetensors


TYPES = ("float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")


@pytest.mark.parametrize("dtype", TYPES)
def test_safetensors_reads_what_the_library_writes(tmp_path, dtype):
    tensors = {
        "a": (np.random.default_rng(0).normal(size=(3, 4)) * 9).astype(dtype),
        "scalar": np.array(1).astype(dtype),
        "empty": np.zeros((0, 2), dtype),
    }
    path = tmp_path / "t.safetensors"
    safetensors.numpy.save_file(tensors, path, metadata={"format": "np"})
    found, metadata = load_safetensors(path)
    assert metadata == {"format": "np"}
    for name, expected in safetensors.numpy.load_file(path).items():
        assert np.array_equal(found[name], expected)
        assert found[name].dtype == expected.dtype


def test_safetensors_bfloat16(tmp_path):
    values = np.array([[1.0, -2.5], [3.25, 1e30]], dtype="<f4")
    upper = (values.view("<u4") >> 16).astype("<u2").tobytes()
    header = json.dumps({"w": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]}}).encode()
    path = tmp_path / "t.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + upper)
    expected = (values.view("<u4") & 0xFFFF0000).view("<f4")
    assert np.array_equal(load_safetensors(path)[0]["w"], expected)


def test_safetensors_head(tmp_path):
    path = tmp_path / "t.safetensors"
    safetensors.numpy.save_file({"body.weight": np.ones((5, 9)), "fc.weight": W}, path)
    (tmp_path / "names.txt").write_text("\n".join(NAMES))
    found = produce(f"safetensors:{path}?classes={tmp_path}/names.txt")
    assert np.array_equal(found.vectors, W)
    assert found.classes == NAMES


def test_of_safetensors_only_the_head_is_read(tmp_path, monkeypatch):
    read = []
    whole = StoredTensor.__array__

    def watched(self, *args, **options):
        read.append(self._name)
        return whole(self, *args, **options)

    monkeypatch.setattr(StoredTensor, "__array__", watched)
    tensors = {"body.weight": np.ones((5, 9)), "conv.weight": W.reshape(*W.shape, 1, 1)}
    path = tmp_path / "t.safetensors"
    safetensors.numpy.save_file(tensors, path)
    assert np.array_equal(from_safetensors(path, classes=NAMES, layer="conv").vectors, W)
    assert read == ["conv.weight"]


def test_safetensors_of_types_that_numpy_lacks(tmp_path, monkeypatch):
    entries = {
        "a": {"dtype": "F8_E4M3", "shape": [3, 2], "data_offsets": [0, 6]},
        "b": {"dtype": "BF16", "shape": [3, 2], "data_offsets": [6, 18]},
    }
    header = json.dumps(entries).encode()
    path = tmp_path / "t.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(range(18)))
    with pytest.raises(RepresentativesError, match="2 matrices fit 3 classes: 'a', 'b'"):
        from_safetensors(path, classes=NAMES)
    found = from_safetensors(path, classes=NAMES, layer="a").vectors
    assert np.array_equal(found.ravel(), np.arange(6) * 2.0**-9)  # the smallest there are
    assert from_safetensors(path, classes=NAMES, layer="b").provenance["layer"] == "b"
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    for layer in ("a", "b"):
        with pytest.raises(
            MissingDependencyError, match=rf"'{layer}'.* needs ml_dtypes.*\[safetensors\]"
        ):
            from_safetensors(path, classes=NAMES, layer=layer)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"123",
        (10**6).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (4).to_bytes(8, "little") + b"{]}}",
        (2).to_bytes(8, "little") + b"\xff\xff",
        b"PK\x03\x04" + bytes(100),
    ],
)
def test_bad_safetensors(tmp_path, content):
    path = tmp_path / "t.safetensors"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="is not a readable .safetensors file"):
        from_safetensors(path, classes=NAMES)
    with pytest.raises(FileFormatError, match="no such file"):
        from_safetensors(tmp_path / "none", classes=NAMES)


def test_a_folder_is_no_safetensors_file(tmp_path):
    with pytest.raises(FileFormatError, match="is a folder"):
        from_safetensors(tmp_path, classes=NAMES)


def test_truncated_safetensors(tmp_path):
    path = tmp_path / "t.safetensors"
    safetensors.numpy.save_file({"fc.weight": W}, path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(FileFormatError, match="cut off"):
        from_safetensors(path, classes=NAMES)


# ---- ONNX


def onnx_model(path, nodes, constants, outputs=("y",)):
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, None])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(v, np.float32), k) for k, v in constants.items()],
    )
    onnx.save(helper.make_model(graph), path)
    return path


NODE = helper.make_node


@pytest.mark.parametrize(
    ("nodes", "constants"),
    [
        ([NODE("Gemm", ["x", "W", "b"], ["y"], transB=1)], {"W": W, "b": np.zeros(3)}),
        ([NODE("Gemm", ["x", "W"], ["y"])], {"W": W.T}),
        ([NODE("MatMul", ["x", "W"], ["y"])], {"W": W.T}),
        ([NODE("MatMul", ["W", "x"], ["y"])], {"W": W}),
        ([NODE("Transpose", ["W"], ["t"]), NODE("MatMul", ["x", "t"], ["y"])], {"W": W}),
        ([NODE("Identity", ["W"], ["t"]), NODE("Gemm", ["x", "t"], ["y"], transB=1)], {"W": W}),
        (
            [
                NODE("Gemm", ["x", "A"], ["h"]),
                NODE("Relu", ["h"], ["r"]),
                NODE("Gemm", ["r", "W"], ["y"], transB=1),
            ],
            {"A": np.ones((4, 5)), "W": W},
        ),
    ],
)
def test_onnx_heads(tmp_path, nodes, constants):
    found = from_onnx(onnx_model(tmp_path / "m.onnx", nodes, constants), classes=NAMES)
    assert np.array_equal(found.vectors, W)
    assert found.provenance["layer"] == "W"


def test_onnx_square_heads_are_no_guess(tmp_path):
    square = np.arange(9.0).reshape(3, 3)
    path = onnx_model(tmp_path / "m.onnx", [NODE("MatMul", ["x", "W"], ["y"])], {"W": square})
    assert np.array_equal(produce(path, classes=NAMES).vectors, square.T)
    assert produce(path, classes="indices").classes == ("0", "1", "2")


def test_onnx_linear_classifier(tmp_path):
    node = NODE(
        "LinearClassifier",
        ["x"],
        ["label", "y"],
        domain="ai.onnx.ml",
        coefficients=W.ravel().tolist(),
        classlabels_strings=list(NAMES),
    )
    found = from_onnx(onnx_model(tmp_path / "m.onnx", [node], {}))
    assert found.classes == NAMES
    assert np.array_equal(found.vectors, W)


def test_bad_onnx(tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(b"\xff\x00nonsense")
    with pytest.raises(FileFormatError, match="is no readable ONNX model"):
        from_onnx(path, classes=NAMES)
    path.write_bytes(b"")
    with pytest.raises(FileFormatError, match="is no readable ONNX model"):
        from_onnx(path, classes=NAMES)
    with pytest.raises(FileFormatError, match="no such file"):
        from_onnx(tmp_path / "none.onnx", classes=NAMES)
    onnx_model(path, [NODE("Relu", ["x"], ["y"])], {})
    with pytest.raises(RepresentativesError, match="no Gemm or MatMul"):
        from_onnx(path, classes=NAMES)
    onnx_model(path, [NODE("MatMul", ["x", "W"], ["y"])], {"W": W})
    with pytest.raises(RepresentativesError, match="3 class names, but no matrix has 3"):
        from_onnx(path, classes=NAMES)
    with pytest.raises(RepresentativesError, match="carries no class names"):
        from_onnx(path)


# ---- scikit-learn


@pytest.fixture(scope="module")
def digits():
    images, labels = load_digits(return_X_y=True)
    words = np.array([f"digit {i}" for i in range(10)])
    return images[:600], words[labels[:600]]


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
        LinearSVC(max_iter=200, C=1e-4),
        RidgeClassifier(),
        SGDClassifier(max_iter=20, tol=None),
        OneVsRestClassifier(RidgeClassifier()),
        GridSearchCV(RidgeClassifier(), {"alpha": [1.0, 2.0]}, cv=2),
    ],
)
def test_linear_models(digits, model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged: enough for reading coefficients
        model.fit(*digits)
    found = from_sklearn_model(model)
    assert found.vectors.shape == (10, 64)
    assert found.classes == tuple(model.classes_)
    scores = model[:-1].transform(digits[0]) if hasattr(model, "steps") else digits[0]
    intercept = model.decision_function(digits[0]) - scores @ found.vectors.T
    assert np.ptp(intercept, axis=0).max() < 1e-6 * np.abs(intercept).max() + 1e-9


def test_the_last_layer_of_a_perceptron(digits):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged
        model = MLPClassifier((12,), max_iter=3, random_state=0).fit(*digits)
    found = from_sklearn_model(model)
    assert found.vectors.shape == (10, 12)
    assert np.array_equal(found.vectors, model.coefs_[-1].T)


def test_class_means(digits):
    images, labels = digits
    expected = np.stack([images[labels == name].mean(axis=0) for name in np.unique(labels)])
    for model in (NearestCentroid(), LinearDiscriminantAnalysis(), GaussianNB()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = from_sklearn_model(model.fit(images, labels))
        assert np.allclose(found.vectors, expected)
        assert found.kind == "mean"
    discriminant = LinearDiscriminantAnalysis().fit(images, labels)
    assert from_sklearn_model(discriminant, what="weights").kind == "weights"
    quadratic = QuadraticDiscriminantAnalysis(reg_param=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old versions warn of pixels that tell the same
        quadratic.fit(images[:, 20:30], labels)
    assert np.allclose(from_sklearn_model(quadratic).vectors, expected[:, 20:30])


def test_numbers_as_labels():
    model = RidgeClassifier().fit(np.eye(3), [3, 5, 7])
    with pytest.raises(
        RepresentativesError, match=r"labels that are numbers \(.*3.*\); pass classes"
    ):
        from_sklearn_model(model)
    assert from_sklearn_model(model, "indices").classes == ("3", "5", "7")
    assert from_sklearn_model(model, NAMES).classes == NAMES
    with pytest.raises(RepresentativesError, match="fitted to 3 classes, but 2 names"):
        from_sklearn_model(model, NAMES[:2])


@pytest.mark.parametrize(
    ("model", "what", "message"),
    [
        (SVC(kernel="linear"), None, "SVC belong to pairs of classes .one-vs-one.*LinearSVC"),
        (OneVsOneClassifier(RidgeClassifier()), None, "belong to pairs"),
        (RandomForestClassifier(5), None, "keeps no vector for each class; use prototypes"),
        (OneVsRestClassifier(RandomForestClassifier(5)), None, "keeps no vector"),
        (RidgeClassifier(), "means", "keeps no class means; use what='weights'"),
        (NearestCentroid(), "weights", "keeps no vector"),
        (RidgeClassifier(), "bias", "what has no option 'bias'"),
    ],
)
def test_models_without_class_vectors(digits, model, what, message):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pixels that never change
        model.fit(*digits)
    with pytest.raises(HiertoolsError, match=message):
        from_sklearn_model(model, what=what)


def test_unfitted_and_binary_models():
    with pytest.raises(RepresentativesError, match="is not fitted, or is no classifier"):
        from_sklearn_model(RidgeClassifier())
    model = RidgeClassifier().fit(np.eye(2), ["a", "b"])
    with pytest.raises(RepresentativesError, match="tells two classes apart by one vector"):
        from_sklearn_model(model)


def scores_of(model, inputs):
    return model.predict_joint_log_proba(inputs)


@pytest.mark.parametrize("kind", [MultinomialNB, ComplementNB, BernoulliNB, CategoricalNB])
def test_naive_bayes_of_counts(digits, kind):
    images, labels = digits[0] // 4, digits[1]
    model = (
        kind(min_categories=5).fit(images, labels)
        if kind is CategoricalNB
        else kind().fit(images, labels)
    )
    found = from_sklearn_model(model)
    assert found.kind == "weights"
    assert found.classes == tuple(model.classes_)
    inputs = images
    if kind is BernoulliNB:
        inputs = images > 0
    if kind is CategoricalNB:
        inputs = np.concatenate([np.eye(5)[column.astype(int)] for column in images.T], axis=1)
    rest = scores_of(model, images) - inputs @ found.vectors.T
    assert np.ptp(rest, axis=0).max() < 1e-8 * np.abs(rest).max() + 1e-7  # what no input changes


class FrozenEstimator:
    """As scikit-learn 1.6 has it."""

    def __init__(self, estimator):
        self.estimator = estimator


def test_gaussian_naive_bayes_and_models_around_one(digits):
    images, labels = digits
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pixels that never change
        means = from_sklearn_model(GaussianNB().fit(images, labels))
        model = RidgeClassifier().fit(images, labels)
        around = (
            CalibratedClassifierCV(RidgeClassifier(), ensemble=False, cv=2),
            GridSearchCV(RidgeClassifier(), {"alpha": [1.0]}, cv=2),
            RFE(RidgeClassifier(), n_features_to_select=64),
            SelfTrainingClassifier(GaussianNB()),
        )
        found = [from_sklearn_model(each.fit(images, labels.astype(object))) for each in around]
    expected = from_sklearn_model(model)
    for each in found[:3]:
        assert each.classes == expected.classes
        assert np.allclose(each.vectors, expected.vectors)
    assert from_sklearn_model(FrozenEstimator(model)) == expected
    assert found[3] == means


def told_call(message):
    """The call that an error advises, as a function of the model."""
    call = re.search(r"(from_sklearn_model\(.*?\))(?:, or fit it|\.$)", message)[1]
    return lambda model: eval(call, {"from_sklearn_model": from_sklearn_model, "model": model})


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            CalibratedClassifierCV(RidgeClassifier(), cv=2),
            "the CalibratedClassifierCV averages 2 models, one a fold",
        ),
        (
            VotingClassifier([("tree", RandomForestClassifier(3)), ("a", RidgeClassifier())]),
            "the VotingClassifier joins 2 models",
        ),
        (
            StackingClassifier([("a", RidgeClassifier())], RidgeClassifier(), cv=2),
            "the StackingClassifier joins 1 models",
        ),
    ],
)
@pytest.mark.parametrize("numbers", [False, True])
def test_several_models_in_one(digits, model, message, numbers):
    images, labels = digits
    labels = np.unique(labels, return_inverse=True)[1] + 3 if numbers else labels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(images, labels)
    with pytest.raises(RepresentativesError, match=message) as caught:
        from_sklearn_model(model, "indices" if numbers else None)
    if numbers and isinstance(model, CalibratedClassifierCV):
        return
    found = told_call(str(caught.value))(model)
    assert found.classes == tuple(str(label) for label in model.classes_)


def test_several_outputs(digits):
    images, labels = digits
    both = np.stack([labels, np.array([name[-1] for name in labels])], axis=1)
    model = MultiOutputClassifier(RidgeClassifier()).fit(images, both)
    with pytest.raises(RepresentativesError, match="MultiOutputClassifier has 2 outputs") as caught:
        from_sklearn_model(model)
    assert told_call(str(caught.value))(model).n_classes == 10
    several = RandomForestClassifier(3).fit(images, both)
    with pytest.raises(
        RepresentativesError, match="RandomForestClassifier has 3? ?.*outputs?, each"
    ):
        from_sklearn_model(several)
    voted = VotingClassifier([("tree", RandomForestClassifier(3))]).fit(images, labels)
    with pytest.raises(
        RepresentativesError, match="none of them keeps a vector .*: use prototypes"
    ):
        from_sklearn_model(voted)
    search = GridSearchCV(RidgeClassifier(), {"alpha": [1.0]}, cv=2, refit=False)
    with pytest.raises(RepresentativesError, match="keeps no model, since refit=False"):
        from_sklearn_model(search.fit(images, labels))


# ---- models themselves where vectors are wanted


TREE = {"lynx": "cats/lynx", "puma": "cats/puma", "wolf": "dogs/wolf"}


def test_compare_takes_estimators():
    inputs = [[0, 0, 1], [0, 1, 3], [5, 1, 0]]
    model = RidgeClassifier().fit(inputs, list(NAMES))
    pipeline = make_pipeline(StandardScaler(), RidgeClassifier()).fit(inputs, list(NAMES))
    assert ht.as_representatives(model) == from_sklearn_model(model)
    assert ht.as_representatives(model, kind="proxy").kind == "proxy"
    one = ht.compare(model, TREE, permutations=0)
    assert one.scores.equals(ht.compare(from_sklearn_model(model), TREE, permutations=0).scores)
    several = ht.compare({"a": model, "b": [pipeline, model]}, TREE, baseline=model, permutations=0)
    assert set(several.scores["model"]) == {"a", "b", "baseline"}
    numbers = RidgeClassifier().fit(np.eye(3), [3, 5, 7])
    assert ht.as_representatives(numbers, NAMES).classes == NAMES


class Layer:
    def __init__(self, *held):
        self.held = list(held)

    def get_weights(self):
        return self.held


class Keras(Layer):
    layers = (Layer(W, np.ones(5)), Layer(W.T, np.ones(3)), Layer())


def test_a_list_of_models_is_asked_for_names():
    model = RidgeClassifier().fit([[0, 0, 1], [0, 1, 3], [5, 1, 0]], list(NAMES))
    with pytest.raises(RepresentativesError, match="a list of 2 models has no names; give models"):
        ht.compare([model, model], TREE, permutations=0)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (RidgeClassifier(), "the RidgeClassifier is not fitted, or is no classifier"),
        (RidgeClassifier, "RidgeClassifier is a class, not a fitted or loaded model"),
        (Keras(), r"a Keras is a model .*ClassRepresentatives\(model.layers\[-2\].get_weights"),
        ({"fc.weight": W, "fc.bias": W[:, 0]}, "holds the weights of a model.*from_state_dict"),
    ],
)
def test_models_that_are_refused_by_their_name(model, message):
    for models in (model, {"a": model}):
        with pytest.raises(RepresentativesError, match=message):
            ht.compare(models, TREE, permutations=0)
    with pytest.raises(RepresentativesError, match=message):
        ht.as_representatives(model)
