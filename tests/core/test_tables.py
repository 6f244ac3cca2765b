"""Tables of numbers: no row, column or number is lost, shifted or made up on the way in."""

import csv
import io
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools import (
    FileFormatError,
    HiertoolsError,
    HiertoolsWarning,
    OptionError,
    PredictionsError,
    RepresentativesError,
)
from hiertools._core.number_tables import is_number, read_number_table
from hiertools.measures.calibration import softmax_confidence
from hiertools.measures.mistakes import top_k
from hiertools.measures.sample_retrieval import sample_retrieval
from hiertools.producers import produce


def written(folder, content, name="table.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# ---- class representatives


@pytest.mark.parametrize(
    ("content", "vectors"),
    [
        ("class,d0,d1\ncod,1,2\neel,3,4\n", [[1, 2], [3, 4]]),
        ("class,0,1\ncod,1,2\neel,3,4\n", [[1, 2], [3, 4]]),  # numbers below 'class' are a header
        (",0,1\ncod,1,2\neel,3,4\n", [[1, 2], [3, 4]]),  # a DataFrame with names as its index
        ('"d0","d1"\n"cod",1,2\n"eel",3,4\n', [[1, 2], [3, 4]]),  # R's write.table
        ('"d0";"d1"\n"cod";1,5;2\n"eel";3;4\n', [[1.5, 2], [3, 4]]),
        ("class,d0,d1,\ncod,1,2,\neel,3,4,\n", [[1, 2], [3, 4]]),  # nothing stands below ""
        ("class;d0;d1\ncod;1,5;2\neel;3;,25\n", [[1.5, 2], [3, 0.25]]),
        ('class,d0,d1\ncod,"1,5",2\neel,3,"1234,567"\n', [[1.5, 2], [3, 1234.567]]),
        ("class\td0\td1\ncod\t1\t2\neel\t3\t4\n", [[1, 2], [3, 4]]),
        ("\n\nclass,d0,d1\n\ncod,1,2\n\neel,3,4\n\n", [[1, 2], [3, 4]]),
        ("class,d0,d1\r\ncod,1,2\r\neel,3,4\r\n", [[1, 2], [3, 4]]),
        ("class,d0,d1\rcod,1,2\reel,3,4", [[1, 2], [3, 4]]),
        ("class,d0,d1\ncod,1e5,+1\neel, 1.0 ,-.5\n", [[1e5, 1], [1, -0.5]]),
        (
            "class,d0,d1\ncod,2000000000000000000000000000000,1\neel,1,2\n",
            [[2e30, 1], [1, 2]],
        ),
        ("class,d0,d1\ncod,1,2\neel,3,4\n".encode("utf-16"), [[1, 2], [3, 4]]),
        ("class,d0,d1\ncod,1,2\neel,3,4\n".encode("utf-8-sig"), [[1, 2], [3, 4]]),
    ],
)
def test_vectors_are_read_whole(tmp_path, content, vectors):
    found = ht.read_representatives(written(tmp_path, content))
    assert found.classes == ("cod", "eel")
    np.testing.assert_array_equal(found.vectors, vectors)
    for ending in (".tsv", ".tab"):
        found.save(tmp_path / f"again{ending}")
        assert ht.as_representatives(tmp_path / f"again{ending}") == found
        assert produce(tmp_path / f"again{ending}") == found


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("cod,1,2\neel,3,4\nray,5,6\n", "the first row holds 'cod' and numbers .'1', '2'."),
        ("cod,0,1\neel,1,0\n", "as if it were data; put a header in front"),
        ("class,d0,d1\ncod,1,2,\neel,3,4,\n", "row 2 ends with ',' and so has 4 columns"),
        ("class,d0,d1\ncod,1,2\neel,3,4,\n", "row 3 ends with ',' and so has 4 columns"),
        ("class,d0,d1,\ncod,1,2\neel,3,4\n", "the header ends with ',' and so has 4 columns"),
        ("class,d0,d1\ncod,1,2\neel,3\n", "row 3 has 2 columns but the header has 3"),
        ("class,d0,d1\ncod,1,2\neel,3,4,5\n", "row 3 has 4 columns but the header has 3"),
        ('class,d0,d1\n"cod",1,2\neel,3,4,5\n', "row 3 has 4 columns but the header has 3"),
        ("class,d0\ncod,1,5\neel,2,5\n", "'class'"),  # decimal commas between commas
        ("class,d0,d0\ncod,1,2\neel,3,4\n", "1 column name.* more than once: 'd0'"),
        ("class,d0,\ncod,1,2\neel,3,4\n", "column 3 has no name"),
        (",d0,d1\n0,1,2\n1,3,4\n", "row numbers are no class names"),
        ("d0,d1\n1,2\n3,4\n", "the first row holds 'd0'|first column, 'd0', holds numbers only"),
        ("class,d0,d1\ncod,1,2\neel,,4\n", "row 3, column 'd0' is empty"),
        ("class,d0,d1\ncod,1,2\neel,3,NA\n", "row 3, column 'd1': 'NA' is no number"),
        ("class,d0,d1\ncod,1,2\neel,3,nan\n", "row 3, column 'd1': 'nan' is no number"),
        ("class,d0,d1\ncod,1,inf\neel,3,4\n", "row 2, column 'd1': 'inf' is no number"),
        ("class,d0,d1\ncod,1,1e999\neel,3,4\n", "'1e999' is too large"),
        ("class,d0,d1\ncod,1,1_000\neel,3,4\n", "'1_000' is no number"),
        ("class,d0\ncod,1_0\neel,123456789012345678901234\n", "'1_0' is no number"),
        ("class,d0,d1\ncod,1,0x10\neel,3,4\n", "'0x10' is no number"),
        ("class,d0,d1\ncod,1,True\neel,3,True\n", "'True' is no number"),
        ("class,d0,d1\ncod,1,\uff11\neel,3,4\n", "is no number"),
        ("class;d0;d1\ncod;1,5;2.5\neel;3;4\n", "'2.5' has a decimal point, but '1,5' elsewhere"),
        ("class;d0;d1\ncod;1,500;2\neel;3;4\n", "'1,500' could be 1.500 or 1500"),
        ("class d0 d1\ncod 1\n", "'class d0 d1' is one column; separate columns"),
        ("class,d0\rcod\r", "row 2 has 1 columns"),
        ("class,d0\n", "no rows below its header"),
        ('class,d0\n"cod,1\n', "no valid CSV"),
        (b"class,d0\ncod,1\n" + b" " * 9000 + b"\0", "binary file"),
    ],
)
def test_vectors_that_would_be_lost_or_made_up(tmp_path, content, message):
    with pytest.raises(HiertoolsError, match=message) as raised:
        ht.read_representatives(written(tmp_path, content))
    assert isinstance(raised.value, FileFormatError | RepresentativesError)


