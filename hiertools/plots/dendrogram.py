"""One tree, drawn: predefined, inferred, or a consensus with the support of its clades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools.plots import layout, lines, style
from hiertools.trees.levels import level_groups
from hiertools.trees.operations import node_heights
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["dendrogram"]

MOST_LABELS = 150
"""Above so many classes, groups are named and leaves are not."""


def branch_lines(
    tree: ClassTree, order: NDArray[np.int64], heights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the lines of a dendrogram: one elbow for each edge.

    Returns
    -------
    ndarray of float, shape (n_edges, 3, 2)
        (height, position) of the parent, the corner and the child.
    ndarray of int, shape (n_edges,)
        The lower node of each edge.
    """
    position = layout.node_positions(tree, order)
    nodes = np.flatnonzero(~np.isnan(position) & (tree.parent >= 0))
    parents = tree.parent[nodes]
    lines = np.empty((nodes.size, 3, 2))
    lines[:, 0] = np.column_stack([heights[parents], position[parents]])
    lines[:, 1] = np.column_stack([heights[parents], position[nodes]])
    lines[:, 2] = np.column_stack([heights[nodes], position[nodes]])
    return lines, nodes


def group_names(tree: ClassTree, level: int | str | None) -> list[str]:
    """Return the label of each class's group: its node at a level, or in a telling cut of the tree.

    A node without a label is called by its class, or by its number.
    """
    groups = telling_groups(tree) if level is None else level_groups(tree, level)
    own = dict(zip(tree.class_node.tolist(), tree.classes, strict=True))
    return [
        tree.labels[node] or own.get(node) or f"node {node}" for node in (int(g) for g in groups)
    ]


