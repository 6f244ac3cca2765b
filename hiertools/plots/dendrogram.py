"""One tree, drawn: predefined, inferred, or a consensus with the support of its clades."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools.plots import layout, lines, style
from hiertools.plots.condensed import condensed
from hiertools.plots.names import Labels, class_labels
from hiertools.trees.levels import level_groups
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["dendrogram"]

MOST_LABELS = 150
"""Above so many classes, clades are drawn as one end."""

MOST_ENDS = 60
"""Then, at most so many ends."""


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

    A node without a label is called by its class, or by the first of those below it.

    Examples
    --------
    >>> group_names(ClassTree.from_newick("((lynx,wolf),(newt,toad)amphibian);"), 0)
    ['lynx and 1 more', 'lynx and 1 more', 'amphibian', 'amphibian']
    """
    groups = telling_groups(tree) if level is None else level_groups(tree, level)
    own = dict(zip(tree.class_node.tolist(), tree.classes, strict=True))
    called = class_labels(tree)

    def name(node: int) -> str:
        first, stop = tree.clade_start[node], tree.clade_stop[node]
        below = f"{called[tree.class_order[first]]} and {stop - first - 1} more"
        return tree.labels[node] or own.get(node) or below

    names = {node: name(node) for node in set(groups.tolist())}
    return [names[node] for node in groups.tolist()]


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
    most: int | None = None,
    labels: Labels | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a tree with its root to the left and its classes, named, to the right.

    Of more than 150 classes, the tree is drawn down to 60 clades at most, each a wedge that tells
    its most frequent group, and how many of its classes belong to that. `restrict` gives the part
    of a tree to look closer at.

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
    most : int, optional
        Draw at most so many ends; clades are wedges where there are more classes. By default each
        of up to 150 classes, else 60 ends.
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
        An unknown scale, support of the wrong length, or an order that is not of these classes.

    Examples
    --------
    >>> from hiertools import ClassTree
    >>> ax = dendrogram(ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);"))
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['lynx', 'wolf', 'newt', 'toad']
    """
    checks.option(scale, ("auto", "rank"), "scale")
    if most is None:
        most = tree.n_classes if tree.n_classes <= MOST_LABELS else MOST_ENDS
    most = checks.whole_number(most, "most", least=2)
    drawn = tree.class_order
    if order is not None:
        if sorted(order) != sorted(tree.classes):
            raise OptionError("order must name each class of the tree once.")
        place = {name: i for i, name in enumerate(order)}
        drawn = layout.leaf_order(tree, np.array([place[c] for c in tree.classes], dtype=float))
    names = (
        [str(groups.get(name, "")) for name in tree.classes]
        if groups is not None
        else group_names(tree, level)
    )
    shown = np.full(tree.n_nodes, np.nan)
    if support is not None:
        shown = checked_support(support, tree)
    part = condensed(tree, most)
    heights, ticks = layout.node_heights(tree, scale)
    heights, shown = part.heights(heights), shown[part.nodes]
    drawn = part.order(drawn)
    called = class_labels(tree, labels)
    # Groups from elsewhere say what a clade holds; else it has a name of its own, or none.
    at = part.nodes[part.tree.class_node].tolist()
    own = [tree.labels[node] if groups is None else "" for node in at]
    ends = [
        End.of(classes, names, called, label, rest)
        for classes, label, rest in zip(part.ends, own, part.rest.tolist(), strict=True)
    ]
    colour = style.colours(names)
    n = len(ends)
    with style.style():
        ax = style.new_axes(ax, 6.0, min(40.0, max(2.0, 0.17 * n + 0.6)))
        points, nodes = branch_lines(part.tree, drawn, heights)
        ink = branch_colours(part.tree, [end.group if end.pure else "" for end in ends], colour)
        ax.add_collection(lines.shapes(points, [ink[i] for i in nodes.tolist()], linewidths=0.9))
        position = layout.node_positions(part.tree, drawn)
        wedges(ax, part.tree, position, heights, ends, colour)
        silent = np.array([end.size == 1 for end in ends]) | part.rest
        shown[np.intersect1d(part.tree.class_node[silent], leaves(part.tree))] = np.nan
        tell_support(ax, position, heights, shown)
        ax.set_xlim(1.03, -0.01)
        ax.set_ylim(n - 0.5, -0.5)
        ax.yaxis.tick_right()
        ax.tick_params(axis="both", length=0)
        ax.set_xticks([at for at, _ in ticks], [text for _, text in ticks])
        for name, side in ax.spines.items():
            side.set_visible(bool(ticks) and name == "bottom")
        if ticks:
            ax.set_xlabel("merge height (not drawn from 0)" if ticks[-1][0] > 0 else "merge height")
        listed = drawn.tolist()
        texts = [ends[i].text for i in listed]
        style.name_ticks(ax.yaxis, range(n), texts, most=48, fontsize=8 if n <= 60 else 7)
        for text, i in zip(ax.get_yticklabels(), listed, strict=True):
            text.set_color(colour[ends[i].group])
    return ax


@dataclass(frozen=True)
class End:
    """What is told at an end of a drawn tree: of one class, or of several."""

    text: str
    group: str
    """The most frequent group of its classes."""
    share: float
    """How much of the classes belong to it."""
    size: int

    @property
    def pure(self) -> bool:
        """Whether all its classes are of one group."""
        return self.share == 1.0

    @classmethod
    def of(
        cls, classes: Ints, groups: Sequence[str], called: Sequence[str], label: str, rest: bool
    ) -> End:
        """Say what is to be told of some classes, which may have a label together."""
        group, count = Counter(groups[c] for c in classes.tolist()).most_common(1)[0]
        size = classes.size
        if size == 1 and not rest:
            return cls(called[classes[0]], group, 1.0, 1)
        if rest:
            label = "others"
        told = f"{size}" if label or count == size else f"{count} of {size}"
        return cls(f"{label or group} ({told})", group, count / size, size)


def wedges(
    ax: Axes,
    tree: ClassTree,
    position: Floats,
    heights: Floats,
    ends: Sequence[End],
    colour: Mapping[Any, str],
) -> None:
    """Draw clades that are ends as wedges; the paler, the less of it is of one group."""
    from matplotlib.patches import Polygon

    for end, node in zip(ends, tree.class_node.tolist(), strict=True):
        if end.size > 1:
            tip, y = (heights[node], position[node]), position[node]
            ax.add_patch(
                Polygon(
                    [tip, (0.0, y - 0.4), (0.0, y + 0.4)], closed=True, lw=0.8,
                    facecolor=to_alpha(colour[end.group], 0.15 + 0.6 * max(0, 2 * end.share - 1)),
                    edgecolor=colour[end.group],
                )
            )  # fmt: skip


def leaves(tree: ClassTree) -> Ints:
    """Return the nodes without children."""
    return np.flatnonzero(tree.n_children == 0)


def to_alpha(ink: str, alpha: float) -> tuple[float, float, float, float]:
    """Return a colour that shines through."""
    from matplotlib.colors import to_rgba

    return to_rgba(ink, alpha)


def checked_support(support: ArrayLike, tree: ClassTree) -> Floats:
    """Return one number a node, or refuse what is none."""
    shown = checks.numeric(support, "support", OptionError)
    if shown.shape != (tree.n_nodes,):
        raise OptionError(
            f"support must hold one number a node, {tree.n_nodes}; got shape {shown.shape}."
        )
    return shown


def tell_support(
    ax: Axes,
    position: Floats,
    heights: Floats,
    support: Floats,
    side: str = "right",
) -> None:
    """Write the support of nodes beside them, in percent; towards the root, which has none."""
    aside = -2 if side == "right" else 2
    for node in np.flatnonzero(~np.isnan(support)).tolist():
        if node > 0:
            ax.annotate(
                f"{100 * support[node]:.0f}", (heights[node], position[node]), xytext=(aside, 2),
                textcoords="offset points", ha=side, fontsize=7, color=style.INK,
            )  # fmt: skip


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
    inks = {**colour, **{name: style.INK for name in names if name not in colour}}
    codes = {name: i for i, name in enumerate(inks)}
    code = np.array([codes[names[c]] for c in tree.class_order.tolist()])
    changes = np.concatenate([[0], np.cumsum(code[1:] != code[:-1])])
    stop = np.maximum(tree.clade_stop - 1, 0)
    start = np.minimum(tree.clade_start, len(code) - 1)
    pure = changes[stop] == changes[start]
    listed = list(inks.values())
    return [
        listed[code[first]] if is_pure else style.INK
        for first, is_pure in zip(start.tolist(), pure.tolist(), strict=True)
    ]
