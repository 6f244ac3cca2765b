"""Series and sweeps: DataFrames whose ``plot`` draws their scores."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools.comparison.score_frames import ScoreSeries, ScoreSweep
from hiertools.plots.series import score_curves

TREE = ht.ClassTree.from_newick("((a,b,c)x,(d,(e,f)w)y,(g,h)z);")


def vectors(noise: float) -> ht.ClassRepresentatives:
    rng = np.random.default_rng(1)
    own = np.eye(3)[[0, 0, 0, 1, 1, 1, 2, 2]]
    return ht.ClassRepresentatives(own + noise * rng.normal(size=(8, 3)), TREE.classes)


@pytest.fixture(scope="module")
def series():
    return ht.compare_series({1: vectors(3.0), 5: vectors(0.3), 20: vectors(0.1)}, TREE,
                             permutations=9)  # fmt: skip


@pytest.fixture(scope="module")
def swept():
    return ht.sweep(vectors(0.3), TREE, linkages=["average", "ward"])


def test_curves_stand_where_their_steps_are(series):
    ax = series.plot.curves(scores=["elementwise_correlation"])
    drawn = ax.get_lines()[1]
    rows = series[series["score"] == "elementwise_correlation"]
    assert drawn.get_xdata().tolist() == [1, 5, 20]
    assert np.allclose(drawn.get_ydata(), rows["value"])
    assert np.allclose(ax.get_lines()[0].get_ydata(), rows["chance"])


def test_steps_that_are_no_numbers_are_drawn_in_their_order(series):
    named = series.assign(step=series["step"].map({1: "start", 5: "$mid$", 20: "end"}))
    ax = named.plot.curves()
    assert [t.get_text() for t in ax.get_xticklabels()] == ["start", "$mid$", "end"]
    assert len(ax.get_legend().get_texts()) == 4


def test_levels_are_curves_of_their_own(series):
    ax = series.plot.curves(scores=["map_at_r"])
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        "MAP@R, level 0", "MAP@R, level 1",
    ]  # fmt: skip


@pytest.mark.parametrize("names", [[], ["nix"], "triplet", ["robinson_foulds_raw"] * 9])
def test_unknown_scores_are_refused(series, names):
    with pytest.raises(ht.OptionError, match="names must be one to eight scores"):
        score_curves(series, names=names)


def test_more_curves_than_colours_are_refused(series):
    many = pd.concat([series.assign(k=k) for k in range(13)])
    with pytest.raises(ht.OptionError, match="more than there are colours, 12"):
        score_curves(many, names=["elementwise_correlation"])


def test_a_sweep_has_a_mark_for_each_metric_that_its_linkage_can_take(swept):
    ax = swept.plot.scores(scores=["robinson_foulds"]).axes[0]
    marks = [line for line in ax.get_lines() if line.get_marker() != "None"]
    of = swept[swept["score"] == "robinson_foulds"]
    assert [len(line.get_xdata()) for line in marks] == of.groupby("metric", sort=False)[
        "value"
    ].count().tolist()
    assert [t.get_text() for t in ax.get_yticklabels()] == ["average", "ward"]


@pytest.mark.parametrize(("name", "kind"), [("series", ScoreSeries), ("swept", ScoreSweep)])
def test_frames_stay_frames(name, kind, request):
    frame = request.getfixturevalue(name)
    assert type(frame[frame["value"] > 0]) is type(pickle.loads(pickle.dumps(frame))) is kind
    pd.testing.assert_frame_equal(frame, pd.DataFrame(frame))
    assert repr(frame.plot) in ("plots: .curves()", "plots: .scores()")
    wide = frame.pivot_table(index=frame.columns[0], columns="score", values="value")
    assert wide.plot.bar().get_legend() is not None  # pandas' own plots are still there


def test_a_consensus_tells_support_beside_its_taxonomy():
    runs = ["((a,b,c),((e,f),d),(g,h));", "((a,b),c,(d,(e,f)),(g,h));", "((a,b,c),(d,e),f,(g,h));"]
    found = ht.consensus([ht.ClassTree.from_newick(run) for run in runs])
    figure = found.plot.tanglegram(TREE)
    told = sorted(int(text.get_text()) for text in figure.axes[2].texts)
    assert told == sorted(round(100 * share) for share in found.clades().values())
    ax = found.plot.tree(TREE, level=0)
    inks = {t.get_text(): t.get_color() for t in ax.get_yticklabels()}
    assert inks["a"] == inks["b"] != inks["g"]
    assert sorted(int(t.get_text()) for t in ax.texts) == told
    bundled = found.plot.tree(TREE, most=4)
    assert "67" in [t.get_text() for t in bundled.texts]


def test_what_was_noted_on_the_results_stays_with_the_table(series, swept):
    tied = ht.ClassRepresentatives(np.eye(8)[[0, 0, 1, 2, 3, 4, 5, 6]], TREE.classes)
    mixed = ht.compare_series({1: vectors(3.0), 2: tied}, TREE, permutations=0)
    alone = ht.compare(tied, TREE, permutations=0)
    assert series.notes == ht.compare(vectors(3.0), TREE, permutations=9).notes
    assert [note.removeprefix("step 2: ") for note in mixed.notes] == list(alone.notes)
    assert any(note.startswith("step 2: ") for note in mixed.notes)
    assert pickle.loads(pickle.dumps(mixed)).notes == mixed[mixed["step"] == 1].notes == mixed.notes
    assert isinstance(swept.notes, tuple)
