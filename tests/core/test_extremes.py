"""Huge, tiny and impossible numbers: refused in one sentence at the door, or counted exactly.

Nothing of the kind reaches compiled code, which would read memory that it should not.
"""

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from tree_pairs import binary_tree, multifurcating_tree

import hiertools as ht
from hiertools import ClassTree, DistanceMatrix, OptionError, PredictionsError, TreeError
from hiertools.measures.correlation import spearman_ceiling
from hiertools.measures.mistakes import top_k
from hiertools.measures.neighbours import iter_neighbours
from hiertools.measures.retrieval import retrieval_scores
from hiertools.measures.similarity import similarity_from_neighbours
from hiertools.treedist import (
    bakers_gamma,
    cophenetic,
    dasgupta,
    dendrogram_purity,
    fowlkes_mallows,
    information,
    jaccard_robinson_foulds,
    kendall_colijn,
    matching_split,
    path_difference,
    quartets,
    robinson_foulds,
    triplets,
)

pytestmark = pytest.mark.arithmetic()

NAMES = ("a", "b", "c", "d", "e")


def small_tree(lengths=None, places=(3, 4, 5, 6, 7), **options):
    if lengths is not None:
        options["length"] = [0.0, *lengths]
    return ClassTree([-1, 0, 0, 1, 1, 2, 2, 0], NAMES, places, **options)


# ---- lengths, heights, distances


@pytest.mark.parametrize("longest", [1e308, 1.7e308, 1e200, 1e101])
def test_lengths_that_add_up_to_too_much_are_refused(longest):
    sentence = (
        "edge lengths add up to .* squares of path lengths above 1e.100 can't be summed; divide"
    )
    with pytest.raises(TreeError, match=sentence):
        small_tree([longest] * 7)
    with pytest.raises(TreeError, match=r"from the root to 'a', but squares"):
        ClassTree.from_newick(f"((a:{longest},b:1):{longest},c:1);")
    with pytest.raises(TreeError, match=r"merge heights must be at most 1e\+100 in size"):
        small_tree(heights=[longest, 1, 1, 0, 0, 0, 0, 0])
    with pytest.raises(ht.RepresentativesError, match=r"distances must be at most 1e\+100 in size"):
        DistanceMatrix([longest, 1, 1], NAMES[:3])
    with pytest.raises(TreeError, match=r"merge heights must be at most"):
        ClassTree.from_linkage([[0, 1, 1, 2], [2, 3, longest, 3]], NAMES[:3])
    # The advice works.
    assert small_tree(np.full(7, longest) / longest).root_distance.max() == 2


def test_many_lengths_may_add_up_to_too_much():
    # Every edge is well within bounds; and many short paths are no long one.
    n = 1100
    with pytest.raises(TreeError, match=r"add up to 1\.1e\+100 from the root to 'node 1099'"):
        ClassTree(range(-1, n - 1), ["a"], [n - 1], length=[1e97] * n)
    star = ClassTree(
        [-1] + [0] * n, [f"c{i}" for i in range(n)], range(1, n + 1), length=[1e99] * (n + 1)
    )
    assert star.root_distance.max() == 1e99


BY_LENGTH = (
    "weighted_robinson_foulds", "branch_score", "path_difference", "kendall_colijn",
    "cophenetic_correlation", "bakers_gamma",
)  # fmt: skip


@pytest.mark.parametrize("method", BY_LENGTH)
@pytest.mark.parametrize("unit", [2.0**-1000, 2.0**-600, 2.0**300])
def test_no_distance_depends_on_the_unit_of_lengths(method, unit):
    rng = np.random.default_rng(0)
    lengths = rng.random((2, 7))
    options = {"path_difference": {"kind": "length"}, "kendall_colijn": {"length_weight": 1.0}}
    places = (5, 3, 6, 4, 7)

    def value(unit):
        pair = small_tree(lengths[0] * unit), small_tree(lengths[1] * unit, places)
        return ht.tree_distance(*pair, method, **options.get(method, {}))

    scale = 1.0 if method in ("cophenetic_correlation", "bakers_gamma") else unit
    assert value(1.0) != 0
    assert value(unit) / scale == value(1.0)


@pytest.mark.parametrize("unit", [2.0**-1000, 2.0**-500, 2.0**300, 2.0**1015])
def test_no_hierarchy_depends_on_the_unit_of_vectors(unit):
    vectors = np.random.default_rng(0).normal(size=(12, 4))
    names = [f"x{i:02d}" for i in range(12)]
    for metric in ("euclidean", "angular", "cosine", "raw_euclidean"):
        for center in (False, True):
            expected = ht.distances(vectors, metric, center=center, classes=names)
            found = ht.distances(vectors * unit, metric, center=center, classes=names)
            scale = unit if metric == "raw_euclidean" else 1.0
            if metric == "raw_euclidean" and not 1e-290 < unit < 1e100:  # beyond what is kept
                power = int(found.unit.rpartition("times 2^")[2])
                assert found.unit == f"unit of the vectors, times 2^{power}"
                scale = 2.0 ** (math.frexp(unit)[1] - 1 - power)
            assert (found.condensed / scale == expected.condensed).all()
            if metric in ("euclidean", "raw_euclidean"):
                trees = ht.infer_tree(found, "ward"), ht.infer_tree(expected, "ward")
                assert set(ht.clades(trees[0])) == set(ht.clades(trees[1]))


