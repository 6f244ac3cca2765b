"""Metrics that add up over batches, against hiertools' own measures on all samples at once."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools.errors import HiertoolsError, OptionError, PredictionsError
from hiertools.measures.mistakes import (
    ClassPairs,
    distance_at_k,
    hierarchical_precision_at_k,
    ranking,
)
from hiertools.measures.ties import FirstPredictions
from hiertools_torch.metrics import (
    OUTCOMES,
    HierarchicalDistance,
    HierarchicalPrecision,
    LevelAccuracy,
    LevelAnswers,
    MistakeSeverity,
    TopKMean,
)

TREE = ht.ClassTree.from_lineages(
    ["a/x/one", "a/x/two", "a/y/three", "b/four", "b/z/w/five", "b/z/six"]
)


def predictions(n, seed, ties=False):
    random = np.random.default_rng(seed)
    scores = random.normal(size=(n, 6)).astype(np.float32)
    if ties:
        scores = scores.round()
    return scores, random.integers(0, 6, n)


def over_batches(metric, scores, labels, size):
    for start in range(0, len(labels), size):
        batch = slice(start, start + size)
        metric.update(torch.tensor(scores[batch]), torch.tensor(labels[batch]))
    return float(metric.compute())


@settings(deadline=None, max_examples=25)
@given(
    n=st.integers(1, 40),
    size=st.integers(1, 50),
    k=st.integers(1, 6),
    seed=st.integers(0, 10**6),
    ties=st.booleans(),
)
def test_equal_to_the_measures_whatever_the_batches_and_the_class_order(n, size, k, seed, ties):
    scores, labels = predictions(n, seed, ties)
    order = np.random.default_rng(seed).permutation(6)
    names = tuple(TREE.classes[i] for i in order)
    pairs = ClassPairs(TREE, names)
    ranked, tied = ranking(scores, k)
    first = FirstPredictions.of(ranked, tied)
    t, own, said = pairs.distance, labels[first.sample], first.predicted
    wrong = first.mean(own != said)
    cost, height = (first.mean(table[own, said]) for table in (t, pairs.lca_height))
    groups = ht.level_groups(TREE, 1, names)
    mistakes = wrong.sum() or np.nan
    precision = hierarchical_precision_at_k(pairs, labels, ranked, k, ties=tied)
    expected = [
        (HierarchicalDistance(TREE, k, names), distance_at_k(t, labels, ranked, k, tied).mean()),
        (HierarchicalPrecision(TREE, k, names), precision.mean()),
        (MistakeSeverity(TREE, names), cost.sum() / mistakes),
        (MistakeSeverity(TREE, names, by="lca_height"), height.sum() / mistakes),
        (LevelAccuracy(TREE, None, names), 1 - wrong.mean()),
        (LevelAccuracy(TREE, 1, names), first.mean(groups[own] == groups[said]).mean()),
    ]
    for metric, value in expected:
        assert over_batches(metric, scores, labels, size) == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize("kind", ["all different", "few values", "one-hot", "bfloat16"])
def test_equal_to_evaluate(kind):
    scores, labels = predictions(200, 0, ties=kind == "few values")
    if kind == "one-hot":
        scores = np.eye(6, dtype=np.float32)[scores.argmax(axis=1)]
    elif kind == "bfloat16":
        scores = torch.tensor(scores).bfloat16().float().numpy()
        assert np.unique(scores).size < 1000
    result = ht.evaluate(
        ht.Predictions(labels, scores, TREE.classes), TREE, k=(1, 3), levels=(0, 1)
    )
    table = result.scores.set_index(["score", "level", "k"])["value"]
    for name, level, k, metric in [
        ("accuracy", None, None, LevelAccuracy(TREE)),
        ("accuracy", 0, None, LevelAccuracy(TREE, 0)),
        ("average_hierarchical_cost", None, None, HierarchicalDistance(TREE)),
        ("mistake_severity", None, None, MistakeSeverity(TREE)),
        ("mistake_lca_height", None, None, MistakeSeverity(TREE, by="lca_height")),
        ("average_hierarchical_distance_at_k", None, 3, HierarchicalDistance(TREE, 3)),
        ("hierarchical_precision_at_k", None, 3, HierarchicalPrecision(TREE, 3)),
    ]:
        rows = table[table.index.get_level_values("score") == name].reset_index()
        for column, wanted in (("level", level), ("k", k)):
            rows = rows[rows[column].isna() if wanted is None else rows[column] == wanted]
        assert len(rows) == 1, name
        assert over_batches(metric, scores, labels, 64) == pytest.approx(rows["value"].iloc[0])


@pytest.mark.parametrize("ties", [False, True])
def test_answers_at_any_node_are_those_of_the_table_by_rank(ties):
    names = ["one", "three", "a", "a/x", "five", "z", "b/z/six"]
    random = np.random.default_rng(5)
    scores, labels = random.normal(size=(120, 7)).astype(np.float32), random.integers(0, 7, 120)
    scores[np.arange(120), labels] += 1
    scores = scores.round() if ties else scores
    result = ht.evaluate(ht.Predictions(labels, scores, names), TREE, k=1, intervals=False)
    for row in result.by_rank().to_dict("records"):
        level = None if row["level"] is None or np.isnan(row["level"]) else int(row["level"])
        for outcome in OUTCOMES:
            metric = LevelAnswers(TREE, outcome, level, names)
            assert over_batches(metric, scores, labels, 50) == pytest.approx(row[outcome])


def test_distances_along_a_graph():
    graph = ht.as_graph(
        {"animal": ["canine", "pet"], "canine": ["dog", "wolf"], "pet": ["dog", "hamster"]}
    )
    scores, labels = (
        torch.tensor(np.random.default_rng(6).normal(size=(50, 3))),
        torch.arange(50) % 3,
    )
    made = ht.Predictions(labels.numpy(), scores.numpy(), graph.classes)
    result = ht.evaluate(made, graph, k=2, intervals=False)
    for metric, value in (
        (HierarchicalDistance(graph), result.value("average_hierarchical_cost")),
        (MistakeSeverity(graph, by="lca_height"), result.value("mistake_lca_height")),
        (HierarchicalPrecision(graph, 2), result.value("hierarchical_precision_at_k", k=2)),
    ):
        metric.update(scores, labels)
        assert float(metric.compute()) == pytest.approx(value)


@pytest.mark.parametrize("k", [1, 2, 5, 6])
def test_no_order_of_classes_decides(k):
    scores, labels = predictions(50, 3, ties=True)
    found = []
    for order in (np.arange(6), np.arange(6)[::-1], np.array([3, 1, 4, 0, 5, 2])):
        names = [TREE.classes[i] for i in order]
        metrics = [HierarchicalDistance(TREE, k, names), HierarchicalPrecision(TREE, k, names)]
        metrics += [MistakeSeverity(TREE, names), LevelAccuracy(TREE, 0, names)]
        moved = np.argsort(order)[labels]
        found.append([over_batches(each, scores[:, order], moved, 20) for each in metrics])
    assert found[1] == pytest.approx(found[0], rel=1e-12)
    assert found[2] == pytest.approx(found[0], rel=1e-12)


def test_nothing_said_is_as_good_as_chance():
    # All classes are tied: top k is any k of them, and a first prediction right once in six.
    labels = torch.arange(6)
    accuracy, severity = LevelAccuracy(TREE), MistakeSeverity(TREE)
    for metric in (accuracy, severity):
        metric.update(torch.zeros(6, 6), labels)
    distance = ClassPairs(TREE, TREE.classes).distance
    assert float(accuracy.compute()) == pytest.approx(1 / 6)
    assert float(severity.compute()) == pytest.approx(distance.sum() / 30)
    infinite = LevelAccuracy(TREE)
    infinite.update(torch.full((6, 6), -torch.inf), labels)
    assert float(infinite.compute()) == pytest.approx(1 / 6)


def test_forward_gives_the_batch_and_compute_all():
    scores, labels = (torch.tensor(x) for x in predictions(30, 1))
    metric, single = HierarchicalDistance(TREE), HierarchicalDistance(TREE)
    for batch in (slice(0, 10), slice(10, 30)):
        value = metric(scores[batch], labels[batch])
        single.reset()
        single.update(scores[batch], labels[batch])
        assert float(value) == float(single.compute())
    single.reset()
    single.update(scores, labels)
    assert float(metric.compute()) == pytest.approx(float(single.compute()))


def test_nothing_counted_is_nan():
    metric = MistakeSeverity(TREE)
    assert metric.compute().isnan()
    metric.update(torch.eye(6), torch.arange(6))
    assert metric.compute().isnan()


def test_sums_stay_in_float64_and_out_of_the_state_dict():
    metric = HierarchicalDistance(TREE).to(torch.bfloat16)
    metric.update(torch.eye(6, dtype=torch.bfloat16), torch.arange(6).flip(0))
    assert metric.compute().dtype == torch.float64
    assert not metric.state_dict()


def test_bad_input():
    metric = HierarchicalDistance(TREE)
    with pytest.raises(PredictionsError, match=r"shape \(2, 6\) .*; got \(2, 5\)"):
        metric.update(torch.zeros(2, 5), torch.zeros(2, dtype=torch.int64))
    with pytest.raises(PredictionsError, match="scores are NaN"):
        metric.update(torch.full((1, 6), torch.nan), torch.zeros(1, dtype=torch.int64))
    with pytest.raises(OptionError, match="k=7 is more than the 6 classes"):
        HierarchicalDistance(TREE, 7)
    with pytest.raises(OptionError, match="by has no option 'height'"):
        MistakeSeverity(TREE, by="height")
    with pytest.raises(OptionError, match="outcome has no option 'right'"):
        LevelAnswers(TREE, "right")
    with pytest.raises(HiertoolsError, match="yeti"):
        LevelAnswers(TREE, "match", None, ["one", "yeti"])
    with pytest.raises(OptionError, match="counts are for first predictions"):
        TopKMean(np.eye(2), ["a", "b"], 2, counts=np.eye(2))
    with pytest.raises(HiertoolsError, match="needs at least 8 classes"):
        HierarchicalPrecision(TREE, 6, variant="paper")
    with pytest.raises(HiertoolsError, match="seven"):
        HierarchicalDistance(TREE, classes=["one", "seven"])
