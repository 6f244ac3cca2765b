"""Evaluations: where mistakes fall, how far confidence can be trusted, what embeddings retrieve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools.measures.graph_pairs import GraphPairs
from hiertools.plots import style
from hiertools.plots.cells import largest_cells
from hiertools.plots.dendrogram import group_names
from hiertools.plots.distances import MOST_NAMED, frame_runs, runs
from hiertools.plots.names import Labels, class_labels
from hiertools.plots.tables import check_columns
from hiertools.trees.graph import ClassGraph
from hiertools.trees.operations import find_node, node_heights, restrict
from hiertools.trees.paths import lca
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["confusion_map", "mistakes", "reliability", "similarity_curve"]


@door
def confusion_map(
    confusion: pd.DataFrame,
    tree: ClassTree,
    *,
    level: int | str | None = None,
    branch: str | Sequence[str] | int | None = None,
    by: str = "class",
    labels: Labels | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Show a confusion matrix in the order of the tree; each row as shares of its label.

    Of more classes than the picture has points, neighbours in the tree are drawn as one cell that
    shows the largest of their shares, so that no mistake falls between two points. To see where
    mistakes go, draw groups (``by="group"``), then look into one of them (``branch=``).

    Parameters
    ----------
    confusion : DataFrame, shape (C, C)
        Counts: labels down, predictions across, class names on both.
    tree : ClassTree
        Holds these classes.
    level : int or str, optional
        Level of the groups; by default the tree is cut into telling groups.
    branch : str, sequence of str or int, optional
        Only the labels below this node: its name, the names on the way to it, or its number. A last
        column holds the share of predictions outside it.
    by : {"class", "group"}
        Rows and columns: each class, with groups framed, or each group.
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
        An unknown branch, or one without two classes; no square table of these classes.

    Examples
    --------
    >>> tree = ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);")
    >>> counts = pd.DataFrame(np.eye(4), index=tree.classes, columns=tree.classes)
    >>> ax = confusion_map(counts, tree)
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['lynx', 'wolf', 'newt', 'toad']
    >>> ax = confusion_map(counts, tree, by="group", level=0)
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['mammal', 'amphibian']
    """
    checks.option(by, ("class", "group"), "by")
    sub = restrict(tree, [str(name) for name in confusion.index])
    check_columns(confusion, sub.classes, "confusion_map")
    order = sub.class_order
    counts = confusion.loc[list(sub.classes), list(sub.classes)].to_numpy(dtype=float)
    counts = counts[order][:, order]
    outside = np.zeros(len(order))
    if branch is not None:
        run = _classes_below(sub, branch)
        outside = np.delete(counts[run], np.arange(run.start, run.stop), axis=1).sum(axis=1)
        order, counts = order[run], counts[run, run]
        sub = restrict(sub, [sub.classes[c] for c in order.tolist()])
        order = sub.class_order
    groups = group_names(sub, level)
    groups = [groups[c] for c in order.tolist()]
    shown = class_labels(sub, labels)
    rows: list[str] | None = [shown[c] for c in order.tolist()]
    if by == "group":
        starts = [start for start, _, _ in runs(groups)]
        groups = rows = [name for *_, name in runs(groups)]
        counts = np.add.reduceat(np.add.reduceat(counts, starts, axis=0), starts, axis=1)
        outside = np.add.reduceat(outside, starts)
    elif len(groups) > MOST_NAMED:
        rows = None
    total = counts.sum(axis=1) + outside
    shares = np.divide(
        np.column_stack([counts, outside]), total[:, None], where=total[:, None] > 0,
        out=np.full((len(total), len(total) + 1), np.nan),
    )  # fmt: skip
    return _drawn_shares(shares, groups, rows, branch is not None, ax)


def _classes_below(tree: ClassTree, branch: str | Sequence[str] | int) -> slice:
    """Return the places of a branch's classes, in the order of the tree."""
    node = find_node(tree, branch)
    run = slice(int(tree.clade_start[node]), int(tree.clade_stop[node]))
    if run.stop - run.start < 2:
        raise OptionError(
            f"branch {branch!r} holds {run.stop - run.start} class(es) of this result; a map needs "
            "two or more."
        )
    return run


