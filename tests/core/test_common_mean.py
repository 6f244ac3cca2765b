"""A common mean vector is told of where it hides what parts the classes."""

import numpy as np
import pytest

import hiertools as ht
from hiertools.comparison.common_mean import mean_share
from hiertools.reporting.comparison_report import comparison_page, set_page

TREE = ht.ClassTree.from_lineages({f"c{i:02d}": f"g{i % 4}/c{i:02d}" for i in range(24)})
NAMES = TREE.classes
FEW = {"permutations": 19, "scores": ["elementwise_correlation"], "intervals": False}


def vectors(shift, seed=0):
    """Groups that show, and the same vector added to all."""
    rng = np.random.default_rng(seed)
    places = rng.normal(size=(4, 16))
    rows = np.array([places[int(name[1:]) % 4] for name in NAMES])
    return rows + rng.normal(size=rows.shape) + shift * rng.normal(size=16)


def told(result):
    return [note for note in result.notes if note.startswith("A common mean vector")]


@pytest.mark.parametrize("scale", [1.0, 1e-160, 1e160])
def test_the_share_is_its_definition(scale):
    x = vectors(1.0)
    unit = [row / np.linalg.norm(row) for row in x]
    share = np.linalg.norm(np.mean(unit, axis=0)) ** 2
    assert mean_share(scale * x) == pytest.approx(share)
    # The mean cosine of all pairs, each class with itself among them.
    assert share == pytest.approx(np.mean(np.array(unit) @ np.array(unit).T))


def test_it_is_told_of_where_it_holds_more_than_half():
    for shift, dominates in ((0.0, False), (0.5, False), (5.0, True)):
        x = vectors(shift)
        reps = ht.ClassRepresentatives(x, NAMES)
        share = mean_share(x)
        assert (share > 0.5) == dominates
        for metric in ("euclidean", "angular", "cosine"):
            notes = told(ht.compare(reps, TREE, metric=metric, **FEW))
            assert len(notes) == dominates
            for note in notes:
                assert note == (
                    f"A common mean vector holds {share:.0%} of the representatives' squared "
                    "length and blurs the angles between them; center=True removes it."
                )
        # What asks for no angles, or takes it away, hears nothing of it.
        assert not told(ht.compare(reps, TREE, metric="raw_euclidean", **FEW))
        assert not told(ht.compare(reps, TREE, center=True, **FEW))
        assert not told(ht.compare(ht.distances(reps), TREE, **FEW))


def test_exactly_half_is_not_more():
    tree = ht.ClassTree.from_newick("((a,b),(c,d));")
    half = {"a": [2.0, 0.0], "b": [1.0, 0.0], "c": [0.0, 1.0], "d": [0.0, 4.0]}
    assert mean_share(np.array(list(half.values()))) == 0.5
    assert not told(ht.compare(half, tree, **FEW))
    assert told(ht.compare({**half, "d": [0.1, 4.0]}, tree, **FEW))


def test_the_headline_tells_of_it_and_its_advice_works():
    reps = ht.ClassRepresentatives(vectors(5.0), NAMES)
    raw = ht.compare(reps, TREE, **FEW)
    centred = ht.compare(reps, TREE, center=True, **FEW)
    assert told(raw)[0].split("'")[0] in comparison_page(raw)
    assert centred.value("elementwise_correlation") > raw.value("elementwise_correlation")
    both = ht.compare({"m": reps, "n": ht.ClassRepresentatives(vectors(0), NAMES)}, TREE, **FEW)
    assert "m: A common mean vector holds" in set_page(both)


def test_a_zero_vector_is_refused_as_ever():
    x = vectors(0.0)
    x[3] = 0.0
    zero, fine = ht.ClassRepresentatives(x, NAMES), ht.ClassRepresentatives(vectors(5.0), NAMES)
    for refused in (
        lambda: ht.compare(zero, TREE, **FEW),
        lambda: ht.compare_models(zero, fine, **FEW),
        lambda: ht.compare_models(fine, zero, **FEW),
    ):
        with pytest.raises(ht.RepresentativesError):
            refused()


def test_two_models_are_told_of_by_side():
    a, b = (ht.ClassRepresentatives(vectors(shift), NAMES) for shift in (0.0, 5.0))
    assert not told(ht.compare_models(a, a, **FEW))
    for pair, side in (((a, b), "second"), ((b, a), "first")):
        (note,) = told(ht.compare_models(*pair, **FEW))
        assert note.startswith(f"A common mean vector of the {side} model holds ")
