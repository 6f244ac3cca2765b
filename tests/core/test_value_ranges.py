"""Numbers range by range are all numbers, each range above the one before it."""

import numpy as np
import pytest

import hiertools as ht
from hiertools._core import value_ranges
from hiertools._core.near_ties import join_near_ties
from hiertools._core.threads import limited
from hiertools._core.value_ranges import in_ranges


def numbers(kind, size, rng):
    if kind == "dense":
        return rng.normal(1.3, 0.01, size).clip(0)
    if kind == "tied":
        return rng.integers(0, 4, size).astype(float)
    if kind == "equal":
        return np.ones(size)
    # Of many orders of magnitude, zeros among them.
    return 10.0 ** rng.integers(-280, 100, size) * rng.integers(0, 2, size)


KINDS = ("dense", "tied", "equal", "far apart")


@pytest.fixture(autouse=True)
def few_cells(monkeypatch):
    monkeypatch.setattr(value_ranges, "_CELL_BITS", 4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 2, 7, 300])
def test_ranges_are_all_numbers_in_order(kind, size):
    values = numbers(kind, size, np.random.default_rng(size))
    place = np.arange(size)
    parts = in_ranges(lambda part: part, values, place, few=80)
    alone = in_ranges(lambda part: part, values, np.empty(0), few=80)
    assert all(part.beside.size == 0 for part in alone)
    most = max(10, size // 12)
    for part in (*parts, *alone):
        assert part.before == (values < part.values.min()).sum()
        assert part.values.size <= most or np.ptp(part.values) == 0
    for found in (parts, alone):
        assert np.concatenate([np.sort(part.values) for part in found]).tolist() == sorted(values)
    for part in parts:
        assert (values[part.beside] == part.values).all()
    assert sorted(np.concatenate([part.beside for part in parts])) == place.tolist()


def test_a_negative_zero_equals_zero():
    values = np.array([0.0, 3.0, -0.0, 1.0, 2.0, 5.0, 4.0])
    (part,) = in_ranges(lambda part: part, values, np.empty(0), few=80)
    assert part.values.tolist() == values.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_done_in_ranges_is_what_is_done_at_once(kind, monkeypatch):
    rng = np.random.default_rng(1)
    n = 40
    values = numbers(kind, n * (n - 1) // 2, rng)
    values[::3] *= 1 + rng.integers(-2, 3, values[::3].size) * 1e-15
    tree = ht.infer_tree(rng.normal(size=(n, 3)), classes=[f"c{i:02d}" for i in range(n)])
    coarse = ht.cut_tree(tree, k=7) if hasattr(ht, "cut_tree") else tree

    def everything():
        joined = [
            join_near_ties(values, tolerance).tobytes()
            for tolerance in (1e-14, 1e-3, rng.permutation(np.linspace(1e-15, 1e-3, values.size)))
        ]
        used = values.copy()
        again = join_near_ties(used, 1e-14, used_up=True)
        assert again is used
        assert used.tobytes() == joined[0]
        if kind == "equal":
            return joined
        given = ht.DistanceMatrix(values, tree.classes)
        scores = ["elementwise_correlation"]
        found = [
            ht.compare(given, each, scores=scores, permutations=0, intervals=False).scores
            for each in (tree, coarse)
        ]
        return joined, [table["value"][0] for table in found], [t["ceiling"][0] for t in found]

    rng = np.random.default_rng(2)
    at_once = everything()
    monkeypatch.setattr(value_ranges, "FEW", 80)
    for threads in (1, 3):
        rng = np.random.default_rng(2)
        with limited(threads):
            assert everything() == at_once
