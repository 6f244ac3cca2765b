"""Evaluations as text, notebook fragments and reports."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import hiertools as ht
from hiertools import Predictions, evaluate

NAMES = ("<lynx>", "wolf", "newt & co")
TREE = ht.ClassTree.from_newick("(('<lynx>',wolf)mammal,'newt & co');")


@pytest.fixture(scope="module")
def result():
    p = np.array([[0.6, 0.3, 0.1], [0.5, 0.3, 0.2], [0.1, 0.3, 0.6], [0.2, 0.7, 0.1]])
    made = Predictions([0, 1, 2, 2], p, NAMES, embeddings=np.eye(4), score_kind="probability")
    return evaluate(made, TREE, n_bootstrap=20, hs_k=(1, 3))


def test_text_opens_with_the_most_telling_numbers(result):
    text = str(result)
    assert text.startswith("Right for 50.0 % of 4 samples; a mistake lies 2.50 from the truth")
    assert "newt & co -> wolf: 1 time, distance 3" in text
    assert "average_hierarchical_cost" in text


def test_html_escapes_names(result):
    html = result._repr_html_()
    assert "&lt;lynx&gt;" in html
    assert "<lynx>" not in html
    assert "newt &amp; co" in html


def test_report_is_one_page_and_fetches_nothing(result, tmp_path):
    result.to_html(tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    for heading in ("Costliest confusions", "Groups of the tree", "Calibration", "Settings"):
        assert heading in page
    assert "<lynx>" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<script") == 2  # data, and what explores them


def test_intervals_are_called_by_their_level(result, tmp_path):
    made = Predictions([0, 1, 2, 2], classes=NAMES, ranked=[0, 2, 2, 1])
    wide = evaluate(made, TREE, k=1, n_bootstrap=20, confidence_level=0.9)
    both = evaluate({"a": made, "b": made}, TREE, k=1, n_bootstrap=20, confidence_level=0.9)
    for found, heading in ((result, "95 % interval"), (wide, "90 % interval")):
        found.to_html(tmp_path / "r.html")
        page = (tmp_path / "r.html").read_text(encoding="utf-8")
        for told in (str(found), found._repr_html_(), page):
            assert told.count("% interval") == told.count(heading) == 1
        again = ht.Evaluation.from_json(found.to_json())
        assert heading in str(again)
    for drawn in (wide.plot.scores().figure, both.plot.scores()):
        names = {text.get_text() for legend in drawn.legends for text in legend.get_texts()}
        assert "90 % interval" in names
        plt.close(drawn)


def test_set_views(result, tmp_path):
    labels = [0, 1, 2, 2]
    a = Predictions(labels, classes=NAMES, ranked=[0, 1, 2, 2])
    b = Predictions(labels, classes=NAMES, ranked=[1, 2, 0, 0])
    both = evaluate({"a": a, "b": b}, TREE, k=1, n_bootstrap=20)
    assert "No difference between models holds" in str(both)
    assert "&lt;" not in str(both)
    assert "<table>" in both._repr_html_()
    both.to_html(tmp_path / "s.html")
    assert "b: costliest confusions" in (tmp_path / "s.html").read_text(encoding="utf-8")
    perfect = evaluate(a, TREE, intervals=False)
    perfect.to_html(tmp_path / "p.html")
    assert "no mistakes" in (tmp_path / "p.html").read_text(encoding="utf-8")


def test_unknown_model_is_named():
    a = Predictions([0], classes=NAMES, ranked=[0])
    both = evaluate({"a": a, "b": a}, TREE, intervals=False)
    with pytest.raises(ht.OptionError, match="models has no option 'c'; valid ones: 'a', 'b'"):
        both["c"]
