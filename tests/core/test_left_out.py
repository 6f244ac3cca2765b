"""What embedding scores do without each sample, and the numbers whose spread is that of a score."""

import math

import numpy as np
import pytest

import hiertools as ht
from hiertools.inference.influences import influences
from hiertools.measures.embedding_scores import embedding_scores
from hiertools.measures.similarity import area_under_similarity, hierarchical_similarity

NAN = math.nan


def of_each(embeddings, labels, similarity, wanted, reach):
    """Every score of each sample: HS at each k, AHS, P@1, R-precision, MAP@R.

    Where there are fewer than k others, all of them are retrieved.
    """
    found = embedding_scores(embeddings, labels, similarity, wanted, dtype="float64")
    curve = np.full((reach, len(labels)), NAN)
    most = min(reach, len(labels) - 1)
    if most:
        curve[:most] = hierarchical_similarity(
            embeddings, labels, similarity, most, dtype="float64"
        ).T
        curve[most:] = curve[most - 1]
    retrieval = found.retrieval
    return np.stack(
        [
            *curve[[k - 1 for k in wanted]],
            area_under_similarity(curve.T),
            retrieval.precision_at_1,
            retrieval.r_precision,
            retrieval.map_at_r,
        ]
    )


def mean(values):
    known = values[~np.isnan(values)]
    return known.mean() if known.size else NAN


def by_deletion(embeddings, labels, similarity, wanted):
    """Delete each sample, and compute everything again."""
    n, reach = len(labels), max(wanted)
    whole = of_each(embeddings, labels, similarity, wanted, reach)
    moves, changes = np.empty(whole.shape), np.zeros((*whole.shape, n))
    for j in range(n):
        kept = np.arange(n) != j
        left = of_each(embeddings[kept], labels[kept], similarity, wanted, reach)
        moves[:, j] = [mean(row) for row in left]
        changes[:, kept, j] = np.nan_to_num(left - whole[:, kept])
    moves -= [[mean(row)] for row in whole]
    twice = (changes**2).sum(axis=(1, 2)) - (changes.sum(axis=2) ** 2).sum(axis=1) / (n - 1)
    return whole, moves, twice


def drawn(kind, seed):
    """Embeddings, labels and similarities of few samples."""
    rng = np.random.default_rng([seed, len(kind)])
    n, classes = int(rng.integers(2, 16)), int(rng.integers(1, 6))
    embeddings = rng.normal(size=(n, 3))
    if kind == "tied":
        embeddings = rng.choice([-1.0, 1.0], size=(n, 3))
    elif kind == "duplicates":
        embeddings = embeddings[rng.integers(0, max(1, n // 3), n)]
    elif kind == "all equal":
        embeddings = np.ones((n, 3))
    # Similarities of 0, equal ones, and ones that all differ.
    far = rng.integers(0, 4, (classes, classes)) / 3 if seed % 2 else rng.random((classes, classes))
    similarity = 1.0 - np.maximum(far, far.T)
    np.fill_diagonal(similarity, 1.0)
    wanted = tuple(sorted(set(rng.integers(1, n, 3).tolist())))
    return embeddings, rng.integers(0, classes, n), similarity, wanted


@pytest.mark.parametrize("kind", ["untied", "tied", "duplicates", "all equal"])
def test_it_is_the_deletion_of_each_sample(kind):
    for seed in range(8):
        given = drawn(kind, seed)
        whole, moves, twice = by_deletion(*given)
        found = embedding_scores(*given, dtype="float64", without_each=True)
        shown = [*found.at_k.T, found.area, found.retrieval.precision_at_1]
        np.testing.assert_allclose(shown, whole[:-2], atol=1e-12)
        np.testing.assert_allclose(found.left_out.moves, moves, atol=1e-12)
        np.testing.assert_allclose(found.left_out.twice, twice, atol=1e-11)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_fewest_samples(n):
    labels = np.array([0, 0, 1])[:n]
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])[:n]
    similarity = np.array([[1.0, 0.25], [0.25, 1.0]])
    found = embedding_scores(rows, labels, similarity, (1, 5), without_each=True)
    if n == 1:
        assert found.left_out is None
        return
    moves = found.left_out.moves
    assert np.isnan(moves[1:3]).all()  # no fifth neighbour, no area
    assert np.isnan(moves[3:, :2]).all()  # without either, neither has company
    assert np.isnan(moves[0]).all() == (n == 2)


def test_places_beyond_all_others_and_other_orders_change_nothing():
    embeddings, labels, similarity, _ = drawn("untied", 3)
    n = len(labels)
    found = embedding_scores(
        embeddings, labels, similarity, (1, 2, n + 5), dtype="float64", without_each=True
    )
    fewer = embedding_scores(
        embeddings, labels, similarity, (1, 2), dtype="float64", without_each=True
    )
    rows = [0, 1, 4, 5, 6]
    np.testing.assert_array_equal(found.left_out.moves[rows], fewer.left_out.moves[[0, 1, 3, 4, 5]])
    assert np.isnan(found.left_out.moves[[2, 3]]).all()
    order = np.random.default_rng(0).permutation(n)
    again = embedding_scores(
        embeddings[order], labels[order], similarity, (1, 2), dtype="float64", without_each=True
    )
    np.testing.assert_allclose(again.left_out.moves, fewer.left_out.moves[:, order], atol=1e-13)


def test_numbers_have_the_mean_of_the_score_and_the_variance_of_the_definition():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(4, 30))
        values = rng.random(n)
        values[rng.random(n) < 0.3] = NAN
        values[:2] = 0.25, 0.5
        known = ~np.isnan(values)
        theta, d = values[known].mean(), known.sum()
        q = np.where(known, n / d * (values - theta), 0.0)
        moves, twice = (0.5 * rng.normal(size=n) - q) / (n - 1), 0.05 * (seed % 3) * n
        numbers = influences(values, moves, twice)
        both = -(n - 1) * (moves - moves.mean())
        queries = (q**2).sum()
        variance = max((both**2).sum() - (n / d) ** 2 * twice, queries)
        assert numbers.mean() == pytest.approx(theta)
        assert ((numbers - theta) ** 2).sum() == pytest.approx(variance)
        # Each is what the query gives, and a share of what its sample does as a neighbour.
        share = (numbers - theta - q) / (both - q)
        assert np.ptp(share) < 1e-9
        if variance > queries:
            assert share[0] == pytest.approx(1.0) if not twice else 0.0 < share[0] < 1.0


