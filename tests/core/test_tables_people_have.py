"""Tables of vectors, distances and predictions in the forms that programs write them."""

import bz2
import gzip
import lzma

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools import FileFormatError, HiertoolsError, OptionError, RepresentativesError

VECTORS = [[1.5, 2.0], [3.0, 4.25], [5.0, -6.0]]
NAMES = ("cod", "eel", "ray")
COMMAS = "class,d0,d1\ncod,1.5,2\neel,3,4.25\nray,5,-6\n"
BLANKS = COMMAS.replace(",", " ")
TREE = "((cod,eel)bony,ray);"


def packed(content):
    """The same bytes at any time: they are part of a test's name."""
    return gzip.compress(content, mtime=0)


def write(path, content, encoding="utf-8"):
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", COMMAS),
        ("t.csv", COMMAS.replace(",", "\t")),
        ("t.tsv", COMMAS),
        ("t.csv", COMMAS.replace(",", ";").replace(".", ",")),
        ("t.csv", "sep=;\n" + COMMAS.replace(",", ";")),
        ("t.csv", BLANKS),
        ("t.csv", "class   d0 d1\n  cod  1.5   2 \neel 3 4.25\nray 5 -6\n"),
        ("t.csv", '"d0" "d1"\n"cod" 1.5 2\n"eel" 3 4.25\n"ray" 5 -6\n'),  # R's write.table
        ("t.csv", COMMAS.encode("utf-16")),
        ("t.csv", b"\xff\xfe" + COMMAS.encode("utf-16-le")),
        ("t.csv", b"\xfe\xff" + COMMAS.encode("utf-16-be")),
        ("t.csv", COMMAS.encode("utf-16-le")),
        ("t.csv", COMMAS.encode("utf-16-be")),
        ("t.csv", COMMAS.encode("utf-32")),
        ("t.tsv", COMMAS.replace(",", "\t").encode("utf-16")),
        ("t.csv.gz", packed(COMMAS.encode())),
        ("t.CSV.GZ", packed(COMMAS.encode())),
        ("t.tsv.gz", packed(COMMAS.replace(",", "\t").encode("utf-16"))),
        ("t.csv", packed(COMMAS.encode())),
        ("t.csv.bz2", bz2.compress(COMMAS.encode())),
        ("t.csv.xz", lzma.compress(COMMAS.encode())),
    ],
)
def test_vectors_in_every_form(tmp_path, name, content):
    reps = ht.read_representatives(write(tmp_path / name, content))
    assert reps.classes == NAMES
    assert reps.vectors.tolist() == VECTORS
    assert ht.as_representatives(tmp_path / name) == reps


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "wolf,0,0\nnewt,1,2\n", "first row holds 'wolf' and numbers.* a header in front"),
        ("t.csv", "wolf,0.5,1\nnewt,1,2\n", "first row holds 'wolf' and numbers"),
        ("t.csv", "cod;1,5;2,25\neel;1;2\n", "first row holds 'cod' and numbers .'1,5', '2,25'"),
        ("t.csv", "cod;0,5;0,5\neel;1;2\n", "first row holds 'cod' and numbers"),
        ("t.csv", "cod 0.25 1\neel 1 2\n", "first row holds 'cod' and numbers"),
        ("t.csv", packed(COMMAS.encode())[:-9], "packed but damaged"),
        ("t.csv", b"PK\x03\x04 and so on", "is a zip archive, not text; unpack it"),
        ("t.csv", b"\xd0\xcf\x11\xe0 and so on", "is a spreadsheet, not text; save the sheet as"),
        ("t.csv", "class,d0,d1\ncod,1,\neel,1,2\n", "row 2, column 'd1' is empty"),
        ("t.csv", packed(b" \n"), "is empty"),
        ("t.csv", b"\xff\xfea", "begins as UTF-16 text but is none"),
    ],
)
def test_vectors_that_are_refused(tmp_path, name, content, message):
    with pytest.raises(HiertoolsError, match=message):
        ht.read_representatives(write(tmp_path / name, content))


