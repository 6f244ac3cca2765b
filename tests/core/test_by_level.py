"""One level by itself: its definition, written out, and what may not move it."""

import itertools
import math

import numpy as np
import pytest
from literal import holm

import hiertools as ht
from hiertools.inference.blocks import block_test


def literal_share(distance, parents, groups, blocks):
    """Comparisons of a pair within a group and one between groups that the former wins."""
    wins, compared = 0.0, 0
    for parent in set(parents):
        members = [i for i, own in enumerate(parents) if own == parent]
        pairs = [(i, j) for i, j in itertools.combinations(members, 2) if blocks[i] != blocks[j]]
        within = [distance[i][j] for i, j in pairs if groups[i] == groups[j]]
        between = [distance[i][j] for i, j in pairs if groups[i] != groups[j]]
        if len({groups[i] for i in members}) == 1 or all(
            len({blocks[i] for i in members if groups[i] == group}) == 1
            for group in {groups[i] for i in members}
        ):
            continue
        compared += len(within) * len(between)
        wins += sum((a < b) + (a == b) / 2 for a in within for b in between)
    return wins / compared if compared else math.nan


def dealt_anew(parents, groups, blocks):
    """Every way in which blocks exchange their groups below each parent, some of them alike."""
    ways = []
    for parent in sorted(set(parents)):
        own = sorted({b for b, p in zip(blocks, parents) if p == parent})
        group_of = [next(g for g, b in zip(groups, blocks) if b == block) for block in own]
        ways.append([dict(zip(own, order)) for order in itertools.permutations(group_of)])
    for chosen in itertools.product(*ways):
        of_block = {block: group for part in chosen for block, group in part.items()}
        yield [of_block[block] for block in blocks]


