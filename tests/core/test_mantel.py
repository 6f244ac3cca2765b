"""Pearson and Kendall over all pairs: each number by its definition, and as others have it."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

import hiertools as ht
from hiertools.measures.correlation import kendall_tau_a, pearson_correlation, tau_a_ceiling

TREE = ht.ClassTree.from_newick("(((a,b),c),((d,e),(f,g)));")
LENGTHS = ht.ClassTree.from_newick("((a:1,b:2.5)x:.5,(c:.25,(d:1,e:3)y:2):1,(f:2,g:.125):.75);")
FEW = ht.DistanceMatrix(np.array([1, 2, 1, 3, 3, 2, 1, 2, 2, 3, 1, 1, 2, 3, 1, 2, 3, 3, 1, 2, 3.0]),
                        list("abcdefg"))  # fmt: skip
SCORES = ["pearson_correlation", "kendall_tau_a"]


def model(seed, n=7):
    vectors = np.random.default_rng(seed).normal(size=(n, 3))
    return ht.ClassRepresentatives(vectors, list("abcdefghijkl")[:n])


def tau_a(d, t):
    """Kendall's tau-a as its definition has it."""
    pairs = list(itertools.combinations(range(len(d)), 2))
    return sum(np.sign(d[p] - d[q]) * np.sign(t[p] - t[q]) for p, q in pairs) / len(pairs)


DEFINITIONS = {"pearson_correlation": lambda d, t: np.corrcoef(d, t)[0, 1], "kendall_tau_a": tau_a}


def distances_of(source, tree, names):
    square = (source if isinstance(source, ht.DistanceMatrix) else ht.distances(source)).square()
    above = np.triu_indices(len(names), 1)
    at = [sorted(tree.classes).index(name) for name in names]
    return square[np.ix_(at, at)][above], ht.path_distances(tree, names)[above]


@pytest.mark.parametrize("tree", [TREE, LENGTHS], ids=["edges", "lengths"])
@pytest.mark.parametrize("source", [model(0), FEW], ids=["vectors", "ties"])
@pytest.mark.parametrize("score", SCORES)
def test_value_chance_and_interval_are_their_definition(tree, source, score):
    define, names = DEFINITIONS[score], list("abcdefg")
    result = ht.compare(source, tree, scores=[score], permutations=50)
    (row,) = result.scores.to_dict("records")
    d, t = distances_of(source, tree, names)
    assert row["value"] == pytest.approx(define(d, t), abs=1e-12)
    null = []
    for order in ht.inference.permutations(7, 50, 0):
        moved = ht.path_distances(tree, [names[i] for i in order])[np.triu_indices(7, 1)]
        null.append(define(d, moved))
    assert result.null(score) == pytest.approx(np.array(null), abs=1e-12)
    as_good = sum(x >= row["value"] - 1e-10 for x in null)
    assert row["p_value"] == pytest.approx((1 + as_good) / 51)
    without = [define(*distances_of(source, tree, [x for x in names if x != y])) for y in names]
    error = math.sqrt(6 / 7 * sum((x - np.mean(without)) ** 2 for x in without))
    top = 1.0 if math.isnan(row["ceiling"]) else row["ceiling"]
    half = stats.t.ppf(0.975, 6) * error
    assert row["ci_low"] == pytest.approx(max(row["value"] - half, -1.0))
    assert row["ci_high"] == pytest.approx(min(row["value"] + half, top))


