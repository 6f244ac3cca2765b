"""Two trees over the same classes, face to face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.own_names import SomeClasses
from hiertools.errors import ClassMismatchError, OptionError, visible
from hiertools.plots import layout, lines, style
from hiertools.plots.dendrogram import (
    branch_colours,
    branch_lines,
    checked_support,
    group_names,
    label_runs,
    leaves,
    tell_support,
)
from hiertools.plots.names import Labels, class_labels
from hiertools.trees.operations import collapse_unary, restrict, sort_classes
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["tanglegram"]

MOST_NAMED = 100
"""Above so many classes, groups are named and leaves are not."""


@door
def tanglegram(
    predefined: ClassTree,
    inferred: ClassTree,
    *,
    classes: SomeClasses | None = None,
    level: int | str | None = None,
    groups: Mapping[str, Any] | None = None,
    support: ArrayLike | None = None,
    scale: str = "rank",
    titles: tuple[str, str] = ("predefined", "inferred"),
    labels: Labels | None = None,
) -> Figure:
    """Draw two trees face to face and link each class with itself.

    Siblings are sorted so that few links cross. Up to 100 classes are named one by one; of more,
    groups are named, and their colours show where the other tree puts them. Name some `classes` to
    look closer.

    Parameters
    ----------
    predefined, inferred : ClassTree
        Left and right tree; same classes, in any order.
    classes : sequence of str, or path of a text file of names, optional
        Draw only these; both trees are restricted to them.
    level : int or str, optional
        Level of the left tree that gives the colours; by default that tree is cut so
        that no group is huge. The twelve largest groups are coloured.
    groups : mapping of class to group, optional
        Colours the classes instead of a level: two inferred trees by the groups of a taxonomy.
    support : array_like of float, shape (N,), optional
        A share for each node of the right tree, shown in percent at inner nodes where classes are
        named: of a consensus tree, how many of the trees hold its clades. NaN shows nothing.
    scale : {"rank", "auto"}
        Merges of the inferred tree evenly spaced, or at their heights.
    titles : (str, str)
        Headings of the two trees, drawn as they are written: a model's name may hold a ``$``.
    labels : mapping of class to str, optional
        Names to show; by default those that the nodes of the left tree have.

    Returns
    -------
    Figure
        Between the trees stand the number of crossings, and the entanglement: 0 where all links
        run straight, 1 where the right order is the left one upside down (Galili 2015,
        doi:10.1093/bioinformatics/btv428, with the power of 1.5 that dendextend has by default).

    Raises
    ------
    ClassMismatchError
        The trees hold different classes, or `classes` names others.

    Examples
    --------
    >>> from hiertools import ClassTree
    >>> left = ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);")
    >>> right = ClassTree.from_newick("((toad,wolf),(newt,lynx));")
    >>> figure = tanglegram(left, right)
    >>> len(figure.axes)
    4
    """
    if support is not None:
        shares = checked_support(support, inferred)
        # Nodes are renumbered below; labels tell which is which.
        inferred = numbered(inferred)
    predefined, inferred = over_the_same_classes(predefined, inferred, classes)
    n = predefined.n_classes
    if groups is not None and level is not None:
        raise OptionError("tanglegram(): level and groups both colour the classes; give one.")
    names = (
        group_names(predefined, level)
        if groups is None
        else [str(groups.get(name, "")) for name in predefined.classes]
    )
    called = class_labels(predefined, labels)
    predefined, inferred = collapse_unary(predefined), collapse_unary(inferred)
    colour = style.colours(names)
    left_order, right_order = layout.untangle(predefined, inferred)
    few = n <= MOST_NAMED
    with style.style():
        figure, axes = three_axes(n, few)
        for ax, tree, order, leftwards in (
            (axes[0], predefined, left_order, False),
            (axes[2], inferred, right_order, True),
        ):
            heights = layout.node_heights(tree, scale)[0]
            points, nodes = branch_lines(tree, order, heights)
            ink = branch_colours(tree, names, colour)
            inks = [ink[i] for i in nodes.tolist()]
            ax.add_collection(lines.shapes(points, inks, linewidths=0.9 if few else 0.4))
            if leftwards and few and support is not None:
                told = shares[[int(label) for label in tree.labels]]
                told[leaves(tree)] = np.nan
                tell_support(ax, layout.node_positions(tree, order), heights, told, "left")
            ax.set_xlim((-0.02, 1.02) if leftwards else (1.02, -0.02))
            ax.set_ylim(n - 0.5, -0.5)
            ax.set_axis_off()
        axes[0].set_title(visible(titles[0]), loc="left", **style.VERBATIM)
        axes[2].set_title(visible(titles[1]), loc="right", **style.VERBATIM)
        middle = axes[1]
        there = layout.rank(right_order)[left_order]
        middle.set_title(
            f"{layout.crossings(there):,} crossings\nentanglement {layout.entanglement(there):.2f}",
            fontsize=8,
        )
        _links(middle, left_order, right_order, [colour[name] for name in names], few)
        name_sides(middle, (left_order, right_order), called, names, colour, few)
    return figure


def name_sides(
    middle: Axes,
    orders: Sequence[NDArray[np.int64]],
    called: Sequence[str],
    names: Sequence[str],
    colour: Mapping[Any, str],
    few: bool,
) -> None:
    """Name the classes on both sides of the links; of many, groups on the left alone."""
    n = len(called)
    for side, order in enumerate(orders):
        ax = middle if side == 0 else middle.twinx()
        ax.set_ylim(n - 0.5, -0.5)
        ax.tick_params(axis="both", length=0, pad=1)
        ax.set_xticks([])
        for spine in ax.spines.values():
            spine.set_visible(False)
        listed = order.tolist()
        if few:
            shown, size = [called[c] for c in listed], 8 if n <= 60 else 6.5
            style.name_ticks(ax.yaxis, range(n), shown, most=20, fontsize=size)
            for text, c in zip(ax.get_yticklabels(), listed, strict=True):
                text.set_color(colour[names[c]])
        elif side == 0:
            label_runs(ax, [names[c] for c in listed], colour)
        else:
            ax.set_yticks([])


def numbered(tree: ClassTree) -> ClassTree:
    """Return the tree with the number of each node as its label."""
    numbers = [str(node) for node in range(tree.n_nodes)]
    length = tree.length if tree.has_lengths else None
    return ClassTree(
        tree.parent, tree.classes, tree.class_node, length=length, labels=numbers,
        heights=tree.heights,
    )  # fmt: skip


def over_the_same_classes(
    predefined: ClassTree, inferred: ClassTree, classes: SomeClasses | None
) -> tuple[ClassTree, ClassTree]:
    """Return both trees over the wanted classes; inner nodes stay, so levels keep their meaning."""
    a, b = set(predefined.classes), set(inferred.classes)
    chosen = None
    if classes is not None:
        chosen = set(checks.class_names(classes, "classes", any_order=True))
    apart = sorted((a ^ b) if chosen is None else chosen - (a & b))
    if apart:
        raise ClassMismatchError(
            f"a tanglegram needs two trees of the same classes, but {len(apart)} are not in both: "
            f"{checks.name_list(apart)}; name the shared ones with classes=..."
        )
    wanted = sorted(a if chosen is None else chosen)
    if len(wanted) < 2:
        raise ClassMismatchError(f"a tanglegram needs two classes or more; got {len(wanted)}.")
    left, right = (sort_classes(restrict(tree, wanted)) for tree in (predefined, inferred))
    return left, right


def three_axes(n: int, few: bool) -> tuple[Figure, list[Axes]]:
    """Return a figure of two trees with room for links and names between them."""
    height = min(24.0, 1.0 + 0.155 * n) if few else 8.5
    figure, axes = style.subplots(
        1,
        3,
        7.2,
        max(2.4, height),
        gridspec_kw={"width_ratios": (1.0, 1.3 if few else 1.7, 1.0), "wspace": 0.0},
    )
    figure.set_layout_engine("constrained", w_pad=0.03, wspace=0.0)
    return figure, list(axes[0])


def _links(
    ax: Axes, left: NDArray[np.int64], right: NDArray[np.int64], inks: Sequence[str], few: bool
) -> None:
    """Draw a curve from each class on the left to the same class on the right."""
    ends = np.column_stack([layout.rank(left), layout.rank(right)])
    curves = np.empty((len(ends), 4, 2))
    curves[..., 0] = [0, 0.5, 0.5, 1]
    curves[..., 1] = ends[:, [0, 0, 1, 1]]
    widths, alpha = (0.9, 0.75) if few else (0.5, 0.5)
    ax.add_collection(lines.shapes(curves, inks, curved=True, linewidths=widths, alpha=alpha))
    ax.set_xlim(0, 1)