def test_numbers_are_names_where_the_header_says_so(tmp_path):
    found = ht.read_representatives(written(tmp_path, "class,d0\n0295,1\n296,2\n"))
    assert found.classes == ("0295", "296")
    bare = written(tmp_path, "d0,d1\n1,2\n3,4\n")
    assert ht.read_representatives(bare, ["cod", "eel"]).vectors.tolist() == [[1, 2], [3, 4]]


def test_row_numbers_are_left_out_with_a_word(tmp_path):
    path = written(tmp_path, ",class,d0\n0,cod,1.5\n1,eel,2.5\n")
    for source in (path, pd.read_csv(path)):
        with pytest.warns(HiertoolsWarning, match="counts the rows; it is left out"):
            found = ht.as_representatives(source)
        assert found.classes == ("cod", "eel")
        assert found.vectors.tolist() == [[1.5], [2.5]]
    bare = pd.DataFrame({"Unnamed: 0": [0, 1], "d0": [1.5, 2.5]})
    with pytest.warns(HiertoolsWarning, match="counts the rows"):
        assert ht.as_representatives(bare, ["cod", "eel"]).n_dimensions == 1
    shuffled = pd.DataFrame({"Unnamed: 0": [7, 3], "class": ["cod", "eel"], "d0": [1.5, 2.5]})
    with pytest.raises(RepresentativesError):
        ht.as_representatives(shuffled)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.read_csv(io.StringIO("cod,1,2\neel,3,4\n")), "as if it were data"),
        (pd.read_csv(io.StringIO("cod,1,2\neel,3,4\n"), index_col=0), "as if it were data"),
        (pd.read_csv(io.StringIO("class,d0\ncod,1,5\neel,2,5\n")), "rows were longer"),
        (pd.DataFrame([["cod", 1, 2]], columns=["class", "a", "a"]), "more than once: 'a'"),
        (pd.DataFrame({"a": ["x", "y"], "d": [1, 2]}, index=["cod", "eel"]), "both hold text"),
    ],
)
def test_frames_that_pandas_read_otherwise(frame, message):
    with pytest.raises(RepresentativesError, match=message):
        ht.as_representatives(frame)


