"""Distances that don't fit in memory, looked at row by row: the same scores to the last bit."""

import numpy as np
import pytest

import hiertools as ht
from hiertools._core import memory
from hiertools._core.near_ties import Extremes, join_near_ties
from hiertools.hierarchy.distance_rows import DistanceRows

ROWS = ("classwise_correlation", "precision_at_1", "r_precision", "map_at_r")
ONCE = {"scores": ROWS, "permutations": 0, "intervals": False}


@pytest.fixture
def little(monkeypatch):
    """Return a function after which hardly any memory is free."""

    def take():
        monkeypatch.setattr(memory, "_SMALL", 4096)  # lengths of a tree, but no pairs
        monkeypatch.setattr(memory, "available", lambda: 1)

    return take


def taxonomy(n):
    names = [f"c{i:03d}" for i in range(n)]
    return ht.ClassTree.from_lineages(
        {name: f"a{i % 3}/b{i % 9}/d{i % 27}/{name}" for i, name in enumerate(names)}
    )


def vectors_of(kind, n):
    rng = np.random.default_rng(1)
    if kind == "dense":
        return rng.normal(size=(n, 24)).astype(np.float32)
    if kind == "grid":  # many distances are equal on paper, next to others that aren't
        return (rng.integers(-1, 2, (n, 6)) + 3 * np.eye(6)[rng.integers(0, 6, n)]).astype("f4")
    codes = np.zeros((n, 39))
    for start, groups in ((0, 3), (3, 9), (12, 27)):
        codes[np.arange(n), start + np.arange(n) % groups] = 1
    return (codes @ np.linalg.qr(rng.normal(size=(39, 39)))[0]).astype(np.float32)


def same_tables(one, other):
    for name in ("scores", "per_class"):
        left, right = getattr(one, name), getattr(other, name)
        assert list(left.columns) == list(right.columns)
        for column in left.columns:
            assert left[column].equals(right[column]), (name, column)


@pytest.mark.parametrize("kind", ["dense", "grid", "tied"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"metric": "angular", "center": True},
        {"metric": "cosine"},
        {"settings": "paper", "levels": [1]},
    ],
)
def test_no_number_depends_on_what_is_held(kind, options, little):
    tree = taxonomy(250)
    reps = ht.ClassRepresentatives(vectors_of(kind, 250), tree.classes)
    held = ht.compare(reps, tree, **ONCE, **options)
    little()
    passed = ht.compare(reps, tree, **ONCE, **options)
    same_tables(held, passed)
    assert held.has_inferred
    assert not passed.has_inferred
    assert passed.distances is None
    assert passed.per_node.empty
    assert list(passed.per_node.columns) == list(held.per_node.columns)
    assert "row by row" in passed.notes[-1]


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "angular"])
def test_rows_are_the_distances(metric):
    reps = ht.ClassRepresentatives(vectors_of("tied", 250), taxonomy(250).classes)
    found = DistanceRows(reps, metric, center=False, rounding="join")
    square = np.concatenate([found.rows(start) for start in found.parts])
    matrix = ht.distances(reps, metric)
    assert (square == matrix.square()).all()
    assert (found.least, found.largest) == pytest.approx(
        (matrix.condensed.min(), matrix.condensed.max())
    )
    assert (found.unit, found.n_classes) == (matrix.unit, 250)


@pytest.mark.parametrize("seed", range(12))
def test_extremes_of_cells_tell_the_runs_of_all_numbers(seed):
    rng = np.random.default_rng(seed)
    tolerance = 10.0 ** rng.integers(-7, -2)
    centres = rng.uniform(0, 1.9, rng.integers(1, 30))
    apart = rng.integers(0, 7, (centres.size, 5)) * tolerance * rng.choice([0.1, 0.3, 1.0])
    numbers = np.abs(centres[:, None] + apart).ravel()
    numbers = np.append(numbers, rng.uniform(0, 2 * tolerance, 2))
    whole = Extremes(tolerance, 2.1)
    for part in np.array_split(rng.permutation(numbers), 3):
        other = Extremes(tolerance, 2.1)
        other.add(part)
        whole.merge(other)
    found = numbers.copy()
    whole.joins.join(found)
    assert found.tolist() == join_near_ties(numbers, tolerance).tolist()


def test_a_result_without_a_hierarchy_says_so(little, tmp_path):
    tree = taxonomy(30)
    little()
    found = ht.compare(dict(zip(tree.classes, vectors_of("dense", 30))), tree, **ONCE)
    again = ht.Comparison.from_json(found.to_json())
    for result in (found, again):
        assert not result.has_inferred
        with pytest.raises(ht.OptionError, match="has no inferred hierarchy: distances between"):
            result.inferred  # noqa: B018  (what it says is what is tested)
    assert str(found) == str(again)
    assert found.value("precision_at_1", level=0) == again.value("precision_at_1", level=0)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"scores": "core"}, r"scores=\['classwise_correlation', .*'map_at_r'\] take a row"),
        ({"permutations": 9}, "permutations=0 and intervals=False look at each row"),
        ({"intervals": True}, "permutations=0 and intervals=False look at each row"),
        ({"metric": "raw_euclidean"}, "rows are computed of vectors, with metric='euclidean'"),
    ],
)
def test_what_needs_all_distances_is_refused_with_what_would_do(options, why, little):
    tree = taxonomy(30)
    reps = ht.ClassRepresentatives(vectors_of("dense", 30), tree.classes)
    little()
    with pytest.raises(ht.TooLargeError, match=rf"^comparing 30 classes would take .*{why}"):
        ht.compare(reps, tree, **ONCE | options)


def test_rows_of_what_else_there_is_are_refused(little):
    tree = taxonomy(30)
    exact = ht.ClassRepresentatives(vectors_of("dense", 30).astype(np.float64) / 3, tree.classes)
    matrix = ht.distances(exact)
    coarse = ht.ClassRepresentatives(vectors_of("dense", 30), tree.classes)
    lengths = ht.ClassTree(tree.parent, tree.classes, tree.class_node, length=[1.0] * tree.n_nodes)
    little()
    for model, given, why in (
        (exact, tree, "rows are computed of vectors of float32"),
        (matrix, tree, "rows are computed of vectors, with metric="),
        (coarse, lengths, "beside trees without edge lengths"),
    ):
        with pytest.raises(ht.TooLargeError, match=why):
            ht.compare(model, given, **ONCE)


def test_reports_of_what_holds_no_hierarchy_tell_the_scores(little, tmp_path):
    tree = taxonomy(30)
    reps = ht.ClassRepresentatives(vectors_of("dense", 30), tree.classes)
    little()
    for models in (reps, {"a": reps, "b": reps}):
        result = ht.compare(models, tree, **ONCE)
        result.to_html(tmp_path / "report.html")
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert "classwise_correlation" in page
        assert ">Explore<" not in page
        assert "looked at row by row" in page