def _drawn_shares(
    shares: Floats, groups: list[str], rows: list[str] | None, beyond: bool, ax: Axes | None
) -> Axes:
    """Draw a square of shares, and beside it a column of what lies outside."""
    from matplotlib import colormaps
    from matplotlib.colors import PowerNorm

    n = len(groups)
    # Mistakes are rare: a root scale keeps a share of 1 % visible beside the diagonal.
    look: dict[str, Any] = {
        "cmap": colormaps["viridis"].with_extremes(bad=(0.5, 0.5, 0.5, 0.35)),
        "norm": PowerNorm(0.4, 0, 1),
        "interpolation": "nearest",
    }
    with style.style():
        ax = style.new_axes(ax, 6.6, 5.4)
        square = largest_cells(shares[:, :n])
        image = ax.imshow(square, extent=(-0.5, n - 0.5, n - 0.5, -0.5), **look)
        if beyond:
            width = max(1.0, n / 20)
            ends = (n - 0.5 + width / 2, n - 0.5 + 1.5 * width)
            ax.imshow(shares[:, n:], extent=(*ends, n - 0.5, -0.5), aspect="auto", **look)
            ax.set_aspect("equal")
            ax.set_xlim(-0.5, ends[1])
            ax.set_ylim(n - 0.5, -0.5)
            ax.annotate(
                "elsewhere", (sum(ends) / 2, 1.01), xycoords=("data", "axes fraction"), ha="center",
                fontsize=8, color=style.INK,
            )  # fmt: skip
        bar = style.figure_of(ax).colorbar(image, ax=ax, shrink=0.6, pad=0.02)
        most = " (the largest of a cell)" if n > len(square) else ""
        bar.set_label(f"share of the label's samples{most}")
        bar.outline.set_visible(False)
        ax.set_xlabel("predicted, in the same order")
        frame_runs(ax, groups, rows)
    return ax


MOST_BARS = 500
"""Bars that are drawn one by one."""


@door
def mistakes(
    confusions: pd.DataFrame, tree: ClassTree | ClassGraph, *, ax: Axes | None = None
) -> Axes:
    """Show how bad mistakes are: how many there are at each height of the common ancestor.

    A model whose mistakes are sensible confuses siblings: its bars fall from left to right.

    Parameters
    ----------
    confusions : DataFrame
        Columns ``label``, ``predicted``, ``count``: one row a confusion.
    tree : ClassTree or ClassGraph
        Holds these classes. In a graph the lowest common ancestor of the least height counts.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        There is no mistake, or a class that the tree lacks.

    Examples
    --------
    >>> tree = ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> table = pd.DataFrame({"label": ["lynx", "newt"], "predicted": ["wolf", "lynx"],
    ...                       "count": [3, 1]})
    >>> ax = mistakes(table, tree)
    >>> [text.get_text() for text in ax.texts]
    ['3 (75 %)', '1 (25 %)']
    """
    check_columns(confusions, ["count"], "mistakes", ["label", "predicted"])
    wrong = confusions[confusions["label"] != confusions["predicted"]]
    if wrong.empty or wrong["count"].sum() == 0:
        raise OptionError("mistakes(): there is no wrong prediction to draw.")
    a, b = (_places(tree, wrong[name]) for name in ("label", "predicted"))
    if isinstance(tree, ClassGraph):
        heights = GraphPairs.of(tree, tree.classes).lca_height[a, b]
    else:
        heights = node_heights(tree)[lca(tree, tree.class_node[a], tree.class_node[b])]
    n = np.bincount(heights, wrong["count"].to_numpy(dtype=float))
    at = np.arange(1, n.size)
    with style.style():
        ax = style.new_axes(ax, 6.4, 3.2)
        if len(at) > MOST_BARS:  # one shape, since a bar each would take minutes
            edges = np.arange(n.size) + 0.5
            ax.stairs(n[1:], edges, fill=True, color=style.ACCENT, alpha=0.75)
        else:
            ax.bar(at, n[1:], color=style.ACCENT, alpha=0.75)
        if len(at) <= 12:
            for x, count in zip(at.tolist(), n[1:].tolist(), strict=True):
                told = f"{count:,.6g} ({100 * count / n.sum():.0f} %)"
                ax.annotate(told, (x, count), xytext=(0, 2), textcoords="offset points",
                            ha="center", fontsize=8, color=style.INK)  # fmt: skip
        if len(at) <= 20:
            ax.set_xticks(at)
        ax.set_xlabel("height of the lowest common ancestor of label and prediction (1: siblings)")
        ax.set_ylabel("wrong predictions")
    return ax