CASES = {
    "three and three": ([0] * 6, [0, 0, 0, 1, 1, 1], range(6)),
    "blocks of two sizes": ([0] * 6, [0, 0, 0, 1, 1, 2], [0, 0, 1, 2, 3, 4]),
    "two parents": ([0, 0, 0, 1, 1, 1], [0, 0, 1, 2, 3, 3], range(6)),
    "a parent that tells nothing": ([0, 0, 0, 1, 1], [0, 0, 1, 2, 2], range(5)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("tied", [False, True])
def test_a_level_is_its_definition(case, tied):
    parents, groups, blocks = (list(labels) for labels in CASES[case])
    rng = np.random.default_rng(len(case))
    labels = [np.array(given) for given in (parents, groups, blocks)]
    for _ in range(2):
        square = rng.integers(1, 4, (len(groups),) * 2) if tied else rng.random((len(groups),) * 2)
        distance = (np.triu(square, 1) + np.triu(square, 1).T).astype(float)
        found = block_test(distance, *labels, 999, 0)
        value = literal_share(distance, parents, groups, blocks)
        null = np.array([
            literal_share(distance, parents, anew, blocks)
            for anew in dealt_anew(parents, groups, blocks)
        ])  # fmt: skip
        assert found.exact
        assert found.value == pytest.approx(value)
        assert found.null.chance == pytest.approx(null.mean())
        assert found.null.p_value == pytest.approx((null >= value - 1e-9).mean())
        assert found.null.p_least == pytest.approx((null >= null.max() - 1e-9).mean())
        drawn = block_test(distance, *labels, 2, 0)
        assert not drawn.exact
        assert drawn.value == found.value
        assert drawn.null.n_permutations == 2


def test_every_arrangement_is_drawn_as_often():
    distance = np.abs(np.subtract.outer(*[np.array([0.0, 1.0, 3.0, 7.0])] * 2))
    zero, groups = np.zeros(4, dtype=int), np.array([0, 0, 1, 1])
    exact = block_test(distance, zero, groups, np.arange(4), 6, 0)
    drawn = block_test(distance, zero, groups, np.arange(4), 5, 0)
    assert exact.exact
    assert not drawn.exact
    many = np.concatenate([[block_test(distance, zero, groups, np.arange(4), 5, seed).null.chance]
                           for seed in range(400)])  # fmt: skip
    assert many.mean() == pytest.approx(exact.null.chance, abs=0.03)


NAMES = [f"c{i:02d}" for i in range(24)]
TREE = ht.ClassTree.from_lineages(
    {name: (f"f{i // 12}", f"g{i // 6}", f"h{i // 2}", name) for i, name in enumerate(NAMES)}
)


def result_of(distance):
    matrix = ht.DistanceMatrix(distance[np.triu_indices(24, 1)], NAMES)
    return ht.compare(matrix, TREE, scores="elementwise_correlation", intervals=False)


def test_finer_and_coarser_structure_moves_no_level():
    rng = np.random.default_rng(3)
    square = rng.random((24, 24)) + 1
    square = np.triu(square, 1) + np.triu(square, 1).T
    place = np.arange(24)
    fine = square - 0.9 * np.equal.outer(place // 2, place // 2)
    np.fill_diagonal(fine, 0)
    coarse = square + 5.0 * np.not_equal.outer(place // 12, place // 12)
    plain, finer, coarser = (result_of(x).by_level() for x in (square, fine, coarse))
    assert plain["level"].tolist() == [0, 1, 2]
    told = ["value", "chance", "p_value"]
    assert finer[told][:2].equals(plain[told][:2])  # levels 0 and 1 see no pair within level 2
    assert coarser[told][1:].equals(plain[told][1:])
    assert finer["p_value"][2] == 0.001
    assert coarser["p_least"][0] == coarser["p_value"][0] == pytest.approx(1 / 3)
    assert plain["p_holm"].tolist() == pytest.approx(holm(list(plain["p_value"])))
    assert plain["n_groups"].tolist() == [2, 4, 12]
    assert plain["n_blocks"].tolist() == [4, 12, 24]


def test_levels_that_cannot_be_tested_say_why():
    chains = ht.ClassTree.from_lineages({n: (f"f{i % 3}", "x", f"{n}")
                                         for i, n in enumerate(NAMES[:6])})  # fmt: skip
    vectors = np.random.default_rng(0).normal(size=(6, 3))
    result = ht.compare(ht.ClassRepresentatives(vectors, NAMES[:6]), chains)
    table = result.by_level()
    assert table["level"].tolist() == [0]  # a chain is one level
    pairs = ht.ClassTree.from_newick("((((a,b)p,c)q,d)r,e);")
    table = ht.compare(ht.ClassRepresentatives(vectors[:5], list("abcde")), pairs).by_level()
    assert table["status"].tolist() == ["ok"] * len(table)
    one = ht.compare(ht.ClassRepresentatives(np.eye(5)[[0, 0, 1, 1, 1]] * [[1]], list("abcde")),
                     ht.ClassTree.from_newick("((a,b)x,(c,d,e)y);"))  # fmt: skip
    assert one.by_level()["p_value"][0] == pytest.approx(0.1)
    with pytest.raises(ht.OptionError, match="needs distances and a taxonomy"):
        ht.Comparison.from_json(result.to_json()).by_level()
    other = ht.ClassRepresentatives(vectors[::-1], NAMES[:6])
    with pytest.raises(ht.OptionError, match="needs distances and a taxonomy"):
        ht.compare_models(other, ht.ClassRepresentatives(vectors, NAMES[:6])).by_level()


def test_ranks_name_levels():
    tree = ht.ClassTree.from_lineages(
        {name: (f"f{i // 12}", f"g{i // 6}") for i, name in enumerate(NAMES)}
        | {name: (f"f{i // 12}", f"g{i // 6}", name) for i, name in enumerate(NAMES)},
        ranks=("family", "genus", "species"),
    )
    vectors = np.random.default_rng(1).normal(size=(24, 3))
    table = ht.compare(ht.ClassRepresentatives(vectors, NAMES), tree, permutations=9).by_level(99)
    assert table["rank"].tolist() == ["family", "genus"]
    assert table["n_arrangements"].tolist() == [6, 99] or table["exact"].tolist() == [True, False]
