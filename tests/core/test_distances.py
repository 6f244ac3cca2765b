"""Distances between representatives: definitions, digits, and what is refused."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial.distance import pdist

import hiertools as ht
from hiertools import DistanceMatrix, OptionError, RepresentativesError
from hiertools.hierarchy.distances import METRICS

vectors = hnp.arrays(
    np.float64,
    st.tuples(st.integers(2, 8), st.integers(1, 5)),
    elements=st.floats(-10, 10, allow_nan=False).map(lambda x: round(x, 3)),
)


def named(matrix):
    return ht.ClassRepresentatives(matrix, [f"c{i}" for i in range(len(matrix))])


def literal(metric, x, y):
    if metric == "raw_euclidean":
        return math.dist(x, y)
    cos = sum(a * b for a, b in zip(x, y)) / (math.hypot(*x) * math.hypot(*y))
    cos = min(1.0, max(-1.0, cos))
    return {"euclidean": math.sqrt(2 - 2 * cos), "angular": math.acos(cos), "cosine": 1 - cos}[
        metric
    ]


@settings(deadline=None, max_examples=60)
@given(vectors, st.sampled_from(sorted(METRICS)))
def test_definition(matrix, metric):
    if metric != "raw_euclidean" and (np.abs(matrix).max(axis=1) == 0).any():
        matrix = matrix + 100.0
    found = ht.distances(named(matrix), metric).square()
    for i, x in enumerate(matrix):
        for j, y in enumerate(matrix):
            if i != j:
                # The literal formulas themselves lose digits near 0: hence 1e-6 and not 1e-12.
                assert found[i, j] == pytest.approx(literal(metric, x, y), abs=1e-6)


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_scipy_agrees_to_the_last_digits(metric):
    x = np.random.default_rng(0).normal(size=(1300, 20))
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    expected = {
        "euclidean": lambda: pdist(unit),
        "angular": lambda: 2 * np.arcsin(pdist(unit) / 2),
        "cosine": lambda: pdist(x, "cosine"),
        "raw_euclidean": lambda: pdist(x),
    }[metric]()
    assert np.allclose(ht.distances(named(x), metric).condensed, expected, rtol=1e-10, atol=1e-13)


@settings(deadline=None, max_examples=40)
@given(st.floats(1e-12, 1e-2))
def test_near_duplicates_and_near_opposites_keep_their_digits(angle):
    u = np.array([1.0, 0.0, 0.0])
    near = np.array([math.cos(angle), math.sin(angle), 0.0])
    reps = named(np.stack([u, near, -near]))
    assert ht.distances(reps, "angular").condensed == pytest.approx(
        [angle, math.pi - angle, math.pi], rel=1e-9
    )
    chord = 2 * math.sin(angle / 2)
    assert ht.distances(reps, "euclidean").condensed[0] == pytest.approx(chord, rel=1e-9)
    assert ht.distances(reps, "cosine").condensed[0] == pytest.approx(chord**2 / 2, rel=1e-9)
    # pi - angle is measured through u + v, so the remainder is exact as well.
    remainder = math.pi - ht.distances(reps, "angular").condensed[1]
    assert remainder == pytest.approx(angle, rel=1e-3, abs=1e-15)


def test_raw_euclidean_far_from_the_origin():
    x = np.array([[1e8, 1.0], [1e8, 1.0 + 2**-20]])
    exact = float(Fraction(1, 2**20))
    assert ht.distances(named(x), "raw_euclidean").condensed[0] == pytest.approx(exact, rel=1e-9)


@settings(deadline=None, max_examples=30)
@given(vectors, st.sampled_from(sorted(METRICS)), st.integers(0, 2**32 - 1))
def test_rotation_class_order_and_length_do_not_matter(matrix, metric, seed):
    matrix = matrix + np.where(np.abs(matrix).max(axis=1, keepdims=True) == 0, 1.0, 0.0)
    rng = np.random.default_rng(seed)
    d = ht.distances(named(matrix), metric)
    rotation, _ = np.linalg.qr(rng.normal(size=(matrix.shape[1],) * 2))
    assert np.allclose(ht.distances(named(matrix @ rotation), metric).condensed, d.condensed,
                       atol=1e-6)  # fmt: skip
    if metric != "raw_euclidean":
        longer = matrix * rng.uniform(1e-3, 1e3, size=(len(matrix), 1))
        assert np.allclose(ht.distances(named(longer), metric).condensed, d.condensed, atol=1e-6)
    order = rng.permutation(d.classes).tolist()
    again = ht.distances(named(matrix).take(order), metric)
    assert np.allclose(again.condensed, d.take(order).condensed, atol=1e-7)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_tiny_and_huge_vectors_have_directions(scale):
    d = ht.distances(named(np.array([[1.0, 0], [1, 1]]) * scale), "angular")
    assert d.condensed[0] == pytest.approx(math.pi / 4)


def test_centring_removes_a_common_vector():
    x = np.random.default_rng(1).normal(size=(6, 3))
    plain = ht.distances(named(x), "cosine", center=True).condensed
    shifted = ht.distances(named(x + 7.0), "cosine", center=True).condensed
    assert np.allclose(plain, shifted)
    assert not np.allclose(ht.distances(named(x + 7.0), "cosine").condensed, shifted)


def test_zero_vectors_have_no_direction():
    x = np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 4.0]])
    with pytest.raises(RepresentativesError, match="1 of 3 .* zero vectors: 'c0'.*raw_euclidean"):
        ht.distances(named(x), "angular")
    assert ht.distances(named(x), "raw_euclidean").condensed[1] == 5.0
    with pytest.raises(RepresentativesError, match="after centring"):
        ht.distances(named(np.ones((3, 2))), "cosine", center=True)


def test_unknown_metric_lists_the_known():
    with pytest.raises(OptionError, match="'euclidean', 'angular'.*Did you mean 'cosine'"):
        ht.distances(named(np.eye(2)), "cosin")


def test_a_distance_matrix_from_a_square_and_a_part_of_it():
    square = np.array([[0, 1, 2.0], [1, 0, 3], [2, 3, 0]])
    matrix = DistanceMatrix(square, ["a", "b", "c"], "mine", "apples")
    assert (matrix.square() == square).all()
    assert matrix.take(["c", "a"]).condensed.tolist() == [2.0]
    assert matrix.take(["c", "b", "a"]).condensed.tolist() == [3.0, 2.0, 1.0]
    assert matrix.to_frame().loc["b", "c"] == 3
    with pytest.raises(ht.ClassMismatchError, match="no place in the distance matrix: 'd'"):
        matrix.take(["d"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, 2.0], "3 classes have 3 pairs, but 2"),
        ([1.0, 2.0, -1.0], "must not be negative.*1 - s"),
        ([1.0, np.nan, 1.0], "must be finite"),
        (np.ones((3, 3)), "diagonal .* holds 1.*similarities"),
        (np.array([[0, 1, 2], [9, 0, 3], [2, 3, 0.0]]), "must be symmetric"),
        (np.zeros((2, 2)), r"shape \(3, 3\); got \(2, 2\)"),
    ],
)
def test_bad_matrices_are_refused(values, message):
    with pytest.raises(RepresentativesError, match=message):
        DistanceMatrix(values, ["a", "b", "c"])
