"""Neighbour joining against the algorithm written out, additive trees and scikit-bio."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_pairs import binary_tree

import hiertools as ht
from hiertools import ClassTree, DistanceMatrix
from hiertools._core.keyed import keyed_order
from hiertools.errors import OptionError
from hiertools.hierarchy.neighbor_joining import neighbor_joining

COMMON = settings(deadline=None, max_examples=40)


def names(n):
    return [f"c{i:03d}" for i in range(n)]


def random_matrix(n, rng, spread=1.0):
    points = rng.normal(size=(n, 3))
    d = np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1))
    d += spread * rng.random((n, n))
    return DistanceMatrix(np.triu(d, 1) + np.triu(d, 1).T, names(n))


def additive(n, rng):
    """A random binary tree with lengths, and its path distances."""
    shape = binary_tree(n, rng)
    length = rng.uniform(0.1, 1.0, shape.n_nodes)
    tree = ClassTree(shape.parent, shape.classes, shape.class_node, length=length)
    return tree, DistanceMatrix(ht.path_distances(tree), tree.classes)


def twin(matrix):
    """Studier and Keppler's formulas on dicts: one side of each split, and its length."""
    label = {i: frozenset([name]) for i, name in enumerate(matrix.classes)}
    square = matrix.square()
    d = {(i, j): square[i, j] for i in label for j in label if i != j}
    lengths, new = {}, len(label)
    while len(label) > 3:
        r = len(label)
        u = {i: sum(d[i, k] for k in label if k != i) / (r - 2) for i in label}
        _, a, b = min((d[i, j] - u[i] - u[j], i, j) for i in label for j in label if i < j)
        first = (d[a, b] + u[a] - u[b]) / 2
        lengths[label[a]], lengths[label[b]] = first, d[a, b] - first
        for k in label:
            if k not in (a, b):
                d[new, k] = d[k, new] = (d[a, k] + d[b, k] - d[a, b]) / 2
        label[new] = label.pop(a) | label.pop(b)
        new += 1
    a, b, c = label
    for x, y, z in ((a, b, c), (b, a, c), (c, a, b)):
        lengths[label[x]] = (d[x, y] + d[x, z] - d[y, z]) / 2
    return lengths


def split_lengths(tree):
    """Length of the edges that part a tree, by the side without the first class."""
    every = frozenset(tree.classes)
    order = [tree.classes[i] for i in tree.class_order]
    found = {}
    for node in range(1, tree.n_nodes):
        side = frozenset(order[tree.clade_start[node] : tree.clade_stop[node]])
        if tree.classes[0] in side:
            side = every - side
        found[side] = found.get(side, 0.0) + float(tree.length[node])
    return found


def one_side(lengths, every):
    return {(every - side if min(every) in side else side): v for side, v in lengths.items()}


@pytest.mark.parametrize("n", [4, 5, 9, 30, 70])
def test_tree_is_that_of_the_algorithm_written_out(n):
    rng = np.random.default_rng(n)
    matrix = random_matrix(n, rng, spread=0.3)
    expected = one_side(twin(matrix), frozenset(matrix.classes))
    found = split_lengths(neighbor_joining(matrix, rooting="last_join"))
    assert found.keys() == expected.keys()
    tree, info = neighbor_joining(matrix, details=True)
    negative = [value for value in expected.values() if value < 0]
    assert info["n_negative"] == len(negative)
    assert info["most_negative"] == pytest.approx(min(negative, default=0.0))
    if not negative:
        assert found == pytest.approx(expected)
    assert (tree.length >= 0).all()


@COMMON
@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_path_distances_of_a_tree_give_back_the_tree(n, seed):
    tree, matrix = additive(n, np.random.default_rng(seed))
    found, info = neighbor_joining(matrix, details=True)
    np.testing.assert_allclose(
        ht.path_distances(found, tree.classes), ht.path_distances(tree), atol=1e-9
    )
    assert info["n_negative"] == 0
    if n > 3:
        assert ht.tree_distance(tree, found, "robinson_foulds_raw", rooted=False) == 0


