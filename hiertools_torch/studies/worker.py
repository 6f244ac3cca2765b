"""A worker process: ``python -m hiertools_torch.studies.worker``, which ``workers.py`` starts."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from typing import IO

from hiertools_torch.studies.task import Places, Task, carry_out

__all__ = ["main"]


def main() -> None:
    """Carry out the tasks that come through standard input, one after the other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started this
    given, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Processes that load images are forks of this one, and close `sys.stdin`: they would wait for
    # its lock, which the thread that listens holds, and that thread they don't have.
    _to_nothing(0)
    os.dup2(2, 1)  # what a library prints is no answer
    terminal = os.dup(2)
    tasks: queue.Queue[Task] = queue.Queue()
    threading.Thread(target=_listen, args=[given, tasks], daemon=True).start()
    try:
        while True:
            task = tasks.get()
            with contextlib.suppress(OSError):  # a full disk: then it is said on the terminal
                _write_to(task.places)
            outcome = carry_out(task)
            os.dup2(terminal, 2)
            _remove_empty(task.places)
            pickle.dump(outcome, answers)
            answers.flush()
    except BaseException:  # noqa: BLE001  (none may end the interpreter)
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)  # Python would abort: the listener holds what it reads


def _listen(pipe: IO[bytes], tasks: queue.Queue[Task]) -> None:
    """Take tasks; end at once with the process that sends them, even if that was killed."""
    while True:
        try:
            tasks.put(pickle.load(pipe))
        except (EOFError, OSError):
            os._exit(1)


def _to_nothing(descriptor: int) -> None:
    """Let a descriptor read from the null device."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, descriptor)
    os.close(null)


def _write_to(places: Places) -> None:
    """Send standard error, of compiled code too, to a file of the run."""
    places.output.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(places.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _remove_empty(places: Places) -> None:
    if places.output.is_file() and not places.output.stat().st_size:
        places.output.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
