"""A tree drawn around a circle: hundreds of classes in one square."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools.plots import layout, lines, style
from hiertools.plots.blame import colour_scale, node_values, shade
from hiertools.plots.dendrogram import branch_colours, group_names
from hiertools.plots.distances import runs
from hiertools.plots.names import Labels, class_labels
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["radial"]

MOST_NAMED = 150
"""Above so many classes, groups are named and classes are not."""

LETTERS = 24
"""Names are shortened to so many."""

GAP = 0.03
"""Of the circle stay open, where the first class and the last one would meet."""

ARC = 24
"""Points of the bend of a branch."""


@door
def radial(
    tree: ClassTree,
    *,
    per_node: pd.DataFrame | None = None,
    value: str = "best_jaccard",
    level: int | str | None = None,
    groups: Mapping[str, Any] | None = None,
    scale: str = "rank",
    labels: Labels | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a tree around its root, with its classes on a circle.

    A ring tells the groups of the classes. Up to 150 classes are named one by one; of more, the
    groups are.

    Parameters
    ----------
    tree : ClassTree
    per_node : DataFrame, optional
        Colours branches by how well a model recovers them, as in `hiertools.plots.blame.blame`:
        of a comparison, its attribute ``per_node``. By default branches have the colours of
        groups.
    value : str
        Which column of it.
    level : int or str, optional
        Level whose groups are told; by default the tree is cut into telling groups.
    groups : mapping of class to group, optional
        Groups from elsewhere instead: of an inferred tree those of a taxonomy.
    scale : {"rank", "auto"}
        Merges of an inferred tree evenly spaced, or at their heights.
    labels : mapping of class to str, optional
        Names to show; by default those that the tree's nodes have.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        Both a level and groups; or `per_node` is not of this tree.

    Examples
    --------
    >>> from hiertools import ClassTree
    >>> ax = radial(ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);"))
    >>> [text.get_text() for text in ax.texts]
    ['lynx', 'wolf', 'newt', 'toad']
    """
    checks.option(scale, ("auto", "rank"), "scale")
    if groups is not None and level is not None:
        raise OptionError("radial(): level and groups both colour the classes; give one.")
    names = (
        group_names(tree, level)
        if groups is None
        else [str(groups.get(name, "")) for name in tree.classes]
    )
    called = class_labels(tree, labels)
    colour = style.colours(names)
    order = tree.class_order
    n = tree.n_classes
    turn = 2 * np.pi * (1 - GAP) / n
    angle = np.pi / 2 - turn * (layout.node_positions(tree, order) + 0.5) - np.pi * GAP
    radius = 1 - layout.node_heights(tree, scale)[0]
    if per_node is None:
        inks = branch_colours(tree, names, colour)
    else:
        values = node_values(tree, per_node, value)
        shades = shade()
        inks = [style.FAINT if np.isnan(x) else style.hexed(shades(x)) for x in values.tolist()]
    few = n <= MOST_NAMED
    with style.style():
        size = 9.6 if n > 40 else 6.4
        half = size / 2 if ax is None else _half_inches(ax)
        ax = style.new_axes(ax, size, size + (0.6 if per_node is not None else 0.0))
        if per_node is not None:
            colour_scale(ax, shades)
        points, nodes = _branches(tree, angle, radius)
        ends = tree.n_children[nodes] == 0
        for part, width in ((ends, 0.8 if few else 0.3), (~ends, 1.4 if few else 1.0)):
            if part.any():  # what branches tell lies above what classes do
                ink = [inks[node] for node in nodes[part].tolist()]
                ax.add_collection(lines.shapes(points[part], ink, linewidths=width))
        if per_node is not None:
            told = np.flatnonzero(~np.isnan(values) & (tree.n_children > 1))
            ax.scatter(
                radius[told] * np.cos(angle[told]), radius[told] * np.sin(angle[told]),
                s=16 if few else 8, c=[inks[node] for node in told.tolist()], zorder=3, lw=0,
            )  # fmt: skip
        listed = order.tolist()
        found = runs([names[c] for c in listed])
        if few:
            texts = [(i + 0.5, called[c], colour[names[c]]) for i, c in enumerate(listed)]
        else:
            least = max(2, n / 120)
            texts = [
                ((a + b) / 2, f"{style.shorten(name, LETTERS)} ({b - a})", colour[name])
                for a, b, name in found
                if b - a >= least
            ]
        # In inches, so that the names have room beside the circle on axes of any size.
        text_size = 8.0 if n <= 60 or not few else 6.0
        texts = [(at, style.shorten(text, LETTERS + 8), ink) for at, text, ink in texts]
        room = (0.56 * text_size * max(len(text) for _, text, _ in texts) + 8) / 72
        limit = half / max(half - room, 0.3 * half)
        _ring(ax, found, colour, turn)
        _names(ax, texts, turn, text_size)
        ax.set_xlim(-limit, limit)
        ax.set_ylim(-limit, limit)
        ax.set_aspect("equal")
        ax.set_axis_off()
    return ax


def _branches(tree: ClassTree, angle: Floats, radius: Floats) -> tuple[Floats, Ints]:
    """Return a line for each edge: along the parent's circle, then outwards; and its lower node."""
    nodes = np.flatnonzero(~np.isnan(angle) & (tree.parent >= 0))
    above = tree.parent[nodes]
    share = np.linspace(0, 1, ARC)
    turned = angle[above, None] + share * (angle[nodes] - angle[above])[:, None]
    turned = np.column_stack([turned, angle[nodes]])
    out = np.column_stack([np.repeat(radius[above, None], ARC, axis=1), radius[nodes]])
    return np.stack([out * np.cos(turned), out * np.sin(turned)], axis=2), nodes


def _degrees(place: float, turn: float) -> float:
    """Return the angle of a place along the classes, from the top clockwise."""
    return float(np.degrees(np.pi / 2 - np.pi * GAP - turn * place))


def _ring(
    ax: Axes, found: Sequence[tuple[int, int, str]], colour: Mapping[Any, str], turn: float
) -> None:
    """Draw a piece of ring for each run of a group."""
    from matplotlib.patches import Wedge

    for start, stop, name in found:
        piece = Wedge(
            (0, 0), 1.04, _degrees(stop - 0.1, turn), _degrees(start + 0.1, turn), width=0.025,
            color=colour[name], lw=0,
        )  # fmt: skip
        ax.add_patch(piece)


def _names(ax: Axes, texts: Sequence[tuple[float, str, str]], turn: float, size: float) -> None:
    """Write names around the circle, each to be read from left to right."""
    for place, text, ink in texts:
        degrees = _degrees(place, turn)
        at = 1.055 * np.cos(np.radians(degrees)), 1.055 * np.sin(np.radians(degrees))
        left = 90 < degrees % 360 < 270
        ax.text(
            *at, text, rotation=degrees + 180 if left else degrees, rotation_mode="anchor",
            ha="right" if left else "left", va="center", fontsize=size, color=ink,
            **style.VERBATIM,
        )  # fmt: skip


def _half_inches(ax: Axes) -> float:
    """Return half of the shorter side of axes, in inches."""
    to_inches = style.figure_of(ax).dpi_scale_trans.inverted()
    held = ax.get_window_extent().transformed(to_inches)
    return float(min(held.width, held.height)) / 2