# ---- predictions


@pytest.mark.parametrize(
    "content",
    [
        "label,cod,eel\ncod,.9,.1\neel,.2,.8\n",
        "label;cod;eel\ncod;,9;,1\neel;,2;,8\n",
        "label\tcod\teel\ncod\t.9\t.1\neel\t.2\t.8\n",
        '"label","cod","eel"\r\n"cod","0.9",.1\r\n"eel",.2,.8\r\n',
        "cod,label,eel\n.9,cod,.1\n.2,eel,.8\n",
        "label,cod,eel\ncod,.9,.1\neel,.2,.8\n".encode("utf-16"),
    ],
)
def test_scores_are_read_whole(tmp_path, content):
    for name in ("p.csv", "p.tsv") if b"\t" in bytes(str(content), "utf8") else ("p.csv",):
        found = ht.read_predictions(written(tmp_path, content, name), score_kind="probability")
        assert found.classes == ("cod", "eel")
        assert found.labels.tolist() == [0, 1]
        np.testing.assert_array_equal(found.scores, [[0.9, 0.1], [0.2, 0.8]])


def test_a_quoted_name_may_hold_commas_quotes_and_line_breaks(tmp_path):
    names = ["Ducks, Geese", 'the "eel"', "two\nlines", " blank "]
    text = io.StringIO(newline="")
    rows = [[name, *np.eye(4)[i]] for i, name in enumerate(names)]
    csv.writer(text).writerows([["label", *names], *rows])
    found = ht.read_predictions(written(tmp_path, text.getvalue()))
    assert found.classes == tuple(names)
    assert found.scores.argmax(axis=1).tolist() == found.labels.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("head", [",label,cod,eel", "Unnamed: 0,label,cod,eel", "label,cod,eel"])
def test_an_index_is_no_class(tmp_path, head, first):
    path = written(tmp_path, f"{head}\n{first},cod,.9,.1\n{first + 1},eel,.2,.8\n")
    with pytest.warns(HiertoolsWarning, match="the first column has no name and counts the rows"):
        found = ht.read_predictions(path)
    assert found.classes == ("cod", "eel")
    if head != "label,cod,eel":  # pandas takes R's row names for an index by itself
        with pytest.warns(HiertoolsWarning, match="counts the rows"):
            assert ht.as_predictions(pd.read_csv(path)).classes == ("cod", "eel")


def test_a_class_may_be_called_prediction(tmp_path):
    path = written(tmp_path, "label,prediction,eel\neel,.2,.9\nprediction,.9,.2\n")
    for source in (path, pd.read_csv(path)):
        found = ht.as_predictions(source)
        assert found.classes == ("prediction", "eel")
        assert found.scores.tolist() == [[0.2, 0.9], [0.9, 0.2]]


