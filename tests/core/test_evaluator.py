"""Batches, merged workers, intervals and paired tests."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools import ClassTree, EvaluationSet, Evaluator, Predictions, evaluate
from hiertools._core.threads import limited
from hiertools.inference.bootstrap import bootstrap, resampled, score_interval
from hiertools.inference.contributions import Collector
from hiertools.inference.swaps import paired_test, swapped

pytestmark = pytest.mark.arithmetic()

NAMES = tuple("abcdefgh")
TREE = ClassTree.from_newick("(((a,b)x,(c,d)y)v,((e,f)z,g)w,h);")
OPTIONS = {"n_bootstrap": 40, "hs_k": (1, 5)}


def made(seed, n=60, skill=2.0):
    rng = np.random.default_rng([seed, 0])
    labels = rng.integers(0, 8, n)
    noise = np.random.default_rng([seed, int(10 * skill)])
    logits = noise.standard_normal((n, 8)) + skill * np.eye(8)[labels]
    embeddings = rng.standard_normal((n, 4)) + rng.standard_normal((8, 4))[labels]
    return Predictions(labels, logits, NAMES, embeddings=embeddings, score_kind="logit")


def part(p, rows):
    return Predictions(
        p.labels[rows], p.scores[rows], NAMES, embeddings=p.embeddings[rows], score_kind="logit"
    )


def assert_same(a, b):
    for column in ("value", "ci_low", "ci_high"):
        np.testing.assert_allclose(a.scores[column], b.scores[column], rtol=1e-9, err_msg=column)
    assert a.confusions.equals(b.confusions)
    assert a.per_node.equals(b.per_node)
    np.testing.assert_allclose(a.reliability["gap"], b.reliability["gap"])
    np.testing.assert_allclose(a.similarity_curve["value"], b.similarity_curve["value"])
    assert a.n_samples == b.n_samples
    assert a.settings == b.settings


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
@settings(deadline=None, max_examples=25)
def test_batches_in_any_order_and_merged_workers_equal_one_shot(seed, n_batches):
    p = made(seed)
    whole = evaluate(p, TREE, **OPTIONS)
    rng = np.random.default_rng(seed)
    batches = np.array_split(rng.permutation(60), n_batches)
    streamed = Evaluator(TREE, **OPTIONS)
    workers = [Evaluator(TREE, **OPTIONS) for _ in range(2)]
    for number, rows in enumerate(batches):
        streamed.update(part(p, rows))
        workers[number % 2].update(part(p, rows))
    assert_same(streamed.result(), whole)
    merged = Evaluator(TREE, **OPTIONS)
    merged.merge(workers[1])
    merged.merge(workers[0])
    assert_same(merged.result(), whole)


def test_an_evaluator_goes_on_after_a_result():
    p = made(1)
    evaluator = Evaluator(TREE, **OPTIONS)
    evaluator.update(part(p, slice(0, 30)))
    assert evaluator.result().n_samples == 30
    evaluator.update(part(p, slice(30, 60)))
    assert_same(evaluator.result(), evaluate(p, TREE, **OPTIONS))


def test_evaluators_travel_between_processes():
    p = made(2)
    reps = ht.prototypes(p.embeddings, p.labels, NAMES)
    for options in ({}, {"representatives": reps}):
        here = Evaluator(TREE, **OPTIONS, **options)
        there = Evaluator(TREE, **OPTIONS, **options)
        here.update(part(p, slice(0, 20)))
        there.update(part(p, slice(20, 60)))
        here.merge(pickle.loads(pickle.dumps(there)))
        assert_same(here.result(), evaluate(p, TREE, **OPTIONS, **options))


def test_scores_are_not_kept():
    evaluator = Evaluator(TREE, **OPTIONS)
    rng = np.random.default_rng(0)
    evaluator.update(rng.integers(0, 8, 5000), rng.random((5000, 8)), NAMES)
    kept = evaluator._batches[0].samples
    assert kept.ranked.shape == (5000, 5)
    assert kept.confidence is None


def test_batches_must_fit_together():
    evaluator = Evaluator(TREE)
    with pytest.raises(ht.PredictionsError, match="test set is empty"):
        evaluator.result()
    evaluator.update(["a"], [[1.0, 0]], ["a", "b"])
    with pytest.raises(ht.ClassMismatchError, match="other classes than the first one: 'b', 'c'"):
        evaluator.update(["a"], [[1.0, 0]], ["a", "c"])
    evaluator.update(["a"], [[1.0, 0]], ["a", "b"], embeddings=[[1.0, 2.0]])
    with pytest.raises(ht.PredictionsError, match="1 of 2 batches have embeddings"):
        evaluator.result()
    other = Evaluator(TREE, k=2)
    other.update(["a"], [[1.0, 0]], ["a", "b"])
    with pytest.raises(ht.OptionError, match="same options"):
        evaluator.merge(other)
    other = Evaluator(TREE)
    other.update(["a"], [[1.0, 0]], ["a", "c"])
    with pytest.raises(ht.ClassMismatchError, match="same classes"):
        evaluator.merge(other)
    other = Evaluator(ClassTree.from_newick("(a,b);"))
    other.update(["a"], [[1.0, 0]], ["a", "b"])
    with pytest.raises(ht.OptionError, match="same tree"):
        evaluator.merge(other)
    less, more = (Evaluator(TREE, on_missing="drop") for _ in range(2))
    less.update(["a"], [[1.0, 0]], ["a", "b"])
    more.update(["a"], [[1.0, 0, 0]], ["a", "b", "yeti"])
    with pytest.raises(ht.ClassMismatchError, match="same classes: 2 here, 3 there"):
        less.merge(more)
    wide = Evaluator(TREE)
    wide.update(["a"], [[1.0, 0]], ["a", "b"], embeddings=[[1.0, 2.0]])
    wide.update(["a"], [[1.0, 0]], ["a", "b"], embeddings=[[1.0, 2.0, 3.0]])
    with pytest.raises(ht.PredictionsError, match="embeddings of \\[2, 3\\] dimensions"):
        wide.result()


@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
@settings(deadline=None, max_examples=10)
def test_the_shortest_ranking_decides_what_is_kept_of_tied_scores(seed, k):
    rng = np.random.default_rng(seed)
    labels, scores = rng.integers(0, 8, (2, 9)), rng.integers(0, 3, (9, 8))
    ranked = np.stack([rng.permutation(8)[:k] for _ in range(9)])
    given = {"hs_k": 1, "n_bootstrap": 9}
    wide, narrow = Evaluator(TREE, k=(1, k, 8), **given), Evaluator(TREE, k=(1, k), **given)
    for evaluator in (wide, narrow):
        evaluator.update(labels[0], scores, NAMES)
        evaluator.update(labels[1], ranked=ranked, classes=NAMES)
    rows = wide.result().scores.query("k.isna() or k != 8").reset_index(drop=True)
    columns = ["score", "k", "value", "ci_low", "ci_high"]
    assert rows[columns].equals(narrow.result().scores[columns])


@pytest.mark.parametrize("metric", ["euclidean", "raw_euclidean"])
def test_rounding_does_not_rank_representatives(metric):
    rng = np.random.default_rng(0)
    codes, shown = rng.choice([-1, 1], (8, 6)), rng.choice([-1, 1], (40, 6))
    labels = rng.integers(0, 8, 40)
    turn = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    reps = ht.ClassRepresentatives(codes @ turn, NAMES)
    whole, one_by_one = (
        Evaluator(TREE, representatives=reps, metric=metric, k=(1, 3), n_bootstrap=9)
        for _ in range(2)
    )
    whole.update(labels, classes=NAMES, embeddings=shown @ turn)
    for label, each in zip(labels, shown):
        one_by_one.update([label], classes=NAMES, embeddings=[each @ turn])
    # All codes are of one length: the largest product, a whole number, is the nearest.
    wanted = evaluate(Predictions(labels, shown @ codes.T, NAMES), TREE, k=(1, 3), intervals=False)
    of = wanted.scores["status"] == "ok"
    for found in (whole.result(), one_by_one.result()):
        np.testing.assert_allclose(
            found.scores["value"][of], wanted.scores["value"][of], rtol=1e-12
        )
        assert found.notes == wanted.notes


def test_a_batch_that_is_refused_settles_nothing():
    evaluator = Evaluator(TREE, k=1, temperature=2.0)
    with pytest.raises(ht.PredictionsError, match="temperature= needs probabilities or logits"):
        evaluator.update(["a"], [[1.0, 0]], ["a", "b"])
    evaluator.update(["a"], [[1.0, 0]], ["a", "c"], score_kind="probability")
    assert evaluator.result().classes == ("a", "c")


@pytest.mark.parametrize("intervals", [False, True])
def test_models_that_rounding_parts_are_as_good(intervals):
    rng = np.random.default_rng(0)
    options = {"k": 1, "hs_k": 1, "intervals": intervals, "permutations": 9, "n_bootstrap": 9}
    said, vectors = rng.choice(NAMES, 30), rng.integers(1, 4, (30, 3))
    models = {
        name: Predictions(["a"] * 30, ranked=said[rows], classes=NAMES, embeddings=vectors[rows])
        for name, rows in {"one": np.arange(30), "other": rng.permutation(30)}.items()
    }
    found = evaluate(models, TREE, **options).differences
    assert len(found) > 25
    assert (found["difference"] == 0).all()
    assert (found["better_model"] == "").all()


# ---- the bootstrap


def contributed(p, **options):
    evaluator = Evaluator(TREE, **{**OPTIONS, **options})
    evaluator.update(p)
    return evaluator._finish().contributed


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=25)
def test_a_resampled_statistic_is_that_of_the_resampled_test_set(seed):
    p = made(seed, n=25)
    found = contributed(p)
    weights = resampled(25, 0, 3, seed)
    assert (weights.sum(axis=0) == 25).all()
    drawn = bootstrap(found, 3, seed)
    names = [statistic.score for statistic in found.statistics]
    for column in range(3):
        rows = np.repeat(np.arange(25), weights[:, column].astype(int))
        again = contributed(part(p, rows)).values()
        # Neighbours are those of the original test set, so only the others can be redone plainly.
        plain = [
            i
            for i, name in enumerate(names)
            if "similarity" not in name
            and name not in ("precision_at_1", "r_precision", "map_at_r")
        ]
        np.testing.assert_allclose(drawn[plain, column], again[plain], rtol=1e-9)


def test_the_bootstrap_does_not_depend_on_blocks_or_threads():
    found = contributed(made(0))
    with limited(1):
        one = bootstrap(found, 30, 5)
    with limited(3):
        np.testing.assert_array_equal(one, bootstrap(found, 30, 5))
    np.testing.assert_allclose(one[:, :7], bootstrap(found, 7, 5), rtol=1e-12)


def test_intervals_cover_the_accuracy_as_often_as_they_say():
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(200):
        collect = Collector(80)
        collect.add_mean("accuracy", 1, (rng.random(80) < 0.7).astype(float), bounds=(0.0, 1.0))
        found = collect.finish()
        drawn = bootstrap(found, 200, seed)[0]
        low, high = score_interval(found, found.statistics[0], found.values()[0], drawn, 0.95)
        covered += low <= 0.7 <= high
    assert 184 <= covered <= 200  # at least 95 % of 200, which is 190


# ---- paired comparison


def test_swaps_exchange_the_models_sample_by_sample():
    a, b = made(3, skill=2.0), made(3, skill=1.0)
    left, right = contributed(a), contributed(b)
    signs = swapped(60, 0, 1, seed=9)[:, 0] > 0
    mixed = np.where(signs[:, None], a.scores, b.scores)
    other = np.where(signs[:, None], b.scores, a.scores)
    first = Predictions(a.labels, mixed, NAMES, embeddings=a.embeddings, score_kind="logit")
    second = Predictions(a.labels, other, NAMES, embeddings=a.embeddings, score_kind="logit")
    expected = contributed(first).values() - contributed(second).values()
    moved = ((left.numbers - right.numbers).T @ swapped(60, 0, 1, 9))[:, 0]
    np.testing.assert_allclose(
        moved, contributed(first).numbers.sum(axis=0) - contributed(second).numbers.sum(axis=0)
    )
    found = paired_test(left, right, 199, 0)
    np.testing.assert_allclose(found.difference, left.values() - right.values())
    assert expected.shape == found.difference.shape


def test_a_better_model_is_found_better():
    found = evaluate({"good": made(3, 200, 3.0), "bad": made(3, 200, 1.0)}, TREE, **OPTIONS)
    assert isinstance(found, EvaluationSet)
    row = found.differences.query("score == 'average_hierarchical_cost'").iloc[0]
    assert row["better_model"] == "good"
    assert row["difference"] < 0
    assert row["ci_high"] < 0
    assert row["p_holm"] < 0.05
    assert row["p_holm"] >= row["p_value"]
    alike = found.differences.query("score in ('accuracy', 'top_k_accuracy') and k != 5")
    assert alike[alike["level"].isna()]["p_holm"].nunique() == 1  # one hypothesis, two names
    # The embeddings are the same, so there is nothing to test.
    same = found.differences.query("score == 'map_at_r'").iloc[0]
    assert same["difference"] == 0
    assert np.isnan(same["p_value"])
    assert same["test"] == ""
    assert "good better than bad" in str(found)
    assert list(found.table.columns) == ["score", "level", "rank", "k", "good", "bad"]


def test_equal_models_are_rarely_called_different():
    rejected = 0
    rng = np.random.default_rng(1)
    for seed in range(200):
        models = []
        for _ in range(2):
            collect = Collector(40)
            collect.add_mean("average_hierarchical_cost", 1, rng.exponential(size=40))
            models.append(collect.finish())
        rejected += paired_test(*models, 99, seed).p_value[0] <= 0.1
    assert 8 <= rejected <= 33  # 10 % of 200 is 20


def test_sets_come_back_from_json(tmp_path):
    found = evaluate({"a": made(0, skill=3.0), "b": made(0)}, TREE, **OPTIONS)
    found.to_json(tmp_path / "s.json")
    again = EvaluationSet.from_json(tmp_path / "s.json")
    assert again.models == ("a", "b")
    assert str(again) == str(found)
    np.testing.assert_array_equal(again.differences["p_holm"], found.differences["p_holm"])


def test_models_that_lack_something_are_compared_by_what_both_have():
    p = made(0, skill=3.0)
    bare = Predictions(
        p.labels, classes=NAMES, ranked=made(0).scores.argsort(axis=1)[:, ::-1][:, :2]
    )
    found = evaluate({"full": p, "bare": bare}, TREE, **OPTIONS).differences
    assert "accuracy" in set(found["score"])
    assert not {"map_at_r", "expected_calibration_error"} & set(found["score"])
    assert set(found.query("score == 'top_k_accuracy'")["k"]) == {1}


def test_models_must_have_the_same_samples_and_classes():
    p = made(0)
    with pytest.raises(ht.PredictionsError, match="'a' has 60 and 'b' 30"):
        evaluate({"a": p, "b": part(p, slice(0, 30))}, TREE)
    with pytest.raises(ht.PredictionsError, match="differ in .* of 60 rows, first row 0"):
        evaluate({"a": p, "b": part(p, np.r_[1:60, 0])}, TREE) if p.labels[0] != p.labels[
            1
        ] else evaluate({"a": p, "b": part(p, np.r_[2:60, 0, 1])}, TREE)
    fewer = Predictions(["a", "b"], np.eye(2), ["a", "b"])
    more = Predictions(["a", "b"], np.eye(3)[:2], ["a", "b", "c"])
    with pytest.raises(ht.ClassMismatchError, match="'c' are known to one of 'x' and 'y' only"):
        evaluate({"x": fewer, "y": more}, TREE)
    with pytest.raises(ht.PredictionsError, match="mapping of models is empty"):
        evaluate({}, TREE)


def test_several_models_and_several_readings_are_refused():
    p = made(0)
    reps = ht.ClassRepresentatives(np.eye(8, 4) + 0.1, NAMES)
    with pytest.raises(ht.OptionError, match="several models and several sets"):
        evaluate({"a": p, "b": p}, TREE, representatives={"x": reps, "y": reps})
    one = evaluate({"a": p, "b": p}, TREE, representatives=reps, intervals=False)
    assert one.models == ("a", "b")
    assert one.differences["p_value"].isna().all()
