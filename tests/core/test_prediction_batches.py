"""Files of scores are read batch by batch, with the numbers that they have in memory."""

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools import ClassTree, Evaluator, FileFormatError, Predictions, PredictionsError
from hiertools.evaluation import batches
from hiertools.evaluation.batches import prediction_batches

NAMES = tuple("abcdefgh")
TREE = ClassTree.from_newick("(((a,b)x,(c,d)y)v,((e,f)z,g)w,h);")
OPTIONS = {"n_bootstrap": 20, "hs_k": (1, 5)}
N = 50


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """Seven rows of eight float32 a batch."""
    monkeypatch.setattr(batches, "_BATCH_BYTES", 7 * 8 * 4)


def fields(**other):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 8, N)
    scores = (rng.integers(-3, 4, (N, 8)) + 2.0 * np.eye(8)[labels]).astype(np.float32)  # with ties
    vectors = (rng.normal(size=(N, 4)) + rng.normal(size=(8, 4))[labels]).astype(np.float32)
    return {
        "labels": labels,
        "scores": scores,
        "classes": np.array(NAMES),
        "embeddings": vectors,
        "score_kind": np.array("logit"),
        **other,
    }


def in_memory(held):
    return Predictions(**{**held, "score_kind": str(held["score_kind"])})


def assert_equal(a, b):
    pd.testing.assert_frame_equal(a.scores, b.scores, rtol=1e-12)
    for table in ("per_class", "per_node", "confusions", "reliability", "similarity_curve"):
        pd.testing.assert_frame_equal(getattr(a, table), getattr(b, table), rtol=1e-12)
    assert a.notes == b.notes


def changed(what, held):
    made = dict(held)
    if what == "text labels":
        made["labels"] = np.array(NAMES)[held["labels"]]
    if what == "columns first":
        made["scores"] = np.asfortranarray(held["scores"])
    if what in ("float16", "float64", "int8"):
        made["scores"] = held["scores"].astype(what)
    if what == "no embeddings":
        del made["embeddings"]
    if what == "classes called by numbers":
        made["classes"] = np.array(list("71234560"))
        made["labels"] = np.array(list("71234560"))[held["labels"]]
    return made


