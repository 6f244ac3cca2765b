"""Neighbours told by pairs of samples, each looked at once, are those of a full sort."""

import numpy as np
import pytest

from hiertools._core.threads import limited
from hiertools.measures.neighbour_pairs import NeighbourPairs
from hiertools.measures.neighbours import _Search

pytestmark = pytest.mark.arithmetic()

N = 2500


def vectors(kind):
    """Whole numbers: their products are exact in float32, also over 512, summed in any order."""
    rng = np.random.default_rng(0)
    found = rng.integers(-100, 101, (N, 6))
    if kind == "duplicates":  # each about twice, and one sixty times
        found = found[rng.integers(0, N // 2, N)]
        found[rng.integers(0, N, 60)] = found[0]
    if kind == "some tied":  # one of five is as similar to hundreds of others
        found[::5] = 100 * np.eye(6, dtype=int)[rng.integers(0, 6, N // 5)]
    if kind == "all tied":
        found = found[:, :1] // 100 * 100 + [1, 0, 0, 0, 0, 0]
    if kind == "period":  # the sampled others must not all be of one kind
        found[np.arange(N) % 16 == 3] *= 2
    return found


def neighbours(search):
    search.prepare()
    blocks = [search.block(first) for first in range(0, N, search.size)]
    near, ends = (
        np.concatenate([np.pad(x, ((0, 0), (0, 80 - x.shape[1]))) for x in parts])
        for parts in ([b.near for b in blocks], [b.ends for b in blocks])
    )
    return near, ends, np.concatenate([b.spill for b in blocks]).tolist()


@pytest.mark.parametrize("kind", ["plain", "duplicates", "some tied", "all tied", "period"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("expected", [True, False])
def test_neighbours_by_pairs_are_those_of_a_full_sort(kind, dtype, expected):
    whole = vectors(kind)
    k = np.random.default_rng(1).integers(0, 80, N)
    search = _Search((whole / 512).astype(dtype), k, True, expected)
    near, ends, spill = neighbours(search)
    assert (search.pairs is None) == (kind == "all tied")
    assert len(spill) == np.maximum(ends[np.arange(N), k - 1] - k, 0)[k > 0].sum()
    for i in range(0, N, 20):
        row = whole @ whole[i]
        others = np.delete(np.arange(N), i)
        order = others[np.argsort(-row[others], kind="stable")]
        falling = row[order]
        assert near[i, : k[i]].tolist() == order[: k[i]].tolist()
        if not expected:
            assert ends[i, : k[i]].tolist() == list(range(1, k[i] + 1))
            continue
        end = np.searchsorted(-falling, -falling[: k[i]], side="right")
        assert ends[i, : k[i]].tolist() == end.tolist()
        if k[i]:
            before = np.maximum(ends[np.arange(i), k[:i] - 1] - k[:i], 0)[k[:i] > 0].sum()
            beyond = order[k[i] : end[-1]].tolist()
            assert spill[before : before + len(beyond)] == beyond


def test_nothing_depends_on_the_number_of_threads():
    whole = (vectors("some tied") / 512).astype(np.float32)
    k = np.full(N, 70)
    with limited(1):
        one = neighbours(_Search(whole, k, True, True))
    with limited(3):
        three = neighbours(_Search(whole, k, True, True))
    for a, b in zip(one, three):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("n", "k"), [(100, 5), (2500, 700), (70_000, 600)])
def test_few_samples_many_neighbours_and_much_memory_are_left_to_whole_rows(n, k):
    unit = np.zeros((n, 2), dtype=np.float32)
    assert NeighbourPairs.of(unit, unit.T, np.full(n, k), 1e-6) is None
