"""Searches as JSON: they come back as they were, and what is damaged is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_retrieval_models import TREE, two

import hiertools as ht
from hiertools.cli import run

MODELS, GALLERY = two(20, 8, shown=24)
SET = ht.evaluate_retrieval(MODELS, TREE, GALLERY, permutations=99, confidence_level=0.9)
ONE = SET["x"]


def assert_same(again, found):
    pd.testing.assert_frame_equal(again.scores, found.scores)
    pd.testing.assert_frame_equal(again.per_query, found.per_query)
    assert again.notes == found.notes
    assert (str(again), repr(again)) == (str(found), repr(found))


def test_a_search_comes_back(tmp_path):
    text = ONE.to_json(tmp_path / "one.json")
    for source in (text, tmp_path / "one.json"):
        again = ht.read_result(source)
        assert isinstance(again, ht.Retrieval)
        assert_same(again, ONE)
        assert again.confidence_level == 0.9
        assert again.to_json() == text
    assert_same(ht.Retrieval.from_json(text), ONE)
    again.to_html(tmp_path / "again.html")
    ONE.to_html(tmp_path / "one.html")
    pages = [(tmp_path / name).read_text("utf-8") for name in ("again.html", "one.html")]
    assert pages[0] == pages[1]


def test_several_come_back(tmp_path):
    text = SET.to_json(tmp_path / "set.json")
    again = ht.read_result(tmp_path / "set.json")
    assert isinstance(again, ht.RetrievalSet)
    assert_same(again, SET)
    pd.testing.assert_frame_equal(again.differences, SET.differences)
    for model in SET:
        assert_same(again[model], SET[model])
    assert again.to_json() == text
    assert again.value("map_at_r", level=0, model="y") == SET["y"].value("map_at_r", level=0)
    alone = ht.evaluate_retrieval({"x": MODELS["x"]}, TREE, intervals=False)
    assert_same(ht.RetrievalSet.from_json(alone.to_json()), alone)


def test_what_is_undefined_comes_back():
    lonely = {"labels": ["a", "b"], "classes": TREE.classes[:2], "embeddings": np.eye(2)}
    tree = ht.ClassTree.from_lineages({"a": "v/a", "b": "w/b"}, ranks=("genus", "species"))
    found = ht.evaluate_retrieval({**lonely, "classes": ["a", "b"]}, tree)
    assert found.scores["value"].isna().all()
    assert_same(ht.read_result(found.to_json()), found)


def test_they_are_drawn_and_put_side_by_side():
    levels = ONE.scores["level"].nunique()
    assert len(ONE.plot.levels().get_xticks()) == levels
    assert len(SET.plot.levels().axes) == 2
    assert repr(SET.plot) == "plots: .levels()"
    table = SET.table
    assert list(table) == ["score", "level", "rank", "k", "x", "y"]
    assert len(table) == len(ONE.scores)
    assert set(ONE.scores["better"]) == {"higher"}


def changed(result, **changes):
    held = json.loads(result.to_json())
    for path, value in changes.items():
        at = held
        *way, last = path.split("__")
        for name in way:
            at = at[name]
        if value is None:
            del at[last]
        else:
            at[last] = value
    return json.dumps(held)


NOT_TEXT = [3] * len(ONE.scores)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (lambda: changed(ONE, scores=None), "lacks 'scores'"),
        (lambda: changed(ONE, notes=[1]), "'notes' must hold nothing but text"),
        (lambda: changed(ONE, scores__columns__value=None), "'scores' lacks 'value'"),
        (lambda: changed(ONE, scores__columns__score=NOT_TEXT), "'scores', 'score' must hold text"),
        (lambda: changed(ONE, scores__columns__value=[0.5]), "different lengths"),
        (
            lambda: changed(ONE, scores__columns__value=["x"] * len(ONE.scores)),
            "of type float64 holds 'x'",
        ),
        (lambda: changed(ONE, per_query__columns__label=None), "'per_query' lacks 'label'"),
        (lambda: changed(ONE, per_query__dtypes__ndcg="text"), "'ndcg' must hold numbers"),
        (lambda: changed(ONE, confidence_level=2.0), "must lie between 0 and 1, not 2"),
        (lambda: changed(SET, retrievals={}), "it holds no models"),
        (lambda: changed(SET, retrievals__x=3), "it must be an object, not int"),
        (lambda: changed(SET, differences=None), "lacks 'differences'"),
        (lambda: changed(ONE, hiertools="retrieval set"), "lacks 'retrievals'"),
    ],
)
def test_what_is_damaged_is_refused(text, message):
    with pytest.raises(ht.FileFormatError, match=message):
        ht.read_result(text())


def test_the_command_line_saves_shows_and_reports(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in MODELS:
        ht.Predictions(**MODELS[name]).save(f"{name}.npz")
        ht.Predictions(**GALLERY[name]).save(f"shown_{name}.npz")
    ht.write_tree(TREE, "tree.nwk")
    one = ["search", "x.npz", "tree.nwk", "--gallery", "shown_x.npz", "--no-intervals"]
    assert run([*one, "--save", "one.json", "--json"]) == 0
    told = capsys.readouterr().out
    assert json.loads(told) == json.loads(Path("one.json").read_text("utf-8"))
    several = ["search", "x=x.npz", "y=y.npz", "tree.nwk", "--no-intervals", "--save", "set.json"]
    assert run(several) == 0
    for name in ("one", "set"):
        assert run(["show", f"{name}.json"]) == 0
        assert "map_at_r" in capsys.readouterr().out
        assert run(["report", f"{name}.json"]) == 0
        assert "<h2>Scores</h2>" in Path(f"{name}.html").read_text("utf-8")
        assert run(["show", f"{name}.json", "--fail-under", "ndcg=1.1"]) == 1
        assert "ndcg" in capsys.readouterr().err
    assert run([*one, "--save", "x.npz"]) == 2
    assert "x.npz" in capsys.readouterr().err