@pytest.mark.parametrize("score", SCORES)
def test_leaving_out_groups_of_classes(score):
    from hiertools.comparison.problem import Problem
    from hiertools.comparison.scores.orders import measure_of
    from hiertools.comparison.scores.registry import measures_for
    from hiertools.hierarchy.linkage import InferredTrees
    from hiertools.settings import SETTINGS

    tree, source = ht.sort_classes(LENGTHS), model(3)
    problem = Problem.inferring(
        [tree], ht.distances(source), InferredTrees((tree,), 0, 0), levels=(),
        settings=SETTINGS["default"], seed=0,
    )  # fmt: skip
    (kind,) = measures_for({score})
    group_of = np.array([0, 1, 2, 0, 1, 2, 0])
    (found,) = measure_of(kind, problem).without(group_of, np.array([0, 1, 2]))
    for group, value in enumerate(found):
        kept = [name for name, own in zip("abcdefg", group_of) if own != group]
        assert value == pytest.approx(DEFINITIONS[score](*distances_of(source, tree, kept)))


def test_functions_of_arrays():
    rng = np.random.default_rng(1)
    d, t = rng.integers(0, 5, size=(2, 45)).astype(float)
    assert pearson_correlation(d, t) == pytest.approx(stats.pearsonr(d, t).statistic)
    assert kendall_tau_a(d, t) == pytest.approx(tau_a(d, t))
    assert kendall_tau_a(d + rng.uniform(0, 0.1, 45), t) <= tau_a_ceiling(t)
    assert kendall_tau_a(t + np.linspace(0, 0.1, 45), t) == pytest.approx(tau_a_ceiling(t))
    x, y = rng.normal(size=(2, 45))
    assert kendall_tau_a(x, y) == pytest.approx(stats.kendalltau(x, y).statistic)
    assert pearson_correlation(1e300 * x, 1e-300 * x) == pytest.approx(1.0)
    assert math.isnan(pearson_correlation(x, np.ones(45)))
    assert math.isnan(kendall_tau_a(np.ones(45), x))
    with pytest.raises(ht.OptionError, match="got 45 and 44 values"):
        kendall_tau_a(x, y[1:])


@pytest.mark.needs("skbio")
@pytest.mark.parametrize(
    ("score", "method"), [("pearson_correlation", "pearson"), ("kendall_tau_a", "kendalltau")]
)
def test_statistic_and_p_are_those_of_scikit_bio(score, method):
    from skbio.stats.distance import mantel

    a, b = model(4, 12), model(5, 12)
    result = ht.compare_models(a, b, scores=[score], permutations=999)
    (row,) = result.scores.to_dict("records")
    x, y = (ht.distances(each).square() for each in (a, b))
    found = mantel(x, y, method, permutations=999, alternative="greater", seed=0)
    assert row["value"] == pytest.approx(found[0])
    assert row["p_value"] == pytest.approx(found[1], abs=0.05)


def test_distances_that_are_all_equal_on_one_side_have_no_correlation():
    far = ht.ClassTree.from_newick("(a:1,b:1,(c:1,(d:1,e:1):1e-9):1e-9);")
    lonely = ht.compare(model(6, 5), far, scores=SCORES, permutations=5, intervals=False)
    assert lonely.scores["value"].notna().all()
    result = ht.compare(model(7, 3), ht.ClassTree.from_newick("((a,b),c);"), scores=SCORES)
    assert result.scores["value"].notna().all()
    assert result.scores["ci_low"].isna().all()


def test_cpcc_is_pearson_of_distances_between_class_means():
    rng = np.random.default_rng(8)
    labels, features = np.repeat(np.arange(7), 5), rng.normal(size=(35, 4))
    means = np.stack([features[labels == c].mean(axis=0) for c in range(7)])
    proxies = ht.ClassRepresentatives(means, list("abcdefg"))
    result = ht.compare(
        proxies, TREE, metric="raw_euclidean", scores="pearson_correlation", permutations=0
    )
    pairs = list(itertools.combinations(range(7), 2))
    between = [math.dist(means[i], means[j]) for i, j in pairs]
    paths = ht.path_distances(TREE, list("abcdefg"))
    cpcc = np.corrcoef(between, [paths[i, j] for i, j in pairs])[0, 1]
    assert result.value("pearson_correlation") == pytest.approx(cpcc)
