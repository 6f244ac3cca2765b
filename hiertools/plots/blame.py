"""The blame tree: which branches of a taxonomy a model recovers, and which not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools.plots import layout, lines, style
from hiertools.plots.condensed import Condensed, condensed
from hiertools.plots.dendrogram import branch_lines
from hiertools.plots.names import Labels, class_labels
from hiertools.plots.tables import check_columns
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

__all__ = ["blame"]

NAMED = 40
"""With at most so many ends, inner branches are named."""

LETTERS = 72
"""So many of them have room in the width of the tree."""


@door
def blame(
    tree: ClassTree,
    per_node: pd.DataFrame,
    *,
    value: str = "best_jaccard",
    most: int = 60,
    labels: Labels | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Colour each branch of a taxonomy by how well the model recovers it.

    Blue branches are found again in the model as they are, orange ones are mixed with others or
    torn apart. Beside each branch stands the number that colours it.

    Parameters
    ----------
    tree : ClassTree
        The predefined tree.
    per_node : DataFrame
        ``node``, a node of `tree`, and `value`: a number between 0 and 1, 1 the best. Of a
        comparison, its attribute ``per_node``.
    value : str
        Which column colours the branches.
    most : int
        Draw at most so many ends. In larger trees the smallest branches are wedges.
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
        A column is missing, a node is not one of the tree, or no branch has a number.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);")
    >>> other = ht.ClassTree.from_newick("(((lynx,wolf),newt),toad);")
    >>> ax = blame(tree, ht.branches(tree, other))
    >>> [text.get_text() for text in ax.texts]
    ['mammal 1.00', 'amphibian 0.50']
    """
    most = checks.whole_number(most, "most", least=2)
    part = condensed(tree, most, lowest=False)
    values = node_values(tree, per_node, value)[part.nodes]
    values[part.tree.class_node[part.rest]] = np.nan
    drawn = part.order(tree.class_order)
    heights = part.heights(layout.node_heights(tree)[0])
    at = np.column_stack([heights, layout.node_positions(part.tree, drawn)])
    shades = shade()
    inks = [style.FAINT if np.isnan(x) else style.hexed(shades(x)) for x in values.tolist()]
    names = [tree.labels[node] for node in part.nodes.tolist()]
    n = len(part.ends)
    with style.style():
        ax = style.new_axes(ax, 6.8, min(40.0, max(2.0, 0.19 * n + 0.9)))
        points, lower = branch_lines(part.tree, drawn, at[:, 0])
        held = [inks[node] for node in lower.tolist()]
        ax.add_collection(lines.shapes(points, held, linewidths=1.6))
        several = [end.size > 1 for end in part.ends]
        wedges = part.tree.class_node[several]
        for node in wedges.tolist():
            x, y = at[node]
            ax.fill([x, 0, 0], [y, y - 0.38, y + 0.38], color=inks[node], lw=0)
        parting = np.bincount(part.tree.parent[1:], minlength=len(values)) > 1
        inner = np.setdiff1d(np.flatnonzero(~np.isnan(values) & parting), wedges)
        ax.scatter(
            at[inner, 0], at[inner, 1], s=26, c=[inks[i] for i in inner.tolist()],
            edgecolors="white", linewidths=0.6, zorder=3,
        )  # fmt: skip
        if n <= NAMED:
            _name_branches(ax, part.tree, inner, at, names, values)
        told = _end_names(part, names, values, class_labels(tree, labels))
        texts = [told[i] for i in drawn.tolist()]
        style.name_ticks(ax.yaxis, range(n), texts, most=48, fontsize=8 if n <= 60 else 7)
        ax.yaxis.tick_right()
        ax.tick_params(length=0)
        ax.set_xlim(1.03, -0.01)
        ax.set_ylim(n - 0.5, -0.5)
        ax.set_xticks([])
        for side in ax.spines.values():
            side.set_visible(False)
        colour_scale(ax, shades)
    return ax


def node_values(tree: ClassTree, per_node: pd.DataFrame, value: str) -> Floats:
    """Return the number of each node; a chain of nodes with one clade has one row of the table."""
    check_columns(per_node, ["node", value], "blame")
    nodes = per_node["node"].to_numpy(dtype=np.int64)
    if nodes.size and not 0 <= nodes.min() <= nodes.max() < tree.n_nodes:
        raise OptionError("blame(): per_node tells of nodes that the tree doesn't have.")
    clades = list(zip(tree.clade_start.tolist(), tree.clade_stop.tolist(), strict=True))
    told = {
        clades[node]: number
        for node, number in zip(nodes.tolist(), per_node[value].tolist(), strict=True)
    }
    found = np.array([told.get(clade, np.nan) for clade in clades], dtype=float)
    if np.isnan(found).all():
        raise OptionError("blame(): no branch has a number; the tree has no groups to recover.")
    return found


def _name_branches(
    ax: Axes, tree: ClassTree, nodes: Ints, at: Floats, names: Sequence[str], values: Floats
) -> None:
    """Write name and number beside inner branches, as far as there is room before the parent."""
    for node in nodes.tolist():
        above = max(int(tree.parent[node]), 0)
        most = int((at[above, 0] - at[node, 0]) * LETTERS) - 5
        name = style.shorten(names[node], most) if most >= 5 else ""
        ax.annotate(
            f"{name} {values[node]:.2f}".strip(), tuple(at[node]), xytext=(-4, 3),
            textcoords="offset points", ha="right", fontsize=7, color=style.INK, **style.VERBATIM,
        )  # fmt: skip


def shade() -> Colormap:
    """Return the colours from a branch that is lost to one that is recovered: orange to blue.

    Told apart by the colour-blind, and dark enough on white at both ends and between.
    """
    from matplotlib.colors import LinearSegmentedColormap

    ends = ["#c2510c", "#e08a3c", "#b9a98f", "#6aa3d5", "#1f6fb2"]
    return LinearSegmentedColormap.from_list("blame", ends)


def _end_names(
    part: Condensed, names: Sequence[str], values: Floats, called: Sequence[str]
) -> list[str]:
    """Name classes, and clades with their size and number."""
    told = []
    for end, node in zip(part.ends, part.tree.class_node.tolist(), strict=True):
        if end.size == 1:
            told.append(called[end[0]])
            continue
        if np.isnan(values[node]):
            told.append(f"others ({end.size})")
            continue
        name = names[node] or f"{called[end[0]]} and {end.size - 1} others"
        told.append(f"{name} ({end.size}) {values[node]:.2f}")
    return told


def colour_scale(ax: Axes, shades: Colormap) -> None:
    """Tell below axes what the colours of branches mean."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    bar = style.figure_of(ax).colorbar(
        ScalarMappable(Normalize(0, 1), shades), ax=ax, location="bottom", shrink=0.5, pad=0.02,
        aspect=40, ticks=[0, 0.5, 1],
    )  # fmt: skip
    bar.set_label("overlap with the model's most similar branch\n(Jaccard; 1: recovered)")
    bar.outline.set_visible(False)
