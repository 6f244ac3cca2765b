"""Limits hold or are told; changes since a saved result are judged by each score's direction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools.results.changes import Limit, broken_limits, changes


def scores(value=0.5, better="higher"):
    return pd.DataFrame(
        {
            "score": ["accuracy", "accuracy", "top_k_accuracy"],
            "level": pd.array([None, 0, None], dtype="Int64"),
            "k": pd.array([None, None, 5], dtype="Int64"),
            "value": [value, 0.9, np.nan],
            "better": [better] * 3,
        }
    )


@given(st.floats(-2, 2), st.floats(-2, 2), st.sampled_from(["higher", "lower"]))
@settings(deadline=None, max_examples=60)
def test_a_limit_is_the_worst_value_accepted(value, limit, better):
    holds = value >= limit if better == "higher" else value <= limit
    assert (broken_limits(scores(value, better), [Limit("accuracy", limit)]) == []) == holds


def test_rows_are_found_by_level_and_k():
    held = scores()
    assert broken_limits(held, [Limit.parse("accuracy,level=0=0.9")]) == []
    assert broken_limits(held, [Limit.parse("accuracy@0=0.95")]) == [
        "accuracy@0 is 0.9, below its limit 0.95."
    ]
    assert "undefined" in broken_limits(held, [Limit.parse("top_k_accuracy@5=0.1")])[0]


@pytest.mark.parametrize(
    "text", ["accuracy", "=1", "accuracy=high", "a,depth=1=2", "a,k=x=1", "a=nan"]
)
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(ht.OptionError, match="a limit reads NAME=VALUE"):
        Limit.parse(text)


def test_rows_that_do_not_exist_are_refused():
    with pytest.raises(ht.OptionError, match="Did you mean 'accuracy'"):
        broken_limits(scores(), [Limit("acuracy", 1.0)])
    with pytest.raises(ht.OptionError, match="it has 'top_k_accuracy, k=5'"):
        broken_limits(scores(), [Limit("top_k_accuracy", 1.0, k=3)])


@pytest.mark.parametrize(("better", "verdict"), [("higher", "better"), ("lower", "worse")])
def test_changes_follow_the_direction(better, verdict):
    moved = changes(scores(0.5, better), scores(0.75, better))
    assert moved["verdict"].tolist() == [verdict, "same", "same"]
    assert moved["change"].tolist()[0] == 0.25


def test_rows_of_one_result_only():
    moved = changes(scores().iloc[:2], scores().iloc[1:])
    assert sorted(moved["verdict"]) == ["gone", "new", "same"]


@pytest.mark.parametrize(
    ("text", "limit", "label"),
    [
        ("a=0.5", Limit("a", 0.5), "a"),
        ("a, k=5 =0.5", Limit("a", 0.5, k=5), "a, k=5"),
        ("a,level=2=0.5", Limit("a", 0.5, level=2), "a, level 2"),
        ("a,level=family,k=1=-1e3", Limit("a", -1000.0, "family", 1), "a, level family, k=1"),
        ("a,level=x=y=1", Limit("a", 1.0, "x=y"), "a, level x=y"),  # whatever a rank is called
        ("a@3=inf", Limit("a", np.inf, at=3), "a@3"),
    ],
)
def test_each_part_of_a_limit(text, limit, label):
    assert Limit.parse(text) == limit
    assert str(limit) == label


def test_the_place_of_a_limit_is_its_level_or_its_k():
    held = scores(0.5)
    assert (
        broken_limits(held, [Limit("accuracy", 0.8, at=0), Limit("accuracy", 0.8, level=0)]) == []
    )
    assert broken_limits(held, [Limit("accuracy", 0.5)]) == []
    with pytest.raises(ht.OptionError, match="no row for the limit 'accuracy@1'"):
        broken_limits(held, [Limit("accuracy", 0.8, at=1)])
    told = broken_limits(held, [Limit("accuracy", 1 / 3, level=0), Limit("accuracy", 2 / 3)])
    assert told == ["accuracy is 0.5, below its limit 0.666667."]
    assert changes(held, held)["k"].dtype == "Int64"


def test_a_score_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(ht.OptionError, match="limit has no option 'accurcy'"):
        broken_limits(scores(), [Limit("accurcy", 0.5)])


def test_a_rank_may_be_called_by_a_number():
    held = scores().assign(rank=pd.array([None, "7", None], dtype="string"))
    assert broken_limits(held, [Limit.parse("accuracy,level=7=0.8")]) == []
    assert broken_limits(held, [Limit.parse("accuracy,level=7=0.95")]) != []
