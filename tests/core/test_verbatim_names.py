"""Names are drawn and written as they are, whatever they hold: they are data, never a language."""

from __future__ import annotations

import html
import io
import re
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools.errors import visible
from hiertools.plots import style
from hiertools.plots.classes import class_fit
from hiertools.plots.dendrogram import dendrogram
from hiertools.plots.distances import distances_by_tree, heatmap
from hiertools.plots.evaluations import confusion_map
from hiertools.plots.scores import level_lines, score_points
from hiertools.plots.tanglegram import tanglegram
from hiertools.reporting.html import table_html
from hiertools.reporting.page import figure_svg
from hiertools.reporting.parts import TextTable
from hiertools.trees.outline import outline

NAMES = (
    r"$\frac{1}$",
    r"$\oops{$",
    "from $5 to $9",
    "one $",
    r"a\$b",
    r"a\\$b$",
    "_hidden",
    "100 %",
    r"C:\new\table",
    "{x}^2_i",
    "a < b & c",
    'id="a" url(#b)',
)
"""Each is at most 20 characters long, so that no plot cuts it."""

TORN = {"two\nlines": r"two\nlines", "a\ttab": r"a\ttab", "\x1b[31mred": r"\x1b[31mred",
        "a\u2028b": r"a\u2028b"}  # fmt: skip
"""Names that would tear a line, and how they are shown."""


@pytest.fixture(scope="module")
def tree() -> ht.ClassTree:
    return ht.ClassTree.from_lineages(
        {name: f"$group$ {i // 3}//{name}" for i, name in enumerate(NAMES)}, separator="//"
    )


@pytest.fixture(scope="module")
def reps() -> ht.ClassRepresentatives:
    vectors = np.random.default_rng(0).normal(size=(len(NAMES), 4))
    return ht.ClassRepresentatives(vectors, NAMES)


@pytest.fixture(scope="module")
def result(reps, tree) -> ht.Comparison:
    return ht.compare(reps, tree, permutations=9, intervals=False, scores="all")


