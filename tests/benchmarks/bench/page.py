"""The page, written from the files of results and nothing else."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench import store
from bench.growth import MEMORY_FROM, PLOT, SECONDS_FROM, curves
from bench.left import LEFT
from bench.rows import KEPT, OURS, Row, Theme, Wanted
from bench.store import FOLDER, Result, sizes

PAGE = Path(__file__).parents[3] / "docs" / "benchmarks.md"
WIDTH = 105
BUSY = 0.1
"""Where others used more of the cores than that, the page says so."""

INTRODUCTION = """
# Benchmarks: measured

hiertools beside other libraries on the same work. Written by `make bench` from the files in
`tests/benchmarks/results/`, into which each row goes as soon as it was measured; don't edit by
hand. Nothing here is tested: times belong to a machine.

**How it is measured.** Each side runs in a new process, sides take turns, in several rounds where
the work is short. Preparing the input, loading libraries and compiling are not counted, but where
the first call itself is measured. *Seconds* are of wall clock, the median of all calls, in brackets
the least; *processor* is the median of the time that all threads together took. *Peak* is the
largest size of the process in memory during the call, imports and input included; in brackets, how
much the call added. *Ours / theirs* is the ratio of the medians, in brackets of those of processor
time: below 1, hiertools is ahead. Each side uses as many threads as it does by itself, unless a
section says otherwise; below each table stands how many, where that is more than one.

**How it is judged.** *Wanted* is a goal that was set before the work: a ratio, seconds, GB. A goal
that is not reached stands in bold with "(!)". *Kept* is a lead that was there already: it counts as
lost where the ratio is larger by more than a quarter.
"""


class Verdict(NamedTuple):
    """A goal in words, and whether it was reached; None where that can't be told."""

    text: str
    met: bool | None


def page(themes: Iterable[Theme], folder: Path = FOLDER) -> str:
    """Return the page."""
    themes = tuple(themes)
    found = {theme.name: store.read(theme, folder) for theme in themes}
    results = [result for held in found.values() for result in held.values()]
    newest = max(results, key=lambda result: result["date"], default=None)
    blocks = [_filled(INTRODUCTION)]
    blocks += _state(newest, store.machines(folder))
    blocks += _summary(themes, found)
    blocks += _growth(themes, folder)
    for theme in themes:
        blocks += _section(theme, found[theme.name], newest)
    return "\n\n".join(blocks) + "\n"


def _state(newest: Result | None, machines: dict[str, dict[str, Any]]) -> list[str]:
    """Return which machine and which state of the code the page is of."""
    if newest is None:
        return ["Nothing has been measured yet."]
    told = machines[newest["machine"]]
    versions = ", ".join(f"{name} {told[name]}" for name in ("python", *_versions(told)))
    return [
        _filled(f"""
            **Machine.** {told["cpu"]}, {told["cores"]} cores, {told["memory_gb"]:.0f} GB,
            {told["system"]}; {versions}. The newest row is of {newest["date"]}, code of commit
            {newest["commit"]}. Rows of an older state of the code, of another machine, or measured
            while others used more than a tenth of it, say so.""")
    ]


def _versions(told: dict[str, Any]) -> list[str]:
    others = ("cpu", "cores", "memory_gb", "system", "python")
    return [name for name in told if name not in others]


def _summary(themes: tuple[Theme, ...], found: dict[str, dict[Any, Result]]) -> list[str]:
    """Return how many goals are reached, and which are not."""
    met, missed, open_ = 0, [], []
    for theme in themes:
        for row in theme.rows:
            for wanted in row.wanted:
                name = f"{row.name}, {wanted.size:,} {row.unit}"
                verdicts = verdicts_of(wanted, found[theme.name].get((row.name, wanted.size)))
                met += sum(verdict.met is True for verdict in verdicts)
                missed += [(name, v.text) for v in verdicts if v.met is False]
                open_ += [(name, v.text) for v in verdicts if v.met is None]
    lines = [
        "## Goals",
        f"{met} reached, {len(missed)} not reached, {len(open_)} not yet measured.",
    ]
    lines += ["Not reached:", _listed(missed)] if missed else []
    return lines + (["Not yet measured:", _listed(open_)] if open_ else [])


