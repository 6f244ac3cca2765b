"""Words that depend on numbers change exactly at the bounds that are told."""

import math

import pandas as pd
import pytest

from hiertools.reporting.text import level_rows
from hiertools.reporting.verdict import set_verdict, verdict

NAN = math.nan


def row(**changes):
    held = {
        "score": "classwise_correlation",
        "level": None,
        "value": 0.5,
        "chance": 0.0,
        "p_value": 0.001,
        "n_permutations": 999,
        "ceiling": NAN,
        "n_classes": 12,
    }
    return pd.DataFrame([held | changes])


@pytest.mark.parametrize(
    ("value", "chance", "ceiling", "word"),
    [
        (0.0999, 0.0, 1.0, "slightly"),
        (0.1, 0.0, 1.0, "moderately"),
        (0.2999, 0.0, 1.0, "moderately"),
        (0.3, 0.0, 1.0, "clearly"),
        (0.5999, 0.0, 1.0, "clearly"),
        (0.6, 0.0, 1.0, "closely"),
        (1.0, 0.0, 1.0, "closely"),
        # What counts is the way from chance to the best attainable value.
        (0.75, 0.5, 1.0, "clearly"),
        (0.75, 0.5, NAN, "clearly"),
        (0.6, 0.0, NAN, "closely"),
        (0.55, 0.5, 0.75, "moderately"),
        (0.25, 0.0, 0.5, "clearly"),
        (0.45, 0.25, 0.5, "closely"),
        (0.25, -0.5, 1.0, "clearly"),
        (0.5, 0.5, 0.5, "slightly"),
        (0.7, 0.6, 0.5, "slightly"),
    ],
)
def test_the_word_is_that_of_the_share_of_what_is_attainable(value, chance, ceiling, word):
    told = verdict(row(value=value, chance=chance, ceiling=ceiling), "Mine")
    assert told.startswith(f"Mine's arrangement of 12 classes {word} follows the tree: ")
    assert f" {value:.3f}, where shuffled names give {chance:.3f} (p = 0.001)" in told
    limit = f" and no arrangement could exceed {ceiling:.3f}."
    assert told.endswith(limit if ceiling < 1 else "(p = 0.001).")


@pytest.mark.parametrize(
    ("p_value", "shuffles", "part"),
    [
        (0.05, 19, "clearly follows the tree"),
        (0.0501, 999, "follows the tree no more than chance would"),
        (0.0501, None, "follows the tree no more than chance would"),
        # Nineteen shuffles are the fewest whose p can be 0.05.
        (0.1, 19, "follows the tree no more than chance would"),
        (0.1, 18, "; 18 shuffles are too few to tell."),
        (NAN, 0, "0.500 (chance not computed)."),
    ],
)
def test_what_p_says(p_value, shuffles, part):
    assert part in verdict(row(p_value=p_value, n_permutations=shuffles))


def test_which_row_leads():
    both = pd.concat([row(score="elementwise_correlation", value=0.2), row(value=0.5)])
    assert "class by class, rank correlation of model and tree distances 0.500" in verdict(both)
    assert ": rank correlation of model and tree distances 0.200" in verdict(both.iloc[:1])
    undefined = pd.concat([both.iloc[:1], row(value=NAN)])
    assert ": rank correlation of model and tree distances 0.200" in verdict(undefined)
    assert verdict(row(level=0)) == ""
    assert "arrangement classes" in verdict(row(n_classes=NAN))
    assert verdict(row(score="accuracy")) == ""


def test_models_are_told_from_the_closest():
    scores = pd.concat(
        [row(model=m, value=v, chance=0.25) for m, v in (("a", 0.1), ("b", 0.7), ("c", NAN))]
        + [row(model="a", score="elementwise_correlation", value=0.9)]
    )
    assert set_verdict(scores) == (
        "Of 2 models, b follows the tree most closely: class by class, rank correlation of model "
        "and tree distances 0.700 (b), 0.100 (a), where shuffled names give 0.250."
    )
    both = pd.concat([row(model="a", value=0.1, chance=0.2), row(model="b", chance=0.3)])
    assert set_verdict(both).endswith("shuffled names give 0.300.")  # that of the closest
    assert set_verdict(row(model="a", chance=NAN)).endswith("distances 0.500 (a).")
    assert set_verdict(row(model="a", value=NAN)) == ""
    assert set_verdict(row(model="a", score="accuracy")) == ""


@pytest.mark.parametrize(
    ("p_value", "star"), [(0.049, "*"), (0.05, "*"), (0.0501, " "), (NAN, " ")]
)
def test_a_star_stands_where_p_is_at_most_a_twentieth(p_value, star):
    table = level_rows(row(score="precision_at_1", level=1, p_value=p_value, chance=0.25))
    assert table.to_dict("records") == [{"level": "1", "precision_at_1": f"0.500{star} (0.250)"}]
