"""No number depends on the unit of vectors: powers of two, and distances in exact arithmetic.

Scaling by a power of two changes no digit, so that everything must stay as it is, to the last bit;
any other factor rounds, and results stay up to that.
"""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools._core.near_ties import GAP, join_near_ties
from hiertools.hierarchy.distances import METRICS

pytestmark = pytest.mark.arithmetic()

FEW = settings(deadline=None, max_examples=25)
NAMES = list("abcdefgh")
TREE = ht.ClassTree.from_newick("(((a,b),(c,d)),((e,f),(g,h)));")
VECTORS = np.random.default_rng(0).normal(size=(8, 4))
LABELS = np.arange(48) % 8
EMBEDDINGS = VECTORS[LABELS] + np.random.default_rng(1).normal(size=(48, 4))
SCORES = np.random.default_rng(2).normal(size=(48, 8))

powers = st.integers(-1000, 1018)  # of the vectors above: nothing overflows or loses a digit


def named(vectors):
    return ht.ClassRepresentatives(vectors, NAMES[: len(vectors)])


def frames(result):
    return result.scores.drop(columns="note")


@settings(deadline=None, max_examples=12)
@given(powers, st.sampled_from(sorted(METRICS)), st.booleans())
@example(power=1018, metric="raw_euclidean", center=False)
@example(power=-1000, metric="raw_euclidean", center=False)
def test_compare_is_blind_to_powers_of_two(power, metric, center):
    options = {"metric": metric, "center": center, "permutations": 19}
    expected = ht.compare(named(VECTORS), TREE, **options)
    found = ht.compare(named(np.ldexp(VECTORS, power)), TREE, **options)
    pd.testing.assert_frame_equal(frames(found), frames(expected), check_exact=True)
    assert set(ht.clades(found.inferred)) == set(ht.clades(expected.inferred))
    told = [note for note in found.notes if "in the unit of the vectors, times 2^" in note]
    assert len(told) == (found.distances.unit != METRICS[metric].unit)


@FEW
@given(
    st.lists(powers, min_size=8, max_size=8), st.sampled_from(["euclidean", "cosine", "angular"])
)
def test_directions_are_blind_to_each_length(power, metric):
    expected = ht.distances(named(VECTORS), metric)
    longer = np.ldexp(VECTORS, np.array(power)[:, None])
    assert ht.distances(named(longer), metric) == expected
    any_factor = longer * np.random.default_rng(3).uniform(0.1, 1.9, size=(8, 1))
    found = ht.distances(named(any_factor), metric).condensed
    np.testing.assert_allclose(found, expected.condensed, rtol=1e-13)


@FEW
@given(st.floats(1e-300, 1e300), st.sampled_from(sorted(METRICS)))
def test_any_factor_changes_no_more_than_rounding(factor, metric):
    expected = ht.distances(named(VECTORS), metric).condensed
    found = ht.distances(named(VECTORS * factor), metric).condensed
    unit = found[0] / expected[0] if metric == "raw_euclidean" else 1.0
    np.testing.assert_allclose(found / unit, expected, rtol=1e-13)


@settings(deadline=None, max_examples=6)
@given(powers, st.sampled_from(["float32", "float64"]))
@example(power=531, dtype="float32")  # 1e160
@example(power=-166, dtype="float32")  # 1e-50
def test_evaluate_is_blind_to_the_length_of_embeddings(power, dtype):
    def scores(embeddings, vectors, metric):
        predictions = ht.Predictions(LABELS, SCORES, NAMES, embeddings=embeddings)
        options = {"hs_k": (1, 9), "intervals": False, "dtype": dtype}
        if metric is not None:
            options |= {"representatives": named(vectors), "metric": metric}
        return frames(ht.evaluate(predictions, TREE, **options))

    for metric in (None, "euclidean", "raw_euclidean"):
        expected = scores(EMBEDDINGS, VECTORS, metric)
        found = scores(np.ldexp(EMBEDDINGS, power), np.ldexp(VECTORS, power), metric)
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.parametrize("power", [-300, -60, 60, 300])
def test_differences_are_tested_in_any_unit_of_the_tree(power):
    rng = np.random.default_rng(4)
    models = {
        name: ht.Predictions(LABELS, classes=NAMES, ranked=np.where(rng.random(48) < q, LABELS, 3))
        for name, q in (("a", 0.9), ("b", 0.3))
    }

    def differences(unit):
        lengths = [repr(unit * length) for length in (1, 2, 3, 4)]
        text = (
            "(((a:{0},b:{0}):{1},(c:{2},d:{0}):{0}):{3},((e:{1},f:{1}):{0},(g:{0},h:{2}):{1}):{0});"
        )
        tree = ht.ClassTree.from_newick(text.format(*lengths))
        found = ht.evaluate(models, tree, permutations=199).differences
        return found.set_index("score").loc[["mistake_severity", "average_hierarchical_cost"]]

    found, expected = differences(2.0**power), differences(1.0)
    for column in ("difference", "ci_low", "ci_high"):
        # The draws differ with what the samples are told apart by, so that ends are near, no more.
        np.testing.assert_allclose(np.ldexp(found[column], -power), expected[column], rtol=0.3)
    np.testing.assert_allclose(found["p_value"], expected["p_value"], atol=0.1)
    assert (found["note"] == expected["note"]).all()


