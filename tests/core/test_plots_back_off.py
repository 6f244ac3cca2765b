"""Accuracy over specificity: what is drawn of a rule that backs off."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools import decisions
from hiertools.plots.back_off import accuracy_specificity

TREE = ht.ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);")
RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 4, 60)
SURE = np.eye(4)[LABELS] + RNG.random((60, 4))
P = SURE / SURE.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def rule():
    names = np.array(TREE.classes)[LABELS]
    return decisions.BackOff(TREE, TREE.classes, accuracy=0.95).fit(P, names)


def test_the_curve_is_drawn_with_the_threshold_that_was_chosen(rule):
    ax = rule.plot.curve()
    line, first, star, *_ = ax.get_lines()
    assert np.array_equal(line.get_xdata(), rule.curve_["specificity"])
    assert np.array_equal(line.get_ydata(), rule.curve_["accuracy"])
    assert first.get_xdata().tolist() == [1.0]
    assert star.get_ydata()[0] >= 0.95
    assert f"threshold {rule.parameter_:g}" in [t.get_text() for t in ax.texts]
    assert repr(rule.plot) == "plots: .curve()"


def test_several_models_are_told_apart_by_their_names(rule):
    ax = accuracy_specificity({"$a$": rule.curve_, "_b": rule.curve_})
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["$a$", "_b"]


def test_what_is_no_curve_is_refused():
    for curves in ({}, pd.DataFrame({"specificity": [], "accuracy": []})):
        with pytest.raises(ht.OptionError, match="no curve to draw"):
            accuracy_specificity(curves)
    with pytest.raises(ht.OptionError, match="lacks the column"):
        accuracy_specificity(pd.DataFrame({"specificity": [1.0]}))
    with pytest.raises(ht.OptionError, match="no threshold yet"):
        decisions.BackOff(TREE).plot  # noqa: B018
