"""What is kept of test samples has an order of its own, whatever order they came in."""

import itertools

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools.evaluation.sample_order import canonical_order, paired_order
from hiertools.evaluation.samples import Samples

pytestmark = pytest.mark.arithmetic()

LABELS = np.array([0, 0, 0, 0, 1, 1])
RANKED = np.array([[0, 1], [0, 2], [1, 0], [1, 2], [1, 0], [0, 1]], dtype=np.int32)
CONFIDENCE = np.array([0.5, 0.25, 0.5, 0.125, 1.0, 0.5])


def contents(samples, order):
    """Everything a score could see of each sample, in an order."""
    parts = [samples.labels, samples.ranked, samples.confidence, samples.embeddings]
    return [tuple(part[s].tolist() for part in parts if part is not None) for s in order]


# Samples that differ in one thing alone.
ALIKE = {
    "labels": Samples(np.arange(5), np.zeros((5, 1), np.int32), None, None),
    "first prediction": Samples(
        np.zeros(5, int), np.arange(5, dtype=np.int32)[:, None], None, None
    ),
    "last prediction": Samples(
        np.zeros(5, int), np.stack([np.full(5, 9), np.arange(5)], 1).astype(np.int32), None, None
    ),
    "confidence": Samples(np.zeros(5, int), np.zeros((5, 1), np.int32), np.arange(5) / 8, None),
    "first dimension": Samples(
        np.zeros(5, int), np.zeros((5, 1), np.int32), None, np.eye(1, 4) * np.arange(5.0)[:, None]
    ),
    "last dimension": Samples(
        np.zeros(5, int),
        np.zeros((5, 1), np.int32),
        np.full(5, 0.5),
        np.eye(1, 4, 3) * np.arange(5.0)[:, None],
    ),
    "several things": Samples(LABELS, RANKED, CONFIDENCE, None),
}


@pytest.mark.parametrize("what", ALIKE)
def test_the_order_is_that_of_what_the_samples_hold(what):
    given = ALIKE[what]
    wanted = contents(given, canonical_order(given))
    for moved in map(list, itertools.permutations(range(given.n))):
        again = Samples(
            *(
                None if part is None else part[moved]
                for part in (given.labels, given.ranked, given.confidence, given.embeddings)
            )
        )
        assert contents(again, canonical_order(again)) == wanted


def test_intervals_of_sparse_embeddings_do_not_depend_on_the_order_of_samples():
    # As behind a ReLU: the first two dimensions are 0 in every sample.
    rng = np.random.default_rng(0)
    tree = ht.ClassTree.from_newick("((a,b),(c,d));")
    labels, vectors = rng.integers(0, 4, 40), rng.normal(size=(40, 6))
    vectors[:, :2] = 0
    ranked = np.array(tree.classes)[labels]

    def scores(rows):
        made = ht.Predictions(
            labels[rows], classes=tree.classes, ranked=ranked[rows], embeddings=vectors[rows]
        )
        return ht.evaluate(made, tree, k=1, hs_k=(1, 5), n_bootstrap=50).scores

    first, second = scores(np.arange(40)), scores(rng.permutation(40))
    for end in ("ci_low", "ci_high"):
        np.testing.assert_allclose(first[end], second[end])


def model(seed, what, n=30, few=2):
    """Labels and what a model says of them: few distinct values, so that many samples are alike."""
    rng = np.random.default_rng(seed)
    labels = np.random.default_rng(99).integers(0, 4, n)
    scores = rng.integers(1, 1 + few, (n, 4)) + 2.0 * np.eye(4)[labels] * (rng.random((n, 1)) < 0.6)
    scores[:, 3] += 0.5 * (rng.random(n) < 0.5)
    vectors = np.zeros((n, 6))  # as behind a ReLU: the first two dimensions tell nothing apart
    vectors[:, 2:] = rng.normal(size=(n, 4)) + 2 * np.eye(4)[labels]
    given = {"labels": labels, "classes": tuple("abcd")}
    if what == "moved labels":  # two such models say each class as often as the other
        said = rng.permutation(labels)
        return given | {"ranked": np.stack([said, (said + 1) % 4], axis=1)}
    if what == "ranked":
        return given | {"ranked": np.argsort(-scores, axis=1, kind="stable")[:, :2]}
    given |= {"scores": scores, "score_kind": "logit"}
    return given | ({"embeddings": vectors} if what == "embeddings" else {})


def moved(given, rows):
    parts = ("labels", "scores", "ranked", "embeddings")
    return ht.Predictions(**{k: v[rows] if k in parts else v for k, v in given.items()})


def differences(models, rows):
    tree = ht.ClassTree.from_newick("((a,b),(c,d));")
    given = {name: moved(each, rows) for name, each in models.items()}
    return ht.evaluate(given, tree, k=(1, 2), hs_k=(1, 5), n_bootstrap=60, permutations=99)


WHATS = [
    ("ranked", "ranked"),
    ("scores", "scores"),
    ("embeddings", "embeddings"),
    ("moved labels", "moved labels"),
    ("ranked", "scores"),
    ("scores", "embeddings"),
]


@pytest.mark.parametrize("whats", WHATS)
def test_differences_do_not_depend_on_the_order_of_samples(whats):
    models = {name: model(seed, what) for seed, (name, what) in enumerate(zip("xy", whats))}
    first = differences(models, np.arange(30))
    assert first.differences["p_value"].notna().any()
    assert first.differences["ci_low"].notna().any()
    for seed in range(4):
        again = differences(models, np.random.default_rng(seed).permutation(30))
        for one, other in zip(
            (first.scores, first.differences, first.table),
            (again.scores, again.differences, again.table),
        ):
            pd.testing.assert_frame_equal(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("whats", WHATS)
def test_differences_of_models_named_the_other_way_round_are_mirrored(whats):
    models = {name: model(seed, what) for seed, (name, what) in enumerate(zip("xy", whats))}
    one = differences(models, np.arange(30)).differences
    other = differences(dict(reversed(models.items())), np.arange(30)).differences
    assert one["score"].tolist() == other["score"].tolist()
    for mine, its, sign in (
        ("difference", "difference", -1),
        ("ci_low", "ci_high", -1),
        ("ci_high", "ci_low", -1),
        ("p_value", "p_value", 1),
        ("p_holm", "p_holm", 1),
    ):
        np.testing.assert_allclose(one[mine], sign * other[its], rtol=1e-12, atol=1e-12)
    assert one["better_model"].tolist() == other["better_model"].tolist()


def test_either_model_alone_may_tell_two_samples_apart():
    labels, ranked = np.zeros(4, int), np.zeros((4, 1), np.int32)
    plain = Samples(labels, ranked, None, None)
    deep = Samples(labels, ranked, None, np.eye(1, 4, 3) * np.arange(4.0)[:, None])
    sure = Samples(labels, ranked, np.arange(4) / 8, None)
    for telling in (deep, sure):
        for rows in map(list, itertools.permutations(range(4))):
            parts = (telling.labels, telling.ranked, telling.confidence, telling.embeddings)
            again = Samples(*(None if part is None else part[rows] for part in parts))
            for pair in ((plain, again), (again, plain)):
                order = paired_order(*pair)
                assert np.array(rows)[order].tolist() == [0, 1, 2, 3]
