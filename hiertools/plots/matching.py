"""Which branches of two trees were matched, and how much they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools.errors import OptionError, visible
from hiertools.plots import layout, lines, style
from hiertools.plots.blame import shade
from hiertools.plots.dendrogram import branch_lines, group_names
from hiertools.plots.names import Labels, class_labels
from hiertools.plots.tables import check_columns
from hiertools.plots.tanglegram import (
    MOST_NAMED,
    name_sides,
    numbered,
    over_the_same_classes,
    three_axes,
)
from hiertools.trees.operations import collapse_unary
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["matching"]

WIDEST = 7.0
"""Width of the link that shares the most, in points."""


@door
def matching(
    reference: ClassTree,
    other: ClassTree,
    pairs: pd.DataFrame,
    *,
    most: int = 30,
    level: int | str | None = None,
    titles: tuple[str, str] = ("predefined", "inferred"),
    labels: Labels | None = None,
) -> Figure:
    """Draw two trees face to face and join the branches that were matched.

    A link is the wider the more information its two branches share, and the bluer the more of
    theirs that is: blue branches are equal, orange ones hardly alike. Numbers stand at both ends of
    a link. Branches without a match, or with one that shares less than those drawn, are grey.

    Parameters
    ----------
    reference, other : ClassTree
        Left and right tree.
    pairs : DataFrame
        ``node``, ``other_node``, ``shared``, ``share``: what
        `hiertools.treedist.matched_splits` returns of these trees.
    most : int
        Draw at most so many pairs, those that share the most.
    level : int or str, optional
        Level of the left tree that gives names their colours.
    titles : (str, str)
        Headings of the two trees.
    labels : mapping of class to str, optional
        Names to show; by default those that the nodes of the left tree have.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError
        `pairs` is not of these trees, or holds none.

    Examples
    --------
    >>> from hiertools import ClassTree
    >>> from hiertools.treedist import matched_splits
    >>> left = ClassTree.from_newick("(((lynx,wolf),bear),(newt,toad),pike);")
    >>> right = ClassTree.from_newick("((lynx,(wolf,bear)),(newt,toad),pike);")
    >>> figure = matching(left, right, matched_splits(left, right))
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1', '2', '3']
    """
    check_columns(pairs, ["node", "other_node", "shared", "share"], "matching")
    most = checks.whole_number(most, "most", least=1)
    shown = pairs.sort_values("shared", ascending=False, kind="stable").head(most)
    if shown.empty:
        raise OptionError(
            "matching(): no branches were matched; the trees have no groups to match."
        )
    names = group_names(reference, level)
    groups = dict(zip(reference.classes, names, strict=True))
    called = dict(zip(reference.classes, class_labels(reference, labels), strict=True))
    left, right = (
        collapse_unary(tree)
        for tree in over_the_same_classes(numbered(reference), numbered(other), None)
    )
    nodes = _found(left, shown["node"]), _found(right, shown["other_node"])
    shares = shown["share"].to_numpy(dtype=float)
    shades = shade()
    inks = [style.hexed(shades(share)) for share in shares.tolist()]
    orders = layout.untangle(left, right)
    names = [groups[name] for name in left.classes]
    n = left.n_classes
    few = n <= MOST_NAMED
    with style.style():
        figure, axes = three_axes(n, few)
        ends = []
        for ax, tree, order, at, title, leftwards in (
            (axes[0], left, orders[0], nodes[0], titles[0], False),
            (axes[2], right, orders[1], nodes[1], titles[1], True),
        ):
            ends.append(_side(ax, tree, order, at, inks, leftwards))
            ax.set_title(visible(title), loc="right" if leftwards else "left", **style.VERBATIM)
        middle = axes[1]
        width = WIDEST * shown["shared"].to_numpy(dtype=float) / float(shown["shared"].max())
        # Numbers of six points, one below the other: so many rows of classes apart.
        gap = 7.0 * n / (72 * 0.9 * figure.get_size_inches()[1])
        _links(middle, _apart(ends[0], gap), _apart(ends[1], gap), inks, np.maximum(width, 0.6))
        hidden = len(pairs) - len(shown)
        beyond = f"; {hidden:,} more share less" if hidden else ""
        told = "blue: equal; orange: hardly alike"
        middle.set_title(f"{len(shown):,} matched branches{beyond}\n{told}", fontsize=8)
        listed = [called[name] for name in left.classes]
        name_sides(middle, orders, listed, names, style.colours(names), few)
    return figure


def _found(tree: ClassTree, wanted: pd.Series) -> Ints:
    """Return where nodes are in a tree whose labels are their numbers in the one given."""
    place = {label: node for node, label in enumerate(tree.labels)}
    numbers = [str(int(number)) for number in wanted.tolist()]
    if missing := [number for number in numbers if number not in place]:
        raise OptionError(
            f"matching(): pairs tells of nodes that its tree doesn't have, such as {missing[0]}."
        )
    return np.array([place[number] for number in numbers], dtype=np.int64)


def _side(
    ax: Axes, tree: ClassTree, order: Ints, at: Ints, inks: list[str], leftwards: bool
) -> Floats:
    """Draw one tree, its matched branches coloured and numbered; return where they lie."""
    n = tree.n_classes
    heights = layout.node_heights(tree, "rank")[0]
    position = layout.node_positions(tree, order)
    points, lower = branch_lines(tree, order, heights)
    held = dict(zip(at.tolist(), inks, strict=True))
    matched = np.isin(lower, at)
    faint = [style.FAINT] * int((~matched).sum())
    ax.add_collection(lines.shapes(points[~matched], faint, linewidths=0.5, alpha=0.7))
    ink = [held[node] for node in lower[matched].tolist()]
    if ink:
        ax.add_collection(lines.shapes(points[matched], ink, linewidths=2))
    ax.scatter(heights[at], position[at], s=18, c=inks, zorder=3, lw=0)
    for number, node in enumerate(at.tolist(), 1):
        ax.annotate(
            str(number), (heights[node], position[node]), xytext=(2 if leftwards else -2, 2),
            textcoords="offset points", ha="left" if leftwards else "right", fontsize=7,
            color=style.INK,
        )  # fmt: skip
    ax.set_xlim((-0.02, 1.04) if leftwards else (1.04, -0.02))
    ax.set_ylim(n - 0.5, -0.5)
    ax.set_axis_off()
    return position[at]


def _apart(at: Floats, gap: float) -> Floats:
    """Return places as near as can be to these, no two of them closer than a gap.

    Examples
    --------
    >>> _apart(np.array([5.0, 0.0, 5.0]), 1.0)
    array([4.5, 0. , 5.5])
    """
    order = np.argsort(at, kind="stable")
    steps = gap * np.arange(at.size)
    down = np.maximum.accumulate(at[order] - steps) + steps
    up = np.minimum.accumulate((at[order] - steps)[::-1])[::-1] + steps
    placed = np.empty_like(at)
    placed[order] = (down + up) / 2
    return placed


def _links(ax: Axes, left: Floats, right: Floats, inks: list[str], width: Floats) -> None:
    """Join matched branches by curves, and number their ends."""
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    codes = [Path.MOVETO, *[Path.CURVE4] * 3]
    paths = [
        Path(np.column_stack([[0.05, 0.5, 0.5, 0.95], [a, a, b, b]]), codes)
        for a, b in zip(left.tolist(), right.tolist(), strict=True)
    ]
    ax.add_collection(
        PathCollection(paths, facecolors="none", edgecolors=inks, linewidths=width, alpha=0.7)
    )
    for number, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True), 1):
        for x, y, ha in ((0.04, a, "right"), (0.96, b, "left")):
            ax.text(x, y, str(number), fontsize=6, ha=ha, va="center", color=style.INK)
    ax.set_xlim(0, 1)