def test_lengths_whose_squares_are_lost_are_refused():
    tree = ht.ClassTree.from_newick("((a:1e-101,b:1e-101):1e-101,(c:1e-101,d:0):0);")
    predictions = ht.Predictions([0, 1, 2, 3], classes=NAMES[:4], ranked=[0, 1, 2, 2])
    with pytest.raises(ht.TreeError, match="longest edge has length 1e-101.* multiply all lengths"):
        ht.evaluate(predictions, tree)
    assert ht.evaluate(predictions, ht.ClassTree.from_newick("((a:0,b:0):0,(c:0,d:0):0);"))


def test_embeddings_of_one_sample_may_be_of_another_size_than_all_others():
    sizes = np.where(np.arange(48) % 3 == 0, 1e-50, np.where(np.arange(48) % 3 == 1, 1e160, 1.0))
    result, expected = (
        ht.evaluate(ht.Predictions(LABELS, SCORES, NAMES, embeddings=e), TREE, hs_k=(1, 9))
        for e in (EMBEDDINGS * sizes[:, None], EMBEDDINGS)
    )
    pd.testing.assert_series_equal(result.scores["value"], expected.scores["value"], rtol=1e-6)


@pytest.mark.parametrize("near", [1.0, 1e-300, 1e300])
@pytest.mark.parametrize("far", [1.0, 1e-300, 1e300])
def test_nearest_representative_is_that_of_exact_arithmetic(near, far):
    rng = np.random.default_rng(5)
    vectors, embeddings = rng.normal(size=(5, 3)) * near, rng.normal(size=(30, 3)) * far

    def square(e, w):
        return sum((Fraction(x) - Fraction(y)) ** 2 for x, y in zip(e.tolist(), w.tolist()))

    predictions = ht.Predictions(
        np.arange(30) % 5, classes=NAMES[:5], embeddings=embeddings, scores=np.eye(5)[[0] * 30]
    )
    reps = ht.ClassRepresentatives(vectors, NAMES[:5])
    tree = ht.ClassTree.from_newick("((a,b),(c,d),e);")
    result = ht.evaluate(
        predictions, tree, representatives=reps, metric="raw_euclidean", intervals=False
    )
    if near == far:
        best = [min(range(5), key=lambda j: square(e, vectors[j])) for e in embeddings]
    elif near > far:  # the embeddings are all but at the origin
        best = [min(range(5), key=lambda j: square(np.zeros(3), vectors[j]))] * 30
    else:  # seen from afar, only directions count
        best = [max(range(5), key=lambda j: float(e / far @ vectors[j] / near)) for e in embeddings]
    assert result.value("accuracy") == pytest.approx(np.mean(np.array(best) == np.arange(30) % 5))


# ---- vectors of very different sizes


def exact_distance(x, y):
    """|x - y| in exact arithmetic, as a fraction of the power of two below it, and that power."""
    square = sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(x.tolist(), y.tolist()))
    if not square:
        return 0.0, 0
    power = (square.numerator.bit_length() - square.denominator.bit_length()) // 2
    return math.sqrt(square / Fraction(4) ** power), power


