"""Class vectors from samples, mistakes, names and series of checkpoints."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools import DistanceMatrix, HiertoolsError, RepresentativesError
from hiertools.producers import checkpoint_series, from_confusion, from_texts, produce

NAMES = ["lynx", "puma", "wolf", "newt"]
TREE = {"lynx": "cats/lynx", "puma": "cats/puma", "wolf": "dogs/wolf", "newt": "newt"}


# ---- confusions


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 6), st.integers(0, 99), st.floats(0, 3))
def test_confusion_distance_is_its_definition(n, seed, smoothing):
    counts = np.random.default_rng(seed).integers(1, 20, size=(n, n))
    names = [f"c{i}" for i in range(n)]
    square = from_confusion(counts, names, smoothing=smoothing).square()
    for i in range(n):
        for j in range(n):
            if i != j:
                a, b = counts[i] + smoothing, counts[j] + smoothing
                expected = 1 - (a[j] / a.sum() + b[i] / b.sum()) / 2
                assert square[i, j] == pytest.approx(expected)
    assert (np.diag(square) == 0).all()


def test_confusion_frames_files_and_compare(tmp_path):
    counts = np.array([[8, 2, 0, 0], [3, 6, 1, 0], [0, 1, 9, 0], [0, 0, 1, 9]])
    plain = from_confusion(counts, NAMES)
    frame = pd.DataFrame(counts, index=NAMES, columns=NAMES)
    assert np.array_equal(from_confusion(frame).condensed, plain.condensed)
    shuffled = frame[["newt", "wolf", "lynx", "puma"]]
    assert np.array_equal(from_confusion(shuffled).condensed, plain.condensed)
    frame.to_csv(tmp_path / "c.csv")
    read = produce(f"confusion:{tmp_path}/c.csv")
    assert isinstance(read, DistanceMatrix)
    assert read.classes == tuple(NAMES)
    assert np.array_equal(read.condensed, plain.condensed)
    smooth = produce(f"confusion:{tmp_path}/c.csv?smoothing=0.5")
    assert smooth.condensed.max() < 1
    result = ht.compare(plain, TREE, permutations=0)
    scores = result.scores.set_index("score")["value"]
    assert scores["elementwise_correlation"] > 0


@pytest.mark.parametrize(
    ("counts", "options", "message"),
    [
        (np.ones((2, 3)), {"classes": ["a", "b"]}, r"is square; got shape \(2, 3\)"),
        (np.ones((0, 0)), {"classes": []}, "is square"),
        ([[1, -1], [0, 1]], {"classes": ["a", "b"]}, "at least 0"),
        ([[1, np.nan], [0, 1]], {"classes": ["a", "b"]}, "finite"),
        ([[1, 1], [0, 0]], {"classes": ["a", "b"]}, "1 of 2 classes have no samples.*'b'"),
        ([[1, 1], [1, 1]], {}, "carries no class names"),
        ([[1, 1], [1, 1]], {"classes": ["a"]}, "of 2 classes, but 1 names"),
        ([[1, 1], [1, 1]], {"classes": ["a", "b"], "smoothing": -1}, "at least 0"),
        (pd.DataFrame([[1, 1], [1, 1]], ["a", "b"], ["a", "c"]), {}, "these differ in 'b', 'c'"),
    ],
)
def test_bad_confusions(counts, options, message):
    with pytest.raises(HiertoolsError, match=message):
        from_confusion(counts, **options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",a,b\na,1,2\n", "the same classes as rows and as columns"),
        (",a,b\na,1,2\nb,3\n", "a count in every other cell"),
        (",a,b\na,1,x\nb,3,4\n", "row 2, column 'b': 'x' is no number"),
        (",a\n", "its class names in the first row"),
        ("", "is empty"),
    ],
)
def test_bad_confusion_files(tmp_path, text, message):
    (tmp_path / "c.csv").write_text(text)
    with pytest.raises(HiertoolsError, match=message):
        produce(f"confusion:{tmp_path}/c.csv")
    (tmp_path / "c.csv").write_text(",a,b\na,1,2\nb,3,4\n")
    with pytest.raises(HiertoolsError, match="smoothing must be a number; got 'much'"):
        produce(f"confusion:{tmp_path}/c.csv?smoothing=much")


def test_indices_for_confusions():
    assert from_confusion([[1, 1], [1, 1]], "indices").classes == ("0", "1")


# ---- prototypes


def test_prototypes_of_a_file(tmp_path):
    rng = np.random.default_rng(0)
    embeddings, labels = rng.normal(size=(20, 3)), rng.integers(0, 4, 20)
    path = tmp_path / "t.npz"
    expected = ht.prototypes(embeddings, labels, NAMES)
    np.savez(path, embeddings=embeddings, labels=labels, classes=NAMES)
    assert produce(f"prototypes:{path}") == expected
    medoid = produce(f"prototypes:{path}?method=medoid")
    assert medoid == ht.prototypes(embeddings, labels, NAMES, method="medoid")
    assert medoid.provenance["samples"] == expected.provenance["samples"]
    np.savez(path, embeddings=embeddings, labels=np.array(NAMES)[labels])
    assert sorted(produce(f"prototypes:{path}").classes) == sorted(NAMES)
    np.savez(path, embeddings=embeddings, labels=labels)
    with pytest.raises(RepresentativesError, match="carries no class names"):
        produce(f"prototypes:{path}")
    assert produce(f"prototypes:{path}", classes="indices").classes == ("0", "1", "2", "3")
    np.savez(path, scores=embeddings)
    with pytest.raises(HiertoolsError, match="'embeddings' and 'labels'; it has 'scores'"):
        produce(f"prototypes:{path}")
    with pytest.raises(HiertoolsError, match="no such file"):
        produce("prototypes:none.npz")


def test_indices_of_labels_without_a_sign_and_of_any_size(tmp_path):
    path = tmp_path / "made.npz"
    np.savez(path, embeddings=np.eye(3), labels=np.array([0, 1, 1], dtype=np.uint8))
    assert produce(f"prototypes:{path}?classes=indices").classes == ("0", "1")
    np.savez(path, embeddings=np.eye(3), labels=np.array([0, 1, 2**40]))
    with pytest.raises(HiertoolsError, match=r"the names of 1,099,511,627,777 classes would take"):
        produce(f"prototypes:{path}?classes=indices")


# ---- text encoders


def letters(texts):
    return np.array([[text.count(c) for c in "abcdefghijklmnopqrstuvwxyz. "] for text in texts])


def test_texts_are_averaged_over_templates():
    names = ["grey_wolf", "newt"]
    found = from_texts(letters, names, templates=["a {}.", "{} {}"])
    first = letters(["a grey wolf.", "a newt."]).astype(float)
    second = letters(["grey wolf grey wolf", "newt newt"]).astype(float)
    total = sum(v / np.linalg.norm(v, axis=1, keepdims=True) for v in (first, second))
    assert np.allclose(found.vectors, total / np.linalg.norm(total, axis=1, keepdims=True))
    assert found.provenance["templates"] == ["a {}.", "{} {}"]
    assert found.kind == "text embedding"
    called = from_texts(letters, names, texts={"newt": "zzz"})
    assert called.vectors[1, 25] == 1
    photo = from_texts(letters, names, templates="photo")
    assert len(photo.provenance["templates"]) == 7


@pytest.mark.parametrize(
    ("encode", "options", "message"),
    [
        (letters, {"templates": "a photo"}, "a template needs {} .* got 'a photo'"),
        (letters, {"templates": []}, "a template needs {}"),
        (letters, {"texts": {"ox": "x"}}, "classes that aren't there: 'ox'"),
        (lambda texts: np.ones(2), {}, r"one vector a text, 2 of them; it returned .* \(2,\)"),
        (lambda texts: np.ones((3, 2)), {}, "one vector a text"),
        (lambda texts: np.zeros((2, 2)), {}, "have no direction: 'grey_wolf', 'newt'"),
        (lambda texts: np.full((2, 2), np.nan), {}, "have no direction"),
        (lambda texts: [["a"]], {}, "must be numbers"),
    ],
)
def test_bad_texts(encode, options, message):
    with pytest.raises(HiertoolsError, match=message):
        from_texts(encode, ["grey_wolf", "newt"], **options)


# ---- series


@pytest.fixture
def run(tmp_path):
    rng = np.random.default_rng(1)
    for epoch in (1, 2, 10):
        vectors = rng.normal(size=(4, 5))
        ht.ClassRepresentatives(vectors, NAMES).save(tmp_path / f"seed3_epoch_{epoch}.npz")
    return tmp_path


def test_series_of_checkpoints(run):
    frame = checkpoint_series(str(run / "seed3_epoch_*.npz"), TREE)
    assert frame["epoch"].drop_duplicates().tolist() == [1, 2, 10]
    assert frame["checkpoint"].iloc[-1] == "seed3_epoch_10.npz"
    assert frame.columns[:3].tolist() == ["epoch", "checkpoint", "score"]
    one = ht.compare(ht.read_representatives(run / "seed3_epoch_2.npz"), TREE, permutations=0)
    part = frame[frame["epoch"] == 2].reset_index(drop=True)
    assert np.allclose(part["value"], one.scores["value"], equal_nan=True)


def test_series_of_files_and_readers(run):
    files = sorted(run.glob("*.npz"))
    read = []

    def reader(path):
        read.append(path)
        return ht.read_representatives(path)

    frame = checkpoint_series(files, TREE, read=reader, compare_options={"metric": "cosine"})
    assert len(read) == 3
    assert frame["epoch"].nunique() == 3
    for name in ("first", "last"):
        ht.ClassRepresentatives(np.eye(4)[:, :3] + 1, NAMES).save(run / f"{name}.npz")
    named = checkpoint_series([run / "last.npz", run / "first.npz"], TREE)
    assert named["checkpoint"].drop_duplicates().tolist() == ["first.npz", "last.npz"]
    assert named["epoch"].drop_duplicates().tolist() == [0, 1]


def test_bad_series(run):
    with pytest.raises(HiertoolsError, match="no file fits"):
        checkpoint_series(str(run / "*.pt"), TREE)
    with pytest.raises(HiertoolsError, match="listed twice"):
        checkpoint_series([run / "seed3_epoch_1.npz"] * 2, TREE)
    (run / "other_epoch_1.npz").write_bytes((run / "seed3_epoch_1.npz").read_bytes())
    with pytest.raises(HiertoolsError, match="one epoch in their names: .*seed3_epoch_1.npz"):
        checkpoint_series(str(run / "*.npz"), TREE)
