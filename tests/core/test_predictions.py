"""Predictions: what is accepted, how it is aligned, and how each fault is told."""

import math

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools import (
    ClassMismatchError,
    FileFormatError,
    HiertoolsError,
    OptionError,
    Predictions,
    PredictionsError,
    as_predictions,
    read_predictions,
)

NAMES = ("lynx", "wolf", "newt")
SCORES = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]])


def same(a, b):
    assert a.classes == b.classes
    assert a.score_kind == b.score_kind
    for field in ("labels", "scores", "ranked", "confidence", "embeddings"):
        left, right = getattr(a, field), getattr(b, field)
        assert (left is None) == (right is None), field
        if left is not None:
            np.testing.assert_array_equal(left, right)


def test_labels_may_be_names_or_positions():
    same(Predictions(["lynx", "newt"], SCORES, NAMES), Predictions([0, 2], SCORES, NAMES))


def test_names_are_compared_in_nfc():
    found = Predictions(["cafe\u0301"], [[1.0]], ["caf\u00e9"])
    assert found.labels.tolist() == [0]


def test_float32_scores_are_not_copied():
    scores = SCORES.astype(np.float32)
    found = Predictions([0, 1], scores, NAMES)
    assert np.shares_memory(found.scores, scores)
    assert not found.scores.flags.writeable
    assert scores.flags.writeable
    assert Predictions([0, 1], SCORES.astype(np.float16), NAMES).scores.dtype == np.float32


@pytest.mark.needs("torch")
def test_torch_tensors_are_read():
    import torch

    scores = torch.tensor(SCORES, requires_grad=True)
    same(
        Predictions(torch.tensor([0, 2]), scores, NAMES, embeddings=torch.ones(2, 4)),
        Predictions([0, 2], SCORES, NAMES, embeddings=np.ones((2, 4), np.float32)),
    )
    half = Predictions([0, 2], scores.detach().bfloat16(), NAMES)
    np.testing.assert_allclose(half.scores, SCORES, atol=1e-2)


def test_frame_with_a_column_a_class():
    frame = pd.DataFrame(SCORES, columns=list(NAMES)).assign(label=["lynx", "newt"])
    frame["embedding_10"], frame["embedding_2"] = [1.0, 2.0], [3.0, 4.0]
    found = as_predictions(frame, score_kind="probability")
    assert found.classes == NAMES
    np.testing.assert_array_equal(found.embeddings, [[3, 1], [4, 2]])


def test_frame_with_the_best_few():
    frame = pd.DataFrame(
        {"label": ["lynx", "newt"], "prediction_2": ["wolf", "wolf"], "prediction_1": NAMES[:1] * 2}
    )
    found = as_predictions(frame.assign(confidence=[0.9, 0.8]))
    assert found.classes == ("lynx", "newt", "wolf")
    assert found.ranked.tolist() == [[0, 2], [0, 2]]
    assert found.confidence.tolist() == [0.9, 0.8]


@pytest.mark.parametrize(
    "made",
    [
        Predictions([0, 2], SCORES, NAMES, score_kind="probability"),
        Predictions([0, 2], SCORES.astype(np.float32), NAMES, embeddings=np.eye(2)),
        Predictions([0, 2], classes=NAMES, ranked=[[1, 0], [2, 1]], confidence=[0.5, 0.6]),
        Predictions([0, 2], classes=NAMES, embeddings=np.eye(2)),
    ],
)
def test_saved_predictions_come_back(made, tmp_path):
    made.save(tmp_path / "p.npz")
    same(read_predictions(tmp_path / "p.npz"), made)
    same(as_predictions(str(tmp_path / "p.npz")), made)


def test_csv_names_are_read_verbatim(tmp_path):
    (tmp_path / "p.csv").write_text("label,0295,NA\n0295,0.2,0.8\nNA,0.4,0.6\n")
    found = read_predictions(tmp_path / "p.csv", score_kind="probability")
    assert found.classes == ("0295", "NA")
    assert found.labels.tolist() == [0, 1]


def test_other_forms():
    made = Predictions([0, 2], SCORES, NAMES, score_kind="logit")
    same(as_predictions(([0, 2], SCORES), NAMES, score_kind="logit"), made)
    mapping = {"labels": [0, 2], "scores": SCORES, "classes": NAMES}
    same(as_predictions(mapping, score_kind="logit"), made)
    assert as_predictions(made) is made
    assert as_predictions(made, NAMES) is made
    assert repr(made) == "Predictions(2 samples, 3 classes, logits)"


