"""Distances of class representatives, seen through the tree."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hiertools._core.doors import door
from hiertools.errors import ClassMismatchError, visible
from hiertools.plots import style
from hiertools.plots.cells import mean_cells
from hiertools.plots.dendrogram import group_names
from hiertools.plots.names import Labels, class_labels
from hiertools.trees.operations import restrict
from hiertools.trees.paths import iter_path_distances
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Rectangle

    from hiertools.representatives.distance_matrix import DistanceMatrix

__all__ = ["distances_by_tree", "heatmap"]

MOST_BOXES = 40
MOST_NAMED = 60


@door
def distances_by_tree(
    distances: DistanceMatrix, tree: ClassTree, *, ax: Axes | None = None
) -> Axes:
    """Show the model's distance of two classes against their distance in the tree.

    For each tree distance (or, where there are more than 40 different ones, each of 40 bins
    of equal numbers of pairs): the middle half of the pairs as a box, the middle 90 % as a line,
    the median as a point. Below, how many pairs there are.

    Parameters
    ----------
    distances : DistanceMatrix
    tree : ClassTree
        Holds the classes of `distances`, and perhaps more.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> reps = ht.ClassRepresentatives([[1, 0], [1, 0.2], [0, 1], [0.1, 1]], tree.classes)
    >>> ax = distances_by_tree(ht.distances(reps), tree)
    >>> ax.get_xlabel()
    'distance in the tree'
    """
    t = np.concatenate(
        [
            row[i + 1 :].copy()
            for rows, block in iter_path_distances(tree, distances.classes)
            for i, row in enumerate(block, rows.start)
        ]
    )
    few = len(np.unique(t[:: max(1, len(t) // 10_000)])) <= MOST_BOXES
    if few:  # perhaps: hashes tell the few numbers of most trees faster than sorting would
        bins, values = pd.factorize(t, sort=True)
        few = len(values) <= MOST_BOXES
    if not few:
        edges = np.unique(np.quantile(t, np.linspace(0, 1, MOST_BOXES + 1)))
        bins = np.clip(np.searchsorted(edges, t, side="right") - 1, 0, len(edges) - 2)
        sizes = np.bincount(bins, minlength=len(edges) - 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            values = np.bincount(bins, weights=t, minlength=len(edges) - 1) / sizes
    # Few different numbers in one byte each: numpy sorts them by counting.
    order = np.argsort(bins.astype(np.uint8), kind="stable")
    stops = np.cumsum(np.bincount(bins, minlength=len(values)))
    groups = np.split(distances.condensed[order], stops[:-1])
    kept = [i for i, group in enumerate(groups) if group.size]
    x = values[kept]
    shares = [0.05, 0.25, 0.5, 0.75, 0.95]
    cuts = np.array([np.quantile(groups[i], shares, overwrite_input=True) for i in kept])
    with style.style():
        ax = style.new_axes(ax, 6.4, 3.6)
        gap = np.diff(x).min() if len(x) > 1 else 1.0
        width = 0.55 * gap
        ax.vlines(x, cuts[:, 0], cuts[:, 4], color=style.ACCENT, linewidth=1, alpha=0.6)
        ax.bar(
            x, cuts[:, 3] - cuts[:, 1], width, cuts[:, 1], color=style.ACCENT, alpha=0.35,
            edgecolor=style.ACCENT, linewidth=0.8,
        )  # fmt: skip
        ax.plot(x, cuts[:, 2], "o-", color=style.ACCENT, markersize=4, linewidth=1)
        low, high = cuts[:, 0].min(), cuts[:, 4].max()
        room = 0.14 * (high - low if high > low else 1.0)
        ax.set_ylim(low - room, high + room / 3)
        step = max(1, len(x) // 14)
        for i in range(0, len(x), step):
            ax.annotate(
                _short_count(groups[kept[i]].size), (x[i], low - 0.75 * room), ha="center",
                fontsize=7, color=style.INK, alpha=0.75,
            )  # fmt: skip
        ax.set_xlabel("distance in the tree")
        told = [visible(distances.metric or ""), "not from 0" if low - room > 0 else ""]
        below = f"\n({'; '.join(filter(None, told))})" if any(told) else ""
        ax.set_ylabel(f"distance of the representatives{below}", **style.VERBATIM)
        ax.set_title("Do classes far apart in the tree lie far apart in the model?", loc="left")
    return ax


def _short_count(n: int) -> str:
    """Return a count in few letters.

    Examples
    --------
    >>> _short_count(950), _short_count(12_345), _short_count(2_500_000)
    ('950', '12k', '2.5M')
    """
    if n < 1000:
        return str(n)
    return f"{n / 1000:.0f}k" if n < 1_000_000 else f"{n / 1_000_000:.1f}M"


@door
def heatmap(
    distances: DistanceMatrix,
    tree: ClassTree,
    *,
    level: int | str | None = None,
    labels: Labels | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Show all distances of the representatives, classes in the order of the tree.

    A model that follows the tree shows dark blocks along the diagonal, one a group. Of more classes
    than the picture has points, neighbours in the tree are drawn as one cell of their mean.

    Parameters
    ----------
    distances : DistanceMatrix
    tree : ClassTree
        Holds the classes of `distances`, and perhaps more.
    level : int or str, optional
        Level whose groups are named and set apart; by default the tree is cut into telling groups.
    labels : mapping of class to str, optional
        Names to show; by default those that the tree's nodes have.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    ClassMismatchError
        A class that the tree lacks.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> reps = ht.ClassRepresentatives([[1, 0], [1, 0.2], [0, 1], [0.1, 1]], tree.classes)
    >>> ax = heatmap(ht.distances(reps), tree)
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['lynx', 'wolf', 'newt', 'toad']
    """
    if missing := sorted(set(distances.classes) - set(tree.classes)):
        raise ClassMismatchError(
            f"the tree lacks {len(missing)} class(es), such as {missing[0]!r}."
        )
    sub = restrict(tree, distances.classes)
    names = group_names(sub, level)
    order = sub.class_order.tolist()
    place = {name: i for i, name in enumerate(distances.classes)}
    rows = np.array([place[sub.classes[c]] for c in order])
    # The diagonal is 0 whatever the model does; shown, it would take the whole range of colours.
    matrix = mean_cells(distances.condensed, rows)
    n = len(order)
    off = matrix[~np.isnan(matrix)]
    low, high = np.quantile(off, [0.002, 0.998]) if off.size else (0.0, 1.0)
    from matplotlib import colormaps

    cmap = colormaps["viridis"].with_extremes(bad=(0.5, 0.5, 0.5, 0.35))
    with style.style():
        ax = style.new_axes(ax, 6.6, 5.4)
        image = ax.imshow(
            matrix, cmap=cmap, vmin=low, vmax=high, interpolation="nearest",
            extent=(-0.5, n - 0.5, n - 0.5, -0.5),
        )  # fmt: skip
        figure = style.figure_of(ax)
        bar = figure.colorbar(image, ax=ax, shrink=0.6, pad=0.02)
        bar.set_label(visible(f"distance ({distances.metric})"), **style.VERBATIM)
        bar.outline.set_visible(False)
        shown = class_labels(sub, labels)
        classes = [shown[c] for c in order]
        frame_runs(ax, [names[c] for c in order], classes if n <= MOST_NAMED else None)
    return ax


