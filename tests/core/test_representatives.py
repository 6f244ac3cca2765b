"""ClassRepresentatives from everything that holds a labelled matrix, and back."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools import ClassRepresentatives, FileFormatError, OptionError, RepresentativesError

VECTORS = [[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]]
NAMES = ["0295", "NA"]
REPS = ClassRepresentatives(VECTORS, NAMES, "proxy", {"epoch": 3, "net": "tiny"})


class FakeTensor:
    """Behaves as a torch tensor that needs a gradient: refuses numpy until detached."""

    def __init__(self, values):
        self.values, self.ndim = np.array(values), np.ndim(values)

    def detach(self):
        return self

    def cpu(self):
        return self

    def is_floating_point(self):
        return True

    def double(self):
        return self

    def numpy(self):
        return self.values

    def __array__(self, *args, **kwargs):
        raise RuntimeError("call detach() first")


@pytest.mark.parametrize(
    "source",
    [
        dict(zip(NAMES, VECTORS)),
        pd.DataFrame(VECTORS, index=NAMES),
        pd.DataFrame(VECTORS).assign(name=NAMES)[["name", 0, 1, 2]],
        {name: FakeTensor(vector) for name, vector in zip(NAMES, VECTORS)},
    ],
    ids=["dict", "indexed frame", "frame with names first", "dict of tensors"],
)
def test_sources_with_names_of_their_own(source):
    reps = ht.as_representatives(source, kind="proxy")
    assert reps == REPS
    assert ht.as_representatives(source, classes=NAMES, kind="proxy") == REPS
    for others in (NAMES[::-1], ["lynx", "newt"], NAMES[:1]):
        with pytest.raises(OptionError, match="names of its own, .*: '0295', 'NA'; leave classes"):
            ht.as_representatives(source, classes=others)


@pytest.mark.parametrize("source", [VECTORS, np.array(VECTORS, "f4"), FakeTensor(VECTORS)])
def test_bare_arrays_need_names(source):
    assert ht.as_representatives(source, NAMES, kind="proxy") == REPS
    with pytest.raises(RepresentativesError, match="has no class names; pass classes"):
        ht.as_representatives(source)


@pytest.mark.parametrize(
    "suffix", [".npz", ".csv", pytest.param(".parquet", marks=pytest.mark.needs("pyarrow"))]
)
def test_files_round_trip(tmp_path, suffix):
    path = tmp_path / f"reps{suffix}"
    REPS.save(path)
    again = ht.read_representatives(path)
    assert again.classes == REPS.classes
    assert (again.vectors == REPS.vectors).all()
    assert ht.as_representatives(path, kind="proxy") == REPS
    if suffix == ".npz":
        assert again == REPS
        assert dict(again.provenance) == dict(REPS.provenance)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.text("aé日 ,;\"'\r\n/0", min_size=1, max_size=5), min_size=1, max_size=6, unique=True
    )
)
def test_any_names_survive_npz_and_csv(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("reps")
    try:
        reps = ClassRepresentatives(np.arange(2.0 * len(names)).reshape(-1, 2), names)
    except RepresentativesError:
        return  # two spellings of one name in Unicode NFC
    for suffix in (".npz", ".csv"):
        reps.save(folder / f"r{suffix}")
        assert ht.read_representatives(folder / f"r{suffix}").classes == reps.classes


def test_frozen_picklable_and_ordered():
    assert pickle.loads(pickle.dumps(REPS)) == REPS
    with pytest.raises(ValueError, match="read-only"):
        REPS.vectors[0, 0] = 9
    with pytest.raises(TypeError):
        REPS.provenance["epoch"] = 4
    assert REPS.take(["NA"]).vectors.tolist() == [VECTORS[1]]
    with pytest.raises(ht.ClassMismatchError, match="no place in the representatives: 'na'.*'NA'"):
        REPS.take(["na"])
    assert REPS.to_frame().loc["NA"].tolist() == VECTORS[1]
    assert repr(REPS) == "ClassRepresentatives(2 classes x 3 dimensions, kind='proxy')"


@pytest.mark.parametrize(
    ("vectors", "classes", "message"),
    [
        ([1.0, 2.0], ["a", "b"], "matrix with one row a class; got shape"),
        (np.empty((0, 3)), [], "matrix with one row a class"),
        ([[1, 2, 3], [4, 5, 6]], ["a", "b", "c"], "as many as columns: transpose it"),
        ([[1, np.nan], [1, 2]], ["a", "b"], "1 of 2 class representatives hold NaN.*'a'"),
        ([[1, np.inf]], ["a"], "hold NaN or infinity"),
        ([[1], [2]], ["a", "a"], "occur more than once: 'a'"),
        ([[1], [2]], [1, 2], "class names must be text.*first 1"),
        ([["x"]], ["a"], "must be numbers"),
        ([[1, 2], [3]], ["a", "b"], "must be an array of numbers"),
        ([[1j]], ["a"], "real numbers"),
    ],
)
def test_bad_arrays_are_refused(vectors, classes, message):
    with pytest.raises(RepresentativesError, match=message):
        ClassRepresentatives(vectors, classes)


def test_bad_frames_and_mappings_are_refused():
    with pytest.raises(RepresentativesError, match="1 column.* not numbers: 'b'"):
        ht.as_representatives(pd.DataFrame({"class": ["x"], "a": [1.0], "b": ["?"]}))
    with pytest.raises(RepresentativesError, match="neither the index nor the first column"):
        ht.as_representatives(pd.DataFrame({"a": [1.0], "b": [2.0]}))
    with pytest.raises(RepresentativesError, match="the table is empty"):
        ht.as_representatives(pd.DataFrame())
    with pytest.raises(RepresentativesError, match="must have one length"):
        ht.as_representatives({"a": [1.0], "b": [1.0, 2.0]})


@pytest.mark.needs("pyarrow")
def test_bad_files_are_refused(tmp_path):
    with pytest.raises(FileFormatError, match="there is no such file"):
        ht.read_representatives(tmp_path / "none.npz")
    with pytest.raises(FileFormatError, match=r"\.npz, \.csv or \.parquet; got '\.pkl'"):
        ht.read_representatives(tmp_path / "a.pkl")
    for suffix in (".npz", ".csv", ".parquet"):
        path = tmp_path / f"empty{suffix}"
        path.write_bytes(b"")
        with pytest.raises(FileFormatError, match="is empty"):
            ht.read_representatives(path)
        path.write_bytes(b"\x00\xff\xfe rubbish")
        with pytest.raises(ht.HiertoolsError, match="rubbish|empty|can't be read|not a readable"):
            ht.read_representatives(path)
    np.savez(tmp_path / "pickle.npz", vectors=np.ones((1, 2)), classes=np.array(["a"], object))
    with pytest.raises(FileFormatError, match="pickled objects, which could run code"):
        ht.read_representatives(tmp_path / "pickle.npz")
    np.savez(tmp_path / "other.npz", weights=np.ones((1, 2)))
    with pytest.raises(FileFormatError, match="no array named 'vectors', only 'weights'"):
        ht.read_representatives(tmp_path / "other.npz")
    np.savez(tmp_path / "bare.npz", vectors=np.ones((1, 2)))
    with pytest.raises(FileFormatError, match="no array named 'classes'"):
        ht.read_representatives(tmp_path / "bare.npz")
    assert ht.read_representatives(tmp_path / "bare.npz", ["a"]).classes == ("a",)
    REPS.save(tmp_path / "whole.npz")
    cut = (tmp_path / "whole.npz").read_bytes()[:-40]
    (tmp_path / "cut.npz").write_bytes(cut)
    with pytest.raises(FileFormatError, match="not a readable .npz file"):
        ht.read_representatives(tmp_path / "cut.npz")
    np.savez(
        tmp_path / "json.npz", vectors=np.ones((1, 2)), classes=np.array(["a"]), provenance="{"
    )
    with pytest.raises(FileFormatError, match="'provenance' must be JSON text"):
        ht.read_representatives(tmp_path / "json.npz")
