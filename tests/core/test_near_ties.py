"""Distances that rounding alone keeps apart are equal; all others are left alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hiertools as ht
from hiertools._core import near_ties
from hiertools._core.near_ties import GAP, join_near_ties

METRICS = ("euclidean", "cosine", "angular", "raw_euclidean")


def codes(branching, depth):
    """Multi-hot codes of the ancestors of each leaf of a balanced tree, and the tree."""
    n = branching**depth
    columns = [np.arange(n) // branching ** (depth - level) for level in range(1, depth + 1)]
    names = [f"c{i:03d}" for i in range(n)]
    lineages = {
        name: [f"{level}.{column[i]}" for level, column in enumerate(columns)]
        for i, name in enumerate(names)
    }
    vectors = np.hstack([np.eye(int(column.max()) + 1)[column] for column in columns])
    return vectors, names, ht.ClassTree.from_lineages(lineages)


def rotated(vectors, seed, kind):
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(vectors.shape[1],) * 2))[0]
    return (vectors.astype(kind) @ turn.astype(kind)).astype(kind)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("metric", METRICS)
def test_codes_of_a_tree_stay_it_when_they_are_rotated(kind, metric):
    vectors, names, tree = codes(4, 3)
    for seed in range(3):
        reps = ht.ClassRepresentatives(rotated(vectors, seed, kind), names)
        assert np.unique(ht.distances(reps, metric).condensed).size == 3
        kept = ht.distances(reps, metric, rounding="keep").condensed
        assert np.unique(kept).size > 3
        result = ht.compare(reps, tree, metric=metric, permutations=0)
        assert result.value("elementwise_correlation") == pytest.approx(1.0, abs=1e-12)


def test_the_published_recipe_on_the_unit_sphere():
    """Barz and Denzler 2019: dot products are the similarities of the tree."""
    _, names, tree = codes(3, 3)
    similarity = 1.0 - ht.path_distances(tree) / 6.0
    for i in range(len(names)):
        similarity[i, i] = 1.0
    vectors = np.linalg.cholesky(similarity + 1e-12 * np.eye(len(names)))
    reps = ht.ClassRepresentatives(vectors, names)
    for metric in METRICS[:3]:
        result = ht.compare(reps, tree, metric=metric, permutations=0)
        assert result.value("elementwise_correlation") == pytest.approx(1.0, abs=1e-12)


def test_classes_in_one_direction_imply_nothing():
    rng = np.random.default_rng(0)
    direction = rng.normal(size=7)
    vectors = np.outer(rng.uniform(0.1, 10, 6), direction)
    tree = ht.ClassTree.from_newick("((a,b),(c,d),(e,f));")
    for kind in (np.float64, np.float32):
        with pytest.raises(ht.RepresentativesError, match="equally far apart"):
            ht.compare(ht.ClassRepresentatives(vectors.astype(kind), list("abcdef")), tree)


def test_dense_distances_are_left_alone():
    vectors = np.random.default_rng(1).normal(size=(1500, 32))
    names = [f"c{i}" for i in range(1500)]
    exact = ht.ClassRepresentatives(vectors, names)
    kept = ht.distances(exact, rounding="keep").condensed
    assert (ht.distances(exact).condensed == kept).mean() > 0.9999
    coarse = ht.ClassRepresentatives(vectors.astype(np.float32), names)
    kept = ht.distances(coarse, rounding="keep").condensed
    joined = ht.distances(coarse).condensed
    # Isolated coincidences join, by no more than float32 can tell apart, and nothing melts.
    assert np.abs(joined - kept).max() < 1e-6
    assert np.unique(joined).size > 0.95 * np.unique(kept).size
    order = [np.argsort(np.argsort(d)) for d in (kept, joined)]
    assert np.corrcoef(*order)[0, 1] > 1 - 1e-6


@given(
    st.lists(st.floats(0, 2, allow_subnormal=False), min_size=1, max_size=40),
    st.sampled_from([0.0, 1e-12, 1e-3, 0.1]),
)
def test_joining_is_its_definition(values, tolerance):
    found = join_near_ties(np.array(values), tolerance)
    runs = [[]]
    for value in sorted(values):
        if runs[-1] and value - runs[-1][-1] > GAP * tolerance:
            runs.append([])
        runs[-1].append(value)
    new = {}
    for run in runs:
        low, high = run[0], run[-1]
        wide = high - low > tolerance or tolerance == 0
        for value in run:
            if wide:
                new[value] = value
            elif high <= tolerance:
                new[value] = 0.0
            else:
                new[value] = low + (high - low) / 2 if high > low else value
    assert found.tolist() == [new[value] for value in values]
    # Neither order nor anything but the values decides.
    assert join_near_ties(np.array(values[::-1]), tolerance).tolist() == found.tolist()[::-1]


def test_the_type_that_vectors_came_in_is_kept(tmp_path):
    coarse = np.random.default_rng(2).normal(size=(3, 4)).astype(np.float32)
    reps = ht.ClassRepresentatives(coarse, ["a", "b", "c"])
    reps.save(tmp_path / "reps.npz")
    for same in (reps.take(["c", "a"]), ht.read_representatives(tmp_path / "reps.npz")):
        assert same.rounded_to == np.float32
        assert same.vectors.dtype == np.float64
    assert ht.read_representatives(tmp_path / "reps.npz") == reps


@pytest.mark.parametrize(
    "ending",
    [
        "npz", "csv", "tsv", "list", "frame",
        pytest.param("parquet", marks=pytest.mark.needs("pyarrow")),
    ],
)  # fmt: skip
def test_vectors_that_were_float32_score_as_such(tmp_path, ending):
    vectors, names, tree = codes(4, 3)
    narrow = rotated(vectors, 0, np.float32)
    wide = ht.ClassRepresentatives(narrow.astype(np.float64), names)
    if ending == "list":
        wide = ht.ClassRepresentatives(narrow.tolist(), names)
    elif ending == "frame":
        wide = ht.as_representatives(wide.to_frame())
    else:
        wide.save(tmp_path / f"reps.{ending}")
        wide = ht.read_representatives(tmp_path / f"reps.{ending}")
    assert wide.rounded_to == np.float32
    assert np.unique(ht.distances(wide).condensed).size == 3
    assert ht.compare(wide, tree, permutations=0).value("elementwise_correlation") == 1.0


@pytest.mark.parametrize(
    "numbers",
    [
        np.random.default_rng(3).normal(size=(3, 4)),
        np.random.default_rng(3).integers(0, 1_000_000, (3, 4)),
        np.random.default_rng(3).integers(0, 2, (3, 4)),
        np.arange(1, 13).reshape(3, 4) / 64,
        np.full((3, 4), 1e300),
        np.append(np.random.default_rng(3).normal(size=11).astype(np.float32), 0.1).reshape(3, 4),
    ],
    ids=["64 bits", "counts", "codes", "fractions", "huge", "one of 64 bits"],
)
def test_other_numbers_are_of_64_bits(numbers):
    assert ht.ClassRepresentatives(numbers, ["a", "b", "c"]).rounded_to == np.float64


def test_paper_settings_keep_distances_raw():
    vectors, names, tree = codes(4, 3)
    reps = ht.ClassRepresentatives(rotated(vectors, 0, np.float32), names)
    result = ht.compare(reps, tree, settings="paper", permutations=0)
    assert np.unique(result.distances.condensed).size > 3
    with pytest.raises(ht.OptionError, match="rounding has no option 'off'"):
        ht.distances(reps, rounding="off")


@pytest.mark.parametrize("seed", range(20))
def test_runs_are_joined_as_defined(seed):
    """Sorted values parted at gaps: what is narrow and apart is joined, all else is kept."""
    rng = np.random.default_rng(seed)
    unit = 10.0 ** rng.integers(-300, 90)
    size = int(rng.integers(1, 200))
    values = np.abs(rng.choice(rng.uniform(0, 1, 9), size) + rng.normal(0, 1e-9, size)) * unit
    values[rng.random(size) < 0.1] = rng.choice([0.0, 1e-9 * unit])
    several = rng.uniform(1e-9, 1e-8, size) * unit
    for tolerance in (1e-8 * unit, 1e-9 * unit, several):
        own = np.broadcast_to(tolerance, size)
        # A value that occurs several times goes by the least of its tolerances.
        least = {v: own[values == v].min() for v in set(values.tolist())}
        runs = []
        for v in sorted(least):
            if runs and v - runs[-1][-1] <= near_ties.GAP * min(least[v], least[runs[-1][-1]]):
                runs[-1].append(v)
            else:
                runs.append([v])
        expected = {}
        for run in runs:
            within, low, high = min(least[v] for v in run), run[0], run[-1]
            for v in run:
                narrow = high - low <= within
                middle = 0.0 if high <= within else low + (high - low) / 2
                expected[v] = middle if narrow else v
        found = near_ties.join_near_ties(values, tolerance)
        assert found.tolist() == [expected[v] for v in values.tolist()]
