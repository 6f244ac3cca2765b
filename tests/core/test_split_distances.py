"""Split-matching distances against their definitions, toytree, and what a metric must do."""

from fractions import Fraction
from itertools import permutations
from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from tree_pairs import binary_tree, multifurcating_tree, tree_pairs, tree_triples

from hiertools import ClassTree, HiertoolsError, OptionError, collapse_unary, tree_distance
from hiertools._core import memory
from hiertools.errors import TooLargeError
from hiertools.treedist import information, jaccard_robinson_foulds, matching_split
from hiertools.treedist import splits as splits_module
from hiertools.treedist.splits import best_assignment, pair_scores, splits, x_log_x

pytestmark = pytest.mark.arithmetic()

FEW = settings(deadline=None, max_examples=40)
INFORMATION = ["clustering_information", "phylogenetic_information", "matching_split_information"]


def splits_by_definition(tree):
    """Both sides of every edge of the tree, as sets of class names, trivial ones left out."""
    everything = frozenset(tree.classes)
    found = set()
    for node in range(1, tree.n_nodes):
        end = node + tree.subtree_size[node]
        side = frozenset(c for c, at in zip(tree.classes, tree.class_node) if node <= at < end)
        if 2 <= len(side) <= len(everything) - 2:
            found.add(frozenset([side, everything - side]))
    return [tuple(split) for split in found]


def rooted_trees(n):
    """How many rooted binary trees of n leaves there are: (2n - 3)!!."""
    total = 1
    for odd in range(3, 2 * n - 2, 2):
        total *= odd
    return total


def unrooted_trees(n):
    return rooted_trees(n - 1) if n > 1 else 1


def entropy(*sets):
    n = sum(map(len, sets))
    return -sum(len(s) / n * log2(len(s) / n) for s in sets if s)


def phylogenetic(split):
    a, b = map(len, split)
    return -log2(Fraction(rooted_trees(a) * rooted_trees(b), unrooted_trees(a + b)))


def share_clustering(x, y):
    parts = [p & q for p in x for q in y]
    return entropy(*x) + entropy(*y) - entropy(*parts)


def share_phylogenetic(x, y):
    apart = [(p, q) for p in x for q in y if not p & q]
    if not apart:
        return 0.0
    if len(apart) == 2:  # one and the same split
        return phylogenetic(x)
    (p, q), n = apart[0], len(x[0]) + len(x[1])
    both = rooted_trees(len(p)) * rooted_trees(len(q)) * unrooted_trees(n - len(p) - len(q) + 2)
    return phylogenetic(x) + phylogenetic(y) + log2(Fraction(both, unrooted_trees(n)))


def share_matching(x, y):
    best = 0.0
    for a, b in ((0, 1), (1, 0)):
        p, q = x[0] & y[a], x[1] & y[b]
        if p and q:
            best = max(best, phylogenetic((p, q)))
    return best


def jaccard(x, y):
    def share(p, q):
        return len(p & q) / len(p | q)

    return max(min(share(x[0], y[0]), share(x[1], y[1])), min(share(x[0], y[1]), share(x[1], y[0])))


def best_sum(a, b, score):
    if not a or not b:
        return 0.0
    values = np.array([[score(x, y) for y in b] for x in a])
    return values[linear_sum_assignment(values, maximize=True)].sum()


def matching_by_definition(a, b):
    """Pad the shorter list with empty splits; the cheapest assignment of one to the other."""
    n = len(a[0][0]) + len(a[0][1]) if a else len(b[0][0]) + len(b[0][1]) if b else 0
    short, long = sorted((a, b), key=len)
    short = short + [(frozenset(), frozenset())] * (len(long) - len(short))

    def cost(x, y):
        if not x[0] and not x[1]:
            return min(map(len, y))
        return min(len(x[0] ^ y[0]), n - len(x[0] ^ y[0]))

    values = np.array([[cost(x, y) for y in long] for x in short]).reshape(len(short), len(long))
    return int(values[linear_sum_assignment(values)].sum())