def texts(figure) -> set[str]:
    """Return what an SVG of the figure says, saved as a user would: outside of our style."""
    import matplotlib as mpl

    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(file, format="svg", bbox_inches="tight")
    root = ET.fromstring(file.getvalue())
    return {"".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")}


LEVELED = pd.DataFrame(
    {
        "score": [name for name in NAMES for _ in "ab"],
        "level": [r"$\frac{1}$", "_b"] * len(NAMES),
        "value": 0.5,
        "chance": 0.1,
    }
)

DRAWN = {
    "inferred": lambda r: r.plot.inferred().figure,
    "result.tanglegram": lambda r: r.plot.tanglegram(),
    "result.heatmap": lambda r: r.plot.heatmap().figure,
    "result.classes": lambda r: r.plot.classes().figure,
    "tanglegram": lambda r: tanglegram(r.predefined, r.inferred),
    "dendrogram": lambda r: dendrogram(r.predefined).figure,
    "heatmap": lambda r: heatmap(r.distances, r.predefined).figure,
    "class fit": lambda r: class_fit(pd.Series(0.1, index=NAMES)).figure,
    "confusion map": lambda r: (
        confusion_map(pd.DataFrame(np.eye(len(NAMES)), NAMES, NAMES), r.predefined).figure
    ),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_class_names_are_drawn_as_they_are(result, draw):
    assert set(NAMES) <= texts(draw(result))


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_names_survive_a_users_own_settings(result, draw):
    import matplotlib as mpl

    with mpl.rc_context({"text.usetex": True, "text.parse_math": True}):
        figure = draw(result)
    assert set(NAMES) <= texts(figure)


def test_names_of_scores_are_drawn_as_they_are():
    shown = {name.replace("_", " ") for name in NAMES}
    one = pd.DataFrame({"score": NAMES, "value": 0.3})
    for ax in (
        level_lines(LEVELED),
        score_points(one),
    ):
        assert shown <= texts(ax.figure)
    assert {r"$\frac{1}$", "_b"} <= texts(level_lines(LEVELED).figure)


def test_a_legend_names_every_line_though_matplotlib_hides_some():
    import matplotlib.pyplot as plt

    ax = plt.subplots()[1]
    names = ["_hidden", "", "$x$", "plain"]
    lines = [ax.plot([0, i])[0] for i in range(4)]
    legend = style.name_lines(ax, lines, names)
    assert [text.get_text() for text in legend.get_texts()] == names
    assert {"_hidden", "$x$", "plain"} <= texts(ax.figure)


def test_titles_metrics_and_groups_are_drawn_as_they_are(reps, tree):
    metric = r"$\frac{1}$ of_it"
    distances = ht.DistanceMatrix(ht.distances(reps).condensed, reps.classes, metric)
    assert f"distance ({metric})" in texts(heatmap(distances, tree).figure)
    drawn = texts(distances_by_tree(distances, tree).figure)
    assert any(f"({metric}" in text for text in drawn)
    inferred = ht.infer_tree(reps)
    assert {metric, "a_b$"} <= texts(tanglegram(tree, inferred, titles=(metric, "a_b$")))


def test_many_classes_show_the_names_of_groups_in_their_colours():
    groups = [r"$\frac{1}$", "$5 to $9", "_hidden (2)", "a group of a very long name (sensu lato)"]
    lineages = {f"c{i:03d}": (groups[i // 45], f"c{i:03d}") for i in range(180)}
    tree = ht.ClassTree.from_lineages(lineages)
    reps = ht.ClassRepresentatives(np.random.default_rng(0).normal(size=(180, 3)), tree.classes)
    clades = dendrogram(tree, most=4)
    assert {f"{name} (45)" for name in groups} <= texts(clades.figure)
    figure = tanglegram(tree, ht.infer_tree(reps))
    assert {f"{style.shorten(name)} (45)" for name in groups} <= texts(figure)
    labels = clades.get_yticklabels()
    assert len({label.get_color() for label in labels}) == 4
    assert style.INK not in {label.get_color() for label in labels}
    counts = pd.DataFrame(np.eye(180), tree.classes, tree.classes)
    for ax in (heatmap(ht.distances(reps), tree), confusion_map(counts, tree)):
        assert {style.shorten(name) for name in groups} <= texts(ax.figure)


def test_the_report_says_names_as_they_are(result, tmp_path):
    result.to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    drawn = {html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", page)}
    assert set(NAMES) <= drawn
    assert {html.escape(name) for name in NAMES} <= set(re.findall(r"<th[^>]*>([^<]*)</th>", page))


def test_a_figure_on_a_page_keeps_what_looks_like_its_own_code():
    code = [
        style.INK,
        'href="#x"',
        "url(#x)",
        'id="x"',
        ' xmlns="x"',
        "'DejaVu Sans', ",
        "<!--x-->",
    ]
    ax = class_fit(pd.Series(0.1, index=code))
    svg = figure_svg(ax.figure, "f1", r'a \1 label "of" <names>')
    assert {html.escape(name, quote=False) for name in code} <= set(
        re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    )
    assert r'aria-label="a \1 label &quot;of&quot; &lt;names&gt;"' in svg


@pytest.mark.parametrize(("name", "shown"), TORN.items(), ids=TORN.values())
def test_what_would_tear_a_line_is_shown(name, shown, tmp_path):
    tree = ht.ClassTree(
        [-1, 0, 0, 1, 1], [name, "b", "c"], [3, 4, 2], labels=["", name, "c", "", "b"]
    )
    reps = ht.ClassRepresentatives([[1.0, 0.1], [1, 0], [0, 1]], [name, "b", "c"])
    result = ht.compare(reps, tree, permutations=0)
    assert shown in texts(result.plot.tanglegram())
    result.to_html(tmp_path / "report.html")
    assert shown in (tmp_path / "report.html").read_text(encoding="utf-8")
    made = ht.Predictions([name, "b"], classes=tree.classes, ranked=["b", "b"])
    told = [
        str(TextTable({name: [name]})),
        outline(tree),
        str(ht.evaluate(made, tree, intervals=False)),
        str(ht.compare({name: reps, "other": reps}, tree, permutations=0)),
    ]
    for text in told:
        assert shown in text
        assert name not in text
    assert shown in table_html(pd.DataFrame({name: [name]}))


def test_half_a_character_can_be_printed():
    assert visible("half \udc80") == r"half \udc80"


def test_models_named_like_a_column_keep_their_numbers(reps, tree):
    other = ht.ClassRepresentatives(reps.vectors[::-1].copy(), reps.classes)
    models = {"chance": reps, "score": other}
    text = str(ht.compare(models, tree, permutations=0, scores=["elementwise_correlation"]))
    heading, row = text.splitlines()[:2]
    assert "model chance" in heading
    assert "model score" in heading
    for source in models.values():
        one = ht.compare(source, tree, permutations=0, scores=["elementwise_correlation"])
        assert f"{one.scores['value'].iloc[0]:.3f}" in row


def test_very_long_and_empty_names_are_drawn():
    long = "a class of a name without end " * 40
    ax = class_fit(pd.Series([0.3, 0.2], index=[long, ""]))
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels == [style.shorten(long), ""]
    assert len(labels[0]) <= 24
    texts(ax.figure)


HALF = "fox\udcff"


@pytest.mark.parametrize(
    "make",
    [
        lambda: ht.ClassRepresentatives([[1.0], [2.0]], [HALF, "wolf"]),
        lambda: ht.ClassTree.from_lineages([f"m/{HALF}", "m/wolf"]),
        lambda: ht.ClassTree.from_lineages([f"{HALF}/lynx", "m/wolf"]),
        lambda: ht.ClassTree.from_newick(f"(lynx,wolf){HALF};"),
        lambda: ht.ClassTree.from_edges([(HALF, "lynx"), (HALF, "wolf")]),
        lambda: ht.ClassTree.from_json({HALF: ["lynx", "wolf"]}),
        lambda: ht.rename_classes(ht.as_tree("(lynx,wolf);"), {"lynx": HALF}),
        lambda: ht.Predictions([0], [[0.5, 0.5]], [HALF, "wolf"]),
        lambda: ht.ClassTree([-1, 0, 0], ["a", "b"], [1, 2], labels=[HALF, "", ""]),
        lambda: ht.tree_distance({HALF: "(a,b);", "other": "(a,b);"}),
        lambda: ht.compare({HALF: {"a": [1.0], "b": [2.0]}}, "(a,b);"),
        lambda: ht.evaluate({HALF: ht.Predictions([0], [[0.5, 0.5]], ["a", "b"])}, "(a,b);"),
    ],
)
def test_half_a_character_is_no_part_of_a_name(make):
    with pytest.raises(ht.HiertoolsError, match=r"the name 'fox\\udcff' holds half of a character"):
        make()


def test_a_folder_whose_name_is_not_utf8_is_refused(tmp_path):
    (tmp_path / "lynx").mkdir()
    try:
        (tmp_path / HALF).mkdir()
    except OSError:  # a file system that keeps all names in Unicode
        return
    with pytest.raises(ht.HiertoolsError, match="holds half of a character"):
        ht.ClassTree.from_folder(tmp_path)
