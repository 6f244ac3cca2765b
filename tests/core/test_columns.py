"""Tables as plain columns: the DataFrame that is made of them, and what a result holds of it."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools._core.cells import is_given
from hiertools.results.columns import Table, records, table_in
from hiertools.results.frames import table_from_json, table_to_json

TREE = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
VECTORS = {"lynx": [1, 0], "wolf": [1, 0.1], "newt": [0, 1], "toad": [0.1, 1]}


def made():
    return ht.compare(VECTORS, TREE, permutations=9)


@pytest.mark.parametrize("value", [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT])
def test_nothing_is_not_given(value):
    assert not is_given(value)


@pytest.mark.parametrize("value", [0, False, "", 0.0, np.int64(3), "nan", (), ("a",)])
def test_something_is_given(value):
    assert is_given(value)


KINDS = {"a": "Int64", "b": "int64", "c": "float64", "d": "string", "e": "text", "f": "bool"}


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_frame_has_the_types_that_were_said_even_without_rows(rows):
    columns = {
        "a": [1, None], "b": [1, 2], "c": [0.5, float("nan")], "d": [None, "x"],
        "e": ["p", "q"], "f": [True, False],
    }  # fmt: skip
    table = Table({name: values[:rows] for name, values in columns.items()}, KINDS)
    frame = table.frame()
    assert len(frame) == len(table) == rows
    assert [str(frame[name].dtype) for name in "abcdf"] == [KINDS[name] for name in "abcdf"]
    back = table_from_json({"t": table_to_json(table)}, "t")
    pd.testing.assert_frame_equal(back.frame(), frame)
    pd.testing.assert_frame_equal(table_from_json({"t": table_to_json(frame)}, "t").frame(), frame)
    assert [row["b"] for row in records(frame)] == [row["b"] for row in records(table)]


def test_a_result_holds_columns_until_a_frame_is_asked_for():
    result = made()
    told = str(result), repr(result), result._repr_html_(), result.to_json()
    assert isinstance(table_in(result, "scores"), Table)
    assert isinstance(result.scores, pd.DataFrame)
    assert result.scores is result.scores is table_in(result, "scores")
    assert (str(result), repr(result), result._repr_html_(), result.to_json()) == told


def test_who_changes_a_frame_changes_the_result():
    result = made()
    result.scores.loc[result.scores["score"] == "robinson_foulds", "value"] = 0.125
    assert result.value("robinson_foulds") == 0.125
    assert "0.125" in str(result)


def test_columns_and_frames_are_kept_when_copied_to_another_process():
    untouched, touched = made(), made()
    for name in ("scores", "per_class", "per_node"):
        getattr(touched, name)
        again = pickle.loads(pickle.dumps(untouched)), pickle.loads(pickle.dumps(touched))
        for result in again:
            pd.testing.assert_frame_equal(getattr(result, name), getattr(touched, name))


def test_a_frame_may_be_given_as_well():
    first = made()
    fields = {field.name: getattr(first, field.name) for field in dataclasses.fields(first)}
    assert ht.Comparison(**fields).scores is first.scores
    with pytest.raises(ht.OptionError, match="scores must be a DataFrame or a Table; got 3"):
        ht.Comparison(**(fields | {"scores": 3}))


@pytest.mark.parametrize(
    ("kind", "value"), [("int64", None), ("int64", 0.5), ("Int64", 2**63), ("Int64", 1.5)]
)
def test_whole_numbers_of_a_file_are_whole(kind, value):
    held = {"t": {"columns": {"n": [1, value]}, "dtypes": {"n": kind}}}
    with pytest.raises(ht.FileFormatError, match="its column 't', 'n' must hold whole numbers"):
        table_from_json(held, "t")
