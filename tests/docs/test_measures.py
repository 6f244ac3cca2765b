"""Every score has what its page needs: `docs/site/measures.toml` goes by the registries."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from hiertools.comparison.scores.registry import SCORES
from hiertools.evaluation.scores import EVALUATION_SCORES
from hiertools.treedist import METHODS

SITE = Path(__file__).parents[2] / "docs" / "site"


@pytest.fixture(scope="module")
def measures():
    sys.path.insert(0, str(SITE))
    try:
        import measures
    finally:
        sys.path.remove(str(SITE))
    return measures


def test_every_score_has_a_page_and_no_page_is_left_over(measures):
    notes = tomllib.loads((SITE / "measures.toml").read_text(encoding="utf-8"))
    assert notes["compare"].keys() == SCORES.keys() | METHODS.keys()
    assert notes["evaluate"].keys() == EVALUATION_SCORES.keys()
    pages = [measure.page for measure in measures.measures()]
    assert len(pages) == len(set(pages)) == len(notes["compare"]) + len(notes["evaluate"])
    for facts in [*notes["compare"].values(), *notes["evaluate"].values()]:
        assert facts.keys() <= {"formula", "where", "rewards", "ignores", "cost", "further"}
        assert facts.keys() >= {"formula", "rewards", "ignores"}


def test_a_page_says_what_the_registry_and_a_small_model_say(measures):
    import cases

    comparisons = cases.comparisons(permutations=9, only=["right"])
    (measure,) = (each for each in measures.measures() if each.page == "compare-triplet")
    page = measures.page(measure, comparisons)
    assert SCORES["triplet"].meaning in page
    assert "https://doi.org/10.1093/bioinformatics/btu157" in page
    assert "<b>right</b><div><span></span> 0.000" in page  # it refines the taxonomy
    assert "| ceiling | none is known |" in page
