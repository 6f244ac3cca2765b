"""Trees with edges of length zero, and trees of few classes, by literal definitions.

An edge of length zero still parts its classes from the others: what counts groups doesn't see
lengths, and what adds up lengths adds up zeros.
"""

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from literal import ancestors, below, meeting, path_between
from literal_scores import everything
from scipy.stats import pearsonr, spearmanr
from tree_pairs import tree_pairs

import hiertools as ht
from hiertools import ClassTree, tree_distance
from hiertools.treedist import METHODS

pytestmark = pytest.mark.arithmetic()

FEW = settings(deadline=None, max_examples=30)
LENGTHS = st.sampled_from([0.0, 0.0, 0.5, 1.0, 3.0])


def with_lengths(tree, length):
    return ClassTree(tree.parent, tree.classes, tree.class_node, length=length)


@st.composite
def pairs_with_lengths(draw):
    pair = draw(tree_pairs(min_classes=2, max_classes=7))
    return tuple(
        with_lengths(t, draw(st.lists(LENGTHS, min_size=t.n_nodes, max_size=t.n_nodes)))
        for t in pair
    )


def node_of(tree, name):
    return int(tree.class_node[tree.classes.index(name)])


def class_pairs(tree):
    return [(node_of(tree, a), node_of(tree, b)) for a, b in combinations(sorted(tree.classes), 2)]


def depth(tree, node):
    return len(ancestors(tree, node)) - 1


def reach(tree, node):
    """The sum of lengths from the root down to a node."""
    return sum(float(tree.length[v]) for v in ancestors(tree, node)[:-1])


def height(tree, node):
    """The largest path length from a node down to a class; 0 without any."""
    down = [reach(tree, node_of(tree, c)) - reach(tree, node) for c in below(tree, node)]
    return max(down, default=0.0)


def norm(x, y):
    return math.sqrt(sum((a - b) ** 2 for a, b in zip(x, y)))


@FEW
@given(pairs_with_lengths())
def test_path_difference_by_length(pair):
    x, y = ([path_between(t, *p) for p in class_pairs(t)] for t in pair)
    found = tree_distance(*pair, "path_difference", kind="length")
    assert found == pytest.approx(norm(x, y), abs=1e-12)


@FEW
@given(pairs_with_lengths(), st.sampled_from([0.0, 0.3, 1.0]))
def test_kendall_colijn_by_length(pair, weight):
    def vector(tree):
        m = [depth(tree, meeting(tree, *p)) for p in class_pairs(tree)] + [1] * tree.n_classes
        long = [reach(tree, meeting(tree, *p)) for p in class_pairs(tree)]
        for name in sorted(tree.classes):
            node = node_of(tree, name)
            long.append(float(tree.length[node]) if below(tree, node) == {name} else 0.0)
        return [(1 - weight) * a + weight * b for a, b in zip(m, long)]

    found = tree_distance(*pair, "kendall_colijn", length_weight=weight)
    assert found == pytest.approx(norm(*map(vector, pair)), abs=1e-12)


@FEW
@given(pairs_with_lengths(), st.booleans())
def test_branch_scores(pair, rooted):
    def lengths(tree):
        """Each group of classes (or both sides of it) with the lengths of its edges, added up."""
        every, found = frozenset(tree.classes), {}
        for node in range(1, tree.n_nodes):
            group = below(tree, node)
            if group:
                key = group if rooted else frozenset([group, every - group])
                found[key] = found.get(key, 0.0) + float(tree.length[node])
        # All classes on one side part none from another.
        return {k: v for k, v in found.items() if k not in (every, frozenset([every, frozenset()]))}

    a, b = map(lengths, pair)
    gaps = [a.get(key, 0.0) - b.get(key, 0.0) for key in a.keys() | b.keys()]
    found = tree_distance(*pair, "branch_score", rooted=rooted, details=True)
    assert found["branch_score"] == pytest.approx(math.sqrt(sum(x * x for x in gaps)))
    assert found["absolute"] == pytest.approx(sum(map(abs, gaps)))


