"""Colours and the small things that all plots share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#31343a"
"""Text, axes and quiet lines. A colour that nothing else uses: reports exchange it."""

FAINT = "#9aa0a8"
"""Chance levels, links of no group: readable on white and on black."""

ACCENT = "#2b7bba"
PALETTE = (
    "#2b7bba", "#d9641e", "#3a9a5b", "#b5487f", "#8a6fc2", "#c79a12",
    "#3aa6b0", "#a9502f", "#6f8f2e", "#d4574e", "#5b6fd0", "#8c7a5a",
)  # fmt: skip
"""Twelve hues of middling lightness, told apart on white and on black."""

RC: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.labelsize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "svg.fonttype": "none",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the house's style, leaving the user's settings as they were."""
    import matplotlib as mpl

    with mpl.rc_context(RC):
        yield


def new_axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Return `ax`, or the axes of a new figure of the given size in inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def colours(groups: Sequence[Any]) -> dict[Any, str]:
    """Return a colour for each group, the most frequent first; groups beyond the palette are faint.

    Examples
    --------
    >>> colours(["bird", "bird", "fish"])
    {'bird': '#2b7bba', 'fish': '#d9641e'}
    """
    from collections import Counter

    ranked = [group for group, _ in Counter(groups).most_common()]
    return {g: PALETTE[i] if i < len(PALETTE) else FAINT for i, g in enumerate(ranked)}


def shorten(name: str, most: int = 24) -> str:
    """Cut a long name in the middle.

    Examples
    --------
    >>> shorten("black-and-tan coonhound of the north", 20)
    'black-and… the north'
    """
    if len(name) <= most:
        return name
    half = (most - 1) // 2
    return f"{name[:half]}…{name[-(most - 1 - half) :]}"


def figure_of(ax: Axes) -> Figure:
    """Return the figure, or the part of one, that holds `ax`."""
    return cast("Figure", ax.figure)
