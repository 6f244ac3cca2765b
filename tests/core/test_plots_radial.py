"""Radial trees: where branches, rings and names go."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools.plots.radial import MOST_NAMED, radial

TREE = ht.ClassTree.from_newick("((a,b,c)x,(d,(e,f)w)y,(g,h)z);")


def corners(ax):
    return np.concatenate(
        [path.vertices for drawn in ax.collections for path in drawn.get_paths()[:]]
    )


def test_classes_lie_on_the_circle_and_the_root_at_its_middle():
    ax = radial(TREE, level=0)
    far = np.hypot(*corners(ax).T)
    assert far.max() == pytest.approx(1.0)
    assert far.min() == pytest.approx(0.0)
    assert (np.isclose(far, 1.0)).sum() == TREE.n_classes
    assert [t.get_text() for t in ax.texts] == list("abcdefgh")
    assert len(ax.patches) == 3  # a piece of ring for each of x, y, z


def test_names_are_read_from_left_to_right():
    for text in radial(TREE).texts:
        assert -90 <= (text.get_rotation() + 180) % 360 - 180 <= 90
        assert (text.get_ha() == "right") == (text.get_position()[0] < 0)


def test_of_many_classes_groups_are_named():
    n = MOST_NAMED + 2
    tree = ht.ClassTree.from_lineages({f"c{i:03d}": f"g{i % 4}/c{i:03d}" for i in range(n)})
    assert [t.get_text() for t in radial(tree).texts] == [
        "g0 (38)", "g1 (38)", "g2 (38)", "g3 (38)",
    ]  # fmt: skip


def test_branches_have_the_colours_of_how_well_they_are_recovered():
    other = ht.ClassTree.from_newick("((a,b,c),(d,(e,g)),(f,h));")
    ax = radial(TREE, per_node=ht.branches(TREE, other))
    dots = ax.collections[-1]
    assert len(dots.get_offsets()) == 4  # x, y, w, z
    assert len({tuple(ink) for ink in dots.get_facecolors()}) > 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"level": 0, "groups": {}}, "give one"),
        ({"scale": "x"}, "scale"),
        ({"per_node": pd.DataFrame({"node": [99], "best_jaccard": [0.5]})}, "doesn't have"),
    ],
)
def test_what_cannot_be_drawn_is_said(options, told):
    with pytest.raises(ht.OptionError, match=told):
        radial(TREE, **options)


@pytest.mark.parametrize("newick", ["(a,b);", "((((a,b))));", "((a)b,c);"])
def test_odd_trees_draw(newick, tmp_path):
    tree = ht.ClassTree.from_newick(newick)
    radial(tree).figure.savefig(tmp_path / "radial.png")
