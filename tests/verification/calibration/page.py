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

Shares are of {REPLICATES:,} simulations unless a column says otherwise; where a test or an interval
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
    for shape in dict.fromkeys(job.shape for job in part.jobs):
        jobs = [job for job in part.jobs if job.shape == shape]
        classes = {job.classes for job in jobs}
        told = f" ({max(classes)} classes)" if len(classes) == 1 and max(classes) else ""
        blocks += [f"**{shape}**{told}", *_table(jobs, rows)]
    return "\n\n".join(blocks) + "\n"


def _filled(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH, break_on_hyphens=False)


def _table(jobs: list[Job], rows: Rows) -> list[str]:
    """Return one row a score, one column a setting and quantity; what is 0 throughout in words."""
    columns: dict[tuple[str, str], dict[str, str]] = {}
    scores: dict[str, None] = {}
    settings = {setting: [job for job in jobs if job.setting == setting] for setting in
                dict.fromkeys(job.setting for job in jobs)}  # fmt: skip
    for setting, mine in settings.items():
        if all(job.name not in rows for job in mine):
            columns[setting, ""] = {}
        for job in mine:
            for (score, what), cell in _cells(rows.get(job.name, {})).items():
                scores[score] = None
                columns.setdefault((setting, what), {})[score] = _shown(cell)
    zero = [what for what in ("outside", "beyond") if _zero_throughout(columns, what)]
    columns = {key: held for key, held in columns.items() if key[1] not in zero}
    heads = [
        f"{_heading(settings[setting], rows)}{f': {what}' if what else ''}"
        for setting, what in columns
    ]
    lines = ["| score | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for score in scores or {"": None}:
        cells = [held.get(score, "" if held else NOT_YET) for held in columns.values()]
        lines.append(f"| {score or 'all'} | " + " | ".join(cells) + " |")
    return ["\n".join(lines), *(f"*{what}*: 0 throughout." for what in zero)]


def _zero_throughout(columns: dict[tuple[str, str], dict[str, str]], what: str) -> bool:
    cells = {cell[:5] for key, held in columns.items() if key[1] == what for cell in held.values()}
    return bool(cells) and cells <= {"0.000", "none"}


def _heading(jobs: list[Job], rows: Rows) -> str:
    """Return a setting with what is particular to it."""
    first = jobs[0]
    told = [first.setting]
    size = f"{first.samples:,} samples" if first.samples else ""
    told += [size] if size not in first.shape else []
    told += [f"{first.replicates:,} simulations"] if first.replicates != REPLICATES else []
    missing = sum(job.name not in rows for job in jobs)
    told += [f"{missing} of {len(jobs)} jobs {NOT_YET}"] if 0 < missing < len(jobs) else []
    return ", ".join(told)


def _shown(cell: list[Row]) -> str:
    told = ", again ".join(_number(row) for row in cell)
    return f"**{told} (!)**" if _violates(cell) else told


def _number(row: Row) -> str:
    if row.n == 0:
        return "none"
    value = row.value if abs(row.value) >= 5e-4 else abs(row.value)
    of = f" (of {row.n:,})" if row.n < row.replicates and QUANTITIES[row.what].share else ""
    return f"{value:.3f}{of}"
