"""The area under risk over specificity against its definition, and what intervals are made of."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

import hiertools as ht
from hiertools import ClassTree
from hiertools.decisions import back_off, selective_risk
from hiertools.inference import holm

TREE = ClassTree.from_lineages(
    {"a": "v/x/a", "b": "v/x/b", "c": "v/c", "d": "w/only/d", "e": "w/only/e", "v": "v", "g": "g"}
)
NAMES = TREE.classes


def samples(seed, n, sharp=0.6):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(len(NAMES), sharp), n)
    labels = np.array([rng.choice(NAMES, p=row) for row in p])
    # Counts: nodes tie, and thresholds are met exactly.
    return np.array([rng.multinomial(12, row) for row in p]) / 12, labels


def curve(p, labels, rule):
    """Accuracy and specificity at every threshold that some node has, the largest first."""
    found = [(np.inf, 1.0, 0.0)]
    for twelfths in range(12, -1, -1):
        threshold = twelfths / 12
        made = back_off(p, TREE, NAMES, rule=rule, threshold=threshold)
        found.append((threshold, made.right(labels, NAMES).mean(), made.specificity.mean()))
    return found


def area_of(points):
    return sum((1 - (a0 + a1) / 2) * (s1 - s0) for (_, a0, s0), (_, a1, s1) in pairwise(points))


@pytest.mark.parametrize("rule", ["climbing", "confidence"])
@pytest.mark.parametrize("seed", range(4))
def test_area_and_curve_are_their_definition(rule, seed):
    p, labels = samples(seed, 30)
    points = curve(p, labels, rule)
    found = selective_risk(p, labels, TREE, NAMES, rule=rule)
    assert found.areas["area"][0] == pytest.approx(area_of(points))
    told = found.curves[""].iloc[::-1].to_numpy()
    assert list(found.curves[""]) == ["threshold", "accuracy", "specificity"]
    for threshold, accuracy, specificity in told:
        same = [x for x in points if x[0] == pytest.approx(threshold)]
        assert same[0][1:] == pytest.approx((accuracy, specificity))
    # What is left out changes nothing.
    changes = {(round(a, 9), round(s, 9)) for _, a, s in points}
    assert changes == {(round(a, 9), round(s, 9)) for _, a, s in told}


def influence(p, labels, rule):
    """The derivative of the area where a sample weighs a little more, numerically: twice it."""
    n, step = len(p), 1e-6
    found = [(np.zeros(n), np.ones(n, bool))]
    for threshold, *_ in curve(p, labels, rule)[1:]:
        made = back_off(p, TREE, NAMES, rule=rule, threshold=threshold)
        found.append((made.specificity, made.right(labels, NAMES)))

    def weighted(weights):
        return area_of([(0, float(weights @ right), float(weights @ s)) for s, right in found])

    moved = []
    for i in range(n):
        values = []
        for sign in (1, -1):
            weights = np.full(n, (1 - sign * step) / n)
            weights[i] += sign * step
            values.append(weighted(weights))
        moved.append((values[0] - values[1]) / (2 * step))
    return np.array(moved)


@pytest.mark.parametrize("rule", ["climbing", "confidence"])
def test_intervals_and_tests_come_from_what_each_sample_adds(rule):
    p, labels = samples(0, 40)
    worse = np.array([np.roll(row, 1) if i % 3 == 0 else row for i, row in enumerate(p)])
    models = {"a": p, "b": worse, "c": 0.5 * p + 0.5 / len(NAMES)}
    found = selective_risk(models, labels, TREE, NAMES, rule=rule, confidence_level=0.9)
    alone = {m: selective_risk(q, labels, TREE, NAMES, rule=rule) for m, q in models.items()}
    assert list(found.areas) == ["model", "area", "ci_low", "ci_high", "n_samples"]
    assert found.areas["n_samples"].tolist() == [40] * 3
    of = {"a": influence(p, labels, rule), "b": influence(worse, labels, rule)}
    t = stats.t.ppf(0.95, 39)
    areas = found.areas.set_index("model")
    for model, moved in of.items():
        row = areas.loc[model]
        assert row["area"] == pytest.approx(alone[model].areas["area"][0])
        half = t * moved.std(ddof=1) / np.sqrt(40)
        ends = np.clip([row["area"] - half, row["area"] + half], 0, 1)
        assert [row["ci_low"], row["ci_high"]] == pytest.approx(ends, abs=1e-6)
    first = found.differences.iloc[0]
    assert (first["model"], first["other"]) == ("a", "b")
    difference = areas.loc["a", "area"] - areas.loc["b", "area"]
    error = (of["a"] - of["b"]).std(ddof=1) / np.sqrt(40)
    assert first["difference"] == pytest.approx(difference)
    ends = [difference - t * error, difference + t * error]
    assert [first["ci_low"], first["ci_high"]] == pytest.approx(ends, abs=1e-6)
    assert first["p_value"] == pytest.approx(2 * stats.t.sf(abs(difference / error), 39), rel=1e-4)
    assert found.differences["adjusted"].tolist() == holm(found.differences["p_value"]).tolist()
    assert len(found.differences) == 3


def test_what_is_always_right_or_wrong():
    labels = np.array(NAMES)
    sure = np.eye(len(NAMES))
    found = selective_risk({"right": sure, "wrong": sure[::-1]}, labels, TREE, NAMES)
    assert found.areas["area"][0] == 0.0
    assert np.isnan(found.areas["ci_low"][0])  # nothing varies
    assert found.areas["area"][1] > 0.1
    assert "SelectiveRisk('right': 0.0000" in repr(found)
    one = selective_risk(sure, labels, TREE, NAMES)
    assert one.differences.empty
    assert list(one.differences)[-1] == "adjusted"


@pytest.mark.parametrize("rule", ["climbing", "confidence"])
def test_order_of_columns_decides_nothing(rule):
    p, labels = samples(3, 50)
    order = np.random.default_rng(0).permutation(len(NAMES))
    a = selective_risk(p, labels, TREE, NAMES, rule=rule)
    b = selective_risk(p[:, order], labels, TREE, [NAMES[i] for i in order], rule=rule)
    assert a.areas["area"][0] == pytest.approx(b.areas["area"][0], abs=1e-12)


def test_its_plot_draws_each_curve():
    p, labels = samples(3, 50)
    found = selective_risk({"$a$": p, "_b": p[:, ::-1]}, labels, TREE, NAMES)
    ax = found.plot.curves()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["$a$", "_b"]
    alone = selective_risk(p, labels, TREE, NAMES)
    line = alone.plot.curves().get_lines()[0]
    assert np.array_equal(line.get_ydata(), alone.curves[""]["accuracy"])
    assert repr(alone.plot) == "plots: .curves()"


def test_bad_input_is_named():
    p, labels = samples(0, 3)
    with pytest.raises(ht.OptionError, match="no models"):
        selective_risk({}, labels, TREE, NAMES)
    with pytest.raises(ht.OptionError, match="valid ones"):
        selective_risk(p, labels, TREE, NAMES, rule="information")
    with pytest.raises(ht.PredictionsError, match="3 decisions and 2 labels"):
        selective_risk(p, labels[:2], TREE, NAMES)
