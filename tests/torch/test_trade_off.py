"""Accuracy against the severity of mistakes: who is on the front, by its definition."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools import OptionError
from hiertools.measures.pareto import pareto_front
from hiertools.plots.trade_off import trade_off as drawn
from hiertools_torch.studies.pareto import trade_off

NAMES = ("softmax", "$normface_1", "<b>proxydr</b>")


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12))
@settings(deadline=None, max_examples=60)
def test_the_front_is_what_nothing_dominates(points):
    def dominated(i):
        (x, y) = points[i]
        return any(a >= x and b <= y and (a > x or b < y) for a, b in points)

    found = pareto_front(np.array(points, dtype=float), np.array([1.0, -1.0]))
    assert found.tolist() == [not dominated(i) for i in range(len(points))]


def test_means_of_the_same_numbers_are_as_good_as_each_other():
    """In another order their sums differ in the last digit, which is no reason to lose."""
    rows = [
        {"data": "d", "configuration": name, "seed": seed, "kind": "predictions", "score": score,
         "value": value}
        for name, both in {"a": ((0.1, 0.2, 0.3), (1.0, 2.0, 3.0)),
                           "b": ((0.3, 0.2, 0.1), (2.0, 3.0, 1.0))}.items()
        for score, values in zip(("accuracy", "mistake_severity"), both)
        for seed, value in enumerate(values)
    ]  # fmt: skip
    found = trade_off(pd.DataFrame(rows)).means
    assert found["accuracy"].nunique() == 2  # by rounding
    assert found["front"].tolist() == [True, True]
    less = pareto_front(np.array([[0.7, 3.0], [0.7 - 1e-9, 3.0]]), np.array([1.0, -1.0]))
    assert less.tolist() == [True, False]


def test_what_is_undefined_is_not_on_the_front():
    values = np.array([[0.9, np.nan], [0.8, 2.0]])
    assert pareto_front(values, np.array([1.0, -1.0])).tolist() == [False, True]


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    rows = []
    for data in ("drawings", "emoji"):
        for name in NAMES:
            for seed in range(4):
                for score, k in (("accuracy", np.nan), ("mistake_severity", np.nan),
                                 ("average_hierarchical_distance_at_k", 5)):  # fmt: skip
                    rows.append(
                        {"data": data, "configuration": name, "seed": seed, "score": score,
                         "kind": "predictions", "k": k, "value": rng.random()}
                    )  # fmt: skip
    return pd.DataFrame(rows)


def test_means_and_runs_are_their_definitions(table):
    found = trade_off(table)
    assert len(found.runs) == 2 * 2 * 3 * 4
    assert len(found.means) == 2 * 2 * 3
    wide = table.assign(score=table["score"] + table["k"].map(lambda k: "" if k != 5 else ", k=5"))
    wide = wide.pivot_table(
        index=["data", "configuration", "seed"], columns="score", values="value"
    )
    for row in found.runs.to_dict("records"):
        same = wide.loc[(row["data"], slice(None), row["seed"])]
        own = wide.loc[(row["data"], row["configuration"], row["seed"])]
        assert (row["accuracy"], row["value"]) == (own["accuracy"], own[row["against"]])
        beaten = (same["accuracy"] > row["accuracy"]) & (same[row["against"]] < row["value"])
        assert row["front"] == (not beaten.any())
    for row in found.means.to_dict("records"):
        own = wide.loc[(row["data"], row["configuration"])]
        others = wide.loc[row["data"]].groupby("configuration").mean()
        assert row["accuracy"] == pytest.approx(own["accuracy"].mean())
        assert row["value"] == pytest.approx(own[row["against"]].mean())
        beaten = (others["accuracy"] > row["accuracy"]) & (others[row["against"]] < row["value"])
        assert row["front"] == (not beaten.any())
        runs = found.runs[
            (found.runs["data"] == row["data"]) & (found.runs["against"] == row["against"])
            & (found.runs["configuration"] == row["configuration"])
        ]  # fmt: skip
        assert (row["n_seeds"], row["seeds_on_front"]) == (4, runs["front"].sum())


def test_a_run_without_one_of_the_scores_is_left_out(table):
    gone = (table["configuration"] == "softmax") & (table["score"] == "mistake_severity")
    means = trade_off(table[~(gone & (table["seed"] == 3))]).means
    row = means[(means["configuration"] == "softmax") & (means["against"] == "mistake_severity")]
    assert set(row["n_seeds"]) == {3}
    none = trade_off(table[~gone]).means
    assert set(none[none["against"] == "mistake_severity"]["configuration"]) == set(NAMES[1:])


def test_without_both_scores_there_is_none(table):
    with pytest.raises(OptionError, match="no trade-off to tell: it needs 'accuracy' and one of"):
        trade_off(table[table["score"] == "accuracy"])


def test_it_is_drawn_and_told(table):
    found = trade_off(table)
    figure = found.plot("emoji")
    left, right = figure.axes
    assert left.get_ylabel() == "mistake severity (lower is better)"
    assert right.get_ylabel() == "average hierarchical distance at 5 (lower is better)"
    texts = [text.get_text() for text in right.get_legend().get_texts()]
    assert texts == list(NAMES)
    assert not any(text.get_parse_math() for text in right.get_legend().get_texts())
    # The fills differ from axes to axes, so the one legend shows the marks of single runs.
    legend = right.get_legend()
    assert all(line.get_markerfacecolor() != "none" for line in legend.get_lines())
    assert {line.get_markersize() for line in legend.get_lines()} == {6}
    assert legend.get_title().get_text() == "large, filled: on the front\nsmall: single runs"
    filled = [line for line in left.get_lines() if line.get_markersize() == 8]
    means = found.means[found.means["data"] == "emoji"]
    means = means[means["against"] == "mistake_severity"]
    assert [line.get_markerfacecolor() != "none" for line in filled] == list(means["front"])
    plt.close(figure)
    with pytest.raises(OptionError, match="data has no option 'birds'"):
        found.plot("birds")
    assert "<b>" not in found.markdown() + found.html()
    assert r"\$normface\_1" in found.latex()
    assert "on the front" in found.markdown()


def test_names_of_columns_are_checked():
    points = pd.DataFrame({"model": ["a"], "x": [np.nan], "y": [1.0], "front": [True]})
    with pytest.raises(OptionError, match="no model has both 'x' and 'y'"):
        drawn(points, x="x", y="y")
    with pytest.raises(OptionError, match="lacks the column.* 'z'"):
        drawn(points, x="x", y="z")


def test_several_evaluations_have_their_trade_off():
    tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    close, far = (
        ht.Predictions([0, 1, 2, 3], np.eye(4)[told], tree.classes)
        for told in ([0, 1, 2, 2], [0, 1, 2, 1])
    )
    result = ht.evaluate({"close": close, "far": far}, tree, intervals=False)
    ax = result.plot.trade_off()
    assert ax.get_ylabel() == "mistake severity (lower is better)"
    marks = [line for line in ax.get_lines() if line.get_markersize() == 8]
    assert [line.get_markerfacecolor() != "none" for line in marks] == [True, False]
    plt.close(ax.figure)
    ax = result.plot.trade_off(against="hierarchical_precision_at_k", k=1)
    assert ax.get_ylabel() == "hierarchical precision at k, k=1"
    plt.close(ax.figure)