def test_a_huge_parent_number_is_refused():
    with pytest.raises(TreeError, match="whole numbers of 64 bits"):
        ClassTree(np.array([2**64 - 1, 0], dtype=np.uint64), ["a"], [1])
    with pytest.raises(TreeError, match="must be whole numbers"):
        ClassTree.from_linkage([[0, 1, 1, 2], [2, 1e300, 2, 3]], NAMES[:3])


# ---- the doors of compiled code

PERMUTED = {
    "cophenetic": cophenetic.prepare,
    "bakers_gamma": bakers_gamma.prepare,
    "dasgupta": dasgupta.prepare,
    "kendall_colijn": kendall_colijn.prepare,
    "path_difference": path_difference.prepare,
    "information": information.prepare,
    "matching_split": matching_split.prepare,
    "jaccard_robinson_foulds": jaccard_robinson_foulds.prepare,
    "triplets": triplets.prepare,
    "quartets": quartets.prepare,
    "dendrogram_purity": lambda a, b: dendrogram_purity.prepare([0, 0, 1, 1, 1], b),
    "fowlkes_mallows": lambda a, b: fowlkes_mallows.prepare_groups(
        np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 0, 0])
    ),
    "robinson_foulds": lambda a, b: lambda rows: robinson_foulds.shared_clades_null(a, b, rows),
}


@pytest.mark.parametrize("name", PERMUTED)
@pytest.mark.parametrize(
    "row",
    [[0, 1, 2, 3, 9], [0, 1, 2, 3, -1], [0, 0, 1, 2, 3], [0, 1, 2, 3], [0.0, 1, 2, 3, math.nan]],
)
def test_what_is_no_permutation_reaches_no_kernel(name, row):
    values = PERMUTED[name](small_tree(), small_tree(places=(5, 3, 6, 4, 7)))
    assert len(values([[4, 3, 2, 1, 0], [0, 1, 2, 3, 4]])) == 2
    with pytest.raises(OptionError, match=r"each row an order of 0 to 4"):
        values([[0, 1, 2, 3, 4], row] if len(row) == 5 else [row])


def test_numbers_of_classes_and_groups_are_checked():
    s, best = np.eye(2), np.ones((2, 3))
    assert similarity_from_neighbours([[1, 0]], [0], s, best).shape == (1, 2)
    for near, labels, sums in (
        ([[2, 0]], [0], best),
        ([[-1, 0]], [0], best),
        ([[0.5, 0]], [0], best),
        ([[1, 0]], [2], best),
        ([[1, 0]], [0, 1], best),
        ([[1, 0, 1, 0]], [0], best),
    ):
        with pytest.raises((OptionError, PredictionsError)):
            similarity_from_neighbours(near, labels, s, sums)
    with pytest.raises(PredictionsError, match="order must name columns"):
        top_k([[0.1, 0.9]], 1, [0, 7])
    with pytest.raises(PredictionsError, match="must not be NaN, but 1 of 2"):
        top_k([[0.1, math.nan]], 1)
    with pytest.raises(PredictionsError, match="whole numbers of neighbours"):
        next(iter_neighbours(np.eye(3), math.nan))
    for groups in ([0, 0, 1, 1, -1], [0.0, 0, 1, 1, math.nan]):
        with pytest.raises(OptionError, match="a whole number from 0"):
            dendrogram_purity.prepare(groups, small_tree())
    # Groups need not be numbered without gaps.
    sparse = dendrogram_purity.prepare([7, 7, 10**12, 10**12, 3], small_tree())
    assert sparse([[0, 1, 2, 3, 4]]).tolist() == [1.0]


def test_no_distance_is_undefined():
    d = np.array([[0, 1, math.nan], [1, 0, 2], [math.nan, 2, 0]])
    with pytest.raises(OptionError, match="d must be finite, but 2 of 9"):
        retrieval_scores(d, [0, 0, 1])
    with pytest.raises(OptionError, match="at least one class"):
        retrieval_scores(np.empty((0, 0)), [])
    with pytest.raises(OptionError, match="values must be finite"):
        spearman_ceiling([1.0, math.nan, 2.0])


# ---- counts of triplets and quartets beyond what four factors of 16 bits hold


def names(n):
    return [f"c{i:06d}" for i in range(n)]


