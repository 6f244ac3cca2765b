"""Run what is missing, one job after the other, and keep each as soon as it is done."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

from calibration.cited import PAGES, renewed
from calibration.digests import digest
from calibration.jobs import Job, Part
from calibration.page import PAGE, page
from calibration.parts import PARTS
from calibration.rows import FOLDER, Row, keep, only_beyond, read, rows_of, to_run_again
from calibration.trial import Measured
from hiertools.errors import HiertoolsError


class Task(NamedTuple):
    """An attempt at a job; the second one only at the scores that need it."""

    part: Part
    job: Job
    attempt: int = 1
    only: frozenset[str] | None = None

    @property
    def name(self) -> str:
        """What it is called on the screen."""
        return self.job.name if self.attempt == 1 else f"{self.job.name}, again"


def missing(
    part: Part, only: str = "", stale: bool = False, folder: Path = FOLDER
) -> Iterator[Task]:
    """Yield what a part still lacks: jobs without rows, and second attempts.

    Parameters
    ----------
    part : Part
    only : str
        Keep to jobs whose name holds this word.
    stale : bool
        Also those whose numbers have changed since: each is tried by a few replicates.
    folder : Path
    """
    found = read(part, folder)
    for job in part.jobs:
        if only not in job.name:
            continue
        attempts = found.get(job.name, {})
        if not attempts or (stale and is_stale(job, attempts)):
            yield Task(part, job)
        elif scores := to_run_again(attempts):
            yield Task(part, job, 2, frozenset(scores))


def is_stale(job: Job, attempts: dict[int, list[Row]]) -> bool:
    """Tell whether the numbers have changed since a job's rows were measured."""
    now = digest(job)
    return any(row.digest != now for rows in attempts.values() for row in rows)


def carry_out(task: Task, folder: Path = FOLDER) -> Task | None:
    """Run a task, keep its rows, and return the second attempt where one is needed."""
    return finish(task, *measure(task), folder)


def measure(task: Task) -> tuple[list[Measured], str]:
    """Run a task; return what it gave, and its digest."""
    return task.job.run(task.attempt, task.only), digest(task.job)


def finish(task: Task, measured: list[Measured], told: str, folder: Path = FOLDER) -> Task | None:
    """Keep the rows of a task, and return the second attempt where one is needed."""
    part, job, attempt, _ = task
    rows = rows_of(job, attempt, measured, told)
    if attempt == 2:
        rows = only_beyond(read(part, folder)[job.name][1], rows)
    keep(part, job, attempt, rows, folder)
    again = to_run_again({attempt: rows})
    return Task(part, job, 2, frozenset(again)) if again else None


def run_all(tasks: list[Task], end: float, processes: int) -> int:
    """Carry out tasks until the time is up; return how many are left."""
    waiting = list(reversed(tasks))
    running: dict[Future[tuple[list[Measured], str]], tuple[Task, float]] = {}
    with ProcessPoolExecutor(processes) as pool:
        while running or (waiting and time.monotonic() < end):
            while waiting and len(running) < processes and time.monotonic() < end:
                task = waiting.pop()
                future = pool.submit(measure, task)
                running[future] = task, time.monotonic()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task, start = running.pop(future)
                try:
                    again = finish(task, *future.result())
                except (HiertoolsError, TypeError, AttributeError) as cause:
                    # One situation that the package refuses must not keep the others waiting.
                    print(f"{task.name}: {type(cause).__name__}: {cause}", flush=True)
                    continue
                print(f"{task.name}: {time.monotonic() - start:.0f} s", flush=True)
                if again:
                    waiting.append(again)
    return len(waiting)


def write_pages() -> None:
    """Write the page of tables, and the figures that other pages cite."""
    PAGE.write_text(page(PARTS), encoding="utf-8")
    for path in PAGES:
        path.write_text(renewed(path.read_text(encoding="utf-8"), PARTS), encoding="utf-8")


def plan(jobs: list[Job], replicates: int) -> None:
    """Time a few replicates of each job, and tell how long all of them would take.

    Processor time, which does not grow when others use the machine; what a job does once is told
    apart from what each replicate takes.
    """
    total = 0.0
    for job in jobs:
        try:
            job.run(1, replicates=1)  # compiles, fills caches
            few, more = (_seconds(job, n) for n in (1, 1 + replicates))
        except (HiertoolsError, TypeError, AttributeError) as cause:
            print(f"{job.name}: {type(cause).__name__}: {cause}", flush=True)
            continue
        each = max(0.0, (more - few) / replicates)
        whole = few + each * (job.replicates - 1)
        total += whole
        print(f"{job.name}: {1000 * each:.0f} ms, {whole:.0f} s", flush=True)
    print(f"{len(jobs)} jobs: {total / 60:.0f} min on one core, second attempts not counted.")


def _seconds(job: Job, replicates: int) -> float:
    start = time.process_time()
    job.run(1, replicates=replicates)
    return time.process_time() - start


def main(arguments: list[str] | None = None) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure the calibration of hiertools.")
    parser.add_argument("--only", default="", help="jobs whose name holds this word")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="start none after that")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--stale", action="store_true",
                        help="run jobs again whose numbers have changed since")  # fmt: skip
    parser.add_argument("--list", action="store_true", help="only tell what would be run")
    parser.add_argument("--plan", type=int, metavar="N", help="only time N replicates of each job")
    parser.add_argument("--page", action="store_true", help="only write the pages")
    options = parser.parse_args(arguments)
    end = time.monotonic() + options.seconds
    tasks = [task for part in PARTS for task in missing(part, options.only, options.stale)]
    if options.plan:
        plan([job for part in PARTS for job in part.jobs if options.only in job.name], options.plan)
    elif options.list:
        print("\n".join(task.name for task in tasks))
    elif options.page:
        write_pages()
    else:
        left = run_all(tasks, end, options.processes)
        write_pages()
        print(f"{left} jobs left." if left else "Nothing is left to run.")
