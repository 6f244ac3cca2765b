"""Sweeps over metric and linkage, and the spread of scores over orders of ties."""

import numpy as np
import pytest

from hiertools import (
    ClassRepresentatives,
    ClassTree,
    DistanceMatrix,
    OptionError,
    compare,
    compare_series,
    distances,
)
from hiertools.comparison.sweep import sweep, tie_sensitivity
from hiertools.hierarchy.distances import METRICS
from hiertools.hierarchy.linkage import LINKAGES
from hiertools.producers import checkpoint_series

NAMES = [f"c{i}" for i in range(8)]
TREE = ClassTree.from_newick("(((c0,c1),(c2,c3)),((c4,c5),(c6,c7)));")
REPS = dict(zip(NAMES, np.random.default_rng(0).normal(size=(8, 3))))


def test_each_combination_is_its_own_comparison():
    table = sweep(REPS, TREE)
    assert set(table["metric"]) == set(METRICS)
    assert set(table["linkage"]) == set(LINKAGES)
    for (metric, linkage), rows in table.groupby(["metric", "linkage"]):
        if rows["value"].isna().all():
            assert linkage in ("centroid", "median", "ward")
            assert rows["note"].str.contains("needs Euclidean distances").all()
            with pytest.raises(OptionError, match="Euclidean"):
                compare(REPS, TREE, metric=metric, linkage=linkage)
        else:
            single = compare(REPS, TREE, metric=metric, linkage=linkage, permutations=0).scores
            np.testing.assert_array_equal(rows["value"], single["value"])
    first = table.groupby(["metric", "linkage"]).size()
    assert first.nunique() == 1


def test_sweep_of_distances():
    table = sweep(distances(REPS, "cosine"), TREE, linkages="average", permutations=9)
    assert table["metric"].unique().tolist() == ["cosine"]
    assert table["n_permutations"].max() == 9


def test_sweep_bad_input():
    with pytest.raises(OptionError, match="metrics can't be applied to a DistanceMatrix"):
        sweep(distances(REPS), TREE, metrics=["angular"])
    with pytest.raises(OptionError, match="linkages has no option 'upgma'"):
        sweep(REPS, TREE, linkages=["upgma"])
    with pytest.raises(OptionError, match="at least one metric and one linkage"):
        sweep(REPS, TREE, linkages=[])
    with pytest.raises(OptionError, match="Euclidean distances only"):
        sweep(REPS, TREE, linkages=["ward"], metrics=["angular"])
    with pytest.raises(OptionError, match="one model at a time"):
        sweep({"x": REPS, "y": REPS}, TREE)


def test_without_ties_the_order_does_not_matter():
    table = tie_sensitivity(REPS, TREE, orders=5)
    assert (table["n_distinct"] == 1).all()
    np.testing.assert_allclose(table["sd"].fillna(0), 0, atol=1e-12)
    single = compare(REPS, TREE, permutations=0).scores
    np.testing.assert_array_equal(table["value"], single["value"])
    np.testing.assert_allclose(table["mean"], table["value"])


def test_ties_are_broken_in_every_order():
    flat = DistanceMatrix(np.append(np.ones(27), 2.0), NAMES, "tied")
    table = tie_sensitivity(flat, TREE, orders=40, scores=["robinson_foulds", "bakers_gamma"])
    assert table["n_distinct"].tolist()[0] > 1
    again = tie_sensitivity(flat, TREE, orders=40, scores=["robinson_foulds", "bakers_gamma"])
    assert table.equals(again)
    other = tie_sensitivity(flat, TREE, orders=40, scores=["robinson_foulds"], random_state=1)
    assert other["mean"].tolist() != table["mean"].tolist()[:1]
    with pytest.raises(OptionError, match="orders must be a whole number of at least 1"):
        tie_sensitivity(flat, TREE, orders=0)


def test_orders_begin_with_those_of_compare():
    flat = DistanceMatrix(np.append(np.ones(27), 2.0), NAMES, "tied")
    (row,) = tie_sensitivity(
        flat, TREE, orders=8, scores="robinson_foulds", random_state=3
    ).to_dict("records")
    assert row["mean"] == pytest.approx(row["value"])
    assert row["high"] > row["low"]


def test_series_checkpoints_and_sweeps_tell_of_ties_as_compare_does(tmp_path):
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
    reps = ClassRepresentatives(corners, NAMES)
    few = {"permutations": 0, "intervals": False, "scores": "all"}
    single = compare(reps, TREE, **few).scores
    tied = single["note"].str.contains("mean over 8 orders of tied merges")
    assert tied.any()
    assert not tied[single["score"] == "elementwise_correlation"].any()
    series = compare_series({1: reps, 2: reps}, TREE, **few)
    for number in (1, 2):
        reps.save(tmp_path / f"epoch_{number}.npz")
    found = checkpoint_series(
        str(tmp_path / "epoch_*.npz"), TREE, permutations=0, intervals=False,
        compare_options={"scores": "all"},
    )  # fmt: skip
    for frame in (series, found):
        assert frame["note"].tolist() == 2 * single["note"].tolist()
    swept = sweep(reps, TREE, linkages=["average"], metrics=["euclidean"], scores="all")
    assert swept["note"].tolist() == single["note"].tolist()