def test_numbers_where_others_do_not_matter_are_those_of_the_queries():
    values = np.array([1.0, 0.0, 0.5, 0.5])
    alone = (values.mean() - values) / 3  # the mean of the others, less that of all
    np.testing.assert_allclose(influences(values, alone, 0.0), values, atol=1e-15)
    assert influences(np.ones(4), np.full(4, 1e-17), 0.0).tolist() == [1.0] * 4
    assert influences(values, np.array([0.0, NAN, 0.0, 0.0]), 0.0) is None


def evaluated(rng, n, **options):
    tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    labels = rng.integers(0, 4, n)
    rows = np.eye(4)[labels] + 0.7 * rng.normal(size=(n, 4))
    names = [tree.classes[c] for c in labels]
    made = ht.Predictions(names, classes=tree.classes, ranked=names, embeddings=rows)
    return ht.evaluate(made, tree, k=1, hs_k=[1, 5], **options)


def test_intervals_of_embedding_scores_are_wider_than_those_of_queries_alone():
    given = evaluated(np.random.default_rng(0), 80)
    plain = evaluated(np.random.default_rng(0), 80, intervals=False)
    np.testing.assert_allclose(given.scores["value"], plain.scores["value"], rtol=1e-12)
    for score, k in (("map_at_r", None), ("hierarchical_similarity_at_k", 5)):
        row = given.scores[given.scores["score"] == score]
        row = row[row["k"] == k] if k else row
        value, low, high = row[["value", "ci_low", "ci_high"]].iloc[0]
        assert low < value < high
        assert high - low > 0.08


def test_a_pair_alone_in_having_company_has_the_interval_of_its_two_queries():
    tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    names = ["lynx", "lynx", "wolf", "newt", "toad"]
    rows = np.array([[1, 0], [1, 0.1], [0, 1], [1, 1], [-1, 0.5]])
    made = ht.Predictions(names, classes=tree.classes, ranked=names, embeddings=rows)
    scores = ht.evaluate(made, tree, k=1, hs_k=1).scores.set_index("score")
    row = scores.loc["r_precision"]
    # Clopper and Pearson's of 2 of 2.
    assert (row["value"], row["ci_high"]) == (1.0, 1.0)
    assert row["ci_low"] == pytest.approx(0.025**0.5)
