"""Text and HTML views: aligned, complete, escaped."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools._core.wording import number, p_text
from hiertools.reporting import comparison_report
from hiertools.reporting.classes import best_and_worst, classes_table
from hiertools.reporting.html import scores_html, table_html
from hiertools.reporting.page import Section, facts_html, page
from hiertools.reporting.parts import Text, TextTable
from hiertools.reporting.sets import difference_sentences
from hiertools.reporting.text import scores_parts
from hiertools.reporting.verdict import verdict


class Balanced(HTMLParser):
    """Checks that every element is closed in order."""

    VOID = frozenset({"meta", "br", "link", "img", "hr", "input"})

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def check_html(text):
    parser = Balanced()
    parser.feed(text)
    parser.close()
    assert parser.open == []


def frame(**changes):
    rows = {
        "score": ["elementwise_correlation", "r_precision", "r_precision"],
        "level": pd.array([None, 0, 1], dtype="Int64"),
        "k": pd.array([None, None, None], dtype="Int64"),
        "value": [0.5, 0.75, np.nan],
        "chance": [0.0, 0.25, np.nan],
        "p_value": [0.001, 0.2, np.nan],
        "n_permutations": [999, 99, 0],
        "adjusted": [0.5, 0.6, np.nan],
        "ceiling": [0.9, 1.0, np.nan],
        "ci_low": [0.4, np.nan, np.nan],
        "ci_high": [0.6, np.nan, np.nan],
        "better": ["higher"] * 3,
        "n_classes": [10, 10, 10],
        "note": ["", "", "no class has company"],
    }
    return pd.DataFrame(rows | changes)


def told(scores, notes=()):
    return str(Text(*scores_parts(scores, notes)))


def test_text_holds_every_number_and_note():
    text = told(frame(), notes=["2 classes were left out"])
    assert re.search(r"elementwise_correlation +0\.500 +0\.000 +0\.001 .*\[0\.400, 0\.600\]", text)
    assert "0.750  (0.250)" in text
    assert "r_precision, level 1: undefined; no class has company" in text
    assert "2 classes were left out" in text
    assert "shuffled 999 times (99 times: r_precision)" in text


def test_columns_that_say_nothing_are_left_out():
    bare = frame(chance=np.nan, p_value=np.nan, ci_low=np.nan, ci_high=np.nan, n_permutations=0)
    assert told(bare).splitlines()[0].split() == [
        "score", "value", "adjusted", "attainable", "better",
    ]  # fmt: skip
    assert "shuffled" not in told(bare)


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="ascii", exclude_categories=["C"])), st.floats()),
        min_size=1,
        max_size=6,
    )
)
@settings(deadline=None, max_examples=40)
def test_table_columns_align(rows):
    table = {"name": [a for a, _ in rows], "x": [f"<{number(b)}>" for _, b in rows]}
    lines = str(TextTable(table)).splitlines()
    assert len(lines) == len(rows) + 1
    ends = {len(line) for line in lines[1:]}
    starts = {line.rindex("<") for line in lines[1:]}
    assert len(ends) == 1 or len(starts) == 1


@pytest.mark.parametrize("value", [0.0001, 0.001, 0.0101, 0.049, 0.05, 0.5, 1.0])
def test_p_is_never_shown_as_zero(value):
    assert float(p_text(value)) == pytest.approx(value, rel=0.1)


def test_html_escapes_what_data_holds():
    evil = "<script>alert('x')</script>"
    html = scores_html(frame(score=[evil] * 3, note=[evil] * 3), title=evil, notes=[evil])
    check_html(html)
    assert "<script" not in html
    html = page(evil, evil, [Section(evil, evil, table_html(pd.DataFrame({evil: [evil]})))], evil)
    check_html(html)
    assert "<script" not in html


def test_html_has_all_texts_of_the_text_view():
    html = scores_html(frame())
    for part in ("0.500", "[0.400, 0.600]", "0.750", "no class has company"):
        assert part in html


def test_facts_show_nested_values():
    html = facts_html({"levels": [0, 1], "names": {"a": None}})
    assert "0, 1" in html
    assert "a=none" in html


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({}, "arrangement of 10 classes clearly follows the tree"),
        ({"value": [0.05, 0, 0]}, "slightly follows"),
        ({"value": [0.85, 0, 0]}, "closely follows"),
        ({"p_value": [0.3, 1, 1]}, "no more than chance would"),
        ({"p_value": [0.1, 1, 1], "n_permutations": [9, 9, 9]}, "9 shuffles are too few to tell"),
        ({"p_value": [np.nan] * 3}, "chance not computed"),
    ],
)
def test_verdict(changes, part):
    sentence = verdict(frame(**changes))
    assert part in sentence
    assert sentence.endswith(".")


def test_verdict_without_a_leading_score_is_empty():
    assert verdict(frame(score=["r_precision"] * 3)) == ""


def test_best_and_worst_never_overlap():
    table = pd.DataFrame(
        {
            "class": list("abcde"),
            "correlation": [0.1, 0.5, np.nan, 0.3, -0.2],
            "nearest": list("bcdea"),
            "nearest_tree_distance": [2.0] * 5,
        }
    )
    best, worst = best_and_worst(table, 5)
    assert [row["class"] for row in best] == ["b", "d"]
    assert [row["class"] for row in worst] == ["e", "a"]
    assert "Worst-fitting classes" in str(classes_table(table))


def test_no_difference_is_said():
    held = pd.DataFrame(
        {"score": ["a"], "level": [None], "k": [None], "model_a": ["x"], "model_b": ["y"],
         "difference": [0.1], "p_holm": [0.4], "test": ["t"], "better_model": ["x"]}
    )  # fmt: skip
    assert difference_sentences(held) == [
        "No difference between models holds among 1 tests (Holm)."
    ]
    held["p_holm"] = np.nan
    assert difference_sentences(held) == ["No difference between models could be tested."]


@pytest.fixture(scope="module")
def comparisons():
    rng = np.random.default_rng(1)
    tree = ht.ClassTree.from_newick("((a,b,c)x,(d,(e,f)w)y,(g,h)z);")
    group = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    models = {
        "good": np.eye(3)[group] + 0.1 * rng.normal(size=(8, 3)),
        "bad": rng.normal(size=(8, 3)),
    }
    models = {name: ht.ClassRepresentatives(v, list("abcdefgh")) for name, v in models.items()}
    return ht.compare(models, tree, permutations=49)


def test_views_of_real_results(comparisons):
    for result in (comparisons, comparisons["good"]):
        check_html(result._repr_html_())
        assert str(result)
        assert "\n" not in repr(result)


def test_reports_are_whole_and_fetch_nothing(comparisons, tmp_path):
    for result in (comparisons, comparisons["good"]):
        result.to_html(tmp_path / "report.html")
        text = (tmp_path / "report.html").read_text(encoding="utf-8")
        check_html(text)
        assert "<svg" in text
        assert not re.search(r"""(src|href)=["'](?!#|data:)""", text)
        scripts = re.findall(r"<script[^>]*>", text)
        assert scripts == ['<script type="application/json" id="data">', "<script>"]
        assert "prefers-color-scheme: dark" in text
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids))


