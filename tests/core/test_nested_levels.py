"""Retrieval at nested levels, all in one walk, against one level after the other."""

import numpy as np
import pytest

import hiertools as ht
from hiertools._kernels import nested_retrieval
from hiertools.comparison import problem as problem_module
from hiertools.comparison.problem import Problem, infer_trees
from hiertools.comparison.scores import retrieval
from hiertools.comparison.scores.registry import SCORES, measures_for
from hiertools.measures import retrieval as retrieval_module
from hiertools.measures.nested_levels import nested_levels
from hiertools.measures.retrieval import nearest_first, retrieval_per_class, retrieval_scores
from hiertools.settings import as_settings

pytestmark = pytest.mark.arithmetic()

NAMES = ("precision_at_1", "r_precision", "map_at_r")
assert set(NAMES) <= set(SCORES)


def problem_of(tree, rng, tied):
    n = tree.n_classes
    values = rng.integers(0, 5, n * (n - 1) // 2) if tied else rng.uniform(1, 2, n * (n - 1) // 2)
    matrix = ht.DistanceMatrix(values.astype(float), tree.classes)
    chosen = as_settings("default")
    levels = tuple(range(tree.n_levels))
    inferred = infer_trees(matrix, chosen, 0)
    return Problem.inferring([tree], matrix, inferred, levels=levels, settings=chosen, seed=0)


def square_of(matrix):
    square = np.zeros((matrix.n_classes, matrix.n_classes))
    square[np.triu_indices(matrix.n_classes, 1)] = matrix.condensed
    return square + square.T


def caterpillar(n):
    text = "a00"
    for i in range(1, n):
        text = f"({text},a{i:02d})"
    return ht.ClassTree.from_newick(f"{text};")


def bush(n):
    """Chains, unequal depths, groups of several sizes."""
    lineages = {f"a{i:02d}": [f"g{i % 2}", f"h{i % 4}", f"i{i % 8}"][: 1 + i % 3] for i in range(n)}
    return ht.ClassTree.from_lineages({name: (*path, name) for name, path in lineages.items()})


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("make", [caterpillar, bush])
@pytest.mark.parametrize("n", [3, 4, 13])
@pytest.mark.parametrize("way", ["one by one", "together"])
def test_all_levels_at_once_are_each_level_by_itself(n, make, tied, way, monkeypatch):
    monkeypatch.setattr(retrieval, "DEEP", np.inf if way == "one by one" else 0)
    monkeypatch.setattr(problem_module, "FEWEST", 4)  # groups of several classes may go
    rng = np.random.default_rng(n)
    problem = problem_of(make(n), rng, tied)
    square = square_of(problem.distances)
    permutations = np.array([rng.permutation(n) for _ in range(3)])
    group_of = rng.permutation(n) % min(n, max(4, n // 2))
    for kind in measures_for(NAMES):
        measure = kind.on(problem)
        observed = {each.key: each.value for each in measure.observe()}
        relabelled = measure.relabelled(permutations)
        without = measure.without(group_of, np.unique(group_of))
        for (key, value), drawn, left in zip(
            observed.items(), relabelled.tolist(), without.tolist(), strict=True
        ):
            labels = problem.groups[key.level]

            def literal(kept, labels, name=key.score):
                return retrieval_scores(square[np.ix_(kept, kept)], labels[kept])[name]

            everybody = np.arange(n)
            assert value == pytest.approx(literal(everybody, labels), rel=1e-12, nan_ok=True)
            expected = [literal(everybody, labels[each]) for each in permutations]
            assert drawn == pytest.approx(expected, rel=1e-12, nan_ok=True)
            expected = [literal(everybody[group_of != g], labels) for g in np.unique(group_of)]
            assert left == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_many_levels_in_fours_are_each_level_by_itself():
    rng = np.random.default_rng(0)
    for n_levels in (1, 15, 16, 17, 70, 300):
        n = n_levels + 5
        codes = rng.integers(0, n_levels + 1, n).astype(np.int32)
        company = np.sort(rng.integers(1, n + 1, n_levels))[::-1].astype(np.int32)
        single, fours = np.full((2, 4, n_levels), np.nan)
        nested_retrieval._walk(codes, n, company, n_levels, False, single)
        ones, point = nested_retrieval._inverses(n)
        sums = np.empty(8 * n_levels + 20, np.int64)
        nested_retrieval._walk_in_fours(codes, n, company, n_levels, ones, point, sums, fours)
        for scores in (single, fours):
            for level, count in enumerate(company):
                hit = codes[:count] > level
                precision = (np.cumsum(hit) / np.arange(1, count + 1))[hit].sum()
                expected = (float(codes[0] > level), float(hit.sum()), precision)
                assert scores[:3, level].tolist() == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_few_neighbours_as_arrays_have_the_bits_of_the_kernel(n, monkeypatch):
    rng = np.random.default_rng(n)
    shuffled = rng.permutation(n)
    groupings = [np.maximum(np.arange(n) - level, 0)[shuffled] for level in range(max(n - 1, 1))]
    (nested,) = nested_levels(
        [np.unique(x, return_inverse=True)[1].astype(np.int32) for x in groupings]
    )
    for level, place in enumerate(nested.places):
        both = np.stack([nested.group_of(level), groupings[place]], axis=1)
        assert len(np.unique(both, axis=0)) == len(np.unique(groupings[place]))
    neighbours = nearest_first(rng.random((n, n)))
    found = retrieval_per_class(neighbours, nested)
    monkeypatch.setattr(retrieval_module, "FEW", 0)
    np.testing.assert_array_equal(found, retrieval_per_class(neighbours, nested))


def test_nested_groupings_are_chained_and_others_apart():
    rng = np.random.default_rng(0)
    fine = rng.integers(0, 6, 20)
    coarse, other = fine // 3, rng.integers(0, 4, 20)
    groupings = [
        np.unique(x, return_inverse=True)[1].astype(np.int32) for x in (other, fine, coarse)
    ]
    chains = nested_levels(groupings)
    assert [chain.places.tolist() for chain in chains] == [[2, 1], [0]]
    for chain in chains:
        for place in range(len(chain.order) - 1):
            pair = chain.order[place : place + 2]
            shared = sum(len(set(groupings[at][pair].tolist())) == 1 for at in chain.places)
            assert chain.alike[place] == shared
        for at in chain.places:
            ordered = groupings[at][chain.order]
            assert (ordered[1:] != ordered[:-1]).sum() == ordered.max()  # each group is a run


def test_a_perfect_model_of_a_deep_tree_is_perfect():
    rng = np.random.default_rng(0)
    groupings = [np.maximum(np.arange(30) - level, 0).astype(np.int32) for level in range(29)]
    (nested,) = nested_levels(groupings)
    shared = sum((labels[:, None] == labels[None]).astype(float) for labels in groupings)
    for ties in (0.0, 0.5):
        found = retrieval_per_class(
            nearest_first(30 - shared + ties * rng.random((30, 30))), nested
        )
        assert set(found[~np.isnan(found)].tolist()) == {1.0}
