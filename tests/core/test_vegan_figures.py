"""Mantel tests with strata, and partial ones, against figures of R's vegan.

``tests/verification/r/mantel.R`` made them.
"""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import hiertools as ht
from hiertools.measures.partial import partial_correlation

FIGURES = Path(__file__).parents[1] / "verification" / "r" / "mantel.csv"
with open(FIGURES, newline="", encoding="utf-8") as held:
    CASES = list(csv.DictReader(held))


def numbers(text):
    return np.array(text.split(), dtype=float)


@pytest.mark.parametrize("case", CASES)
def test_mantel_with_strata_and_partial(case):
    tree = ht.ClassTree.from_newick(case["tree"])
    names = sorted(tree.classes)
    model = ht.DistanceMatrix(numbers(case["model"]), names)
    strata = dict(zip(names, numbers(case["strata"])))
    row = ht.compare(
        model, tree, scores="elementwise_correlation", intervals=False, strata=strata,
        permutations=3000,
    ).scores.iloc[0]  # fmt: skip
    assert row["value"] == pytest.approx(float(case["statistic"]), abs=1e-12)
    assert row["n_permutations"] == int(case["permutations"]) + 1  # the identity is one
    assert row["p_value"] == pytest.approx(float(case["p"]), abs=1e-12)
    paths = ht.path_distances(tree, names)[np.triu_indices(len(names), 1)]
    partial = partial_correlation(model.condensed, paths, [numbers(case["covariate"])])
    assert partial == pytest.approx(float(case["partial"]), abs=1e-12)


def test_partial_correlations_of_a_comparison():
    rng = np.random.default_rng(0)
    names = [f"c{i}" for i in range(9)]
    tree = ht.ClassTree.from_lineages({n: (f"g{i // 3}", n) for i, n in enumerate(names)})
    result = ht.compare(
        ht.ClassRepresentatives(rng.normal(size=(9, 3)), names), tree, permutations=0
    )
    known = {"size": rng.normal(size=9), "count": rng.normal(size=9)}
    table = result.partial_correlations({k: dict(zip(names, x)) for k, x in known.items()})
    assert table["given"].tolist() == ["", "size", "count", "all"]
    i, j = np.triu_indices(9, 1)
    d, t = result.distances.condensed, ht.path_distances(tree, names)[i, j]
    terms = {k: [abs(x[i] - x[j]), x[i] + x[j]] for k, x in known.items()}
    terms |= {"": [], "all": [*terms["size"], *terms["count"]]}
    for row in table.to_dict("records"):
        # The correlation of both, given the rest, from the inverse of all correlations.
        ranks = [stats.rankdata(x) for x in (d, t, *terms[row["given"]])]
        inverse = np.linalg.inv(np.corrcoef(ranks))
        literal = -inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1])
        assert row["value"] == pytest.approx(literal)
        assert row["n_pairs"] == 36
    assert table["value"][0] == pytest.approx(result.value("elementwise_correlation"))


def test_what_covariates_can_not_be():
    tree = ht.ClassTree.from_newick("((a,b),(c,d));")
    reps = ht.ClassRepresentatives(np.random.default_rng(0).normal(size=(4, 2)), list("abcd"))
    result = ht.compare(reps, tree, permutations=0)
    for covariates, message in (
        ({}, "covariates is empty"),
        ({"x": {"a": 1.0}}, "no value for 3 of 4 classes: 'b', 'c', 'd'"),
        ({"x": dict.fromkeys("abcd", np.nan)}, "covariate 'x'"),
    ):
        with pytest.raises(ht.HiertoolsError, match=message):
            result.partial_correlations(covariates)
    constant = result.partial_correlations({"x": dict.fromkeys("abcd", 1.0)})
    assert constant["value"][1] == pytest.approx(constant["value"][0])
