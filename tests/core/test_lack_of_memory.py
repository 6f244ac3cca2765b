"""What fails for lack of memory is told as that: no file is called damaged, none is left out."""

import zipfile

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools import TooLargeError
from hiertools._core import memory
from hiertools._core.arrays import plain
from hiertools._core.doors import door
from hiertools._core.memory import refuse_lack
from hiertools._core.npz import open_npz
from hiertools.trees.taxonomies import wordnet_files


def short(*_args, **_kwargs):
    raise MemoryError("Unable to allocate 74.5 GiB for an array with shape (100000, 100000)")


@pytest.mark.parametrize(
    "cause",
    [
        MemoryError(),
        MemoryError("malloc of size 33523392 failed"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried ..."),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    ],
)
def test_it_is_known_by_what_libraries_raise(cause):
    with pytest.raises(TooLargeError, match="reading it needs more memory than is free"):
        refuse_lack(cause, "a.npz: reading it")


def test_other_errors_pass():
    for cause in (ValueError("not enough values"), RuntimeError("it ends early"), OSError(12)):
        refuse_lack(cause, "a.npz: reading it")


def test_a_public_function_says_it_in_a_sentence():
    @door
    def halve(number: float) -> float:
        return short(number)

    @door
    def quarter(number: float) -> float:
        return halve(number)

    told = r"^halve\(\) needs more memory than is free \(Unable to allocate 74.5 GiB"
    with pytest.raises(TooLargeError, match=told):
        quarter(1.0)
    with pytest.raises(MemoryError):
        quarter(1.0)


def test_what_was_refused_before_it_began_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 10)

    @door
    def large() -> None:
        memory.require(1e12, "distances", "give fewer classes.")

    with pytest.raises(TooLargeError, match=r"^distances would take 1,000 GB"):
        large()


def test_a_good_npz_file_is_not_called_damaged(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    np.savez(path, vectors=np.eye(3))
    with monkeypatch.context() as patch, open_npz(path) as held:
        patch.setattr(np.lib.format, "read_array", short)
        with pytest.raises(TooLargeError, match=r"a.npz: reading 'vectors' needs more memory"):
            held["vectors"]
    monkeypatch.setattr("hiertools._core.npz.check_members", short)
    with pytest.raises(TooLargeError, match=r"a.npz: reading it needs more memory"), open_npz(path):
        pass


@pytest.mark.needs("pyarrow")
def test_a_good_parquet_file_is_not_called_damaged(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"class": ["ray", "eel"], "d0": [0.0, 1.0]}).to_parquet(path)
    monkeypatch.setattr("hiertools._core.parquet.parts_of", short)
    told = r"a.parquet: reading it needs more memory.* if it can.t be, the file is damaged"
    with pytest.raises(TooLargeError, match=told):
        ht.as_representatives(path)


def test_a_good_archive_of_wordnet_is_not_called_damaged(tmp_path, monkeypatch):
    path = tmp_path / "wordnet.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in (wordnet_files.DATA, wordnet_files.INDEX):
            archive.writestr(name, "")
    monkeypatch.setattr(wordnet_files, "_member", short)
    with pytest.raises(TooLargeError, match="reading it needs more memory"):
        wordnet_files._from_zip(path)


def test_a_tensor_of_another_library_is_not_called_unreadable():
    class Tensor:
        __module__ = "elsewhere"
        detach = short

    with pytest.raises(TooLargeError, match="a copy of the Tensor needs more memory"):
        plain(Tensor(), "vectors", ht.RepresentativesError)