def last_common_cut(tree, a, b):
    """The most groups that a cut at some height makes while it keeps both classes together."""

    def groups(h):
        found = {}
        for name in tree.classes:
            whole = [
                v for v in ancestors(tree, node_of(tree, name)) if height(tree, v) <= h + 1e-12
            ]
            found[node_of(tree, name)] = min(whole) if whole else name
        return found

    cuts = [groups(height(tree, v)) for v in range(tree.n_nodes)]
    return max(len(set(cut.values())) for cut in cuts if cut[a] == cut[b])


@FEW
@given(pairs_with_lengths())
def test_heights_are_those_of_lengths(pair):
    def correlated(x, y, function):
        return function(x, y).statistic if len(set(x)) > 1 and len(set(y)) > 1 else math.nan

    x, y = ([height(t, meeting(t, *p)) for p in class_pairs(t)] for t in pair)
    found = tree_distance(*pair, "cophenetic_correlation")
    assert found == pytest.approx(correlated(x, y, pearsonr), abs=1e-9, nan_ok=True)
    x, y = ([last_common_cut(t, *p) for p in class_pairs(t)] for t in pair)
    found = tree_distance(*pair, "bakers_gamma")
    assert found == pytest.approx(correlated(x, y, spearmanr), abs=1e-9, nan_ok=True)


BY_LENGTH = {
    "weighted_robinson_foulds", "branch_score", "cophenetic_correlation", "bakers_gamma",
    "fowlkes_mallows",
}  # fmt: skip


@pytest.mark.parametrize("method", sorted({method.name for method in METHODS.values()} - BY_LENGTH))
@settings(deadline=None, max_examples=10)
@given(pair=pairs_with_lengths())
def test_what_counts_groups_or_edges_sees_no_length(method, pair):
    def value(*trees):
        options = {"level": 0} if method == "dendrogram_purity" else {}
        return tree_distance(*trees, method, **options)

    bare = [with_lengths(tree, None) for tree in pair]
    assert value(*pair) == pytest.approx(value(*bare), abs=1e-12, nan_ok=True)


@settings(deadline=None, max_examples=15)
@given(pair=pairs_with_lengths(), seed=st.integers(0, 2**32 - 1))
def test_relabelled_values_are_those_of_relabelled_trees(pair, seed):
    a, b = pair
    rng = np.random.default_rng(seed)
    orders = np.array([rng.permutation(a.n_classes) for _ in range(3)])
    for name, options in (
        ("path_difference", {"kind": "length"}),
        ("kendall_colijn", {"length_weight": 0.3}),
        ("cophenetic_correlation", {}),
        ("bakers_gamma", {}),
    ):
        # `prepare` takes trees whose classes stand in one order, as those of `tree_pairs` do.
        found = METHODS[name].prepare(a, b, **options)(orders)
        expected = [
            tree_distance(
                ClassTree(a.parent, a.classes, a.class_node[order], length=a.length),
                b,
                name,
                **options,
            )
            for order in orders
        ]
        np.testing.assert_allclose(found, expected, atol=1e-7, err_msg=name)


# ---- compare