DEFINITIONS = {
    "clustering_information": (share_clustering, lambda split: entropy(*split)),
    "phylogenetic_information": (share_phylogenetic, phylogenetic),
    "matching_split_information": (share_matching, phylogenetic),
}


@pytest.mark.parametrize("method", INFORMATION)
@FEW
@given(pair=tree_pairs())
def test_information_is_its_definition(method, pair):
    share, own = DEFINITIONS[method]
    a, b = map(splits_by_definition, pair)
    total = best_sum(a, b, share)
    info = sum(map(own, a)) + sum(map(own, b))
    counts = tree_distance(*pair, method, details=True)
    assert counts["raw"] == pytest.approx(info - 2 * total, abs=1e-9)
    if info:
        assert counts["distance"] == pytest.approx(1 - 2 * total / info, abs=1e-9)
        assert counts["similarity"] == pytest.approx(2 * total / info, abs=1e-9)
    else:
        assert np.isnan(counts["distance"])
        assert "no information" in counts["note"]


@FEW
@given(pair=tree_pairs())
def test_matching_split_is_its_definition(pair):
    a, b = map(splits_by_definition, pair)
    counts = tree_distance(*pair, "matching_split", details=True)
    assert counts["raw"] == matching_by_definition(a, b)
    assert tree_distance(*pair, "matching_split", normalized=False) == counts["raw"]


@FEW
@given(pair=tree_pairs(), k=st.sampled_from([0.5, 1, 2, 7.0]), allow=st.booleans())
def test_jaccard_is_its_definition(pair, k, allow):
    a, b = map(splits_by_definition, pair)

    def score(x, y):
        compatible = any(not p & q for p in x for q in y)
        return jaccard(x, y) ** k if allow or compatible else 0.0

    raw = len(a) + len(b) - 2 * best_sum(a, b, score)
    counts = tree_distance(
        *pair, "jaccard_robinson_foulds", k=k, allow_conflict=allow, details=True
    )
    assert counts["raw"] == pytest.approx(raw, abs=1e-9)


METHODS = [*INFORMATION, "matching_split", "jaccard_robinson_foulds"]


@pytest.mark.parametrize("method", METHODS)
@FEW
@given(pair=tree_pairs(), data=st.data())
def test_symmetric_and_blind_to_class_order(method, pair, data):
    a, b = pair
    value = tree_distance(a, b, method, normalized=False)
    assert tree_distance(b, a, method, normalized=False) == pytest.approx(value, abs=1e-9)
    order = data.draw(st.permutations(range(a.n_classes)))
    shuffled = ClassTree(a.parent, [a.classes[i] for i in order], a.class_node[list(order)])
    assert tree_distance(shuffled, b, method, normalized=False) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
@FEW
@given(pair=tree_pairs())
def test_zero_exactly_for_the_same_splits(method, pair):
    a, b = pair
    assert tree_distance(a, a, method, normalized=False) == pytest.approx(0, abs=1e-9)
    same = {frozenset(s) for s in splits_by_definition(a)} == {
        frozenset(s) for s in splits_by_definition(b)
    }
    assert (tree_distance(a, b, method, normalized=False) < 1e-9) == same


@pytest.mark.parametrize(
    "method", ["clustering_information", "matching_split", "jaccard_robinson_foulds"]
)
@FEW
@given(triple=tree_triples())
def test_triangle_inequality(method, triple):
    a, b, c = triple
    ab, bc, ac = (tree_distance(*p, method, normalized=False) for p in ((a, b), (b, c), (a, c)))
    assert ac <= ab + bc + 1e-9


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", ["binary", "multifurcating"])
def test_relabelled_values_are_those_of_relabelled_trees(method, shape):
    rng = np.random.default_rng(3)
    a = (binary_tree if shape == "binary" else multifurcating_tree)(20, rng)
    b = binary_tree(20, rng)
    prepare = {
        "matching_split": matching_split.prepare,
        "jaccard_robinson_foulds": jaccard_robinson_foulds.prepare,
    }.get(method)
    if prepare is None:
        kind = method.split("_")[0]
        values = information.prepare(a, b, kind=kind)
    else:
        values = prepare(a, b)
    orders = np.array([rng.permutation(20) for _ in range(5)])
    expected = []
    for order in orders:
        moved = ClassTree(a.parent, a.classes, a.class_node[order])
        expected.append(tree_distance(moved, b, method))
    np.testing.assert_allclose(values(orders), expected, atol=1e-9)
    np.testing.assert_allclose(values(np.arange(20)), [tree_distance(a, b, method)], atol=1e-9)