def test_predicted_numbers_are_names_where_labels_are(tmp_path):
    path = written(tmp_path, "label,prediction,confidence\n3,5,.5\n5,5,.9\n")
    for source in (path, pd.read_csv(path)):
        found = ht.as_predictions(source)
        assert found.classes == ("3", "5")
        assert found.ranked.tolist() == [[1], [1]]
        assert found.confidence.tolist() == [0.5, 0.9]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("label,prediction,cod,eel\ncod,cod,.9,.1\n", "predicted classes .*and other columns"),
        ("label,prediction,cod,eel\ncod,0,.9,.1\n", "predicted classes .*and other columns"),
        ("label,cod,eel,confidence\ncod,.9,.1,.9\n", "beside scores it would be a class"),
        ("label,prediction\ncod,.9\n", "'prediction' holds numbers, and the labels are names"),
        ("label,prediction,prediction_1\ncod,cod,eel\n", "name one twice"),
        ("label,prediction_1,prediction_3\ncod,cod,eel\n", "leave out a place"),
        ("label,prediction\ncod,\n", "'prediction' must name a class in each row, but row 0"),
        ("label,cod,eel\n,.9,.1\n", "'label' must name a class in each row, but row 0 is empty"),
        ("label,cod,cod\ncod,.9,.1\n", "more than once: 'cod'"),
        ("label,cod,eel\ncod,.9\n", "row 2 has 2 columns but the header has 3"),
        ("label,cod,eel\ncod,.9,.1,\n", "row 2 ends with ','"),
        ("label,cod,eel\ncod,.9,\n", "row 2, column 'eel' is empty"),
        ("label,cod,eel\ncod,0,9,0,1\n", "row 2 has 5 columns but the header has 3"),
        (",label,cod,eel\n7,cod,.9,.1\n3,cod,.9,.1\n", "no name and does not count the rows"),
        ("label,cod,file\ncod,.9,a.jpg\n", "row 2, column 'file': 'a.jpg' is no number"),
        ("cod,.9,.1\neel,.2,.8\n", "no column 'label'"),
        (
            "label,cod,eel\n0,.9,.1\n1,.2,.8\n",
            "2 of 2 classes .* Whole numbers are names in a table",
        ),
    ],
)
def test_predictions_that_would_be_lost_or_made_up(tmp_path, content, message):
    with pytest.raises(HiertoolsError, match=message):
        ht.read_predictions(written(tmp_path, content))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"label": [0, 1], "cod": [1, 0], "eel": [0, 1]}), "no place in the classes"),
        (pd.DataFrame({"label": [1.0, 0.0], "1": [1, 0], "0": [0, 1]}), "decimal point"),
        (pd.DataFrame({"label": ["cod", None], "cod": [1, 0]}), "row 1 is empty"),
        (pd.DataFrame({"label": [b"cod"], "cod": [1]}), "row 0 is b'cod' .bytes."),
        (pd.DataFrame([["cod", 1, 2]], columns=["label", "cod", "cod"]), "more than once"),
        (pd.DataFrame({"label": [], "cod": []}), "the test set is empty"),
        (pd.DataFrame({"label": ["cod"], "cod": [pd.NA]}).astype({"cod": "Float64"}), "finite"),
    ],
)
def test_frames_of_predictions_are_checked(frame, message):
    with pytest.raises(HiertoolsError, match=message):
        ht.as_predictions(frame)


def test_names_are_not_given_twice():
    frame = pd.DataFrame({"label": ["cod"], "cod": [0.9], "eel": [0.1]})
    assert ht.as_predictions(frame, ["cod", "eel"]).classes == ("cod", "eel")
    with pytest.raises(OptionError, match="class names of its own"):
        ht.as_predictions(frame, ["eel", "cod"])


# ---- numbers as labels


def test_whole_numbers_are_names_in_every_table(tmp_path):
    path = written(tmp_path, "label,1,0\n1,.9,.1\n0,.2,.8\n1,.8,.2\n")
    tree = ht.ClassTree.from_lineages({"1": "odd/1", "0": "even/0"})
    integers = pd.DataFrame([[1, 0.9, 0.1], [0, 0.2, 0.8]], columns=["label", 1, 0])
    for source in (path, pd.read_csv(path), pd.read_csv(path, dtype={"label": str}), integers):
        found = ht.as_predictions(source)
        assert found.labels.tolist()[:2] == [0, 1]
        assert ht.evaluate(source, tree, intervals=False).value("accuracy") == 1.0


SCORES = np.array([[0.9, 0.1], [0.2, 0.8]])


