"""A tree as an outline that folds."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import hiertools as ht
from hiertools.trees.outline import outline_html


class Balanced(HTMLParser):
    """Collects text, and refuses tags that don't close."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data.strip())


def parsed(tree, most=300):
    parser = Balanced()
    parser.feed(outline_html(tree, most))
    assert parser.open == []
    return parser.text


def test_every_class_is_told_once_as_it_is_called():
    names = ["<b>lynx</b>", "a & b", "two\nlines", "newt"]
    lineages = {name: ("<script>", name) for name in names[:3]} | {"newt": ("newt",)}
    tree = ht.ClassTree.from_lineages(lineages)
    text = "|".join(parsed(tree))
    assert "<script> (3)|" in text
    for name in ("<b>lynx</b>", "a & b", r"two\nlines", "newt"):
        assert text.count(name) == 1
    assert "<script>" not in outline_html(tree)
    assert outline_html(tree) == tree._repr_html_()


def test_what_has_no_room_is_counted():
    tree = ht.ClassTree.from_lineages({f"c{i:03}": f"g{i % 7}/c{i:03}" for i in range(500)})
    text = parsed(tree, 50)
    shown = [t for t in text if re.fullmatch(r"c\d{3}", t)]
    left = [int(re.search(r"\((\d+) classes\)", t)[1]) for t in text if t.startswith("…")]
    assert len(shown) + sum(left) == 500
    assert len(shown) == 50 - 1 - 7


def test_a_deep_tree_and_a_single_class_are_told():
    deep = ht.ClassTree([-1, *range(5000)], ["end"], [5000])
    assert parsed(deep)[-1] == "… 1 more (1 classes)"
    assert "only" in parsed(ht.ClassTree([-1, 0], ["only"], [1]))
