"""How figures write names: in any script, as text in SVG, and quietly."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest
from matplotlib.text import Text

import hiertools as ht
from hiertools.plots import figures
from hiertools.plots.dendrogram import dendrogram
from hiertools.plots.scores import forest

NOWHERE = "\U00030000\U00030001"
"""Characters that no font that matplotlib brings along has."""


@pytest.fixture(autouse=True)
def only_matplotlibs_fonts(monkeypatch):
    monkeypatch.setattr(figures, "wide_fonts", lambda: ["DejaVu Sans", "STIXGeneral"])


def test_texts_get_the_fonts_that_have_their_characters():
    texts = [Text(0, 0, name, fontfamily=["cmr10"]) for name in ("wolf", "Ω-wolf", f"Ω{NOWHERE}")]
    assert figures.find_fonts(texts) == NOWHERE
    assert [text.get_fontfamily() for text in texts] == [
        ["cmr10"], ["cmr10", "DejaVu Sans"], ["cmr10", "DejaVu Sans"],
    ]  # fmt: skip
    assert figures.find_fonts(texts[:2]) == ""


def test_one_note_tells_what_no_font_has(tmp_path):
    figure = dendrogram(ht.ClassTree.from_newick(f"((a,{NOWHERE}),(c,d));")).figure
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        figure.savefig(tmp_path / "drawn.svg", bbox_inches="tight")
        assert not caught  # its text is text, drawn with the fonts of who reads it
        for ending in ("png", "pdf", "svg", "png"):
            figure.savefig(tmp_path / f"drawn.{ending}", bbox_inches="tight")
    (note,) = caught
    assert "2 characters of the names drawn" in str(note.message)
    assert note.category is ht.HiertoolsWarning
    assert note.filename == __file__


def test_text_in_svg_stays_text(tmp_path):
    for drawn in (
        dendrogram(ht.ClassTree.from_newick("((a,Größe),(c,d));")).figure,
        forest(pd.DataFrame({"model": ["Größe", "b"], "score": "triplet", "value": [0.3, 0.6]})),
    ):
        drawn.savefig(tmp_path / "drawn.svg")
        assert ">Größe</text>" in (tmp_path / "drawn.svg").read_text(encoding="utf-8")
