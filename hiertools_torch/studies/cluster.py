"""Runs on a Dask cluster: one future a run, and all the rest is Dask's."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from typing import Any

from hiertools._core.checks import need
from hiertools.errors import OptionError
from hiertools_torch.errors import TrainingError
from hiertools_torch.studies.runner import Ended
from hiertools_torch.studies.task import Outcome, Task, carry_out

__all__ = ["Cluster"]

WAIT = 10.0
"""Seconds to wait for a scheduler, and for a first worker to be looked at before data are read."""


class Cluster:
    """The workers of a Dask scheduler; a run whose worker dies goes on at another one.

    Workers may join and leave at any time; each is looked at once, when it has joined.

    Parameters
    ----------
    address : str
        The scheduler's, ``tcp://host:8786``.

    Raises
    ------
    OptionError
        It can't be reached, or it has a worker that can't train.
    """

    def __init__(self, address: str) -> None:
        self._distributed = need("distributed", "dask", "--scheduler")
        self._address = address
        try:
            self._client = _connected(self._distributed.Client, address)
        except (OSError, ValueError, TypeError) as cause:  # a TimeoutError is an OSError
            raise OptionError(
                f"no Dask scheduler answers at {address!r}: is it running, and can this machine "
                f"reach it? ({' '.join(str(cause).split())[:200] or type(cause).__name__})"
            ) from None
        self._futures: dict[Any, Task] = {}
        self._fit: set[str] = set()
        try:
            with contextlib.suppress(TimeoutError):  # they may come when there is work for them
                self._client.wait_for_workers(1, timeout=WAIT)
            self._check_workers()
        except BaseException:
            self.close()
            raise

    def at_once(self) -> int:
        """How many workers there are, as far as is known."""
        return len(self._fit)

    def takes_more(self) -> bool:
        """Dask keeps the queue, and sees by it how many workers are wanted."""
        return True

    def give(self, task: Task) -> None:
        """Submit a run."""
        # Each submission is a new attempt, though the function and the run are the same.
        future = self._client.submit(
            _carry_out_alone, task, pure=False, key=f"{task.run.stem}-{time.monotonic_ns()}"
        )
        self._futures[future] = task

    def ended(self, seconds: float) -> list[Ended]:
        """Return what has become of the runs that ended meanwhile."""
        try:
            with self._client.as_current():
                done = self._distributed.wait(
                    list(self._futures), timeout=seconds, return_when="FIRST_COMPLETED"
                ).done
        except TimeoutError:
            done = set()
        except self._distributed.client.CancelledError:
            raise self._lost() from None
        if self._client.status != "running":
            raise self._lost()
        # A worker that could not train is refused before what it made of a run is taken for a fault
        # of the run.
        with contextlib.suppress(OSError):  # lost meanwhile, as the next look tells
            self._check_workers()
        return [(self._futures.pop(future), self._outcome(future)) for future in done]

    def close(self) -> None:
        """Cancel what waits, and leave the cluster as it was."""
        if self._client.status == "running":
            self._client.cancel(list(self._futures))
        self._futures.clear()
        with _hushed():
            self._client.close(timeout=WAIT)

    def _lost(self) -> TrainingError:
        return TrainingError(
            f"the Dask scheduler at {self._address!r} is gone, or has cancelled the runs; start it "
            "anew if need be, and give the same command again to go on."
        )

    def _outcome(self, future: Any) -> Outcome:
        error = future.exception()
        if error is None:
            found: Outcome = future.result()
            return found
        told = " ".join(str(error).split())
        if type(error).__name__ == "KilledWorker":
            return Outcome("failed", f"several workers died with it: {told}")
        return Outcome("failed", f"on the cluster: {type(error).__name__}: {told}")

    def _check_workers(self) -> None:
        """Refuse workers that have joined and could not train, or would mix two runs up."""
        there = set(self._client.nthreads())
        self._fit &= there
        new = sorted(there - self._fit)
        if not new:
            return
        # Each tells of itself: workers come and go between any two questions to the scheduler.
        answers = self._client.run(_fitness(), workers=new, on_error="return")
        for worker, answer in answers.items():
            if isinstance(answer, OSError):
                continue  # it has gone meanwhile
            if isinstance(answer, Exception):
                raise OptionError(
                    f"the Dask worker {worker} can't say whether it can train "
                    f"({type(answer).__name__}: {' '.join(str(answer).split())[:200]}); give it "
                    "the Python and the packages that are installed here."
                )
            lacks, threads = answer
            if lacks:
                raise OptionError(
                    f"the Dask worker {worker} can't train, since its Python lacks {lacks}; "
                    "install there what is installed here: pip install 'hiertools[torch,dask]'."
                )
            if threads > 1:
                raise OptionError(
                    f"the Dask worker {worker} has {threads} threads, and runs can't share "
                    "a process; start workers with `--nthreads 1 --nworkers N`."
                )
            self._fit.add(worker)


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Keep a client that is closed from telling, by a traceback, what it was just at."""
    logger = logging.getLogger("distributed.client")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _carry_out_alone(task: Task) -> Outcome:
    """Carry a run out on a worker that has no other in the same process.

    One with several threads is found out soon after it has joined; until then it trains nothing.
    """
    from distributed import get_worker

    threads = get_worker().state.nthreads
    if threads > 1:
        raise TrainingError(f"its worker has {threads} threads, and runs can't share a process")
    return carry_out(task)


def _connected(client_class: Any, address: str) -> Any:
    """Return a client of a scheduler; one that can't be is closed here.

    Left open, garbage collection would close it, at any time and in any thread: in that of the
    next client's loop it waits for a lock which that client holds, until both give up.
    """
    client = client_class.__new__(client_class)
    try:
        client.__init__(address, timeout=WAIT, set_as_default=False)
    except BaseException:
        client.close(timeout=WAIT)
        raise
    return client


def _fitness() -> Any:
    """Return a function that says what a worker lacks, and how many threads it has.

    It travels whole, for who lacks us.
    """

    def fitness(dask_worker: Any) -> tuple[str, int]:
        import importlib.util

        wanted = ("torch", "lightning_fabric", "hiertools_torch")
        lacks = ", ".join(name for name in wanted if importlib.util.find_spec(name) is None)
        return lacks, dask_worker.state.nthreads

    return fitness
