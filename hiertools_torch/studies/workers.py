"""Worker processes on this machine: each trains one run after the other, and may die alone.

They are programs of their own (``python -m hiertools_torch.studies.worker``), so that a script
needs no guard around what it does, and talk in pickles through pipes.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from hiertools._core.threads import available_threads
from hiertools_torch.studies.runner import Ended
from hiertools_torch.studies.task import Outcome, Task

__all__ = ["Workers", "carry_out_apart", "shares"]

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "HIERTOOLS_THREADS")
"""What libraries read the number of their threads from."""

LOOK = 1.0
"""Seconds to wait for what has ended."""

if TYPE_CHECKING:
    Answer = tuple["_Worker", subprocess.Popen[bytes], Outcome | None]


def shares(
    runs: int, jobs: int | None, threads: int | None, gpus: int = 0, devices: int = 1
) -> tuple[int, int]:
    """Return how many workers, and threads of each, share the cores sensibly.

    A worker a core (or a GPU, or so many devices of a run), as far as there are runs: threads of
    their own are worth less to small networks than further runs.

    Examples
    --------
    >>> shares(runs=70, jobs=8, threads=None)[0]
    8
    """
    cores = available_threads()
    if jobs is None:
        jobs = max(1, (gpus or cores // (threads or 1)) // devices)
    jobs = max(1, min(jobs, runs))
    return jobs, threads or max(1, cores // jobs)


class Workers:
    """Worker processes that are started when there is something for them to do.

    Parameters
    ----------
    jobs : int
        How many.
    threads : int or None
        Threads that each uses; None for what the environment says.
    gpus : int
        GPUs, which they share.
    devices : int
        How many of these each is given.
    """

    def __init__(self, jobs: int, threads: int | None, gpus: int = 0, devices: int = 1) -> None:
        self._answers: queue.Queue[Answer] = queue.Queue()
        self._workers = [
            _Worker(self._answers, _surroundings(i, threads, gpus, devices)) for i in range(jobs)
        ]

    def takes_more(self) -> bool:
        """Whether a worker is idle."""
        return any(worker.task is None for worker in self._workers)

    def give(self, task: Task) -> None:
        """Give an idle worker a run."""
        next(worker for worker in self._workers if worker.task is None).give(task)

    def at_once(self) -> int:
        """How many workers there are."""
        return len(self._workers)

    def ended(self, seconds: float) -> list[Ended]:
        """Return what became of a run, if something did."""
        try:
            worker, process, outcome = self._answers.get(timeout=seconds)
        except queue.Empty:
            return []
        if process is not worker.process:
            return []  # one that died while it had nothing to do
        task, worker.task = worker.task, None
        outcome = outcome or Outcome("failed", worker.buried())
        return [] if task is None else [(task, outcome)]

    def close(self) -> None:
        """End all workers; what they were at, they or others go on with later."""
        for worker in self._workers:
            worker.kill()


def carry_out_apart(task: Task) -> Outcome:
    """Carry a run out in a worker process of its own, which ends with this one.

    What a cluster's worker is (a daemon, which may start no process that loads images; a program of
    several threads, of which a copy may wait for a lock for ever), a run need not know.
    """
    workers = Workers(1, threads=None)
    try:
        workers.give(task)
        while not (found := workers.ended(LOOK)):
            pass
        return found[0][1]
    finally:
        workers.close()


class _Worker:
    """One worker process, started anew where it died."""

    def __init__(self, answers: queue.Queue[Answer], surroundings: dict[str, str]) -> None:
        self.task: Task | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self._answers = answers
        self._surroundings = surroundings

    def give(self, task: Task) -> None:
        """Send it a run; if it can't take it, its listener says so."""
        if self.process is not None and self.process.poll() is not None:
            self.buried()
        self.task = task
        process = self.process or self._start()
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            pickle.dump(task, process.stdin)
            process.stdin.flush()

    def buried(self) -> str:
        """Take leave of a process that has died; say how."""
        assert self.process is not None
        process, self.process = self.process, None
        status = process.wait()
        _close(process)
        if status < 0:
            name = signal.Signals(-status).name
            hint = "; was there too little memory?" if name == "SIGKILL" else ""
            return f"its worker process was killed by {name}{hint}"
        return f"its worker process ended with status {status}"

    def kill(self) -> None:
        """End it, whatever it is at."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
            _close(process)

    def _start(self) -> subprocess.Popen[bytes]:
        process = self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "hiertools_torch.studies.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | self._surroundings,
        )
        threading.Thread(target=self._listen, args=[process], daemon=True).start()
        return process

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Pass on each answer, and at last that there will be none: the process has died."""
        assert process.stdout is not None
        while True:
            try:
                answer = pickle.load(process.stdout)
            except (EOFError, OSError, ValueError, pickle.UnpicklingError):
                self._answers.put((self, process, None))
                return
            self._answers.put((self, process, answer))


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what was still to be written is lost with it
                pipe.close()


def _surroundings(number: int, threads: int | None, gpus: int, devices: int) -> dict[str, str]:
    """Return the environment of a worker: its modules, threads and GPUs."""
    found = {} if threads is None else dict.fromkeys(THREADS, str(threads))
    found["PYTHONPATH"] = os.pathsep.join(os.path.abspath(place) for place in sys.path)
    if gpus > 1:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
        names = [name for name in visible.split(",") if name] or [str(i) for i in range(gpus)]
        first = number % max(1, len(names) // devices) * devices
        found["CUDA_VISIBLE_DEVICES"] = ",".join(names[first : first + devices])
    return found
