"""Plots: what is drawn where, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex

import hiertools as ht
from hiertools.plots import cells, layout, lines
from hiertools.plots.classes import class_fit
from hiertools.plots.dendrogram import dendrogram, telling_groups
from hiertools.plots.distances import distances_by_tree, heatmap
from hiertools.plots.scores import fowlkes_mallows_curve, level_lines, score_points
from hiertools.plots.tanglegram import tanglegram


def random_tree(seed: int, n: int) -> ht.ClassTree:
    """Return a random multifurcating tree of n classes, some at inner nodes."""
    rng = np.random.default_rng(seed)
    parent = [-1]
    while len(parent) < 2 * n:
        parent.append(int(rng.integers(0, len(parent))))
    nodes = rng.permutation(2 * n)[:n]
    return ht.ClassTree(parent, [f"c{i:03d}" for i in range(n)], nodes)


seeds = st.integers(0, 10_000)


@given(seeds, st.integers(2, 25))
@settings(deadline=None, max_examples=40)
def test_subtrees_stay_together_in_any_order(seed, n):
    tree = random_tree(seed, n)
    key = np.random.default_rng(seed).normal(size=n)
    order = layout.leaf_order(tree, key)
    assert sorted(order.tolist()) == list(range(n))
    place = layout.rank(order)
    for node in range(tree.n_nodes):
        below = tree.class_order[tree.clade_start[node] : tree.clade_stop[node]]
        if below.size:
            assert np.ptp(place[below]) == below.size - 1


@given(st.permutations(range(8)))
def test_crossings_equal_their_definition(positions):
    literal = sum(
        positions[i] > positions[j] for i in range(len(positions)) for j in range(i)
    )  # links i above j on the left, below it on the right
    pairs = len(positions) * (len(positions) - 1) // 2
    assert layout.crossings(np.array(positions)) == pairs - literal


@given(seeds, st.integers(3, 25))
@settings(deadline=None, max_examples=25)
def test_untangling_never_adds_crossings(seed, n):
    left = ht.sort_classes(random_tree(seed, n))
    right = ht.sort_classes(random_tree(seed + 1, n))
    drawn_left, drawn_right = layout.untangle(left, right)
    after = layout.crossings(layout.rank(drawn_right)[drawn_left])
    first = layout.leaf_order(right, layout.rank(left.class_order).astype(float))
    before = layout.crossings(layout.rank(first)[left.class_order])
    assert after <= before


def test_a_tree_untangles_from_itself_shuffled():
    tree = ht.ClassTree.from_newick("(((a,b),c),((d,e),(f,g)),h);")
    twin = ht.ClassTree.from_newick("(h,((g,f),(e,d)),(c,(b,a)));")
    left, right = layout.untangle(ht.sort_classes(tree), ht.sort_classes(twin))
    assert layout.crossings(layout.rank(right)[left]) == 0


@given(seeds, st.integers(2, 25))
@settings(deadline=None, max_examples=25)
def test_telling_groups_partition_the_classes(seed, n):
    tree = random_tree(seed, n)
    heads = telling_groups(tree)
    for node, head in zip(tree.class_node.tolist(), heads.tolist(), strict=True):
        assert head <= node < head + tree.subtree_size[head]


def test_parents_are_drawn_above_children():
    linkage = np.array([[0, 1, 1.0, 2], [2, 3, 0.5, 2], [4, 5, 0.4, 4]])  # an inversion
    tree = ht.ClassTree.from_linkage(linkage, list("abcd"))
    for scale in ("auto", "rank"):
        height, _ = layout.node_heights(tree, scale)
        assert (height[tree.parent[1:]] >= height[1:]).all()
        assert height.max() == 1.0
        assert height.min() == 0.0


@pytest.fixture(scope="module")
def result():
    rng = np.random.default_rng(1)
    tree = ht.ClassTree.from_newick("((a,b,c)x,(d,(e,f)w)y,(g,h)z);")
    vectors = np.eye(3)[[0, 0, 0, 1, 1, 1, 2, 2]] + 0.1 * rng.normal(size=(8, 3))
    reps = ht.ClassRepresentatives(vectors, list("abcdefgh"))
    return ht.compare(reps, tree, permutations=9)


def test_every_plot_of_a_result_draws(result, tmp_path):
    for name in ("inferred", "distances", "heatmap", "scores", "levels", "classes"):
        ax = getattr(result.plot, name)()
        ax.figure.savefig(tmp_path / f"{name}.png")
    result.plot.tanglegram().savefig(tmp_path / "tanglegram.png")


def test_tanglegram_links_every_class_with_itself(result):
    middle = result.plot.tanglegram().axes[1]
    paths = [path.vertices for shape in middle.collections for path in shape.get_paths()]
    links = np.concatenate(paths).reshape(8, 4, 2)
    left = [t.get_text() for t in middle.get_yticklabels()]
    right = [t.get_text() for t in middle.figure.axes[3].get_yticklabels()]
    for start, _, _, end in links:
        assert left[int(start[1])] == right[int(end[1])]


@pytest.mark.parametrize("curved", [False, True])
def test_shapes_hold_every_line_in_its_colour(curved):
    points = np.random.default_rng(0).random((7, 4, 2))
    inks = ["red", "blue", "red", "green", "blue", "red", "red"]
    shapes = lines.shapes(points, inks, curved=curved, linewidths=2)
    drawn = list(zip(shapes.get_edgecolors(), shapes.get_paths(), strict=True))
    assert [to_hex(ink) for ink, _ in drawn] == [to_hex(i) for i in ("red", "blue", "green")]
    for ink, path in drawn:
        own = [i for i in range(7) if to_hex(inks[i]) == to_hex(ink)]
        assert np.array_equal(path.vertices.reshape(-1, 4, 2), points[own])
        then = path.CURVE4 if curved else path.LINETO
        assert path.codes.tolist() == [path.MOVETO, then, then, then] * len(own)


@pytest.mark.parametrize("n", [1, 3, 512, 513, 700, 1400])
@pytest.mark.parametrize("add_columns", [False, True])
def test_merged_cells_are_means_of_what_they_hold(n, add_columns):
    rng = np.random.default_rng(n)
    matrix = rng.random((n, n))
    matrix[rng.random((n, n)) < 0.1] = np.nan
    matrix[: n // 3, : n // 3] = np.nan
    got = cells.merged(matrix, add_columns=add_columns)
    size = min(n, 512)
    assert got.shape == (size, size)
    parts = [np.arange(i * n // size, (i + 1) * n // size) for i in range(size)]
    for i, j in [(0, 0), (0, size - 1), (size // 2, size // 3), *rng.integers(0, size, (50, 2))]:
        block = matrix[np.ix_(parts[i], parts[j])]
        known = np.isfinite(block)
        expected = np.nan
        if known.any() and add_columns and n > 512:
            expected = np.nansum(block) / (known.sum() / block.shape[1])
        elif known.any():
            expected = np.nanmean(block)
        assert got[i, j] == pytest.approx(expected, nan_ok=True)


def test_shares_of_labels_stay_shares_when_cells_are_merged():
    shares = np.random.default_rng(0).dirichlet(np.ones(900), size=900)
    assert cells.merged(shares, add_columns=True).sum(axis=1) == pytest.approx(1)


def test_tanglegram_of_some_classes(result):
    figure = result.plot.tanglegram(classes=["a", "d", "g", "h"])
    assert {t.get_text() for t in figure.axes[1].get_yticklabels()} == {"a", "d", "g", "h"}


def test_a_large_tanglegram_names_groups_not_classes():
    classes = [f"g{i // 30}/c{i:03d}" for i in range(240)]
    tree = ht.ClassTree.from_lineages({c: c for c in classes})
    inferred = ht.infer_tree(
        ht.ClassRepresentatives(np.random.default_rng(0).normal(size=(240, 4)), classes)
    )
    figure = tanglegram(tree, inferred)
    labels = [t.get_text() for t in figure.axes[1].get_yticklabels()]
    assert sorted(labels) == [f"g{i} (30)" for i in range(8)]


def test_distances_show_medians(result):
    distances = ht.distances(
        ht.ClassRepresentatives([[1.0, 0], [0, 1], [1, 1], [-1, 0]], list("abcd"))
    )
    tree = ht.ClassTree.from_newick("((a,b),(c,d));")
    line = distances_by_tree(distances, tree).get_lines()[0]
    square = distances.square()
    assert line.get_xdata().tolist() == [2.0, 4.0]
    assert line.get_ydata()[0] == pytest.approx(np.median([square[0, 1], square[2, 3]]))


def test_many_tree_distances_are_binned():
    rng = np.random.default_rng(0)
    n = 30
    tree = ht.ClassTree(
        [-1] + [0] * n, [f"c{i}" for i in range(n)], np.arange(1, n + 1), length=rng.random(n + 1)
    )
    reps = ht.ClassRepresentatives(rng.normal(size=(n, 3)), tree.classes)
    x = distances_by_tree(ht.distances(reps), tree).get_lines()[0].get_xdata()
    assert len(x) <= 40
    assert (np.diff(x) > 0).all()


def test_heatmap_follows_the_tree(result):
    image = heatmap(result.distances, result.predefined).get_images()[0].get_array()
    order = [result.predefined.classes[i] for i in result.predefined.class_order]
    rows = [list(result.distances.classes).index(name) for name in order]
    expected = result.distances.square()[np.ix_(rows, rows)]
    off = ~np.eye(8, dtype=bool)
    assert np.allclose(np.asarray(image)[off], expected[off])


def test_dendrogram_shows_support():
    tree = ht.ClassTree.from_newick("((a,b),(c,d));")
    support = np.full(tree.n_nodes, np.nan)
    support[1] = 0.8
    assert "80" in [t.get_text() for t in dendrogram(tree, support=support).texts]


def test_curve_and_class_fit_draw(tmp_path):
    rng = np.random.default_rng(0)
    fowlkes_mallows_curve([2, 5, 90], [0.9, 0.5, 0.2]).figure.savefig(tmp_path / "a.png")
    class_fit(pd.Series(rng.normal(size=90)), most=10).figure.savefig(tmp_path / "b.png")


def test_style_leaves_the_users_settings(result):
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 17.0}):
        result.plot.scores()
        assert mpl.rcParams["font.size"] == 17.0


def bare(**columns):
    return pd.DataFrame({"score": ["a"], "value": [np.nan], "level": [None]} | columns)


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (lambda r: score_points(bare()), "no score"),
        (lambda r: level_lines(bare()), "no score with a level"),
        (lambda r: class_fit(pd.Series([np.nan])), "no class"),
        (lambda r: dendrogram(r.inferred, scale="log"), "'auto', 'rank'"),
        (lambda r: dendrogram(r.inferred, support=[0.5]), "one number a node"),
        (lambda r: dendrogram(r.inferred, order=["a"]), "each class of the tree once"),
        (lambda r: tanglegram(r.predefined, ht.restrict(r.inferred, list("abc"))), "not in both"),
        (lambda r: r.plot.tanglegram(classes=["a", "nix"]), "'nix'"),
        (lambda r: r.plot.tanglegram(classes=["a"]), "two classes"),
        (lambda r: heatmap(r.distances, ht.restrict(r.predefined, list("abc"))), "lacks 5 class"),
        (lambda r: ht.Comparison.from_json(r.to_json()).plot.heatmap(), "loaded from JSON"),
    ],
)
def test_what_cannot_be_drawn_is_said(result, draw, told):
    with pytest.raises(ht.HiertoolsError, match=told):
        draw(result)


def test_confusion_map_follows_the_tree_and_shows_shares():
    from hiertools.plots.evaluations import confusion_map

    tree = ht.ClassTree.from_newick("((c,a),(b,d));")
    counts = pd.DataFrame(
        [[8, 2, 0, 0], [0, 0, 0, 0], [1, 0, 3, 0], [0, 0, 0, 5]], list("abcd"), list("abcd")
    )
    shares = np.ma.filled(confusion_map(counts, tree).get_images()[0].get_array(), np.nan)
    expected = [[0.75, 0.25, 0, 0], [0, 0.8, 0.2, 0], [np.nan] * 4, [0, 0, 0, 1.0]]
    assert np.allclose(shares, expected, equal_nan=True)


def test_fowlkes_mallows_needs_its_scores(result):
    with pytest.raises(ht.OptionError, match='scores="all"'):
        result.plot.fowlkes_mallows()