def test_files_are_not_packed_on_writing(tmp_path):
    reps = ht.ClassRepresentatives(VECTORS, NAMES)
    with pytest.raises(FileFormatError, match=r"got '\.gz'"):
        reps.save(tmp_path / "t.csv.gz")


# ---- distances and similarities

SQUARE = np.array([[0, 1, 4, 5], [1, 0, 4, 5], [4, 4, 0, 5], [5, 5, 5, 0.0]])
FOUR = ["cod", "eel", "ray", "hag"]
FOUR_TREE = "(((cod,eel),ray),hag);"


def square_text(square, rows=FOUR, columns=FOUR, head="species"):
    lines = [",".join([head, *columns])]
    lines += [",".join([name, *map(str, row)]) for name, row in zip(rows, square, strict=True)]
    return "\n".join(lines) + "\n"


def test_a_square_table_of_distances_is_read_as_such(tmp_path):
    expected = ht.compare(ht.DistanceMatrix(SQUARE, FOUR), FOUR_TREE, permutations=0)
    path = write(tmp_path / "d.csv", square_text(SQUARE))
    frame = pd.DataFrame(SQUARE, index=FOUR, columns=FOUR)
    turned = [2, 0, 3, 1]
    mixed = write(
        tmp_path / "m.csv", square_text(SQUARE[:, turned], columns=[FOUR[i] for i in turned])
    )
    unnamed = write(tmp_path / "u.csv", square_text(SQUARE, columns=["d0", "d1", "d2", "d3"]))
    npz = tmp_path / "d.npz"
    ht.DistanceMatrix(SQUARE, FOUR).save(npz)
    for source in (path, str(path), frame, mixed, unnamed, npz, f"csv:{path}", f"npz:{npz}"):
        found = ht.compare(source, FOUR_TREE, permutations=0)
        pd.testing.assert_frame_equal(found.scores, expected.scores)
    as_vectors = ht.compare(ht.ClassRepresentatives(SQUARE, FOUR), FOUR_TREE, permutations=0)
    assert not as_vectors.scores.value.equals(expected.scores.value)


def test_distances_are_refused_where_vectors_are_needed(tmp_path):
    path = write(tmp_path / "d.csv", square_text(SQUARE))
    frame = pd.DataFrame(SQUARE, index=FOUR, columns=FOUR)
    for read in (
        lambda: ht.read_representatives(path),
        lambda: ht.as_representatives(path),
        lambda: ht.as_representatives(frame),
        lambda: ht.distances(path),
    ):
        with pytest.raises(RepresentativesError, match="holds distances between its classes"):
            read()
    with pytest.raises(RepresentativesError, match=r"holds distances .*DistanceMatrix\(array"):
        ht.compare(SQUARE, FOUR_TREE, classes=FOUR)
    # What the message says of vectors that look like distances works.
    assert ht.ClassRepresentatives(SQUARE, FOUR).n_dimensions == 4


def test_similarities_are_refused_by_that_word(tmp_path):
    for similar in (np.exp(-SQUARE), 100 * np.exp(-SQUARE)):
        path = write(tmp_path / "s.csv", square_text(similar))
        with pytest.raises(
            RepresentativesError, match=rf"holds sim.*DistanceMatrix\({similar[0, 0]:g} - "
        ):
            ht.compare(path, FOUR_TREE)
    frame = pd.DataFrame(np.exp(-SQUARE), index=FOUR, columns=FOUR)
    assert ht.DistanceMatrix(1 - frame, FOUR).n_classes == 4


@pytest.mark.parametrize(
    ("square", "columns"),
    [
        (np.eye(4), FOUR),
        (np.exp(-SQUARE), ["a", "b", "c", "d"]),
        (SQUARE - 1, FOUR),
        (SQUARE + np.triu(SQUARE), FOUR),
        (np.tile([1.0, 2, 3, 4], (4, 1)), FOUR),
        (np.zeros((4, 4)), FOUR),
    ],
)
def test_square_tables_of_vectors_stay_vectors(tmp_path, square, columns):
    path = write(tmp_path / "v.csv", square_text(square, columns=columns))
    assert ht.read_representatives(path).vectors.tolist() == square.tolist()


