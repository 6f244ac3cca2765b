"""What notebooks show of data."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

import hiertools as ht

HOSTILE = ["<script>alert(1)</script>", "a&b", "two\nlines", "x" * 300]


class Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.add(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def things(classes):
    n = len(classes)
    rng = np.random.default_rng(0)
    reps = ht.ClassRepresentatives(rng.normal(size=(n, 9)), classes)
    yield reps
    yield ht.distances(reps)
    yield ht.Predictions([0, 1], rng.normal(size=(2, n)), classes)
    yield ht.Predictions(classes[:2], classes=classes, ranked=classes[1:3])
    yield ht.Predictions([0, 1], classes=classes, embeddings=np.eye(2))


@pytest.mark.parametrize("classes", [HOSTILE, [f"c{i}" for i in range(40)]])
def test_summaries_are_small_and_hold_names_as_text(classes):
    for thing in things(classes):
        html = thing._repr_html_()
        parser = Balanced()
        parser.feed(html)
        assert parser.open == []
        assert parser.seen <= {"div", "b", "table", "thead", "tbody", "tr", "th", "td"}
        assert len(html) < 20_000
        assert "\n" not in html


def test_a_summary_tells_what_it_leaves_out():
    reps, distances, *_ = things([f"c{i}" for i in range(40)])
    assert "… 32 more classes" in reps._repr_html_()
    html = distances._repr_html_()
    assert f"{distances.square()[0, 1]:.3g}" in html
    assert html.count("rgba(") == 8 * 7  # none on the diagonal


def test_a_consensus_shows_its_tree():
    tree = ht.ClassTree.from_newick("((a,b),(c,d));")
    assert "<summary>" in ht.consensus([tree, tree])._repr_html_()
