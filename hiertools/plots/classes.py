"""How well each class fits the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools.plots import style
from hiertools.plots.names import Labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["class_fit"]


@door
def class_fit(
    per_class: pd.Series,
    *,
    most: int = 40,
    labels: Labels | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Show the correlation of each class's model distances with its tree distances.

    Parameters
    ----------
    per_class : Series of float, index: class names
        One number a class, higher is better; NaN is left out.
    most : int
        Name at most so many classes: the best and the worst halves of it.
    labels : mapping of class to str, optional
        Names to show; classes that it lacks are shown as they are called.
    ax : Axes, optional
        Where to draw; by default on a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        Not one class has a number.

    Examples
    --------
    >>> fit = pd.Series({"lynx": 0.4, "wolf": 0.1, "newt": -0.2})
    >>> [text.get_text() for text in class_fit(fit).get_yticklabels()]
    ['lynx', 'wolf', 'newt']
    """
    checks.whole_number(most, "most", least=2)
    try:
        numbers = per_class.dropna().astype(float)
    except (TypeError, ValueError):
        raise OptionError(f"per_class must be numbers; got {per_class.dtype}.") from None
    fit = numbers.sort_values(ascending=False, kind="stable")
    if fit.empty:
        raise OptionError("no class has a number to draw.")
    called = labels or {}
    names = [called.get(str(name), str(name)) for name in fit.index]
    values = fit.to_numpy()
    gap = None
    if len(fit) > most:
        half = most // 2
        gap = (half, len(fit) - 2 * half)
        names = [*names[:half], *names[-half:]]
        values = np.concatenate([values[:half], values[-half:]])
    y = np.arange(len(names), dtype=float)
    if gap is not None:
        y[gap[0] :] += 1.5
    with style.style():
        ax = style.new_axes(ax, 6.0, 0.8 + 0.17 * (y[-1] + 1))
        inks = [style.ACCENT if value >= 0 else style.PALETTE[1] for value in values]
        ax.hlines(y, 0, values, color=inks, lw=1.2)
        ax.scatter(values, y, c=inks, s=18, zorder=3)
        ax.axvline(0, color=style.FAINT, lw=0.8)
        if gap is not None:
            ax.annotate(
                f"{gap[1]} classes between", (0.99, gap[0] + 0.25),
                xycoords=("axes fraction", "data"), va="center", ha="right", fontsize=8,
                color=style.INK, alpha=0.75,
            )  # fmt: skip
        style.name_ticks(ax.yaxis, y, names, fontsize=8)
        ax.set_ylim(y[-1] + 0.7, -0.7)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.set_xlabel("rank correlation of model and tree distances")
    return ax
