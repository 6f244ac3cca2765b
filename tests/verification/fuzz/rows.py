"""The file of rows: what was tried of each target, by which engine, at which commit."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import NamedTuple

PATH = Path(__file__).with_name("results.csv")


class Row(NamedTuple):
    """The searches of a target at one commit."""

    target: str
    engine: str
    commit: str
    date: str
    seconds: int
    executions: int
    lines: int
    findings: int

    @property
    def key(self) -> tuple[str, str, str]:
        """Searches that are one row."""
        return self.target, self.engine, self.commit


def read(path: Path = PATH) -> list[Row]:
    """Return all rows."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Row(*(int(cell) if name in Row._fields[4:] else cell for name, cell in cells.items()))
            for cells in csv.DictReader(file)
        ]


def keep(row: Row, path: Path = PATH) -> None:
    """Add a search to the file; one of the same target at the same commit is summed up."""
    rows = {each.key: each for each in read(path)}
    if before := rows.get(row.key):
        row = row._replace(
            seconds=before.seconds + row.seconds,
            executions=before.executions + row.executions,
            lines=max(before.lines, row.lines),
            findings=before.findings + row.findings,
        )
    rows[row.key] = row
    new = path.with_suffix(f".{os.getpid()}.part")
    with new.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(Row._fields)
        table.writerows(sorted(rows.values(), key=lambda row: (row.target, row.date, row.key)))
    new.replace(path)


def seconds_of(rows: list[Row]) -> dict[str, int]:
    """Return how long each target was searched, in all."""
    total: dict[str, int] = {}
    for row in rows:
        total[row.target] = total.get(row.target, 0) + row.seconds
    return total
