"""Files that somebody made to do harm, or that were damaged: each ends in one sentence."""

import bz2
import gzip
import io
import json
import lzma
import os
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import hiertools as ht
from hiertools._core import files, memory
from hiertools._core.checks import need
from hiertools.errors import (
    FileFormatError,
    HiertoolsError,
    MissingDependencyError,
    OptionError,
    TooLargeError,
)

NAMES = ["lynx", "puma", "wolf", "fox"]
TREE = ht.ClassTree.from_newick("((lynx,puma),(wolf,fox));")
VECTORS = np.random.default_rng(0).normal(size=(4, 3))


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def told(header, body=b""):
    """Return a member whose header says what it likes."""
    line = header.encode() + b" " * (63 - (10 + len(header)) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(line)) + line + body


def archive(path, **members):
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def of_shape(shape, kind="'<f8'", size=96):
    header = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}}}"
    return told(header, bytes(size))


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (of_shape("(4, 100000000000)"), "3,200,000,000,000 bytes, and holds 96"),
        (of_shape("(-4, -3)"), r"shape \(-4, -3\) of float64"),
        (of_shape("(100000000000, 3)", "'<U0'", 0), "whose entries take no memory"),
        (of_shape("(4, 2)"), "64 bytes, and holds 96"),
        (of_shape("(4, 3)", "'O'"), "holds pickled objects"),
        (of_shape("(4, 3)", "'|V8'"), "must be numbers"),
        (of_shape("(4, 3)", "[('a', '<f8')]"), "must be numbers"),
        (of_shape("(4,)", "'<U1000000000'"), "not a readable .npz file: 'vectors.npy'"),
        (told("("), "not a readable .npz file: 'vectors.npy'"),
        (told("(" * 3000), "not a readable .npz file: 'vectors.npy'"),
        (told("{'descr': '<f8', 'fortran_order': False}"), "not a readable .npz file"),
        (b"\x93NUMPY\x09\x00", "not a readable .npz file"),
        (b"", "not a readable .npz file"),
    ],
)
def test_members_are_what_their_headers_say_or_refused(tmp_path, vectors, message):
    path = archive(tmp_path / "made.npz", vectors=vectors, classes=npy(np.array(NAMES)))
    with pytest.raises(HiertoolsError, match=message):
        ht.read_representatives(path)


def test_members_that_nobody_asks_for_are_not_read(tmp_path):
    path = archive(
        tmp_path / "made.npz",
        vectors=npy(VECTORS),
        classes=npy(np.array(NAMES)),
        huge=of_shape("(4, 100000000000)"),
        objects=of_shape("(4, 3)", "'O'"),
    )
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("notes.txt", "no array")
    assert np.array_equal(ht.read_representatives(path).vectors, VECTORS)


def test_a_member_that_memory_cannot_hold_is_refused_before_it_is_made(tmp_path, monkeypatch):
    path = archive(tmp_path / "large.npz", vectors=npy(VECTORS), classes=npy(np.array(NAMES)))
    monkeypatch.setattr(memory, "available", lambda: 50)
    monkeypatch.setattr(memory, "_SMALL", 60)
    with pytest.raises(TooLargeError, match=r"' of .*large.npz would take 0.0 GB"):
        ht.read_representatives(path)


@pytest.mark.parametrize(("flag", "value"), [((6, 8), 1), ((8, 10), 99)], ids=["locked", "packed"])
def test_archives_that_cannot_be_unpacked(tmp_path, flag, value):
    path = archive(tmp_path / "made.npz", vectors=npy(VECTORS), classes=npy(np.array(NAMES)))
    raw = bytearray(path.read_bytes())
    for mark, offset in zip((b"PK\x03\x04", b"PK\x01\x02"), flag, strict=True):
        place = raw.find(mark)
        while place >= 0:
            raw[place + offset] = value
            place = raw.find(mark, place + 1)
    path.write_bytes(raw)
    with pytest.raises(FileFormatError, match=r"is not a readable \.npz file"):
        ht.read_representatives(path)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_what_unpacks_to_more_than_memory_holds_is_refused(tmp_path, pack, monkeypatch):
    path = tmp_path / "tree.csv.gz"
    path.write_bytes(pack(b"class,lineage\n" + b"a" * 1_000_000))
    assert path.stat().st_size < 2_000
    monkeypatch.setattr(memory, "available", lambda: 100_000)
    monkeypatch.setattr(memory, "_SMALL", 0)
    monkeypatch.setattr(files, "_BLOCK", 10_000)
    with pytest.raises(TooLargeError, match=r"reading '.*tree\.csv\.gz', unpacked, would take"):
        ht.read_tree(path)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of addresses are those of Linux")
