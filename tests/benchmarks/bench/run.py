"""The command line: measure what is missing, keep each result at once, write the page."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from pathlib import Path

from bench import child, machine, store
from bench.measuring import ROUNDS, measured
from bench.page import PAGE, page
from bench.rows import OURS, Item, Side, items
from bench.store import FOLDER, Result
from bench.themes import THEMES


def main(arguments: list[str] | None = None) -> int:
    """Read the command line; return 1 where something failed."""
    parser = argparse.ArgumentParser(
        prog="python tests/benchmarks",
        description="Measure hiertools beside its peers. What was measured on another machine, or "
        "before the code changed, is measured again, after what never was.",
    )
    parser.add_argument("--only", default="", metavar="WORD",
                        help="rows whose theme, name or size holds this word")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=float("inf"), metavar="N",
                        help="stop after so long; the next time goes on from there")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N",
                        help=f"processes a side where the work is short ({ROUNDS})")  # fmt: skip
    parser.add_argument("--large", action="store_true", help="sizes that take minutes and GB, too")
    parser.add_argument("--missing", action="store_true", help="only what was never measured")
    parser.add_argument("--again", action="store_true", help="also what is up to date")
    parser.add_argument("--list", action="store_true", help="only tell what would be measured")
    parser.add_argument("--quick", action="store_true",
                        help="only try every row once, small, and keep nothing")  # fmt: skip
    parser.add_argument("--page", action="store_true", help="only write the page")
    options = parser.parse_args(arguments)
    if options.quick:
        for item in quick_items(options.only):
            print(f"{item.name}: {', '.join(tried(item)) or 'nothing to try here'}", flush=True)
        return 0
    failed = 0
    if not options.page:
        waiting = to_measure(items(THEMES, options.only, options.large), options)
        if options.list:
            print("\n".join(item.name for item in waiting))
            return 0
        failed = measure_all(waiting, time.monotonic() + options.seconds, rounds=options.rounds)
    write_page()
    return min(failed, 1)


def to_measure(
    wanted: Iterable[Item], options: argparse.Namespace, folder: Path = FOLDER
) -> list[Item]:
    """Return the items to measure: what never was first, then what is oldest."""
    here = machine.machine_id(machine.machine())
    never, again = [], []
    for item in wanted:
        result = store.read(item.theme, folder).get((item.row.name, item.size))
        if result is None:
            never.append(item)
        elif options.again or (not options.missing and left_behind(item, result, here)):
            again.append((result["date"], item))
    return never + [item for _, item in sorted(again, key=lambda pair: pair[0])]


def left_behind(item: Item, result: Result, here: str) -> bool:
    """Tell whether a result is unfinished, of another machine, or of other code."""
    return (
        not result["finished"]
        or result["machine"] != here
        or result["code"] != machine.code_state()
        or result["rows"] != machine.rows_state(item.theme)
    )


def measure_all(
    waiting: list[Item], end: float, folder: Path = FOLDER, rounds: int = ROUNDS
) -> int:
    """Measure items until the time is up; return how many failed."""
    failed = left = begun = 0
    for item in waiting:
        remaining, expected = end - time.monotonic(), seconds_expected(item, folder)
        # The first is begun in any case, or what takes longer than every go would never be.
        if remaining <= 1 or (begun and expected > remaining):
            left += 1
            if remaining > 1:
                print(f"{item.name}: later; about {expected:.0f} s, {remaining:.0f} are left")
            continue
        begun += 1
        print(f"{item.name}", flush=True)
        earlier = store.read(item.theme, folder).get((item.row.name, item.size))
        result = measured(item, end, earlier, rounds)
        if result is None:
            failed += 1
            print("  no figure", flush=True)
            continue
        store.keep(item, result, machine.machine(), folder)
        told = ", ".join(f"{name} {side['wall']:.3g} s" for name, side in result["sides"].items())
        print(f"  {told} ({result['took']:.0f} s)", flush=True)
    print(f"{failed} without a figure, {left} left for another time.")
    return failed


def seconds_expected(item: Item, folder: Path = FOLDER) -> float:
    """Return about how long an item takes by what was measured before; 0 where nothing tells."""
    found = store.read(item.theme, folder)
    took = {size: result["took"] for (name, size), result in found.items() if name == item.row.name}
    if item.size in took:
        return took[item.size]
    smaller = [size for size in took if size < item.size]
    if not smaller:
        return 0.0
    nearest = max(smaller)
    once = sum(side["wall"] for side in found[item.row.name, nearest]["sides"].values())
    return once * (item.size / nearest) ** item.row.power


def quick_items(only: str = "") -> list[Item]:
    """Return every row once, at its smallest size."""
    found = [Item(theme, row, row.quick) for theme in THEMES for row in theme.rows]
    return [item for item in found if only.lower() in item.name.lower()]


def tried(item: Item) -> dict[str, float | None]:
    """Run every side that is installed once, small, in this process; return what they gave.

    Nothing is asked of the time; but numbers that should be the same have to be.
    """
    row = item.row
    sides = [side for side in row.sides if side.quick and not side.missing()]
    values = {side.name: _value(side, row.quick) for side in sides}
    mine = values.get(OURS)
    for name, value in values.items():
        if row.same is not None and mine is not None and value is not None:
            assert abs(value - mine) <= max(row.same * abs(mine), 1e-12), (item.name, name, values)
    return values


def _value(side: Side, size: int) -> float | None:
    return child.number(side.make(size)())


def write_page(folder: Path = FOLDER) -> None:
    """Write the page, and the plot of growth beside it."""
    from bench.growth import PLOT, plot

    PAGE.write_text(page(THEMES, folder), encoding="utf-8")
    plot(THEMES, PLOT, folder)