def _listed(told: list[tuple[str, str]]) -> str:
    """Return a line a row and size, with all that is to be said of it."""
    texts: dict[str, list[str]] = {}
    for name, text in told:
        texts.setdefault(name, []).append(text)
    return "\n".join(f"- {name}: {'; '.join(found)}" for name, found in texts.items())


def verdicts_of(wanted: Wanted, result: Result | None) -> list[Verdict]:
    """Return each goal of a row's size in words, and whether it was reached."""
    sides = {} if result is None else result["sides"]
    mine, peer = sides.get(OURS), sides.get(wanted.of)
    pairs = []
    if wanted.ratio is not None:
        ratio = mine["wall"] / peer["wall"] if mine and peer else None
        most = wanted.ratio * (KEPT if wanted.kept else 1.0)
        verb = "kept" if wanted.kept else "wanted"
        pairs.append((ratio, most, f"{verb} {_number(wanted.ratio)} of {wanted.of}"))
    if wanted.seconds is not None:
        pairs.append((mine and mine["wall"], wanted.seconds, f"wanted {_number(wanted.seconds)} s"))
    if wanted.gb is not None:
        pairs.append((mine and mine["peak"], wanted.gb, f"wanted {_number(wanted.gb)} GB"))
    if wanted.mb is not None:
        pairs.append((mine and mine["value"], wanted.mb, f"wanted {_number(wanted.mb)} MB"))
    return [
        Verdict(text, None)
        if got is None
        else Verdict(f"{text}, measured {_number(got)}", got <= most)
        for got, most, text in pairs
    ]


def _growth(themes: tuple[Theme, ...], folder: Path) -> list[str]:
    """Return the plot, and its exponents as a table."""
    fitted = list(curves(themes, folder))
    if not fitted:
        return []
    lines = ["| work | side | sizes | seconds grow with | memory grows with |", "|---" * 5 + "|"]
    for curve in fitted:
        n, most = f"{curve.sizes[0]:,} to {curve.sizes[-1]:,}", curve.exponents
        powers = " | ".join("" if math.isnan(e) else f"C^{e:.2f}" for e in most)
        lines.append(f"| {curve.row} | {curve.side} | {n} | {powers} |")
    words = f"""Straight lines through the logarithms, C being the number of classes: of seconds
        from {SECONDS_FROM:,} classes on, of peak memory from {MEMORY_FROM:,}, below which it is
        mostly imports."""
    return ["## Growth", f"![Seconds and memory by the number of classes]({PLOT.name})",
            _filled(words), "\n".join(lines)]  # fmt: skip


def _section(
    theme: Theme, found: dict[tuple[str, int], Result], newest: Result | None
) -> Iterator[str]:
    yield f"## {theme.heading}"
    yield _filled(theme.introduction)
    for row in theme.rows:
        yield f"**{row.name}**" + (f". {_one_line(row.told)}" if row.told else "")
        yield _table(row, found, newest)
        if told := _threads(row, found):
            yield _filled(told)
        if row.name in LEFT and _missed(row, found):
            yield _filled(f"*What is left.* {LEFT[row.name]}")


def _missed(row: Row, found: dict[tuple[str, int], Result]) -> bool:
    """Tell whether one of a row's goals is not reached."""
    held = [(wanted, found.get((row.name, wanted.size))) for wanted in row.wanted]
    return any(verdict.met is False for pair in held for verdict in verdicts_of(*pair))