NAN = np.where(np.eye(2, 3) > 0, np.nan, 0.5)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Predictions([], np.ones((0, 3)), NAMES), PredictionsError, "test set is empty"),
        (lambda: Predictions([0, 3], SCORES, NAMES), PredictionsError, "first 3 at row 1"),
        (lambda: Predictions([-1, 0], SCORES, NAMES), PredictionsError, "first -1 at row 0"),
        (lambda: Predictions(["lynx", "wulf"], SCORES, NAMES), ClassMismatchError, "'wolf'"),
        (lambda: Predictions([0.5, 1], SCORES, NAMES), PredictionsError, "whole numbers; got"),
        (lambda: Predictions([[0], [1]], SCORES, NAMES), PredictionsError, "shape \\(N,\\)"),
        (lambda: Predictions([0, 1], SCORES), PredictionsError, "pass classes="),
        (lambda: Predictions([0, 1], SCORES, []), PredictionsError, "at least one class"),
        (lambda: Predictions([0, 1], SCORES, ["a", "a", "b"]), PredictionsError, "more than once"),
        (lambda: Predictions([0, 1], SCORES, [1, 2, 3]), PredictionsError, "must be text"),
        (lambda: Predictions([0, 1], SCORES[:, :2], NAMES), PredictionsError, r"\(2, 3\); got"),
        (
            lambda: Predictions([0, 1], NAN, NAMES),
            PredictionsError,
            "2 of 6 are NaN or infinite, first that of sample 0",
        ),
        (lambda: Predictions([0, 1], SCORES * np.inf, NAMES), PredictionsError, "infinite"),
        (lambda: Predictions([0, 1], [["a"] * 3] * 2, NAMES), PredictionsError, "must be numbers"),
        (
            lambda: Predictions([0, 1], SCORES * 2, NAMES, score_kind="probability"),
            PredictionsError,
            "row 0 holds values from 0.2 to 1.4",
        ),
        (
            lambda: Predictions([0, 1], SCORES * 0.9, NAMES, score_kind="probability"),
            PredictionsError,
            "row 0 sums to 0.9; normalise them, or pass score_kind",
        ),
        (lambda: Predictions([0], classes=NAMES), PredictionsError, "got labels alone"),
        (lambda: Predictions([0], [[1, 0, 0]], NAMES, ranked=[0]), OptionError, "both given"),
        (lambda: Predictions([0], classes=NAMES, ranked=[[0, 0]]), PredictionsError, "twice"),
        (lambda: Predictions([0], classes=NAMES, ranked=[[3]]), PredictionsError, "ranked"),
        (lambda: Predictions([0], classes=NAMES, ranked=np.ones((2, 1))), PredictionsError, "got"),
        (
            lambda: Predictions([0], classes=NAMES, ranked=[0], confidence=[1.5]),
            PredictionsError,
            "must lie in \\[0, 1\\]",
        ),
        (
            lambda: Predictions([0], [[1, 0, 0]], NAMES, confidence=[0.5]),
            OptionError,
            "goes with ranked",
        ),
        (
            lambda: Predictions([0, 1], SCORES, NAMES, embeddings=[[1, 0], [0, 0]]),
            PredictionsError,
            "1 of 2 embeddings have length zero, first at row 1",
        ),
        (
            lambda: Predictions([0, 1], SCORES, NAMES, embeddings=np.ones((3, 2))),
            PredictionsError,
            r"\(2, D\); got \(3, 2\)",
        ),
        (
            lambda: Predictions([0, 1], SCORES, NAMES, score_kind="prob"),
            OptionError,
            "Did you mean",
        ),
        (lambda: as_predictions({"scores": SCORES}), PredictionsError, "labels at least"),
        (lambda: as_predictions(SCORES), PredictionsError, "can't be read from ndarray"),
        (lambda: as_predictions(pd.DataFrame({"a": [1]})), PredictionsError, "no column 'label'"),
        (
            lambda: as_predictions(pd.DataFrame({"label": ["a"], "a": ["x"]})),
            PredictionsError,
            "1 column\\(s\\) are not numbers: 'a'",
        ),
        (lambda: read_predictions("nothing.npz"), FileFormatError, "no such file"),
        (
            lambda: read_predictions("p.txt"),
            FileFormatError,
            "kept in .npz, .csv or .parquet; got '.txt'",
        ),
        (
            lambda: Predictions([0], [[1.0]], ["a"]).save("p.csv"),
            FileFormatError,
            "written to .npz",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(HiertoolsError, match=message) as raised:
        call()
    assert type(raised.value) is error


def test_npz_without_labels(tmp_path):
    np.savez(tmp_path / "p.npz", scores=SCORES)
    with pytest.raises(FileFormatError, match="no array named 'labels', only 'scores'"):
        read_predictions(tmp_path / "p.npz")


def test_npz_with_pickles_is_refused(tmp_path):
    np.savez(tmp_path / "p.npz", labels=np.array([{}], dtype=object))
    with pytest.raises(FileFormatError, match="pickled objects"):
        read_predictions(tmp_path / "p.npz")


@pytest.mark.parametrize("kind", ["score", "logit", "probability"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_scores_that_rank_nothing_are_refused_by_sample_and_class(value, dtype, kind):
    names = list("abcdefgh")
    tree = ht.ClassTree.from_newick("(((a,b),(c,d)),((e,f),(g,h)));")
    labels, scores = np.arange(48) % 8, np.random.default_rng(2).normal(size=(48, 8)).astype(dtype)
    scores[3, 2] = scores[5, 1] = value
    sentence = rf"2 of 384 are NaN or infinite, first that of sample 3 for class 'c' \({value:g}\)"
    with pytest.raises(ht.PredictionsError, match=sentence) as refusal:
        ht.evaluate(ht.Predictions(labels, scores, names, score_kind=kind), tree)
    if "nan_to_num" in str(refusal.value):
        finite = ht.Predictions(labels, np.nan_to_num(scores), names, score_kind=kind)
        assert ht.evaluate(finite, tree, intervals=False).n_samples == 48


def test_labels_that_are_text_name_the_classes_where_embeddings_are_all_there_is():
    labels, embeddings = ["newt", "lynx", "newt"], np.eye(3)
    made = Predictions(labels, embeddings=embeddings)
    assert made.classes == ("lynx", "newt")
    assert made.label_names.tolist() == labels
    for fields in ({"scores": np.eye(3)}, {"ranked": labels}, {}):
        with pytest.raises(PredictionsError, match=r"pass classes=\[...\]"):
            Predictions(labels, **fields)
    with pytest.raises(PredictionsError, match=r"pass classes=\[...\]"):
        Predictions([0, 1, 0], embeddings=embeddings)
