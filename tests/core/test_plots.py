"""Plots: what is drawn where, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from scipy.spatial.distance import squareform

import hiertools as ht
from hiertools.plots import cells, layout, lines
from hiertools.plots.blame import blame, shade
from hiertools.plots.classes import class_fit
from hiertools.plots.condensed import condensed
from hiertools.plots.dendrogram import dendrogram, telling_groups
from hiertools.plots.distances import distances_by_tree, heatmap
from hiertools.plots.evaluations import confusion_map, mistakes
from hiertools.plots.names import class_labels
from hiertools.plots.scores import fowlkes_mallows_curve, level_lines, score_points
from hiertools.plots.tanglegram import tanglegram
from hiertools.treedist.fowlkes_mallows import fowlkes_mallows_curve as cut_curve


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
    for name in dir(result.plot):
        drawn = getattr(result.plot, name)()
        getattr(drawn, "figure", drawn).savefig(tmp_path / f"{name}.png")


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


def blocks_of_cells(n, rng):
    """Yield some cells, and the rows and columns that are drawn in each."""
    size = min(n, cells.MOST_CELLS)
    parts = [np.arange(i * n // size, (i + 1) * n // size) for i in range(size)]
    for i, j in [(0, 0), (0, size - 1), (size // 2, size // 3), *rng.integers(0, size, (50, 2))]:
        yield (i, j), np.ix_(parts[i], parts[j])


@pytest.mark.parametrize("n", [1, 3, 256, 257, 700])
def test_largest_cells_tell_what_they_hold(n):
    rng = np.random.default_rng(n)
    matrix = rng.random((n, n))
    matrix[rng.random((n, n)) < 0.1] = np.nan
    matrix[: n // 3, : n // 3] = np.nan
    got = cells.largest_cells(matrix)
    assert got.shape == (min(n, cells.MOST_CELLS),) * 2
    for cell, block in blocks_of_cells(n, rng):
        known = matrix[block][np.isfinite(matrix[block])]
        assert got[cell] == pytest.approx(known.max() if known.size else np.nan, nan_ok=True)


@pytest.mark.parametrize("n", [1, 3, 256, 257, 700])
def test_mean_cells_tell_what_they_hold(n):
    rng = np.random.default_rng(n)
    condensed, order = rng.random(n * (n - 1) // 2), rng.permutation(n)
    square = squareform(condensed) if n > 1 else np.zeros((1, 1))
    np.fill_diagonal(square, np.nan)
    square = square[np.ix_(order, order)]
    got = cells.mean_cells(condensed, order)
    assert got.shape == (min(n, cells.MOST_CELLS),) * 2
    assert np.array_equal(got, got.T, equal_nan=True)
    for cell, block in blocks_of_cells(n, rng):
        known = square[block][np.isfinite(square[block])]
        assert got[cell] == pytest.approx(known.mean() if known.size else np.nan, nan_ok=True)


def test_nothing_of_a_perfect_diagonal_falls_between_cells():
    assert (np.diag(cells.largest_cells(np.eye(1000))) == 1).all()


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
        (lambda r: class_fit(pd.Series([0.5]), most=1), "most must be .* 2"),
        (lambda r: class_fit(pd.Series(["x"])), "per_class must be numbers"),
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
    tree = ht.ClassTree.from_newick("((c,a),(b,d));")
    counts = pd.DataFrame(
        [[8, 2, 0, 0], [0, 0, 0, 0], [1, 0, 3, 0], [0, 0, 0, 5]], list("abcd"), list("abcd")
    )
    shares = np.ma.filled(confusion_map(counts, tree).get_images()[0].get_array(), np.nan)
    expected = [[0.75, 0.25, 0, 0], [0, 0.8, 0.2, 0], [np.nan] * 4, [0, 0, 0, 1.0]]
    assert np.allclose(shares, expected, equal_nan=True)


def test_fowlkes_mallows_is_drawn_at_every_cut_with_its_band(result):
    ax = result.plot.fowlkes_mallows()
    curve = cut_curve(result.predefined, result.inferred)
    model = next(line for line in ax.get_lines() if line.get_label() == "the model")
    assert np.allclose(model.get_xydata(), curve[["k", "value"]])
    band = ax.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(curve["high"].max())


TREE = ht.ClassTree.from_newick("(((a,b)p,(c,d)q)x,(e,f,g)y,h);")


def counted(**changes):
    """Return a confusion matrix of TREE's classes, all right but for some cells."""
    counts = pd.DataFrame(np.diag([10.0] * 8), index=TREE.classes, columns=TREE.classes)
    for cell, count in changes.items():
        counts.loc[cell[0], cell[1]] += count
    return counts