@pytest.mark.parametrize("classes", [["1", "0"], ["01", "00"], ["1", "2"]])
def test_numbers_that_may_be_names_or_positions_are_refused(tmp_path, classes):
    labels = np.array([1, 0])
    np.savez(tmp_path / "p.npz", labels=labels, scores=SCORES, classes=classes)
    np.savez(tmp_path / "t.npz", labels=labels, embeddings=np.eye(2), classes=classes)
    for call in (
        lambda: ht.Predictions(labels, SCORES, classes),
        lambda: ht.Predictions(classes[:1], classes=classes, ranked=[[1, 0]]),
        lambda: ht.as_predictions((labels.tolist(), SCORES), classes),
        lambda: ht.read_predictions(tmp_path / "p.npz"),
        lambda: ht.prototypes(np.eye(2), labels, classes),
        lambda: produce(f"prototypes:{tmp_path}/t.npz"),
    ):
        with pytest.raises(PredictionsError, match=r"could be the class at position .* or the"):
            call()
    # The advice works.
    found = ht.Predictions(np.array(classes)[labels], SCORES, classes)
    assert found.labels.tolist() == [1, 0]
    found.save(tmp_path / "q.npz")
    assert ht.read_predictions(tmp_path / "q.npz").labels.tolist() == [1, 0]
    assert ht.as_predictions(found, score_kind="logit").labels.tolist() == [1, 0]


def test_numbers_that_mean_one_thing_are_positions():
    assert ht.Predictions([1, 0], SCORES, ["0", "1"]).labels.tolist() == [1, 0]
    assert ht.Predictions([1, 0], SCORES, ["00", "01"]).labels.tolist() == [1, 0]
    assert ht.Predictions([1, 0], SCORES, ["295", "296"]).labels.tolist() == [1, 0]
    tree = ht.ClassTree.from_newick("((1,0),2);")
    probabilities = np.eye(3)[[1, 0]]
    assert len(ht.decisions.minimise_risk(probabilities, tree, ["1", "0", "2"])) == 2


# ---- other tables


def test_confusions_of_every_kind_of_table(tmp_path):
    plain = ",cod,eel\ncod,8,2\neel,4,6\n"
    expected = produce(f"confusion:{written(tmp_path, plain, 'a.csv')}")
    for content in (
        "cod;eel\ncod;8;2\neel;4;6\n",
        ";cod;eel\ncod;8,0;2,0\neel;4;6\n",
        plain.encode("utf-16"),
    ):
        found = produce(f"confusion:{written(tmp_path, content)}")
        assert found.classes == expected.classes
        np.testing.assert_array_equal(found.condensed, expected.condensed)
    for content, message in (
        (",cod,cod\ncod,8,2\neel,4,6\n", "more than once: 'cod'"),
        (",cod,eel\ncod,8,1_0\neel,4,6\n", "row 2, column 'eel': '1_0' is no number"),
    ):
        with pytest.raises(FileFormatError, match=message):
            produce(f"confusion:{written(tmp_path, content)}")


def test_trees_refuse_a_column_name_twice(tmp_path):
    path = written(tmp_path, "class,lineage,lineage\ncod,a/cod,b/cod\neel,a/eel,a/eel\n")
    with pytest.raises(FileFormatError, match="more than once: 'lineage'"):
        ht.read_tree(path)
    frame = pd.DataFrame([["cod", "a/cod", "x"]], columns=["class", "lineage", "lineage"])
    with pytest.raises(FileFormatError, match="more than once: 'lineage'"):
        ht.ClassTree.from_lineages(frame)


def test_probabilities_of_a_frame_have_no_index_among_their_classes():
    tree = ht.ClassTree.from_newick("((cod,eel),ray);")
    frame = pd.DataFrame({"Unnamed: 0": [0, 1], "cod": [1, 0], "eel": [0, 1], "ray": [0, 0]})
    with pytest.warns(HiertoolsWarning, match="counts the rows"):
        assert list(ht.decisions.minimise_risk(frame, tree)) == list(
            ht.decisions.minimise_risk(frame.iloc[:, 1:], tree)
        )


GOOD = ["0", "-2", "1.5", ".5", "5.", "1e5", "+3", " 1 ", "-1e-320", "9007199254740993"]
BIG = ["18446744073709551616", "123456789012345678901234"]
BAD = ["1_0", "nan", "inf", "True", "", "NA", "0x1", "1e999"]
CELLS = st.sampled_from([*GOOD, *BIG, *BAD])


@settings(deadline=None, max_examples=150)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=4), st.booleans())
def test_cells_are_their_numbers_or_refused(tmp_path_factory, rows, quoted):
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerows([["class", "a", "b"], *(["NA", *row] for row in rows)])
    path = written(tmp_path_factory.mktemp("t"), text.getvalue())
    if all(is_number(cell) and np.isfinite(float(cell)) for row in rows for cell in row):
        frame = read_number_table(path, lambda header, row: [0])
        assert frame["class"].tolist() == ["NA"] * len(rows)
        assert frame[["a", "b"]].to_numpy().tolist() == [[float(c) for c in row] for row in rows]
    else:
        with pytest.raises(FileFormatError, match=r"row \d, column '[ab]'"):
            read_number_table(path, lambda header, row: [0])


