"""The file of rows: one row a kill, kept as soon as it is known what was left."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from hiertools._core.files import atomic_write

PATH = Path(__file__).parents[1] / "kills.csv"


class Row(NamedTuple):
    """What one kill left, or a work that came to its end.

    Attributes
    ----------
    job : str
    number : int
        Of the kill; 0 where the work came to its end.
    moment : str
        When, as a share of the time that the whole work takes.
    found : str
        How far the work had come.
    parts : int
        Files in the making that were left.
    wrong : str
        What should not be; nothing is.
    """

    job: str
    number: int
    moment: str
    found: str
    parts: int
    wrong: str


def read(path: Path = PATH) -> list[Row]:
    """Return all rows."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Row(**{**cells, "number": int(cells["number"]), "parts": int(cells["parts"])})  # type: ignore[arg-type]
            for cells in csv.DictReader(file)
        ]


def keep(job: str, rows: Iterable[Row], path: Path = PATH) -> None:
    """Put the rows of a job in the place of those it has, whole or not at all."""
    others = [row for row in read(path) if row.job != job]
    with atomic_write(path) as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(Row._fields)
        table.writerows(sorted([*others, *rows], key=lambda row: row.job))