def test_a_report_from_a_saved_result(comparisons, tmp_path):
    loaded = ht.Comparison.from_json(comparisons["good"].to_json())
    loaded.to_html(tmp_path / "report.html")
    assert "Distances</h2>" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_reports_of_evaluations(tmp_path):
    rng = np.random.default_rng(0)
    tree = ht.ClassTree.from_newick("((a,b,c)x,(d,e)y);")
    labels = np.arange(60) % 5
    embeddings = np.eye(5)[labels] + 0.3 * rng.normal(size=(60, 5))
    made = {
        name: ht.Predictions(
            labels,
            rng.dirichlet(np.ones(5), size=60),
            list("abcde"),
            score_kind="probability",
            embeddings=embeddings,
        )
        for name in ("one", "two")
    }
    several = ht.evaluate(made, tree, n_bootstrap=99, hs_k=(1, 10))
    for result in (several, several["one"]):
        result.to_html(tmp_path / "report.html")
        text = (tmp_path / "report.html").read_text(encoding="utf-8")
        check_html(text)
        assert "Costliest confusions" in text or "costliest confusions" in text
        assert "<svg" in text


def test_report_without_a_single_mistake(tmp_path):
    tree = ht.ClassTree.from_newick("((a,b),c);")
    perfect = ht.Predictions(list("abc"), classes=tree.classes, ranked=list("abc"))
    ht.evaluate(perfect, tree, intervals=False).to_html(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "no mistakes" in text
    assert "Costliest" not in text


def test_set_verdict_names_the_closest(comparisons):
    from hiertools.reporting.verdict import set_verdict

    told = set_verdict(comparisons.scores, comparisons.differences)
    assert told.startswith("Of these two runs, one a model, ")
    assert told in comparison_report.set_page(comparisons)
    assert comparison_report.comparison_page(comparisons["good"]).count(" 8 classes") >= 2
    assert "- one run each: the tests are about these runs, on other classes" in str(comparisons)
    assert "these runs" in comparisons._repr_html_()
