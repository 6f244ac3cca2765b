"""Evaluations: where mistakes fall, how far confidence can be trusted, what embeddings retrieve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools.plots import style
from hiertools.plots.cells import merged
from hiertools.plots.dendrogram import group_names
from hiertools.plots.distances import MOST_NAMED, frame_runs
from hiertools.plots.tables import check_columns
from hiertools.trees.operations import restrict
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["confusion_map", "reliability", "similarity_curve"]


@door
def confusion_map(
    confusion: pd.DataFrame,
    tree: ClassTree,
    *,
    level: int | str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Show a confusion matrix in the order of the tree; each row as shares of its label.

    Of more than 512 classes, neighbours in the tree are merged.

    Parameters
    ----------
    confusion : DataFrame, shape (C, C)
        Counts: labels down, predictions across, class names on both.
    tree : ClassTree
        Holds these classes.
    level : int or str, optional
        Level whose groups are framed; by default the tree is cut into telling groups.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Examples
    --------
    >>> tree = ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> counts = pd.DataFrame(np.eye(4), index=tree.classes, columns=tree.classes)
    >>> ax = confusion_map(counts, tree)
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['lynx', 'wolf', 'newt', 'toad']
    """
    sub = restrict(tree, [str(name) for name in confusion.index])
    check_columns(confusion, sub.classes, "confusion_map")
    names = group_names(sub, level)
    order = sub.class_order.tolist()
    classes = [sub.classes[i] for i in order]
    counts = confusion.loc[classes, classes].to_numpy(dtype=float)
    total = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0)
    from matplotlib import colormaps
    from matplotlib.colors import PowerNorm

    cmap = colormaps["viridis"].with_extremes(bad=(0.5, 0.5, 0.5, 0.35))
    with style.style():
        ax = style.new_axes(ax, 6.6, 5.4)
        # Mistakes are rare: a root scale keeps a share of 1 % visible beside the diagonal.
        n = len(classes)
        image = ax.imshow(
            merged(shares, add_columns=True), cmap=cmap, norm=PowerNorm(0.4, 0, 1),
            interpolation="nearest", extent=(-0.5, n - 0.5, n - 0.5, -0.5),
        )  # fmt: skip
        bar = style.figure_of(ax).colorbar(image, ax=ax, shrink=0.6, pad=0.02)
        bar.set_label("share of the label's samples")
        bar.outline.set_visible(False)
        ax.set_xlabel("predicted, in the same order")
        frame_runs(ax, [names[i] for i in order], classes if len(classes) <= MOST_NAMED else None)
    return ax


@door
def reliability(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Show accuracy against confidence, bin by bin; the diagonal is perfect calibration.

    Parameters
    ----------
    table : DataFrame
        Columns ``n``, ``confidence``, ``accuracy``: one row a bin.
    ax : Axes, optional
        Where to draw; by default on a new figure.

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
    'confidence (size of a point: number of samples)'
    """
    check_columns(table, ["n", "confidence", "accuracy"], "reliability")
    held = table[table["n"] > 0]
    if held.empty:
        raise OptionError("no bin holds a sample: calibration needs probabilities or logits.")
    with style.style():
        ax = style.new_axes(ax, 4.6, 4.0)
        ax.plot([0, 1], [0, 1], "--", color=style.FAINT, lw=1)
        ax.plot(held["confidence"], held["accuracy"], color=style.ACCENT, lw=1)
        sizes = 12 + 160 * held["n"] / held["n"].max()
        ax.scatter(held["confidence"], held["accuracy"], s=sizes, color=style.ACCENT, alpha=0.7)
        ax.set_xlim(0, 1.02)
        ax.set_ylim(0, 1.04)
        ax.set_xlabel("confidence (size of a point: number of samples)")
        ax.set_ylabel("accuracy")
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
        ax.set_xlabel("nearest embeddings k")
        ax.set_ylabel("hierarchical similarity at k")
    return ax
