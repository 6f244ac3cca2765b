"""What is measured: rows, their sides, and what is wanted of them."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

OURS = "hiertools"
"""The name of our side in every row."""

KEPT = 1.25
"""A lead that is to be kept may shrink by so much before it counts as lost."""


class Timed(NamedTuple):
    """What a side gives back that has measured itself: another process, or another language."""

    wall: float
    cpu: float
    peak: float
    """GB; NaN where nothing tells."""
    value: float | None = None


@dataclass(frozen=True)
class Side:
    """One way to do the work of a row.

    Attributes
    ----------
    name : str
    make : function of the size
        Prepares the input and returns the work, a function without arguments. Only the work is
        timed. What it returns, if it is a number, is held against the other sides'.
    needs : tuple of str
        Modules, or "R:package"; where one is missing, the row goes without this side.
    upto : int, optional
        The largest size it is asked for.
    memory : function of the size
        GB that it may need: it isn't started where less is free.
    fresh : bool
        Whether the input is prepared anew for every call, because objects keep what was computed.
    cold : bool
        Whether the work starts processes of its own, so that nothing here is to be warmed up.
    compiles : bool
        Whether the first call at every size compiles, and so is never counted.
    maps : bool
        Whether it maps a file. What of that is in memory the system takes back when it needs room,
        so only the process's own memory counts.
    quick : bool
        Whether `--quick` runs it, too.
    threads : str
        How many it uses, in words.
    """

    name: str
    make: Callable[[int], Callable[[], Any]]
    needs: tuple[str, ...] = ()
    upto: int | None = None
    memory: Callable[[int], float] = lambda _size: 0.1
    fresh: bool = False
    cold: bool = False
    compiles: bool = False
    maps: bool = False
    quick: bool = True
    threads: str = "1"

    def missing(self) -> tuple[str, ...]:
        """Return what it needs and this machine lacks."""
        return tuple(need for need in self.needs if not _present(need))

    def serves(self, size: int) -> bool:
        """Tell whether it is asked for a size."""
        return self.upto is None or size <= self.upto


@cache
def _present(need: str) -> bool:
    if not need.startswith("R:"):
        spec = importlib.util.find_spec(need)
        return spec is not None and spec.origin is not None  # a folder of that name is no library

    if not shutil.which("Rscript"):
        return False
    asked = f"quit(status = !requireNamespace('{need[2:]}', quietly = TRUE))"
    return subprocess.run(["Rscript", "-e", asked], capture_output=True).returncode == 0


@dataclass(frozen=True)
class Wanted:
    """What a size of a row shall reach.

    Attributes
    ----------
    size : int
    ratio : float, optional
        Of the time of the side `of`.
    of : str
    seconds, gb, mb : float, optional
        At most so much; MB where that is the number our side gives back.
    kept : bool
        A lead that was there before, and shall not shrink by more than a quarter.
    """

    size: int
    ratio: float | None = None
    of: str = ""
    seconds: float | None = None
    gb: float | None = None
    mb: float | None = None
    kept: bool = False


@dataclass(frozen=True)
class Row:
    """One line of work, in several sizes.

    Attributes
    ----------
    name : str
        Unique in its theme.
    ours : Side
    peers : tuple of Side
    sizes : tuple of int
    quick : int
        The size of `--quick`, and of warming up.
    large : tuple of int
        Sizes that only `--large` measures.
    wanted : tuple of Wanted
    told : str
        What is compared with what, in a sentence.
        unit : str
        Of what there are so many.
    power : float
        About the power of the size that its time grows with: tells what fits the time that is left.
    same : float, optional
        Relative difference up to which the sides' numbers are the same.
    value : str
        What the number is that ours gives back, where the page shows it.
    growth : bool
        Whether its sizes make a curve in the plot of growth.
    """

    name: str
    ours: Side
    peers: tuple[Side, ...] = ()
    sizes: tuple[int, ...] = ()
    quick: int = 20
    large: tuple[int, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    told: str = ""
    unit: str = "classes"
    power: float = 2.2
    same: float | None = None
    value: str = ""
    growth: bool = False

    def __post_init__(self) -> None:
        names = {peer.name for peer in self.peers}
        for wanted in self.wanted:
            assert wanted.size in (*self.sizes, *self.large), (self.name, wanted)
            assert wanted.ratio is None or wanted.of in names, (self.name, wanted)

    @property
    def sides(self) -> tuple[Side, ...]:
        """All sides, ours first."""
        return (self.ours, *self.peers)

    def side(self, name: str) -> Side:
        """Return a side by its name."""
        return next(side for side in self.sides if side.name == name)


@dataclass(frozen=True)
class Theme:
    """Rows that belong together: a section of the page, a file of results."""

    name: str
    heading: str
    introduction: str
    rows: tuple[Row, ...]


class Item(NamedTuple):
    """A row at one of its sizes: what is measured at once, and kept."""

    theme: Theme
    row: Row
    size: int

    @property
    def name(self) -> str:
        """What it is called on the screen."""
        return f"{self.theme.name}/{self.row.name}, {self.size:,}"


def items(themes: tuple[Theme, ...], only: str = "", large: bool = False) -> Iterator[Item]:
    """Yield what there is to measure."""
    for theme in themes:
        for row in theme.rows:
            for size in (*row.sizes, *(row.large if large else ())):
                item = Item(theme, row, size)
                if only.lower() in item.name.lower():
                    yield item


def ours(make: Callable[[int], Callable[[], Any]], **options: Any) -> Side:
    """Return our side."""
    return Side(OURS, make, **options)
