"""The null of a score, drawn anew, and its histogram."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

import hiertools as ht
from hiertools.plots import style
from hiertools.plots.nulls import null_histogram

TREE = ht.ClassTree.from_newick("((a,b,c)x,(d,(e,f)w)y,(g,h)z);")
REPS = ht.ClassRepresentatives(
    np.random.default_rng(1).normal(size=(8, 3)).round(), list("abcdefgh")
)  # rounded, so that merges are tied


@pytest.mark.parametrize("settings", ["default", "paper"])
def test_a_null_drawn_anew_is_the_one_that_was_summed_up(settings):
    result = ht.compare(REPS, TREE, scores="all", permutations=9, intervals=False,
                        settings=settings)  # fmt: skip
    for row in result.scores.to_dict("records"):
        if not row["n_permutations"]:
            continue
        null = result.null(
            row["score"], *(None if pd.isna(row[x]) else row[x] for x in ("level", "k"))
        )
        found = ht.inference.summarise_null(row["value"], null, row["better"])
        told = [row[name] for name in ("chance", "z", "p_value", "n_permutations")]
        drawn = [found.chance, found.z, found.p_value, found.n_permutations]
        np.testing.assert_array_equal(np.array(drawn), np.array(told, dtype=float))


def test_what_has_no_null_is_said():
    result = ht.compare(REPS, TREE, permutations=0, intervals=False)
    with pytest.raises(ht.OptionError, match="permutations=0"):
        result.null("robinson_foulds")
    again = ht.Comparison.from_json(ht.compare(REPS, TREE, permutations=3).to_json())
    with pytest.raises(ht.OptionError, match="loaded from JSON"):
        again.plot.null()
    other = ht.ClassRepresentatives(np.random.default_rng(2).normal(size=(8, 3)), REPS.classes)
    models = ht.compare_models(REPS, other, permutations=9)
    with pytest.raises(ht.OptionError, match="can't be drawn anew"):
        models.null("elementwise_correlation")


@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize("decimals", [0, 8])
def test_bars_hold_every_relabelling_and_colour_those_as_good(better, decimals):
    null = np.append(np.random.default_rng(0).normal(size=999).round(decimals), np.nan)
    ax = null_histogram(null, 1.0, better=better)
    bars = ax.patches
    assert sum(bar.get_height() for bar in bars) == 999
    as_good = null >= 1.0 if better == "higher" else null <= 1.0
    good = [bar.get_height() for bar in bars if to_hex(bar.get_facecolor()) == style.PALETTE[1]]
    assert sum(good) == as_good.sum() > 0


@pytest.mark.parametrize("null", [[0.5] * 7, np.linspace(0, 1e-6, 50), np.linspace(0, 1, 50)])
def test_a_null_far_away_is_wide_enough_to_be_seen(null):
    ax = null_histogram(null, 9.0)
    assert sum(bar.get_height() for bar in ax.patches) == len(null)
    low, high = ax.get_xlim()
    assert min(bar.get_width() for bar in ax.patches) > (high - low) / 150
    assert low < min(null) < 9 < high


def test_an_undefined_score_has_no_histogram():
    for null, value in (([np.nan], 0.5), ([0.5], np.nan), ([], 0.5)):
        with pytest.raises(ht.OptionError, match="no observed score and null"):
            null_histogram(null, value)


def test_models_side_by_side_all_stay_in_view():
    rng = np.random.default_rng(3)
    good = np.eye(3)[[0, 0, 0, 1, 1, 1, 2, 2]] + 0.01 * rng.normal(size=(8, 3))
    models = {
        "good": ht.ClassRepresentatives(good, REPS.classes),
        "bad": ht.ClassRepresentatives(rng.normal(size=(8, 3)), REPS.classes),
    }
    result = ht.compare(models, TREE, permutations=19, intervals=False)
    figure = result.plot.null()
    low, high = figure.axes[0].get_xlim()
    for model, ax in zip(result.models, figure.axes, strict=True):
        assert ax.get_xlim() == (low, high)
        assert low < result.value("classwise_correlation", model=model) < high
        assert max(bar.get_height() for bar in ax.patches) < ax.get_ylim()[1]