@pytest.mark.parametrize("method", [*METHODS, "dasgupta_cost"])
@FEW
@given(pair=tree_pairs())
def test_single_child_nodes_do_not_count(method, pair):
    a, b = pair
    value = tree_distance(a, b, method, normalized=False)
    assert tree_distance(collapse_unary(a), b, method, normalized=False) == pytest.approx(value)
    assert tree_distance(a, collapse_unary(b), method, normalized=False) == pytest.approx(value)


def test_equal_splits_first_is_not_optimal_for_phylogenetic_information():
    """The reason why they are assigned first only where unshared information is a metric."""
    a = ClassTree.from_newick("(((p,q),r),s,t,u,v,w);")
    b = ClassTree.from_newick("(((p,q),s),r,t,u,v,w);")
    counts = tree_distance(a, b, "phylogenetic_information", details=True)
    equal = -log2(Fraction(rooted_trees(2) * rooted_trees(6), unrooted_trees(8)))
    assert counts["shared_information"] > equal + 0.2


@pytest.mark.parametrize("n", [70, 150])
def test_assignments_agree_with_scipy_at_sizes_that_take_the_auction(n):
    rng = np.random.default_rng(n)
    a, b = binary_tree(n, rng), binary_tree(n, rng)
    first, second = splits(a), splits(b)
    for kind, table in ((0, x_log_x(n)), (3, np.zeros(1)), (4, np.zeros(1))):
        value = pair_scores(kind, first, second, table=table).value
        for part in (value, value[: int(0.9 * len(value))], value[:, : int(0.9 * len(value))]):
            best = part[linear_sum_assignment(part, maximize=True)].sum()
            rows, columns = best_assignment(part, whole=kind == 3)
            assert len(set(rows)) == len(rows)
            assert len(set(columns)) == len(columns)
            assert part[rows, columns].sum() == pytest.approx(best, abs=1e-9)
    assert best_assignment(np.zeros((80, 80)))[0].size == 80


@pytest.mark.parametrize("method", METHODS)
def test_splits_whose_scores_do_not_fit_are_refused(method, monkeypatch):
    """Before any of them is computed."""
    monkeypatch.setattr(memory, "_SMALL", 0)
    monkeypatch.setattr(memory, "available", lambda: 200_000)
    rng = np.random.default_rng(0)
    a, b = binary_tree(120, rng), binary_tree(120, rng)
    with pytest.raises(TooLargeError, match=r"scores of 117 by 117 splits would take 0\.0 GB"):
        tree_distance(a, b, method)


MATRICES = {
    "continuous": lambda rng, shape: rng.random(shape),
    "few values": lambda rng, shape: rng.integers(0, 4, shape) / 3.0,
    "all equal": lambda rng, shape: np.full(shape, 0.3),
    "mostly nothing": lambda rng, shape: rng.random(shape) * (rng.random(shape) < 0.02),
    "sums": lambda rng, shape: rng.random((shape[0], 1)) + rng.random((1, shape[1])),
    "products": lambda rng, shape: np.outer(*(np.arange(n) + 1.0 for n in shape)),
    "near ties": lambda rng, shape: 1.0 + 1e-9 * rng.random(shape),
    "wide range": lambda rng, shape: 10.0 ** rng.uniform(-12, 0, shape),
    "blocks": lambda rng, shape: np.kron(
        rng.random((9, 9)), np.ones((12, 12))
    )[: shape[0], : shape[1]],
}  # fmt: skip