def frame_runs(ax: Axes, names: Sequence[str], classes: Sequence[str] | None) -> None:
    """Frame each run of a group along the diagonal, and name classes, or else long runs."""
    n = len(names)
    ax.tick_params(length=0)
    ax.set_xticks([])
    for side in ax.spines.values():
        side.set_visible(False)
    found = runs(names)
    if classes is not None:
        style.name_ticks(ax.yaxis, range(n), classes, fontsize=7)
    else:
        named = _spaced([run for run in found if run[1] - run[0] >= n / 40], n / 32)
        middles = [(a + b - 1) / 2 for a, b, _ in named]
        style.name_ticks(ax.yaxis, middles, [name for *_, name in named], fontsize=8)
    for start, stop, _ in found:
        if stop - start >= max(2, n / 40):
            ax.add_patch(_frame(start, stop))


def _spaced(found: list[tuple[int, int, str]], gap: float) -> list[tuple[int, int, str]]:
    """Leave out the smaller of two runs whose names would stand closer than a gap."""
    kept: list[tuple[int, int, str]] = []
    for run in sorted(found, key=lambda run: run[0] - run[1]):
        if all(abs(sum(run[:2]) - sum(other[:2])) >= 2 * gap for other in kept):
            kept.append(run)
    return sorted(kept)


def runs(names: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return (start, stop, name) of each run of equal names."""
    cuts = [i for i in range(1, len(names)) if names[i] != names[i - 1]]
    edges = [0, *cuts, len(names)]
    return [(a, b, names[a]) for a, b in itertools.pairwise(edges)]


def _frame(start: int, stop: int) -> Rectangle:
    from matplotlib.patches import Rectangle

    return Rectangle(
        (start - 0.5, start - 0.5), stop - start, stop - start, fill=False, lw=0.9, ec="white"
    )
