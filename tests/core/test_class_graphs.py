"""Hierarchies in which a node may have several parents, and evaluations by them."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_strategies import class_trees

import hiertools as ht
from hiertools.measures.graph_pairs import GraphPairs
from hiertools.measures.similarity import class_similarity
from hiertools.taxonomies import wordnet_graph

FARM = {
    "animal": ["canine", "pet", "cat"],
    "canine": ["dog", "wolf"],
    "pet": ["dog", "hamster", "tabby"],
    "cat": ["tabby", "lynx"],
}
GRAPH = ht.as_graph(FARM)


@st.composite
def graphs(draw, lengths=False):
    n = draw(st.integers(2, 11))
    parents: list[list[int]] = [[]]
    for node in range(1, n):
        above = st.lists(st.integers(0, node - 1), min_size=1, max_size=3, unique=True)
        parents.append(draw(above))
    inner = {up for above in parents for up in above}
    extra = draw(st.lists(st.integers(1, n - 1), unique=True, max_size=3))
    nodes = sorted({node for node in range(n) if node not in inner} | set(extra))
    length = None
    if lengths:
        number = st.integers(0, 8).map(float)
        length = [draw(st.lists(number, min_size=len(up), max_size=len(up))) for up in parents]
    names = [f"class {node}" for node in nodes]
    labels = [f"node {node}" for node in range(n)]
    return ht.ClassGraph(parents, names, nodes, length=length, labels=labels)


class Literal:
    """What the definitions say, by going every way through a graph one by one."""

    def __init__(self, graph: ht.ClassGraph) -> None:
        self.graph = graph
        self.edges = list(zip(map(tuple, graph.edges.tolist()), graph.length.tolist()))
        self.node = dict(zip(graph.classes, graph.drawn.class_node.tolist()))

    @cache  # noqa: B019  (a few examples)
    def ways(self, low: int, high: int) -> list[list[float]]:
        """Every way up from a node to another one, as the lengths of its edges."""
        found = [[]] if low == high else []
        for (up, down), length in self.edges:
            if down == low:
                found += [[length, *way] for way in self.ways(up, high)]
        return found

    def above(self, node: int) -> set[int]:
        return {other for other in range(self.graph.n_nodes) if self.ways(node, other)}

    def depth(self, node: int) -> int:
        return max(map(len, self.ways(node, 0)))

    def below(self, node: int) -> set[str]:
        return {name for name, own in self.node.items() if node in self.above(own)}

    def height(self, node: int) -> int:
        return max((len(w) for own in self.node.values() for w in self.ways(own, node)), default=0)

    def common(self, a: str, b: str) -> set[int]:
        return self.above(self.node[a]) & self.above(self.node[b])

    def distance(self, a: str, b: str) -> float:
        return min(
            sum(one) + sum(two)
            for node in self.common(a, b)
            for one in self.ways(self.node[a], node)
            for two in self.ways(self.node[b], node)
        )

    def wu_palmer(self, a: str, b: str) -> float:
        return max(
            2 * (self.depth(node) + 1) / (len(one) + len(two) + 2 * (self.depth(node) + 1))
            for node in self.common(a, b)
            for one in self.ways(self.node[a], node)
            for two in self.ways(self.node[b], node)
        )

    def lowest(self, a: str, b: str) -> set[int]:
        common = self.common(a, b)
        return {v for v in common if not any(v in self.above(w) for w in common - {v})}


@given(st.booleans().flatmap(lambda lengths: graphs(lengths=lengths)))
@settings(max_examples=40)
def test_pairs_are_what_going_every_way_gives(graph):
    literal, names = Literal(graph), tuple(sorted(graph.classes))
    pairs = GraphPairs.of(graph, names)
    every = range(graph.n_nodes)
    assert graph.drawn.depth.tolist() == [literal.depth(node) for node in every]
    assert graph.n_below.tolist() == [len(literal.below(node)) for node in every]
    assert graph.height.tolist() == [literal.height(node) for node in every]
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            common, lowest = literal.common(a, b), literal.lowest(a, b)
            assert pairs.distance[i, j] == literal.distance(a, b)
            assert pairs.n_common[i, j] == len(common) - 1  # the root is in no set
            assert pairs.lca_depth[i, j] == max(literal.depth(v) for v in common)
            height = 0 if a == b else min(literal.height(v) for v in common)
            assert pairs.lca_height[i, j] == height
            assert pairs.lca[i, j] in lowest
            assert graph.n_below[pairs.lca[i, j]] == min(len(literal.below(v)) for v in common)
            found = pairs.wu_palmer(np.array([i]), np.array([j]))
            assert found == pytest.approx(literal.wu_palmer(a, b), rel=1e-12)
            assert set(pairs.lowest(i, j)) == lowest
    sizes = [len(literal.above(literal.node[name])) - 1 for name in names]
    assert pairs.n_ancestors.tolist() == sizes


def scored(graph: ht.ClassGraph, seed: int, n: int = 80, **options) -> ht.Evaluation:
    names = sorted(graph.classes)
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, len(names), n)
    scores = rng.normal(size=(n, len(names))) + np.eye(len(names))[labels]
    made = ht.Predictions(
        labels, scores, names, score_kind="logit", embeddings=rng.normal(size=(n, 3))
    )
    return ht.evaluate(made, graph, hs_k=(1, 5), **{"intervals": False, **options})


@given(graphs())
@settings(max_examples=10)
def test_scores_are_means_of_what_pairs_say(graph):
    result = scored(graph, 1)
    literal = Literal(graph)
    cells = [
        (row["label"], row["predicted"], row["count"])
        for row in result.confusions.to_dict("records")
    ]
    wrong = sum(count for *_, count in cells)
    right = 80 - wrong
    assert result.value("accuracy") == pytest.approx(right / 80)

    def total(of_pair):
        return sum(count * of_pair(a, b) for a, b, count in cells)

    cost = total(literal.distance)
    assert result.value("average_hierarchical_cost") == pytest.approx(cost / 80)
    if not wrong:
        return
    assert result.value("mistake_severity") == pytest.approx(cost / wrong)
    for name, of_node, best in (
        ("height", literal.height, min),
        ("depth", literal.depth, max),
        ("information", lambda v: np.log2(len(literal.below(v))), min),
    ):
        mean = total(lambda a, b: best(map(of_node, literal.common(a, b)))) / wrong  # noqa: B023
        assert result.value(f"mistake_lca_{name}") == pytest.approx(mean)

    def jaccard(a, b):
        one, two = (literal.above(literal.node[name]) - {0} for name in (a, b))
        return len(one & two) / len(one | two) if one | two else 1.0

    assert result.value("hierarchical_jaccard") == pytest.approx((right + total(jaccard)) / 80)
    similar = right + total(literal.wu_palmer)
    assert result.value("hierarchical_wu_palmer") == pytest.approx(similar / 80)


@given(graphs())
@settings(max_examples=10)
def test_ancestor_sets_tables_of_nodes_and_answers_that_stop_short(graph):
    result, literal = scored(graph, 2), Literal(graph)
    said = {(name, name): 0.0 for name in graph.classes}
    for row in result.confusions.to_dict("records"):
        said[row["label"], row["predicted"]] = row["count"]
    n = dict(zip(result.per_class["class"], result.per_class["n"]))
    for name in graph.classes:
        wrong = sum(count for (label, other), count in said.items() if label == name != other)
        said[name, name] = n[name] - wrong
    up = {name: literal.above(node) - {0} for name, node in literal.node.items()}
    both = sum(count * len(up[a] & up[b]) for (a, b), count in said.items())
    precision = both / sum(count * len(up[b]) for (_, b), count in said.items())
    recall = both / sum(count * len(up[a]) for (a, _), count in said.items())
    assert result.value("hierarchical_precision") == pytest.approx(precision)
    assert result.value("hierarchical_recall") == pytest.approx(recall)
    assert result.value("hierarchical_f1") == pytest.approx(
        2 * precision * recall / (precision + recall)
    )
    for node, row in zip(range(1, graph.n_nodes), result.per_node.to_dict("records"), strict=True):
        held = literal.below(node)
        labelled = sum(count for (a, _), count in said.items() if a in held)
        predicted = sum(count for (_, b), count in said.items() if b in held)
        inside = sum(count for (a, b), count in said.items() if a in held and b in held)
        assert (row["n"], row["n_predicted"], row["n_classes"]) == (labelled, predicted, len(held))
        assert row["recall"] == pytest.approx(inside / labelled, nan_ok=True) or not labelled
        ways = {(a, b): c for (a, b), c in said.items() if a in held and b not in held and c}
        if ways:
            costs = {pair: count * literal.distance(*pair) for pair, count in ways.items()}
            assert row["confused_count"] * row["confused_distance"] == max(costs.values())
        else:
            assert row["confused_count"] == 0
    nested = {(a, b) for a in up for b in up if a != b and literal.node[a] in up[b]}
    if not nested:
        assert "under_classified" not in set(result.scores["score"])
        return
    under = sum(count for (a, b), count in said.items() if (b, a) in nested) / 80
    over = sum(count for (a, b), count in said.items() if (a, b) in nested) / 80
    assert result.value("under_classified") == pytest.approx(under)
    assert result.value("over_classified") == pytest.approx(over)


@given(class_trees(lengths=False, max_nodes=12), st.integers(0, 9))
@settings(max_examples=12)
def test_a_graph_that_is_a_tree_gives_the_numbers_of_the_tree(tree, seed):
    graph = ht.as_graph(tree)
    assert graph.drawn == tree
    assert not (graph.n_parents > 1).any()
    if tree.n_classes < 2:
        return
    by_tree, by_graph = scored(tree, seed), scored(graph, seed)
    keys = ["score", "k", "value", "n_classes", "status"]
    without = by_tree.scores[by_tree.scores["level"].isna()][keys].reset_index(drop=True)
    pd.testing.assert_frame_equal(by_graph.scores[keys], without)
    pd.testing.assert_frame_equal(by_graph.per_class, by_tree.per_class)
    held = by_tree.predefined
    if held.n_nodes == by_graph.predefined.n_nodes:
        pd.testing.assert_frame_equal(by_graph.per_node, by_tree.per_node)


def test_similarities_of_classes():
    names = sorted(GRAPH.classes)
    pairs = GraphPairs.of(GRAPH, tuple(names))
    assert names == ["dog", "hamster", "lynx", "tabby", "wolf"]
    barz = class_similarity(GRAPH, names, similarity="barz")
    assert barz[0].tolist() == [1.0, 0.5, 0.0, 0.5, 0.5]  # below pet, below canine, or neither
    t = pairs.distance
    assert class_similarity(GRAPH, names) == pytest.approx(1 - (t / (1 + t)) ** 2)


def test_intervals_and_tests_do_not_see_names_or_the_order_of_rows():
    rows = ht.ClassGraph.from_edges(
        [(up, down) for up, below in FARM.items() for down in below] + [("canine", "fox")]
    ).to_edges()
    called = dict(zip(("dog", "wolf", "hamster", "tabby", "lynx", "fox"), "fedcba"))
    other = rows.iloc[::-1].replace(called)
    rng = np.random.default_rng(3)
    names = sorted(called)
    labels = rng.choice(names, 60)
    one, two = (rng.normal(size=(60, 6)) + b * (np.array(names) == labels[:, None]) for b in (1, 2))
    options = {"n_bootstrap": 60, "permutations": 99, "k": 1}
    first = ht.evaluate(
        {"a": ht.Predictions(labels, one, names), "b": ht.Predictions(labels, two, names)},
        ht.ClassGraph.from_edges(rows),
        **options,
    )
    order = rng.permutation(60)
    renamed = [called[name] for name in names]
    again = ht.evaluate(
        {
            key: ht.Predictions([called[name] for name in labels[order]], scores[order], renamed)
            for key, scores in (("a", one), ("b", two))
        },
        ht.ClassGraph.from_edges(other),
        **options,
    )
    columns = ["score", "value", "ci_low", "ci_high"]
    pd.testing.assert_frame_equal(first.scores[columns], again.scores[columns], rtol=1e-12)
    columns = ["score", "difference", "ci_low", "ci_high", "p_value", "p_holm"]
    pd.testing.assert_frame_equal(first.differences[columns], again.differences[columns])


def test_batches_merge_to_the_same():
    whole = scored(GRAPH, 4, intervals=True, n_bootstrap=50)
    names = sorted(GRAPH.classes)
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 5, 80)
    scores = rng.normal(size=(80, 5)) + np.eye(5)[labels]
    vectors = rng.normal(size=(80, 3))
    parts = []
    for rows in (slice(0, 30), slice(30, 80)):
        part = ht.Evaluator(GRAPH, hs_k=(1, 5), n_bootstrap=50)
        part.update(labels[rows], scores[rows], names, embeddings=vectors[rows], score_kind="logit")
        parts.append(part)
    parts[1].merge(parts[0])
    pd.testing.assert_frame_equal(parts[1].result().scores, whole.scores)
    with pytest.raises(ht.OptionError, match="same tree"):
        parts[0].merge(evaluator_of(ht.as_graph(GRAPH.drawn), labels, scores, names))


def evaluator_of(hierarchy, labels, scores, names):
    made = ht.Evaluator(hierarchy, hs_k=(1, 5), n_bootstrap=50)
    made.update(labels, scores, names)
    return made


def test_results_are_saved_and_drawn(tmp_path):
    result = scored(GRAPH, 5)
    result.to_json(tmp_path / "result.json")
    again = ht.read_result(tmp_path / "result.json")
    assert again.graph == result.graph
    pd.testing.assert_frame_equal(again.scores, result.scores)
    held = json.loads((tmp_path / "result.json").read_text())
    held["graph"]["edges"][0] = [3, 1]
    (tmp_path / "odd.json").write_text(json.dumps(held))
    with pytest.raises(ht.FileFormatError, match="odd.json"):
        ht.read_result(tmp_path / "odd.json")
    result.to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "several parents" in page
    assert "from the truth in the graph (" in page
    assert "from the truth in the graph (" in str(result)
    assert "in the tree" not in page
    assert set(result.confusions["common_ancestor"]) <= {"animal", "pet", "cat", "canine"}
    assert [text.get_text() for text in result.plot.mistakes().texts]


def test_all_lowest_common_ancestors_are_told():
    graph = ht.as_graph({"top": ["a", "b"], "a": ["x", "y"], "b": ["x", "y"]})
    made = ht.Predictions(["x"], classes=["x", "y"], ranked=["y"])
    result = ht.evaluate(made, graph, k=1, intervals=False)
    assert result.confusions["common_ancestor"].tolist() == ["a and b"]
    assert result.value("hierarchical_f1") == pytest.approx(2 / 3)  # a, b of {a, b, x}, {a, b, y}


def test_answers_at_inner_nodes_and_checklists():
    seen, said = ["dog", "dog", "tabby", "lynx"], ["pet", "cat", "cat", "lynx"]
    made = ht.Predictions(seen, classes=sorted({*seen, *said}), ranked=said)
    result = ht.evaluate(made, GRAPH, k=1, intervals=False)
    assert result.value("under_classified") == 0.5  # a pet is right, and so is the tabby's cat
    assert result.value("misclassified") == 0.25
    scores = np.eye(5)[[0, 3, 0]]
    local = ht.Predictions(["dog", "tabby", "hamster"], scores, sorted(GRAPH.classes))
    pets = ht.evaluate(local, GRAPH, restrict=["pet"], k=1, intervals=False)
    assert pets.classes == ("dog", "hamster", "tabby")
    synonyms = ht.evaluate(
        ht.Predictions(["Hund"], classes=["Hund", "wolf"], ranked=["wolf"]),
        GRAPH,
        rename={"dog": "Hund"},
        k=1,
        intervals=False,
    )
    assert synonyms.value("mistake_severity") == 2


def test_what_only_trees_have_is_refused():
    result = scored(GRAPH, 6)
    for refused in (lambda: result.confusion_matrix(level=0), result.node_confusion):
        with pytest.raises(ht.OptionError, match="is of a tree"):
            refused()
    for name, value in {"levels": 0, "unknown": "ancestor", "summed": True}.items():
        with pytest.raises(ht.OptionError, match=f"{name}= is of trees: .* nodes of a depth"):
            scored(GRAPH, 6, **{name: value})
    with pytest.raises(ht.TreeError, match="evaluate\\(\\) takes it as it is"):
        ht.compare(np.eye(5), GRAPH, classes=sorted(GRAPH.classes))
    assert result.by_rank()["level"].isna().all()


def test_whatever_stands_for_a_graph(tmp_path):
    edges = [(up, down) for up, below in FARM.items() for down in below]
    assert ht.as_graph(edges) == GRAPH
    assert ht.as_graph(nx.DiGraph(edges)) == GRAPH
    assert ht.as_graph(pd.DataFrame(edges, columns=["parent", "child"])) == GRAPH
    assert ht.as_graph(GRAPH) is GRAPH
    (tmp_path / "farm.json").write_text(json.dumps(FARM))
    assert ht.as_graph(tmp_path / "farm.json") == GRAPH
    pd.DataFrame(edges, columns=["parent", "child"]).to_csv(tmp_path / "farm.csv", index=False)
    assert ht.as_graph(str(tmp_path / "farm.csv")) == GRAPH
    (tmp_path / "tree.nwk").write_text("((lynx,puma)cat,dog);")
    assert ht.as_graph(tmp_path / "tree.nwk").drawn.to_newick() == "((lynx,puma)cat,dog);"
    heavy = nx.DiGraph()
    heavy.add_weighted_edges_from(
        [("r", "a", 1.5), ("r", "b", 2.0), ("a", "x", 1.0), ("b", "x", 0.25)], weight="length"
    )
    weighted = ht.as_graph(heavy)
    assert sorted(weighted.length.tolist()) == [0.25, 1.0, 1.5, 2.0]
    assert ht.ClassGraph.from_edges(weighted.to_edges()) == weighted
    assert ht.ClassGraph.from_dict(json.loads(json.dumps(weighted.to_dict()))) == weighted
    few = ht.ClassGraph.from_edges(edges, classes=["dog", "cat"])
    assert few.classes == ("dog", "cat")
    assert few.n_nodes == 5  # what lies above neither is left out


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"a": ["b"], "b": ["c"], "c": ["b", "d"]}, "circle of 2 node.*'b' -> 'c' -> 'b'"),
        ({"a": ["x"], "b": ["x"]}, "2 nodes have no parent: 'a', 'b'"),
        ({"a": ["x", "x"]}, "'x' is listed more than once under the same parent"),
        ([("a", "x", 1.0), ("a", "y", -1.0)], "must not be negative"),
        ({"a": ["b", 3]}, "maps names to lists of names"),
    ],
)
def test_what_is_no_graph_is_refused_in_a_sentence(source, message):
    with pytest.raises((ht.TreeError, ht.FileFormatError), match=message):
        ht.as_graph(source)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[], []], ["a"], [1]), "2 nodes have no parent"),
        (([[1], [0]], ["a"], [1]), "circle"),
        (([[], [0]], ["a", "b"], [1, 1]), "a node of its own"),
        (([[], [7]], ["a"], [1]), "numbered from 0 to 1; got 7"),
    ],
)
def test_the_constructor_checks(arguments, message):
    with pytest.raises(ht.TreeError, match=message):
        ht.ClassGraph(*arguments)


def test_a_tree_reader_says_where_graphs_are_taken():
    with pytest.raises(ht.TreeError, match="hiertools.as_graph keeps them all"):
        ht.as_tree(nx.DiGraph([("r", "a"), ("r", "b"), ("a", "x"), ("b", "x")]))


def test_deep_graphs_need_no_recursion():
    names = [f"n{i}" for i in range(30_000)]
    graph = ht.ClassGraph.from_edges([*pairwise(names), ("n0", "n20000")])
    assert graph.drawn.n_levels == 29_999
    assert GraphPairs.of(graph, graph.classes).distance.tolist() == [[0.0]]


def test_nouns_of_wordnet_keep_all_hypernyms(tmp_path):
    from test_taxonomies_wordnet import write_wordnet

    write_wordnet(tmp_path)
    graph = wordnet_graph(["wolf", "puppy", "crane.n.02"], folder=tmp_path)
    assert graph.classes == ("wolf", "puppy", "crane.n.02")
    labels = graph.drawn.labels
    dog = labels.index("dog")
    assert {labels[up] for up in graph.parents[dog]} == {"canine", "domestic animal"}
    assert ht.as_graph(f"wordnet:wolf,puppy,crane.n.02?folder={tmp_path}") == graph


def test_graphs_are_values():
    import copy
    import pickle

    for twin in (copy.deepcopy(GRAPH), pickle.loads(pickle.dumps(GRAPH))):
        assert twin == GRAPH
        assert hash(twin) == hash(GRAPH)
        assert not twin.edges.flags.writeable
    assert GRAPH.restrict(["dog", "wolf"]) != GRAPH
    assert GRAPH != "a graph"
    with pytest.raises(ht.OptionError, match="at least one class"):
        GRAPH.restrict([])