@FEW
@given(st.lists(st.integers(-530, 530), min_size=6, max_size=6), st.integers(0, 2**32 - 1))
@example(power=[500, -496, 0, 0, -496, -496], seed=0)  # sizes that differ by 1e300
def test_raw_distances_of_vectors_of_all_sizes_are_exact(power, seed):
    power = np.array(power)
    power = power.max() - np.minimum(power.max() - power, 1000)
    x = np.ldexp(np.random.default_rng(seed).normal(size=(6, 3)), power[:, None])
    found = ht.distances(named(x), "raw_euclidean", rounding="keep")
    shift = int(found.unit.rpartition("2^")[2]) if "2^" in found.unit else 0
    expected = []
    for i in range(6):
        for j in range(i + 1, 6):
            value, height = exact_distance(x[i], x[j])
            expected.append(math.ldexp(value, height - shift))
    np.testing.assert_allclose(found.condensed, expected, rtol=1e-11)
    # Joining what rounding parts moves no distance by more than its own rounding.
    joined = ht.distances(named(x), "raw_euclidean").condensed
    larger = [max(math.hypot(*x[i]), math.hypot(*x[j])) for i in range(6) for j in range(i + 1, 6)]
    assert (np.abs(joined - expected) <= 2e-14 * np.array(larger) * 2.0**-shift).all()


def test_one_far_vector_hides_no_distance_among_the_others():
    x = np.vstack([VECTORS[:7], np.full((1, 4), 1e17)])
    found = ht.distances(named(x), "raw_euclidean").square()
    expected = ht.distances(named(VECTORS[:7]), "raw_euclidean").square()
    np.testing.assert_allclose(found[:7, :7], expected, rtol=1e-12)


def test_subnormal_vectors_keep_their_distances():
    x = np.array([[0, 0], [1, 0], [3, 3], [0, 7]]) * 5e-324
    found = ht.distances(named(x), "raw_euclidean").condensed
    whole = ht.distances(named(np.array([[0.0, 0], [1, 0], [3, 3], [0, 7]])), "raw_euclidean")
    np.testing.assert_allclose(found / found[0], whole.condensed / whole.condensed[0], rtol=1e-15)


def test_a_vector_that_is_the_mean_up_to_rounding_has_no_direction():
    x = np.random.default_rng(1).normal(size=(8, 5))
    x[3] = np.delete(x, 3, axis=0).mean(axis=0)  # and so the mean of all eight
    assert (x[3] != x.mean(axis=0)).any()
    with pytest.raises(ht.RepresentativesError, match=r"1 of 8 .*after centring: 'd'"):
        ht.distances(named(x), center=True)


@given(
    st.lists(
        st.tuples(st.floats(0, 2, allow_subnormal=False), st.sampled_from([0.0, 1e-9, 1e-3, 0.1])),
        min_size=1,
        max_size=30,
    )
)
def test_joining_with_a_tolerance_for_each_is_its_definition(pairs):
    values, slack = (np.array(column) for column in zip(*pairs))
    found = join_near_ties(values, slack)
    least = {v: min(s for w, s in pairs if w == v) for v in values.tolist()}
    runs = [[]]
    for value in sorted(least):
        if runs[-1] and value - runs[-1][-1] > GAP * min(least[value], least[runs[-1][-1]]):
            runs.append([])
        runs[-1].append(value)
    new = {}
    for run in runs:
        low, high, tolerance = run[0], run[-1], min(map(least.get, run))
        middle = 0.0 if high <= tolerance else low + (high - low) / 2 if high > low else low
        new |= {v: middle if high - low <= tolerance else v for v in run}
    assert found.tolist() == [new[v] for v in values.tolist()]


# ---- whole numbers


def test_the_least_whole_number_is_no_zero():
    embeddings = np.array([[-128, 0], [0, -128], [-128, -128]], dtype=np.int8)
    found = ht.prototypes(embeddings, [0, 1, 2], list("abc")).vectors
    assert found == pytest.approx(np.array([[-1, 0], [0, -1], [-(0.5**0.5), -(0.5**0.5)]]))


# ---- numbers of more than 64 bits

POWERS = (2000, -2000) if np.finfo(np.longdouble).maxexp > 1024 else ()  # not on every platform


def test_numbers_that_64_bits_cannot_hold_are_not_called_infinite_or_zero():
    for power in POWERS:
        vectors = np.ldexp(VECTORS.astype(np.longdouble), power)
        scores = np.ldexp(np.eye(8, dtype=np.longdouble) + 1, power)
        for call in (
            lambda v=vectors: named(v),
            lambda v=vectors: ht.prototypes(v, np.arange(8), NAMES),
            lambda v=vectors: ht.Predictions(np.arange(8), np.eye(8), NAMES, embeddings=v),
            lambda v=scores: ht.Predictions(np.arange(8), v, NAMES),
            lambda v=vectors: ht.DistanceMatrix(np.abs(v).ravel()[:28], NAMES),
        ):
            with pytest.raises(ht.HiertoolsError, match="numbers lie beyond the range of 64 bits"):
                call()
        assert named(np.ldexp(vectors, -power)) == named(VECTORS)