def test_confusion_map_of_groups_sums_their_samples():
    ax = confusion_map(counted(ab=5, ae=5), TREE, by="group", level=0)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["x", "y", "h"]
    shares = ax.get_images()[0].get_array()
    assert np.allclose(shares, [[45 / 50, 5 / 50, 0], [0, 1, 0], [0, 0, 1]])


def test_confusion_map_of_a_branch_tells_what_goes_elsewhere():
    ax = confusion_map(counted(ab=5, ae=5, hc=9), TREE, branch="x")
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b", "c", "d"]
    inside, elsewhere = (image.get_array() for image in ax.get_images())
    assert np.allclose(inside[0], [0.5, 0.25, 0, 0])
    assert np.allclose(elsewhere[:, 0], [0.25, 0, 0, 0])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"branch": "nowhere"}, "nowhere"),
        ({"branch": "a"}, "'a' holds 1 class"),
        ({"by": "level"}, "'class', 'group'"),
        ({"labels": {"zebra": "Zebra"}}, "'zebra'"),
        ({"labels": ["Zebra"]}, "must be a mapping"),
    ],
)
def test_a_confusion_map_that_cannot_be_drawn_is_refused(options, told):
    with pytest.raises(ht.HiertoolsError, match=told):
        confusion_map(counted(), TREE, **options)


def test_mistakes_are_counted_at_the_height_of_their_common_ancestor():
    found = [("a", "b", 5), ("a", "c", 2), ("e", "f", 1), ("h", "a", 4), ("a", "a", 99)]
    table = pd.DataFrame(found, columns=["label", "predicted", "count"])
    bars = {
        bar.get_x() + bar.get_width() / 2: bar.get_height() for bar in mistakes(table, TREE).patches
    }
    assert bars == {1.0: 6.0, 2.0: 2.0, 3.0: 4.0}
    with pytest.raises(ht.OptionError, match="no wrong prediction"):
        mistakes(table[4:], TREE)
    with pytest.raises(ht.OptionError, match="lacks 1 class.*'zebra'"):
        mistakes(table.replace("h", "zebra"), TREE)


@given(seeds, st.integers(2, 40), st.integers(2, 12), st.booleans())
@settings(deadline=None, max_examples=60)
def test_ends_of_a_condensed_tree_partition_its_classes(seed, n, most, lowest):
    tree = random_tree(seed, n)
    part = condensed(tree, most, lowest=lowest)
    assert len(part.ends) <= most
    assert sorted(np.concatenate(part.ends).tolist()) == list(range(n))
    of = part.nodes[part.tree.class_node]
    for end, node, rest in zip(part.ends, of.tolist(), part.rest.tolist(), strict=True):
        below = set(tree.class_order[tree.clade_start[node] : tree.clade_stop[node]].tolist())
        own = {i for i, at in enumerate(tree.class_node.tolist()) if at == node}
        assert set(end.tolist()) < below if rest else set(end.tolist()) in (below, own)
    if most >= n:
        assert all(end.size == 1 for end in part.ends)
    order = part.order(tree.class_order)
    assert sorted(order.tolist()) == list(range(len(part.ends)))


def test_a_large_dendrogram_tells_its_clades():
    tree = ht.ClassTree.from_lineages({f"{g}{i}": f"{g}/{g}{i}" for g in "pqrs" for i in range(60)})
    texts = sorted(t.get_text() for t in dendrogram(tree).get_yticklabels())
    assert len(texts) == 60
    assert texts[0] == "others (4)"
    ax = dendrogram(tree, groups=dict.fromkeys(tree.classes, "all"), most=4)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["all (60)"] * 4


def test_classes_are_called_as_the_tree_calls_them():
    tree = ht.ClassTree(
        [-1, 0, 0, 0, 0], list("1234"), [1, 2, 3, 4], labels=["", "eagle", "eagle", "owl", ""]
    )
    assert class_labels(tree) == ["eagle (1)", "eagle (2)", "owl", "4"]
    assert class_labels(tree, {"4": "duck"}) == ["1", "2", "3", "duck"]
    assert [t.get_text() for t in dendrogram(tree).get_yticklabels()] == class_labels(tree)