@pytest.mark.parametrize("bids", [splits_module._BIDS, 1])
@pytest.mark.parametrize("shape", [(64, 64), (108, 108), (95, 108), (108, 95)])
@pytest.mark.parametrize("what", MATRICES)
def test_assignments_are_the_best_of_tied_and_structured_scores(what, shape, bids, monkeypatch):
    """Also where the auction gives up after its first step."""
    monkeypatch.setattr(splits_module, "_BIDS", bids)
    rng = np.random.default_rng(sum(shape))
    for _ in range(3):
        value = MATRICES[what](rng, shape)
        best = np.sort(value[linear_sum_assignment(value, maximize=True)]).sum()
        rows, columns = best_assignment(value)
        assert len(set(rows)) == len(rows)
        assert len(set(columns)) == len(columns)
        assert np.sort(value[rows, columns]).sum() == pytest.approx(best, rel=1e-13)


@pytest.mark.parametrize("method", METHODS)
def test_equal_splits_first_at_sizes_that_take_the_auction(method):
    """Trees alike but for some classes: the shortcut against a full assignment."""
    rng = np.random.default_rng(5)
    a = binary_tree(120, rng)
    order = np.arange(120)
    moved = rng.choice(120, 20, replace=False)
    order[moved] = order[rng.permutation(moved)]
    b = ClassTree(a.parent, a.classes, a.class_node[order])
    x, y = map(splits_by_definition, (a, b))
    counts = tree_distance(a, b, method, details=True)
    if method == "matching_split":
        assert counts["raw"] == matching_by_definition(x, y)
    elif method == "jaccard_robinson_foulds":
        assert counts["similarity"] == pytest.approx(best_sum(x, y, jaccard), abs=1e-9)
    else:
        share, own = DEFINITIONS[method]
        info = sum(map(own, x)) + sum(map(own, y))
        assert counts["raw"] == pytest.approx(info - 2 * best_sum(x, y, share), abs=1e-7)


def test_worked_examples_of_smith_2020():
    """AB|CDEF is in 15 of 105 trees of six leaves; with ABC|DEF it shares 1.222 bits."""
    a, b = ClassTree.from_newick("((A,B),C,D,E,F);"), ClassTree.from_newick("((A,B,C),D,E,F);")
    counts = tree_distance(a, b, "phylogenetic_information", details=True)
    assert counts["information_reference"] == pytest.approx(log2(105 / 15))
    assert counts["shared_information"] == pytest.approx(1.222, abs=5e-4)


def test_figures_of_treedist():
    """Numbers that the tests of R's TreeDist hold for these trees."""
    sym = ClassTree.from_newick("((e,(f,(g,h))),(((a,b),c),d));")
    bal = ClassTree.from_newick("(((e,f),(g,h)),((a,b),(c,d)));")
    same, near = (
        tree_distance(sym, tree, "phylogenetic_information", details=True)["shared_information"]
        for tree in (sym, bal)
    )
    assert same == pytest.approx(22.53747, abs=1e-5)
    assert near == pytest.approx(13.75284, abs=1e-5)
    nye = tree_distance(sym, bal, "jaccard_robinson_foulds", details=True)
    assert nye["similarity"] == pytest.approx(3.8)
    two, three = (
        ClassTree.from_newick(text) for text in ("((a,b),c,d,e,f,g,h);", "((a,b,c),d,e,f,g,h);")
    )
    assert tree_distance(two, three, "matching_split", normalized=False) == 1


