"""What is kept of test samples has an order of its own, whatever order they came in."""

import itertools

import numpy as np
import pytest

import hiertools as ht
from hiertools.evaluation.samples import Samples, canonical_order

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
