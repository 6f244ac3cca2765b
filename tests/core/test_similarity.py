"""HS@k and AHS@K against their definitions, and nearest neighbours against a full sort."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hiertools import ClassTree, HiertoolsError, OptionError, PredictionsError
from hiertools._core.directions import unit_rows
from hiertools._core.threads import limited
from hiertools.measures.neighbours import iter_neighbours
from hiertools.measures.similarity import (
    area_under_similarity,
    best_similarity_sums,
    class_similarity,
    hierarchical_similarity,
)

pytestmark = pytest.mark.arithmetic()

TREE = ClassTree.from_newick("((lynx,wolf),(newt,toad),shark);")


def hs_by_definition(embeddings, labels, s, k):
    """Rank the others by cosine, add up similarities, divide by the best ranking's sum."""
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    curves = np.empty((len(unit), k))
    for i in range(len(unit)):
        others = [j for j in range(len(unit)) if j != i]
        near = sorted(others, key=lambda j: (-float(unit[i] @ unit[j]), labels[j], j))
        got = [s[labels[i], labels[j]] for j in near]
        ideal = sorted(got, reverse=True)
        for n in range(1, k + 1):
            curves[i, n - 1] = sum(got[:n]) / sum(ideal[:n]) if sum(ideal[:n]) > 0 else np.nan
    return curves


def similarity_by_definition(t, beta, metric):
    if metric == "euclidean":
        return 1 - (np.sqrt(2) * t / (beta + t)) ** 2 / 2
    return np.cos((np.pi / 2) * t / (beta + t))


@pytest.mark.parametrize("metric", ["euclidean", "angular"])
@pytest.mark.parametrize("beta", [0.5, 1.0, 3.0])
def test_kim_similarity_is_its_formula(metric, beta):
    from hiertools import path_distances

    s = class_similarity(TREE, beta=beta, form=metric)
    t = path_distances(TREE)
    np.testing.assert_allclose(s, similarity_by_definition(t, beta, metric), atol=1e-15)
    assert (np.diag(s) == 1).all()


def test_barz_similarity_counts_heights():
    s = class_similarity(TREE, ["lynx", "wolf", "shark"], similarity="barz")
    np.testing.assert_array_equal(s, [[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])
    assert class_similarity(ClassTree([-1], ["a"], [0]), similarity="barz") == [[1.0]]


@given(st.integers(0, 2**32 - 1), st.integers(3, 40), st.sampled_from(["kim", "barz"]))
@settings(deadline=None, max_examples=40)
def test_hierarchical_similarity_is_its_definition(seed, n, kind):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 5, n)
    embeddings = rng.standard_normal((n, 4)) * rng.uniform(0.1, 10, (n, 1))
    s = class_similarity(TREE, similarity=kind)
    k = int(rng.integers(1, n))
    fast = hierarchical_similarity(embeddings, labels, s, k, dtype="float64")
    np.testing.assert_allclose(fast, hs_by_definition(embeddings, labels, s, k), rtol=1e-12)
    # In float32 nearly the same: random similarities lie further apart than its rounding.
    np.testing.assert_allclose(hierarchical_similarity(embeddings, labels, s, k), fast, rtol=1e-9)
    shuffle = rng.permutation(n)
    moved = hierarchical_similarity(embeddings[shuffle], labels[shuffle], s, k, dtype="float64")
    np.testing.assert_allclose(moved, fast[shuffle], rtol=1e-12)
    defined = fast[~np.isnan(fast)]
    assert ((defined >= 0) & (defined <= 1 + 1e-12)).all()


@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
@settings(deadline=None, max_examples=30)
def test_duplicates_and_ties_are_settled_by_class_then_position(seed, n):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 5, n)
    embeddings = rng.integers(0, 2, (n, 2)) + np.array([1, 0])  # few directions: ties everywhere
    s = class_similarity(TREE)
    k = n - 1
    fast = hierarchical_similarity(embeddings, labels, s, k, dtype="float64")
    shuffle = rng.permutation(n)
    moved = hierarchical_similarity(embeddings[shuffle], labels[shuffle], s, k, dtype="float64")
    np.testing.assert_allclose(moved, fast[shuffle], rtol=1e-12)


def test_a_perfect_embedding_scores_one_at_every_k():
    labels = np.repeat(np.arange(5), 6)
    s = class_similarity(TREE)
    # Embeddings whose inner products are the similarities themselves.
    values, vectors = np.linalg.eigh(s)
    embeddings = (vectors * np.sqrt(values))[labels]
    curve = hierarchical_similarity(embeddings, labels, s, 29, dtype="float64")
    np.testing.assert_allclose(curve, 1.0, rtol=1e-12)
    np.testing.assert_allclose(area_under_similarity(curve), 1.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [2, 70, 3000])