def caterpillar(n, classes=None):
    """A chain of n - 1 nodes with a class on each, and two on the last."""
    parent = [*range(-1, n - 2), *(min(i, n - 2) for i in range(n))]
    nodes = np.arange(n - 1, 2 * n - 1)
    return ClassTree(parent, names(n), nodes if classes is None else nodes[classes])


def grid(rows, columns):
    """Two trees of rows x columns classes: the one groups them by row, the other by column."""
    row, column = np.divmod(np.arange(rows * columns), columns)

    def grouped(groups, count):
        parent = [-1, *[0] * count, *(1 + groups)]
        return ClassTree(parent, names(groups.size), np.arange(groups.size) + count + 1)

    return grouped(row, rows), grouped(column, columns)


COUNTS = ("n_agree", "n_contradicted", "n_only_reference", "n_only_other", "n_neither")


def counts(first, second, method):
    found = ht.tree_distance(first, second, method, details=True)
    return [found[name] for name in COUNTS]


@pytest.mark.parametrize("n", [12, 60_000, 121_977])
def test_counts_of_caterpillars_are_exact(n):
    tree, turned = caterpillar(n), caterpillar(n, np.arange(n)[::-1])
    for method, order in (("triplet", 3), ("quartet", 4)):
        assert counts(tree, tree, method) == [math.comb(n, order), 0, 0, 0, 0]
    # Upside down, every triplet has another odd one out, and every quartet stays what it is.
    assert counts(tree, turned, "triplet") == [0, math.comb(n, 3), 0, 0, 0]
    assert counts(tree, turned, "quartet") == [math.comb(n, 4), 0, 0, 0, 0]


def test_triplets_of_a_star_are_exact():
    n = 2_100_000  # whose third power is beyond 64 bits
    from hiertools._kernels import triplets as kernels

    star = np.append(-1, np.zeros(n, dtype=np.int64)), np.arange(1, n + 1)
    every = math.comb(n, 3)
    assert kernels.compare(*star, *star, every) == (0, every)


def interpolated(at, known):
    """Return the polynomial through points (x, y) at another x, exactly."""
    total = Fraction(0)
    for x, y in known:
        term = Fraction(y)
        for other, _ in known:
            if other != x:
                term *= Fraction(at - other, x - other)
        total += term
    assert total.denominator == 1
    return int(total)


def by_brute_force(first, second):
    """Return the five counts of quartets of two trees of two levels, one quartet at a time."""

    def pairing(groups, quartet):
        held = [[c for c in quartet if groups[c] == g] for g in {groups[c] for c in quartet}]
        pairs = [frozenset(part) for part in held if len(part) == 2]
        if not pairs or len(held) == 4:
            return None
        return frozenset([pairs[0], frozenset(quartet) - pairs[0]])

    groups = [ht.level_groups(tree, 0, tree.classes).tolist() for tree in (first, second)]
    found = [0] * 5
    for quartet in combinations(range(first.n_classes), 4):
        a, b = (pairing(g, quartet) for g in groups)
        if a is None or b is None:
            box = 4 if a is b else 3 if a is None else 2
        else:
            box = 0 if a == b else 1
        found[box] += 1
    return found


@pytest.mark.parametrize(("rows", "columns"), [(349, 349), (60, 1000)])
def test_counts_of_grids_are_those_of_a_polynomial(rows, columns):
    # Each count is a polynomial of fourth degree in both numbers: known from small grids.
    sizes = range(1, 6)
    small = {(a, b): by_brute_force(*grid(a, b)) for a in sizes for b in sizes}
    expected = [
        interpolated(
            rows,
            [(a, interpolated(columns, [(b, small[a, b][box]) for b in sizes])) for a in sizes],
        )
        for box in range(5)
    ]
    assert sum(expected) == math.comb(rows * columns, 4)
    assert counts(*grid(rows, columns), "quartet") == expected


@pytest.mark.parametrize("n", [300, 60_000])
def test_a_tree_agrees_with_itself_in_all_it_resolves(n):
    rng = np.random.default_rng(n)
    assert counts(*[binary_tree(n, rng)] * 2, "quartet") == [math.comb(n, 4), 0, 0, 0, 0]
    tree = multifurcating_tree(n, rng)
    for method, order in (("triplet", 3), ("quartet", 4)):
        agree, contradicted, only_reference, only_other, neither = counts(tree, tree, method)
        assert (contradicted, only_reference, only_other) == (0, 0, 0)
        assert agree + neither == math.comb(n, order)
        assert min(agree, neither) > 0


def test_more_classes_than_64_bits_count_are_refused():
    n = 121_978
    star = ClassTree([-1] + [0] * n, names(n), range(1, n + 1))
    with pytest.raises(OptionError, match=r"121,978 classes .* up to 121,977 classes"):
        ht.tree_distance(star, star, "quartet")
    assert ht.tree_distance(star, star, "triplet", details=True)["n_neither"] == math.comb(n, 3)
