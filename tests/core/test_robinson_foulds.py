"""Robinson-Foulds distances against sets of clades and splits written out."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_pairs import binary_tree, multifurcating_tree, tree_pairs, tree_triples

import hiertools as ht
from hiertools import ClassTree
from hiertools._core import few
from hiertools.errors import OptionError
from hiertools.treedist.robinson_foulds import branch_score, robinson_foulds, shared_clades_null

COMMON = settings(deadline=None, max_examples=60)


def below(tree):
    """The set of classes at or below each node."""
    order = [tree.classes[i] for i in tree.class_order]
    return [frozenset(order[a:b]) for a, b in zip(tree.clade_start, tree.clade_stop)]


def groups(tree, rooted):
    """Nontrivial clades, or nontrivial splits as frozensets of their two sides."""
    every = frozenset(tree.classes)
    if rooted:
        return {c for c in below(tree) if 2 <= len(c) < len(every)}
    return {frozenset([c, every - c]) for c in below(tree) if 2 <= len(c) <= len(every) - 2}


def compatible(a, b, every):
    """Whether one tree can hold both: nested or apart; of two splits, two sides are apart."""
    if isinstance(next(iter(a)), frozenset):
        return any(not (x & y) for x in a for y in b)
    return a <= b or b <= a or not (a & b)


def lengths(tree, rooted):
    """Total length of the edges above each clade (split), single classes included."""
    every = frozenset(tree.classes)
    found = {}
    for node, clade in enumerate(below(tree)):
        if node == 0 or not clade or clade == every:
            continue
        key = clade if rooted else frozenset([clade, every - clade])
        found[key] = found.get(key, 0.0) + float(tree.length[node])
    return found


def twin(a, b, rooted):
    every = frozenset(a.classes)
    first, second = groups(a, rooted), groups(b, rooted)
    clash = [{x for x in p if not all(compatible(x, y, every) for y in q)}
             for p, q in ((first, second), (second, first))]  # fmt: skip
    both = len(first) + len(second)
    raw = len(first ^ second)
    return {
        "raw": raw,
        "normalized": raw / both if both else math.nan,
        "n_clades_reference": len(first),
        "n_clades_other": len(second),
        "n_shared": len(first & second),
        "n_contradicted_reference": len(clash[0]),
        "n_contradicted_other": len(clash[1]),
        "n_unresolved_reference": len(first - second - clash[0]),
        "n_refining_other": len(second - first - clash[1]),
    }


def with_lengths(tree, rng):
    length = rng.choice([0.0, 0.5, 1.0, 2.5], size=tree.n_nodes)
    return ClassTree(tree.parent, tree.classes, tree.class_node, length=length)


def shuffled(tree, rng):
    order = rng.permutation(tree.n_classes)
    return ClassTree(tree.parent, [tree.classes[i] for i in order], tree.class_node[order])


@COMMON
@given(tree_pairs(), st.booleans())
def test_counts_are_those_of_the_sets(trees, rooted):
    counts = robinson_foulds(*trees, rooted=rooted)
    expected = twin(*trees, rooted)
    assert {key: counts[key] for key in expected} == pytest.approx(expected, nan_ok=True)
    assert counts["distance"] == pytest.approx(expected["normalized"], nan_ok=True)
    assert ("note" in counts) == math.isnan(counts["distance"])


@pytest.mark.parametrize("rooted", [True, False])
def test_counts_of_larger_trees_are_those_of_the_sets(rooted):
    rng = np.random.default_rng(3)
    for n in (20, 45):
        taxonomy, binary = multifurcating_tree(n, rng), binary_tree(n, rng)
        nearly = ht.collapse_unary(taxonomy)
        for a, b in ((taxonomy, binary), (taxonomy, nearly), (binary, binary_tree(n, rng))):
            expected = twin(a, b, rooted)
            counts = robinson_foulds(a, b, rooted=rooted)
            assert {key: counts[key] for key in expected} == expected


@COMMON
@given(tree_pairs(), st.booleans(), st.integers(0, 2**32 - 1))
def test_branch_score_sums_over_the_sets(trees, rooted, seed):
    rng = np.random.default_rng(seed)
    a, b = (with_lengths(tree, rng) for tree in trees)
    first, second = lengths(a, rooted), lengths(b, rooted)
    gaps = [first.get(key, 0.0) - second.get(key, 0.0) for key in first.keys() | second.keys()]
    found = branch_score(a, b, rooted=rooted)
    assert found["absolute"] == pytest.approx(sum(abs(gap) for gap in gaps))
    assert found["branch_score"] == pytest.approx(math.sqrt(sum(gap**2 for gap in gaps)))


@COMMON
@given(tree_triples(), st.booleans())
def test_raw_distance_is_a_metric_on_sets_of_clades(trees, rooted):
    a, b, c = trees

    def d(x, y):
        return ht.tree_distance(x, y, "robinson_foulds_raw", rooted=rooted)

    assert d(a, a) == 0
    assert d(a, b) == d(b, a)
    assert d(a, c) <= d(a, b) + d(b, c)


@COMMON
@given(tree_pairs(), st.booleans(), st.integers(0, 2**32 - 1))
def test_class_order_and_chains_do_not_matter(trees, rooted, seed):
    rng = np.random.default_rng(seed)
    a, b = trees
    counts = robinson_foulds(a, b, rooted=rooted)
    again = robinson_foulds(shuffled(a, rng), ht.collapse_unary(shuffled(b, rng)), rooted=rooted)
    assert counts == pytest.approx(again, nan_ok=True)


@COMMON
@given(tree_pairs(min_classes=2), st.booleans(), st.integers(0, 2**32 - 1), st.booleans())
def test_null_counts_are_those_of_renamed_trees(trees, rooted, seed, as_many):
    a, b = trees
    rng = np.random.default_rng(seed)
    permutations = np.array([rng.permutation(a.n_classes) for _ in range(5)])
    expected = []
    for permutation in permutations:
        renamed = ClassTree(b.parent, [b.classes[i] for i in permutation], b.class_node)
        expected.append(len(groups(a, rooted) & groups(renamed, rooted)))
    with pytest.MonkeyPatch.context() as patch:
        if as_many:
            patch.setattr(few, "CLASSES", 0)
        assert shared_clades_null(a, b, permutations, rooted=rooted).tolist() == expected


def test_null_does_not_depend_on_threads(monkeypatch):
    rng = np.random.default_rng(0)
    a, b = multifurcating_tree(300, rng), multifurcating_tree(300, rng)
    permutations = np.array([rng.permutation(300) for _ in range(1500)])
    monkeypatch.setenv("HIERTOOLS_THREADS", "1")
    one = shared_clades_null(a, b, permutations)
    monkeypatch.setenv("HIERTOOLS_THREADS", "3")
    assert shared_clades_null(a, b, permutations).tolist() == one.tolist()


def test_class_at_an_inner_node_is_a_leaf_below_it():
    inside = ClassTree([-1, 0, 1, 0], ["mammal", "lynx", "newt"], [1, 2, 3])
    below_it = ClassTree.from_newick("((mammal,lynx),newt);")
    assert robinson_foulds(inside, below_it)["raw"] == 0


def test_floor_is_what_a_binary_tree_that_keeps_every_clade_attains():
    # 3, 7 and 20 groups above 100 classes, as CIFAR-100's; one of the 3 holds one of the 7 only.
    seven, twenty = [0, 0, 0, 0, 1, 1, 2], np.minimum(np.arange(20) // 3, 6)
    parent = [-1, 0, 0, 0, *(1 + np.array(seven)), *(4 + twenty), *(11 + np.arange(100) % 20)]
    taxonomy = ClassTree(parent, [f"c{i}" for i in range(100)], list(range(31, 131)))
    n_clades = len(groups(taxonomy, True))
    counts = robinson_foulds(taxonomy, binary_tree_within(taxonomy))
    assert counts["n_shared"] == n_clades
    assert counts["n_contradicted_other"] == 0
    assert counts["n_refining_other"] == 98 - n_clades
    assert counts["distance"] == counts["floor"] == 69 / 127


def binary_tree_within(tree):
    """Resolve every polytomy as a caterpillar."""
    text = {}
    name = {int(node): tree.classes[i] for i, node in enumerate(tree.class_node)}
    for node in range(tree.n_nodes - 1, -1, -1):
        parts = [text[child] for child in np.flatnonzero(tree.parent == node).tolist()]
        while len(parts) > 1:
            parts[:2] = [f"({parts[0]},{parts[1]})"]
        text[node] = parts[0] if parts else name[node]
    return ClassTree.from_newick(text[0] + ";")


def test_deep_trees_need_no_recursion():
    n = 30_000
    names = [f"c{i}" for i in range(n)]
    inner = np.arange(n - 1)
    parent = np.concatenate([inner - 1, inner, [n - 2]])
    comb = ClassTree(parent, names, np.arange(n - 1, 2 * n - 1))
    other = ClassTree(parent, names[::-1], np.arange(n - 1, 2 * n - 1))
    counts = robinson_foulds(comb, other, rooted=False)
    assert counts["n_shared"] == n - 3
    assert robinson_foulds(comb, other)["n_shared"] == 0


@pytest.mark.needs("skbio")
@pytest.mark.parametrize("rooted", [True, False])
def test_agrees_with_scikit_bio(rooted):
    from skbio import TreeNode

    rng = np.random.default_rng(1)
    for n in (8, 40):
        a, b = binary_tree(n, rng), multifurcating_tree_of_leaves(n, rng)
        first, second = (TreeNode.read([tree.to_newick()]) for tree in (a, b))
        assert ht.tree_distance(a, b, "robinson_foulds_raw", rooted=rooted) == first.compare_rfd(
            second, rooted=rooted
        )
        assert ht.tree_distance(a, b, rooted=rooted) == pytest.approx(
            first.compare_rfd(second, rooted=rooted, proportion=True)
        )


def multifurcating_tree_of_leaves(n, rng):
    parent = [-1] + [int(rng.integers(0, i)) for i in range(1, n // 2)]
    parent += [i % (n // 2) for i in range(n)]
    classes = [f"c{i:03d}" for i in rng.permutation(n)]
    tree = ClassTree(parent, classes, np.arange(n // 2, n // 2 + n))
    return ht.collapse_unary(tree)


@pytest.mark.needs("dendropy")
@pytest.mark.parametrize("rooted", [True, False])
def test_lengths_agree_with_dendropy(rooted):
    import dendropy
    from dendropy.calculate import treecompare

    rng = np.random.default_rng(2)
    a, b = (with_lengths(binary_tree(25, rng), rng) for _ in range(2))
    namespace = dendropy.TaxonNamespace()
    first, second = (
        dendropy.Tree.get(
            data=tree.to_newick(),
            schema="newick",
            taxon_namespace=namespace,
            rooting="force-rooted" if rooted else "force-unrooted",
        )
        for tree in (a, b)
    )
    assert ht.tree_distance(a, b, "weighted_robinson_foulds", rooted=rooted) == pytest.approx(
        treecompare.weighted_robinson_foulds_distance(first, second)
    )
    assert ht.tree_distance(a, b, "branch_score", rooted=rooted) == pytest.approx(
        treecompare.euclidean_distance(first, second)
    )


def test_permutations_of_the_wrong_shape_are_refused():
    tree = ClassTree.from_newick("((a,b),c);")
    with pytest.raises(OptionError, match=r"permutations must have shape \(P, 3\)"):
        shared_clades_null(tree, tree, [[0, 1]])
    with pytest.raises(OptionError, match="each row an order of 0 to 2"):
        shared_clades_null(tree, tree, [[0, 1, 1]])
