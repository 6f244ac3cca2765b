"""Runs on a Dask cluster: one future a run, and all the rest is Dask's."""

from __future__ import annotations

import contextlib
import logging
import pickle
import time
from collections.abc import Callable, Iterator
from typing import Any

from hiertools._core.checks import need
from hiertools.errors import OptionError
from hiertools_torch.errors import TrainingError
from hiertools_torch.studies.runner import Ended
from hiertools_torch.studies.task import Outcome, Task

__all__ = ["Cluster"]

Lack = tuple[str, str]
"""A worker, and what it lacks."""

WAIT = 10.0
"""Seconds to wait for a scheduler, and for a first worker to be looked at before data are read."""


class Cluster:
    """The workers of a Dask scheduler; a run whose worker dies goes on at another one.

    Each thread of a worker carries out one run at a time, in a process of its own. Workers may join
    and leave at any time.

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
        try:
            self._check_workers()
        except BaseException:
            self.close()
            raise

    def at_once(self) -> int:
        """How many threads of workers there are now."""
        try:
            return sum(self._client.nthreads().values())
        except OSError:  # the scheduler is gone, as the next look for what has ended tells
            return 0

    def takes_more(self) -> bool:
        """Dask keeps the queue, and sees by it how many workers are wanted."""
        return True

    def give(self, task: Task) -> None:
        """Submit a run."""
        # Each submission is a new attempt, though the function and the run are the same.
        key = f"{task.run.stem}-{time.monotonic_ns()}"
        future = self._client.submit(_attempt(), pickle.dumps(task), pure=False, key=key)
        self._futures[future] = task

    def ended(self, seconds: float) -> list[Ended]:
        """Return what has become of the runs that ended meanwhile.

        Raises
        ------
        TrainingError
            The scheduler is gone.
        OptionError
            A worker has joined that can't train.
        """
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
        answers = {future: self._answer(future) for future in done}
        outcomes = {f: answer for f, answer in answers.items() if isinstance(answer, Outcome)}
        unfit = [answer for answer in answers.values() if not isinstance(answer, Outcome)]
        if unfit and not outcomes:  # what others have done is kept first
            raise _unfit(*unfit[0])
        return [(self._futures.pop(future), outcome) for future, outcome in outcomes.items()]

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

    def _answer(self, future: Any) -> Outcome | Lack:
        error = future.exception()
        if error is None:
            found: Outcome | Lack = future.result()
            return found
        told = " ".join(str(error).split())
        if type(error).__name__ == "KilledWorker":
            return Outcome("failed", f"several workers died with it: {told}")
        return Outcome("failed", f"on the cluster: {type(error).__name__}: {told}")

    def _check_workers(self) -> None:
        """Refuse workers that can't train, before data are read, which may take long."""
        with contextlib.suppress(TimeoutError):  # they may come when there is work for them
            self._client.wait_for_workers(1, timeout=WAIT)
        # Each tells of itself: workers come and go between any two questions to the scheduler.
        for worker, answer in self._client.run(_lacking(), on_error="return").items():
            if isinstance(answer, OSError):
                continue  # it has gone meanwhile
            if isinstance(answer, Exception):
                raise OptionError(
                    f"the Dask worker {worker} can't say whether it can train "
                    f"({type(answer).__name__}: {' '.join(str(answer).split())[:200]}); give it "
                    "the Python and the packages that are installed here."
                )
            if answer:
                raise _unfit(worker, answer)


def _unfit(worker: str, lacks: str) -> OptionError:
    return OptionError(
        f"the Dask worker {worker} can't train, since its Python lacks {lacks}; install there what "
        "is installed here: pip install 'hiertools[torch,dask]'."
    )


def _lacking() -> Callable[[], str]:
    """Return a function that says what a worker lacks; it travels whole, for who lacks us."""

    def lacking() -> str:
        import importlib.util

        wanted = ("torch", "lightning_fabric", "hiertools_torch")
        return ", ".join(name for name in wanted if importlib.util.find_spec(name) is None)

    return lacking


def _attempt() -> Callable[[bytes], Outcome | Lack]:
    """Return a function that carries a run out, or names the worker and what it lacks.

    It travels whole, and the run within it as bytes: a worker that can't read what it is sent ends,
    and nobody is told why.
    """
    lacking = _lacking()

    def attempt(sent: bytes) -> Outcome | Lack:
        import pickle

        from distributed import get_worker

        lacks = lacking()
        if lacks:
            return get_worker().address, lacks
        from hiertools_torch.studies.workers import carry_out_apart

        return carry_out_apart(pickle.loads(sent))

    return attempt


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Keep a client that is closed from telling, by a traceback, what it was just at."""
    logger = logging.getLogger("distributed.client")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _connected(client_class: Any, address: str) -> Any:
    """Return a client of a scheduler; one that can't be is closed here.

    Left open, garbage collection would close it, at any time and in any thread: in that of the
    next client's loop it waits for a lock which that client holds, until both give up.
    """
    client = client_class.__new__(client_class)
    try:
        client.__init__(address, timeout=WAIT, set_as_default=False)
    except BaseException:
        with contextlib.suppress(AttributeError):  # it has come to nothing that could be closed
            client.close(timeout=WAIT)
        raise
    return client