TREES = {"classes called by numbers": ClassTree.from_newick("(((7,1)x,(2,3)y)v,((4,5)z,6)w,0);")}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    "what",
    ["plain", "text labels", "columns first", "float16", "float64", "int8", "no embeddings",
     "classes called by numbers"],
)  # fmt: skip
def test_a_file_in_batches_is_what_it_is_in_memory(what, save, tmp_path):
    held = changed(what, fields())
    save(tmp_path / "p.npz", **held)
    tree = TREES.get(what, TREE)
    whole = ht.evaluate(in_memory(held), tree, **OPTIONS)
    number = len(list(prediction_batches(tmp_path / "p.npz")))
    assert number == (
        1 if what == "columns first" else -(-N // max(1, 224 // (8 * held["scores"].itemsize)))
    )
    assert_equal(ht.evaluate(tmp_path / "p.npz", tree, **OPTIONS), whole)
    evaluator = Evaluator(tree, **OPTIONS)
    evaluator.update(str(tmp_path / "p.npz"))
    assert_equal(evaluator.result(), whole)


def test_a_sealed_file_and_several_models_in_batches(tmp_path):
    held = fields()
    in_memory(held).save(tmp_path / "a.npz")
    other = {**held, "scores": held["scores"][:, ::-1].copy()}
    in_memory(other).save(tmp_path / "b.npz")
    whole = ht.evaluate({"a": in_memory(held), "b": in_memory(other)}, TREE, **OPTIONS)
    found = ht.evaluate({"a": tmp_path / "a.npz", "b": tmp_path / "b.npz"}, TREE, **OPTIONS)
    assert_equal(found["b"], whole["b"])
    pd.testing.assert_frame_equal(found.differences, whole.differences)
    moved = {**other, "labels": (held["labels"] + 1) % 8}
    in_memory(moved).save(tmp_path / "b.npz")
    with pytest.raises(PredictionsError, match="labels of 'a' and 'b' differ in 50 of 50"):
        ht.evaluate({"a": tmp_path / "a.npz", "b": tmp_path / "b.npz"}, TREE, **OPTIONS)


@pytest.mark.needs("pyarrow")
def test_parquet_in_batches_is_what_it_is_in_memory(tmp_path):
    held = fields()
    frame = pd.DataFrame(held["scores"], columns=list(NAMES))
    frame.insert(0, "label", np.array(NAMES)[held["labels"]])
    frame[[f"embedding_{i}" for i in range(4)]] = held["embeddings"]
    frame.to_parquet(tmp_path / "p.parquet", row_group_size=11)
    whole = ht.evaluate(frame, TREE, score_kind="logit", **OPTIONS)
    assert len(list(prediction_batches(tmp_path / "p.parquet"))) > 10
    found = ht.evaluate(tmp_path / "p.parquet", TREE, score_kind="logit", **OPTIONS)
    assert_equal(found, whole)
    read = ht.read_predictions(tmp_path / "p.parquet")
    assert np.array_equal(read.scores, held["scores"])
    # Predicted classes alone: which there are is known at the end.
    best = pd.DataFrame({"label": frame["label"], "prediction": frame["label"][::-1].tolist()})
    best.to_parquet(tmp_path / "best.parquet")
    assert [p.classes for p in prediction_batches(tmp_path / "best.parquet")] == [
        ht.as_predictions(best).classes
    ]
    frame.iloc[:0].to_parquet(tmp_path / "none.parquet")
    with pytest.raises(PredictionsError, match="test set is empty"):
        ht.evaluate(tmp_path / "none.parquet", TREE)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no such thing")
    with pytest.raises(FileFormatError, match=r"bad\.parquet: is not a readable \.parquet file"):
        ht.evaluate(tmp_path / "bad.parquet", TREE)
    frame.loc[40, "c"] = np.nan
    frame.to_parquet(tmp_path / "nan.parquet")
    with pytest.raises(PredictionsError, match="counted from the first of these: .* class 'c'"):
        ht.evaluate(tmp_path / "nan.parquet", TREE)


def test_a_memory_mapped_array_is_read_in_place(tmp_path):
    held = fields()
    np.save(tmp_path / "scores.npy", held["scores"])
    mapped = np.load(tmp_path / "scores.npy", mmap_mode="r")
    made = Predictions(**{**held, "scores": mapped, "score_kind": "logit"})
    assert np.shares_memory(made.scores, mapped)
    assert_equal(ht.evaluate(made, TREE, **OPTIONS), ht.evaluate(in_memory(held), TREE, **OPTIONS))


def test_what_is_wrong_with_a_batch_is_told_with_its_place(tmp_path):
    held = fields()
    held["scores"][30, 2] = np.inf
    np.savez(tmp_path / "p.npz", **held)
    with pytest.raises(
        PredictionsError,
        match="among its samples 28 to 34, counted from the first of these: .* first that of "
        "sample 2 for class 'c'",
    ):
        ht.evaluate(tmp_path / "p.npz", TREE)
    evaluator = Evaluator(TREE)
    with pytest.raises(PredictionsError):
        evaluator.update(tmp_path / "p.npz")
    assert evaluator.n_samples == 0


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"scores": np.zeros((N, 7), np.float32)}, r"\(50, 8\); got \(50, 7\)"),
        ({"labels": np.zeros(49, int)}, r"\(49, 8\); got \(50, 8\)"),
        ({"labels": np.full(N, 8)}, "labels must lie between 0 and 7"),
        ({"embeddings": np.ones((49, 2), np.float32)}, "49 embeddings and 50 labels"),
        ({"ranked": np.zeros((N, 1), int)}, "scores and ranked were both given"),
    ],
)
def test_fields_that_do_not_fit_together_are_refused(other, message, tmp_path):
    np.savez(tmp_path / "p.npz", **fields(**other))
    with pytest.raises(ht.HiertoolsError, match=message):
        ht.evaluate(tmp_path / "p.npz", TREE)


@pytest.mark.parametrize("sealed", [True, False])
def test_a_damaged_file_is_refused_before_it_is_scored(sealed, tmp_path):
    path = tmp_path / "p.npz"
    held = fields()
    if sealed:
        in_memory(held).save(path)
    else:
        np.savez(path, **held)
    content = bytearray(path.read_bytes())
    place = content.find(held["scores"].tobytes()[:64]) + 700
    content[place] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(FileFormatError, match="damaged" if sealed else "check sum"):
        ht.evaluate(path, TREE)
    held["scores"] = held["scores"].astype(object)
    np.savez(path, **held)
    with pytest.raises(FileFormatError, match="pickled objects"):
        ht.evaluate(path, TREE)
