"""Files that know whether they are whole: a digest in the archive, and check sums without one."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

import hiertools as ht
from hiertools._core.npz import open_npz
from hiertools._core.seal import check_seal, file_digest, seal
from hiertools.errors import FileFormatError

REPS = ht.ClassRepresentatives(
    np.random.default_rng(0).normal(size=(5, 3)), list("abcde"), "proxy", {"epoch": 3}
)
PREDICTIONS = ht.Predictions(
    ["a", "b", "a"], np.random.default_rng(1).normal(size=(3, 2)), ["a", "b"], score_kind="logit"
)


def test_archives_are_those_of_numpy_with_a_digest(tmp_path):
    matrix = ht.DistanceMatrix(np.arange(3.0), list("abc"), "angular")
    matrix.save(tmp_path / "d.npz")
    fields = ("condensed", "classes", "metric", "unit")
    np.savez_compressed(file := io.BytesIO(), **{name: getattr(matrix, name) for name in fields})
    seal(file)
    assert (tmp_path / "d.npz").read_bytes() == file.getvalue()
    PREDICTIONS.save(tmp_path / "p.npz")
    fields = ("labels", "scores", "classes", "score_kind")
    np.savez(file := io.BytesIO(), **{name: getattr(PREDICTIONS, name) for name in fields})
    seal(file)
    assert (tmp_path / "p.npz").read_bytes() == file.getvalue()


def damaged(content: bytes):
    """Give every copy of a file in which one bit is wrong, and every one that was cut."""
    for where in range(len(content)):
        changed = bytearray(content)
        changed[where] ^= 1 << (where % 8)
        yield bytes(changed)
    for length in range(len(content)):
        yield content[:length]


@pytest.mark.parametrize("held", [REPS, PREDICTIONS], ids=["representatives", "predictions"])
def test_a_wrong_bit_anywhere_in_a_saved_file_is_found(tmp_path, held):
    path = tmp_path / "held.npz"
    held.save(path)
    with open_npz(path) as members:
        assert dict(members)
    for content in damaged(path.read_bytes()):
        path.write_bytes(content)
        # numpy takes what has up to three bytes for a pickle.
        with (
            pytest.raises(FileFormatError, match=r"is not a readable .npz file|holds pickled"),
            open_npz(path),
        ):
            pass


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_a_wrong_bit_in_a_foreign_npz_changes_no_number(tmp_path, write):
    path = tmp_path / "foreign.npz"
    write(path, vectors=REPS.vectors, classes=np.array(REPS.classes), kind="proxy")
    with open_npz(path) as held:
        true = dict(held)
    for content in damaged(path.read_bytes()):
        path.write_bytes(content)
        try:
            with open_npz(path) as held:
                read = dict(held)
        except FileFormatError:
            continue
        assert read.keys() == true.keys()
        for name, values in true.items():
            assert read[name].dtype == values.dtype
            assert np.array_equal(read[name], values)


def test_a_sealed_archive_is_one_that_any_program_opens(tmp_path):
    REPS.save(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert archive.testzip() is None
        assert archive.comment.startswith(b"hiertools sha256 ")
    with np.load(tmp_path / "a.npz") as held:
        assert np.array_equal(held["vectors"], REPS.vectors)


def test_what_is_no_plain_archive_is_not_sealed():
    with pytest.raises(ValueError, match="zip archive without a comment"):
        seal(io.BytesIO(b"no archive"))
    for content in (b"", b"short", b"x" * 500):
        assert not check_seal(io.BytesIO(content), "x")


def test_the_digest_of_a_file_is_its_sha_256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert file_digest(tmp_path / "a").startswith("ba7816bf8f01cfea414140de5dae2223")
