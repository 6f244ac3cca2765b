"""Kill every job as often as is missing, and keep each kill as soon as it is known what it left."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kills.job import Digests, Job
from kills.jobs import all_jobs
from kills.page import PAGE, page
from kills.process import act
from kills.rows import Row, keep, read

KILLS = 50
"""Of each job."""

OPERATIONS, OF_AN_ENDLESS_ONE = 500, 20
"""More than any work takes that comes to its end; more than writing three times takes."""


def kills(job: Job, first: int, last: int, root: Path) -> Iterator[Row]:
    """Kill a job's work at random moments, from kill `first` to kill `last`."""
    held, whole = reference(job, root)
    seconds = time_of(job, held, root, whole)
    folder = fresh(root)
    number = first
    while number <= last:
        moment = random.Random(f"{job.name} {number} {folder.name}").random()
        ended = act(job, held, folder, after=moment * seconds)
        if ended.killed:
            yield Row(job.name, number, f"{moment:.3f}", *left(job, held, folder))
            number += 1
        else:  # it was done before its time
            yield Row(job.name, 0, "", *left(job, held, folder, whole))
            folder = fresh(root)
    yield done(job, held, folder, whole)


def before_operations(job: Job, root: Path, step: int) -> Iterator[Row]:
    """Kill a job's work before its first operation on a file, then before others, `step` apart.

    Each time it goes on, the numbers of operations being those of the process that is killed.
    """
    held, whole = reference(job, root)
    folder = fresh(root)
    number = 1
    most = OF_AN_ENDLESS_ONE if job.endless else OPERATIONS
    while number <= most and act(job, held, folder, before=number).killed:
        yield Row(job.name, number, "", *left(job, held, folder))
        number += step
    yield done(job, held, folder, whole)


def done(job: Job, held: Any, folder: Path, whole: Digests) -> Row:
    """Let the work come to its end, and return what it left."""
    if job.endless:
        held.write[0](folder / next(iter(whole)))
    else:
        act(job, held, folder)
    return Row(job.name, 0, "", *left(job, held, folder, whole))


def reference(job: Job, root: Path) -> tuple[Any, Digests]:
    """Prepare a job; return what it needs, and what its work leaves if nobody kills it."""
    prepared, folder = fresh(root), fresh(root)
    held = job.prepare(prepared)
    if job.endless:
        held.write[0](folder / f"file{next(prepared.glob('whole0*')).suffix}")
    else:
        act(job, held, folder)
    return held, job.digests(folder)


def time_of(job: Job, held: Any, root: Path, whole: Digests) -> float:
    """Return how long the work takes; two files of each content, where it never ends."""
    if not job.endless:
        return act(job, held, fresh(root)).seconds
    start = time.perf_counter()
    for _ in range(2):
        for written in held.write:
            written(fresh(root) / next(iter(whole)))
    return time.perf_counter() - start


def fresh(root: Path) -> Path:
    """Make the next folder."""
    folder = root / f"{sum(1 for _ in root.iterdir()):04}"
    folder.mkdir()
    return folder


def left(job: Job, held: Any, folder: Path, whole: Digests | None = None) -> tuple[str, int, str]:
    """Return how far the work had come, how many parts are there, and what is wrong."""
    parts = sum(1 for _ in folder.rglob(".*.part"))
    try:
        found = job.look(held, folder)
    except Exception as cause:
        return "", parts, f"{type(cause).__name__}: {cause}"
    if whole is None:
        return found, parts, ""
    now = job.digests(folder)
    differing = sorted(name for name in whole | now if whole.get(name) != now.get(name))
    return found, parts, f"differs: {', '.join(differing)}" if differing else ""


def main(arguments: list[str] | None = None) -> None:
    """Read the command line; exit status 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description="Kill what writes, and see what is left.")
    parser.add_argument("--only", default="", help="jobs whose name holds this word")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="start none after that")
    parser.add_argument("--kills", type=int, default=KILLS, help="of each job (50)")
    parser.add_argument("--fresh", action="store_true", help="drop the rows of those jobs first")
    parser.add_argument("--list", action="store_true", help="only tell what is missing")
    parser.add_argument("--page", action="store_true", help="only write the page")
    parser.add_argument("--step", type=int, metavar="N",
                        help="kill before every N-th operation, keep no rows")  # fmt: skip
    options = parser.parse_args(arguments)
    jobs = [job for job in all_jobs() if options.only in job.name]
    if options.step:
        status = 0
        for job in jobs:
            with tempfile.TemporaryDirectory() as root:
                rows = list(before_operations(job, Path(root), options.step))
            wrong = [row for row in rows if row.wrong]
            print(f"{job.name}: {len(rows) - 1} kills", *wrong, sep="\n", flush=True)
            status |= bool(wrong)
        raise SystemExit(status)
    end = time.monotonic() + options.seconds
    if options.fresh:
        for job in jobs:
            keep(job.name, [])
    for job in jobs:
        rows = [row for row in read() if row.job == job.name]
        so_far = max((row.number for row in rows), default=0)
        if options.list:
            print(f"{job.name}: {so_far} of {options.kills}")
        if options.list or options.page or so_far >= options.kills or time.monotonic() > end:
            continue
        with tempfile.TemporaryDirectory() as root:
            for row in kills(job, so_far + 1, options.kills, Path(root)):
                rows.append(row)
                keep(job.name, rows)
                if row.wrong or time.monotonic() > end:
                    break
        print(f"{job.name}: {rows[-1]}", flush=True)
    if not options.list:
        PAGE.write_text(page(read()), encoding="utf-8")
    raise SystemExit(any(row.wrong for row in read()))
