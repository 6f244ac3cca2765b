"""`DistanceMatrix`: files, equality, selection and its form as a Series."""

import itertools
from pathlib import Path

import numpy as np
import pytest

import hiertools as ht

NAMES = ["lynx", "NA", "0295", "class", "Tripos, furca"]
VALUES = np.random.default_rng(0).random(10)
MATRIX = ht.DistanceMatrix(VALUES, NAMES, "confusion", "share")


def test_npz_keeps_everything_and_tables_the_numbers_and_names(tmp_path):
    MATRIX.save(tmp_path / "d.npz")
    assert ht.read_distances(tmp_path / "d.npz") == MATRIX
    for ending in ("csv", "tsv"):
        MATRIX.save(tmp_path / f"d.{ending}")
        assert ht.read_distances(tmp_path / f"d.{ending}") == ht.DistanceMatrix(VALUES, NAMES)
    one = ht.DistanceMatrix([], ["alone"])
    one.save(tmp_path / "one.npz")
    assert ht.read_distances(tmp_path / "one.npz") == one


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "d.npz"
    MATRIX.save(path)
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    with pytest.raises(ht.FileFormatError, match="damaged"):
        ht.read_distances(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("class,a,b\na,0,1\nc,1,0\n", "these differ in 'b', 'c'"),
        ("class,a,b\na,0,1\nb,2,0\n", "must be symmetric"),
        ("class,a,b\na,0,x\nb,1,0\n", "'x'"),
        ("class,a,b\n", "empty|no row"),
        ("class,\na,\n", "column 2 has no name; name its class"),
        ("", "empty"),
    ],
)
def test_a_table_that_is_not_square_is_refused(tmp_path, content, message):
    path = tmp_path / "d.csv"
    path.write_text(content)
    with pytest.raises(ht.HiertoolsError, match=message):
        ht.read_distances(path)


def test_columns_of_a_table_may_stand_in_any_order(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("class,b,a,c\na,1,0,2\nb,0,1,3\nc,3,2,0\n")
    assert ht.read_distances(path) == ht.DistanceMatrix([1, 2, 3], ["a", "b", "c"])


def test_other_files_are_refused_with_advice(tmp_path):
    with pytest.raises(ht.FileFormatError, match=r"kept in \.npz or \.csv; got '\.json'"):
        MATRIX.save(tmp_path / "d.json")
    with pytest.raises(ht.FileFormatError, match="there is no such file"):
        ht.read_distances(tmp_path / "none.npz")
    MATRIX.save(tmp_path / "d.npz")
    with pytest.raises(ht.RepresentativesError, match=r"holds distances.*read_distances\(path\)"):
        ht.read_representatives(tmp_path / "d.npz")
    np.savez(tmp_path / "bare.npz", condensed=VALUES)
    with pytest.raises(ht.FileFormatError, match="pass classes="):
        ht.read_distances(tmp_path / "bare.npz")
    assert ht.read_distances(tmp_path / "bare.npz", NAMES).metric == "precomputed"
    with pytest.raises(ht.OptionError, match="has class names of its own"):
        ht.read_distances(tmp_path / "d.npz", NAMES[::-1])


def test_equal_is_equal_numbers_under_equal_names_and_metric():
    assert ht.DistanceMatrix(MATRIX.square(), NAMES, "confusion", "share") == MATRIX
    others = [
        ht.DistanceMatrix(VALUES + 1e-9, NAMES, "confusion", "share"),
        ht.DistanceMatrix(VALUES, NAMES[::-1], "confusion", "share"),
        ht.DistanceMatrix(VALUES, NAMES, "other", "share"),
        ht.DistanceMatrix(VALUES, NAMES, "confusion"),
        MATRIX.take(NAMES[:3]),
        "a text",
    ]
    assert all(other != MATRIX for other in others)
    with pytest.raises(TypeError, match="unhashable"):
        hash(MATRIX)


def test_filter_keeps_the_order_and_refuses_unknown_names():
    square = MATRIX.to_frame()
    for keep in (["0295", "lynx", "NA"], {"NA", "lynx", "0295"}, lambda name: name in NAMES[:3]):
        kept = MATRIX.filter(keep)
        assert kept.classes == ("lynx", "NA", "0295")
        assert kept.to_frame().equals(square.loc[NAMES[:3], NAMES[:3]])
        assert (kept.metric, kept.unit) == ("confusion", "share")
    with pytest.raises(ht.ClassMismatchError, match="'lnyx'"):
        MATRIX.filter(["lnyx"])
    for nothing in ([], lambda name: False):
        with pytest.raises(ht.OptionError, match="would keep none"):
            MATRIX.filter(nothing)
    with pytest.raises(ht.OptionError, match="there is no such file"):
        MATRIX.filter("lynx")


def test_filter_reads_a_file_of_names(tmp_path):
    path = Path(tmp_path / "names.txt")
    path.write_text("class\nlynx\n", encoding="utf-8")
    assert MATRIX.filter(path).classes == ("lynx", "class")


def test_a_series_holds_each_pair_once():
    series = MATRIX.to_series()
    square = MATRIX.to_frame()
    assert list(series.index) == list(itertools.combinations(NAMES, 2))
    assert series.index.names == ["class_a", "class_b"]
    assert series.name == "confusion"
    assert all(series[a, b] == square.loc[a, b] for a, b in series.index)
    series[:] = 0  # a copy
    assert MATRIX.condensed[0] == VALUES[0]
