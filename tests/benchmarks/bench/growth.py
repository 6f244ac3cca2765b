"""How time and memory grow with the number of classes: curves, their exponents, a plot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench import store
from bench.rows import OURS, Theme
from bench.store import FOLDER

PLOT = Path(__file__).parents[3] / "docs" / "benchmarks-growth.svg"
SECONDS_FROM, MEMORY_FROM = 1_000, 5_000
"""Smaller sizes don't count in an exponent: fixed costs are much of them, imports of memory."""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Of Okabe and Ito, which can be told apart with every kind of colour vision."""
MARKERS = "osD^vX"


class Curve(NamedTuple):
    """One side of one row over several sizes."""

    row: str
    side: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]
    gb: tuple[float, ...]

    @property
    def exponents(self) -> tuple[float, float]:
        """The powers of the size that seconds and memory grow with."""
        return (
            _exponent(self.sizes, self.seconds, SECONDS_FROM),
            _exponent(self.sizes, self.gb, MEMORY_FROM),
        )


def _exponent(sizes: tuple[int, ...], values: tuple[float, ...], least: int) -> float:
    """Return the slope of the logarithms; NaN where fewer than two sizes count."""
    kept = np.array([(n, value) for n, value in zip(sizes, values) if n >= least and value > 0])
    if len(kept) < 2:
        return float("nan")
    x, y = np.log(kept.T)
    x, y = x - x.mean(), y - y.mean()
    return float(x @ y / (x @ x))


def curves(themes: Iterable[Theme], folder: Path = FOLDER) -> Iterator[Curve]:
    """Yield the curves of at least two sizes."""
    for theme in themes:
        found = store.read(theme, folder)
        for row in (row for row in theme.rows if row.growth):
            for side in row.sides:
                points = [
                    (size, found[row.name, size]["sides"][side.name])
                    for size in store.sizes(row)
                    if side.name in found.get((row.name, size), {"sides": {}})["sides"]
                ]
                if len(points) > 1:
                    sizes = tuple(size for size, _ in points)
                    seconds = tuple(point["wall"] for _, point in points)
                    gb = tuple(point["peak"] for _, point in points)
                    yield Curve(row.name, side.name, sizes, seconds, gb)


def plot(themes: tuple[Theme, ...], path: Path = PLOT, folder: Path = FOLDER) -> None:
    """Draw a panel of seconds and one of memory for each row that grows."""
    found = list(curves(themes, folder))
    rows = list(dict.fromkeys(curve.row for curve in found))
    if not rows:
        return
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    settings = {
        "svg.hashsalt": "hiertools", "svg.fonttype": "none", "font.family": "sans-serif",
        "font.size": 11, "axes.spines.top": False, "axes.spines.right": False,
    }  # fmt: skip
    with matplotlib.rc_context(settings):
        figure, axes = plt.subplots(
            len(rows), 2, figsize=(12, 4.8 * len(rows)), squeeze=False, layout="constrained"
        )
        for line, name in zip(axes, rows):
            mine = [curve for curve in found if curve.row == name]
            _panel(line[0], mine, "seconds", f"{name}: seconds")
            _panel(line[1], mine, "gb", f"{name}: peak memory, GB")
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def _panel(axis, curves: list[Curve], what: str, title: str) -> None:
    """Draw curves on logarithmic axes, ours thick, each with its exponent."""
    from matplotlib.ticker import LogLocator, NullLocator

    sides = sorted((curve.side for curve in curves), key=lambda side: side != OURS)
    for curve in curves:
        at = sides.index(curve.side)
        power = curve.exponents[0 if what == "seconds" else 1]
        told = "" if np.isnan(power) else f"  ~ C^{power:.2f}"
        axis.plot(
            curve.sizes, getattr(curve, what), label=curve.side + told, color=COLOURS[at],
            marker=MARKERS[at], linewidth=3 if curve.side == OURS else 1.6, markersize=7,
            linestyle="-" if curve.side == OURS else ("--", "-.", ":")[(at - 1) % 3],
        )  # fmt: skip
    axis.set(xscale="log", yscale="log", xlabel="classes (C)", title=title)
    ticks = sorted({size for curve in curves for size in curve.sizes})
    axis.set_xticks(ticks, [f"{size:,}" for size in ticks])
    axis.xaxis.set_minor_locator(NullLocator())
    lowest, highest = axis.get_ylim()
    steps = (1, 2, 5) if highest / lowest < 1_000 else (1,)
    axis.yaxis.set_major_locator(LogLocator(subs=steps, numticks=20))
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.yaxis.set_minor_locator(NullLocator())
    axis.grid(which="major", color="#dddddd", linewidth=0.8)
    axis.set_axisbelow(True)
    # Below the axes: there is no corner that no curve comes to.
    axis.legend(frameon=False, fontsize=10, loc="upper left", bbox_to_anchor=(0, -0.17))