def test_neighbours_are_those_of_a_full_stable_sort(n, dtype):
    rng = np.random.default_rng(n)
    embeddings = np.round(rng.standard_normal((n, 3)), 1) + 0.01
    unit = unit_rows(embeddings, dtype)
    k = min(n - 1, 400)
    for rows, near in iter_neighbours(embeddings, k, dtype=dtype):
        similarity = unit[rows] @ unit.T
        similarity[np.arange(len(similarity)), np.arange(rows.start, rows.stop)] = -2
        expected = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
        np.testing.assert_array_equal(near, expected)


@pytest.mark.parametrize("k", [1, 30, 300])
def test_neighbours_where_each_row_looks_unlike_the_one_before(k):
    rng = np.random.default_rng(k)
    centres = np.array([[1.0, 0, 0], [0, 1.0, 0], [-1.0, 0, 0]])
    spread = np.array([0.0, 0.01, 3.0])[:, None]  # duplicates, a tight cluster, a cloud
    kind = np.arange(1800) % 3
    embeddings = centres[kind] + spread[kind] * rng.standard_normal((1800, 3))
    unit = unit_rows(embeddings)
    for rows, near in iter_neighbours(embeddings, k):
        similarity = unit[rows] @ unit.T
        similarity[np.arange(len(similarity)), np.arange(rows.start, rows.stop)] = -2
        expected = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
        np.testing.assert_array_equal(near, expected)


def test_identical_embeddings_never_retrieve_themselves():
    for rows, near in iter_neighbours(np.ones((50, 8)), 49):
        for i, row in zip(range(rows.start, rows.stop), near):
            assert sorted(row) == [j for j in range(50) if j != i]


def test_exclusion_by_position_drops_the_first_hit():
    embeddings = np.array([[1.0, 0], [1.0, 0], [0, 1.0]])
    [(_, near)] = iter_neighbours(embeddings, 2, exclude_self="position", dtype="float64")
    np.testing.assert_array_equal(near[1], [1, 2])  # item 0 came first, so item 1 found itself
    [(_, near)] = iter_neighbours(embeddings, 2, dtype="float64")
    np.testing.assert_array_equal(near[1], [0, 2])


def test_results_do_not_depend_on_threads():
    rng = np.random.default_rng(0)
    embeddings, labels = rng.standard_normal((500, 16)), rng.integers(0, 5, 500)
    s = class_similarity(TREE)
    found = []
    for threads in (1, 3):
        with limited(threads):
            found.append(hierarchical_similarity(embeddings, labels, s, 100))
    np.testing.assert_array_equal(*found)


def test_best_sums_do_not_see_the_sample_itself():
    s = class_similarity(TREE)
    best = best_similarity_sums(s, [1, 1, 0, 0, 0], 1)
    np.testing.assert_allclose(best[:2, 0], s[0, 1])
    assert np.isnan(best[2:]).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
@settings(deadline=None, max_examples=25)
def test_area_is_the_trapezoid_rule(seed, k):
    curve = np.random.default_rng(seed).random((3, k))
    expected = ((curve[:, 1:] + curve[:, :-1]) / 2 / (k - 1)).sum(axis=1) if k > 1 else curve[:, 0]
    np.testing.assert_allclose(area_under_similarity(curve), expected, rtol=1e-12)


def test_similarity_without_any_relative_is_undefined():
    # shark alone under "barz": every other class has similarity 0 to it.
    s = class_similarity(TREE, similarity="barz")
    curve = hierarchical_similarity(np.eye(3), [0, 1, 4], s, 2)
    assert np.isnan(curve[2]).all()
    assert not np.isnan(curve[:2]).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: class_similarity(TREE, similarity="kin"), "Did you mean 'kim'"),
        (lambda: class_similarity(TREE, beta=0), "beta must be a positive number; got 0"),
        (lambda: class_similarity(TREE, form="cosine"), "valid ones: 'euclidean', 'angular'"),
        (
            lambda: unit_rows([[1.0, 0], [0, 0]]),
            "1 of 2 embeddings have length zero, first at row 1",
        ),
        (lambda: unit_rows([[1.0, np.nan]]), "embeddings must be finite"),
        (lambda: unit_rows([1.0, 2.0]), "must have shape"),
        (lambda: unit_rows([[1.0]], "float16"), "valid ones: 'float32', 'float64'"),
        (lambda: list(iter_neighbours(np.eye(3), 3)), "a sample has 2 others"),
        (lambda: hierarchical_similarity(np.eye(3), [0, 1, 9], np.eye(5), 1), "first 9 at row 2"),
        (lambda: hierarchical_similarity(np.eye(3), [0, 1], np.eye(5), 1), "3 embeddings and 2"),
        (lambda: hierarchical_similarity(np.eye(3), [0, 1, 2], np.eye(5), 3), "ask for fewer"),
        (lambda: hierarchical_similarity(np.eye(2), [0.5, 1], np.eye(5), 1), "whole numbers"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(HiertoolsError, match=message) as raised:
        call()
    assert isinstance(raised.value, OptionError | PredictionsError)


def test_very_long_and_short_embeddings_keep_their_direction():
    unit = unit_rows([[3e300, 4e300], [3e-300, 4e-300]], "float64")
    np.testing.assert_allclose(unit, [[0.6, 0.8], [0.6, 0.8]])
