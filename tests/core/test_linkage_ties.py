"""No inferred hierarchy is decided by names, by the order of classes, or by rounding."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform
from test_near_ties import codes, rotated

import hiertools as ht
from hiertools import ClassTree, DistanceMatrix
from hiertools._core.keyed import keyed_number, keyed_order
from hiertools._kernels import linkage as kernel
from hiertools.comparison.problem import Problem, infer_trees
from hiertools.comparison.scores.orders import measure_of
from hiertools.comparison.scores.registry import MEASURES
from hiertools.hierarchy.linkage import LINKAGES
from hiertools.hierarchy.merging import merges_in_order
from hiertools.settings import SETTINGS

pytestmark = pytest.mark.arithmetic()

AGGLOMERATIVE = [name for name in LINKAGES if name != "nj"]
FALLING = ("centroid", "median")
TREE_SCORES = [score.name for kind in MEASURES if kind.of_inferred for score in kind.scores]


def names(n):
    return [f"c{i:02d}" for i in range(n)]


def clades_of(merges, n):
    """The height of each clade of a linkage matrix."""
    groups = {i: frozenset([i]) for i in range(n)}
    found = {}
    for step, (a, b, height, size) in enumerate(merges):
        groups[n + step] = groups[int(a)] | groups[int(b)]
        assert len(groups[n + step]) == size
        found[groups[n + step]] = height
    return found


# ---- the rule, written out


def tied(values, tolerance):
    """The keys whose values are least, up to a tolerance if a gap follows them."""
    least = min(values.values())
    near = {key for key, value in values.items() if value <= least + tolerance}
    high = max(values[key] for key in near)
    others = [value for key, value in values.items() if key not in near]
    if others and min(others) <= high + 4 * tolerance:
        near = {key for key, value in values.items() if value == least}
    return near


def merged(linkage, d, a, b, k):
    x, y, z = d[a, k], d[b, k], d[a, b]
    m, n, other = len(a), len(b), len(k)
    if linkage == "ward":
        squares = (m + other) * x**2 + (n + other) * y**2 - other * z**2
        return math.sqrt(squares / (m + n + other))
    if linkage == "centroid":
        return math.sqrt(max((m * x**2 + n * y**2) / (m + n) - m * n * z**2 / (m + n) ** 2, 0))
    return {
        "single": min(x, y),
        "complete": max(x, y),
        "average": (m * x + n * y) / (m + n),
        "weighted": (x + y) / 2,
        "median": math.sqrt(max((x**2 + y**2) / 2 - z**2 / 4, 0)),
    }[linkage]


def twin(square, linkage, order):
    """Clades with their heights, and how many merges were tied."""
    n = len(square)
    rank = {int(c): place for place, c in enumerate(order)}
    groups = [frozenset([i]) for i in range(n)]
    d = {(a, b): square[min(a), min(b)] for a in groups for b in groups if a != b}
    tolerance = 64 * np.finfo(float).eps * max(square.max(), 1e-300)
    first = lambda group: min(rank[c] for c in group)  # noqa: E731
    chain, heights, count = [], {}, 0
    while len(groups) > 1:
        rows = {a: {b: d[a, b] for b in groups if b != a} for a in groups}
        if linkage in FALLING:
            least = tied({a: min(row.values()) for a, row in rows.items()}, tolerance)
            a = min(least, key=first)
            b = min(tied(rows[a], tolerance), key=first)
            count += len(least) > 2
        else:
            chain = chain or [min(groups, key=first)]
            while True:
                near = tied(rows[chain[-1]], tolerance)
                before = [group for group in chain[:-1] if group in near]
                if before:
                    break
                chain.append(min(near, key=first))
            a, b = chain[-1], before[-1]
            count += max(len(near), len(tied(rows[b], tolerance))) > 1
            chain = chain[: chain.index(b)]
        new = a | b
        heights[new] = d[a, b]
        groups = [group for group in groups if group not in (a, b)]
        for k in groups:
            d[new, k] = d[k, new] = merged(linkage, d, a, b, k)
        groups.append(new)
    return heights, count


@pytest.mark.parametrize("linkage", AGGLOMERATIVE)
@settings(deadline=None, max_examples=30)
@given(st.integers(2, 14), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_tied_merges_are_those_of_the_rule_written_out(linkage, n, values, seed):
    rng = np.random.default_rng(seed)
    square = np.zeros((n, n))
    square[np.triu_indices(n, 1)] = rng.integers(1, values + 1, n * (n - 1) // 2)
    square += square.T
    order = rng.permutation(n)
    merges, count = merges_in_order(square[np.triu_indices(n, 1)], linkage, order)
    expected, expected_count = twin(square, linkage, order)
    found = clades_of(merges, n)
    assert found.keys() == expected.keys()
    assert all(math.isclose(found[c], expected[c], rel_tol=1e-12) for c in found)
    assert count == expected_count


@pytest.mark.parametrize("linkage", AGGLOMERATIVE)
def test_without_ties_merges_are_scipys(linkage):
    rng = np.random.default_rng(1)
    for _ in range(60):
        n = int(rng.integers(2, 40))
        points = rng.normal(size=(n, int(rng.integers(1, 5))))
        condensed = ht.distances(points, "raw_euclidean", classes=names(n)).condensed
        merges, count = merges_in_order(condensed, linkage, rng.permutation(n))
        peer = hierarchy.linkage(condensed.copy(), linkage)  # older SciPy wants to write to it
        found, expected = clades_of(merges, n), clades_of(peer, n)
        assert found.keys() == expected.keys()
        assert max(abs(found[c] - expected[c]) for c in found) <= 1e-12 * condensed.max()
        assert count == 0
        assert linkage in FALLING or (np.diff(merges[:, 2]) >= 0).all()


def distances_of(kind, n, rng):
    pairs = n * (n - 1) // 2
    if kind == "points":
        points = rng.normal(size=(n, 3))
    elif kind == "lattice":
        points = rng.integers(0, 4, size=(n, 2)).astype(float)
    elif kind == "duplicates":
        points = rng.normal(size=(n, 3))[rng.integers(0, (n + 1) // 2, n)]
    elif kind == "equal":
        return np.ones(pairs)
    elif kind == "near ties":
        return rng.integers(1, 5, pairs) * (1 + rng.integers(-8, 9, pairs) * np.finfo(float).eps)
    elif kind == "some ties":
        return rng.integers(1, 10**4, pairs).astype(float)
    else:
        return rng.integers(0, 3, pairs).astype(float)
    return pdist(points)


KINDS = ("points", "lattice", "duplicates", "equal", "near ties", "some ties", "zeros")


@pytest.mark.parametrize("linkage", AGGLOMERATIVE)
@pytest.mark.parametrize("kind", KINDS)
def test_merges_are_those_of_the_rule_written_out(kind, linkage):
    rng = np.random.default_rng(KINDS.index(kind))
    for n, scale in ((1, 1.0), (2, 1e200), (3, 1.0), (17, 1e-200), (33, 1e200), (50, 1.0)):
        condensed = distances_of(kind, n, rng)
        square, order = squareform(condensed) if n > 1 else np.zeros((1, 1)), rng.permutation(n)
        merges, count = merges_in_order(condensed * scale, linkage, order)
        expected, expected_count = twin(square, linkage, order)
        found = clades_of(merges, n)
        assert found.keys() == expected.keys()
        largest = condensed.max(initial=1.0)
        # Squares of centroids lose what was taken away: to half of the digits, near 0.
        slack = (1e-7 if linkage in FALLING else 1e-12) * largest
        assert all(abs(found[c] / scale - expected[c]) <= slack for c in found)
        assert count == expected_count


def test_rows_of_several_blocks():
    """More than the numbers of which a minimum is taken at once, continuous and tied."""
    rng = np.random.default_rng(2)
    condensed = rng.random(300 * 299 // 2)
    for linkage in ("single", "complete", "average", "weighted"):
        merges, count = merges_in_order(condensed, linkage, rng.permutation(300))
        peer = clades_of(hierarchy.linkage(condensed, linkage), 300)
        assert clades_of(merges, 300) == pytest.approx(peer, rel=1e-12)
        assert count == 0
    few = rng.integers(1, 4, 134 * 133 // 2) / 3.0
    for linkage in AGGLOMERATIVE:
        order = rng.permutation(134)
        merges, count = merges_in_order(few, linkage, order)
        expected, expected_count = twin(squareform(few), linkage, order)
        assert clades_of(merges, 134).keys() == expected.keys()
        assert count == expected_count > 0


def test_the_nearest_is_picked_by_the_rule():
    rng = np.random.default_rng(4)
    for _ in range(2000):
        n = int(rng.integers(2, 400))
        row = rng.integers(1, int(rng.integers(2, 60)), n) / rng.integers(1, 4)
        row *= 1 + rng.integers(-3, 4, n) * 1e-15 * rng.integers(0, 2)
        row[rng.integers(n)] = np.inf
        key = rng.permutation(n) - 5
        place, count, alone = kernel.pick(row.view(np.int64), key, 60.0, 0.0, False)
        tolerance = 64 * np.finfo(float).eps * 60.0
        near = tied(dict(enumerate(row)), tolerance)
        assert place == min(near, key=key.__getitem__)
        assert count == len(near)
        others = np.delete(row, place)
        if alone:
            assert count == 1
            assert (others > row[place] + 4 * tolerance).all()


@pytest.mark.parametrize("linkage", AGGLOMERATIVE)
def test_distances_are_left_as_they_are_or_used_up(linkage):
    condensed = distances_of("points", 40, np.random.default_rng(5))
    condensed[condensed < 0.7] = -0.0  # a zero like any other
    given, order = condensed.copy(), np.arange(40)
    merges, count = merges_in_order(given, linkage, order)
    assert np.array_equal(given, condensed)
    again, as_many = merges_in_order(given, linkage, order, used_up=True)
    assert np.array_equal(merges, again)
    assert count == as_many
    plain, _ = merges_in_order(np.abs(condensed), linkage, order)
    assert np.array_equal(plain, merges)


@pytest.mark.parametrize("linkage", sorted(LINKAGES))
@settings(deadline=None, max_examples=25)
@given(st.integers(3, 16), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_rounding_decides_nothing(linkage, n, values, seed):
    rng = np.random.default_rng(seed)
    whole = rng.integers(1, values + 1, n * (n - 1) // 2).astype(float)
    shaken = whole * (1 + rng.integers(-8, 9, whole.size) * np.finfo(float).eps)
    forms = (whole, shaken, whole * 0.1)
    trees = [ht.infer_tree(DistanceMatrix(d, names(n)), linkage) for d in forms]
    assert all(ht.clades(tree) == ht.clades(trees[0]) for tree in trees)
    if linkage != "nj":
        order = [np.unique(tree.heights, return_inverse=True)[1].tolist() for tree in trees]
        assert order[0] == order[1] == order[2]


@pytest.mark.parametrize("linkage", ["average", "complete", "ward", "nj"])
def test_rotated_codes_of_a_tree_imply_one_hierarchy(linkage):
    vectors, classes, tree = codes(4, 3)
    plain = ht.infer_tree(vectors, linkage, classes=classes)
    for seed, kind in itertools.product(range(3), (np.float64, np.float32)):
        reps = ht.ClassRepresentatives(rotated(vectors, seed, kind), classes)
        assert set(ht.clades(ht.infer_tree(reps, linkage))) == set(ht.clades(plain))
        scores = ["elementwise_correlation", "dendrogram_purity", "fowlkes_mallows"]
        if linkage == "nj":
            scores = scores[:2]  # it knows no heights
        found = ht.compare(reps, tree, linkage=linkage, scores=scores, permutations=0)
        assert found.scores["value"].tolist() == pytest.approx([1.0] * len(found.scores))


# ---- names and order


def test_a_class_keeps_its_place_among_others():
    every = names(30)
    order = [every[i] for i in keyed_order(every, 5, 2)]
    part = sorted(order[::3])
    assert [part[i] for i in keyed_order(part, 5, 2)] == sorted(order[::3], key=order.index)
    assert order != [every[i] for i in keyed_order(every, 5, 3)]
    assert order != [every[i] for i in keyed_order(every, 6, 2)]
    assert keyed_number(["ab", "c"], 0) != keyed_number(["a", "bc"], 0)


def few_valued(seed, n=9):
    rng = np.random.default_rng(seed)
    return rng.integers(1, 5, n * (n - 1) // 2).astype(float)


TREE = ClassTree.from_newick("(((c00,c01),c02),((c03,c04),c05),((c06,c07),c08));")


def told_spread(note):
    low, high = note.partition("tied merges, ")[2].split(";")[0].split(",")[0].split(" to ")
    return float(low), float(high)


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_renaming_moves_scores_within_their_told_spread(seed, ties):
    rng = np.random.default_rng(seed)
    condensed = few_valued(seed) if ties else rng.random(36)
    new = dict(zip(names(9), [f"{rng.integers(10**6)}-{i}" for i in range(9)]))
    options = {"scores": TREE_SCORES, "permutations": 0, "intervals": False}
    moved = DistanceMatrix(condensed, list(new.values()))
    moved = moved.take([moved.classes[i] for i in rng.permutation(9)])
    first = ht.compare(DistanceMatrix(condensed, names(9)), TREE, **options)
    second = ht.compare(moved, ht.rename_classes(TREE, new), **options)
    for one, other in zip(first.scores.to_dict("records"), second.scores.to_dict("records")):
        told = ["tied merges" in row["note"] for row in (one, other)]
        if not ties:
            assert not any(told)
        if not all(told):
            if not any(told):
                assert one["value"] == pytest.approx(other["value"], abs=1e-12, nan_ok=True)
            continue
        low, high = zip(*(told_spread(row["note"]) for row in (one, other)))
        assert max(low) <= min(high) + 1e-9, (one, other)
        for row, start, stop in zip((one, other), low, high):
            assert start - 1e-3 <= row["value"] <= stop + 1e-3


def test_reordering_changes_nothing():
    matrix = DistanceMatrix(few_valued(3), names(9))
    moved = matrix.take(names(9)[::-1])
    for linkage in LINKAGES:
        assert ht.infer_tree(matrix, linkage) == ht.infer_tree(moved, linkage)
    options = {"scores": "all", "permutations": 19}
    first, second = (ht.compare(d, TREE, **options) for d in (matrix, moved))
    assert first.scores.equals(second.scores)


def test_names_in_the_order_of_the_taxonomy_give_nothing():
    """Few-valued random distances, of classes whose names sort as the taxonomy does."""
    paper = ht.datasets.load_paper_tree("mesoz")
    ordered = [paper.classes[i] for i in paper.class_order]
    tree = ht.rename_classes(paper, {old: f"t{i:02d}" for i, old in enumerate(ordered)})
    scores = ["clustering_information", "dendrogram_purity", "triplet", "robinson_foulds"]
    drawn = {}
    for seed in range(8):
        confused = np.random.default_rng(seed).poisson(0.6, (52, 52))
        both = np.minimum(confused + confused.T, 3)
        distance = DistanceMatrix((3.0 - both)[np.triu_indices(52, 1)], sorted(tree.classes))
        result = ht.compare(
            distance, tree, scores=scores, permutations=39, intervals=False, random_state=seed
        )
        assert "are tied: its scores are means over 8 orders" in result.notes[-1]
        for row in result.scores.to_dict("records"):
            drawn.setdefault((row["score"], row["level"]), []).append(row["p_value"])
    # Uniform p-values of 8 models have a mean of 0.5, give or take 0.1.
    assert all(np.mean(p) > 0.15 for p in drawn.values()), drawn


# ---- the same trees in observation and null


def tied_problem(seed=3):
    distances = DistanceMatrix(few_valued(seed), names(9))
    chosen = SETTINGS["default"]
    return Problem.inferring(
        [ht.sort_classes(TREE)],
        distances,
        infer_trees(distances, chosen, 0),
        levels=(0, 1),
        settings=chosen,
        seed=0,
    )


@pytest.mark.parametrize(
    "kind", [k for k in MEASURES if k.of_inferred], ids=lambda kind: kind.scores[0].name
)
def test_a_score_is_the_mean_over_the_same_trees(kind):
    problem = tied_problem()
    assert len(problem.under_orders) == 8
    trees = {each.inferred for each in problem.under_orders}
    assert len(trees) > 1
    measure = measure_of(kind, problem)
    single = [{o.key: o.value for o in kind.on(each).observe()} for each in problem.under_orders]
    same = measure.relabelled(np.arange(9)[None, :])
    for observed, (drawn,) in zip(measure.observe(), same, strict=True):
        assert observed.value == pytest.approx(np.mean([each[observed.key] for each in single]))
        assert drawn == pytest.approx(observed.value)


def test_parts_of_the_classes_break_ties_alike():
    problem = tied_problem()
    half = problem.among(np.array([0, 2, 3, 5, 7]))
    for number, each in enumerate(half.under_orders):
        found = ht.infer_tree(half.distances)
        if number == 0:
            assert each.inferred == found
    assert half.tree.classes == half.classes


def test_the_inferred_tree_is_that_of_the_first_order():
    matrix = DistanceMatrix(few_valued(3), names(9))
    for seed in (0, 7):
        result = ht.compare(matrix, TREE, permutations=0, random_state=seed)
        assert result.inferred == ht.infer_tree(matrix, random_state=seed)


def test_two_tied_models_are_inferred_under_the_same_orders():
    matrix = DistanceMatrix(few_valued(3), names(9))
    result = ht.compare_models(matrix, matrix, permutations=0, scores="robinson_foulds")
    assert result.value("robinson_foulds") == 0
    assert "of the first model" in result.notes[0]
    assert "of the second model" in result.notes[1]


def test_paper_settings_keep_the_published_ties():
    matrix = DistanceMatrix(few_valued(3), names(9))
    result = ht.compare(matrix, TREE, settings="paper", permutations=0)
    peer = ClassTree.from_linkage(hierarchy.linkage(matrix.condensed.copy(), "weighted"), names(9))
    assert result.inferred == peer
    assert "are tied: the order of the class names decides" in result.notes[-1]
    assert not result.scores["note"].str.contains("orders of tied").any()
    assert result.settings["ties"] == "position"


# ---- heights read back from edge lengths


def random_tree(seed, n=25):
    """Merge heights of few values, so that their halves and differences round."""
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 8, n * (n - 1) // 2) / 10
    return ht.infer_tree(DistanceMatrix(values, names(n)), "average" if seed % 2 else "complete")


@pytest.mark.parametrize("seed", range(12))
def test_written_and_scaled_trees_keep_their_order_of_merges(seed):
    tree, other = random_tree(seed), random_tree(seed + 1)
    shorter = ClassTree(tree.parent, tree.classes, tree.class_node, length=tree.length * 0.1)
    forms = {
        "read back": ClassTree.from_newick(tree.to_newick()),
        "scaled": shorter,
        "scaled and read back": ClassTree.from_newick(shorter.to_newick()),
    }
    for form, again in forms.items():
        for method in ("bakers_gamma", "fowlkes_mallows"):
            expected = ht.tree_distance(other, tree, method)
            assert ht.tree_distance(other, again, method) == pytest.approx(expected), form
        for k in range(2, 25):
            expected = ht.tree_distance(other, tree, "fowlkes_mallows", k=k)
            found = ht.tree_distance(other, again, "fowlkes_mallows", k=k)
            assert found == pytest.approx(expected, nan_ok=True), (form, k)


def test_a_cut_at_a_height_takes_the_merges_at_it():
    # 0.1 + 0.2 is 0.30000000000000004 on a computer.
    tree = ClassTree.from_newick("((a:0.1,b:0.1):0.2,c:0.3);")
    assert ht.cut(tree, height=0.3).nunique() == 1
    assert ht.cut(tree, height=0.29).nunique() == 2


def test_path_lengths_that_rounding_parts_are_tied():
    lengths = "(((a:0.1,b:0.1):0.2,c:0.3):0.1,((d:0.1,e:0.1):0.2,f:0.3):0.1);"
    tree = ClassTree.from_newick(lengths)
    scaled = ClassTree(tree.parent, tree.classes, tree.class_node, length=tree.length * 10)
    reps = ht.ClassRepresentatives(np.random.default_rng(0).normal(size=(6, 3)), list("abcdef"))
    for score in ("elementwise_correlation", "classwise_correlation"):
        first, second = (
            ht.compare(reps, t, scores=score, permutations=0).value(score) for t in (tree, scaled)
        )
        assert first == pytest.approx(second, abs=1e-12)