def test_blame_colours_what_is_lost(result):
    ax = result.plot.blame()
    rows = result.per_node
    names = [path.rsplit("/", 1)[-1] for path in rows["path"]]
    expected = {f"{n} {v:.2f}" for n, v in zip(names, rows["best_jaccard"], strict=True)}
    assert {text.get_text() for text in ax.texts} <= expected | {t.split()[-1] for t in expected}
    assert len(ax.texts) == len(rows)
    assert to_hex(shade()(0.0)) != to_hex(shade()(1.0))
    with pytest.raises(ht.OptionError, match="lacks the column"):
        blame(result.predefined, rows.drop(columns="best_jaccard"))
    with pytest.raises(ht.OptionError, match="no branch has a number"):
        blame(result.predefined, rows.assign(best_jaccard=np.nan))
    with pytest.raises(ht.OptionError, match="nodes that the tree"):
        blame(result.predefined, rows.assign(node=99))


def test_blame_bundles_what_has_no_room():
    lineages = {f"g{g}c{i}": f"g{g}/g{g}c{i}" for g in range(90) for i in range(2)}
    tree = ht.ClassTree.from_lineages(lineages)
    ax = blame(tree, ht.branches(tree, tree), most=10)
    texts = [t.get_text() for t in ax.get_yticklabels()]
    assert len(texts) == 10
    assert texts[-1] == "others (162)"
    assert all(text.endswith("(2) 1.00") for text in texts[:-1])


@given(positions=st.permutations(range(6)))
@settings(max_examples=20)
def test_entanglement_is_its_formula(positions):
    rises = sum(abs(i - p) ** 1.5 for i, p in enumerate(positions))
    worst = sum(abs(i - p) ** 1.5 for i, p in enumerate(reversed(range(6))))
    assert layout.entanglement(np.array(positions)) == pytest.approx(rises / worst)
    assert layout.entanglement(np.arange(1)) == 0


@pytest.fixture(scope="module")
def pair(result):
    rng = np.random.default_rng(3)
    other = ht.ClassRepresentatives(rng.normal(size=(8, 3)), list("abcdefgh"))
    return ht.compare({"one": other, "two": other}, result.predefined, permutations=9)


def test_models_are_held_against_one_another(pair):
    (ax,) = pair.plot.forest(scores=["elementwise_correlation"]).axes
    assert [t.get_text() for t in ax.get_yticklabels()] == ["one", "two"]
    drawn = next(line for line in ax.get_lines() if line.get_label() == "value").get_xdata()
    assert np.allclose(drawn, [pair[m].value("elementwise_correlation") for m in pair.models])
    assert len(pair.plot.forest().axes) == 4
    with pytest.raises(ht.OptionError, match="names must be one to eight"):
        pair.plot.forest(scores=["nix"])
    assert [ax.get_title() for ax in pair.plot.scores().axes] == ["one", "two"]


def test_two_models_face_to_face(pair):
    left, middle, right, _ = pair.plot.tanglegram().axes
    assert (left.get_title(loc="left"), right.get_title(loc="right")) == ("one", "two")
    assert "0 crossings" in middle.get_title()
    with pytest.raises(ht.OptionError, match="give one"):
        tanglegram(pair["one"].inferred, pair["two"].inferred, level=0, groups={})


def test_counts_and_edges_are_not_drawn_among_shares(result):
    shown = {t.get_text() for t in result.plot.scores().get_yticklabels()}
    assert not any("raw" in text for text in shown)
    assert ht.SCORES["elementwise_correlation"].span == (-1.0, 1.0)
    assert not ht.SCORES["robinson_foulds_raw"].bounded


def test_a_class_below_a_chain_of_nodes_is_drawn_down_to_its_end():
    tree = ht.ClassTree.from_newick("((((a)x)y)z,(b,c)w);")
    part = condensed(tree, 3)
    heights = part.heights(layout.node_heights(tree)[0])
    assert (heights[part.tree.class_node] == 0).all()
    assert heights.max() == 1


def test_no_two_groups_are_named_at_one_place():
    n = 400
    tree = ht.ClassTree.from_lineages({f"c{i:03d}": f"g{i // 11:02d}/c{i:03d}" for i in range(n)})
    reps = ht.ClassRepresentatives(np.random.default_rng(0).normal(size=(n, 4)), tree.classes)
    places = heatmap(ht.distances(reps), tree, level=0).get_yticks()
    assert np.diff(places).min() >= n / 32