def telling_groups(tree: ClassTree, share: float = 1 / 6) -> NDArray[np.int64]:
    """Cut the tree so that no group holds more than a `share` of the classes, where it can be cut.

    A level of a ragged tree often holds one huge group and many tiny ones; this cut does not. A
    group is cut only if a sizeable one comes of it: two classes and a fiftieth of all.

    Returns
    -------
    ndarray of int, shape (C,)
        The node that each class is grouped under.

    Examples
    --------
    >>> tree = ClassTree.from_newick("(((a,b)x,(c,d)y)z,e);")
    >>> [tree.labels[node] for node in telling_groups(tree)]
    ['x', 'x', 'y', 'y', 'e']
    """
    size = tree.clade_stop - tree.clade_start
    least = max(2, tree.n_classes // 50)
    cuttable = np.zeros(tree.n_nodes, dtype=bool)
    cuttable[tree.parent[1:][size[1:] >= least]] = True
    cuttable &= size > share * tree.n_classes
    cuttable[tree.class_node] = False
    head = np.arange(tree.n_nodes)
    for node, above in enumerate(tree.parent.tolist()):
        if above >= 0 and not (cuttable[above] and head[above] == above):
            head[node] = head[above]
    return head[tree.class_node]


@door
def dendrogram(
    tree: ClassTree,
    *,
    level: int | str | None = None,
    groups: Mapping[str, Any] | None = None,
    support: ArrayLike | None = None,
    order: Sequence[str] | None = None,
    scale: str = "auto",
    ax: Axes | None = None,
) -> Axes:
    """Draw a tree with its root to the left and its classes, named, to the right.

    Parameters
    ----------
    tree : ClassTree
    level : int or str, optional
        Level that colours the classes; by default the tree is cut into telling groups.
    groups : mapping of class to group, optional
        Colours the classes instead of a level: an inferred tree by the groups of the taxonomy.
    support : array_like of float, shape (N,), optional
        A share for each node, shown in percent at inner nodes: the clade support of a consensus
        tree. NaN shows nothing.
    order : sequence of str, optional
        Wanted order of the classes from top to bottom; siblings are sorted towards it.
    scale : {"auto", "rank"}
        Merge heights as they are, or evenly spaced.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        An unknown scale, support of the wrong length, or an order that is not of these classes.

    Examples
    --------
    >>> from hiertools import ClassTree
    >>> ax = dendrogram(ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);"))
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['lynx', 'wolf', 'newt', 'toad']
    """
    checks.option(scale, ("auto", "rank"), "scale")
    drawn = tree.class_order
    if order is not None:
        if sorted(order) != sorted(tree.classes):
            raise OptionError("order must name each class of the tree once.")
        place = {name: i for i, name in enumerate(order)}
        drawn = layout.leaf_order(tree, np.array([place[c] for c in tree.classes], dtype=float))
    heights, ticks = layout.node_heights(tree, scale)
    names = (
        [str(groups.get(name, "")) for name in tree.classes]
        if groups is not None
        else group_names(tree, level)
    )
    colour = style.colours(names)
    shown = np.full(tree.n_nodes, np.nan)
    if support is not None:
        shown = checks.numeric(support, "support", OptionError)
    if shown.shape != (tree.n_nodes,):
        raise OptionError(
            f"support must hold one number a node, {tree.n_nodes}; got shape {shown.shape}."
        )
    few = tree.n_classes <= MOST_LABELS
    with style.style():
        height = min(40.0, max(2.0, 0.17 * tree.n_classes + 0.6)) if few else 8.0
        ax = style.new_axes(ax, 6.0, height)
        points, nodes = branch_lines(tree, drawn, heights)
        ink = branch_colours(tree, names, colour)
        ax.add_collection(lines.shapes(points, [ink[n] for n in nodes.tolist()], linewidths=0.9))
        position = layout.node_positions(tree, drawn)
        inner = node_heights(tree) > 0
        for node in np.flatnonzero(~np.isnan(shown)).tolist():
            if inner[node] and node > 0:
                ax.annotate(
                    f"{100 * shown[node]:.0f}",
                    (heights[node], position[node]),
                    xytext=(-2, 2),
                    textcoords="offset points",
                    ha="right",
                    fontsize=7,
                    color=style.INK,
                )
        ax.set_xlim(1.03, -0.01)
        ax.set_ylim(tree.n_classes - 0.5, -0.5)
        ax.yaxis.tick_right()
        ax.tick_params(axis="both", length=0)
        ax.set_xticks([at for at, _ in ticks], [text for _, text in ticks])
        for name, side in ax.spines.items():
            side.set_visible(bool(ticks) and name == "bottom")
        if ticks:
            ax.set_xlabel("merge height")
        if few:
            size = 8 if tree.n_classes <= 60 else 7
            listed = [tree.classes[c] for c in drawn.tolist()]
            style.name_ticks(ax.yaxis, range(tree.n_classes), listed, fontsize=size)
            for text, c in zip(ax.get_yticklabels(), drawn.tolist(), strict=True):
                text.set_color(colour[names[c]])
        else:
            label_runs(ax, [names[c] for c in drawn.tolist()], colour)
    return ax


def label_runs(ax: Axes, names: Sequence[str], colour: Mapping[Any, str]) -> None:
    """Name each long run of one group once, at its middle, on the y axis."""
    at, held, start = [], [], 0
    least = max(3, len(names) // 60)
    for i in range(1, len(names) + 1):
        if i == len(names) or names[i] != names[start]:
            if i - start >= least:
                at.append((start + i - 1) / 2)
                held.append((names[start], i - start))
            start = i
    text = [f"{style.shorten(name)} ({count})" for name, count in held]
    style.name_ticks(ax.yaxis, at, text, most=40, fontsize=8)
    for tick, (name, _) in zip(ax.get_yticklabels(), held, strict=True):
        tick.set_color(colour.get(name, style.INK))


def branch_colours(tree: ClassTree, names: Sequence[str], colour: Mapping[Any, str]) -> list[str]:
    """Return a colour a node: its group's where all its classes are of one group, else ink."""
    codes = {name: i for i, name in enumerate(colour)}
    code = np.array([codes[names[c]] for c in tree.class_order.tolist()])
    changes = np.concatenate([[0], np.cumsum(code[1:] != code[:-1])])
    stop = np.maximum(tree.clade_stop - 1, 0)
    start = np.minimum(tree.clade_start, len(code) - 1)
    pure = changes[stop] == changes[start]
    listed = list(colour.values())
    return [
        listed[code[first]] if is_pure else style.INK
        for first, is_pure in zip(start.tolist(), pure.tolist(), strict=True)
    ]
