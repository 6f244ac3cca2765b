"""Do a job's work in a fork, and kill it after some time, or just before one of its operations.

A fork has loaded what this process has, so that a kill takes as long as the work, and no longer.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NamedTuple

from kills.job import Job

OPERATIONS = frozenset(
    {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate"}
)
"""What Python tells of (`sys.addaudithook`) that reads or changes a file."""


class Ended(NamedTuple):
    """How the work of a fork ended: killed, or done within some seconds."""

    killed: bool
    seconds: float


def act(
    job: Job, held: Any, folder: Path, *, after: float | None = None, before: int | None = None
) -> Ended:
    """Do the work in a fork, which is killed after so many seconds, or before that operation.

    Raises
    ------
    RuntimeError
        The work failed by itself; the message is what it said.
    """
    told = folder.with_suffix(".told")
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        _child(job, held, folder, told, before)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    seconds = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, -signal.SIGKILL):
        raise RuntimeError(f"{job.name} ended with {code}: {told.read_text(encoding='utf-8')}")
    told.unlink(missing_ok=True)
    return Ended(code != 0, seconds)


def _child(job: Job, held: Any, folder: Path, told: Path, before: int | None) -> None:
    """Work, in a fork, and end there."""
    status = 1
    try:
        with told.open("w", encoding="utf-8") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        if before is not None:
            _die_before(before, folder)
        with contextlib.suppress(SystemExit):
            job.act(held, folder)
            status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _die_before(number: int, folder: Path) -> None:
    """Let this process be killed just before that operation on files in a folder."""
    done, place = 0, str(folder)

    def hook(event: str, about: tuple[Any, ...]) -> None:
        nonlocal done
        if event in OPERATIONS and isinstance(about[0], str | os.PathLike):
            done += os.fspath(about[0]).startswith(place)
            if done == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