def _table(row: Row, found: dict[tuple[str, int], Result], newest: Result | None) -> str:
    value = f" {row.value} |" if row.value else ""
    heads = f"| {row.unit} | by | seconds | processor | peak GB | ours / theirs |{value} |"
    lines = [heads, "|---" * (heads.count("|") - 1) + "|"]
    for size in sizes(row):
        result = found.get((row.name, size))
        if result is None:
            empty = " |" * (heads.count("|") - 4)
            wanted = "; ".join(_goals(row, size, None))
            lines.append(f"| {size:,} | {OURS} | not yet measured |{empty} {wanted} |")
            continue
        for name in (side.name for side in row.sides if side.name in result["sides"]):
            lines.append(_line(row, size, name, result, newest))
    return "\n".join(lines)


def _line(row: Row, size: int, name: str, result: Result, newest: Result | None) -> str:
    sides = result["sides"]
    mine, side = sides[OURS], sides[name]
    version = ", ".join(f"{n} {v}" for n, v in side["versions"].items()) if name != OURS else ""
    first = f"{size:,}" if name == OURS else ""
    cells = [
        first,
        name + (f" ({version})" if version else ""),
        f"{_number(side['wall'])} ({_number(side['least'])})",
        _number(side["cpu"]),
        _memory(side),
        "" if name == OURS else f"{_ratio(mine, side, 'wall')} ({_ratio(mine, side, 'cpu')})",
    ]
    if row.value:
        cells.append("" if side["value"] is None else _number(side["value"]))
    notes = [f"stored, of {side['stored']}"] if "stored" in side else []
    if name == OURS:
        notes += _goals(row, size, result)
        notes += _marks(result, newest)
        notes += [f"{n}: {text}" for n, text in result["notes"].items() if n not in sides]
    if row.same is not None and _differs(row.same, mine["value"], side["value"]):
        notes.append(f"gives {side['value']:.6g}, ours {mine['value']:.6g}")
    return f"| {' | '.join([*cells, '; '.join(notes)])} |"


def _goals(row: Row, size: int, result: Result | None) -> list[str]:
    found = [v for w in row.wanted if w.size == size for v in verdicts_of(w, result)]
    return [f"**{v.text} (!)**" if v.met is False else v.text for v in found]


def _marks(result: Result, newest: Result | None) -> list[str]:
    """Return what else is to be known of a row."""
    marks = []
    if newest is not None and result["code"] != newest["code"]:
        marks.append(f"older code: {result['commit']} of {result['date'][:10]}")
    if newest is not None and result["machine"] != newest["machine"]:
        marks.append(f"another machine or other versions: {result['machine']}")
    if (result["others"] or 0) > BUSY:
        marks.append(f"others used {100 * result['others']:.0f} % of the machine meanwhile")
    if not result["finished"]:
        marks.append("stopped before all sides were through")
    return marks


def _threads(row: Row, found: dict[tuple[str, int], Result]) -> str:
    held = [
        side for (name, _), r in found.items() if name == row.name for side in r["sides"].items()
    ]
    told = {name: side["threads"] for name, side in held}
    if not told or set(told.values()) == {"1"}:
        return ""
    return "Threads: " + "; ".join(f"{name} {threads}" for name, threads in told.items()) + "."


def _differs(most: float, mine: float | None, other: float | None) -> bool:
    if mine is None or other is None:
        return False
    return abs(mine - other) > max(most * abs(mine), 1e-12)


def _ratio(mine: dict[str, Any], other: dict[str, Any], what: str) -> str:
    return _number(mine[what] / other[what]) if other[what] else "-"


def _memory(side: dict[str, Any]) -> str:
    if not side["peak"] or math.isnan(side["peak"]):
        return ""
    return f"{side['peak']:.2f} ({side['rise']:.2f})"


def _number(value: float) -> str:
    """Return a number with two to three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    if value >= 0.1 or value == 0:
        return f"{value:.2f}"
    return f"{value:.2g}" if value >= 1e-3 else f"{value:.1e}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _filled(text: str) -> str:
    blocks = (_one_line(block) for block in textwrap.dedent(text).strip().split("\n\n"))
    return "\n\n".join(textwrap.fill(b, WIDTH, break_on_hyphens=False) for b in blocks)