# ---- arrays


MASKED = np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], [[False, True], [False, False]])
COMPLEX = np.array([[1 + 1j, 2], [3, 4]])
OBJECTS = np.array([["1", 2], [3, 4]], dtype=object)
NAMES = ["cod", "eel"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (MASKED, "masked"),
        (list(MASKED), "masked"),
        (COMPLEX, "complex"),
        (OBJECTS, "objects"),
        (np.array([[b"1", b"2"]] * 2), "must be numbers"),
    ],
    ids=["masked", "masked rows", "complex", "objects", "bytes"],
)
def test_arrays_that_are_not_plain_numbers(values, message):
    for call in (
        lambda: ht.ClassRepresentatives(values, NAMES),
        lambda: ht.as_representatives(values, NAMES),
        lambda: ht.as_representatives(dict(zip(NAMES, values))),
        lambda: ht.DistanceMatrix(values, NAMES),
        lambda: ht.Predictions(NAMES, values, NAMES),
        lambda: ht.Predictions(NAMES, classes=NAMES, embeddings=values),
        lambda: ht.prototypes(values, NAMES),
        lambda: ht.prototypes(values, NAMES, method="medoid"),
        lambda: produce_confusion(values),
        lambda: sample_retrieval(values, NAMES),
        lambda: top_k(values, 1),
        lambda: softmax_confidence(values),
        lambda: ht.evaluate((NAMES, values), ht.ClassTree.from_newick("(cod,eel);"), classes=NAMES),
    ):
        with pytest.raises(HiertoolsError, match=message):
            call()


def produce_confusion(values):
    from hiertools.producers import from_confusion

    return from_confusion(values, NAMES)


def test_arrays_with_a_mask_that_hides_nothing_are_read():
    open_ = np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]])
    assert ht.ClassRepresentatives(open_, NAMES).vectors.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.ma.masked_array(NAMES, [True, False]), "1 of their values are masked"),
        (np.ma.masked_array([0, 1], [True, False]), "masked"),
        (np.array([b"cod", b"eel"]), "got b'cod' .bytes."),
        (np.array(["cod", 1], dtype=object), "got 1 .int."),
        (["cod", 1], "got 1 .int."),
        (["cod", None], "got None"),
        ([True, False], "got True"),
    ],
)
def test_labels_that_are_no_names(labels, message):
    for call in (
        lambda: ht.Predictions(labels, np.eye(2), NAMES),
        lambda: ht.Predictions(NAMES, classes=NAMES, ranked=labels),
        lambda: ht.prototypes(np.eye(2), labels),
        lambda: ht.prototypes(np.eye(2), labels, NAMES),
    ):
        with pytest.raises(PredictionsError, match=message):
            call()


@pytest.mark.parametrize(
    "classes", [np.array([b"cod", b"eel"]), np.array([1.0, 2.0]), np.array([1, 2])]
)
def test_names_that_are_no_text(tmp_path, classes):
    np.savez(
        tmp_path / "all.npz",
        vectors=np.eye(2),
        embeddings=np.eye(2),
        scores=np.eye(2),
        labels=["cod", "eel"],
        classes=classes,
    )
    for call in (
        lambda: ht.read_representatives(tmp_path / "all.npz"),
        lambda: ht.read_predictions(tmp_path / "all.npz"),
        lambda: produce(f"prototypes:{tmp_path}/all.npz"),
    ):
        with pytest.raises(FileFormatError, match="'classes' must be text"):
            call()
    with pytest.raises(RepresentativesError, match="class names must be text") as raised:
        ht.ClassRepresentatives(np.eye(2), classes)
    assert ("bytes.decode()" in str(raised.value)) == (classes.dtype.kind == "S")


def test_reading_says_nothing_where_nothing_is_left_out(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ht.read_predictions(written(tmp_path, "label,cod\ncod,1\ncod,2.5\n"))