SHAPES = {
    "some zero": "((((a:0,b:0)p:1,c:1)q:0,(d:1,e:0)r:2)v:0,((f:1,g:1)s:0,h:0)w:1,i:0);",
    "inner zero": "((((a:1,b:1)p:0,c:1)q:0,(d:1,e:1)r:0)v:0,((f:1,g:1)s:0,h:1)w:0,i:1);",
    "all zero": "((((a:0,b:0)p:0,c:0)q:0,(d:0,e:0)r:0)v:0,((f:0,g:0)s:0,h:0)w:0,i:0);",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_compare_with_lengths_of_zero(shape):
    tree = ClassTree.from_newick(SHAPES[shape])
    vectors = np.random.default_rng(3).normal(size=(9, 4))
    result = ht.compare(
        ht.ClassRepresentatives(vectors, tree.classes), tree, levels=[0, 1, 2], permutations=19
    )
    d = result.distances.square()
    expected = everything(d, result.predefined, result.inferred, [0, 1, 2])
    for row in result.scores.itertuples(index=False):
        level = None if pd.isna(row.level) else row.level
        value, ceiling, n_classes, _ = expected.pop((row.score, level))
        assert row.value == pytest.approx(value, abs=1e-12, nan_ok=True), row
        assert row.ceiling == pytest.approx(ceiling, abs=1e-12, nan_ok=True), row
        assert row.n_classes == n_classes
        assert row.note or not math.isnan(row.value)
    assert not expected


def test_a_tree_of_lengths_zero_correlates_with_nothing_and_says_so():
    tree = ClassTree.from_newick(SHAPES["all zero"])
    vectors = np.random.default_rng(3).normal(size=(9, 4))
    scores = ht.compare(
        ht.ClassRepresentatives(vectors, tree.classes), tree, scores="all", permutations=9
    ).scores
    undefined = scores[scores["value"].isna()]
    assert {"elementwise_correlation", "classwise_correlation"} <= set(undefined["score"])
    assert (undefined["note"] != "").all()
    assert undefined[["p_value", "ci_low", "ci_high", "chance"]].isna().all(axis=None)


# ---- evaluate


def literal_evaluation(tree, labels, scores):
    """Scores of predictions without ties, one sample after the other."""
    names, n = list(tree.classes), len(labels)
    node = [node_of(tree, name) for name in names]
    t = [[path_between(tree, a, b) for b in node] for a in node]
    met = [[meeting(tree, a, b) for b in node] for a in node]
    line = [set(ancestors(tree, v)) - {0} for v in node]
    ranked = [sorted(range(len(names)), key=lambda c: -row[c]) for row in scores]
    pairs = [(y, row[0]) for y, row in zip(labels, ranked)]
    wrong = [(y, p) for y, p in pairs if y != p]

    def mean(values):
        values = list(values)
        return sum(values) / len(values) if values else math.nan

    def edges_down(v):
        return max(depth(tree, node_of(tree, c)) for c in below(tree, v)) - depth(tree, v)

    found = {
        "accuracy": mean(y == p for y, p in pairs),
        "average_hierarchical_cost": mean(t[y][p] for y, p in pairs),
        "mistake_severity": mean(t[y][p] for y, p in wrong),
        "mistake_lca_height": mean(edges_down(met[y][p]) for y, p in wrong),
        "mistake_lca_depth": mean(depth(tree, met[y][p]) for y, p in wrong),
    }
    found["mistake_lca_information"] = mean(
        math.log2(len(below(tree, met[y][p]))) for y, p in wrong
    )
    found["average_lca_height"] = mean(
        edges_down(met[y][p]) / edges_down(0) if y != p else 0.0 for y, p in pairs
    )
    both = sum(len(line[y] & line[p]) for y, p in pairs)
    sizes = [sum(len(line[pair[side]]) for pair in pairs) for side in (0, 1)]
    found["hierarchical_precision"] = both / sizes[1]
    found["hierarchical_recall"] = both / sizes[0]
    found["hierarchical_f1"] = 2 * both / sum(sizes)
    found["hierarchical_precision_macro"] = mean(
        len(line[y] & line[p]) / len(line[p]) for y, p in pairs
    )
    found["hierarchical_recall_macro"] = mean(
        len(line[y] & line[p]) / len(line[y]) for y, p in pairs
    )
    found["hierarchical_jaccard"] = mean(
        len(line[y] & line[p]) / len(line[y] | line[p]) for y, p in pairs
    )
    found["hierarchical_wu_palmer"] = mean(
        2 * (len(line[y] & line[p]) + 1) / (len(line[y]) + len(line[p]) + 2) for y, p in pairs
    )
    found["hierarchical_f1_macro"] = mean(
        2 * len(line[y] & line[p]) / (len(line[y]) + len(line[p])) for y, p in pairs
    )
    seen = sorted({c for pair in pairs for c in pair})
    right, real, said = (
        [sum(y == p == c for y, p in pairs) for c in seen],
        [sum(y == c for y, _ in pairs) for c in seen],
        [sum(p == c for _, p in pairs) for c in seen],
    )
    found["precision_macro"] = mean(r / s if s else 0.0 for r, s in zip(right, said))
    found["recall_macro"] = mean(r / s if s else 0.0 for r, s in zip(right, real))
    found["f1_macro"] = mean(2 * r / (s + q) for r, s, q in zip(right, said, real))
    for k in (1, 2):
        ball = [{c for c in range(len(names)) if t[y][c] <= sorted(t[y])[k - 1]} for y in labels]
        top = [row[:k] for row in ranked]
        found["top_k_accuracy", k] = mean(y in row for y, row in zip(labels, top))
        found["average_hierarchical_distance_at_k", k] = mean(
            mean(t[y][c] for c in row) for y, row in zip(labels, top)
        )
        found["hierarchical_precision_at_k", k] = mean(
            len(ball[s] & set(top[s])) / k for s in range(n)
        )
    return found


TREES = {
    **SHAPES,
    "two classes": "(a:1,b:2);",
    "two classes, zero": "(a:0,b:0);",
    "two classes in one group": "((a,b));",
    "two classes at unequal depth": "(((a)),b);",
}


@pytest.mark.parametrize("shape", TREES)
@pytest.mark.parametrize("seed", range(3))
def test_evaluate_is_its_definition(shape, seed):
    tree = ClassTree.from_newick(TREES[shape])
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, tree.n_classes, 40)
    scores = rng.normal(size=(40, tree.n_classes)) + np.eye(tree.n_classes)[labels]
    result = ht.evaluate(
        ht.Predictions(labels, scores, tree.classes), tree, k=(1, 2), intervals=False
    )
    for key, value in literal_evaluation(tree, labels.tolist(), scores).items():
        name, options = (key[0], {"k": key[1]}) if isinstance(key, tuple) else (key, {})
        found = result.value(name, **options)
        assert found == pytest.approx(value, abs=1e-12, nan_ok=True), key


