"""The page, written from the files of rows and nothing else."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path

from calibration.bounds import QUANTITIES, TAIL
from calibration.jobs import AGAIN, REPLICATES, Job, Part
from calibration.rows import FOLDER, Row, Rows, read

PAGE = Path(__file__).parents[3] / "docs" / "calibration-table.md"
WIDTH = 105
NOT_YET = "not yet run"

TITLE = "# Calibration: measured"

INTRODUCTION = f"""
What [Inference](inference.md) says about p-values, intervals, tests and ceilings, measured by
simulation. Written by `make calibration` from the rows in
`tests/verification/calibration/results/`; don't edit by hand. Every seed follows from the name of
the situation.

Shares are of {REPLICATES:,} simulations unless a table says otherwise; where a test or an interval
was given in fewer of them, the number in brackets is of how many. A number that lies beyond its
bound by more than two Monte-Carlo errors (one-sided binomial probability {TAIL:.3f}) is measured
once more, with {AGAIN} times as many simulations from another seed, and both are shown:
*0.071, again 0.052*. One that is beyond it again **violates its bound: it stands in bold with
"(!)"**, and is counted below.
"""


def page(parts: Iterable[Part], folder: Path = FOLDER) -> str:
    """Return the page."""
    parts = tuple(parts)
    found = {part.name: read(part, folder) for part in parts}
    opening = "\n\n".join(_filled(text) for text in INTRODUCTION.split("\n\n"))
    blocks = [f"{TITLE}\n\n{opening}\n", _quantities(), _summary(parts, found)]
    blocks += [_section(part, found[part.name]) for part in parts]
    return "\n".join(blocks)


def _quantities() -> str:
    lines = ["| quantity | is the | bound |", "|---|---|---|"]
    lines += [f"| {name} | {q.meaning} | {q.bound} |" for name, q in QUANTITIES.items()]
    return "\n".join(lines) + "\n"


def _summary(parts: tuple[Part, ...], found: dict[str, Rows]) -> str:
    heads = ("part", "situations", NOT_YET, "numbers with a bound", "measured again", "violating")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for part in parts:
        rows = found[part.name]
        cells = [cell for attempts in rows.values() for cell in _cells(attempts).values()]
        bound = [cell for cell in cells if QUANTITIES[cell[0].what].bound]
        again = sum(len(cell) > 1 for cell in bound)
        counts = (len(part.jobs), sum(job.name not in rows for job in part.jobs), len(bound),
                  again, sum(map(_violates, bound)))  # fmt: skip
        lines.append(f"| {part.heading} | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines) + "\n"


def _cells(attempts: dict[int, list[Row]]) -> dict[tuple[str, str], list[Row]]:
    """Return the rows of each score and quantity, first attempt first."""
    cells: dict[tuple[str, str], list[Row]] = {}
    for _, rows in sorted(attempts.items()):
        for row in rows:
            cells.setdefault((row.score, row.what), []).append(row)
    return cells


def _violates(cell: list[Row]) -> bool:
    return cell[-1].beyond


def _section(part: Part, rows: Rows) -> str:
    paragraphs = part.introduction.strip().split("\n\n")
    blocks = [f"## {part.heading}", *(_filled(text) for text in paragraphs)]
    shapes = dict.fromkeys(job.shape for job in part.jobs)
    for shape in shapes:
        jobs = [job for job in part.jobs if job.shape == shape]
        blocks += [_filled(f"**{shape}**{_sizes(jobs)}"), _table(jobs, rows)]
    return "\n\n".join(blocks) + "\n"


def _filled(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH, break_on_hyphens=False)


def _sizes(jobs: list[Job]) -> str:
    """Tell what all jobs of a table have in common."""
    classes = {job.classes for job in jobs} - {0}
    fewer = sorted({job.replicates for job in jobs} - {REPLICATES})
    told = [f"{max(classes)} classes"] if len(classes) == 1 else []
    told += [f"{', '.join(f'{n:,}' for n in fewer)} simulations"] if fewer else []
    return f" ({'; '.join(told)})" if told else ""


def _table(jobs: list[Job], rows: Rows) -> str:
    """Return one row a score, one column a setting and quantity."""
    columns: dict[tuple[str, str], dict[str, str]] = {}
    scores: dict[str, None] = {}
    unfinished: set[str] = set()
    for setting in dict.fromkeys(job.setting for job in jobs):
        mine = [job for job in jobs if job.setting == setting]
        missing = sum(job.name not in rows for job in mine)
        if missing == len(mine):
            columns[setting, ""] = {}
        elif missing:
            unfinished.add(setting)
        for job in mine:
            for (score, what), cell in _cells(rows.get(job.name, {})).items():
                scores[score] = None
                columns.setdefault((setting, what), {})[score] = _shown(cell)
    sizes = {job.setting: job.samples for job in jobs}
    heads = []
    for setting, what in columns:
        name = f"{setting}, N {sizes[setting]:,}" if sizes[setting] else setting
        name = f"{name} ({NOT_YET} in part)" if setting in unfinished else name
        heads.append(f"{name}: {what}" if what else name)
    lines = ["| score | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for score in scores or {"": None}:
        cells = [held.get(score, "" if held else NOT_YET) for held in columns.values()]
        lines.append(f"| {score or 'all'} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _shown(cell: list[Row]) -> str:
    told = ", again ".join(_number(row) for row in cell)
    return f"**{told} (!)**" if _violates(cell) else told


def _number(row: Row) -> str:
    if row.n == 0:
        return "none"
    value = row.value if abs(row.value) >= 5e-4 else abs(row.value)
    of = f" (of {row.n:,})" if row.n < row.replicates and QUANTITIES[row.what].share else ""
    return f"{value:.3f}{of}"
