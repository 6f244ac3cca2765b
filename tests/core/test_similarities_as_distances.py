"""Tables of similarities given as distances or vectors are refused, with advice that works."""

import numpy as np
import pandas as pd
import pytest

import hiertools as ht

NAMES = list("abcdefgh")
TREE = ht.ClassTree.from_newick("(((a,b),(c,d)),((e,f),(g,h)));")
VECTORS = np.random.default_rng(0).normal(size=(8, 4))


def similarities():
    s = np.corrcoef(VECTORS)
    yield "correlations", s, "Give 1 - s", lambda s: 1 - s
    yield "percent", np.abs(s) * 100, "Give 100 - s", lambda s: 100 - s
    odd = np.abs(s) * 99.87654321
    yield "any scale", odd, r"Give s\.max\(\) - s", lambda s: s.max() - s
    q = VECTORS @ VECTORS.T
    yield (
        "dot products",
        q,
        r"numpy\.outer\(q, q\)\)\.clip\(0\)",
        lambda s: (1 - s / np.outer(np.sqrt(np.diag(s)), np.sqrt(np.diag(s)))).clip(0),
    )


@pytest.mark.parametrize("case", list(similarities()), ids=lambda case: case[0])
def test_similarities_are_refused_with_advice_that_works(case):
    _, table, advice, follow = case
    with pytest.raises(ht.RepresentativesError, match=f"are these similarities.*{advice}"):
        ht.DistanceMatrix(table, NAMES)
    frame = pd.DataFrame(table, index=NAMES, columns=NAMES)
    with pytest.raises(ht.RepresentativesError, match=f"are these similarities.*{advice}"):
        ht.DistanceMatrix(frame, NAMES)
    assert ht.DistanceMatrix(follow(table), NAMES).condensed.min() >= 0
    assert ht.DistanceMatrix(follow(frame), NAMES).condensed.min() >= 0


def test_other_tables_with_a_diagonal_say_what_they_may_be():
    counts = np.random.default_rng(0).integers(0, 9, size=(8, 8))
    with pytest.raises(ht.RepresentativesError, match="isn't symmetric.*from_confusion"):
        ht.DistanceMatrix(counts, NAMES)
    unused = 1 - np.corrcoef(VECTORS) + np.diag(np.arange(8))
    with pytest.raises(ht.RepresentativesError, match=r"numpy\.fill_diagonal"):
        ht.DistanceMatrix(unused, NAMES)
    np.fill_diagonal(unused, 0)
    ht.DistanceMatrix(unused, NAMES)


def test_a_table_of_classes_by_classes_is_no_table_of_vectors(tmp_path):
    square = 1 - np.corrcoef(VECTORS)
    np.fill_diagonal(square, 0)
    frame = pd.DataFrame(square, index=NAMES, columns=NAMES)
    frame.to_csv(tmp_path / "d.csv")
    given = ht.DistanceMatrix(frame, list(frame.index))
    expected = ht.compare(given, TREE, permutations=0).value("elementwise_correlation")
    for source in (frame, frame[NAMES[::-1]], tmp_path / "d.csv"):
        result = ht.compare(source, TREE, permutations=0)
        assert result.value("elementwise_correlation") == expected
        with pytest.raises(ht.RepresentativesError, match="holds distances between its classes"):
            ht.as_representatives(source)
    from_file = ht.read_distances(tmp_path / "d.csv")
    np.testing.assert_allclose(given.condensed, from_file.condensed, rtol=1e-15)
    rows = ht.ClassRepresentatives(frame.to_numpy(), list(frame.index))
    # What isn't symmetric may well be vectors, such as mean probabilities.
    frame.loc["a", "b"] = 7.0
    assert ht.as_representatives(frame).n_dimensions == rows.n_dimensions == 8