def _places(tree: ClassTree | ClassGraph, names: pd.Series) -> list[int]:
    missing = sorted(set(map(str, names)) - set(tree.classes))
    if missing:
        raise OptionError(
            f"mistakes(): the tree lacks {len(missing)} class(es): {checks.name_list(missing)}."
        )
    at = {name: place for place, name in enumerate(tree.classes)}
    return [at[str(name)] for name in names]


@door
def reliability(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Show accuracy against confidence, bin by bin; the diagonal is perfect calibration.

    Above it, how many samples each bin holds.

    Parameters
    ----------
    table : DataFrame
        Columns ``n``, ``confidence``, ``accuracy``: one row a bin. Bins are of equal width, the
        first one from a confidence of 0, the last one up to 1.
    ax : Axes, optional
        Where to draw; by default on a new figure. The histogram is drawn above it.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        No bin holds a sample.

    Examples
    --------
    >>> table = pd.DataFrame({"n": [3, 9], "confidence": [0.4, 0.9], "accuracy": [0.3, 0.8]})
    >>> reliability(table).get_xlabel()
    'confidence'
    """
    check_columns(table, ["n", "confidence", "accuracy"], "reliability")
    held = table[table["n"] > 0]
    if held.empty:
        raise OptionError("no bin holds a sample: calibration needs probabilities or logits.")
    edges = np.linspace(0, 1, len(table) + 1)
    with style.style():
        ax = style.new_axes(ax, 4.6, 4.6)
        # Behind the points, how far each bin is off.
        ax.vlines(
            held["confidence"], held["confidence"], held["accuracy"], color=style.PALETTE[1],
            lw=5, alpha=0.35, label="gap",
        )  # fmt: skip
        ax.plot([0, 1], [0, 1], "--", color=style.FAINT, lw=1, label="calibrated")
        ax.plot(held["confidence"], held["accuracy"], "o-", color=style.ACCENT, lw=1, ms=5)
        ax.set_xlim(0, 1.02)
        ax.set_ylim(0, 1.04)
        ax.set_xlabel("confidence")
        ax.set_ylabel("accuracy")
        ax.legend(loc="upper left")
        above = ax.inset_axes((0, 1.03, 1, 0.2), sharex=ax)
        above.bar(edges[:-1], table["n"], np.diff(edges), align="edge", color=style.ACCENT,
                  alpha=0.6, edgecolor="white", lw=0.6)  # fmt: skip
        above.tick_params(axis="x", labelbottom=False, length=0)
        above.spines["bottom"].set_visible(False)
        above.set_ylabel("samples", fontsize=8)
        above.yaxis.set_major_locator(style.whole_numbers(2))
    return ax


@door
def similarity_curve(curve: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Show hierarchical similarity among the k nearest test embeddings, over k.

    Parameters
    ----------
    curve : DataFrame
        Columns ``k``, ``value``.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        No k has a value.

    Examples
    --------
    >>> similarity_curve(pd.DataFrame({"k": [1, 2], "value": [0.9, 0.8]})).get_xlabel()
    'nearest embeddings k'
    """
    check_columns(curve, ["k", "value"], "similarity_curve")
    held = curve[curve["value"].notna()]
    if held.empty:
        raise OptionError("there is no similarity: it needs embeddings of the test samples.")
    with style.style():
        ax = style.new_axes(ax, 6.4, 3.2)
        ax.plot(held["k"], held["value"], color=style.ACCENT)
        ax.set_xlim(1, held["k"].max())
        ax.set_ylim(0, 1.02)
        ax.set_xlabel("nearest embeddings k")
        ax.set_ylabel("hierarchical similarity at k")
    return ax