@pytest.mark.parametrize("shape", TREES)
@pytest.mark.parametrize("similarity", ["kim", "barz"])
def test_similarity_of_embeddings_is_its_definition(shape, similarity):
    tree = ClassTree.from_newick(TREES[shape])
    rng = np.random.default_rng(5)
    labels = rng.integers(0, tree.n_classes, 20).tolist()
    embeddings = rng.normal(size=(20, 3))
    node = [node_of(tree, name) for name in tree.classes]
    predictions = ht.Predictions(
        labels, np.eye(tree.n_classes)[labels], tree.classes, embeddings=embeddings
    )
    result = ht.evaluate(
        predictions, tree, similarity=similarity, hs_k=(1, 6), intervals=False, dtype="float64"
    )

    def alike(i, j):
        if similarity == "kim":
            t = path_between(tree, node[i], node[j])
            return 1 - (math.sqrt(2) * t / (1 + t)) ** 2 / 2

        def edges_down(v):
            return max(depth(tree, node_of(tree, c)) for c in below(tree, v)) - depth(tree, v)

        return 1.0 if i == j else 1 - edges_down(meeting(tree, node[i], node[j])) / edges_down(0)

    for k in (1, 6):
        each = []
        for q in range(20):
            others = [s for s in range(20) if s != q]
            cosine = [
                embeddings[q] @ e / np.linalg.norm(embeddings[q]) / np.linalg.norm(e)
                for e in embeddings
            ]
            near = sorted(others, key=lambda s: -cosine[s])[:k]
            best = sorted((alike(labels[q], labels[s]) for s in others), reverse=True)[:k]
            if sum(best):
                each.append(sum(alike(labels[q], labels[s]) for s in near) / sum(best))
        found = result.value("hierarchical_similarity_at_k", k=k)
        assert found == pytest.approx(sum(each) / len(each))
