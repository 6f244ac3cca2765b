"""Colours and the small things that all plots share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from hiertools.errors import visible
from hiertools.plots.turns import drawing

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.ticker import Locator

INK = "#31343a"
"""Text, axes and quiet lines. A colour that nothing else uses: reports exchange it."""

FAINT = "#9aa0a8"
"""Chance levels, links of no group: readable on white and on black."""

ACCENT = "#2b7bba"
PALETTE = (
    "#2b7bba", "#d9641e", "#239266", "#8c4e7c", "#835b2a", "#8c8df9",
    "#959e5c", "#f7669b", "#a091c2", "#a44448", "#9a3d98", "#66a036",
)  # fmt: skip
"""Twelve colours of middling lightness, told apart on white and on black.

Found by a search for the colours that lie farthest from one another as people see them who lack
green or red cones: in the Lab space at least 12 apart, the first six 18 (the twelve hues of even
spacing that stood here before came as near as 3, which nobody can tell apart)."""

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
    "text.usetex": False,
}

VERBATIM: dict[str, Any] = {"parse_math": False, "usetex": False}
"""Keywords of every text that comes from data: a ``$`` in a name is a ``$``, and no formula.

They stay with the text, however and whenever its figure is saved; a setting would end with us."""


def name_ticks(
    axis: Axis, at: Iterable[float], names: Iterable[object], most: int = 24, **text: Any
) -> None:
    """Name places along an axis by names from data, drawn as they are written."""
    shown = [shorten(str(name), most) for name in names]
    axis.set_ticks(list(at), shown, **VERBATIM, **text)


def name_lines(
    ax: Axes, lines: Sequence[Artist], names: Sequence[object], *, beside: bool = False
) -> Legend:
    """Add a legend of names from data, drawn as they are written; perhaps beside the axes.

    Matplotlib leaves out labels that are empty or begin with an underscore. The names are therefore
    put in the place of numbers.
    """
    where: dict[str, Any] = {"loc": "best"}
    if beside:
        where = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
    legend = ax.legend(lines, [str(i) for i in range(len(lines))], **where)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set(text=shorten(str(name), 60), **VERBATIM)
    return legend


@contextmanager
def style() -> Iterator[None]:
    """Draw in the house's style, one thread at a time, leaving the user's settings as they were."""
    import matplotlib as mpl

    with drawing, mpl.rc_context(RC):
        yield


def new_axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Return `ax`, or the axes of a new figure of the given size in inches."""
    return subplots(1, 1, width, height)[1][0][0] if ax is None else ax


def subplots(
    rows: int, columns: int, width: float, height: float, **options: Any
) -> tuple[Figure, Any]:
    """Return a new figure of the given size in inches, and its axes by row and column."""
    import matplotlib.pyplot as plt

    from hiertools.plots.figures import DrawnFigure

    return plt.subplots(
        rows, columns, figsize=(width, height), squeeze=False, FigureClass=DrawnFigure,
        **{"layout": "constrained", **options},
    )  # fmt: skip


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
    """Return a name on one line, a long one cut in the middle.

    Examples
    --------
    >>> shorten("black-and-tan coonhound of the north", 20)
    'black-and… the north'
    """
    name = visible(name)
    if len(name) <= most:
        return name
    half = (most - 1) // 2
    return f"{name[:half]}…{name[-(most - 1 - half) :]}"


def whole_numbers(most: int = 9) -> Locator:
    """Return ticks of counts: at whole numbers, and not many."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=most, integer=True)


def widen(ax: Axes, which: str, low: float, high: float) -> None:
    """Let the x or y axis reach from low to high; shared with axes drawn before, as far as all.

    Examples
    --------
    >>> figure, ((left, right),) = subplots(1, 2, 4, 2, sharex=True)
    >>> _ = left.plot([0, 5]), widen(left, "x", 0, 5)
    >>> _ = right.plot([2, 7]), widen(right, "x", 2, 7)
    >>> left.get_xlim() == right.get_xlim() == (0, 7)
    True
    """
    shared = ax.get_shared_x_axes() if which == "x" else ax.get_shared_y_axes()
    if any(other is not ax and other.has_data() for other in shared.get_siblings(ax)):
        before = ax.get_xlim() if which == "x" else ax.get_ylim()
        low, high = min(low, before[0]), max(high, before[1])
    (ax.set_xlim if which == "x" else ax.set_ylim)(low, high)


def hexed(ink: Any) -> str:
    """Return a colour as text, ``#rrggbb``."""
    from matplotlib.colors import to_hex

    return to_hex(ink)


def figure_of(ax: Axes) -> Figure:
    """Return the figure, or the part of one, that holds `ax`."""
    return cast("Figure", ax.figure)
