"""The page, written from the file of rows and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from fuzz import rows
from fuzz.rows import PATH, Row
from fuzz.targets import READERS, TARGETS, Target

PAGE = Path(__file__).parents[1] / "fuzz.md"

HEADS = (
    "reader", "in all, minutes", "target", "what it reads", "minutes", "inputs", "lines", "found",
    "last", "commit",
)  # fmt: skip

INTRODUCTION = """\
# Fuzzing: what was tried

Written by `make fuzz` from `tests/verification/fuzz/results.csv`; don't edit by hand. Every reader
is given its kept inputs (`tests/verification/fuzz/corpus/`), changed again and again by atheris,
which is guided by what the code does with them. It may return, and what it returned is then written
and read again and must be the same; or refuse in one sentence of a `HiertoolsError`. Anything else
is a finding: another exception, a warning of a library, a message of several lines, more than 5
seconds or 3 GB, a write outside its folder, a call of another process or machine. Each finding was
mended and its input kept; `tests/core/test_fuzz.py` gives all kept inputs to their readers.

Each reader is searched for at least ten minutes of processor time, by all the ways into it.
*Inputs* were tried, *lines* of hiertools are reached by them (what the reading, checking and
writing again run through), and *found* are findings of different kinds.
"""


def page(
    path: Path = PATH,
    targets: Mapping[str, Target] = TARGETS,
    readers: Mapping[str, Iterable[str]] = READERS,
) -> str:
    """Return the page."""
    found: dict[str, list[Row]] = {name: [] for name in targets}
    for row in rows.read(path):
        found.get(row.target, []).append(row)
    lines = [f"| {' | '.join(HEADS)} |", "|---|--:|---|---" + "|--:" * 4 + "|---" * 2 + "|"]
    for reader, names in readers.items():
        ways = [_way(targets[name], found[name]) for name in names]
        minutes = _minutes([row for name in names for row in found[name]])
        lines.append(f"| {reader} | {minutes} | {ways[0]}")
        lines += [f"| | | {way}" for way in ways[1:]]
    every = [row for mine in found.values() for row in mine]
    total = (
        f"In all: {sum(row.executions for row in every):,} inputs in "
        f"{sum(row.seconds for row in every) / 3600:.1f} hours, "
        f"{sum(row.findings for row in every)} findings."
    )
    return "\n".join([INTRODUCTION, *lines, "", total, ""])


def _minutes(mine: list[Row]) -> str:
    return f"{sum(row.seconds for row in mine) / 60:.1f}"


def _way(target: Target, mine: list[Row]) -> str:
    cells = [f"`{target.name}`", target.reads]
    if not mine:
        return f"{' | '.join(cells)} | 0 | not yet | | | | |"
    last = mine[-1]
    cells += [
        _minutes(mine),
        f"{sum(row.executions for row in mine):,}",
        f"{max(row.lines for row in mine):,}",
        str(sum(row.findings for row in mine)),
        last.date,
        last.commit,
    ]
    return f"{' | '.join(cells)} |"