@COMMON
@given(st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_class_order_does_not_matter(n, seed):
    rng = np.random.default_rng(seed)
    condensed = rng.integers(0, 4, n * (n - 1) // 2).astype(float)  # full of ties
    matrix = DistanceMatrix(condensed, names(n))
    shuffled = matrix.take([matrix.classes[i] for i in rng.permutation(n)])
    for rooting in ("midpoint", "last_join"):
        assert neighbor_joining(matrix, rooting=rooting) == neighbor_joining(
            shuffled, rooting=rooting
        )


@COMMON
@given(st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_midpoint_lies_half_way_between_the_farthest_classes(n, seed):
    tree = neighbor_joining(random_matrix(n, np.random.default_rng(seed), spread=0.1))
    d = ht.path_distances(tree)
    i, j = np.unravel_index(d.argmax(), d.shape)
    depth = tree.root_distance[tree.class_node]
    assert depth[i] == pytest.approx(d.max() / 2)
    assert depth[j] == pytest.approx(d.max() / 2)
    assert depth.max() == pytest.approx(d.max() / 2)


def tied_twin(matrix, order):
    """The sides of each split by the rule for ties, written out, and how many joins were tied."""
    square, n = matrix.square(), matrix.n_classes
    rank = {frozenset([matrix.classes[c]]): place for place, c in enumerate(order.tolist())}
    nodes = [frozenset([name]) for name in matrix.classes]
    d = {(a, b): square[i, j] for i, a in enumerate(nodes) for j, b in enumerate(nodes) if i != j}
    slack = 64 * np.finfo(float).eps * square.max() * np.sqrt(n)
    splits, tied = set(nodes), 0
    while len(nodes) > 3:
        u = {a: sum(d[a, k] for k in nodes if k != a) / (len(nodes) - 2) for a in nodes}
        q = {(a, b): d[a, b] - u[a] - u[b] for a in nodes for b in nodes if rank[a] < rank[b]}
        least = min(q.values())
        near = [pair for pair in q if q[pair] <= least + slack]
        tied += len(near) > (2 if len(nodes) == 4 else 1)
        a, b = min(near, key=lambda pair: (rank[pair[0]], rank[pair[1]]))
        for k in nodes:
            if k not in (a, b):
                d[a | b, k] = d[k, a | b] = (d[a, k] + d[b, k] - d[a, b]) / 2
        rank[a | b] = rank[a]
        nodes = [node for node in nodes if node not in (a, b)] + [a | b]
        splits.add(a | b)
    return splits, tied


@COMMON
@given(st.integers(4, 16), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_tied_joins_are_those_of_the_rule_written_out(n, values, seed):
    rng = np.random.default_rng(seed)
    condensed = rng.integers(1, values + 1, n * (n - 1) // 2).astype(float)
    matrix = DistanceMatrix(condensed, names(n))
    splits, tied = tied_twin(matrix, keyed_order(names(n), 4))
    tree, info = neighbor_joining(matrix, rooting="last_join", details=True, random_state=4)
    every = frozenset(names(n))
    expected = {every - side if min(every) in side else side for side in splits}
    assert split_lengths(tree).keys() == expected
    assert info["n_tied"] == tied


def test_among_equal_pairs_the_first_in_order_is_joined():
    for seed in range(3):
        matrix = DistanceMatrix([1.0] * 15, names(6))
        tree, info = neighbor_joining(matrix, rooting="last_join", details=True, random_state=seed)
        order = [names(6)[i] for i in keyed_order(names(6), seed)]
        assert {frozenset(clade) for clade in ht.clades(tree)} == {
            frozenset(order[:size]) for size in (2, 3, 4)
        }
        assert info["n_tied"] == 3


def test_rooting_moves_the_root_only():
    matrix = random_matrix(25, np.random.default_rng(0))
    middle, last = (neighbor_joining(matrix, rooting=r) for r in ("midpoint", "last_join"))
    np.testing.assert_allclose(ht.path_distances(middle), ht.path_distances(last), atol=1e-12)
    assert (middle.n_children[0], last.n_children[0]) == (2, 3)


def test_midpoint_on_a_node_makes_that_node_the_root():
    star = DistanceMatrix([2.0] * 6, names(4))
    tree = neighbor_joining(star)
    assert (tree.root_distance[tree.class_node] == 1.0).all()


@pytest.mark.parametrize(
    ("condensed", "newick"),
    [
        ([], "c000;"),
        ([3.0], "(c000:1.5,c001:1.5);"),
        ([0.0], "(c000:0,c001:0);"),
        ([2.0, 3.0, 3.0], "(c002:1.5,(c000:1,c001:1):0.5);"),
        ([0.0, 0.0, 0.0], "(c000:0,c001:0,c002:0);"),
    ],
)
def test_few_classes(condensed, newick):
    n = {0: 1, 1: 2, 3: 3}[len(condensed)]
    tree = neighbor_joining(DistanceMatrix(condensed, names(n)))
    assert tree.to_newick() == newick


def test_negative_edge_is_given_to_its_sibling():
    # c000 is nearer to everything than c001 is, by more than the two are apart.
    square = np.array(
        [[0, 1, 3, 4, 4], [1, 0, 6, 7, 7], [3, 6, 0, 5, 5], [4, 7, 5, 0, 2], [4, 7, 5, 2, 0]],
        dtype=float,
    )
    tree, info = neighbor_joining(DistanceMatrix(square, names(5)), details=True)
    assert info["n_negative"] == 1
    assert info["most_negative"] == -1.0
    assert tree.length[tree.class_node[0]] == 0.0
    assert ht.path_distances(tree)[0, 1] == pytest.approx(1.0)


@pytest.mark.needs("skbio")
@pytest.mark.parametrize("kind", ["noisy", "additive"])
def test_agrees_with_scikit_bio(kind):
    from skbio import DistanceMatrix as TheirMatrix
    from skbio.tree import nj

    rng = np.random.default_rng(7)
    for n in (5, 20, 60):
        _, matrix = additive(n, rng)
        if kind == "noisy":
            noise = rng.uniform(0, 0.02, matrix.condensed.size)
            matrix = DistanceMatrix(matrix.condensed + noise, matrix.classes)
        found, info = neighbor_joining(matrix, details=True)
        assert info["n_negative"] == 0
        theirs = nj(TheirMatrix(matrix.square(), matrix.classes))
        expected = theirs.tip_tip_distances().filter(matrix.classes)
        np.testing.assert_allclose(
            ht.path_distances(found, matrix.classes), expected.data, atol=1e-9
        )
        newick = ClassTree.from_newick(str(theirs))
        assert ht.tree_distance(found, newick, "robinson_foulds_raw", rooted=False) == 0


@pytest.mark.needs("skbio")
def test_topology_agrees_with_scikit_bio_on_arbitrary_distances():
    from skbio import DistanceMatrix as TheirMatrix
    from skbio.tree import nj

    for seed in range(5):
        matrix = random_matrix(40, np.random.default_rng(seed))
        theirs = ClassTree.from_newick(str(nj(TheirMatrix(matrix.square(), matrix.classes))))
        found = neighbor_joining(matrix)
        assert ht.tree_distance(found, theirs, "robinson_foulds_raw", rooted=False) == 0


def test_infer_tree_uses_it():
    matrix = random_matrix(12, np.random.default_rng(1))
    assert ht.infer_tree(matrix, linkage="nj") == neighbor_joining(matrix)


def test_bad_input_is_refused():
    matrix = DistanceMatrix([1.0], names(2))
    with pytest.raises(OptionError, match="rooting has no option 'centre'"):
        neighbor_joining(matrix, rooting="centre")
    with pytest.raises(OptionError, match="needs a DistanceMatrix; got ndarray"):
        neighbor_joining(matrix.square())