@pytest.mark.needs("toytree")
def test_agrees_with_toytree():
    import toytree

    rng = np.random.default_rng(1)
    for n in (5, 9, 14):
        a, b = binary_tree(n, rng), binary_tree(n, rng)
        x, y = (toytree.tree(t.to_newick()).unroot() for t in (a, b))
        # Its shared phylogenetic information takes (-1)!! as 0, and so fails on equal splits.
        for method, name in (("clustering_information", "mci"), ("matching_split", "ms")):
            peer = getattr(toytree.distance, f"get_treedist_rfg_{name}")(x, y, normalize=False)
            ours = tree_distance(a, b, method, normalized=False)
            assert ours == pytest.approx(peer, abs=1e-9), (method, n)


def test_trees_that_share_no_class_order_or_are_too_small():
    star = ClassTree.from_newick("(a,b,c,d);")
    for method in METHODS:
        counts = tree_distance(star, star, method, details=True)
        assert np.isnan(counts["distance"])
        assert "Neither tree has a nontrivial split" in counts["note"]
        assert tree_distance(star, star, method, normalized=False) == 0
        one = ClassTree.from_newick("(a);")
        assert np.isnan(tree_distance(one, one, method))


def test_every_labelling_of_four_classes():
    a = ClassTree.from_newick("((a,b),(c,d));")
    values = {
        round(tree_distance(a, ClassTree.from_newick("(({},{}),({},{}));".format(*p)), method), 12)
        for p in permutations("abcd")
        for method in ("clustering_information", "matching_split")
    }
    assert values == {0.0, 0.5, 1.0}


def test_bad_options():
    tree = ClassTree.from_newick("((a,b),(c,d));")
    with pytest.raises(OptionError, match="k must be above 0; got 0"):
        tree_distance(tree, tree, "jaccard_robinson_foulds", k=0)
    with pytest.raises(HiertoolsError, match="has no option 'nope'"):
        tree_distance(tree, tree, "matching_split", nope=1)


# ---- by brute force: the best of all one-to-one matchings, not the best that a solver finds


def best_matching(a, b, score):
    """The largest sum over all one-to-one matchings, of some splits or all."""
    if len(a) > len(b):
        return best_matching(b, a, lambda x, y: score(y, x))
    rows = [[score(x, y) for y in b] for x in a]
    return max(
        sum(max(row[place], 0.0) for row, place in zip(rows, order))
        for order in permutations(range(len(b)), len(a))
    )


def least_cost(a, b, n):
    """The least sum over all one-to-one matchings; who stays alone costs its smaller side."""
    if len(a) > len(b):
        return least_cost(b, a, n)

    def cost(x, y):
        differ = len(x[0] ^ y[0])
        return min(differ, n - differ)

    def alone(y):
        return min(map(len, y))

    rows = [[cost(x, y) for y in b] for x in a]
    return min(
        sum(row[place] for row, place in zip(rows, order))
        + sum(alone(b[place]) for place in range(len(b)) if place not in order)
        for order in permutations(range(len(b)), len(a))
    )


@pytest.mark.parametrize("seed", range(12))
def test_no_matching_is_better(seed):
    rng = np.random.default_rng(seed)
    makers = (binary_tree, multifurcating_tree)
    first, second = (makers[seed % 2](9, rng), binary_tree(9, rng))
    a, b = map(splits_by_definition, (first, second))
    for method, (share, own) in DEFINITIONS.items():
        info = sum(map(own, a)) + sum(map(own, b))
        raw = tree_distance(first, second, method, normalized=False)
        assert raw == pytest.approx(info - 2 * best_matching(a, b, share), abs=1e-9), method
    for k in (0.5, 1, 3.0):
        for allow in (True, False):

            def score(x, y, k=k, allow=allow):
                compatible = any(not p & q for p in x for q in y)
                return jaccard(x, y) ** k if allow or compatible else 0.0

            counts = tree_distance(
                first, second, "jaccard_robinson_foulds", k=k, allow_conflict=allow, details=True
            )
            assert counts["similarity"] == pytest.approx(best_matching(a, b, score), abs=1e-9)
    assert tree_distance(first, second, "matching_split", normalized=False) == least_cost(a, b, 9)