def test_a_dictionary_beyond_memory_is_told_as_that(tmp_path):
    """34 bytes, and .lzma sets aside 4 GB before it looks at what is packed."""
    path = tmp_path / "tree.nwk"
    path.write_bytes(b"\x5d" + bytes(18) + b"\xff" * 12 + bytes(3))
    code = f"""
import resource, hiertools as ht
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
try:
    ht.read_tree({str(path)!r})
except ht.TooLargeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "packed with a dictionary that takes more memory than is free" in done.stdout, done


RESULT = ht.compare(ht.ClassRepresentatives(VECTORS, NAMES), TREE, permutations=0, intervals=False)


@pytest.mark.parametrize(
    "use",
    [
        ht.read_tree, ht.read_representatives, ht.read_predictions, ht.read_distances,
        ht.read_result, RESULT.to_json, RESULT.to_html,
        lambda path: ht.compare(path, TREE), lambda path: ht.evaluate(path, TREE),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x" * 300, "has a name of 300 bytes in it, and files have at most 255"),
        ("ü" * 150, "has a name of 300 bytes"),
        ("folder/" + "x" * 300 + "/a.csv", "has a name of 300 bytes"),
        ("a\0b.csv", "holds a zero byte"),
        ("a\ud800.csv", "holds half of a character"),
    ],
    ids=["long", "wide", "folder", "zero", "half"],
)
def test_paths_that_no_file_can_have(use, name, message):
    with pytest.raises(OptionError, match=message):
        use(name)


DIGITS = "9" * 5000


@pytest.mark.parametrize("text", ['{"a": ' + DIGITS + "}", "[" * 200_000, '{"a":' * 200_000])
def test_json_that_python_cannot_read(tmp_path, text):
    path = tmp_path / "made.json"
    path.write_text(text)
    for read in (ht.read_tree, ht.read_result, ht.taxonomies.from_inaturalist):
        with pytest.raises(FileFormatError) as caught:
            read(path)
        assert "sys." not in str(caught.value)


def test_objects_that_hold_themselves():
    nested: dict = {}
    nested["cats"] = nested
    named: dict = {"name": "cats"}
    named["children"] = [named]
    for tree in (nested, named):
        with pytest.raises(FileFormatError, match="holds itself"):
            ht.compare(RESULT.distances, tree)
    shared = {"lynx": None, "puma": None}
    assert ht.ClassTree.from_json({"a": {"b": None}, "c": {"d": None}}).n_classes == 2
    with pytest.raises(HiertoolsError, match="lynx"):  # twice the same class, not a circle
        ht.ClassTree.from_json({"a": shared, "b": shared})
    rows: list = []
    rows.append(rows)
    with pytest.raises(HiertoolsError, match="hold themselves"):
        ht.compare(rows, TREE)


def test_numbers_of_too_many_digits_are_text(tmp_path):
    table = tmp_path / "predictions.csv"
    table.write_text(f"label,prediction,prediction_{DIGITS}\nlynx,puma,wolf\n")
    with pytest.raises(HiertoolsError):
        ht.evaluate(table, TREE)
    nodes = tmp_path / "nodes.dmp"
    for number in (DIGITS, "9" * 19, "-1", "x", "²"):
        nodes.write_text(f"1\t|\t1\t|\tno rank\t|\n{number}\t|\t1\t|\tspecies\t|\n")
        with pytest.raises(FileFormatError, match="is no taxonomy id"):
            ht.taxonomies.from_ncbi(tmp_path, classes=["Lynx lynx"])
    nodes.write_text("1\t|\t1\t|\tno rank\t|\n2\t|\t1\t|\tspecies\t|\n")
    (tmp_path / "names.dmp").write_text(
        f"2\t|\tLynx lynx\t|\t\t|\tscientific name\t|\n{DIGITS}\t|\tx\t|\t\t|\tscientific name\t|\n"
    )
    with pytest.raises(FileFormatError, match="is no taxonomy id"):
        ht.taxonomies.from_ncbi(tmp_path, classes=["2"])
    (tmp_path / "hierarchy.txt").write_text(f"10 1\n9 1\n{DIGITS} 1\n09 1\n")
    tree = ht.taxonomies.from_nabirds(tmp_path, names="ids")
    assert tree.classes == ("09", "9", "10", DIGITS)


def test_damage_inside_a_packed_file(tmp_path):
    path = tmp_path / "tree.csv.gz"
    path.write_bytes(gzip.compress(b"class,lineage\na,x/a\nb,x/b\n" * 1000)[:-20])
    with pytest.raises(FileFormatError, match="is packed but damaged"):
        ht.read_tree(path)


def test_saved_results_without_one_of_their_parts(tmp_path):
    several = ht.compare({"a": VECTORS, "b": VECTORS[::-1]}, TREE, classes=NAMES, permutations=0)
    for result in (RESULT, several):
        whole = json.loads(result.to_json())
        for key in whole:
            (tmp_path / "cut.json").write_text(
                json.dumps({name: value for name, value in whole.items() if name != key})
            )
            with pytest.raises(FileFormatError, match=r"cut\.json"):
                ht.read_result(tmp_path / "cut.json")


def test_names_with_line_ends_come_back(tmp_path):
    names = ["a\rb", "c\nd", "e\r\nf"]
    tree = ht.ClassTree.from_lineages({name: ("g", name) for name in names})
    for ending in ("csv", "nwk", "json"):
        ht.write_tree(tree, tmp_path / f"tree.{ending}")
        assert set(ht.read_tree(tmp_path / f"tree.{ending}").classes) == set(names)
    reps = ht.ClassRepresentatives(VECTORS[:3], names)
    for ending in ("npz", "csv"):
        reps.save(tmp_path / f"reps.{ending}")
        assert ht.read_representatives(tmp_path / f"reps.{ending}").classes == tuple(names)


def test_a_limit_on_addresses_counts_as_memory():
    code = (
        "import resource; from hiertools._core import memory; free = memory.available(); "
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)); "
        "assert memory.available() < 1 << 30"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (ModuleNotFoundError("No module named 'made_up'"), "install it with: pip install"),
        (RuntimeError("operator torchvision::nms does not exist\nmore"),
         r"is installed but can't be imported \(operator torchvision::nms .*\): made_up is"),
        (ImportError("undefined symbol"), r"is installed but can't be imported \(undefined symbol"),
        (OSError(), r"is installed but can't be imported \(OSError\)"),
    ],
)  # fmt: skip
def test_libraries_that_are_missing_or_broken(monkeypatch, cause, message):
    class Finder:
        def find_spec(self, name, path=None, target=None):
            if name == "made_up":
                raise cause

    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    with pytest.raises(MissingDependencyError, match=rf"^x: needs made_up, which .*{message}"):
        need("made_up", "extra", "x:")


def test_tables_of_commas_alone(tmp_path):
    table = tmp_path / "vectors.csv"
    for text in (",\r,", ",\n,\n", ",\n\n,"):
        table.write_text(text)
        with pytest.raises(HiertoolsError, match="no column has a name or holds anything"):
            ht.read_representatives(table)


def test_names_of_classes_longer_than_any_path(tmp_path):
    """A text that could be a path is a list of names where it is none, however long."""
    with pytest.raises(HiertoolsError, match="nodes.dmp"):
        ht.taxonomies.from_ncbi(tmp_path, classes="lynx," + "x" * 300)


@pytest.mark.parametrize(
    ("whole", "half"),
    [
        ('"status": ["ok"', '"status": ["\\ud800ok"'),
        ('"format": 1', '"format": 1, "\\uDFFF": 1'),
        ('"name": "', '"name": "\\udc80'),
    ],
)
def test_saved_results_with_half_a_character(tmp_path, whole, half):
    text = ht.compare(ht.ClassRepresentatives(VECTORS, NAMES), TREE, permutations=0).to_json()
    assert whole in text
    broken = text.replace(whole, half, 1)
    (tmp_path / "r.json").write_text(broken)
    for source in (broken, tmp_path / "r.json"):
        with pytest.raises(FileFormatError, match="half of a character"):
            ht.read_result(source)
    assert ht.read_result(text.replace('"name": "', '"name": "\\ud83e\\udd86', 1)).name[0] == "🦆"


@pytest.mark.parametrize(
    "read",
    [
        lambda array: ht.ClassRepresentatives(array, TREE.classes),
        lambda array: ht.infer_tree(array, classes=TREE.classes),
        lambda array: ht.DistanceMatrix(array, TREE.classes),
    ],
)
@pytest.mark.parametrize(
    ("dtype", "bits"),
    [("float16", 0x7D00), ("float32", 0x7FA00000), ("float64", 0x7FF4000000000000)],
)
def test_a_nan_that_signals_is_one_like_others(read, dtype, bits):
    """NumPy warns where it makes another type of such a number, which damaged files hold."""
    array = np.eye(TREE.n_classes, dtype=dtype)
    array.view(dtype.replace("float", "uint"))[0, 1] = bits
    with pytest.raises(HiertoolsError, match="NaN"):
        read(array)
