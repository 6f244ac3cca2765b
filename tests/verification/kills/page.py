"""The page, written from the rows and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kills.rows import Row

PAGE = Path(__file__).parents[1] / "kills.md"

OPENING = """\
# Killed at random moments

Written by `make kills` from the rows in `kills.csv`; don't edit by hand. Every job below is a
process that is killed (SIGKILL) at moments drawn at random from the time that its work takes, and
started again. After each kill every file that can be seen is read: a checkpoint by its digest, a
table or result by its reader, an export that says it is complete by the digests it names, and a
file that is written in turn with two contents must be one of them, byte for byte. A training, study
or export that came to its end at last must have left the same files as one that was never killed:
all tensors of both checkpoints, vectors, predictions, tables and reports, byte for byte, but for
the seconds in the log.

A killed process may leave what it was writing, a hidden `.part`; the next one to write the same
file removes it, so none is left in the end. The package writes no plots: it returns figures, and
draws them into reports (`to_html`). `make test` kills before chosen operations on files (`--step`).

| job | kills | moments (%) | found after a kill | most parts left | ended | wrong |
|---|---|---|---|---|---|---|
"""


def page(rows: Sequence[Row]) -> str:
    """Return the page."""
    names = dict.fromkeys(row.job for row in rows)
    return OPENING + "".join(
        _line(name, [row for row in rows if row.job == name]) for name in names
    )


def _line(name: str, rows: Sequence[Row]) -> str:
    kills = [row for row in rows if row.number]
    moments = sorted(100 * float(row.moment) for row in kills)
    found = sorted({row.found for row in kills})
    told = ", ".join(found) if len(found) <= 3 else f"{len(found)} different states"
    wrong = [row.wrong for row in rows if row.wrong]
    return (
        f"| {name} | {len(kills)} | {moments[0]:.0f} to {moments[-1]:.0f} | {told} | "
        f"{max(row.parts for row in kills)} | {len(rows) - len(kills)} | "
        f"{'; '.join(wrong) if wrong else 'nothing'} |\n"
    )