def test_infer_on_the_command_line_takes_distances(tmp_path, capsys):
    from hiertools.cli import run

    path = write(tmp_path / "d.csv", square_text(SQUARE))
    assert run(["infer", str(path)]) == 0
    expected = ht.infer_tree(ht.DistanceMatrix(SQUARE, FOUR))
    assert capsys.readouterr().out.strip() == expected.to_newick()


# ---- arrays of a .npz under other names


def test_vectors_of_an_npz_under_another_name(tmp_path):
    path = tmp_path / "w.npz"
    np.savez(path, W=np.array(VECTORS), bias=np.zeros(3), classes=np.array(NAMES))
    with pytest.raises(FileFormatError, match="only 'W', 'bias', 'classes'; .* vectors='W'"):
        ht.read_representatives(path)
    reps = ht.read_representatives(path, vectors="W")
    assert reps.vectors.tolist() == VECTORS
    assert ht.producers.produce(f"npz:{path}?vectors=W") == reps
    with pytest.raises(FileFormatError, match="no array named 'V'"):
        ht.read_representatives(path, vectors="V")
    with pytest.raises(OptionError, match="vectors='W' names an array of a .npz"):
        ht.read_representatives(write(tmp_path / "t.csv", COMMAS), vectors="W")


# ---- predictions


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_predictions_in_every_form(tmp_path, pack):
    text = "label;cod;prediction\ncod;0,9;0,1\nprediction;0,25;0,75\n"
    path = write(tmp_path / ("p.csv" if pack is bytes else "p.csv.gz"), pack(text.encode("utf-16")))
    found = ht.read_predictions(path)
    assert found.classes == ("cod", "prediction")
    assert found.scores.tolist() == [[0.9, 0.1], [0.25, 0.75]]
    blanks = write(tmp_path / "b.csv", "label cod eel\ncod .9 .1\neel .2 .8\n")
    assert ht.read_predictions(blanks).labels.tolist() == [0, 1]


def test_a_class_called_label(tmp_path):
    text = "label,cod,label\ncod,.9,.1\nlabel,.25,.75\n"
    found = ht.read_predictions(write(tmp_path / "p.csv", text))
    assert found.classes == ("cod", "label")
    assert found.scores.tolist() == [[0.9, 0.1], [0.25, 0.75]]
    frame = pd.DataFrame(
        [["cod", 0.9, 0.1], ["label", 0.25, 0.75]], columns=["label", "cod", "label"]
    )
    assert ht.as_predictions(frame).scores.tolist() == found.scores.tolist()
    for text in ("label,cod,label\ncod,.9,.1\ncod,.25,.75\n", "label,label,label\ncod,1,2\n"):
        with pytest.raises(HiertoolsError, match="more than once: 'label'"):
            ht.read_predictions(write(tmp_path / "p.csv", text))


@pytest.mark.parametrize("kind", ["Float64", "Float32", object])
def test_numbers_of_types_that_numpy_lacks_are_numbers(kind):
    """Frames after ``convert_dtypes()``, and those that pandas holds as objects."""
    values = np.arange(12).reshape(4, 3) % 5 / 4
    names = ["lynx", "puma", "wolf", "newt"]
    vectors = pd.DataFrame(values, index=names).astype(kind)
    assert np.array_equal(ht.as_representatives(vectors).vectors, values)
    beside = vectors.reset_index(names="class")
    assert np.array_equal(ht.as_representatives(beside).vectors, values)

    scores = pd.DataFrame(values.T, columns=names).astype(kind)
    made = ht.Predictions(["lynx"] * 3, scores, names, embeddings=scores)
    assert np.array_equal(made.scores, values.T)
    assert np.array_equal(made.embeddings, values.T)
    with pytest.raises(ht.PredictionsError, match="2 of 12 are NaN"):
        ht.Predictions(["lynx"] * 3, scores.mask(scores == 1), names)

    square = np.abs(values[:, :1] - values[:, 0])
    table = pd.DataFrame(square, names, names).astype(kind)
    shuffled = table[names[::-1]]
    assert np.array_equal(ht.DistanceMatrix(shuffled, names).square(), square)
