"""Many rows against chance, p-values of few relabellings, and how far drawn ones may be off."""

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from literal import holm, step_downs
from scipy import stats

import hiertools as ht
from hiertools.comparison.differences import Run, differences
from hiertools.inference import monte_carlo, n_relabellings
from hiertools.inference.many_rows import step_down
from hiertools.results.table import Key

numbers = st.integers(0, 5).map(float)


@settings(deadline=None, max_examples=80)
@given(st.integers(1, 5), st.integers(1, 12), st.booleans(), st.data())
def test_step_down_is_its_definition(rows, count, exact, data):
    nulls = np.array(data.draw(st.lists(st.lists(numbers, min_size=count, max_size=count),
                                        min_size=rows, max_size=rows)))  # fmt: skip
    signs = data.draw(st.lists(st.sampled_from([1.0, -1.0]), min_size=rows, max_size=rows))
    values = list(nulls[:, 0] if exact else data.draw(st.lists(numbers, min_size=rows,
                                                               max_size=rows)))  # fmt: skip
    values[-1] = data.draw(st.sampled_from([values[-1], math.nan]))
    found = step_down(values, list(nulls), signs, exact)
    assert found == pytest.approx(step_downs(values, nulls, signs, exact), nan_ok=True)


def test_rows_of_fewer_relabellings_share_the_first_of_them():
    rng = np.random.default_rng(0)
    nulls = [rng.normal(size=99), rng.normal(size=19)]
    found = step_down([2.0, 1.0], nulls, [1, 1])
    assert found.tolist() == step_down([2.0, 1.0], [nulls[0][:19], nulls[1]], [1, 1]).tolist()
    assert step_down([], [], []).size == 0
    assert np.isnan(step_down([math.nan], nulls[:1], [1])).all()
    # Undefined under some relabellings: there as good as nothing.
    nulls[1][:5] = math.nan
    assert step_down([1.0], nulls[1:], [1])[0] == (1 + (nulls[1] >= 1.0).sum()) / 20


def test_one_score_under_two_names_counts_once():
    null = np.random.default_rng(1).normal(size=199)
    one = step_down([1.5], [null], [1])
    both = step_down([1.5, -3.0], [null, -2 * null], [1, -1])
    assert both.tolist() == [one[0]] * 2


def few_classes(newick="(((a,b),c),(d,e));"):
    tree = ht.ClassTree.from_newick(newick)
    vectors = np.random.default_rng(2).normal(size=(tree.n_classes, 3))
    return tree, ht.ClassRepresentatives(vectors, tree.classes)


def test_every_relabelling_of_four_classes():
    tree, reps = few_classes("(((a,b),c),d);")
    scores = ("elementwise_correlation", "precision_at_1", "robinson_foulds", "triplet")
    result = ht.compare(reps, tree, scores=scores, intervals=False)
    d, keys = result.distances.square(), ["score", "level", "k"]
    observed = result.scores.astype({"level": object, "k": object})
    null = []
    for shuffle in itertools.permutations(range(4)):
        moved = ht.DistanceMatrix(d[np.ix_(shuffle, shuffle)], result.classes)
        again = ht.compare(moved, tree, scores=scores, permutations=0, intervals=False).scores
        assert again[keys].astype(str).equals(result.scores[keys].astype(str))
        null.append(again["value"].to_numpy())
    null = np.array(null).T
    signs = np.where(observed["better"] == "higher", 1.0, -1.0)
    adjusted = step_downs(observed["value"], null, signs, exact=True)
    for place, row in enumerate(observed.to_dict("records")):
        good = signs[place] * null[place]
        assert row["n_permutations"] == 24
        if math.isnan(row["value"]):
            assert math.isnan(row["p_adjusted"])
            continue
        p_value = (good >= signs[place] * row["value"] - 1e-9).mean()
        assert row["p_value"] == pytest.approx(p_value)
        assert row["p_least"] == pytest.approx((good >= good.max() - 1e-9).mean())
        assert row["p_adjusted"] == pytest.approx(max(p_value, adjusted[place]))
        limit = f"{row['p_least']:.3g} is the least p of all 24 relabellings"
        assert (limit in row["note"]) == (row["p_least"] > 0.05)


def test_p_errors():
    tree, reps = few_classes()
    exact = ht.compare(reps, tree).p_errors()
    assert exact["exact"].all()
    assert (exact["error"] == 0).all()
    assert exact["p_low"].tolist() == exact["p_high"].tolist() == exact["p_value"].tolist()
    result = ht.compare(reps, tree, permutations=39)
    table = result.p_errors(0.9).set_index(["score", "level"])
    assert not table["exact"].any()
    for row in table.to_dict("records"):
        p, as_good = row["p_value"], round(row["p_value"] * 40) - 1
        assert row["error"] == pytest.approx(math.sqrt(p * (1 - p) / 40))
        known = stats.binomtest(as_good, 39).proportion_ci(0.9, "exact")
        assert (row["p_low"], row["p_high"]) == pytest.approx((known.low, known.high))
    assert len(ht.compare(reps, tree, permutations=0).p_errors()) == 0
    again = ht.Comparison.from_json(result.to_json()).p_errors(0.9)
    assert again["p_high"].tolist() == table["p_high"].tolist()
    with pytest.raises(ht.OptionError, match="level must be"):
        result.p_errors(95)


def test_numbers_of_relabellings():
    assert n_relabellings(5) == math.factorial(5)
    assert n_relabellings(6, [0, 1, 0, 1, 0, 2]) == math.factorial(3) * 2
    assert n_relabellings(1000) == math.inf
    assert monte_carlo(1.0, 9) == (0.0, pytest.approx(0.6637, abs=1e-4), 1.0)


def test_results_saved_before_p_was_adjusted_are_read():
    tree, reps = few_classes()
    held = json.loads(ht.compare(reps, tree).to_json())
    for part in ("columns", "dtypes"):
        del held["scores"][part]["p_adjusted"], held["scores"][part]["p_least"]
    again = ht.Comparison.from_json(json.dumps(held))
    assert again.scores["p_adjusted"].isna().all()
    assert again.scores["p_value"].notna().any()


def test_the_rows_of_robinson_foulds_are_one_hypothesis():
    rng = np.random.default_rng(3)
    scores = ("robinson_foulds", "robinson_foulds_raw", "robinson_foulds_unrooted", "triplet")
    runs = {
        model: [
            Run({Key(score): float(x) for score, x in zip(scores, rng.normal(size=4))}, {}, {})
            for _ in range(8)
        ]
        for model in "abc"
    }
    found = differences(runs)
    largest = found.groupby(["model_a", "model_b", found["score"] == "triplet"])["p_value"].max()
    corrected = dict(zip(largest.index, holm(list(largest))))
    for row in found.to_dict("records"):
        wanted = corrected[row["model_a"], row["model_b"], row["score"] == "triplet"]
        assert row["p_holm"] == pytest.approx(wanted)
