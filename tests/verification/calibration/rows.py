"""The files of rows: one a part, in a stable order, so that a diff shows what was measured."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from calibration.bounds import beyond
from calibration.jobs import Job, Part
from calibration.trial import Measured, bare

FOLDER = Path(__file__).with_name("results")


class Row(NamedTuple):
    """One measured number, as it stands in a file."""

    shape: str
    setting: str
    scores: str
    classes: int
    samples: int
    score: str
    what: str
    attempt: int
    seed: int
    replicates: int
    n: int
    value: float
    digest: str

    @property
    def beyond(self) -> bool:
        """Whether it passes its bound by more than two Monte-Carlo errors."""
        return beyond(self.what, self.value, self.n)


Rows = dict[str, dict[int, list[Row]]]
"""By the name of the job, then by the attempt."""


def rows_of(job: Job, attempt: int, measured: Iterable[Measured], digest: str) -> list[Row]:
    """Return the rows of a finished job."""
    return [
        Row(job.shape, job.setting, job.scores, job.classes, job.samples, found.score, found.what,
            attempt, job.seed(attempt), job.replicates_of(attempt), found.n, found.value, digest)
        for found in measured
    ]  # fmt: skip


def read(part: Part, folder: Path = FOLDER) -> Rows:
    """Return the rows of a part's jobs; those of jobs that it no longer has are left out."""
    path = folder / f"{part.name}.csv"
    names = {job.name for job in part.jobs}
    found: Rows = {}
    if not path.exists():
        return found
    with path.open(newline="", encoding="utf-8") as file:
        for cells in csv.DictReader(file):
            row = _row(cells)
            job = "/".join((part.name, row.shape, row.setting, row.scores)).rstrip("/")
            if job in names:
                found.setdefault(job, {}).setdefault(row.attempt, []).append(row)
    return found


def _row(cells: dict[str, str]) -> Row:
    numbers = {"classes", "samples", "attempt", "seed", "replicates", "n"}
    typed = {name: int(cell) if name in numbers else cell for name, cell in cells.items()}
    return Row(**{**typed, "value": float(cells["value"])})


def keep(part: Part, job: Job, attempt: int, rows: Sequence[Row], folder: Path = FOLDER) -> None:
    """Put a finished job's rows into the part's file, whole or not at all."""
    found = read(part, folder)  # anew: another process may have written meanwhile
    held = found.setdefault(job.name, {})
    held[attempt] = list(rows)
    if attempt == 1:
        held.pop(2, None)
    folder.mkdir(exist_ok=True)
    path = folder / f"{part.name}.csv"
    new = path.with_suffix(f".{os.getpid()}.part")
    with new.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(Row._fields)
        for each in part.jobs:
            for _, attempts in sorted(found.get(each.name, {}).items()):
                table.writerows(row._replace(value=f"{row.value:.6g}") for row in attempts)
    new.replace(path)


def to_run_again(attempts: dict[int, list[Row]]) -> set[str]:
    """Return the scores whose cells are beyond their bound and were not yet run again."""
    if 1 not in attempts or 2 in attempts:
        return set()
    return {bare(row.score) for row in attempts[1] if row.beyond}


def only_beyond(first: Sequence[Row], again: Iterable[Row]) -> list[Row]:
    """Return the rows of the second attempt of those cells that the first left beyond."""
    cells = {(row.score, row.what) for row in first if row.beyond}
    return [row for row in again if (row.score, row.what) in cells]
